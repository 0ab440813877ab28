//! A double-spender among live nodes: it pays a merchant where all can see it, with a block already mined in secret in which the same
//! coins go back to itself, and shows the secret branch once the goods are delivered and that branch is longer (Rosenfeld 2014).
//! What it hides is the [veil](super::veil)'s; here is how an attempt goes, and what of the others' branch it has to read.
//!
//! Its node follows the chain with the most work, and so leaves the secret branch when the other is longer: it gives up one block
//! behind.

use std::collections::BTreeSet;

use crate::chain::Chain;
use crate::node::Node;
use crate::node::io::Command;
use crate::node::role::Score;
use crate::node::wallet::DEFAULT_FEE;
use crate::primitives::{Address, Amount, BlockHash, Memo, Transaction, Transfer, Txid, merkle_root};
use crate::wire::{InventoryItem, Message};

/// What is bought, and what is attempted to be taken back.
pub const PRICE: Amount = Amount::COIN;

#[derive(Debug)]
pub struct Heist {
    merchant: Address,
    confirmations: u32,
    stage: Stage,
    has_news: bool,
    /// Attempts that ended, and those in which the goods were delivered and the payment was taken back, as far as it knows.
    score: Score,
}

#[derive(Debug)]
enum Stage {
    /// Mines honestly, until its coins are there and no payment of its own waits.
    Waiting,
    /// The transfer back to itself waits in its own mempool, hidden, for a block of its own.
    Ready { back: Txid, payment: Box<Transfer> },
    /// Paid in public, and taken back in secret.
    Paid {
        back: Txid,
        payment: Txid,
        /// Blocks of the others that it has read.
        read: BTreeSet<BlockHash>,
        /// Those that it asked for, and those that its node asked for itself.
        asked: BTreeSet<BlockHash>,
        of_node: BTreeSet<BlockHash>,
        /// The block in which the payment is.
        paid_in: Option<BlockHash>,
    },
}

impl Heist {
    pub fn new(merchant: Address, confirmations: u32) -> Self {
        Self { merchant, confirmations, stage: Stage::Waiting, has_news: false, score: Score::default() }
    }

    pub fn score(&self) -> Score {
        self.score
    }

    pub fn is_on(&self) -> bool {
        matches!(self.stage, Stage::Paid { .. })
    }

    /// The transfer that nobody may hear of.
    pub fn secret(&self) -> Option<Txid> {
        match &self.stage {
            Stage::Waiting => None,
            Stage::Ready { back, .. } | Stage::Paid { back, .. } => Some(*back),
        }
    }

    /// The next attempt begins as soon as it can: the command is for the own node.
    pub fn prepare(&mut self, node: &Node) -> Option<Command> {
        let own = node.address();
        match &self.stage {
            // Refused, or it contradicts what was mined meanwhile.
            Stage::Ready { back, .. } if !node.mempool().contains(back) => {
                self.stage = Stage::Waiting;
                return None;
            }
            Stage::Ready { .. } | Stage::Paid { .. } => return None,
            Stage::Waiting => {}
        }
        let account = node.chain().ledger().account(&own);
        let can_pay = account.balance.units() > PRICE.units() + 2 * DEFAULT_FEE.units();
        if !can_pay || node.mempool().next_nonce(&own, node.chain().ledger()) != account.next_nonce {
            return None;
        }
        // Both with the same nonce: of the two one can be mined.
        let sign = |recipient| node.sign_payment(recipient, PRICE, None, Memo::default());
        let (back, payment) = (sign(own)?, sign(self.merchant)?);
        self.stage = Stage::Ready { back: back.txid(), payment: Box::new(payment) };
        Some(Command::Submit { transfer: Box::new(back) })
    }

