//! Opening a database: whose it is, whether it is sound, and what becomes of one that is not.
//!
//! A file is looked at before anything is written to it: what belongs to a newer program or to another network is left
//! as it is, to the byte. Every page's checksum is checked as well, because redb may panic on a file that was changed
//! behind its back. A damaged file is moved aside, never deleted; the records in it that are sound go into a new one
//! (docs/decisions/0004-damaged-database.md).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition};
use tabchain_shared::primitives::NetworkId;

use super::overlay::Overlay;
use super::{RECORDS, SCHEMA, Store, StoreError, View, checked, guarded};
use crate::files::{create_private, replace_and_keep};

const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
const META_SCHEMA: &str = "schema";
const META_NETWORK: &str = "network";
/// redb would take a gigabyte; a relay reads its records at the start, and now and then an old block.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// A new file's name ends like this until it is whole.
const UNFINISHED: &str = "redb.new";

impl Store {
    /// Opens the database, or makes one for this network. Whatever is refused is left as it is.
    pub fn open(path: &Path, network: NetworkId) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        if holds_something(path)? {
            match examine(path) {
                Ok(stamp) => stamp.check(network)?,
                Err(StoreError::Damaged(what)) => replace_damaged(path, network, &what)?,
                Err(error) => return Err(error),
            }
        } else {
            // A crash while it is made leaves nothing under its name.
            let unfinished = path.with_extension(UNFINISHED);
            create_private(&unfinished)?;
            drop(create(&unfinished, network)?);
            replace_and_keep(&unfinished, path, "empty")?;
        }
        let database = create(path, network)?;
        let path = path.to_owned();
        Ok(Self::new(database, Box::new(move || view(&path, false)), Some(lock)))
    }

    /// Opens the database of a relay that has stopped, and changes nothing in it. Answers its network as well.
    pub fn open_read_only(path: &Path) -> Result<(Self, NetworkId), StoreError> {
        if !holds_something(path)? {
            return Err(StoreError::Absent);
        }
        let lock = lock(path)?;
        let Stamp { schema, network } = examine(path)?;
        let network = network.ok_or_else(|| StoreError::Damaged("it does not say of which network it is".into()))?;
        Stamp { schema, network: Some(network) }.check(network)?;
        let path = path.to_owned();
        let open: View = Box::new(move || view(&path, false));
        Ok((Self::new(open()?, open, Some(lock)), network))
    }

    /// Makes a database under another name, which [`Self::put_in_place`] gives its own.
    pub fn make_beside(path: &Path, network: NetworkId) -> Result<Self, StoreError> {
        let lock = lock(path)?;
        let unfinished = path.with_extension(UNFINISHED);
        create_private(&unfinished)?;
        let database = create(&unfinished, network)?;
        Ok(Self::new(database, Box::new(move || view(&unfinished, false)), Some(lock)))
    }

    /// Takes a database away again that was made beside `path`.
    pub fn discard(self, path: &Path) {
        let Self { database, reader, view, _lock } = self;
        drop((database, reader, view));
        // Whatever is left is overwritten the next time.
        let _ = fs::remove_file(path.with_extension(UNFINISHED));
    }

    /// Gives a database that was made beside `path` its place. What was there is kept under another name, which is
    /// answered.
    pub fn put_in_place(self, path: &Path, word: &str) -> Result<Option<PathBuf>, StoreError> {
        let Self { database, reader, view, _lock } = self;
        // The last handle closes the file.
        drop((database, reader, view));
        Ok(replace_and_keep(&path.with_extension(UNFINISHED), path, word)?)
    }

    /// On a disk that a test has made.
    #[cfg(test)]
    pub fn on(disk: impl redb::StorageBackend, network: NetworkId, view: View) -> Result<Self, StoreError> {
        let database = Database::builder().create_with_backend(disk)?;
        stamp(&database, network)?;
        Ok(Self::new(database, view, None))
    }
}

