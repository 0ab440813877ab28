//! A peer that answers what it is asked; and whether a node that has been through everything still gets from such a peer to
//! the best chain there is.

use tabchain_shared::node::io::{Input, PeerId, Time, Timer};
use tabchain_shared::primitives::{BlockHash, PublicKey};
use tabchain_shared::wire::{BlockTransactions, InventoryItem, Message};

use super::{Trial, compact};
use crate::operands::Operands;

/// Looks for what is overdue, a second apart, after which a node must have asked for everything.
const PATIENCE: usize = 60;

impl Trial {
    /// The peer answers what it was asked and what it is asked thereupon, up to a number of times. It may own only some of
    /// the blocks.
    pub(super) fn answer_requests(&mut self, operands: &mut Operands<'_>) {
        let Some((peer, _)) = self.speaker(operands) else { return };
        let times = operands.below(64) + 1;
        let withheld = operands.byte();
        for _ in 0..times {
            let Some(request) = self.driver.next_request(peer) else { return };
            for answer in self.answers(request, withheld, self.best_tip()) {
                self.say(peer, answer.to_frame());
            }
        }
    }

    fn answers(&self, request: Message, withheld: u8, tip: BlockHash) -> Vec<Message> {
        match request {
            Message::GetHeaders(locator) => {
                let branch = self.pool.branch(tip);
                let known = branch.iter().rposition(|hash| locator.contains(hash)).unwrap_or(0);
                let rest = branch[known..].iter().skip(1).filter_map(|hash| self.pool.find(hash));
                vec![Message::Headers(rest.map(|block| block.header).collect())]
            }
            Message::GetData(items) => items.iter().map(|item| self.answer_to(item, withheld)).collect(),
            Message::GetBlockTransactions(request) => {
                let block = self.pool.find(&request.block);
                let transaction = |index: &usize| block?.transactions.get(*index).cloned();
                let transactions = request.indices.iter().filter_map(transaction).collect();
                vec![Message::BlockTransactions(BlockTransactions { block: request.block, transactions })]
            }
            Message::Ping(nonce) => vec![Message::Pong(nonce)],
            Message::Inv(items) => vec![Message::GetData(items)],
            _ => Vec::new(),
        }
    }

    fn answer_to(&self, item: &InventoryItem, withheld: u8) -> Message {
        let found = match item {
            InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash)
                if withheld != 0 && hash.0[0].is_multiple_of(withheld) =>
            {
                None
            }
            InventoryItem::CompactBlock(hash) => self.pool.find(hash).map(|block| compact(block, 0)),
            InventoryItem::Block(hash) => self.pool.find(hash).cloned().map(Box::new).map(Message::Block),
            InventoryItem::Transaction(txid) => {
                let transfer = self.pool.transfers.iter().find(|transfer| transfer.txid() == *txid);
                transfer.cloned().map(Box::new).map(Message::Transaction)
            }
        };
        found.unwrap_or_else(|| Message::NotFound(vec![*item]))
    }

    /// Peers leave, time goes on until no block is from the future, and one comes that has the best valid chain. A node whose
    /// store has lost blocks may be stuck, and says so.
    pub(super) fn check_convergence(&mut self) {
        let valid = self.pool.model.judged.iter().filter(|(_, judged)| judged.accounts.is_some());
        let best = valid.max_by_key(|(_, judged)| judged.chainwork).map(|(hash, judged)| (*hash, judged.chainwork));
        let (best, chainwork) = best.expect("genesis is valid");
        // A block may be dated before those below it.
        let branch = self.pool.branch(best);
        let latest = branch.iter().map(|hash| self.pool.model.judged[hash].header.time).max().unwrap_or_default();
        for (peer, _) in self.peers.clone() {
            self.driver.hang_up(&mut self.pool, peer);
        }
        self.driver.now = self.driver.now.max(Time(u64::from(latest) * 1_000));
        let key = PublicKey([200; 32]);
        let peer = PeerId(self.peers.len() as u64 + 1);
        self.driver.connect(&mut self.pool, peer, key.node_id(), false);
        let version = self.version(key, best);
        self.say(peer, Message::Version(version).to_frame());
        self.say(peer, Message::Verack.to_frame());
        for _ in 0..PATIENCE {
            while let Some(request) = self.driver.next_request(peer) {
                for answer in self.answers(request, 0, best) {
                    self.say(peer, answer.to_frame());
                }
            }
            while !self.driver.disk.is_idle() {
                self.driver.serve_disk(&mut self.pool);
            }
            if self.driver.chain().chainwork() >= chainwork || self.driver.chain().is_stuck() {
                return;
            }
            self.driver.now = self.driver.now.plus_millis(1_000);
            self.input(Input::TimerFired(Timer::Overdue));
        }
        panic!("an honest peer has a better chain, and the node does not follow: {best}");
    }
}