    /// The node has found a block. `None`: it may be shown. Otherwise it is to stay hidden, and
    /// if it is the first of a branch, the payment that it takes back is to be made now.
    pub fn found(&mut self, transactions: &[Txid]) -> Option<Option<Message>> {
        match &self.stage {
            Stage::Ready { back, payment } if transactions.contains(back) => {
                let frame = Message::Transaction(payment.clone());
                let (back, payment) = (*back, payment.txid());
                let [read, asked, of_node] = [(); 3].map(|()| BTreeSet::new());
                self.stage = Stage::Paid { back, payment, read, asked, of_node, paid_in: None };
                Some(Some(frame))
            }
            Stage::Paid { .. } => Some(None),
            Stage::Waiting | Stage::Ready { .. } => None,
        }
    }

    /// What to ask a peer for, to see whether the payment is confirmed on the others' branch: its own node has no need of that
    /// branch's blocks while its own is longer. `again`: also for what was asked for before.
    pub fn ask(&mut self, branch: &[BlockHash], chain: &Chain, again: bool) -> Option<Message> {
        let Stage::Paid { payment, read, asked, of_node, paid_in, .. } = &mut self.stage else { return None };
        let mut missing = Vec::new();
        for hash in branch {
            if read.contains(hash) {
                continue;
            }
            if let Some(body) = chain.body(hash) {
                read.insert(*hash);
                if body.txids().contains(payment) {
                    *paid_in = Some(*hash);
                }
            } else if !of_node.contains(hash) && (asked.insert(*hash) || again) {
                missing.push(InventoryItem::Block(*hash));
            }
        }
        (!missing.is_empty()).then_some(Message::GetData(missing))
    }

    /// The node asks for these blocks itself: what comes is its own.
    pub fn leave_to_node(&mut self, items: &[InventoryItem]) {
        if let Stage::Paid { asked, of_node, .. } = &mut self.stage {
            for item in items {
                if let InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) = item {
                    asked.remove(hash);
                    of_node.insert(*hash);
                }
            }
        }
    }

    /// Reads a block's frame, if it is one of the others' branch. Whether it was asked for here; then it is not the node's.
    pub fn reads(&mut self, frame: &[u8]) -> bool {
        let Stage::Paid { payment, read, asked, of_node, paid_in, .. } = &mut self.stage else { return false };
        let Ok(Message::Block(block)) = Message::from_frame(frame) else { return false };
        let hash = block.hash();
        let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
        // A body that is not the header's shows nothing.
        let is_wanted = asked.contains(&hash) || of_node.contains(&hash);
        if is_wanted && merkle_root(&txids).root == block.header.merkle_root && read.insert(hash) {
            self.has_news = true;
            if txids.contains(payment) {
                *paid_in = Some(hash);
            }
        }
        asked.contains(&hash)
    }

    /// Whether blocks were read since it was asked last.
    pub fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// Height that the merchant is known to follow, if it is a peer.
    pub fn merchant_height(&self, node: &Node) -> Option<u32> {
        node.peer_views().iter().find(|peer| peer.address == self.merchant).map(|peer| peer.height)
    }

    /// Whether the merchant has seen as many confirmations as it asks for on this branch, lowest block first, which ends at a height.
    /// Who shows the other branch before the merchant has this one gets no goods. One that waits for none has seen the payment before
    /// all that is said after it, if there is a link to it; otherwise the first block that holds the payment tells.
    pub fn is_delivered(&self, branch: &[BlockHash], height: u32, node: &Node) -> bool {
        if self.confirmations == 0 && self.is_on() && self.merchant_height(node).is_some() {
            return true;
        }
        if self.merchant_height(node).is_some_and(|known| known < height) {
            return false;
        }
        let Stage::Paid { paid_in: Some(paid_in), .. } = &self.stage else { return false };
        let below = branch.iter().position(|hash| hash == paid_in);
        below.is_some_and(|below| branch.len() - below >= self.confirmations as usize)
    }

    /// The attempt is over.
    pub fn ended(&mut self, is_taken_back: bool) {
        self.stage = Stage::Waiting;
        self.score.trials += 1;
        self.score.successes += u32::from(is_taken_back);
    }
}
