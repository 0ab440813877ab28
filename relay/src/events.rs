//! What happens in the network, for whoever listens at `GET /events`: the newest events in one ring that all listeners read.
//!
//! Nobody has a queue of their own, so a slow listener costs nothing but its place in the ring; when the ring has moved past
//! it, it is told so. Blocks and transactions get here by way of `resident/news.rs`, which waits until they are stored; who
//! connects and how nodes are linked comes from the switchboard. The format on the wire is `rest/events.rs`'s.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::{NodeKind, TransactionView};
use tabchain_shared::primitives::{Address, BlockHash, NodeId};
use tokio::sync::watch;
use utoipa::ToSchema;

/// Events that can be asked for again; older ones are gone. A class makes a few a second.
pub const MAX_KEPT_EVENTS: usize = 4_096;
/// Bytes that they may have together: long reorgs have long events.
pub const MAX_KEPT_BYTES: usize = 4 * 1024 * 1024;
/// Hashes or pairs that an event lists; it counts all of them.
pub const MAX_LISTED: usize = 100;
/// Digits of a process's own number in front of its events.
const EPOCH_DIGITS: usize = 8;

/// What is told of a block that has become part of the active chain; a session's file holds it, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BlockEvent {
    pub hash: BlockHash,
    pub height: u32,
    pub prev_blockhash: BlockHash,
    pub miner: Address,
    /// What the miner calls itself.
    pub tag: String,
    /// Coinbase included.
    pub transactions: usize,
    pub bytes: usize,
    /// Of the header, in seconds since 1970.
    pub time: u32,
}

impl BlockEvent {
    pub fn of(block: &CheckedBlock) -> Self {
        let (header, coinbase) = (block.header(), block.coinbase());
        Self {
            hash: block.hash(),
            height: coinbase.height,
            prev_blockhash: header.prev_blockhash,
            miner: coinbase.recipient,
            tag: coinbase.tag.to_string(),
            transactions: block.txids().len(),
            bytes: block.size(),
            time: header.time,
        }
    }
}

/// Something that happened. Its name is the event's; its fields are the JSON behind it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Happening {
    /// `block`: a block has become part of the active chain, and is stored.
    Block(BlockEvent),
    /// `reorg`: the active chain changed to another branch; a `block` follows for each connected block.
    Reorg {
        /// Height of the last block that both branches share.
        fork_height: u32,
        disconnected: usize,
        connected: usize,
        /// The newest first, at most 100.
        disconnected_hashes: Vec<BlockHash>,
        /// The oldest first, at most 100.
        connected_hashes: Vec<BlockHash>,
    },
    /// `transaction`: it waits in the mempool, and is stored there.
    Transaction(TransactionView),
    /// `peer-connected`: a node has connected to this relay.
    PeerConnected { node: NodeId, name: String, kind: NodeKind, address: Address },
    /// `peer-left`: its connection has ended.
    PeerLeft { node: NodeId },
    /// `links`: nodes were linked or parted.
    Links {
        made: usize,
        cut: usize,
        /// At most 100.
        made_pairs: Vec<[NodeId; 2]>,
        /// At most 100.
        cut_pairs: Vec<[NodeId; 2]>,
    },
}

impl Happening {
    /// The `event:` of the stream.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Block { .. } => "block",
            Self::Reorg { .. } => "reorg",
            Self::Transaction(_) => "transaction",
            Self::PeerConnected { .. } => "peer-connected",
            Self::PeerLeft { .. } => "peer-left",
            Self::Links { .. } => "links",
        }
    }
}

/// An event as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Published {
    number: u64,
    pub name: &'static str,
    /// JSON.
    pub data: String,
}

#[derive(Serialize)]
struct Data<'a> {
    /// When the relay heard of it.
    at: Time,
    #[serde(flatten)]
    happening: &'a Happening,
}

/// The hub. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Events {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Random, so that an id of before a restart is known to be one.
    epoch: String,
    ring: Mutex<Ring>,
    /// Wakes listeners with the number of the event that comes next.
    next: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    /// Of the event that comes next. The first is 1, so that there is an id to resume after before anything has happened.
    next: u64,
    events: VecDeque<Arc<Published>>,
    bytes: usize,
}

