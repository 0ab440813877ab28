//! Kills a real relay again and again, while it takes payments, mines, and follows a miner that competes with it, and asks
//! after each restart for all that it had promised: a payment that was answered with 201, and a block that it had
//! announced, are there afterwards, and its chain is one.
//!
//! A listener that is linked with the relay's node alone stands for the network: whatever block it has got, the relay had
//! announced. One in three restarts is killed as well, while it reads its chain back. What happens is drawn from a seed;
//! how far the relay has come by then is up to the machine, so a seed brings back the order of events and not each of them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Command;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, BlockHash, Encode, Memo, Transfer, Txid, sha256d};
use tempfile::TempDir;

use crate::long_chain::{ACCOUNTS, LongChain, key};
use crate::process::RelayProcess;
use crate::swarm::Swarm;

/// Of the chain that each data directory begins with, so that every account has coins.
const FIRST_BLOCKS: u32 = 70;
/// Accounts that pay at a time: their payments are stored together.
const PAYERS: u32 = 3;
/// Payments of one account, then the next one's turn comes: only so many may wait.
const MAX_IN_A_ROW: u64 = 20;
/// Rounds with the same data directory.
const ROUNDS_PER_DIRECTORY: u64 = 10;
/// Longest time between the first payment and the kill, ms.
const LONGEST_LIFE_MS: u64 = 400;
/// Of a start that is killed, ms: from before it opens its database to after it serves.
const LONGEST_START_MS: u64 = 120;
/// Half of its hashes are blocks.
const RELAY_HASHES_PER_SECOND: u32 = 120;
/// The other miner finds this many at once, so that now and then it overtakes the relay.
const BURST_BLOCKS: u32 = 2;
const BURST_INTERVAL: Duration = Duration::from_millis(25);

/// Without a limit on requests: a check asks for all that was ever promised, as fast as the relay answers.
const OPTIONS: &[&str] = &["--topology", "star", "--name", "relay", "--requests-per-second", "0"];

/// What was promised and kept.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kept {
    pub rounds: u64,
    pub payments: usize,
    pub blocks: usize,
    /// Of the announced blocks those that a reorg had made stale by the time of the check.
    pub stale_blocks: usize,
    pub killed_starts: u64,
}

/// A relay's promises, since its data directory was made.
#[derive(Debug, Default)]
struct Promises {
    payments: BTreeSet<Txid>,
    blocks: BTreeSet<BlockHash>,
}

/// Runs so many rounds, tells `progress` after each, and panics with the round and the seed at the first broken promise.
pub async fn run(rounds: u64, seed: u64, mut progress: impl FnMut(&Kept)) -> Kept {
    let mut kept = Kept::default();
    let mut directory = None;
    for round in 0..rounds {
        if round % ROUNDS_PER_DIRECTORY == 0 {
            directory = Some((new_directory(), Promises::default()));
        }
        let (data_dir, promises) = directory.as_mut().expect("made in the first round");
        let mut dice = Dice { seed, round, rolls: 0 };
        let what = format!("round {round} of seed {seed}");
        live_and_die(data_dir.path(), promises, &mut dice).await;
        while dice.roll(3) == 0 {
            RelayProcess::start_and_kill(data_dir.path(), Duration::from_millis(dice.roll(LONGEST_START_MS)));
            kept.killed_starts += 1;
        }
        let relay = RelayProcess::start(data_dir.path(), 0, OPTIONS);
        kept.stale_blocks += check(&relay, promises, &what).await;
        verify(&relay, data_dir.path(), &what).await;
        kept.rounds += 1;
        kept.payments += promises.payments.len();
        kept.blocks += promises.blocks.len();
        progress(&kept);
    }
    kept
}

fn new_directory() -> TempDir {
    let directory = tempfile::tempdir().expect("a data directory");
    LongChain::on_regtest(FIRST_BLOCKS, 0).write(directory.path());
    directory
}

