//! `tabchain restore`: makes a data directory from a backup, after every block of it was judged.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use tabchain_shared::chain::store::{Change, Record};
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::export::{ExportReader, claimed_network};

use super::backup_keys::{Keys, keys_file};
use super::report::Report;
use super::verify::{choose, judge, progress_bar};
use super::{EXIT_CODES_OF_WRITERS, conclude};
use crate::DATABASE_FILE;
use crate::config::network;
use crate::files::make_directory;
use crate::store::Store;

/// Read at a time, bytes.
const BUFFER_BYTES: usize = 256 * 1024;
/// Written in one transaction, bytes.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Make a relay's data directory from a backup
///
/// Every block is judged by every rule first, as `tabchain verify` does. Then the chain is written beside the place where
/// it belongs, and gets its name when it is whole: whenever the computer fails, the directory holds the old chain or the
/// new one.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES_OF_WRITERS)]
pub struct Restore {
    /// What `tabchain backup` has made, or GET /chain/export has answered
    file: PathBuf,

    /// The data directory to make
    #[arg(long, env = "TABCHAIN_DATA_DIR", value_name = "DIRECTORY")]
    data_dir: PathBuf,

    /// Also where the directory is not empty. The chain there is kept beside the new one, as chain.redb.replaced-1;
    /// delete it when you need it no more
    #[arg(long)]
    force: bool,

    /// Restore the node's key and the operator's token as well, from FILE.keys. Otherwise those in the directory stay,
    /// and where there are none the relay becomes a new node
    #[arg(long)]
    with_keys: bool,

    /// classroom, scrypt, argon2id, blake3, regtest, or a TOML file with a network's parameters [default: the
    /// built-in network that the file names]
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub fn run(&self) -> ExitCode {
        conclude(self.restore(), self.json)
    }

    fn restore(&self) -> Result<Report> {
        self.check_directory()?;
        let keys = self.with_keys.then(|| Keys::read(&keys_file(&self.file))).transpose()?;
        let params = self.network.as_deref().map(network::load).transpose()?;
        let reading = || format!("reading {}", self.file.display());
        let mut file = File::open(&self.file).with_context(reading)?;
        let size = file.metadata().with_context(reading)?.len();
        let mut report = judge(params.clone(), &mut file, Some(size)).with_context(reading)?;
        if !report.is_valid() {
            return Ok(report);
        }
        make_directory(&self.data_dir).with_context(|| format!("making {}", self.data_dir.display()))?;
        let kept = write_chain(params, file, size, &self.data_dir.join(DATABASE_FILE))?;
        report.add("data_dir", self.data_dir.display().to_string());
        report.add("replaced_chain", kept.map(|path| path.display().to_string()));
        if let Some(keys) = keys {
            keys.install(&self.data_dir)?;
            report.add("keys", "restored");
        }
        Ok(report)
    }

    fn check_directory(&self) -> Result<()> {
        if self.force || !self.data_dir.exists() {
            return Ok(());
        }
        let mut entries = fs::read_dir(&self.data_dir).with_context(|| self.data_dir.display().to_string())?;
        if entries.next().is_some() {
            bail!(
                "{} is not empty: name a new directory, or replace the chain in it with --force, which keeps the old one \
                 beside it",
                self.data_dir.display()
            );
        }
        Ok(())
    }
}

/// Writes a chain that has been judged to the place of `database`. What was there is kept; its name is answered.
fn write_chain(params: Option<Params>, mut file: File, size: u64, database: &Path) -> Result<Option<PathBuf>> {
    let mut head = Vec::new();
    file.rewind()?;
    file.by_ref().take(4).read_to_end(&mut head)?;
    file.rewind()?;
    let claimed = claimed_network(&head).context("the file has changed")?;
    let params = choose(params, claimed).map_err(|error| anyhow!(error))?;
    let store = Store::make_beside(database, params.network_id())
        .with_context(|| format!("making a database beside {}", database.display()))?;
    match fill(&store, &params, file, size) {
        Ok(()) => Ok(store.put_in_place(database, "replaced")?),
        Err(error) => {
            store.discard(database);
            Err(error)
        }
    }
}

fn fill(store: &Store, params: &Params, file: File, size: u64) -> Result<()> {
    let mut reader = ExportReader::new(params.network_id(), params.max_block_bytes);
    let mut source = BufReader::with_capacity(BUFFER_BYTES, file);
    let progress = progress_bar(Some(size));
    let mut batch = Batch { store, changes: Vec::new(), bytes: 0, next_height: 0, tip: None };
    loop {
        let available = source.fill_buf().context("reading the backup again")?;
        if available.is_empty() {
            break;
        }
        let mut rest = available;
        while let Some(block) = reader.next_block(&mut rest)? {
            // Every node has genesis.
            if batch.next_height > 0 {
                batch.add(Record::put_block(batch.next_height, batch.next_height.into(), &block), block.hash())?;
            }
            batch.next_height += 1;
        }
        let used = available.len();
        source.consume(used);
        progress.inc(used as u64);
    }
    reader.finish()?;
    batch.finish()?;
    progress.finish_and_clear();
    Ok(())
}

struct Batch<'a> {
    store: &'a Store,
    changes: Vec<Change>,
    bytes: usize,
    next_height: u32,
    tip: Option<BlockHash>,
}

impl Batch<'_> {
    fn add(&mut self, change: Change, tip: BlockHash) -> Result<()> {
        self.bytes += change.size();
        self.changes.push(change);
        self.tip = Some(tip);
        if self.bytes >= BATCH_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        self.bytes = 0;
        self.store.write(&std::mem::take(&mut self.changes)).context("writing the chain")
    }

    fn finish(mut self) -> Result<()> {
        self.changes.extend(self.tip.map(Record::put_tip));
        self.write()
    }
}
