//! `/chain/export`: the active chain as a file that `tabchain verify` checks, format in `shared/src/wire/export.rs`.
//!
//! The file is made while it is sent, a chunk at a time, so that a long chain takes no more memory than a short one. It goes
//! up to the height that the chain had at the beginning. When a reorg takes away what was already sent, the answer breaks off:
//! a client sees an error, and never a file that is no chain.

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::export::encode_block;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Problem;
use crate::AppState;
use crate::archive::Found;
use crate::config::network::file_name;
use crate::places::Place;
use crate::resident::Stopped;

/// Exports that run at a time; more are asked to come back. Each asks the node for chunks as fast as its client reads.
pub const MAX_EXPORTS: usize = 4;
/// Of one address, so that nobody who reads slowly keeps a host from taking a backup.
pub const MAX_EXPORTS_PER_ADDRESS: usize = 2;
/// A client that takes no chunk for this long is cut off, and leaves its place to another.
const STALL_LIMIT: Duration = Duration::from_secs(30);
/// A chunk ends with the block that fills it. Small enough that the node's loop is held up for microseconds only.
const CHUNK_BLOCKS: usize = 256;
const CHUNK_BYTES: usize = 1024 * 1024;
/// Seconds that a client should wait when all places are taken.
const RETRY_AFTER: &str = "10";

/// Why an export ends early.
#[derive(Debug, thiserror::Error)]
enum BrokenOff {
    #[error("a reorg took away what was already sent")]
    Reorg,
    #[error("block {0} cannot be read back from the database")]
    Unreadable(u32),
    #[error("the relay is stopping")]
    Stopped(#[from] Stopped),
    #[error("the client left, or took nothing for {} s", STALL_LIMIT.as_secs())]
    Client,
}

/// From the producer to the answer's body. An answer that ends without `End` is cut off.
enum Part {
    Chunk(Bytes),
    End,
}

/// The whole active chain as a file, for the command tabchain verify
///
/// Four run at a time, two of them for one address. When a reorg takes away what was already sent, the answer breaks off.
#[utoipa::path(get, path = "/chain/export", tag = "chain",
    responses((status = 200, description = "As Bitcoin Core's `blk*.dat`", body = Vec<u8>, content_type = "application/octet-stream")))]
pub async fn export(
    State(relay): State<AppState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    method: Method,
) -> Result<Response, Problem> {
    let height = relay.resident.query(|node| node.chain().height()).await?;
    let params = relay.switchboard.params();
    let disposition = format!("attachment; filename=\"tabchain-{}-{height}.dat\"", file_name(params));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).expect("letters, digits and dashes")),
    ];
    if method == Method::HEAD {
        return Ok(headers.into_response());
    }
    let Some(place) = relay.exports.take(address.ip()) else {
        let detail = format!(
            "{MAX_EXPORTS} exports are running, or {MAX_EXPORTS_PER_ADDRESS} of your address; ask again in {RETRY_AFTER} seconds"
        );
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).with_header(header::RETRY_AFTER, RETRY_AFTER));
    };
    // One chunk waits while another is being sent.
    let (parts, receiver) = mpsc::channel(1);
    let tasks = relay.tasks.clone();
    tasks.spawn(produce(relay, height, parts, place));
    Ok((headers, Body::from_stream(stream::unfold(receiver, next_chunk))).into_response())
}

async fn next_chunk(mut parts: mpsc::Receiver<Part>) -> Option<(io::Result<Bytes>, mpsc::Receiver<Part>)> {
    match parts.recv().await {
        Some(Part::Chunk(bytes)) => Some((Ok(bytes), parts)),
        Some(Part::End) => None,
        // The producer has given up. An error closes the connection, so that the client knows.
        None => Some((Err(io::ErrorKind::ConnectionAborted.into()), parts)),
    }
}

/// Runs beside the answer, and so notices a client that no longer reads it. Holds `place` until it ends.
async fn produce(relay: AppState, height: u32, parts: mpsc::Sender<Part>, place: Place) {
    let outcome = tokio::select! {
        outcome = send_blocks(&relay, height, &parts) => outcome,
        () = relay.stop.cancelled() => Err(BrokenOff::Stopped(Stopped)),
    };
    if let Err(reason) = outcome {
        // Strangers can make this happen as often as they like.
        tracing::debug!("an export broke off: {reason}");
    }
    drop(place);
}

