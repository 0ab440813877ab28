//! Files of which a crash leaves the old one or the new one, never half of one or none.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file for its owner alone.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = with_suffix(path, ".new");
    let written = write_private(&temporary, content).and_then(|()| replace(&temporary, path));
    if written.is_err() {
        // Secrets are in it. It may not even have been made.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The name with something behind it. Beside `a.dat` there may be an `a.keys`, whose temporary file must not be an `a.new` that
/// belongs to somebody.
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
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

/// Makes a directory for its owner alone, and those above it that are missing, and waits until they are durable: what is
/// written into a directory is lost with it.
pub fn make_directory(path: &Path) -> io::Result<()> {
    let missing = path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
    let missing: Vec<&Path> = missing.collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    missing.into_iter().try_for_each(sync_directory_of)
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
        let kept = with_suffix(path, &format!(".{word}-{number}"));
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
        let left = with_suffix(&path, ".new");
        fs::write(&left, "left by a crash, and longer than what comes").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        write_atomically(&path, b"secret").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!left.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_new_directory_is_for_its_owner_and_one_that_is_there_stays_as_it_is() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("some/where");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        make_directory(&path).unwrap();
        assert_eq!(mode(), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        make_directory(&path).unwrap();
        assert_eq!(mode(), 0o750);
    }

    #[test]
    fn nothing_of_a_secret_is_left_where_it_cannot_be_written_and_no_other_file_is_touched() {
        let directory = tempfile::tempdir().unwrap();
        let [path, other] = ["chain.keys", "chain.new"].map(|name| directory.path().join(name));
        fs::write(&other, "somebody's").unwrap();
        write_atomically(&path, b"secret").unwrap();
        fs::remove_file(&path).unwrap();
        // A directory has no file in its place.
        fs::create_dir(&path).unwrap();
        assert!(write_atomically(&path, b"secret").is_err());
        let mut names: Vec<_> =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort_unstable();
        assert_eq!(names, ["chain.keys", "chain.new"]);
        assert_eq!(fs::read_to_string(&other).unwrap(), "somebody's");
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