/// One life of a relay, from its start to its kill.
async fn live_and_die(data_dir: &Path, promises: &mut Promises, dice: &mut Dice) {
    let mut relay = RelayProcess::start(data_dir, 0, OPTIONS);
    let mut swarm = Swarm::of(2, &relay).await;
    relay.mine(&json!({ "nodes": ["relay"], "hashrate_limit": RELAY_HASHES_PER_SECOND })).await;
    let first_payer = u32::try_from(dice.round).expect("few rounds") * PAYERS;
    let mut paid = vec![Vec::new(); PAYERS as usize];
    {
        let payers = (first_payer..).zip(&mut paid).map(|(account, paid)| pay(&relay, account, paid));
        let miner = &swarm.members[1];
        let bursts = async {
            let mut tick = tokio::time::interval(BURST_INTERVAL);
            loop {
                tick.tick().await;
                miner.command(Command::StartMining { blocks: Some(BURST_BLOCKS), limit: None }).await;
            }
        };
        let life = Duration::from_millis(dice.roll(LONGEST_LIFE_MS));
        tokio::select! {
            () = bursts => unreachable!("a loop without end"),
            _ = join_all(payers) => panic!("payments end only with the relay"),
            () = tokio::time::sleep(life) => {}
        }
    }
    relay.kill();
    promises.payments.extend(paid.into_iter().flatten());
    let heard = swarm.arrivals_so_far().into_iter().filter(|arrival| arrival.member == 0);
    promises.blocks.extend(heard.map(|arrival| arrival.block));
}

/// Pays as fast as the relay answers, from one account after the other, and notes what the relay has promised to keep.
async fn pay(relay: &RelayProcess, first_account: u32, paid: &mut Vec<Txid>) {
    let network = Params::regtest().network_id();
    for account in (first_account..).step_by(PAYERS as usize) {
        // A multiple of their number, so that no two ever pay from the same account.
        let key = key(account % (ACCOUNTS / PAYERS * PAYERS));
        let own = key.public_key().address();
        let first = relay.get(&format!("/accounts/{own}?limit=1")).await["next_nonce"].as_u64().expect("a nonce");
        for nonce in first..first + MAX_IN_A_ROW {
            let payment = Payment {
                recipient: own,
                amount: Amount::from_units(1).expect("little"),
                fee: Amount::from_units(100_000).expect("little"),
                nonce,
                memo: Memo::default(),
            };
            let transfer = Transfer::sign(network, &key, payment);
            let raw = json!({ "raw": hex::encode(transfer.to_bytes()) });
            let (status, answer) = relay.post("/transactions", &raw).await;
            match status {
                StatusCode::CREATED => paid.push(transfer.txid()),
                // Those of an earlier round still wait.
                _ if answer["detail"].as_str().is_some_and(|words| words.starts_with("too-many-waiting")) => break,
                _ => panic!("{answer}"),
            }
        }
    }
}

/// Asks for everything that was ever promised in this data directory. Answers how many announced blocks are stale.
async fn check(relay: &RelayProcess, promises: &Promises, what: &str) -> usize {
    for txid in &promises.payments {
        let status = relay.status(&format!("/transactions/{txid}")).await;
        assert_eq!(status, StatusCode::OK, "{what}: payment {txid} was acknowledged");
    }
    let mut stale = 0;
    for hash in &promises.blocks {
        let path = format!("/blocks/{hash}");
        let status = relay.status(&path).await;
        assert_eq!(status, StatusCode::OK, "{what}: block {hash} was announced");
        stale += usize::from(relay.get(&path).await["confirmations"] == 0);
    }
    stale
}

/// The whole chain by every rule, judged by the command that a person would use.
async fn verify(relay: &RelayProcess, data_dir: &Path, what: &str) {
    let file = data_dir.join("export.dat");
    fs::write(&file, relay.bytes("/chain/export").await).expect("the disk has room");
    let output = Process::new(RelayProcess::binary())
        .arg("verify")
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    if !output.status.success() {
        // Words for whoever reads the log of a failed run.
        let _ = std::io::stderr().write_all(&output.stderr);
        panic!("{what}: the chain breaks a rule");
    }
}

/// Numbers that follow from seed and round.
struct Dice {
    seed: u64,
    round: u64,
    rolls: u64,
}

impl Dice {
    /// From 0 to below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.rolls += 1;
        let numbers = [self.seed, self.round, self.rolls].map(u64::to_le_bytes).concat();
        let hash = sha256d(&numbers);
        u64::from_le_bytes(*hash.first_chunk().expect("32 bytes")) % sides
    }
}