/// Why a listener does not get what it asked for, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    #[error("that id is not one of this relay's: read the state anew, for example with GET /chain and GET /peers")]
    UnknownId,
    #[error(
        "the relay was started anew since that event: read the state anew, for example with GET /chain and GET /peers"
    )]
    OtherProcess,
    #[error(
        "more than {MAX_KEPT_EVENTS} events, or {MAX_KEPT_BYTES} bytes of them, have come since: read the state anew, for \
         example with GET /chain and GET /peers"
    )]
    TooLate,
}

impl Default for Events {
    fn default() -> Self {
        let epoch = hex::encode(rand::random::<[u8; EPOCH_DIGITS / 2]>());
        let ring = Ring { next: 1, events: VecDeque::new(), bytes: 0 };
        let next = watch::Sender::new(ring.next);
        Self { shared: Arc::new(Shared { epoch, ring: Mutex::new(ring), next }) }
    }
}

impl Events {
    pub fn publish(&self, at: Time, happening: &Happening) {
        let data = serde_json::to_string(&Data { at, happening }).expect("an event is plain data");
        let next = {
            let mut ring = self.ring();
            let event = Published { number: ring.next, name: happening.name(), data };
            ring.next += 1;
            ring.bytes += event.data.len();
            ring.events.push_back(Arc::new(event));
            while ring.events.len() > MAX_KEPT_EVENTS || ring.bytes > MAX_KEPT_BYTES {
                let Some(oldest) = ring.events.pop_front() else { break };
                ring.bytes -= oldest.data.len();
            }
            ring.next
        };
        self.shared.next.send_replace(next);
    }

    /// Listens from now on, or from the event after `last_seen`, the id of one that was sent. With a gap it goes on with
    /// the oldest event that there is.
    pub fn listen(&self, last_seen: Option<&str>) -> (Listener, Option<Gap>) {
        let (newest, oldest) = {
            let ring = self.ring();
            (ring.next, ring.oldest())
        };
        let (next, gap) = match last_seen.map(|id| self.number_after(id)) {
            None => (newest, None),
            Some(Ok(next)) if next > newest => (newest, Some(Gap::UnknownId)),
            Some(Ok(next)) if next < oldest => (oldest, Some(Gap::TooLate)),
            Some(Ok(next)) => (next, None),
            Some(Err(gap)) => (newest, Some(gap)),
        };
        (Listener { events: self.clone(), next, woken: self.shared.next.subscribe() }, gap)
    }

