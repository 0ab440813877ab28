//! `tabchain backup`: a relay's chain in one file, and if asked for, its keys in another.
//!
//! The file is an exported chain, so that `tabchain verify` and anybody else can check it, and it may lie anywhere: a chain
//! is public. The keys are not, and so they never get into it. What a backup does not hold: payments that wait for a
//! block, and blocks off the active chain.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use clap::{ArgGroup, Args};
use futures::StreamExt;
use hyper_util::rt::TokioIo;
use tabchain_shared::chain::Chain;
use tabchain_shared::chain::store::Record;
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::export::encode_block;

use super::backup_keys::{Keys, keys_file};
use super::report::Report;
use super::verify::{choose, judge, progress_bar};
use super::{EXIT_CODES_OF_WRITERS, conclude};
use crate::DATABASE_FILE;
use crate::config::{Tokens, network};
use crate::files::{replace, with_suffix};
use crate::join::RelayAddress;
use crate::join::connect::{Trust, connect};
use crate::store::{Store, StoreError};

/// Of an answer that is an error.
const MAX_PROBLEM_BYTES: usize = 16 * 1024;

/// Save a relay's chain to a file, and check it
///
/// Of a relay that has stopped, give its data directory; of one that runs, its address. The chain is replayed by every rule
/// before FILE gets its name, and replaces an older FILE only then. `tabchain restore` brings it back, `tabchain verify`
/// checks it. Payments that wait for a block are not in it: their senders' nodes have them.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES_OF_WRITERS)]
// A directory in the environment is no reason to refuse an address.
#[command(group(ArgGroup::new("relay").args(["data_dir", "from"]).required(true).multiple(true)))]
pub struct Backup {
    /// Where the chain goes
    file: PathBuf,

    /// The data directory of a relay that has stopped
    #[arg(long, env = "TABCHAIN_DATA_DIR", value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,

    /// A relay that runs, such as `http://127.0.0.1:8000`. Where reading needs a token, it is taken from
    /// `TABCHAIN_READ_TOKEN`, or `TABCHAIN_OPERATOR_TOKEN`
    #[arg(long, value_name = "URL")]
    from: Option<RelayAddress>,

    /// PEM file with the certificate of an authority that is believed of it, besides those that the system knows
    #[arg(long, env = "TABCHAIN_JOIN_CA", value_name = "FILE")]
    join_ca: Option<PathBuf>,

    /// Save the node's key and the operator's token as well, in FILE.keys, from the data directory. Whoever has that
    /// file owns the node's coins and steers its network
    #[arg(long, requires = "data_dir")]
    with_keys: bool,

    /// classroom, scrypt, argon2id, blake3, regtest, or a TOML file with a network's parameters [default: the
    /// built-in network that the chain is of]
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub fn run(&self) -> ExitCode {
        conclude(self.save(), self.json)
    }

    fn save(&self) -> Result<Report> {
        let unfinished = with_suffix(&self.file, ".part");
        let outcome = self.save_as(&unfinished);
        if !matches!(&outcome, Ok(report) if report.is_valid()) {
            // It may not even have been made.
            let _ = fs::remove_file(&unfinished);
        }
        outcome
    }

    fn save_as(&self, unfinished: &Path) -> Result<Report> {
        // Before the chain, which takes longer.
        let keys = match (&self.data_dir, self.with_keys) {
            (Some(data_dir), true) => Some(Keys::of(data_dir)?),
            _ => None,
        };
        let file = File::create(unfinished).with_context(|| format!("making {}", unfinished.display()))?;
        let mut file = BufWriter::new(file);
        let mut left_out = None;
        match (&self.from, &self.data_dir) {
            (Some(relay), _) => {
                let trust = Trust::new(self.join_ca.as_deref())?;
                download(relay, &trust, &mut file).with_context(|| format!("asking {relay} for its chain"))?;
            }
            (None, Some(data_dir)) => left_out = Some(self.copy(data_dir, &mut file)?),
            (None, None) => bail!("give --data-dir or --from"),
        }
        let file = file.into_inner().map_err(|error| anyhow!("{error}"))?;
        file.sync_all().context("writing the backup")?;
        let size = file.metadata().context("asking for its size")?.len();
        let params = self.network.as_deref().map(network::load).transpose()?;
        let mut report = judge(params, File::open(unfinished)?, Some(size)).context("reading the backup again")?;
        if !report.is_valid() {
            return Ok(report);
        }
        replace(unfinished, &self.file).with_context(|| format!("naming {}", self.file.display()))?;
        report.add("file", self.file.display().to_string());
        if let Some(left_out) = left_out {
            report.add("records_left_out", left_out);
        }
        if let Some(keys) = keys {
            let file = keys_file(&self.file);
            keys.write(&file)?;
            report.add("keys_file", file.display().to_string());
        }
        Ok(report)
    }

