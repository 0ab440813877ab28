//! `tabchain verify`: replays an exported chain from genesis by every rule there is, and believes nothing that the file
//! or anybody says.
//!
//! The file is read as a stream. The network follows from the file's first bytes, which only select the parameters: the
//! file's genesis block must then be the one that these parameters give.

mod session;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tabchain_shared::chain::{AcceptError, Accepted, Chain};
use tabchain_shared::consensus::{CheckedBlock, Params};
use tabchain_shared::primitives::{Block, BlockHash, NetworkId};
use tabchain_shared::wire::export::{ExportError, ExportReader, claimed_network};

use super::inspect::{rule, utc};
use super::report::{Fields, Report};
use super::{EXIT_CODES, conclude};
use crate::clock::now;
use crate::config::network;

/// Read at a time, bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Check an exported chain from its first block, trusting nobody
///
/// The file is what GET /chain/export of a relay answers, or a session that its control panel has saved. Every rule is
/// applied: proof of work, difficulty, dates against this machine's clock, signatures, balances. Of a session also what follows
/// from the chain is computed anew; what was measured is believed, and named.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Verify {
    /// The exported chain or the session; - reads it from the standard input
    file: PathBuf,

    /// classroom, scrypt, argon2id, blake3, regtest, or a TOML file with a network's parameters [default: the
    /// built-in network that the file names]
    // Not from the environment: the file knows better which network it is of than what a relay here serves.
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub fn run(&self) -> ExitCode {
        conclude(self.judge(), self.json)
    }

    fn judge(&self) -> Result<Report> {
        let params = self.network.as_deref().map(network::load).transpose()?;
        if self.file == Path::new("-") {
            return judge_any(params, io::stdin().lock(), None).context("reading the standard input");
        }
        let reading = || format!("reading {}", self.file.display());
        let file = File::open(&self.file).with_context(reading)?;
        let size = file.metadata().with_context(reading)?.len();
        judge_any(params, file, Some(size)).with_context(reading)
    }
}

/// A chain, or a session with a chain in it.
fn judge_any(params: Option<Params>, mut source: impl Read, size: Option<u64>) -> Result<Report> {
    let mut head = Vec::new();
    source.by_ref().take(size_of::<NetworkId>() as u64).read_to_end(&mut head)?;
    let is_session = session::begins(&head);
    let source = head.as_slice().chain(source);
    if is_session { Ok(session::judge(params, source)?) } else { judge(params, source, size) }
}

/// An error is one of the source's; what is wrong with the chain is in the report.
pub(super) fn judge(params: Option<Params>, mut source: impl Read, size: Option<u64>) -> Result<Report> {
    let mut head = Vec::new();
    source.by_ref().take(size_of::<NetworkId>() as u64).read_to_end(&mut head)?;
    let Some(claimed) = claimed_network(&head) else {
        return Ok(Report::refused(format!("truncated: the file ends at byte {}, before its first block", head.len())));
    };
    let params = match choose(params, claimed) {
        Ok(params) => params,
        Err(error) => return Ok(Report::refused(error)),
    };
    let source = BufReader::with_capacity(BUFFER_BYTES, head.as_slice().chain(source));
    let mut replay = Replay::new(params, size);
    let outcome = replay.read(source)?;
    replay.progress.finish_and_clear();
    let mut fields = replay.describe();
    Ok(match outcome {
        Ok(()) => Report::valid(fields),
        Err(refusal) => {
            fields.add("refused_height", replay.next_height());
            fields.add("refused_offset", replay.offset);
            Report::valid(fields).refuse(refusal.place, refusal.rule)
        }
    })
}

/// The network that a file claims to be of, if `params` do not name another.
pub(super) fn choose(params: Option<Params>, claimed: NetworkId) -> Result<Params, String> {
    let Some(params) = params else {
        return network::by_id(claimed).ok_or_else(|| {
            format!(
                "unknown-network: byte 0: network {claimed} is not a built-in one; if this is an exported chain, \
                 give the TOML file of its network with --network"
            )
        });
    };
    let expected = params.network_id();
    if claimed == expected {
        return Ok(params);
    }
    let name = network::by_id(claimed).map_or_else(String::new, |known| format!(" ({})", known.name));
    Err(format!("wrong-magic: byte 0: the file is of network {claimed}{name}, {} is {expected}", params.name))
}

/// Why the file is no valid chain: what a sentence needs before the rule, and the rule with its words.
struct Refusal {
    place: String,
    rule: String,
}