/// Held as long as the database is used. A file of its own, so that the database's is not even opened before.
fn lock(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn holds_something(path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn create(path: &Path, network: NetworkId) -> Result<Database, StoreError> {
    let database = builder().create(path)?;
    stamp(&database, network)?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Says of a database whose it is, if nothing says so yet.
fn stamp(database: &Database, network: NetworkId) -> Result<(), StoreError> {
    let transaction = database.begin_write()?;
    {
        let mut meta = transaction.open_table(META)?;
        meta.insert(META_SCHEMA, SCHEMA)?;
        meta.insert(META_NETWORK, u32::from_le_bytes(network.0))?;
        transaction.open_table(RECORDS)?;
    }
    Ok(transaction.commit()?)
}

/// Whose a database is; nothing of it is known when a crash came before the first commit.
#[derive(Debug, Default)]
struct Stamp {
    schema: Option<u32>,
    network: Option<NetworkId>,
}

impl Stamp {
    fn read(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        let meta = match transaction.open_table(META) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Self::default()),
            meta => meta?,
        };
        let schema = meta.get(META_SCHEMA)?.map(|value| value.value());
        let network = meta.get(META_NETWORK)?.map(|value| NetworkId(value.value().to_le_bytes()));
        Ok(Self { schema, network })
    }

    fn check(self, expected: NetworkId) -> Result<(), StoreError> {
        if let Some(found) = self.schema.filter(|found| *found > SCHEMA) {
            return Err(StoreError::NewerSchema { found });
        }
        match self.network.filter(|found| *found != expected) {
            Some(found) => Err(StoreError::OtherNetwork { found, expected }),
            None => Ok(()),
        }
    }
}

/// What the disk holds, as of the last commit; nothing reaches the disk.
fn view(path: &Path, check_integrity: bool) -> Result<Database, StoreError> {
    let overlay = Overlay::new(File::open(path)?)?;
    Ok(builder().set_check_integrity_on_open(check_integrity).create_with_backend(overlay)?)
}

/// Reads the whole file once.
fn examine(path: &Path) -> Result<Stamp, StoreError> {
    guarded(|| Stamp::read(&view(path, true)?.begin_read()?))
}

/// Moves a damaged file aside, and puts a new one in its place with what is sound in it.
fn replace_damaged(path: &Path, network: NetworkId, what: &str) -> Result<(), StoreError> {
    // Without its checks redb opens a file that was closed in good order, and walks over every page that is sound.
    let damaged = match guarded(|| view(path, false)) {
        Ok(damaged) => Some(damaged),
        Err(StoreError::Damaged(_)) => None,
        Err(error) => return Err(error),
    };
    if let Some(damaged) = &damaged
        && let Ok(stamp) = guarded(|| Stamp::read(&damaged.begin_read()?))
    {
        stamp.check(network)?;
    }
    let unfinished = path.with_extension(UNFINISHED);
    create_private(&unfinished)?;
    let new = create(&unfinished, network)?;
    let saved = damaged.map_or(Ok(0), |damaged| copy_sound_records(&damaged, &new))?;
    drop(new);
    let kept = replace_and_keep(&unfinished, path, "damaged")?.expect("the damaged file was there");
    tracing::warn!(
        "{} is damaged ({what}): it is kept as {}, and {saved} sound records of it were taken over. What is missing is \
         fetched from peers; the node's key is in another file and is not touched",
        path.display(),
        kept.display()
    );
    Ok(())
}

/// A walk ends at the first page that makes no sense, so there is one from each end. Answers how many records came over.
fn copy_sound_records(from: &Database, to: &Database) -> Result<usize, StoreError> {
    let transaction = to.begin_write()?;
    let mut copied = 0;
    {
        let mut records = transaction.open_table(RECORDS)?;
        for backwards in [false, true] {
            let mut failed = None;
            let walked = guarded(|| {
                let table = from.begin_read()?.open_table(RECORDS)?;
                let mut entries = table.iter()?;
                while let Some(entry) = if backwards { entries.next_back() } else { entries.next() } {
                    let (key, value) = entry?;
                    if checked(value.value()).is_err() {
                        continue;
                    }
                    match records.insert(key.value(), value.value()) {
                        Ok(before) if before.is_none() => copied += 1,
                        // What the other walk has reached.
                        Ok(_) => break,
                        Err(error) => {
                            failed = Some(error);
                            break;
                        }
                    }
                }
                Ok(())
            });
            if let Some(error) = failed {
                return Err(error.into());
            }
            if walked.is_ok() {
                break;
            }
        }
    }
    transaction.commit()?;
    Ok(copied)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tabchain_shared::chain::store::Record;

    use super::super::tests::{NETWORK, block, loaded};
    use super::*;

    /// CASES 86.
    #[test]
    fn a_second_user_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let _first = Store::open(&path, NETWORK).unwrap();
        assert!(matches!(Store::open(&path, NETWORK), Err(StoreError::InUse)));
    }

    /// CASES 85.
    #[test]
    fn another_network_and_a_newer_schema_are_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        drop(Store::open(&path, NETWORK).unwrap());
        let before = fs::read(&path).unwrap();
        let other = NetworkId([9; 4]);
        assert!(matches!(
            Store::open(&path, other),
            Err(StoreError::OtherNetwork { found, expected }) if found == NETWORK && expected == other
        ));
        assert_eq!(fs::read(&path).unwrap(), before);
        {
            let database = Database::create(&path).unwrap();
            let transaction = database.begin_write().unwrap();
            transaction.open_table(META).unwrap().insert(META_SCHEMA, SCHEMA + 1).unwrap();
            transaction.commit().unwrap();
        }
        let before = fs::read(&path).unwrap();
        for _ in 0..2 {
            assert!(
                matches!(Store::open(&path, NETWORK), Err(StoreError::NewerSchema { found }) if found == SCHEMA + 1)
            );
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    /// CASES 84.
    #[test]
    fn a_record_with_a_flipped_byte_is_dropped_and_the_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let (sound, flipped) = (block("sound"), block("to be damaged"));
        Store::open(&path, NETWORK)
            .unwrap()
            .write(&[Record::put_block(1, 1, &sound), Record::put_block(2, 2, &flipped)])
            .unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let text = b"to be damaged";
        let places: Vec<usize> =
            (0..bytes.len() - text.len()).filter(|start| bytes[*start..].starts_with(text)).collect();
        assert!(!places.is_empty(), "the block is in the file");
        for place in places {
            bytes[place] ^= 1;
        }
        fs::write(&path, bytes).unwrap();

        let expected = [Record::Block { arrival: 1, block: Box::new(sound) }];
        let store = Store::open(&path, NETWORK).unwrap();
        assert_eq!(loaded(&store), expected);
        let aside = directory.path().join("chain.redb.damaged-1");
        assert!(
            fs::read(&aside).unwrap().windows(text.len() - 1).any(|bytes| bytes == &text[1..]),
            "nothing is deleted"
        );
        drop(store);
        assert_eq!(loaded(&Store::open(&path, NETWORK).unwrap()), expected);
        assert!(!directory.path().join("chain.redb.damaged-2").exists(), "it is sound now");
    }

    /// CASES 84: whichever page is hit, the relay starts, and believes no record that it did not write.
    #[test]
    fn whatever_is_overwritten_the_file_opens_and_every_record_is_one_that_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let blocks: Vec<_> = (1..=60_u32).map(|height| (height, block(&format!("block {height}")))).collect();
        {
            let store = Store::open(&path, NETWORK).unwrap();
            for (height, block) in &blocks {
                store.write(&[Record::put_block(*height, 0, block)]).unwrap();
            }
        }
        let written: Vec<Record> =
            blocks.into_iter().map(|(_, block)| Record::Block { arrival: 0, block: Box::new(block) }).collect();
        let sound = fs::read(&path).unwrap();
        let mut saved = 0;
        let step = 1_024;
        for place in (0..sound.len()).step_by(step) {
            for old in fs::read_dir(directory.path()).unwrap() {
                fs::remove_file(old.unwrap().path()).unwrap();
            }
            let mut bytes = sound.clone();
            bytes[place..(place + 16).min(sound.len())].fill(0xa5);
            fs::write(&path, &bytes).unwrap();
            let found = loaded(&Store::open(&path, NETWORK).unwrap_or_else(|error| panic!("byte {place}: {error}")));
            assert!(found.iter().all(|record| written.contains(record)), "byte {place}");
            if found.len() < written.len() {
                assert!(directory.path().join("chain.redb.damaged-1").exists(), "byte {place}: something was lost");
            }
            saved += found.len();
        }
        let places = sound.len().div_ceil(step);
        assert!(saved > written.len() * places / 2, "{saved} of {} records in all", written.len() * places);
    }

    /// CASES 84.
    #[test]
    fn what_is_no_database_is_moved_aside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        for (number, content) in (1..).zip([b"a letter to my aunt".to_vec(), vec![0; 100_000], vec![0xff; 70_000]]) {
            fs::write(&path, &content).unwrap();
            assert!(loaded(&Store::open(&path, NETWORK).unwrap()).is_empty());
            assert_eq!(fs::read(directory.path().join(format!("chain.redb.damaged-{number}"))).unwrap(), content);
        }
    }

    #[test]
    fn a_stopped_relays_database_is_read_and_stays_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        assert!(matches!(Store::open_read_only(&path), Err(StoreError::Absent)));
        let body = block("stored");
        let store = Store::open(&path, NETWORK).unwrap();
        store.write(&[Record::put_block(1, 1, &body)]).unwrap();
        assert!(matches!(Store::open_read_only(&path), Err(StoreError::InUse)));
        drop(store);
        let before = fs::read(&path).unwrap();
        let (store, network) = Store::open_read_only(&path).unwrap();
        assert_eq!((loaded(&store).len(), network), (1, NETWORK));
        assert!(matches!(Store::open(&path, NETWORK), Err(StoreError::InUse)));
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
