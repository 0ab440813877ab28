//! `tabchain verify` on a chain of forty blocks with payments, and on everything that can be wrong with one.

use std::fs;

use serde_json::Value;
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::{Amount, Block, BlockHash, Coinbase, CompactTarget, Header, NetworkId, Transaction};
use tabchain_shared::wire::export::encode_block;

use crate::workshop::{alice, block_on, bob, carol, coins, extend, mine, pay, seal};
use crate::{Outcome, run, run_with_input};

const HEIGHT: u32 = 40;
/// The block that the tests break.
const MIDDLE: usize = 17;

/// A chain, its blocks, and breaking one of them.
pub struct Export {
    pub chain: Chain,
    /// By height.
    pub blocks: Vec<Block>,
}

impl Export {
    pub fn regtest() -> Self {
        Self::of(Params::regtest())
    }

    /// Alice mines, and pays Bob and Carol in turn in every block; Bob pays Carol in every fifth.
    fn of(params: Params) -> Self {
        let mut chain = Chain::new(params);
        let mut blocks = vec![chain.params().genesis()];
        let (mut by_alice, mut by_bob) = (0, 0);
        for height in 1..=HEIGHT {
            let mut transfers = Vec::new();
            if height > 1 {
                let to = if height % 2 == 0 { bob() } else { carol() };
                transfers.push(pay(chain.network(), &alice(), &to, coins(3), by_alice));
                by_alice += 1;
            }
            if height % 5 == 0 {
                transfers.push(pay(chain.network(), &bob(), &carol(), coins(1), by_bob));
                by_bob += 1;
            }
            let block = block_on(&chain, chain.tip(), &alice(), transfers);
            extend(&mut chain, block.clone());
            blocks.push(block);
        }
        Self { chain, blocks }
    }

    fn params(&self) -> &Params {
        self.chain.params()
    }

    pub fn file(&self) -> Vec<u8> {
        file(self.chain.network(), &self.blocks)
    }

    /// The file with another middle block.
    fn with_middle(&self, change: impl FnOnce(&mut Block)) -> Vec<u8> {
        let mut blocks = self.blocks.clone();
        change(&mut blocks[MIDDLE]);
        file(self.chain.network(), &blocks)
    }

    /// As [`Self::with_middle`], with a header that fits the body and is mined again.
    fn with_middle_sealed(&self, change: impl FnOnce(&mut Block)) -> Vec<u8> {
        self.with_middle(|block| {
            change(block);
            *block = seal(self.params(), block.clone());
        })
    }

    /// As [`Self::with_middle`], with a header that is mined again.
    fn with_middle_mined(&self, change: impl FnOnce(&mut Header)) -> Vec<u8> {
        self.with_middle(|block| {
            change(&mut block.header);
            block.header = mine(self.params(), block.header);
        })
    }

    /// Where a block begins in the file.
    fn offset(&self, height: usize) -> usize {
        file(self.chain.network(), &self.blocks[..height]).len()
    }
}

fn file(network: NetworkId, blocks: &[Block]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for block in blocks {
        encode_block(network, block, &mut bytes);
    }
    bytes
}

fn verify(file: &[u8], more: &[&str]) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chain.dat");
    fs::write(&path, file).unwrap();
    run(&[&["verify", path.to_str().unwrap()], more].concat())
}

/// The file is refused at that height by that rule.
#[track_caller]
fn refused(file: &[u8], height: usize, rule: &str, what: &str) -> Value {
    let answer = verify(file, &["--json"]).refuses(rule, what);
    assert_eq!(answer["refused_height"], height, "{what}: {answer}");
    answer
}

#[test]
fn a_good_chain_gives_what_its_makers_computed() {
    let export = Export::regtest();
    let (chain, bytes) = (&export.chain, export.file());
    let answer = verify(&bytes, &["--json"]).is_valid();
    assert_eq!((&answer["network"], &answer["height"]), (&"regtest".into(), &HEIGHT.into()));
    assert_eq!(answer["tip"], chain.tip().to_string());
    assert_eq!(answer["chainwork"], chain.chainwork().to_string());
    assert_eq!(answer["state_hash"], hex::encode(chain.ledger().state_hash()));
    assert_eq!(answer["supply"], (50 * HEIGHT).to_string());
    assert_eq!(answer["size"], bytes.len());
    assert!(answer["blocks_per_second"].as_f64().unwrap() > 0.0);
    // From the standard input, as text, and with the network named.
    let text = run_with_input(&["verify", "-", "--network", "regtest"], &bytes);
    assert!(text.code == 0 && text.stderr.is_empty(), "{}", text.stderr);
    assert!(text.stdout.contains(&chain.tip().to_string()) && text.stdout.ends_with("valid\n"), "{}", text.stdout);
    // Genesis alone is a chain, too.
    assert_eq!(verify(&bytes[..export.offset(1)], &["--json"]).is_valid()["height"], 0);
}