/// Sends the blocks from genesis to `height`, and the end only if they are one chain.
async fn send_blocks(relay: &AppState, height: u32, parts: &mpsc::Sender<Part>) -> Result<(), BrokenOff> {
    let network = relay.switchboard.params().network_id();
    let mut sent = None;
    let mut next = 0;
    while next <= height {
        let mut chunk = Vec::new();
        for body in bodies(relay, sent, next..=height).await? {
            encode_block(network, &body.to_block(), &mut chunk);
            sent = Some(body.hash());
            next += 1;
        }
        send(parts, Part::Chunk(chunk.into())).await?;
    }
    send(parts, Part::End).await
}

async fn send(parts: &mpsc::Sender<Part>, part: Part) -> Result<(), BrokenOff> {
    match timeout(STALL_LIMIT, parts.send(part)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(BrokenOff::Client),
    }
}

/// The active chain's bodies at `heights`: at least one, and no more than a chunk holds. They extend `sent`, the newest
/// block that was sent, or the chain is no longer the one that was begun.
async fn bodies(
    relay: &AppState,
    sent: Option<BlockHash>,
    heights: RangeInclusive<u32>,
) -> Result<Vec<Arc<CheckedBlock>>, BrokenOff> {
    let found = relay.resident.query(move |node| {
        let chain = node.chain();
        if sent.is_some_and(|sent| !chain.is_active(&sent)) {
            return Vec::new();
        }
        heights.take(CHUNK_BLOCKS).map_while(|height| Found::new(node, chain.hash_at(height)?)).collect()
    });
    let found: Vec<Found> = found.await?;
    // Without even one, the heights are gone, too: the new chain is shorter and has more work.
    let first = found.first().map(|found| found.place.height).ok_or(BrokenOff::Reorg)?;
    let bodies = relay.archive.bodies_in_turn(found, CHUNK_BYTES).await;
    if bodies.is_empty() {
        Err(BrokenOff::Unreadable(first))
    } else {
        Ok(bodies.into_iter().map(|(_, body)| body).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Relay;
    use crate::config::{Options, Settings};

    /// A relay that has genesis alone, and the directory that it needs.
    async fn relay() -> (Relay, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            port: Some(0),
            data_dir: Some(directory.path().to_owned()),
            network: Some("regtest".into()),
            ..Options::default()
        };
        let settings = Settings::resolve(options, Some("a-token-for-tests".into())).unwrap();
        (Relay::start(settings).await.unwrap(), directory)
    }

    #[tokio::test]
    async fn only_what_extends_the_sent_blocks_is_found() {
        let (relay, _directory) = relay().await;
        let genesis = relay.params().genesis().hash();
        let found = bodies(relay.state(), None, 0..=5).await.unwrap();
        assert_eq!(found.iter().map(|body| body.hash()).collect::<Vec<_>>(), [genesis]);
        // The sent block has left the active chain; the chain became shorter than what was begun.
        let gone = bodies(relay.state(), Some(BlockHash([1; 32])), 0..=5).await;
        assert!(matches!(gone, Err(BrokenOff::Reorg)));
        assert!(matches!(bodies(relay.state(), Some(genesis), 1..=5).await, Err(BrokenOff::Reorg)));
        relay.stop().await;
    }

    /// What is sent ends well only when it is whole; otherwise the body fails, and with it the connection.
    #[tokio::test]
    async fn an_export_that_breaks_off_is_an_error_for_the_client() {
        let (relay, _directory) = relay().await;
        for (height, whole) in [(0, true), (1, false)] {
            let (parts, receiver) = mpsc::channel(2);
            let outcome = send_blocks(relay.state(), height, &parts).await;
            assert_eq!(outcome.is_ok(), whole);
            drop(parts);
            let (chunk, receiver) = next_chunk(receiver).await.unwrap();
            assert_eq!(chunk.unwrap()[..4], relay.params().network_id().0);
            let end = next_chunk(receiver).await;
            assert_eq!(end.is_none(), whole);
            assert!(end.is_none_or(|(chunk, _)| chunk.is_err()));
        }
        relay.stop().await;
    }
}
