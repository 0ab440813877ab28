//! `tabchain inspect` on Bitcoin's real headers, on broken ones, and on blocks and transactions made here.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::{CompactTarget, Decode, Encode, Header, Memo, NetworkId, Transaction, Transfer};

use crate::workshop::{address, alice, block_on, bob, coins, funded_chain, pay, payment, seal, units};
use crate::{Outcome, run, run_with_input};

const GENESIS: &str = "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e\
                       67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c";

fn vectors(path: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors").join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn bitcoin(header: &str) -> Outcome {
    run(&["inspect", "header", header, "--network", "bitcoin-header", "--json"])
}

fn with(header: &str, change: impl FnOnce(&mut Header)) -> String {
    let mut header = Header::from_bytes(&hex::decode(header).unwrap()).unwrap();
    change(&mut header);
    hex::encode(header.to_bytes())
}

fn inspect(kind: &str, value: &impl Encode, network: &str) -> Outcome {
    run(&["inspect", kind, &hex::encode(value.to_bytes()), "--network", network, "--json"])
}

/// Every row of every file of real headers: each field, and target and work as published for these bits.
#[test]
fn bitcoins_headers_are_read_as_bitcoin_shows_them() {
    let known: HashMap<String, Value> = vectors("nbits/bits_target_work_real.json")
        .into_iter()
        .map(|row| (row["bits"].as_str().unwrap().to_owned(), row))
        .collect();
    let mut rows = 0;
    let mut with_known_target = 0;
    for file in ["bitcoin_mainnet_0_255", "bitcoin_mainnet_2016", "bitcoin_mainnet_selected"] {
        for row in vectors(&format!("headers/{file}.json")) {
            let answer = bitcoin(row["header"].as_str().unwrap()).is_valid();
            for (ours, theirs) in [
                ("hash", "hash"),
                ("version", "version"),
                ("prev_blockhash", "prev"),
                ("merkle_root", "merkle_root"),
                ("time", "time"),
                ("bits", "bits"),
                ("nonce", "nonce"),
            ] {
                assert_eq!(answer[ours], row[theirs], "{ours} at height {}", row["height"]);
            }
            assert_eq!(answer["version_hex"], format!("{:08x}", row["version"].as_u64().unwrap()));
            assert_eq!((&answer["proof_of_work_holds"], &answer["target_within_limit"]), (&true.into(), &true.into()));
            if let Some(known) = known.get(row["bits"].as_str().unwrap()) {
                assert_eq!((&answer["target"], &answer["work"]), (&known["target"], &known["work"]));
                with_known_target += 1;
            }
            // Bitcoin Core's own formula for what it displays, which needs no wide numbers.
            let bits = u32::from_str_radix(row["bits"].as_str().unwrap(), 16).unwrap();
            let exponent = i32::try_from(bits >> 24).unwrap();
            let difficulty = f64::from(0xffff) / f64::from(bits & 0x00ff_ffff) * 256_f64.powi(0x1d - exponent);
            let shown = answer["difficulty"].as_f64().unwrap();
            assert!((shown / difficulty - 1.0).abs() < 1e-15, "{shown} for {difficulty}");
            rows += 1;
        }
    }
    assert_eq!((rows, with_known_target), (480, 375));
}

#[test]
fn dates_difficulty_and_work_are_shown_in_full() {
    let genesis = bitcoin(GENESIS).is_valid();
    assert_eq!(genesis["time_utc"], "2009-01-03T18:15:05Z");
    assert_eq!(genesis["work_decimal"], "4295032833");
    assert_eq!(genesis["difficulty"], 1.0);
    let text = run(&["inspect", "header", GENESIS, "--network", "bitcoin-header"]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""));
    assert!(text.stdout.contains("time_utc             2009-01-03T18:15:05Z\n"), "{}", text.stdout);
    assert!(text.stdout.ends_with("valid\n"), "{}", text.stdout);
    // The end of a header's calendar.
    let last = bitcoin(&with(GENESIS, |header| header.time = u32::MAX)).json();
    assert_eq!(last["time_utc"], "2106-02-07T06:28:15Z");
}