    /// The number that follows an event's id.
    fn number_after(&self, id: &str) -> Result<u64, Gap> {
        let (epoch, number) = id.trim().split_once('-').ok_or(Gap::UnknownId)?;
        let number: u64 = number.parse().map_err(|_| Gap::UnknownId)?;
        let is_epoch = epoch.len() == EPOCH_DIGITS && epoch.bytes().all(|digit| digit.is_ascii_hexdigit());
        if epoch == self.shared.epoch {
            number.checked_add(1).ok_or(Gap::UnknownId)
        } else {
            Err(if is_epoch { Gap::OtherProcess } else { Gap::UnknownId })
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        // A panic while it was held is a bug that has been reported; the others' events go on.
        self.shared.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    fn oldest(&self) -> u64 {
        self.events.front().map_or(self.next, |event| event.number)
    }
}

/// One listener's place in the ring.
#[derive(Debug)]
pub struct Listener {
    events: Events,
    /// Number of the event that it has not had yet.
    next: u64,
    woken: watch::Receiver<u64>,
}

impl Listener {
    /// Waits for the next event. An error if it is gone: the listener was too slow.
    pub async fn next(&mut self) -> Result<Arc<Published>, Gap> {
        loop {
            self.woken.mark_unchanged();
            {
                let ring = self.events.ring();
                if let Some(ahead) = self.next.checked_sub(ring.oldest()) {
                    let event = usize::try_from(ahead).ok().and_then(|ahead| ring.events.get(ahead));
                    if let Some(event) = event {
                        self.next += 1;
                        return Ok(Arc::clone(event));
                    }
                } else {
                    return Err(Gap::TooLate);
                }
            }
            // The hub lives as long as this listener, which holds it.
            let _ = self.woken.changed().await;
        }
    }

    /// The id of an event, to be resumed after.
    pub fn id(&self, event: &Published) -> String {
        format!("{}-{}", self.events.shared.epoch, event.number)
    }

    /// The id to resume after for who has had everything so far.
    pub fn position(&self) -> String {
        format!("{}-{}", self.events.shared.epoch, self.next - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(number: u64) -> Happening {
        Happening::PeerLeft { node: NodeId(number.to_be_bytes()) }
    }

    fn publish(events: &Events, numbers: std::ops::Range<u64>) {
        for number in numbers {
            events.publish(Time(number), &left(number));
        }
    }

    async fn next_at(listener: &mut Listener) -> u64 {
        let event = listener.next().await.expect("it is there");
        serde_json::from_str::<serde_json::Value>(&event.data).unwrap()["at"].as_u64().unwrap()
    }

    #[tokio::test]
    async fn a_listener_hears_from_now_on_or_from_where_it_was() {
        let events = Events::default();
        publish(&events, 0..3);
        let (mut listener, gap) = events.listen(None);
        assert_eq!(gap, None);
        let before = listener.position();
        publish(&events, 3..5);
        let event = listener.next().await.unwrap();
        assert_eq!((event.name, event.number), ("peer-left", 4));
        let (mut same, gap) = events.listen(Some(&before));
        assert_eq!((gap, next_at(&mut same).await), (None, 3), "who has had nothing yet resumes as well");
        let id = listener.id(&event);
        assert_eq!(listener.position(), id);
        let (mut again, gap) = events.listen(Some(&id));
        assert_eq!((gap, next_at(&mut again).await, next_at(&mut listener).await), (None, 4, 4));
    }

    #[tokio::test]
    async fn who_came_before_the_first_event_resumes_with_it() {
        let events = Events::default();
        let (nothing_yet, _) = events.listen(None);
        publish(&events, 0..2);
        let (mut again, gap) = events.listen(Some(&nothing_yet.position()));
        assert_eq!((gap, next_at(&mut again).await), (None, 0));
    }

    #[tokio::test]
    async fn what_is_gone_is_said_to_be_gone() {
        let events = Events::default();
        let (mut slow, _) = events.listen(None);
        publish(&events, 0..1);
        let first = events.ring().events[0].clone();
        let id = slow.id(&first);
        publish(&events, 1..MAX_KEPT_EVENTS as u64 + 2);
        assert_eq!(slow.next().await, Err(Gap::TooLate));
        let (mut late, gap) = events.listen(Some(&id));
        assert_eq!((gap, next_at(&mut late).await), (Some(Gap::TooLate), 2), "it goes on with the oldest");
        assert_eq!(events.ring().events.len(), MAX_KEPT_EVENTS);
    }

    #[tokio::test]
    async fn an_id_of_another_process_or_of_nobody_resumes_nothing() {
        let (events, other) = (Events::default(), Events::default());
        publish(&events, 0..2);
        publish(&other, 0..1);
        let (listener, _) = other.listen(None);
        let foreign = listener.position();
        let beyond = events.listen(None).0.position().replace("-2", "-7");
        for (id, expected) in [
            (foreign.as_str(), Gap::OtherProcess),
            (&beyond, Gap::UnknownId),
            ("nonsense", Gap::UnknownId),
            ("", Gap::UnknownId),
            ("-1", Gap::UnknownId),
            ("zz-18446744073709551616", Gap::UnknownId),
        ] {
            assert_eq!(events.listen(Some(id)).1, Some(expected), "{id:?}");
        }
    }

    #[test]
    fn the_ring_is_bounded_in_bytes_too() {
        let events = Events::default();
        let long = Happening::PeerConnected {
            node: NodeId([0; 8]),
            name: "n".repeat(MAX_KEPT_BYTES / 2),
            kind: NodeKind::Tab,
            address: tabchain_shared::primitives::SecretKey::from_seed([1; 32]).public_key().address(),
        };
        for _ in 0..5 {
            events.publish(Time(0), &long);
        }
        assert_eq!(events.ring().events.len(), 1);
        assert!(events.ring().bytes <= MAX_KEPT_BYTES);
    }
}
