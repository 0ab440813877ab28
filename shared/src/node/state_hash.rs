//! One number for what a node has come to: nodes with equal hashes are in equal states, on every machine.
//!
//! It covers, in this order and each list behind its length:
//! - the chain: tip, chainwork, numbers of headers and of bodies that ever came, best header, [`Ledger::state_hash`],
//!   how far a replay has come;
//! - the txids in the mempool, the best paid first;
//! - the node's name and how many numbers it drew from its seed;
//! - mining: what is wished for, blocks found, the next job, and for each template its job and the hash of its header;
//! - each peer: who it is, who called, its handshake, its misbehaviour, its tip, and which pings, headers and bodies it owes;
//!   then the barred nodes with the ends of their terms;
//! - writes and reads that are under way, whether storing has failed, and what waits for the end of loading;
//! - bodies and transactions that were asked for, how long silent peers are waited for, headers that wait for their date, and how
//!   many announcements wait;
//! - since when the node has had peers or lacked bodies, and what a second source has named;
//! - of a node that slept and has not caught up: for how long, since when it is awake, and whether it has heard of anybody.
//!
//! Left out is what is only shown (round trips, hash rate, arrival times, the timeline, bytes on the wire), how much peers may still ask for,
//! tell or have hashed, since when each answer is owed, and what would be megabytes: which announcements each peer knows, and
//! which headers were hashed of late.
//!
//! [`Ledger::state_hash`]: crate::chain::ledger::Ledger::state_hash

use super::Node;
use crate::primitives::encode::{encode_count, encode_text};
use crate::primitives::{Encode, sha256d};

/// Raised with the layout, so that hashes of two layouts are never equal by chance.
const DOMAIN: &[u8] = b"tabchain state 3:";

impl Node {
    /// SHA-256d over the node's state; costs a walk over all accounts and a sorting of the mempool.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut bytes = DOMAIN.to_vec();
        let index = self.chain.index();
        self.chain.tip().encode(&mut bytes);
        bytes.extend(self.chain.chainwork().value().to_le_bytes::<32>());
        bytes.extend((index.len() as u64).to_le_bytes());
        bytes.extend(index.arrivals().to_le_bytes());
        index.best_header().encode(&mut bytes);
        bytes.extend(self.chain.ledger().state_hash());
        let (replayed, of) = self.chain.replay_progress().unwrap_or_default();
        bytes.extend(replayed.to_le_bytes());
        bytes.extend(of.to_le_bytes());
        bytes.push(self.chain.is_stuck().into());
        encode_count(self.mempool.len(), &mut bytes);
        for (txid, _) in self.mempool.by_fee_rate() {
            txid.encode(&mut bytes);
        }
        encode_text(&self.config.name, &mut bytes);
        bytes.extend(self.draws.to_le_bytes());
        self.mining.encode_state(&mut bytes);
        encode_count(self.peers.len(), &mut bytes);
        for (id, peer) in self.peers.iter() {
            bytes.extend(id.0.to_le_bytes());
            peer.encode_state(&mut bytes);
        }
        self.barred.encode_state(&mut bytes);
        self.storage.encode_state(&mut bytes);
        self.read_back.encode_state(&mut bytes);
        self.orders.encode_state(&mut bytes);
        self.requests.encode_state(&mut bytes);
        self.held_headers.encode_state(&mut bytes);
        self.announcements.encode_state(&mut bytes);
        self.watch.encode_state(&mut bytes);
        self.sleep.encode_state(&mut bytes);
        sha256d(&bytes)
    }
}
