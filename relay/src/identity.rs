//! What makes this relay the same one after a restart: the files with its node's key and the operator's token.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tabchain_shared::primitives::SecretKey;

/// 64 hexadecimal digits.
const KEY_FILE: &str = "node.key";

/// The node's key; made at the first start.
pub fn load_or_create_key(data_dir: &Path) -> Result<SecretKey> {
    let path = data_dir.join(KEY_FILE);
    let text = load_or_create_secret(&path, || hex::encode(rand::random::<[u8; 32]>()))?;
    let mut seed = [0; 32];
    if hex::decode_to_slice(&text, &mut seed).is_err() {
        bail!(
            "{} should hold 64 hexadecimal digits; restore it from a backup, or move it away for a new node",
            path.display()
        );
    }
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

/// Writes a file for its owner alone. After a crash there is the old one or the new one, never half of one.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    // One that a crash has left keeps the mode that it has.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    sync_directory_of(path)
}

/// Makes a rename durable: until its directory is written, a power failure may bring the old file back, or none.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    // The parent of a bare file name is the empty path, which cannot be opened.
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

/// Directories cannot be opened as files there; NTFS keeps a journal of renames.
#[cfg(not(unix))]
fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
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

    #[cfg(unix)]
    #[test]
    fn a_file_left_by_a_crash_does_not_lend_its_mode() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let left = path.with_extension("new");
        fs::write(&left, "left by a crash, and longer than what comes").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        write_atomically(&path, b"secret").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!left.exists());
    }

    #[test]
    fn a_damaged_key_is_reported_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(KEY_FILE), "not a key").unwrap();
        let error = load_or_create_key(directory.path()).unwrap_err().to_string();
        assert!(error.contains("64 hexadecimal digits"), "{error}");
        assert_eq!(fs::read_to_string(directory.path().join(KEY_FILE)).unwrap(), "not a key");
    }
}
