//! The consensus core against vectors that nobody here wrote: Bitcoin's headers, blocks and nBits, ASERT's official runs,
//! Ed25519's edge cases. Every row of every file in `vectors/` is judged, and counted, so that an emptied file fails.
//!
//! The shared crate's tests include this file, so that the same rows run on wasm32.

use std::fmt::Debug;
use std::str::FromStr;

use ruint::aliases::U256;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tabchain_shared::consensus::difficulty::{AsertInput, next_target};
use tabchain_shared::consensus::header_rules::{HeaderContext, check_header, check_header_in_context};
use tabchain_shared::consensus::{HeaderError, Params};
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::block::{merkle_branch, merkle_root_from_branch};
use tabchain_shared::primitives::{
    Address, AddressError, BitsError, BlockHash, CompactTarget, Decode, Encode, Header, MerkleRoot, PublicKey, Reader,
    SecretKey, Signature, Target, Txid, Work, merkle_root, sha256d,
};
use tabchain_shared::wire::BlockTransactionsRequest;
use tabchain_shared::wire::compact_block::ShortIdKeys;
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! vectors {
    ($path:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("vectors/", $path))).expect($path)
    };
}

/// The rows of a list, of which there must be just so many.
fn rows(list: &Value, count: usize) -> &Vec<Value> {
    let rows = list.as_array().expect("a list of rows");
    assert_eq!(rows.len(), count, "rows have come or gone");
    rows
}

fn text(row: &Value) -> &str {
    row.as_str().unwrap_or_else(|| panic!("text, not {row}"))
}

fn parse<T: FromStr<Err: Debug>>(row: &Value) -> T {
    text(row).parse().unwrap()
}

fn number<T: TryFrom<i64, Error: Debug>>(row: &Value) -> T {
    row.as_i64().unwrap_or_else(|| panic!("a number, not {row}")).try_into().unwrap()
}

fn bytes(row: &Value) -> Vec<u8> {
    hex::decode(text(row)).unwrap()
}

fn array<const N: usize>(row: &Value) -> [u8; N] {
    bytes(row).try_into().unwrap()
}

fn bits(row: &Value) -> CompactTarget {
    read(row)
}

fn read<T: DeserializeOwned>(row: &Value) -> T {
    serde_json::from_value(row.clone()).unwrap()
}

fn target(row: &Value) -> Target {
    Target::new(U256::from_str_radix(text(row), 16).unwrap()).expect("no target is zero")
}

fn txids(row: &Value) -> Vec<Txid> {
    row.as_array().unwrap().iter().map(parse).collect()
}

/// Bitcoin's main network as far as headers are judged: the same limit.
fn bitcoin() -> Params {
    let limit = CompactTarget(0x1d00_ffff);
    Params { limit, start_bits: limit, ..Params::classroom() }
}

// Headers

/// Decodes a row's header, and checks everything that the row says of it.
fn header(row: &Value) -> Header {
    let header = Header::from_bytes(&bytes(&row["header"])).unwrap();
    assert_eq!(header.to_bytes(), bytes(&row["header"]));
    assert_eq!(header.version, number::<u32>(&row["version"]));
    assert_eq!(header.prev_blockhash, parse(&row["prev"]));
    assert_eq!(header.merkle_root, parse(&row["merkle_root"]));
    assert_eq!(header.time, number::<u32>(&row["time"]));
    assert_eq!(header.bits, bits(&row["bits"]));
    assert_eq!(header.nonce, number::<u32>(&row["nonce"]));
    header
}

/// As [`header`], for a block of Bitcoin's: its hash and its proof of work.
fn bitcoin_header(row: &Value) -> Header {
    let header = header(row);
    assert_eq!(header.hash(), parse(&row["hash"]));
    let target = check_header(&bitcoin(), &header).unwrap();
    assert_eq!(target.to_compact(), header.bits, "real bits are in their shortest form");
    // One nonce on is another hash, which nobody has mined.
    let unmined = Header { nonce: header.nonce.wrapping_add(1), ..header };
    assert_eq!(check_header(&bitcoin(), &unmined), Err(HeaderError::HighHash));
    header
}