#[test]
fn a_person_reads_the_height_and_the_rule() {
    let export = Export::regtest();
    let wrong = export.with_middle_mined(|header| header.merkle_root.0[0] ^= 1);
    let outcome = verify(&wrong, &[]);
    assert_eq!(outcome.code, 1);
    let words = "error: block 17 breaks a rule: bad-merkle-root: ";
    assert!(outcome.stderr.starts_with(words), "{}", outcome.stderr);
    // What was valid up to there is shown.
    assert!(outcome.stdout.contains("refused_offset") && !outcome.stdout.contains("valid"), "{}", outcome.stdout);
}

/// Each field of the header, changed alone and mined again, breaks the rule on that field.
#[test]
fn every_header_field_is_judged() {
    let export = Export::regtest();
    let parent = export.blocks[MIDDLE - 1].header;
    let target = export.params().limit_target();
    let mined = |change: fn(&mut Header)| export.with_middle_mined(change);
    refused(&mined(|header| header.prev_blockhash.0[5] ^= 1), MIDDLE, "unknown-parent", "prev_blockhash");
    refused(&mined(|header| header.merkle_root.0[5] ^= 1), MIDDLE, "bad-merkle-root", "merkle_root");
    let early = export.with_middle_mined(|header| header.time = parent.time - 6 * 10);
    refused(&early, MIDDLE, "time-too-old", "time");
    refused(&mined(|header| header.time = u32::MAX), MIDDLE, "time-too-new", "time");
    refused(&mined(|header| header.bits = CompactTarget(0x207f_fffe)), MIDDLE, "bad-difficulty", "bits");
    let with_bits = |bits| export.with_middle(|block| block.header.bits = CompactTarget(bits));
    refused(&with_bits(0x2080_0001), MIDDLE, "bad-bits", "negative bits");
    refused(&with_bits(0x2100_ffff), MIDDLE, "target-above-limit", "easy bits");
    let unmined = export.with_middle(|block| {
        while export.params().algorithm.is_met(&block.header, target) {
            block.header.nonce += 1;
        }
    });
    refused(&unmined, MIDDLE, "high-hash", "nonce");
    // Any version is valid, and any nonce that meets the target: these make another block, which the next does not extend.
    refused(&mined(|header| header.version ^= 1), MIDDLE + 1, "unknown-parent", "version");
    let again = export.with_middle_mined(|header| header.version = 7);
    refused(&again, MIDDLE + 1, "unknown-parent", "version and nonce");
}

/// One flipped bit in any byte of the middle block is noticed there, or at the block that no longer extends it.
#[test]
fn every_byte_of_a_block_matters() {
    let export = Export::regtest();
    let bytes = export.file();
    for position in export.offset(MIDDLE)..export.offset(MIDDLE + 1) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        let answer = verify(&flipped, &["--json"]).json();
        assert_eq!(answer["valid"], false, "byte {position}");
        let height = answer["refused_height"].as_u64().unwrap();
        assert!([MIDDLE, MIDDLE + 1].contains(&usize::try_from(height).unwrap()), "byte {position}: {answer}");
        if height > MIDDLE as u64 {
            let error = answer["error"].as_str().unwrap();
            assert!(
                error.starts_with("unknown-parent: ") || error.starts_with("wrong-magic: "),
                "byte {position}: {error}"
            );
        }
    }
}

/// Bodies that an honest miner would not make, under headers with real work.
#[test]
fn rules_on_bodies_are_applied() {
    let export = Export::regtest();
    let network = export.chain.network();
    let coinbase = |change: fn(&mut Coinbase)| {
        export.with_middle_sealed(|block| {
            if let Transaction::Coinbase(coinbase) = &mut block.transactions[0] {
                change(coinbase);
            }
        })
    };
    let overpaid =
        coinbase(|coinbase| coinbase.reward = coinbase.reward.checked_add(Amount::from_units(1).unwrap()).unwrap());
    refused(&overpaid, MIDDLE, "coinbase-too-high", "one unit too many");
    refused(&coinbase(|coinbase| coinbase.height += 1), MIDDLE, "coinbase-height", "another height");
    let replaced =
        |transfer| export.with_middle_sealed(|block| block.transactions[1] = Transaction::Transfer(transfer));
    let nonce = match &export.blocks[MIDDLE].transactions[1] {
        Transaction::Transfer(transfer) => transfer.nonce,
        Transaction::Coinbase(_) => panic!("alice pays in every block"),
    };
    let by_alice = |amount, nonce| pay(network, &alice(), &bob(), amount, nonce);
    refused(&replaced(by_alice(coins(1), nonce - 1)), MIDDLE, "nonce-used", "paid twice");
    refused(&replaced(by_alice(coins(1), nonce + 1)), MIDDLE, "nonce-gap", "paid too early");
    refused(&replaced(by_alice(coins(1_000_000), nonce)), MIDDLE, "insufficient-balance", "money nobody has");
    refused(&replaced(by_alice(Amount::ZERO, nonce)), MIDDLE, "zero-amount", "nothing paid");
    let foreign = pay(NetworkId([1; 4]), &alice(), &bob(), coins(1), nonce);
    refused(&replaced(foreign), MIDDLE, "wrong-network", "signed for another network");
    let mut forged = by_alice(coins(1), nonce);
    forged.amount = coins(2);
    let answer = refused(&replaced(forged), MIDDLE, "bad-signature", "changed after signing");
    assert!(answer["error"].as_str().unwrap().ends_with("(transaction 1)"), "{answer}");
    let twice = export.with_middle_sealed(|block| block.transactions.push(block.transactions[1].clone()));
    refused(&twice, MIDDLE, "duplicate-transaction", "the same transaction twice");
}

