//! The secrets of a backup: what makes a relay the same one again. In a file of their own, for its owner alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::files::{replace_and_keep, with_suffix, write_atomically, write_private};
use crate::identity::{self, KEY_FILE};
use crate::operator::{TOKEN_FILE, Token};

const WARNING: &str = "# The keys of a Tabchain relay. Whoever has them owns its coins and steers its network.\n";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Keys {
    /// 64 hexadecimal digits.
    node_key: String,
    /// Absent where the host gives the relay one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_token: Option<String>,
}

/// Where the keys of a backup are.
pub(super) fn keys_file(backup: &Path) -> PathBuf {
    with_suffix(backup, ".keys")
}

impl Keys {
    pub fn of(data_dir: &Path) -> Result<Self> {
        let node_key = fs::read_to_string(data_dir.join(KEY_FILE))
            .with_context(|| format!("reading {} in {}", KEY_FILE, data_dir.display()))?;
        let operator_token = match fs::read_to_string(data_dir.join(TOKEN_FILE)) {
            Ok(token) => Some(token.trim().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).context("reading the operator's token"),
        };
        let keys = Self { node_key: node_key.trim().to_owned(), operator_token };
        keys.check().with_context(|| format!("the keys in {}", data_dir.display()))?;
        Ok(keys)
    }

    /// That a relay can start with them: what makes no sense is to be found while there is another copy.
    fn check(&self) -> Result<()> {
        identity::parse_key(&self.node_key).context(KEY_FILE)?;
        self.operator_token.as_deref().map(Token::new).transpose().context(TOKEN_FILE)?;
        Ok(())
    }

    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file)
            .with_context(|| format!("reading the keys in {}; leave out --with-keys for a new node", file.display()))?;
        let named = || format!("the keys in {}", file.display());
        let keys: Self = toml::from_str(&text).with_context(named)?;
        keys.check().with_context(named)?;
        Ok(keys)
    }

    pub fn write(&self, file: &Path) -> Result<()> {
        let text = toml::to_string(self).context("keys are plain text")?;
        write_atomically(file, format!("{WARNING}{text}").as_bytes())
            .with_context(|| format!("writing {}", file.display()))
    }

    /// Puts them where a relay looks for them. Others that are there are kept beside.
    pub fn install(&self, data_dir: &Path) -> Result<()> {
        let token = self.operator_token.as_ref().map(|token| (TOKEN_FILE, token));
        for (name, secret) in [(KEY_FILE, &self.node_key)].into_iter().chain(token) {
            let path = data_dir.join(name);
            if fs::read_to_string(&path).is_ok_and(|there| there.trim() == secret) {
                continue;
            }
            let new = with_suffix(&path, ".restored");
            write_private(&new, secret.as_bytes())
                .and_then(|()| replace_and_keep(&new, &path, "replaced"))
                .with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
}