#[wasm_bindgen_test(unsupported = test)]
fn bitcoins_first_headers_link_and_their_work_adds_up() {
    let mut tip = BlockHash::default();
    let mut chainwork = Work::ZERO;
    let mut headers: Vec<Header> = Vec::new();
    // One difficulty for all of them, as it was.
    let params = Params { half_life: None, ..bitcoin() };
    for (height, row) in rows(&vectors!("headers/bitcoin_mainnet_0_255.json"), 256).iter().enumerate() {
        let header = bitcoin_header(row);
        assert_eq!(number::<usize>(&row["height"]), height);
        assert_eq!(header.prev_blockhash, tip);
        tip = header.hash();
        chainwork = chainwork + header.bits.to_target().unwrap().work();
        assert_eq!(chainwork.to_string(), text(&row["chainwork"]));
        if height == 0 {
            assert_eq!(tip.to_string(), "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f");
        }
        if let Some(context) = HeaderContext::new(headers.iter().rev().copied()) {
            assert_eq!(check_header_in_context(&params, &header, &context, header.time), Ok(()));
            let too_old = Header { time: context.median_time, ..header };
            let expected = HeaderError::TimeTooOld { found: too_old.time, median: context.median_time };
            assert_eq!(check_header_in_context(&params, &too_old, &context, header.time), Err(expected));
        }
        headers.push(header);
    }
}

