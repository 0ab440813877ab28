//! A session file (`shared/src/node/session.rs`): its chain is judged like any other, and then everything beside it that follows
//! from the chain is computed anew and compared. The rest was measured; the report says that it is believed.

use std::io::{self, Read};

use serde::Deserialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::session::{BlockFigure, SESSION_FORMAT, SESSION_VERSION, Session};
use tabchain_shared::primitives::{Address, Amount, BlockHash};

use super::{Refusal, Replay, choose};
use crate::commands::report::Report;
use crate::events::BlockEvent;

/// A day of a class is some megabytes; a longer chain has its own file.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
/// What nobody can compute anew, in the file's own names.
const BELIEVED: &str = "samples, arrivals, times of events, names, claims of nodes that had another tip";

/// What is judged of a node; the rest of what `/peers` says is believed.
#[derive(Debug, Deserialize)]
struct Peer {
    name: String,
    address: Option<Address>,
    balance: Option<Amount>,
    tip: Option<BlockHash>,
    height: Option<u32>,
}

/// What is judged of an event.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Block(BlockEvent),
    #[serde(other)]
    Other,
}

/// Whether a file that begins like this is a session and no chain. A chain begins with its network's id.
pub fn begins(head: &[u8]) -> bool {
    head.trim_ascii_start().first() == Some(&b'{')
}

/// An error is one of the source's.
pub fn judge(params: Option<Params>, source: impl Read) -> io::Result<Report> {
    let mut text = String::new();
    let mut limited = source.take(MAX_FILE_BYTES + 1);
    if limited.read_to_string(&mut text)? as u64 > MAX_FILE_BYTES {
        return Ok(Report::refused(format!(
            "session-too-long: more than {MAX_FILE_BYTES} bytes; verify its chain alone"
        )));
    }
    let session: Session<Peer, Event> = match serde_json::from_str(&text) {
        Ok(session) => session,
        Err(error) => return Ok(Report::refused(format!("session-undecodable: {error}"))),
    };
    drop(text);
    match read(params, &session) {
        Ok((replay, outcome)) => {
            let mut fields = replay.describe();
            fields.add("session_saved", session.saved.0);
            fields.add("blocks_figured", session.blocks.len());
            if outcome.is_err() {
                fields.add("refused_height", replay.next_height());
            }
            Ok(match outcome.and_then(|()| compare(&session, &replay)) {
                Ok(compared) => {
                    fields.add("balances_checked", compared.balances);
                    fields.add("balances_believed", session.peers.len() - compared.balances);
                    fields.add("block_events_checked", compared.events);
                    fields.add("events_believed", session.events.len() - compared.events);
                    fields.add("believed", BELIEVED);
                    Report::valid(fields)
                }
                Err(Refusal { place, rule }) => Report::valid(fields).refuse(place, rule),
            })
        }
        Err(rule) => Ok(Report::refused(rule)),
    }
}

/// Judges the chain. An error if there is none to judge.
fn read(params: Option<Params>, session: &Session<Peer, Event>) -> Result<(Replay, Result<(), Refusal>), String> {
    if session.format != SESSION_FORMAT {
        return Err(format!("session-format: this is {:?}, and no {SESSION_FORMAT}", session.format));
    }
    if session.version != SESSION_VERSION {
        return Err(format!("session-version: {} is not known here, {SESSION_VERSION} is", session.version));
    }
    session.network.check().map_err(|error| format!("session-network: {error}"))?;
    let claimed = session.network.network_id();
    // The file's own network counts only if no other is asked for: its id is in the report.
    let params = match params {
        Some(params) => choose(Some(params), claimed)?,
        None => session.network.clone(),
    };
    let chain = hex::decode(&session.chain).map_err(|error| format!("session-chain: {error}"))?;
    let mut replay = Replay::new(params, None);
    replay.wanted.extend(session.events.iter().filter_map(|event| match event {
        Event::Block(block) => Some(block.hash),
        Event::Other => None,
    }));
    let outcome = replay.read(chain.as_slice()).map_err(|error| format!("session-chain: {error}"))?;
    Ok((replay, outcome))
}

/// How much of the file was computed anew.
struct Compared {
    balances: usize,
    events: usize,
}

fn compare(session: &Session<Peer, Event>, replay: &Replay) -> Result<Compared, Refusal> {
    let chain = &replay.chain;
    let refuse = |place: String, rule: String| Err(Refusal { place, rule });
    let hashes = (0..=chain.height()).filter_map(|height| chain.hash_at(height));
    let headers = hashes.filter_map(|hash| chain.index().get(&hash)).map(|entry| entry.header);
    let figures = BlockFigure::of(0, headers, chain.params().limit_target());
    if session.blocks.len() != figures.len() {
        let rule =
            format!("session-blocks: figures of {} blocks, the chain has {}", session.blocks.len(), figures.len());
        return refuse(String::new(), rule);
    }
    if let Some((said, is)) = session.blocks.iter().zip(&figures).find(|(said, is)| !agree(said, is)) {
        let rule = format!("session-blocks: the file says {said:?}, the chain gives {is:?}");
        return refuse(format!("figures of block {}: ", is.height), rule);
    }
    let mut compared = Compared { balances: 0, events: 0 };
    for peer in &session.peers {
        let (Some(address), Some(said), Some(tip)) = (peer.address, peer.balance, peer.tip) else { continue };
        if tip != chain.tip() {
            continue;
        }
        let is = chain.ledger().account(&address).balance;
        if said != is || peer.height != Some(chain.height()) {
            let rule = format!("session-balance: the file says {said} at {:?}, the chain gives {is}", peer.height);
            return refuse(format!("node {:?}: ", peer.name), rule);
        }
        compared.balances += 1;
    }
    for event in &session.events {
        let Event::Block(said) = event else { continue };
        // A stale block's event is all that is left of it.
        let Some(block) = replay.kept.get(&said.hash) else { continue };
        let is = BlockEvent::of(block);
        if *said != is {
            let rule = format!("session-event: the file says {said:?}, the chain gives {is:?}");
            return refuse(format!("event of block {}: ", said.hash), rule);
        }
        compared.events += 1;
    }
    Ok(compared)
}

/// Decimal digits of a ratio may differ in the last place from program to program.
fn agree(said: &BlockFigure, is: &BlockFigure) -> bool {
    let same = |figure: &BlockFigure| (figure.height, figure.time, figure.interval);
    same(said) == same(is) && (said.difficulty / is.difficulty - 1.0).abs() < 1e-12
}