struct Replay {
    chain: Chain,
    reader: ExportReader,
    /// Where the block that comes next, or is wrong, begins in the file.
    offset: u64,
    /// Whether the file's own genesis block has come; the chain has its own from the start.
    has_genesis: bool,
    transactions: u64,
    /// Blocks that are kept when they have been found valid; of a long chain, the chain itself keeps the newest only.
    wanted: HashSet<BlockHash>,
    kept: HashMap<BlockHash, Arc<CheckedBlock>>,
    started: Instant,
    progress: ProgressBar,
}

impl Replay {
    fn new(params: Params, size: Option<u64>) -> Self {
        let reader = ExportReader::new(params.network_id(), params.max_block_bytes);
        Self {
            chain: Chain::new(params),
            reader,
            offset: 0,
            has_genesis: false,
            transactions: 0,
            wanted: HashSet::new(),
            kept: HashMap::new(),
            started: Instant::now(),
            progress: progress_bar(size),
        }
    }

    /// Reads to the end or to the first thing that is wrong, where the reader's offset stays.
    fn read(&mut self, mut source: impl BufRead) -> io::Result<Result<(), Refusal>> {
        loop {
            let available = source.fill_buf()?;
            if available.is_empty() {
                return Ok(self.finish());
            }
            let mut rest = available;
            if let Err(refusal) = self.take(&mut rest) {
                return Ok(Err(refusal));
            }
            let used = available.len();
            source.consume(used);
            self.progress.inc(used as u64);
            self.progress.set_message(format!("block {}", self.chain.height()));
        }
    }

    /// Accepts every block that is complete.
    fn take(&mut self, input: &mut &[u8]) -> Result<(), Refusal> {
        loop {
            self.offset = self.reader.offset();
            match self.reader.next_block(input).map_err(|error| self.unreadable(&error))? {
                Some(block) => self.accept(block)?,
                None => return Ok(()),
            }
        }
    }

    fn accept(&mut self, block: Block) -> Result<(), Refusal> {
        if !self.has_genesis {
            let genesis = self.chain.params().genesis();
            if block != genesis {
                return Err(self.broken(format!("wrong-genesis: this network begins with {}", genesis.hash())));
            }
            self.has_genesis = true;
            return Ok(());
        }
        let transactions = block.transactions.len() as u64;
        let hash = block.hash();
        match self.chain.accept_block(block, now().seconds()) {
            Ok(Accepted::TipChanged(change)) => {
                self.transactions += transactions;
                let blocks = change.connected.into_iter().filter(|block| self.wanted.contains(&block.hash()));
                self.kept.extend(blocks.map(|block| (block.hash(), block)));
                Ok(())
            }
            Ok(Accepted::AlreadyKnown) => Err(self.broken(format!("repeated-block: {hash} came before"))),
            Ok(Accepted::Stale) => Err(self.broken(format!("stale-block: {hash} does not extend the block before it"))),
            Err(AcceptError::Invalid(error)) => Err(self.broken(rule(&error))),
            Err(error) => Err(self.broken(error.to_string())),
        }
    }

    fn finish(&self) -> Result<(), Refusal> {
        self.reader.finish().map_err(|error| self.unreadable(&error))
    }

    /// Of the block that should come next.
    fn next_height(&self) -> u32 {
        if self.has_genesis { self.chain.height() + 1 } else { 0 }
    }

    fn broken(&self, rule: String) -> Refusal {
        Refusal { place: format!("block {} breaks a rule: ", self.next_height()), rule }
    }

    fn unreadable(&self, error: &ExportError) -> Refusal {
        Refusal { place: format!("block {}: ", self.next_height()), rule: error.to_string() }
    }

    /// What was found valid, up to the end or to what is wrong.
    fn describe(&self) -> Fields {
        let chain = &self.chain;
        let seconds = self.started.elapsed().as_secs_f64();
        let mut fields = Fields::default();
        fields.add("network", &chain.params().name);
        fields.add("network_id", chain.network());
        fields.add("height", chain.height());
        fields.add("tip", chain.tip());
        fields.add("tip_time_utc", utc(chain.tip_entry().header.time));
        fields.add("chainwork", chain.chainwork());
        fields.add("state_hash", hex::encode(chain.ledger().state_hash()));
        fields.add("supply", chain.ledger().supply());
        fields.add("transaction_count", self.transactions);
        fields.add("size", self.offset);
        fields.add("seconds", seconds);
        fields.add("blocks_per_second", (f64::from(chain.height()) / seconds).round());
        fields
    }
}

/// Drawn on the standard error if that is a terminal, else not at all.
pub(super) fn progress_bar(size: Option<u64>) -> ProgressBar {
    let (bar, template) = match size {
        Some(size) => {
            (ProgressBar::new(size), "{bar:30} {percent:>3} %  {msg}, {elapsed_precise}, {eta_precise} to go")
        }
        None => (ProgressBar::no_length(), "{spinner} {bytes}  {msg}, {elapsed_precise}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("the template is sound"))
}