/// Each rule on a header, broken alone, on a real header.
#[test]
fn broken_headers_are_refused_in_words() {
    let with_bits = |bits| with(GENESIS, |header| header.bits = CompactTarget(bits));
    for (header, rule, words) in [
        (with_bits(0x1d80_ffff), "bad-bits", "negative"),
        (with_bits(0xff12_3456), "bad-bits", "above 256 bits"),
        (with_bits(0), "bad-bits", "zero"),
        (with_bits(0x0100_3456), "bad-bits", "zero"),
        (with_bits(0x1d01_0000), "target-above-limit", "easier"),
        (with_bits(0x2200_00ff), "target-above-limit", "easier"),
        (with_bits(0x1c7f_ffff), "high-hash", "does not meet"),
        (with(GENESIS, |header| header.nonce += 1), "high-hash", "does not meet"),
    ] {
        let answer = bitcoin(&header).refuses(rule, &header);
        assert!(answer["error"].as_str().unwrap().contains(words), "{answer}");
        let target = &answer["target"];
        assert_eq!(target.is_null(), rule == "bad-bits", "{answer}");
        assert_eq!(target.is_null(), answer["difficulty"].is_null() && answer["work"].is_null(), "{answer}");
        assert_eq!(answer["target_within_limit"], rule == "high-hash", "{answer}");
        // In text the fields are there all the same, and the error stands apart.
        let text = run(&["inspect", "header", &header, "--network", "bitcoin-header"]);
        assert_eq!(text.code, 1);
        assert!(text.stdout.contains("merkle_root") && !text.stdout.contains("valid"), "{}", text.stdout);
        assert!(text.stderr.starts_with(&format!("error: {rule}: ")), "{}", text.stderr);
    }
}

/// Whatever bytes come, the answer is a verdict.
#[test]
fn garbage_gets_an_answer() {
    for digits in ["00".repeat(80), "ff".repeat(80), "80".repeat(80), "7f".repeat(80)] {
        let answer = bitcoin(&digits);
        assert_eq!((answer.code, &answer.json()["valid"]), (1, &Value::Bool(false)), "{digits}");
    }
    for digits in ["", "0", "zz", "0x", "00", &GENESIS[2..], &format!("{GENESIS}ff"), "ßß"] {
        for kind in ["header", "block", "transaction"] {
            run(&["inspect", kind, digits, "--json"]).refuses("undecodable", &format!("{kind} {digits:?}"));
        }
    }
}

#[test]
fn digits_come_as_tools_write_them() {
    let whole = bitcoin(GENESIS).stdout;
    let upper = format!("0x{}", GENESIS.to_uppercase());
    assert_eq!(bitcoin(&upper).stdout, whole);
    // As xxd -p breaks its lines.
    let lines = format!(" {}\r\n{}\n\n", &GENESIS[..60], &GENESIS[60..]);
    let arguments = ["inspect", "header", "-", "--network", "bitcoin-header", "--json"];
    assert_eq!(run_with_input(&arguments, lines.as_bytes()).stdout, whole);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("header.hex");
    fs::write(&file, lines).unwrap();
    assert_eq!(bitcoin(&format!("@{}", file.display())).stdout, whole);
    // Raw bytes are not digits, and nothing was judged.
    assert_eq!(run_with_input(&arguments, &[0xff; 80]).code, 2);
}

#[test]
fn a_networks_own_headers_are_judged_by_its_limit() {
    let chain = funded_chain();
    let header = block_on(&chain, chain.tip(), &alice(), vec![]).header;
    let answer = inspect("header", &header, "regtest").is_valid();
    assert_eq!((&answer["network"], &answer["difficulty"]), (&"regtest".into(), &1.0.into()));
    inspect("header", &header, "classroom").refuses("target-above-limit", "regtest's header on classroom");
    // Nobody mined genesis, and its own network excuses it; no other does.
    let genesis = Params::classroom().genesis();
    let answer = inspect("block", &genesis, "classroom").is_valid();
    assert_eq!((&answer["owes_proof_of_work"], &answer["proof_of_work_holds"]), (&false.into(), &false.into()));
    inspect("header", &genesis.header, "bitcoin-header").refuses("target-above-limit", "classroom's genesis");
}

