//! A machine whose miner has a strategy of its own: beside its node, which follows the public chain and knows nothing of this, it
//! keeps blocks that it has not published, and speaks for them on the node's links. So peers see what they would see of a
//! dishonest miner: headers of blocks, and the blocks when they ask.

use std::collections::HashMap;

use super::{Arena, Machine};
use crate::chain::block_index::Status;
use crate::consensus::Params;
use crate::lab::strategy::{Action, Race, Strategy};
use crate::node::{Command, Input, PeerId, Time};
use crate::primitives::transaction::Payment;
use crate::primitives::{
    Amount, Block, BlockHash, Coinbase, Header, Memo, SecretKey, Transaction, Transfer, Txid, merkle_root,
};
use crate::wire::{Frame, InventoryItem, Message};

/// What an attacker pays, in units: it has to be able to pay it thousands of times.
const PRICE: u64 = 1_000;
/// A double-spender with less than this, in units, mines honestly until it has a reward: far more than a price and a fee.
const MINIMUM: u64 = 100_000_000;

#[derive(Debug)]
pub(super) struct Strategist {
    strategy: Strategy,
    key: SecretKey,
    /// The last block that its branch and the public chain have in common.
    fork: BlockHash,
    fork_height: u32,
    /// Its own blocks above the fork, lowest first.
    branch: Vec<Block>,
    /// How many of them are published.
    published: usize,
    race: Race,
    /// Blocks that peers may ask for and the node may not have.
    offers: HashMap<BlockHash, Block>,
    /// Heights of the public chain at which it had nothing in secret and all was to be begun anew.
    levels: Vec<u32>,
    attempts: Attempts,
}

/// Of a double-spender.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempts {
    /// The payment of the attempt at hand, and the transfer in the secret branch that contradicts it.
    payment: Option<Txid>,
    /// Whether the merchant has seen it confirmed as often as it asks for.
    pub is_delivered: bool,
    pub made: u64,
    /// Delivered, and no longer paid.
    pub succeeded: u64,
}

impl Strategist {
    pub fn new(strategy: Strategy, key: SecretKey, genesis: BlockHash) -> Self {
        Self {
            strategy,
            key,
            fork: genesis,
            fork_height: 0,
            branch: Vec::new(),
            published: 0,
            race: Race::default(),
            offers: HashMap::new(),
            levels: vec![0],
            attempts: Attempts::default(),
        }
    }

    /// The last of the blocks that it has published as a match, while that is on.
    pub fn matched_head(&self) -> Option<BlockHash> {
        self.race.is_matched().then(|| self.branch.get(self.published.checked_sub(1)?).map(Block::hash)).flatten()
    }

    fn awaits_delivery(&self) -> bool {
        matches!(self.strategy, Strategy::DoubleSpend { .. }) && !self.attempts.is_delivered
    }

    /// Branch and public chain are one: a cycle has ended.
    fn end_cycle(&mut self) {
        if self.levels.last() != Some(&self.fork_height) {
            self.levels.push(self.fork_height);
        }
    }

    /// A block of its own on this parent, with nothing in it but these transfers.
    fn block_on(&self, parent: &Header, height: u32, params: &Params, now: Time, transfers: Vec<Transfer>) -> Block {
        let fees = transfers.iter().map(|transfer| transfer.fee.units()).sum::<u64>();
        let reward = Amount::from_units(params.subsidy_at(height).units() + fees).expect("far below all coins");
        let recipient = self.key.public_key().address();
        let coinbase = Coinbase { height, recipient, reward, tag: Memo::default() };
        let transactions: Vec<Transaction> = std::iter::once(Transaction::Coinbase(coinbase))
            .chain(transfers.into_iter().map(Transaction::Transfer))
            .collect();
        let txids: Vec<Txid> = transactions.iter().map(Transaction::txid).collect();
        let header = Header {
            version: 1,
            prev_blockhash: parent.hash(),
            merkle_root: merkle_root(&txids).root,
            // Later than its parent, it is later than the median as well.
            time: now.seconds().max(parent.time + 1),
            bits: params.start_bits,
            nonce: height,
        };
        Block { header, transactions }
    }
}