/// Each row is the first block of a period of one difficulty: 2015 more follow it with its bits, then the next row.
#[wasm_bindgen_test(unsupported = test)]
fn bitcoins_chainwork_is_the_work_of_each_period() {
    let file = vectors!("headers/bitcoin_mainnet_2016.json");
    let rows = rows(&file, 218);
    // All blocks up to the first row's had one difficulty.
    let [height, first] = [&rows[0]["height"], &rows[0]["chainwork"]];
    let work = bits(&rows[0]["bits"]).to_target().unwrap().work();
    let all: Work = std::iter::repeat_n(work, number::<usize>(height) + 1).sum();
    assert_eq!(all, read(first));
    bitcoin_header(&rows[217]);
    for pair in rows.windows(2) {
        let [before, after] = [&pair[0], &pair[1]];
        let [first, next] = [before, after].map(|row| bitcoin_header(row).bits.to_target().unwrap().work());
        assert_eq!(number::<u32>(&after["height"]), number::<u32>(&before["height"]) + 2016);
        let period: Work = std::iter::repeat_n(first, 2015).sum();
        let expected = read::<Work>(&before["chainwork"]) + period + next;
        assert_eq!(expected, read(&after["chainwork"]), "at {}", after["height"]);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn selected_headers_are_mined() {
    for row in rows(&vectors!("headers/bitcoin_mainnet_selected.json"), 6) {
        bitcoin_header(row);
    }
}

/// Litecoin's proof of work is scrypt; its block hashes are SHA-256d.
#[wasm_bindgen_test(unsupported = test)]
fn litecoins_headers() {
    for row in rows(&vectors!("headers/litecoin_headers.json")["cases"], 6) {
        let header = header(row);
        assert_eq!(header.hash(), parse(&row["block_hash_sha256d"]));
        let target = header.bits.to_target().unwrap();
        assert_eq!(BlockHash(Algorithm::Scrypt.hash(&header.to_array())), parse(&row["scrypt_pow_hash"]));
        let is_met = row["pow_ok"].as_bool().unwrap();
        assert_eq!(Algorithm::Scrypt.is_met(&header, target), is_met);
        assert!(!Algorithm::Sha256d.is_met(&header, target));
        // And it is found, when its turn comes.
        let mut search = NonceSearch::for_bits(Algorithm::Scrypt, &Header { nonce: 0, ..header }).unwrap();
        assert_eq!(search.run(header.nonce.wrapping_sub(5), 9), is_met.then_some(header.nonce));
    }
}

// Merkle trees

/// The transactions inside are Bitcoin's, so only header and count decode here; the txids are the file's.
#[wasm_bindgen_test(unsupported = test)]
fn bitcoins_merkle_roots() {
    let mut transactions = 0;
    for (height, row) in rows(&vectors!("blocks/bitcoin_mainnet_0_255_full.json"), 180).iter().enumerate() {
        assert_eq!(number::<usize>(&row["height"]), height);
        let block = bytes(&row["block"]);
        let mut reader = Reader::new(&block);
        let header = Header::decode(&mut reader).unwrap();
        assert_eq!(header.hash(), parse(&row["hash"]));
        let txids = txids(&row["txids"]);
        assert_eq!(reader.count(block.len()), Ok(txids.len()));
        if txids.len() == 1 {
            // A lone coinbase is the rest of the block, so its txid can be computed as well.
            assert_eq!(Txid(sha256d(&block[Header::SIZE + 1..])), txids[0]);
        }
        let tree = merkle_root(&txids);
        assert_eq!(tree.root, parse(&row["merkle_root"]));
        assert_eq!(tree.root, header.merkle_root);
        assert!(!tree.mutated);
        if height == 170 {
            // The first payment, Satoshi's to Hal Finney.
            assert_eq!(txids.len(), 2);
            assert_eq!(tree.root.to_string(), "7dac2c5666815c17a3b36427de37bb9d2e2c5ccec3f8633eb91a4205cb4c10ff");
        }
        transactions += txids.len();
    }
    assert!(transactions > 180);
}

#[wasm_bindgen_test(unsupported = test)]
fn merkle_branches_lead_to_real_roots() {
    for row in rows(&vectors!("blocks/merkle_branches.json")["branches"], 16) {
        let hashes = row["branch"].as_array().unwrap();
        let branch: Vec<[u8; 32]> = hashes.iter().map(|hash| parse::<Txid>(hash).0).collect();
        let position = number::<usize>(&row["pos"]);
        let root: MerkleRoot = parse(&row["merkle_root"]);
        assert_eq!(merkle_root_from_branch(parse(&row["txid"]), position, &branch), root);
        assert_ne!(merkle_root_from_branch(Txid(root.0), position, &branch), root);
        let levels = number::<u32>(&row["n_tx"]).next_power_of_two().trailing_zeros();
        assert_eq!(branch.len(), usize::try_from(levels).unwrap());
    }
}

/// CASES 25.
#[wasm_bindgen_test(unsupported = test)]
fn mutated_lists_have_the_honest_root_and_are_recognised() {
    for row in rows(&vectors!("blocks/cve_2012_2459.json")["cases"], 3) {
        let [honest, mutated] = ["txids", "mutated_txids"].map(|list| txids(&row[list]));
        let repeated = number::<usize>(&row["duplicated_last"]);
        assert_eq!(mutated, [&honest[..], &honest[honest.len() - repeated..]].concat());
        let root: MerkleRoot = parse(&row["merkle_root"]);
        assert_eq!((merkle_root(&honest).root, merkle_root(&honest).mutated), (root, false));
        assert_eq!(row["expect"], serde_json::json!({ "same_root": true, "mutated": true }));
        assert_eq!((merkle_root(&mutated).root, merkle_root(&mutated).mutated), (root, true));
        // Our own branches of a real block lead to its root.
        for (position, txid) in honest.iter().enumerate() {
            let branch = merkle_branch(&honest, position).unwrap();
            assert_eq!(merkle_root_from_branch(*txid, position, &branch), root);
        }
    }
}

// Compact blocks

#[wasm_bindgen_test(unsupported = test)]
fn short_ids_are_those_of_bip_152() {
    for row in rows(&vectors!("blocks/compact_bip152.json")["short_ids"], 1) {
        let nonce = row["nonce"].as_u64().unwrap();
        let header = Header::from_bytes(&bytes(&row["header"])).unwrap();
        let txid = Txid(sha256d(&bytes(&row["transaction"])));
        let keys = ShortIdKeys::new(&header, nonce);
        assert_eq!(hex::encode(keys.short_id(&txid).0), text(&row["short_id"]));
        let other = ShortIdKeys::new(&header, nonce + 1);
        assert_ne!(other.short_id(&txid), keys.short_id(&txid));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn positions_are_encoded_as_in_bip_152() {
    let file = vectors!("blocks/compact_bip152.json");
    let block = BlockHash([0; 32]);
    let request = |row: &Value| BlockTransactionsRequest::from_bytes(&[&block.0[..], &bytes(row)].concat());
    for row in rows(&file["getblocktxn"], 5) {
        let indices = row["indices"].as_array().unwrap().iter().map(number).collect();
        let decoded = request(&row["bytes"]).unwrap();
        assert_eq!(decoded, BlockTransactionsRequest { block, indices });
        assert_eq!(decoded.to_bytes()[32..], bytes(&row["bytes"]));
    }
    for row in rows(&file["overflowing"], 2) {
        assert!(request(row).is_err(), "{row}");
    }
}

// nBits

/// CASES 18, 19 and 20. Where Bitcoin Core decodes to a number and sets flags, this decodes to a target or an error.
#[wasm_bindgen_test(unsupported = test)]
fn bits_decode_as_in_bitcoin_core() {
    let file = vectors!("nbits/nbits_bitcoin_core.json");
    for row in rows(&file["set_compact"], 20) {
        let found = bits(&row["compact"]).to_target();
        let is_zero = row["target"].as_str().is_some_and(|target| target.bytes().all(|digit| digit == b'0'));
        let expected = match (row["negative"].as_bool().unwrap(), row["overflow"].as_bool().unwrap()) {
            (true, _) => Err(BitsError::Negative),
            (_, true) => Err(BitsError::Overflow),
            _ if is_zero => Err(BitsError::Zero),
            _ => Ok(target(&row["target"])),
        };
        assert_eq!(found, expected, "{row}");
        if let Ok(target) = found {
            assert_eq!(target.to_compact(), bits(&row["get_compact"]));
        }
    }
    let extra = &file["set_compact_extra"];
    assert_eq!(target(&extra["target"]).to_compact(), bits(&extra["get_compact"]));
}

/// Not a rule of ours; but target arithmetic and the way back to nBits are.
#[wasm_bindgen_test(unsupported = test)]
fn bitcoins_retargets_round_as_in_bitcoin_core() {
    let two_weeks = 14 * 24 * 60 * 60;
    for row in rows(&vectors!("nbits/nbits_bitcoin_core.json")["retarget_bitcoin_2016"], 4) {
        let timespan = number::<u32>(&row["last_time"]) - number::<u32>(&row["first_time"]);
        let timespan = timespan.clamp(two_weeks / 4, two_weeks * 4);
        let last = bits(&row["last_bits"]).to_target().unwrap().value();
        let next = Target::new(last * U256::from(timespan) / U256::from(two_weeks)).unwrap();
        assert_eq!(next.min(bitcoin().limit_target()).to_compact(), bits(&row["next_bits"]), "{row}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn proof_of_work_is_checked_as_in_bitcoin_core() {
    let file = &vectors!("nbits/nbits_bitcoin_core.json")["check_proof_of_work"];
    let limit = target(&file["pow_limit_core_mainnet"]);
    for row in rows(&file["cases"], 5) {
        let hash: BlockHash = parse(&row["hash"]);
        let target = bits(&row["nbits"]).to_target();
        let is_valid = target.is_ok_and(|target| target <= limit && target.is_met_by(&hash.0));
        assert_eq!(is_valid, row["valid"].as_bool().unwrap(), "{row}");
        let expected = match text(&row["name"]) {
            "negative_target" => Err(BitsError::Negative),
            "overflow_target" => Err(BitsError::Overflow),
            "zero_target" => Err(BitsError::Zero),
            _ => Ok(()),
        };
        assert_eq!(target.map(drop), expected);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn real_bits_have_these_targets_and_this_work() {
    for row in rows(&vectors!("nbits/bits_target_work_real.json"), 211) {
        let decoded = bits(&row["bits"]).to_target().unwrap();
        assert_eq!(decoded, target(&row["target"]));
        assert_eq!(decoded.to_string(), text(&row["target"]));
        assert_eq!(decoded.to_compact(), bits(&row["bits"]));
        assert_eq!(decoded.work().to_string(), text(&row["work"]));
    }
}

// ASERT

/// Bitcoin Cash's parameters, for a chain that began at an anchor block.
struct Anchor {
    height: i64,
    parent_time: i64,
    bits: CompactTarget,
}

impl Anchor {
    /// Bits of the block after the one at `height` and `time`.
    fn next_bits(&self, height: i64, time: i64) -> CompactTarget {
        bitcoin_cash(self.bits.to_target().unwrap(), 600, time - self.parent_time, height - self.height).to_compact()
    }
}

fn bitcoin_cash(anchor_target: Target, spacing: u32, time_diff: i64, height_diff: i64) -> Target {
    let limit = Target::new(U256::MAX >> 32).unwrap();
    next_target(&AsertInput { anchor_target, time_diff, height_diff, spacing, half_life: 172_800, limit })
}

/// One official run: its head names the anchor, its lines are `iteration height time target`.
#[track_caller]
fn check_run(run: &str, count: usize) {
    let head = |name: &str| {
        let line = run.lines().find_map(|line| line.strip_prefix("##   ")?.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("{name} in the head"))
    };
    let compact = |text: &str| CompactTarget(u32::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap());
    let anchor = Anchor {
        height: head("anchor height").parse().unwrap(),
        parent_time: head("anchor parent time").parse().unwrap(),
        bits: compact(head("anchor nBits")),
    };
    let mut lines = 0;
    for line in run.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, height, time, target] = fields[..] else { panic!("four fields: {line}") };
        let found = anchor.next_bits(height.parse().unwrap(), time.parse().unwrap());
        assert_eq!(found, compact(target), "{line}");
        lines += 1;
    }
    assert_eq!(lines, count, "lines have come or gone");
}

#[wasm_bindgen_test(unsupported = test)]
fn asert_gives_the_official_runs() {
    check_run(include_str!("vectors/asert/run01.txt"), 10);
    check_run(include_str!("vectors/asert/run02.txt"), 10);
    check_run(include_str!("vectors/asert/run03.txt"), 10);
    check_run(include_str!("vectors/asert/run04.txt"), 225);
    check_run(include_str!("vectors/asert/run05.txt"), 225);
    check_run(include_str!("vectors/asert/run06.txt"), 1_000);
    check_run(include_str!("vectors/asert/run07.txt"), 1_000);
    check_run(include_str!("vectors/asert/run09.txt"), 10);
    check_run(include_str!("vectors/asert/run11.txt"), 1_000);
}

#[wasm_bindgen_test(unsupported = test)]
fn asert_at_its_edges() {
    let file = vectors!("asert/calculate_asert_edge_cases.json");
    assert_eq!(number::<u32>(&file["half_life"]), 172_800);
    assert_eq!(target(&file["pow_limit"]).value(), U256::MAX >> 32);
    for row in rows(&file["cases"], 9) {
        let found = bitcoin_cash(
            target(&row["ref_target"]),
            number(&row["target_spacing"]),
            number(&row["time_diff"]),
            number(&row["height_diff"]),
        );
        assert_eq!(found, target(&row["expected_target"]), "{row}");
        assert_eq!(found.to_compact(), bits(&row["expected_bits"]));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn asert_gives_bitcoin_cashs_real_bits() {
    let file = vectors!("asert/bch_mainnet_real.json");
    let anchor = &file["anchor"];
    let anchor = Anchor {
        height: number(&anchor["height"]),
        parent_time: number(&anchor["parent_time"]),
        bits: bits(&anchor["bits"]),
    };
    for row in rows(&file["cases"], 6) {
        let found = anchor.next_bits(number(&row["parent_height"]), number(&row["parent_time"]));
        assert_eq!(found, bits(&row["next_bits"]), "{row}");
        // Its miner met them.
        let next: BlockHash = parse(&row["next_hash"]);
        assert!(found.to_target().unwrap().is_met_by(&next.0));
        assert_ne!(next, parse(&row["parent_hash"]));
    }
}

// Signatures

/// CASES 56: small-order keys and points, canonical or not, over ZIP-215's message.
#[wasm_bindgen_test(unsupported = test)]
fn small_order_keys_get_the_verdict_of_zip_215() {
    for row in rows(&vectors!("ed25519/zip215_small_order_196.json"), 196) {
        let (key, signature) = (PublicKey(array(&row["vk_bytes"])), Signature(array(&row["sig_bytes"])));
        assert_eq!(key.verifies(&signature, b"Zcash"), row["valid_zip215"].as_bool().unwrap(), "{row}");
    }
}

/// CASES 56 and 57. The verdicts are those of ZIP-215 in the table of the paper on the speccheck (its row "Zebra"): small
/// orders and cofactored equations are accepted, S at or above L is not, non-canonical points are.
#[wasm_bindgen_test(unsupported = test)]
fn speccheck_gets_the_verdict_of_zip_215() {
    let verdicts = [true, true, true, true, true, true, false, false, false, true, true, true];
    for (row, verdict) in rows(&vectors!("ed25519/speccheck_12_cases.json"), 12).iter().zip(verdicts) {
        let (key, signature) = (PublicKey(array(&row["pub_key"])), Signature(array(&row["signature"])));
        assert_eq!(key.verifies(&signature, &bytes(&row["message"])), verdict, "{row}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn keys_sign_as_in_rfc_8032() {
    for row in rows(&vectors!("ed25519/rfc8032.json"), 4) {
        let key = SecretKey::from_seed(array(&row["priv"]));
        let message = bytes(&row["msg"]);
        let signature = Signature(array(&row["sig"]));
        assert_eq!(key.public_key(), PublicKey(array(&row["pub"])));
        assert_eq!(key.sign(&message), signature);
        assert!(key.public_key().verifies(&signature, &message));
        assert!(!key.public_key().verifies(&signature, &[&message[..], b"."].concat()));
    }
}

// Text and hashes

/// CASES 62, as far as our addresses go: another prefix is told from a wrong checksum, and nothing here is an address.
#[wasm_bindgen_test(unsupported = test)]
fn bech32m_strings_of_bip_350() {
    let file = vectors!("text/bech32m_bip350.json");
    let parse = |text: &str| text.parse::<Address>().unwrap_err();
    for row in rows(&file["valid"], 7) {
        assert_eq!(parse(text(row)), AddressError::Prefix, "{row}");
    }
    for row in rows(&file["invalid"], 14) {
        assert_eq!(parse(text(&row[0])), AddressError::Checksum, "{row}");
    }
    for row in rows(&file["valid_segwit"], 8) {
        // Witness version 0 is written in bech32, the others in bech32m.
        let is_bech32m = text(&row[1]).get(..2) != Some("00");
        let expected = if is_bech32m { AddressError::Prefix } else { AddressError::Checksum };
        assert_eq!(parse(text(&row[0])), expected, "{row}");
    }
    for row in rows(&file["invalid_segwit"], 15) {
        // Witness versions and program lengths are no business of ours; what is bech32m gets as far as its prefix.
        let expected = match text(&row[1]) {
            "Invalid checksum (Bech32 instead of Bech32m)"
            | "Invalid character in checksum"
            | "Invalid program length for witness version 0 (per BIP141)"
            | "Mixed case"
            | "Empty data section" => AddressError::Checksum,
            _ => AddressError::Prefix,
        };
        assert_eq!(parse(text(&row[0])), expected, "{row}");
    }
}

/// Our hash is SHA-256 twice, so each row's digest is hashed once more.
#[wasm_bindgen_test(unsupported = test)]
fn sha256d_is_sha256_twice() {
    for row in rows(&vectors!("hash/sha256.json")["cases"], 10) {
        let message = match &row["msg_repeat"] {
            Value::Array(parts) => text(&parts[0]).repeat(number(&parts[1])),
            _ => text(&row["msg_utf8"]).to_owned(),
        };
        let once: [u8; 32] = array(&row["sha256"]);
        assert_eq!(<[u8; 32]>::from(Sha256::digest(&message)), once, "{row}");
        assert_eq!(sha256d(message.as_bytes()), <[u8; 32]>::from(Sha256::digest(once)), "{row}");
    }
}
