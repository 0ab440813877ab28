//! Databases that are not what a relay has left: changed by the disk, of a newer version, or in use.

use std::fs;
use std::process::Stdio;

use tabchain::DATABASE_FILE;
use tabchain_shared::primitives::Encode;

use crate::{height, start, start_and_mine, tabchain, tip, until};

const HEIGHT: u32 = 40;
const DAMAGED_HEIGHT: u32 = 10;

/// CASES 84: a bit in a block's record, then the database's own first page. Both are found at the start, what is damaged
/// is kept aside, the identity stays, and a real second relay brings back what is missing.
#[tokio::test]
async fn what_a_flipped_bit_has_taken_comes_back_from_a_peer() {
    let [source_dir, data_dir] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let source = start_and_mine(source_dir.path(), HEIGHT).await;
    let relay = start(data_dir.path(), Some(&source)).await;
    let identity = relay.state().resident.id();
    let has_all = async |relay: &tabchain::Relay| {
        height(relay).await == HEIGHT && relay.state().resident.unfinished_writes() == 0
    };
    until(&relay, "the second relay has the chain", has_all).await;
    let header = relay.state().resident.query(|node| {
        let hash = node.chain().hash_at(DAMAGED_HEIGHT).expect("it is on the chain");
        node.chain().index().get(&hash).expect("it is known").header
    });
    let header = header.await.unwrap().to_bytes();
    relay.stop().await;

    let database = data_dir.path().join(DATABASE_FILE);
    // redb leaves older copies in pages that it has given up: one of these is the record.
    let copies_of_the_record = |bytes: &[u8]| -> Vec<usize> {
        let starts = (0..bytes.len() - header.len()).filter(|start| bytes[*start..].starts_with(&header));
        starts.map(|start| start + header.len() + 5).collect()
    };
    let whole_before_peers = [DAMAGED_HEIGHT - 1, 0];
    for (number, whole) in (1..).zip(whole_before_peers) {
        let mut bytes = fs::read(&database).unwrap();
        let places = if number == 1 { copies_of_the_record(&bytes) } else { vec![3] };
        assert!(!places.is_empty(), "the block is in the file");
        for place in places {
            bytes[place] ^= 0x10;
        }
        fs::write(&database, &bytes).unwrap();

        let alone = start(data_dir.path(), None).await;
        assert_eq!(height(&alone).await, whole, "what is sound leads so far");
        let aside = data_dir.path().join(format!("{DATABASE_FILE}.damaged-{number}"));
        assert_eq!(fs::read(&aside).unwrap(), bytes, "nothing is thrown away");
        alone.stop().await;

        let relay = start(data_dir.path(), Some(&source)).await;
        assert_eq!(relay.state().resident.id(), identity);
        until(&relay, "the peer has sent what is missing", has_all).await;
        assert_eq!(tip(&relay).await, tip(&source).await);
        relay.stop().await;
    }
    source.stop().await;
}

/// CASES 85: the process says so and ends, and the file is the same to the byte.
#[tokio::test]
async fn a_database_from_a_newer_version_is_refused_and_untouched() {
    const META: redb::TableDefinition<&str, u32> = redb::TableDefinition::new("meta");
    let data_dir = tempfile::tempdir().unwrap();
    start_and_mine(data_dir.path(), 3).await.stop().await;
    let path = data_dir.path().join(DATABASE_FILE);
    {
        let database = redb::Database::create(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(META).unwrap().insert("schema", 99).unwrap();
        transaction.commit().unwrap();
    }
    let before = fs::read(&path).unwrap();
    let arguments = ["--network", "regtest", "--port", "0", "--data-dir", data_dir.path().to_str().unwrap()];
    let output = tabchain(&arguments).stdin(Stdio::null()).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("a newer version of tabchain wrote this data (schema 99"), "{words}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// CASES 86: the second process says so and ends; the first one does not notice.
#[tokio::test]
async fn a_second_process_ends_in_words_and_the_first_goes_on() {
    let data_dir = tempfile::tempdir().unwrap();
    let first = start_and_mine(data_dir.path(), 3).await;
    let directory = data_dir.path().to_str().unwrap();
    let arguments = ["--network", "regtest", "--port", "0", "--data-dir", directory];
    let output = tabchain(&arguments).stdin(Stdio::null()).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("another process uses this data directory"), "{words}");

    crate::mine(&first, Some(2)).await;
    until(&first, "two more blocks are mined", async |relay| height(relay).await == 5).await;
    let stored = async |relay: &tabchain::Relay| relay.state().resident.unfinished_writes() == 0;
    until(&first, "they are stored", stored).await;
    assert_eq!(first.state().resident.read_only(), None);
    let tip = tip(&first).await;
    first.stop().await;
    let again = start(data_dir.path(), None).await;
    assert_eq!(crate::tip(&again).await, tip);
    again.stop().await;
}