impl Arena {
    /// A machine has found a block. Returns whether its strategy has taken it, in the node's stead.
    pub(super) fn finds_by_strategy(&mut self, machine: usize) -> bool {
        match self.machines[machine].strategist.strategy {
            Strategy::Honest | Strategy::Censor => false,
            Strategy::HeadersOnly => self.finds_on_header(machine),
            // It has to earn first what it pays with.
            Strategy::DoubleSpend { .. } if self.balance(machine) < Amount::from_units(MINIMUM).expect("small") => {
                false
            }
            Strategy::Selfish | Strategy::Table(_) | Strategy::DoubleSpend { .. } => {
                self.finds_in_secret(machine);
                true
            }
        }
    }

    fn balance(&self, machine: usize) -> Amount {
        let node = &self.machines[machine].node;
        node.chain().ledger().account(&node.address()).balance
    }

    fn finds_in_secret(&mut self, machine: usize) {
        let conflict = self.conflicting_transfer(machine);
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        let height = strategist.fork_height + u32::try_from(strategist.branch.len()).expect("branches are short") + 1;
        let parent = match strategist.branch.last() {
            Some(last) => last.header,
            None => node.chain().index().get(&strategist.fork).expect("the fork is on the public chain").header,
        };
        let block = strategist.block_on(&parent, height, &self.params, self.now, conflict.into_iter().collect());
        self.record.was_found(block.hash(), machine, self.now);
        strategist.branch.push(block);
        strategist.race.found();
        self.pay_merchant(machine);
        self.decide(machine);
    }

    /// The first block of a double-spender's branch takes back what it is about to pay.
    fn conflicting_transfer(&self, machine: usize) -> Option<Transfer> {
        let Machine { node, strategist, .. } = &self.machines[machine];
        if !matches!(strategist.strategy, Strategy::DoubleSpend { .. }) || !strategist.branch.is_empty() {
            return None;
        }
        let own = strategist.key.public_key().address();
        let payment = Payment {
            recipient: own,
            amount: Amount::from_units(PRICE).expect("small"),
            fee: Amount::ZERO,
            nonce: node.chain().ledger().account(&own).next_nonce,
            memo: Memo::default(),
        };
        Some(Transfer::sign(self.params.network_id(), &strategist.key, payment))
    }

    /// With one block in secret, the payment is made in public. The merchant is the first node.
    fn pay_merchant(&mut self, machine: usize) {
        let strategist = &self.machines[machine].strategist;
        let is_first = strategist.branch.len() == 1 && strategist.attempts.payment.is_none();
        if !matches!(strategist.strategy, Strategy::DoubleSpend { .. }) || !is_first {
            return;
        }
        let (recipient, amount) = (self.machines[0].node.address(), Amount::from_units(PRICE).expect("small"));
        self.command(machine, Command::Pay { recipient, amount, fee: None, memo: Memo::default() });
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        let own = strategist.key.public_key().address();
        strategist.attempts.payment =
            node.mempool().by_fee_rate().find(|(_, t)| t.sender.address() == own).map(|(id, _)| *id);
        strategist.attempts.is_delivered = false;
    }

    /// The node of a withholding miner follows another tip: the public branch has grown, or its own has become it.
    pub(super) fn public_tip_moved(&mut self, machine: usize) {
        self.look_for_delivery(machine);
        self.submit_held_blocks(machine);
        if !self.machines[machine].strategist.strategy.withholds() {
            return;
        }
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        let chain = node.chain();
        let shared = strategist.branch.iter().take_while(|block| chain.is_active(&block.hash())).count();
        if shared > 0 {
            strategist.fork = strategist.branch[shared - 1].hash();
            strategist.fork_height += u32::try_from(shared).expect("branches are short");
            strategist.branch.drain(..shared);
            strategist.published = strategist.published.saturating_sub(shared);
        }
        strategist.race.public_moved(chain.tip() == strategist.fork);
        self.decide(machine);
    }