    /// Writes the best chain of a database. Answers how many of its records do not lead up from genesis, as after damage.
    fn copy(&self, data_dir: &Path, out: &mut impl Write) -> Result<u64> {
        let opened = Store::open_read_only(&data_dir.join(DATABASE_FILE));
        let (store, id) = opened.map_err(|error| match error {
            StoreError::InUse => anyhow!(
                "a relay uses {}: stop it, or take the backup from it with --from http://127.0.0.1:8000",
                data_dir.display()
            ),
            StoreError::Damaged(what) => anyhow!(
                "the database in {} is damaged ({what}): start its relay once, which saves what is sound",
                data_dir.display()
            ),
            other => anyhow::Error::new(other).context(data_dir.display().to_string()),
        })?;
        let params = self.network.as_deref().map(network::load).transpose()?;
        // Headers say which chain is the best. Whether its blocks are sound is judged when all is written.
        let mut chain = Chain::new(choose(params, id).map_err(|error| anyhow!(error))?);
        let (mut stored_tip, mut left_out) = (None, 0);
        store.load(|records| {
            for record in records {
                match record {
                    Record::Block { block, .. } => {
                        left_out += u64::from(chain.accept_header(&block.header, u32::MAX).is_err());
                    }
                    Record::Tip(tip) => stored_tip = Some(tip),
                    Record::Mempool(_) => {}
                }
            }
        })?;
        let genesis = chain.params().genesis();
        let mut path = path_to(&chain, best_tip(&chain, stored_tip));
        path.pop();
        let progress = progress_bar(Some(path.len() as u64));
        let mut bytes = Vec::new();
        encode_block(id, &genesis, &mut bytes);
        out.write_all(&bytes)?;
        for (height, hash) in path.into_iter().rev() {
            let block = store.reader().block(height, hash).context("a block that was there is gone")?;
            bytes.clear();
            encode_block(id, &block, &mut bytes);
            out.write_all(&bytes).context("writing the backup")?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(left_out)
    }
}

/// The tip that the node had, if no other has more work.
fn best_tip(chain: &Chain, stored: Option<BlockHash>) -> BlockHash {
    let index = chain.index();
    let work = |hash: &BlockHash| index.get(hash).map(|entry| entry.chainwork);
    let best = index.best_header();
    stored.filter(|tip| work(tip) == work(&best)).unwrap_or(best)
}

/// Heights and hashes from the tip down to genesis.
fn path_to(chain: &Chain, tip: BlockHash) -> Vec<(u32, BlockHash)> {
    chain.index().ancestors(tip).map(|(hash, entry)| (entry.height, hash)).collect()
}

fn download(relay: &RelayAddress, trust: &Trust, out: &mut impl Write) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let stream = connect(relay, trust).await?;
        let (mut requests, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // Its end is seen by whoever reads the answer.
        tokio::spawn(async move { drop(connection.await) });
        let mut request = Request::get("/chain/export").header(header::HOST, relay.authority());
        if let Some(token) = Tokens::from_environment().for_reading() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = requests.send_request(request.body(Body::empty())?).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(response.map(Body::new)).await);
        }
        let progress = progress_bar(None);
        let mut body = Body::new(response.into_body()).into_data_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.context("the relay broke off, as it does after a reorg; try again")?;
            out.write_all(&chunk).context("writing the backup")?;
            progress.inc(chunk.len() as u64);
        }
        progress.finish_and_clear();
        Ok(())
    })
}

/// What a relay says, or whatever it is that answers there.
async fn refusal(response: Response<Body>) -> anyhow::Error {
    let status = response.status();
    let body = to_bytes(response.into_body(), MAX_PROBLEM_BYTES).await.unwrap_or_default();
    let problem = serde_json::from_slice::<serde_json::Value>(&body).unwrap_or_default();
    match problem["detail"].as_str() {
        // Not our words: without whatever a terminal might obey.
        Some(detail) => anyhow!("it answers {status}: {}", detail.escape_debug()),
        None => anyhow!("it answers {status}; is it a relay?"),
    }
}
