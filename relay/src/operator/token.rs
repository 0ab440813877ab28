//! The secrets that give a role, where they come from, and how they change while the relay runs: a token that is kept in a
//! file is read again when that file has changed.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::identity::load_or_create_secret;

/// In the data directory, so that a bookmarked operator link survives a restart.
pub const TOKEN_FILE: &str = "operator.token";
/// Shorter ones are guessed too easily.
const MIN_TOKEN_CHARS: usize = 8;
/// Nobody needs longer ones; a file is not read beyond it.
const MAX_TOKEN_CHARS: usize = 1024;
/// How soon a changed file counts.
const REREAD_EVERY: Duration = Duration::from_secs(1);

/// A secret. Shown only where it is printed for the host.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Checks a token that a person chose.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if !(MIN_TOKEN_CHARS..=MAX_TOKEN_CHARS).contains(&text.len())
            || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        {
            bail!(
                "a token has {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} characters: letters, digits, and - _ . ~ (try \
                 `openssl rand -hex 16`)"
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// For the host's own link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Takes as long for a nearly right guess as for a wild one.
    pub fn is(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

/// Where the host keeps a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// In the environment: it stays as long as the process.
    Given(Token),
    File(PathBuf),
}

impl TokenSource {
    /// The file of this data directory; made at the first start.
    pub fn of_data_dir(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(TOKEN_FILE);
        load_or_create_secret(&path, || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))?;
        Ok(Self::File(path))
    }
}

fn read(file: &Path) -> Result<Token> {
    let read = || -> Result<Token> {
        let mut text = String::new();
        File::open(file)?.take(MAX_TOKEN_CHARS as u64 + 2).read_to_string(&mut text)?;
        Token::new(&text)
    };
    read().with_context(|| format!("the token in {}", file.display()))
}

/// A token as it is now.
#[derive(Debug)]
pub struct CurrentToken {
    file: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    token: Token,
    read_at: Instant,
    /// The last reading failed, and that has been logged.
    failed: bool,
}

impl CurrentToken {
    pub fn new(source: TokenSource) -> Result<Self> {
        let (token, file) = match source {
            TokenSource::Given(token) => (token, None),
            TokenSource::File(file) => (read(&file)?, Some(file)),
        };
        Ok(Self { file, state: Mutex::new(State { token, read_at: Instant::now(), failed: false }) })
    }

    /// Looks at its file at most once a second. A file that is gone or makes no sense changes nothing: half a
    /// replacement must not lock the host out.
    pub fn get(&self) -> Token {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.file
            && state.read_at.elapsed() >= REREAD_EVERY
        {
            state.read_at = Instant::now();
            match read(file) {
                Ok(token) if token != state.token => {
                    tracing::info!("the token in {} has changed and counts from now on", file.display());
                    state.token = token;
                    state.failed = false;
                }
                Ok(_) => state.failed = false,
                Err(error) if !state.failed => {
                    tracing::warn!("the last token goes on to count: {error:#}");
                    state.failed = true;
                }
                Err(_) => {}
            }
        }
        state.token.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_and_never_printed_by_accident() {
        let directory = tempfile::tempdir().unwrap();
        let token = || CurrentToken::new(TokenSource::of_data_dir(directory.path()).unwrap()).unwrap().get();
        let first = token();
        assert_eq!(token(), first);
        assert!(first.is(first.reveal()));
        assert!(!first.is(""));
        assert!(!first.is(&first.reveal()[1..]));
        assert!(!format!("{first:?}").contains(first.reveal()));
    }

    #[test]
    fn a_chosen_token_must_fit_into_a_link() {
        assert!(Token::new("correct-horse\n").is_ok());
        for weak in ["", "short", "with a space", "with#hash-sign", &"x".repeat(MAX_TOKEN_CHARS + 1)] {
            assert!(Token::new(weak).is_err(), "{weak}");
        }
    }

    /// The clock is turned back instead of waiting for it.
    #[test]
    fn a_changed_file_counts_and_a_broken_one_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let write = |text: &str| std::fs::write(&file, text).unwrap();
        write("the-first-one");
        let current = CurrentToken::new(TokenSource::File(file.clone())).unwrap();
        let reread = || {
            let mut state = current.state.lock().unwrap();
            state.read_at = state.read_at.checked_sub(REREAD_EVERY).expect("the machine runs for a second");
            drop(state);
            current.get().reveal().to_owned()
        };
        for (text, expected) in [
            ("the-second-one\n", "the-second-one"),
            ("half", "the-second-one"),
            ("", "the-second-one"),
            ("the-third-one", "the-third-one"),
        ] {
            write(text);
            assert_eq!(reread(), expected, "{text:?}");
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(reread(), "the-third-one");
    }
}
