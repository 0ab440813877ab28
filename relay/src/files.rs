//! Files of which a crash leaves the old one or the new one, never half of one or none.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file for its owner alone.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("new");
    write_private(&temporary, content)?;
    replace(&temporary, path)
}

/// Writes a file for its owner alone and waits until it is durable. A crash may leave half of it.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Puts `new`, whose contents are durable, in the place of `path`.
pub fn replace(new: &Path, path: &Path) -> io::Result<()> {
    fs::rename(new, path)?;
    sync_directory_of(path)
}

/// Makes an empty file that only its owner may read, or empties one.
pub fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // One that a crash has left keeps the mode that it has.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(file)
}

/// Puts `new`, whose contents are durable, in the place of `path`. What was there stays, as `path.WORD-N` with the first
/// N that is free; its name is answered.
pub fn replace_and_keep(new: &Path, path: &Path, word: &str) -> io::Result<Option<PathBuf>> {
    let kept = if path.exists() { Some(keep_beside(path, word)?) } else { None };
    replace(new, path)?;
    Ok(kept)
}

/// Gives a file a second name, so that there is no moment without the first one.
fn keep_beside(path: &Path, word: &str) -> io::Result<PathBuf> {
    for number in 1_u32.. {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{word}-{number}"));
        let kept = PathBuf::from(name);
        match fs::hard_link(path, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            // Some file systems know no second names.
            Err(_) if !kept.exists() => {
                fs::rename(path, &kept)?;
                return Ok(kept);
            }
            Err(_) => {}
        }
    }
    unreachable!("no disk holds four thousand million files")
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
    fn what_is_replaced_is_kept_under_a_free_name() {
        let directory = tempfile::tempdir().unwrap();
        let [path, new] = ["data", "data.next"].map(|name| directory.path().join(name));
        let mut kept = Vec::new();
        for content in ["first", "second", "third"] {
            fs::write(&new, content).unwrap();
            kept.push(replace_and_keep(&new, &path, "old").unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert!(!new.exists());
        }
        let names = ["data.old-1", "data.old-2"].map(|name| directory.path().join(name));
        assert_eq!(kept, [None, Some(names[0].clone()), Some(names[1].clone())]);
        assert_eq!(names.map(|name| fs::read_to_string(name).unwrap()), ["first", "second"]);
    }
}
