//! A merchant among live nodes: it delivers when a payment has as many confirmations as it asks for, and keeps count of what was
//! taken back afterwards. It believes nothing but its own node's chain; who asks for no confirmation believes its mempool.

use std::collections::BTreeMap;

use crate::node::Node;
use crate::node::io::{Event, Output};
use crate::node::role::Score;
use crate::primitives::{Address, BlockHash, Transfer, Txid};

/// Blocks below the tip in which new payments are looked for: deeper reorgs than this a class does not see.
const LOOKED_BACK: u32 = 64;
/// Sales that are kept; beyond that, the oldest that were delivered are taken for final.
const MAX_SALES: usize = 2_000;

#[derive(Debug)]
pub struct Till {
    confirmations: u32,
    sales: BTreeMap<Txid, Sale>,
    /// Sales that were delivered, and those of them that were taken back.
    score: Score,
    tip: Option<BlockHash>,
    /// Of a merchant that waits for no confirmation: payments may have come since the last look.
    has_news: bool,
}

#[derive(Debug)]
struct Sale {
    sender: Address,
    nonce: u64,
    /// When it was last seen.
    height: u32,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Delivered,
    /// Paid before the shop opened.
    Earlier,
}

impl Till {
    /// What was paid before counts for nothing.
    pub fn new(confirmations: u32, node: &Node) -> Self {
        let mut till =
            Self { confirmations, sales: BTreeMap::new(), score: Score::default(), tip: None, has_news: false };
        till.note_payments(node);
        for sale in till.sales.values_mut() {
            sale.stage = Stage::Earlier;
        }
        till.tip = Some(node.chain().tip());
        till
    }

    pub fn confirmations(&self) -> u32 {
        self.confirmations
    }

    pub fn score(&self) -> Score {
        self.score
    }

    /// Sales that wait for confirmations.
    pub fn waiting(&self) -> usize {
        self.sales.values().filter(|sale| sale.stage == Stage::Waiting).count()
    }

    /// What the node has just done may be a payment that waits now.
    pub fn saw(&mut self, output: &Output) {
        self.has_news |= self.confirmations == 0 && matches!(output, Output::Event(Event::Changed));
    }

    /// Looks at the node's chain, and without a wait for confirmations at what waits to be mined. Whether anything has changed.
    pub fn look(&mut self, node: &Node) -> bool {
        let chain = node.chain();
        if !std::mem::take(&mut self.has_news) && self.tip == Some(chain.tip()) {
            return false;
        }
        self.tip = Some(chain.tip());
        self.note_payments(node);
        let (score, confirmations) = (&mut self.score, self.confirmations);
        self.sales.retain(|txid, sale| {
            let place = chain.history().place(txid);
            let found = place.map_or(0, |place| chain.height() + 1 - place.height);
            sale.height = place.map_or(sale.height, |place| place.height);
            if sale.stage == Stage::Waiting && found >= confirmations {
                sale.stage = Stage::Delivered;
                score.trials += 1;
            }
            // Not only out of the chain for a while: something else stands in its place.
            let is_replaced = place.is_none() && chain.ledger().account(&sale.sender).next_nonce > sale.nonce;
            score.successes += u32::from(is_replaced && sale.stage == Stage::Delivered);
            !is_replaced && sale.height + LOOKED_BACK > chain.height()
        });
        true
    }

    fn note_payments(&mut self, node: &Node) {
        let chain = node.chain();
        let lowest = chain.height().saturating_sub(LOOKED_BACK / 2);
        for height in lowest..=chain.height() {
            let Some(body) = chain.hash_at(height).and_then(|hash| chain.body(&hash)) else { continue };
            // The coinbase is first, and no transfer.
            for (transfer, txid) in body.transfers().iter().zip(body.txids().iter().skip(1)) {
                self.note(node, *txid, transfer, height);
            }
        }
        if self.confirmations == 0 {
            for (txid, transfer) in node.mempool().iter() {
                self.note(node, *txid, transfer, chain.height());
            }
        }
    }

    fn note(&mut self, node: &Node, txid: Txid, transfer: &Transfer, height: u32) {
        let (own, sender) = (node.address(), transfer.sender.address());
        if transfer.recipient == own && sender != own && self.sales.len() < MAX_SALES {
            let sale = Sale { sender, nonce: transfer.nonce, height, stage: Stage::Waiting };
            self.sales.entry(txid).or_insert(sale);
        }
    }
}