#[test]
fn blocks_must_come_in_order() {
    let export = Export::regtest();
    let reordered = |change: &dyn Fn(&mut Vec<Block>)| {
        let mut blocks = export.blocks.clone();
        change(&mut blocks);
        file(export.chain.network(), &blocks)
    };
    refused(&reordered(&|blocks| blocks.swap(MIDDLE, MIDDLE + 1)), MIDDLE, "unknown-parent", "swapped");
    refused(&reordered(&|blocks| drop(blocks.remove(MIDDLE))), MIDDLE, "unknown-parent", "missing");
    let twice = reordered(&|blocks| blocks.insert(MIDDLE + 1, blocks[MIDDLE].clone()));
    refused(&twice, MIDDLE + 1, "repeated-block", "twice");
    let sibling = mine(export.params(), Header { version: 2, ..export.blocks[MIDDLE].header });
    let stale = reordered(&|blocks| {
        let body = blocks[MIDDLE].transactions.clone();
        blocks.insert(MIDDLE + 1, Block { header: sibling, transactions: body });
    });
    refused(&stale, MIDDLE + 1, "stale-block", "a stale block");
    refused(&reordered(&|blocks| drop(blocks.remove(0))), 0, "wrong-genesis", "without genesis");
    refused(&reordered(&|blocks| blocks[0].header.prev_blockhash = BlockHash([1; 32])), 0, "wrong-genesis", "another");
}

/// What is wrong with the file and not with a block is said with the byte at which it begins.
#[test]
fn a_broken_file_is_refused_with_its_byte() {
    let export = Export::regtest();
    let bytes = export.file();
    let (middle, next) = (export.offset(MIDDLE), export.offset(MIDDLE + 1));
    for cut in [middle + 1, middle + 4, middle + 8, middle + 50, next - 1] {
        let answer = refused(&bytes[..cut], MIDDLE, "truncated", "cut");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(&format!("ends at byte {cut}")) && error.contains(&format!("byte {middle}")), "{error}");
    }
    let rubbish = [bytes.as_slice(), b"\n"].concat();
    let answer = refused(&rubbish, HEIGHT as usize + 1, "wrong-magic", "trailing rubbish");
    assert!(answer["error"].as_str().unwrap().contains(&format!("byte {}", bytes.len())), "{answer}");
    let mut magic = bytes.clone();
    magic[middle] ^= 1;
    let answer = refused(&magic, MIDDLE, "wrong-magic", "wrong magic in the middle");
    assert_eq!(answer["refused_offset"], middle);
    let mut length = bytes.clone();
    length[middle + 4..middle + 8].fill(0xff);
    refused(&length, MIDDLE, "bad-length", "a length of four gigabytes");
    verify(b"", &["--json"]).refuses("truncated", "an empty file");
    verify(b"PNG", &["--json"]).refuses("truncated", "three bytes");
    let answer = verify(b"not a chain", &["--json"]).refuses("unknown-network", "another file");
    assert!(answer["error"].as_str().unwrap().contains("--network"), "{answer}");
}

#[test]
fn networks_are_not_confused() {
    let export = Export::regtest();
    let bytes = export.file();
    let answer = verify(&bytes, &["--json", "--network", "classroom"]).refuses("wrong-magic", "named wrongly");
    assert!(answer["error"].as_str().unwrap().contains("(regtest)"), "{answer}");
    let relabelled = file(Params::classroom().network_id(), &export.blocks);
    refused(&relabelled, 0, "wrong-genesis", "regtest's blocks under classroom's name");
    // A host's own network: its file must be at hand.
    let params = Params { name: "monday".into(), spacing: 5, ..Params::regtest() };
    let own = Export::of(params.clone());
    verify(&own.file(), &["--json"]).refuses("unknown-network", "a host's own network");
    let directory = tempfile::tempdir().unwrap();
    let network = directory.path().join("monday.toml");
    fs::write(&network, toml::to_string(&params).unwrap()).unwrap();
    let answer = verify(&own.file(), &["--json", "--network", network.to_str().unwrap()]).is_valid();
    assert_eq!((&answer["network"], &answer["height"]), (&"monday".into(), &HEIGHT.into()));
}
