//! What makes this relay the same one after a restart: the files with its node's key and the operator's token.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use tabchain_shared::primitives::SecretKey;

use crate::files::write_atomically;

/// 64 hexadecimal digits.
pub const KEY_FILE: &str = "node.key";

/// The node's key; made at the first start.
pub fn load_or_create_key(data_dir: &Path) -> Result<SecretKey> {
    let path = data_dir.join(KEY_FILE);
    let text = load_or_create_secret(&path, || hex::encode(rand::random::<[u8; 32]>()))?;
    parse_key(&text).with_context(|| {
        format!("{} makes no sense; restore it from a backup, or move it away for a new node", path.display())
    })
}

/// A key as it is kept.
pub fn parse_key(text: &str) -> Result<SecretKey> {
    let mut seed = [0; 32];
    hex::decode_to_slice(text, &mut seed).map_err(|_| anyhow!("a node's key has 64 hexadecimal digits"))?;
    Ok(SecretKey::from_seed(seed))
}

/// Reads a file that only its owner may read, or makes it.
pub fn load_or_create_secret(path: &Path, create: impl FnOnce() -> String) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = create();
            write_atomically(path, secret.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_the_same_and_is_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let first = load_or_create_key(directory.path()).unwrap().public_key();
        assert_eq!(load_or_create_key(directory.path()).unwrap().public_key(), first);
        #[cfg(unix)]
        {
            let metadata = fs::metadata(directory.path().join(KEY_FILE)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_key_is_reported_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(KEY_FILE), "not a key").unwrap();
        let error = format!("{:#}", load_or_create_key(directory.path()).unwrap_err());
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        assert_eq!(fs::read_to_string(directory.path().join(KEY_FILE)).unwrap(), "not a key");
    }
}
