//! `tabchain backup` and `tabchain restore`, through the binary.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tabchain::DATABASE_FILE;
use tabchain::operator::{Token, TokenSource};
use tabchain_shared::chain::store::Record;

use crate::{height, json, start, start_and_mine, tabchain, tip};

const HEIGHT: u32 = 30;

fn run(command: &str, file: &Path, more: &[&str]) -> (i32, Value) {
    let output = tabchain(&[command, file.to_str().unwrap(), "--json"]).args(more).stdin(Stdio::null()).output();
    json(&output.unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// From a relay that runs and from the same one stopped: both files are the same chain, and a relay restored from one is
/// at the same tip; with the keys it is the same node, without them another.
#[tokio::test]
async fn a_backup_of_a_running_and_of_a_stopped_relay_bring_the_same_chain_back() {
    let [data_dir, backups, restored] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let [running, stopped] = ["running", "stopped"].map(|name| backups.path().join(name));
    let relay = start_and_mine(data_dir.path(), HEIGHT).await;
    let (identity, tip_before) = (relay.state().resident.id(), tip(&relay).await);
    let url = format!("http://{}", relay.address());

    let (code, error) = run("backup", &stopped, &["--data-dir", text(data_dir.path())]);
    assert_eq!(code, 2, "{error}");
    assert!(error["error"].as_str().unwrap().contains("--from http://"), "{error}");
    // The client blocks its thread, and the relay needs one.
    let file = running.clone();
    let (code, answer) = tokio::task::spawn_blocking(move || run("backup", &file, &["--from", &url])).await.unwrap();
    assert_eq!((code, &answer["height"]), (0, &HEIGHT.into()), "{answer}");
    relay.stop().await;

    let more = ["--data-dir", text(data_dir.path()), "--with-keys"];
    let (code, answer) = run("backup", &stopped, &more);
    assert_eq!((code, &answer["tip"]), (0, &tip_before.to_string().into()), "{answer}");
    assert_eq!(answer["records_left_out"], 0);
    assert_eq!(fs::read(&running).unwrap(), fs::read(&stopped).unwrap());
    assert_eq!(run("verify", &stopped, &[]).0, 0);
    let keys = backups.path().join("stopped.keys");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let key = fs::read_to_string(data_dir.path().join("node.key")).unwrap();
    assert!(fs::read_to_string(&keys).unwrap().contains(&key));
    assert!(!String::from_utf8_lossy(&fs::read(&stopped).unwrap()).contains(&key), "the chain is public");

    for (name, with_keys) in [("another", false), ("the-same", true)] {
        let directory = restored.path().join(name);
        let mut more = vec!["--data-dir", text(&directory)];
        more.extend(with_keys.then_some("--with-keys"));
        let (code, answer) = run("restore", &stopped, &more);
        assert_eq!((code, &answer["height"]), (0, &HEIGHT.into()), "{answer}");
        let relay = start(&directory, None).await;
        assert_eq!((height(&relay).await, tip(&relay).await), (HEIGHT, tip_before));
        assert_eq!(relay.state().resident.id() == identity, with_keys);
        relay.stop().await;
    }
}

/// A token that reading needs comes from the environment; without it the relay's own words say so.
#[tokio::test]
async fn a_relay_that_is_read_with_a_token_only_is_saved_with_it() {
    const READ: &str = "a-token-for-readers";
    let [data_dir, backups] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let mut settings = crate::settings(data_dir.path(), None);
    settings.read_token = Some(TokenSource::Given(Token::new(READ).unwrap()));
    let relay = tabchain::Relay::start(settings).await.unwrap();
    let (url, file) = (format!("http://{}", relay.address()), backups.path().join("chain.dat"));
    let save = async |variable: Option<(&'static str, &'static str)>| {
        let mut command = tabchain(&["backup", text(&file), "--from", &url, "--json"]);
        command.envs(variable).stdin(Stdio::null());
        json(&tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap())
    };
    let (code, answer) = save(None).await;
    let words = answer["error"].as_str().unwrap_or_default();
    assert!(code == 2 && words.contains("401") && words.contains("read token"), "{answer}");
    for (variable, token) in [("TABCHAIN_READ_TOKEN", READ), ("TABCHAIN_OPERATOR_TOKEN", crate::TOKEN)] {
        let (code, answer) = save(Some((variable, token))).await;
        assert_eq!((code, &answer["height"]), (0, &0.into()), "{answer}");
    }
    relay.stop().await;
}

/// Found out while there is another copy, and before anything is changed.
#[tokio::test]
async fn keys_that_make_no_sense_are_neither_saved_nor_restored() {
    let [data_dir, backups] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    start_and_mine(data_dir.path(), 1).await.stop().await;
    let file = backups.path().join("chain.dat");
    let more = ["--data-dir", text(data_dir.path()), "--with-keys"];
    let saved = |name: &str, content: &str| {
        let (path, sound) = (data_dir.path().join(name), fs::read_to_string(data_dir.path().join(name)));
        fs::write(&path, content).unwrap();
        let (code, answer) = run("backup", &file, &more);
        assert!(code == 2 && answer["error"].as_str().unwrap().contains(name), "{answer}");
        sound.map_or_else(|_| fs::remove_file(&path).unwrap(), |sound| fs::write(&path, sound).unwrap());
    };
    saved("node.key", "half a k");
    saved("operator.token", "short");
    assert_eq!(fs::read_dir(backups.path()).unwrap().count(), 0);

    assert_eq!(run("backup", &file, &more).0, 0);
    let keys = backups.path().join("chain.dat.keys");
    let text_of_keys = fs::read_to_string(&keys).unwrap();
    fs::write(&keys, text_of_keys.replace("node-key = \"", "node-key = \"zz")).unwrap();
    let target = backups.path().join("restored");
    let (code, answer) = run("restore", &file, &["--data-dir", text(&target), "--with-keys"]);
    assert!(code == 2 && answer["error"].as_str().unwrap().contains("64 hexadecimal digits"), "{answer}");
    assert!(!target.exists());
}

/// Without `--force` nothing is touched; with it the old chain is kept beside, and the keys stay.
#[tokio::test]
async fn a_restore_replaces_nothing_unasked_and_keeps_what_it_replaces() {
    let [old_dir, new_dir, backups] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let old = start_and_mine(old_dir.path(), 5).await;
    let (identity, old_tip) = (old.state().resident.id(), tip(&old).await);
    start_and_mine(new_dir.path(), 7).await.stop().await;
    let file = backups.path().join("chain.dat");
    assert_eq!(run("backup", &file, &["--data-dir", text(new_dir.path())]).0, 0);

    let more = ["--data-dir", text(old_dir.path())];
    let (code, answer) = run("restore", &file, &more);
    assert!(code == 2 && answer["error"].as_str().unwrap().contains("is not empty"), "{answer}");
    let forced = [&more[..], &["--force"]].concat();
    let (code, answer) = run("restore", &file, &forced);
    assert!(code == 2 && answer["error"].as_str().unwrap().contains("another process"), "it runs: {answer}");
    old.stop().await;

    let (code, answer) = run("restore", &file, &forced);
    assert_eq!(code, 0, "{answer}");
    let relay = start(old_dir.path(), None).await;
    assert_eq!((height(&relay).await, relay.state().resident.id()), (7, identity));
    relay.stop().await;
    fs::rename(answer["replaced_chain"].as_str().unwrap(), old_dir.path().join(DATABASE_FILE)).unwrap();
    let relay = start(old_dir.path(), None).await;
    assert_eq!(tip(&relay).await, old_tip);
    relay.stop().await;
}

/// What breaks a rule changes nothing, neither where it would go nor the backup that is there.
#[tokio::test]
async fn what_breaks_a_rule_is_neither_saved_nor_restored() {
    let [data_dir, backups] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let file = backups.path().join("chain.dat");
    start_and_mine(data_dir.path(), 6).await.stop().await;
    let from = ["--data-dir", text(data_dir.path())];
    assert_eq!(run("backup", &file, &from).0, 0);
    let good = fs::read(&file).unwrap();
    let mut bad = good.clone();
    let last = bad.len() - 1;
    bad[last] ^= 1;
    let bad_file = backups.path().join("bad.dat");
    fs::write(&bad_file, bad).unwrap();
    let target = backups.path().join("restored");
    let (code, answer) = run("restore", &bad_file, &["--data-dir", text(&target)]);
    assert_eq!((code, &answer["valid"], &answer["refused_height"]), (1, &false.into(), &6.into()), "{answer}");
    assert!(!target.exists());

    // A chain in a database whose coinbase somebody has raised: the record is sound, the block is not.
    let params = tabchain_shared::consensus::Params::regtest();
    let store = tabchain::store::Store::open(&data_dir.path().join(DATABASE_FILE), params.network_id()).unwrap();
    let mut forged = None;
    store
        .load(|records| {
            for record in records {
                if let Record::Block { arrival, mut block } = record {
                    block.transactions.truncate(0);
                    forged = Some((arrival, block));
                }
            }
        })
        .unwrap();
    let (arrival, block) = forged.unwrap();
    store.write(&[Record::put_block(6, arrival, &block)]).unwrap();
    drop(store);
    let (code, answer) = run("backup", &file, &from);
    assert_eq!((code, &answer["valid"]), (1, &false.into()), "{answer}");
    assert_eq!(fs::read(&file).unwrap(), good, "the older backup stays");
    assert_eq!(fs::read_dir(backups.path()).unwrap().count(), 2, "and nothing half is left");
}

#[test]
fn who_names_no_relay_is_told_of_both_ways() {
    let output = tabchain(&["backup", "chain.dat"]).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(words.contains("--data-dir <DIRECTORY>|--from <URL>"), "{words}");
}

#[test]
fn help_says_what_is_saved_and_what_is_not() {
    for (command, words) in [
        ("backup", &["--data-dir", "--from", "--with-keys", "--json", "Payments that wait", "Exit codes"][..]),
        ("restore", &["--data-dir", "--force", "--with-keys", "--json", "Exit codes"]),
    ] {
        let help = String::from_utf8(tabchain(&[command, "--help"]).output().unwrap().stdout).unwrap();
        for word in words {
            assert!(help.contains(word), "{command} --help should name {word}");
        }
    }
}
