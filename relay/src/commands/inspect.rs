//! `tabchain inspect`: decodes one header, block or transaction, shows every field, and judges it by all rules that
//! need no chain.

mod block;
mod header;
mod transaction;

use std::fs::File;
use std::io::{self, Read};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
pub(super) use header::utc;
use tabchain_shared::consensus::{BlockError, Params};
use tabchain_shared::primitives::{CompactTarget, Decode};

use super::report::Report;
use super::{EXIT_CODES, conclude};
use crate::config::network;

/// Most text that is read, bytes: the largest block of any network takes half of it.
const MAX_TEXT_BYTES: u64 = 16 * 1024 * 1024;
/// Names Bitcoin's own rules on headers.
const BITCOIN_HEADER: &str = "bitcoin-header";

/// Decode one header, block or transaction, and judge it
///
/// Shows every field and applies every rule that needs no chain. What needs one (difficulty, dates, balances, the order of
/// nonces) is listed as not judged.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Inspect {
    kind: Kind,

    /// Its bytes in hexadecimal digits; - reads them from the standard input, @FILE from a file. White space between them
    /// and a 0x before them are skipped
    hex: String,

    /// classroom, scrypt, argon2id, blake3, regtest, or a TOML file with a network's parameters; bitcoin-header
    /// judges real Bitcoin headers
    /// [default: classroom; for a transaction the one that it names]
    #[arg(long, env = "TABCHAIN_NETWORK", value_name = "NETWORK")]
    network: Option<String>,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Header,
    Block,
    Transaction,
}

impl Inspect {
    pub fn run(&self) -> ExitCode {
        conclude(self.judge(), self.json)
    }

    fn judge(&self) -> Result<Report> {
        let params = self.network.as_deref().map(|network| self.load(network)).transpose()?;
        let bytes = match bytes_of(&self.read()?) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Report::refused(format!("undecodable: the hexadecimal digits: {error}"))),
        };
        Ok(match self.kind {
            Kind::Header => decoded(&bytes, |value| header::report(&params.unwrap_or_else(Params::classroom), value)),
            Kind::Block => decoded(&bytes, |value| block::report(&params.unwrap_or_else(Params::classroom), value)),
            Kind::Transaction => decoded(&bytes, |value| transaction::report(params.as_ref(), value)),
        })
    }

    fn load(&self, name: &str) -> Result<Params> {
        if name != BITCOIN_HEADER {
            return network::load(name);
        }
        ensure!(
            self.kind == Kind::Header,
            "--network {BITCOIN_HEADER} is for headers: Bitcoin's transactions are not those of Tabchain"
        );
        // As far as headers are judged without a chain, only the limit differs. No genesis is exempt: Bitcoin's was mined.
        Ok(Params { name: "bitcoin".into(), limit: CompactTarget(0x1d00_ffff), ..Params::regtest() })
    }

    fn read(&self) -> Result<String> {
        if self.hex == "-" {
            return read_text(io::stdin().lock()).context("reading the standard input");
        }
        match self.hex.strip_prefix('@') {
            Some(path) => {
                File::open(path).map_err(Into::into).and_then(read_text).with_context(|| format!("reading {path}"))
            }
            None => Ok(self.hex.clone()),
        }
    }
}

fn read_text(source: impl Read) -> Result<String> {
    let mut text = String::new();
    source.take(MAX_TEXT_BYTES + 1).read_to_string(&mut text).context("it should be hexadecimal digits as text")?;
    ensure!(
        text.len() as u64 <= MAX_TEXT_BYTES,
        "more than {MAX_TEXT_BYTES} bytes are no header, block or transaction"
    );
    Ok(text)
}

/// Tools break long lines of digits, and some write 0x before them.
fn bytes_of(text: &str) -> Result<Vec<u8>, hex::FromHexError> {
    let digits: String = text.split_ascii_whitespace().collect();
    hex::decode(digits.strip_prefix("0x").unwrap_or(&digits))
}

fn decoded<T: Decode>(bytes: &[u8], report: impl FnOnce(&T) -> Report) -> Report {
    match T::from_bytes(bytes) {
        Ok(value) => report(&value),
        Err(error) => Report::refused(format!("undecodable: of {} bytes: {error}", bytes.len())),
    }
}

/// A broken rule, its name first wherever in the block it was broken.
pub(super) fn rule(error: &BlockError) -> String {
    match error {
        BlockError::Transaction { position, error } => format!("{error} (transaction {position})"),
        other => other.to_string(),
    }
}