    /// Carries out what the rules say, until they say to wait.
    fn decide(&mut self, machine: usize) {
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        let own = strategist.branch.len();
        let others = node.chain().height().saturating_sub(strategist.fork_height) as usize;
        match strategist.race.decide(&strategist.strategy, own, others) {
            // The merchant may be a moment behind.
            Action::Override if strategist.awaits_delivery() => {}
            Action::Wait if own == 0 && others == 0 => strategist.end_cycle(),
            Action::Adopt => self.adopt(machine),
            Action::Match if strategist.published < others => self.publish(machine, others),
            Action::Match | Action::Wait => {}
            Action::Override => {
                self.publish(machine, others + 1);
                self.tell_own_node(machine);
                if matches!(self.machines[machine].strategist.strategy, Strategy::DoubleSpend { .. }) {
                    self.adopt(machine);
                }
            }
        }
    }

    /// Gives up its branch, and an attempt with it.
    fn adopt(&mut self, machine: usize) {
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        let chain = node.chain();
        strategist.branch.clear();
        strategist.published = 0;
        (strategist.fork, strategist.fork_height) = (chain.tip(), chain.height());
        strategist.race = Race::default();
        strategist.end_cycle();
        if let Some(payment) = strategist.attempts.payment.take() {
            strategist.attempts.made += 1;
            let is_paid = chain.history().place(&payment).is_some();
            strategist.attempts.succeeded += u64::from(strategist.attempts.is_delivered && !is_paid);
        }
        // Whoever still asks for a block of a branch that was published finds it, and no others are kept.
        if strategist.offers.len() > 256 {
            let stored =
                |hash: &BlockHash| chain.index().get(hash).is_some_and(|entry| entry.height + 64 < chain.height());
            strategist.offers.retain(|hash, _| !stored(hash) && chain.index().get(hash).is_some());
        }
    }

    /// Announces the first `count` blocks of the branch to every peer.
    fn publish(&mut self, machine: usize, count: usize) {
        let strategist = &mut self.machines[machine].strategist;
        let count = count.min(strategist.branch.len());
        strategist.published = strategist.published.max(count);
        let blocks = strategist.branch[..count].to_vec();
        self.announce(machine, &blocks);
    }

    fn announce(&mut self, machine: usize, blocks: &[Block]) {
        let headers: Vec<Header> = blocks.iter().map(|block| block.header).collect();
        let offers = &mut self.machines[machine].strategist.offers;
        offers.extend(blocks.iter().map(|block| (block.hash(), block.clone())));
        let frame = Frame::from(Message::Headers(headers));
        for peer in self.peers(machine) {
            self.transmit(machine, peer, frame.clone());
        }
    }

    /// Shows the own node what was published, as if a peer had.
    fn tell_own_node(&mut self, machine: usize) {
        let strategist = &self.machines[machine].strategist;
        let headers = strategist.branch[..strategist.published].iter().map(|block| block.header).collect();
        let frame = Frame::from(Message::Headers(headers));
        if let Some(peer) = self.peers(machine).first().copied() {
            self.input(machine, Input::FrameReceived { peer, frame });
        }
    }

    pub(super) fn publish_everything(&mut self, machine: usize) {
        let count = self.machines[machine].strategist.branch.len();
        let others = self.machines[machine].node.chain().height() - self.machines[machine].strategist.fork_height;
        if count > others as usize {
            self.publish(machine, count);
            self.tell_own_node(machine);
        }
    }

    /// What a peer asks of blocks that only the strategist has is answered by it. Returns the frame if it is for the node.
    pub(super) fn answer_from_offers(&mut self, machine: usize, peer: PeerId, frame: Frame) -> Option<Frame> {
        let (answers, rest) = self.split_question(machine, frame);
        for answer in answers {
            self.transmit(machine, peer, answer);
        }
        rest
    }

    /// The node asks a peer for blocks of the own branch: it is given them at once. Also returns what is still to be asked.
    pub(super) fn own_answers(
        &self,
        machine: usize,
        peer: PeerId,
        frame: Frame,
    ) -> (impl Iterator<Item = Input> + use<>, Option<Frame>) {
        let (answers, rest) = self.split_question(machine, frame);
        (answers.into_iter().map(move |frame| Input::FrameReceived { peer, frame }), rest)
    }

