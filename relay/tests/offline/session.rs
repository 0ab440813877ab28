//! `tabchain verify` on a saved session: a panel's file is valid as it is, and whatever follows from its chain cannot be changed
//! unseen. What was measured can, and is said to be believed.

use serde_json::{Value, json};
use tabchain_shared::node::session::{BlockFigure, SESSION_FORMAT, SESSION_VERSION};
use tabchain_shared::primitives::{Block, Encode, Transaction};

use crate::verify::Export;
use crate::workshop::{bob, coins};
use crate::{Outcome, run_with_input};

/// What a panel would save of that chain.
fn session(export: &Export) -> Value {
    let params = export.chain.params();
    let address = bob().public_key().address();
    let headers = export.blocks.iter().map(|block| block.header);
    let tip = export.chain.tip();
    json!({
        "format": SESSION_FORMAT,
        "version": SESSION_VERSION,
        "saved": 1_767_226_000_000_u64,
        "network": params,
        "chain": hex::encode(export.file()),
        "blocks": BlockFigure::of(0, headers, params.limit_target()),
        "peers": [
            { "name": "bob", "address": address, "balance": export.chain.ledger().account(&address).balance,
              "tip": tip, "height": export.chain.height(), "hashrate": 5.0 },
            { "name": "late", "address": address, "balance": coins(0), "tip": export.blocks[3].hash(), "height": 3 },
            { "name": "silent", "address": address, "balance": null, "tip": null, "height": null },
        ],
        "events": [
            { "at": 1, "event": "peer-connected", "node": "0102030405060708", "name": "bob" },
            event(&export.blocks[17]),
        ],
        "samples": [{ "at": 3, "nodes": 2, "claimed": 9.0, "proven": 8.0, "height": 4, "mempool": 1, "mempool_bytes": 200,
            "stale_blocks": 0 }],
        "arrivals": [{ "at": 3, "hash": tip, "height": 40, "took_micros": 900 }],
    })
}

fn event(block: &Block) -> Value {
    let Transaction::Coinbase(coinbase) = &block.transactions[0] else { panic!("a coinbase comes first") };
    json!({
        "at": 2, "event": "block", "hash": block.hash(), "height": coinbase.height,
        "prev_blockhash": block.header.prev_blockhash, "miner": coinbase.recipient, "tag": coinbase.tag.to_string(),
        "transactions": block.transactions.len(), "bytes": block.to_bytes().len(), "time": block.header.time,
    })
}

fn verify(session: &Value) -> Outcome {
    run_with_input(&["verify", "-", "--json"], session.to_string().as_bytes())
}

#[test]
fn a_session_is_judged_with_its_chain_and_what_follows_from_it() {
    let export = Export::regtest();
    let session = session(&export);
    let report = verify(&session).is_valid();
    assert_eq!((&report["height"], &report["blocks_figured"]), (&json!(40), &json!(41)), "{report}");
    assert_eq!((&report["balances_checked"], &report["balances_believed"]), (&json!(1), &json!(2)), "{report}");
    assert_eq!((&report["block_events_checked"], &report["events_believed"]), (&json!(1), &json!(1)), "{report}");
    assert!(report["believed"].as_str().is_some_and(|words| words.starts_with("samples, arrivals")), "{report}");
    // Spaces before it are a person's editor's.
    let spaced = run_with_input(&["verify", "-", "--json"], format!("\n  {session:#}").as_bytes());
    spaced.is_valid();
}

#[test]
fn what_follows_from_the_chain_cannot_be_changed_unseen() {
    let export = Export::regtest();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut session = session(&export);
        change(&mut session);
        verify(&session)
    };
    let longer = |session: &mut Value| {
        session["blocks"].as_array_mut().expect("a list").pop();
    };
    with(&longer).refuses("session-blocks", "a block without figures");
    for (what, rule, change) in [
        (
            "a rounder interval",
            "session-blocks",
            (&|it: &mut Value| it["blocks"][9]["interval"] = json!(11)) as &dyn Fn(&mut Value),
        ),
        ("an easier block", "session-blocks", &|it| it["blocks"][9]["difficulty"] = json!(0.5)),
        ("a richer node", "session-balance", &|it| it["peers"][0]["balance"] = json!("21")),
        ("another miner", "session-event", &|it| it["events"][1]["tag"] = json!("mallory")),
        ("another chain", "session-chain", &|it| it["chain"] = json!("zz")),
        ("no chain", "truncated", &|it| it["chain"] = json!(it["chain"].as_str().unwrap()[..6])),
        ("another network", "wrong-magic", &|it| it["network"]["spacing"] = json!(7)),
        ("no network", "session-network", &|it| it["network"]["spacing"] = json!(0)),
        ("another format", "session-format", &|it| it["format"] = json!("tabchain")),
        ("another version", "session-version", &|it| it["version"] = json!(2)),
        ("another file", "session-undecodable", &|it| *it = json!({})),
    ] {
        with(change).refuses(rule, what);
    }
}

#[test]
fn an_invalid_block_within_a_session_is_found() {
    let export = Export::regtest();
    let mut session = session(&export);
    let mut blocks = export.blocks.clone();
    blocks[17].transactions.truncate(1);
    let mut file = Vec::new();
    for block in &blocks {
        tabchain_shared::wire::export::encode_block(export.chain.network(), block, &mut file);
    }
    session["chain"] = json!(hex::encode(file));
    let report = verify(&session).refuses("bad-merkle-root", "a block without its payments");
    assert_eq!(report["refused_height"], 17, "{report}");
}
