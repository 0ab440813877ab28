//! What must hold after every event. The node is judged from outside, by what it shows and by the blocks that the world
//! keeps of its own.
//!
//! Cheap rules are held after every event of a node. The replay from genesis costs a signature check a payment, so it
//! comes after every [`REPLAY_INTERVAL`] events and at the end.

use std::collections::btree_map;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::disk::Disk;
use crate::chain::block_index::{Entry, Status};
use crate::chain::store::{Change, Key, Record};
use crate::chain::{Accepted, Chain};
use crate::consensus::Params;
use crate::node::{Answer, Node, Time};
use crate::primitives::{Address, Amount, Block, BlockHash, Txid};
use crate::wire::{InventoryItem, Message};

/// Events between two replays.
pub const REPLAY_INTERVAL: u64 = 5_000;

/// Why honest nodes may hang up on each other; none of these costs score. Over links that lose, double and reorder frames,
/// a handshake goes wrong and an answer stays away through nobody's fault.
const HARMLESS_REASONS: [&str; 7] = [
    "there is a link to it already",
    "another link to it takes this one's place",
    "it did not finish the handshake",
    "it stopped answering",
    "it announced blocks and did not deliver them",
    "a second handshake",
    "verack out of turn",
];

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("the tip {tip} has less work than {better}, whose every block is here and valid")]
    TipIsNotBest { tip: BlockHash, better: BlockHash },
    #[error("the ledger at {tip} is not what a replay from genesis gives: {why}")]
    LedgerDiffersFromReplay { tip: BlockHash, why: String },
    #[error("the supply is {found}, {issued} was issued")]
    SupplyDiffersFromIssuance { found: Amount, issued: Amount },
    #[error("transaction {txid} waits and contradicts the tip")]
    MempoolContradictsTip { txid: Txid },
    #[error("{sender}'s waiting transactions cost more than it owns")]
    MempoolOverspends { sender: Address },
    #[error("block {hash} was announced before it was stored")]
    BlockAnnouncedBeforeStored { hash: BlockHash },
    #[error("transaction {txid} was announced before it was stored")]
    TransactionAnnouncedBeforeStored { txid: Txid },
    #[error("payment {txid} was answered before it was stored")]
    AnsweredBeforeStored { txid: Txid },
    #[error("it hung up on honest node {peer}: {reason}")]
    HonestPeerPunished { peer: usize, reason: String },
    #[error("block {hash} is marked invalid, though only its date or a wrong body was at fault")]
    CondemnedForNothing { hash: BlockHash },
    #[error("it restarted at {found}; its last durable write was made at {expected}")]
    RestartedElsewhere { found: BlockHash, expected: BlockHash },
    #[error("honest nodes have different tips although faults have stopped: {tips:?}")]
    NoConvergence { tips: Vec<BlockHash> },
}

/// Where and when a [`Rule`] was broken. The same seed and settings break it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}, event {event}, {} ms, node {node}: {rule}", .time.0)]
pub struct Violation {
    pub seed: u64,
    pub event: u64,
    /// Since the world began.
    pub time: Time,
    /// The node, or for the network as a whole the first.
    pub node: usize,
    pub rule: Rule,
}

#[derive(Debug)]
pub(super) struct Checker {
    params: Params,
    /// Every block that an honest node has stored or was about to, kept apart from the nodes.
    archive: HashMap<BlockHash, Block>,
    /// Blocks that nobody may mark invalid.
    spared: BTreeSet<BlockHash>,
}

impl Checker {
    pub fn new(params: Params) -> Self {
        Self { params, archive: HashMap::new(), spared: BTreeSet::new() }
    }

    pub fn spare(&mut self, hash: BlockHash) {
        self.spared.insert(hash);
    }

    pub fn saw_write(&mut self, changes: &[Change]) {
        for change in changes {
            let Change::Put(key @ Key::Block { hash, .. }, value) = change else { continue };
            let record = Record::from_bytes(&key.to_bytes(), value).expect("a node writes what it can read");
            if let Record::Block { block, .. } = record {
                self.archive.insert(*hash, *block);
            }
        }
    }

    /// The cheap rules on one node's state.
    pub fn check_state(&self, node: &Node) -> Result<(), Rule> {
        self.check_tip(node.chain())?;
        check_mempool(node)?;
        for hash in &self.spared {
            if node.chain().index().get(hash).is_some_and(|entry| entry.status == Status::Invalid) {
                return Err(Rule::CondemnedForNothing { hash: *hash });
            }
        }
        Ok(())
    }