#[test]
fn a_block_is_listed_and_judged() {
    let chain = funded_chain();
    let memo = Memo::new("\u{1b}]0;steered\u{7}").unwrap();
    let mut order = payment(&bob(), coins(5), 0);
    order.memo = memo.clone();
    let transfer = Transfer::sign(chain.network(), &alice(), order);
    let good = block_on(&chain, chain.tip(), &alice(), vec![transfer.clone()]);
    let answer = inspect("block", &good, "regtest").is_valid();
    assert_eq!(answer["hash"], good.hash().to_string());
    assert_eq!(answer["size"], good.to_bytes().len());
    assert_eq!(answer["merkle_root_computed"], good.header.merkle_root.to_string());
    assert_eq!(answer["transaction_count"], 2);
    let [coinbase, paid] = answer["transactions"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(
        (&coinbase["kind"], &coinbase["height"], &coinbase["reward"]),
        (&"coinbase".into(), &3.into(), &"50".into())
    );
    assert_eq!((&paid["kind"], &paid["position"], &paid["amount"]), (&"transfer".into(), &1.into(), &"5".into()));
    assert_eq!(
        (&paid["sender"], &paid["recipient"]),
        (&address(&alice()).to_string().into(), &address(&bob()).to_string().into())
    );
    assert_eq!((&paid["txid"], &paid["nonce"]), (&transfer.txid().to_string().into(), &"0".into()));
    assert_eq!(paid["memo"], memo.as_str());
    let not_judged: Vec<&str> =
        answer["not_judged"].as_array().unwrap().iter().map(|rule| rule.as_str().unwrap()).collect();
    for rule in ["bad-difficulty", "insufficient-balance", "nonce-gap", "coinbase-too-high"] {
        assert!(not_judged.contains(&rule), "{rule} in {not_judged:?}");
    }
    // A stranger's memo does not reach the terminal as it is.
    let digits = hex::encode(good.to_bytes());
    let text = run_with_input(&["inspect", "block", "-", "--network", "regtest"], digits.as_bytes());
    assert!(text.code == 0 && !text.stdout.contains('\u{1b}') && text.stdout.contains("steered"), "{}", text.stdout);

    let params = chain.params();
    let mut forged = good.clone();
    if let Transaction::Transfer(transfer) = &mut forged.transactions[1] {
        transfer.amount = coins(6);
    }
    let answer = inspect("block", &forged, "regtest").refuses("bad-merkle-root", "changed after mining");
    assert_eq!(answer["merkle_root_matches"], false);
    let sealed = seal(params, forged);
    let answer = inspect("block", &sealed, "regtest").refuses("bad-signature", "changed before mining");
    assert!(answer["error"].as_str().unwrap().ends_with("(transaction 1)"), "{answer}");
    let mut headless = good.clone();
    headless.transactions.remove(0);
    inspect("block", &seal(params, headless), "regtest").refuses("no-coinbase", "without a coinbase");
    let mut unmined = good;
    while Params::regtest().algorithm.is_met(&unmined.header, params.limit_target()) {
        unmined.header.nonce += 1;
    }
    inspect("block", &unmined, "regtest").refuses("high-hash", "not mined");
}

#[test]
fn a_transaction_is_judged_by_the_network_it_names() {
    let network = Chain::new(Params::regtest()).network();
    let transfer = pay(network, &alice(), &bob(), units(1), u64::MAX);
    let whole = Transaction::Transfer(transfer.clone());
    let digits = hex::encode(whole.to_bytes());
    let answer = run(&["inspect", "transaction", &digits, "--json"]).is_valid();
    assert_eq!((&answer["network"], &answer["network_id"]), (&"regtest".into(), &network.to_string().into()));
    assert_eq!((&answer["signature_valid"], &answer["network_matches"]), (&true.into(), &Value::Null));
    assert_eq!((&answer["nonce"], &answer["amount"]), (&"18446744073709551615".into(), &"0.00000001".into()));
    assert_eq!(answer["txid"], transfer.txid().to_string());
    assert_eq!(inspect("transaction", &whole, "regtest").is_valid()["network_matches"], true);
    let answer = inspect("transaction", &whole, "classroom").refuses("wrong-network", "regtest's on classroom");
    assert_eq!((&answer["network_matches"], &answer["signature_valid"]), (&false.into(), &true.into()));

    let mut forged = transfer;
    forged.signature.0[0] ^= 1;
    let answer = inspect("transaction", &forged, "regtest").refuses("bad-signature", "one bit off");
    assert_eq!(answer["signature_valid"], false);
    let nothing = pay(network, &alice(), &bob(), units(0), 0);
    inspect("transaction", &nothing, "regtest").refuses("zero-amount", "of nothing");
    // A network that nobody here knows is named by its id.
    let foreign = pay(NetworkId([1, 2, 3, 4]), &alice(), &bob(), units(1), 0);
    let answer = run(&["inspect", "transaction", &hex::encode(foreign.to_bytes()), "--json"]).is_valid();
    assert_eq!((&answer["network"], &answer["network_id"]), (&Value::Null, &"01020304".into()));

    let coinbase = Params::regtest().genesis().transactions.remove(0);
    let answer = inspect("transaction", &coinbase, "regtest").is_valid();
    assert_eq!((&answer["kind"], &answer["tag"]), (&"coinbase".into(), &"Tabchain regtest".into()));
}
