//! What the resident node tells the world of its chain and mempool, held back until it is stored: nobody hears of a block or
//! a payment at `/events` that a crash could take away again.
//!
//! The store carries out writes in the order in which they are given, so it is enough to count them.

use std::collections::VecDeque;
use std::sync::Arc;

use tabchain_shared::chain::TipChange;
use tabchain_shared::chain::store::{Change, Key};
use tabchain_shared::node::Node;
use tabchain_shared::node::session::Arrival;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::Txid;

use super::first_seen::{Before, FirstSeen};
use crate::clock::now;
use crate::events::{BlockEvent, Events, Happening, MAX_LISTED};
use crate::metrics::Metrics;

/// Waiting transactions that are put on record at once and each get an event: a long reorg returns many.
const MAX_TRANSACTIONS_AT_ONCE: usize = 1_000;

#[derive(Debug)]
pub struct News {
    events: Events,
    metrics: Arc<Metrics>,
    first_seen: FirstSeen,
    /// Writes given to the store, and those that it has answered.
    given: u64,
    answered: u64,
    /// With the number of writes that must have been answered first. In order.
    held: VecDeque<(u64, Happening)>,
    /// Of the outputs that are being carried out: a write that belongs to them may still come.
    fresh: Vec<Happening>,
}

impl News {
    pub fn new(events: Events, metrics: Arc<Metrics>) -> Self {
        let first_seen = FirstSeen::default();
        Self { events, metrics, first_seen, given: 0, answered: 0, held: VecDeque::new(), fresh: Vec::new() }
    }

    /// The node has taken a frame.
    pub fn frame_taken(&mut self, before: Before, node: &Node) {
        self.first_seen.look(before, node);
    }

    /// The active chain changed; what it changed is about to be written.
    pub fn tip_changed(&mut self, change: &TipChange) {
        if change.is_reorg() {
            let disconnected = change.disconnected.iter().map(|block| block.hash());
            self.fresh.push(Happening::Reorg {
                fork_height: change.fork_height,
                disconnected: change.depth(),
                connected: change.connected.len(),
                disconnected_hashes: disconnected.take(MAX_LISTED).collect(),
                connected_hashes: change.connected.iter().take(MAX_LISTED).map(|block| block.hash()).collect(),
            });
        }
        self.fresh.extend(change.connected.iter().map(|block| Happening::Block(BlockEvent::of(block))));
    }

    /// A write is given to the store.
    pub fn given(&mut self, node: &Node, changes: &[Change]) {
        self.given += 1;
        let waiting = changes.iter().filter_map(|change| match change {
            Change::Put(Key::Mempool(txid), _) => Some(*txid),
            _ => None,
        });
        let views = waiting.take(MAX_TRANSACTIONS_AT_ONCE).filter_map(|txid| of_transaction(node, txid));
        self.fresh.extend(views);
    }

    /// All outputs of the last input were carried out.
    pub fn settle(&mut self) {
        let after = self.given;
        self.held.extend(self.fresh.drain(..).map(|happening| (after, happening)));
        self.publish();
    }

    /// The store has answered a write, one way or the other. After a failure the node goes on in memory and says so.
    pub fn answered(&mut self) {
        self.answered += 1;
        self.publish();
    }

    fn publish(&mut self) {
        while let Some((_, happening)) = self.held.pop_front_if(|(after, _)| *after <= self.answered) {
            let at = now();
            self.metrics.happened(&happening);
            if let Happening::Block(BlockEvent { hash, height, .. }) = &happening
                && let Some(took) = self.first_seen.take(*hash)
            {
                self.metrics.propagated(took);
                let took_micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
                self.metrics.recent.arrived(Arrival { at, hash: *hash, height: *height, took_micros });
            }
            self.events.publish(at, &happening);
        }
    }
}

/// `None`: it has left the mempool already.
fn of_transaction(node: &Node, txid: Txid) -> Option<Happening> {
    let transfer = node.mempool().get(&txid)?;
    Some(Happening::Transaction(TransactionView::of_transfer(txid, transfer, None)))
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::node::snapshot::NodeKind;
    use tabchain_shared::node::{Config, Node};
    use tabchain_shared::primitives::SecretKey;

    use super::*;
    use crate::events::Listener;

    /// The names of the events that are there.
    async fn heard(listener: &mut Listener) -> Vec<&'static str> {
        let mut names = Vec::new();
        while let Ok(event) = tokio::time::timeout(std::time::Duration::ZERO, listener.next()).await {
            names.push(event.expect("few events").name);
        }
        names
    }

    /// Genesis stands for any block.
    fn change(node: &Node, is_reorg: bool) -> TipChange {
        let block = Arc::clone(node.chain().body(&node.chain().tip()).expect("genesis is in memory"));
        let disconnected = if is_reorg { vec![Arc::clone(&block)] } else { Vec::new() };
        TipChange { disconnected, left_behind: Vec::new(), connected: vec![block], fork_height: 0 }
    }

    #[tokio::test]
    async fn nothing_is_told_before_it_is_stored() {
        let params = Params::regtest();
        let config = Config::new("host", NodeKind::Relay, 1);
        let node = Node::new(config, params, SecretKey::from_seed([1; 32]), now());
        let events = Events::default();
        let (mut listener, _) = events.listen(None);
        let mut news = News::new(events, Arc::default());
        // A write is under way already when two blocks come, the second of them in a reorg, each with its own write.
        news.given(&node, &[]);
        news.settle();
        for is_reorg in [false, true] {
            news.tip_changed(&change(&node, is_reorg));
            news.given(&node, &[]);
            news.settle();
        }
        assert!(heard(&mut listener).await.is_empty());
        news.answered();
        assert!(heard(&mut listener).await.is_empty(), "that was the write of before");
        news.answered();
        assert_eq!(heard(&mut listener).await, ["block"]);
        news.answered();
        assert_eq!(heard(&mut listener).await, ["reorg", "block"]);
        // What needs no write waits for none.
        news.tip_changed(&change(&node, false));
        news.settle();
        assert_eq!(heard(&mut listener).await, ["block"]);
    }
}