    fn check_tip(&self, chain: &Chain) -> Result<(), Rule> {
        let chainwork = chain.chainwork();
        let better = |entry: &Entry| matches!(entry.status, Status::Stored { .. }) && entry.chainwork > chainwork;
        // A node that replays a better chain is on its way there.
        if chain.replay_progress().is_none()
            && let Some((better, _)) = chain.index().entries().find(|(_, entry)| better(entry))
        {
            return Err(Rule::TipIsNotBest { tip: chain.tip(), better });
        }
        let issued = (1..=chain.height()).map(|height| self.params.subsidy_at(height).units()).sum();
        let issued = Amount::from_units(issued).expect("issuance is bounded");
        let found = chain.ledger().supply();
        if found == issued { Ok(()) } else { Err(Rule::SupplyDiffersFromIssuance { found, issued }) }
    }

    /// The active chains once more from genesis, with blocks that the world has kept: same tips, same ledgers. Nodes at one
    /// tip share a replay. Answers which node is wrong, and how.
    pub fn check_replays<'a>(&self, nodes: impl Iterator<Item = (usize, &'a Node)>) -> Result<(), (usize, Rule)> {
        let mut replays: BTreeMap<BlockHash, Chain> = BTreeMap::new();
        for (index, node) in nodes {
            let chain = node.chain();
            let tip = chain.tip();
            let differs = |why: String| (index, Rule::LedgerDiffersFromReplay { tip, why });
            let replayed = match replays.entry(tip) {
                btree_map::Entry::Occupied(known) => known.into_mut(),
                btree_map::Entry::Vacant(new) => new.insert(self.replay(chain).map_err(differs)?),
            };
            if replayed.ledger() != chain.ledger() {
                return Err(differs("other accounts".into()));
            }
        }
        Ok(())
    }

    fn replay(&self, chain: &Chain) -> Result<Chain, String> {
        let mut replayed = Chain::new(self.params.clone());
        for height in 1..=chain.height() {
            let hash = chain.hash_at(height).ok_or("the active chain has a hole")?;
            let block = self.archive.get(&hash).ok_or("a block was never stored")?;
            match replayed.accept_block(block.clone(), u32::MAX) {
                Ok(Accepted::TipChanged(_)) => {}
                other => return Err(format!("{hash} gives {other:?}")),
            }
        }
        Ok(replayed)
    }
}

/// What waits has nonces that the ledger still expects, is not mined, and can be paid.
fn check_mempool(node: &Node) -> Result<(), Rule> {
    let (chain, ledger) = (node.chain(), node.chain().ledger());
    let mut costs: BTreeMap<Address, u64> = BTreeMap::new();
    for (txid, transfer) in node.mempool().by_fee_rate() {
        let sender = transfer.sender.address();
        let is_used = transfer.nonce < ledger.account(&sender).next_nonce;
        let Some(cost) = transfer.cost().filter(|_| !is_used && chain.history().place(txid).is_none()) else {
            return Err(Rule::MempoolContradictsTip { txid: *txid });
        };
        *costs.entry(sender).or_default() += cost.units();
    }
    for (sender, cost) in costs {
        if cost > ledger.account(&sender).balance.units() {
            return Err(Rule::MempoolOverspends { sender });
        }
    }
    Ok(())
}

/// What a node sends unasked must be durable. `asked`: the node is answering a `getheaders`.
pub(super) fn check_announcement(frame: &[u8], asked: bool, chain: &Chain, disk: &Disk) -> Result<(), Rule> {
    match Message::from_frame(frame) {
        Ok(Message::Headers(headers)) if !asked => {
            for header in headers {
                let hash = header.hash();
                let height = chain.index().get(&hash).map_or(0, |entry| entry.height);
                if !disk.has_held(&Key::Block { height, hash }) {
                    return Err(Rule::BlockAnnouncedBeforeStored { hash });
                }
            }
        }
        Ok(Message::Inv(items)) => {
            for item in items {
                if let InventoryItem::Transaction(txid) = item
                    && !disk.has_held(&Key::Mempool(txid))
                {
                    return Err(Rule::TransactionAnnouncedBeforeStored { txid });
                }
            }
        }
        _ => {}
    }
    Ok(())
}

pub(super) fn check_answer(answer: &Answer, disk: &Disk) -> Result<(), Rule> {
    match answer {
        Answer::Accepted { txid } if !disk.has_held(&Key::Mempool(*txid)) => {
            Err(Rule::AnsweredBeforeStored { txid: *txid })
        }
        _ => Ok(()),
    }
}

/// `peer` is honest.
pub(super) fn check_disconnect(peer: usize, reason: &str) -> Result<(), Rule> {
    // What comes before a handshake is told apart by the message's name, which stands first.
    if HARMLESS_REASONS.contains(&reason) || reason.ends_with("before the handshake") {
        return Ok(());
    }
    Err(Rule::HonestPeerPunished { peer, reason: reason.to_owned() })
}