    /// Of a frame that asks for blocks: the blocks that are on offer, as frames, and a frame that asks for the others. Of any other
    /// frame, itself.
    fn split_question(&self, machine: usize, frame: Frame) -> (Vec<Frame>, Option<Frame>) {
        let Ok(Message::GetData(items)) = frame.message() else { return (Vec::new(), Some(frame)) };
        let offers = &self.machines[machine].strategist.offers;
        if offers.is_empty() {
            return (Vec::new(), Some(frame));
        }
        let (ours, rest): (Vec<_>, Vec<_>) =
            items.iter().copied().partition(|item| asked_block(item).is_some_and(|hash| offers.contains_key(&hash)));
        let found = ours.iter().filter_map(|item| offers.get(&asked_block(item)?));
        let frames = found.map(|block| Frame::from(Message::Block(Box::new(block.clone())))).collect();
        (frames, (!rest.is_empty()).then(|| Message::GetData(rest).into()))
    }

    /// A censor passes on no header of the victim's blocks.
    pub(super) fn keeps_silent_about(&self, machine: usize, frame: &Frame) -> bool {
        self.setting.miners[machine].strategy == Strategy::Censor
            && matches!(frame.message(), Ok(Message::Headers(_)))
            && frame.block_hashes().iter().any(|hash| self.record.miner_of(hash) == Some(0))
    }

    /// Builds on the best header although its block has not come.
    fn finds_on_header(&mut self, machine: usize) -> bool {
        let Machine { node, strategist, .. } = &self.machines[machine];
        let index = node.chain().index();
        let best = index.best_header();
        let Some(entry) = index.get(&best).filter(|_| best != node.chain().tip()) else { return false };
        let mut block = strategist.block_on(&entry.header, entry.height + 1, &self.params, self.now, Vec::new());
        block.header.bits = index.required_bits(&self.params, best).expect("the best header is indexed");
        self.record.was_found(block.hash(), machine, self.now);
        self.machines[machine].strategist.branch.push(block.clone());
        self.announce(machine, &[block]);
        true
    }

    /// Blocks on headers are the node's own as soon as their parents are here.
    fn submit_held_blocks(&mut self, machine: usize) {
        let Machine { node, strategist, .. } = &mut self.machines[machine];
        if strategist.strategy != Strategy::HeadersOnly || strategist.branch.is_empty() {
            return;
        }
        let index = node.chain().index();
        let has_parent = |block: &Block| {
            index.get(&block.header.prev_blockhash).is_some_and(|e| matches!(e.status, Status::Stored { .. }))
        };
        let (ready, held): (Vec<Block>, Vec<Block>) = strategist.branch.drain(..).partition(has_parent);
        strategist.branch = held;
        let Some(peer) = self.peers(machine).first().copied() else { return };
        for block in ready {
            let frame = Message::Headers(vec![block.header]).into();
            self.input(machine, Input::FrameReceived { peer, frame });
        }
    }

    /// Whether the merchant has what it waits for, if it is the merchant's node.
    fn look_for_delivery(&mut self, machine: usize) {
        if machine != 0 {
            return;
        }
        let chain = self.machines[0].node.chain();
        let mut delivered = Vec::new();
        for (number, attacker) in self.machines.iter().enumerate() {
            let Strategy::DoubleSpend { confirmations, .. } = attacker.strategist.strategy else { continue };
            let place = attacker.strategist.attempts.payment.and_then(|payment| chain.history().place(&payment));
            if place.is_some_and(|place| chain.height() + 1 - place.height >= confirmations) {
                delivered.push(number);
            }
        }
        for attacker in delivered {
            if !std::mem::replace(&mut self.machines[attacker].strategist.attempts.is_delivered, true) {
                self.decide(attacker);
            }
        }
    }

    /// Of a double-spender: attempts that have ended, and those that took a delivered payment back.
    pub fn attempts(&self, machine: usize) -> (u64, u64) {
        let attempts = &self.machines[machine].strategist.attempts;
        (attempts.made, attempts.succeeded)
    }

    /// Of a withholding miner: heights of the public chain at which it had nothing in secret. From one to the next its fortunes
    /// are independent of what was before.
    pub fn levels(&self, machine: usize) -> &[u32] {
        &self.machines[machine].strategist.levels
    }
}

fn asked_block(item: &InventoryItem) -> Option<BlockHash> {
    match item {
        InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => Some(*hash),
        InventoryItem::Transaction(_) => None,
    }
}
