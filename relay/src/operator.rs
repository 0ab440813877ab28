//! Who may steer: whoever sends the operator's token as a bearer header.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::AppState;
use crate::identity::load_or_create_secret;
use crate::rest::Problem;

/// In the data directory, so that a bookmarked operator link survives a restart.
const TOKEN_FILE: &str = "operator.token";
/// Shorter ones are guessed too easily.
const MIN_TOKEN_CHARS: usize = 8;

/// The operator's secret. Shown only where it is printed for the host.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorToken(String);

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(…)")
    }
}

impl OperatorToken {
    /// Checks a token that a person chose.
    pub fn new(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.len() < MIN_TOKEN_CHARS
            || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        {
            bail!("an operator token has at least {MIN_TOKEN_CHARS} characters: letters, digits, and - _ . ~");
        }
        Ok(Self(text.to_owned()))
    }

    /// From a file that the host keeps.
    pub fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
        Self::new(&text).with_context(|| format!("in {}", file.display()))
    }

    /// The token of this data directory; made at the first start.
    pub fn load_or_create(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join(TOKEN_FILE);
        let text = load_or_create_secret(&path, || URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>()))?;
        Self::new(&text).with_context(|| format!("in {}", path.display()))
    }

    /// For the host's own link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Takes as long for a nearly right guess as for a wild one.
    fn is(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

/// Proof that a request comes from the operator: a handler that takes it runs for nobody else.
#[derive(Debug)]
pub struct Operator;

impl FromRequestParts<AppState> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, relay: &AppState) -> Result<Self, Problem> {
        let Some(authorization) = parts.headers.get(header::AUTHORIZATION) else {
            return Err(unauthorised("this call needs the operator token, as header `Authorization: Bearer TOKEN`"));
        };
        let token = authorization.to_str().ok().and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        if token.is_some_and(|token| relay.operator_token.is(token)) {
            Ok(Self)
        } else {
            Err(unauthorised("this is not the operator token that the relay printed when it started"))
        }
    }
}

fn unauthorised(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, detail)
        .with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"tabchain operator\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_and_never_printed_by_accident() {
        let directory = tempfile::tempdir().unwrap();
        let token = OperatorToken::load_or_create(directory.path()).unwrap();
        assert_eq!(OperatorToken::load_or_create(directory.path()).unwrap(), token);
        assert!(token.is(token.reveal()));
        assert!(!token.is(""));
        assert!(!token.is(&token.reveal()[1..]));
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn a_chosen_token_must_fit_into_a_link() {
        assert!(OperatorToken::new("correct-horse\n").is_ok());
        for weak in ["", "short", "with a space", "with#hash-sign"] {
            assert!(OperatorToken::new(weak).is_err(), "{weak}");
        }
    }
}
