//! A live node that withholds its blocks: a value between the node and its links, which a driver asks about all that the node wants
//! to say.
//!
//! The node itself is honest and knows nothing of it. It mines on its own blocks, as every node does, and announces them; the veil
//! swallows what speaks of blocks that are to stay hidden, follows the branch that the others see, and shows blocks when the
//! strategy says so, by the rules that miners of simulated networks go by (`strategy`). When the public branch outgrows
//! the hidden one, the node follows it by itself, as every node does: that is the strategies' "adopt".

use std::collections::BTreeSet;

use crate::chain::Chain;
use crate::chain::block_index::{Entry, Status};
use crate::lab::heist::Heist;
use crate::lab::strategy::{Action, Race, Strategy, Table};
use crate::mining::share::{MAX_HIDDEN, Shares};
use crate::node::Node;
use crate::node::io::{Command, Event, Output, PeerId};
use crate::node::role::{Role, Score};
use crate::primitives::{Amount, BlockHash, Header};
use crate::wire::switchboard::NodeReport;
use crate::wire::{Frame, InventoryItem, Message};

/// First bytes of frames (`wire::message`) that the veil reads.
const VERSION: u8 = 0;
const INV: u8 = 2;
const GET_DATA: u8 = 3;
const GET_HEADERS: u8 = 5;
const HEADERS: u8 = 6;
const BLOCK: u8 = 7;
/// Hidden blocks so far below the tip have been given up for good, and are forgotten.
const FORGOTTEN_BELOW: u32 = 64;

#[derive(Debug)]
pub struct Veil {
    role: Role,
    strategy: Strategy,
    race: Race,
    /// Of a double-spender.
    heist: Option<Heist>,
    /// Last block of the branch that the others see.
    public: BlockHash,
    to_say: Vec<Said>,
    /// Whom it asked last, of its peers.
    turn: usize,
    /// Blocks found here and not shown, lowest first. Those that the node has left are among them.
    hidden: Vec<Hidden>,
    /// Peers whose questions for headers are being answered.
    asked: BTreeSet<PeerId>,
    /// Of the node, when it last had nothing hidden.
    balance: Amount,
    seen: Seen,
}

/// A frame of the veil's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Absent: to every peer.
    pub to: Option<PeerId>,
    pub frame: Vec<u8>,
}

impl Said {
    fn to_all(message: &Message) -> Self {
        Self { to: None, frame: message.to_frame() }
    }
}

/// What has to change for another look: tip, known headers, stored blocks, and where a merchant is known to be.
type Seen = (BlockHash, usize, u64, Option<u32>);

#[derive(Debug)]
struct Hidden {
    hash: BlockHash,
    height: u32,
    /// The node has stored and announced it, and the announcement was swallowed.
    is_swallowed: bool,
}

/// What a role's player does with its blocks; `None` for one that hides nothing. Its node leaves the hidden branch when that is
/// behind.
pub fn strategy(role: Role) -> Option<Strategy> {
    Some(match role {
        Role::Honest | Role::Merchant { .. } => return None,
        Role::Selfish => Strategy::Selfish,
        Role::Withholder { table } => Strategy::Table(Table::known(table).without_trailing()),
        Role::DoubleSpender { confirmations, .. } => Strategy::DoubleSpend { confirmations, give_up: 1 },
    })
}

impl Veil {
    /// `None` for a role that hides nothing.
    pub fn of(role: Role, node: &Node) -> Option<Self> {
        let strategy = strategy(role)?;
        let heist = match role {
            Role::DoubleSpender { merchant, confirmations } => Some(Heist::new(merchant, confirmations)),
            _ => None,
        };
        let chain = node.chain();
        Some(Self {
            role,
            strategy,
            race: Race::default(),
            heist,
            to_say: Vec::new(),
            turn: 0,
            public: chain.tip(),
            hidden: Vec::new(),
            asked: BTreeSet::new(),
            balance: chain.ledger().account(&node.address()).balance,
            seen: (chain.tip(), 0, 0, None),
        })
    }

    pub fn role(&self) -> Role {
        self.role
    }

    /// Blocks on the node's chain that nobody else has seen.
    pub fn hidden(&self, node: &Node) -> usize {
        self.hidden.iter().filter(|block| node.chain().is_active(&block.hash)).count()
    }

    /// A frame comes in. `false`: it answers a question of the veil's own, and is not for the node.
    pub fn heard(&mut self, peer: PeerId, frame: &[u8]) -> bool {
        match frame.first() {
            Some(&GET_HEADERS) => {
                self.asked.insert(peer);
                true
            }
            Some(&BLOCK) => !self.heist.as_mut().is_some_and(|heist| heist.reads(frame)),
            _ => true,
        }
    }

    /// What the node is to do for the part that is played. Asked after each look.
    pub fn order(&mut self, node: &Node) -> Option<Command> {
        let is_idle = self.hidden(node) == 0;
        self.heist.as_mut().filter(|_| is_idle)?.prepare(node)
    }

    pub fn score(&self) -> Option<Score> {
        self.heist.as_ref().map(Heist::score)
    }

    /// What is to be carried out of what the node wants. The driver asks about every output, and then [`Self::look`]s.
    pub fn pass(&mut self, node: &Node, output: Output) -> Option<Output> {
        match output {
            Output::Event(Event::BlockMined(hash)) => {
                if let Some(entry) = node.chain().index().get(&hash)
                    && self.is_to_hide(node.chain(), &hash)
                {
                    self.hidden.push(Hidden { hash, height: entry.height, is_swallowed: false });
                    self.race.found();
                }
                Some(output)
            }
            Output::Send { peer, frame } => {
                let frame = self.without_hidden(node.chain(), peer, frame)?;
                Some(Output::Send { peer, frame })
            }
            other => Some(other),
        }
    }

    /// A double-spender's block is one like others unless it takes a payment back.
    fn is_to_hide(&mut self, chain: &Chain, hash: &BlockHash) -> bool {
        let Some(heist) = &mut self.heist else { return true };
        let txids = chain.body(hash).map(|body| body.txids()).unwrap_or_default();
        match heist.found(txids) {
            Some(payment) => {
                self.to_say.extend(payment.as_ref().map(Said::to_all));
                true
            }
            None => false,
        }
    }

    fn without_hidden(&mut self, chain: &Chain, peer: PeerId, frame: Frame) -> Option<Frame> {
        let secret = self.heist.as_ref().and_then(Heist::secret);
        let may_tell = match frame.first() {
            Some(&(VERSION | GET_HEADERS | HEADERS)) => !self.hidden.is_empty(),
            Some(&(INV | GET_DATA)) => secret.is_some(),
            _ => false,
        };
        if !may_tell {
            return Some(frame);
        }
        let message = match Message::from_frame(&frame).ok()? {
            Message::Version(mut version) => {
                (version.tip, version.height) = self.shown_tip(chain);
                Message::Version(version)
            }
            Message::GetHeaders(mut locator) => {
                locator.retain(|hash| self.position(hash).is_none());
                Message::GetHeaders(locator)
            }
            Message::Headers(mut headers) => {
                // What follows a hidden block is hidden as well.
                let shown = headers.iter().take_while(|header| self.position(&header.hash()).is_none()).count();
                for header in headers.drain(shown..) {
                    if let Some(at) = self.position(&header.hash()) {
                        self.hidden[at].is_swallowed = true;
                    }
                }
                // Who asked is answered, if only that there is no more.
                if !self.asked.remove(&peer) && headers.is_empty() {
                    return None;
                }
                Message::Headers(headers)
            }
            Message::Inv(mut items) => {
                items.retain(|item| !matches!(item, InventoryItem::Transaction(txid) if Some(*txid) == secret));
                if items.is_empty() {
                    return None;
                }
                Message::Inv(items)
            }
            Message::GetData(items) => {
                if let Some(heist) = &mut self.heist {
                    heist.leave_to_node(&items);
                }
                Message::GetData(items)
            }
            other => other,
        };
        Some(Frame::from(message))
    }

    fn position(&self, hash: &BlockHash) -> Option<usize> {
        self.hidden.iter().position(|block| block.hash == *hash)
    }

    /// The last block on the node's chain that is shown, with its height.
    fn shown_tip(&self, chain: &Chain) -> (BlockHash, u32) {
        let active = chain.index().ancestors(chain.tip());
        let shown = active.map(|(hash, entry)| (hash, entry.height)).find(|(hash, _)| self.position(hash).is_none());
        shown.expect("genesis is never hidden")
    }

    /// Looks at what the node knows now, and does what the strategy says. Returns what is to be said.
    pub fn look(&mut self, node: &Node) -> Vec<Said> {
        self.asked.clear();
        let chain = node.chain();
        let merchant = self.heist.as_ref().and_then(|heist| heist.merchant_height(node));
        let seen = (chain.tip(), chain.index().len(), chain.index().arrivals(), merchant);
        // What a double-spender reads is none of its node's.
        if self.heist.as_mut().is_some_and(Heist::take_news) || seen != self.seen {
            self.seen = seen;
            self.hidden.retain(|block| block.height + FORGOTTEN_BELOW > chain.height());
            self.act(node);
        }
        std::mem::take(&mut self.to_say)
    }

    fn act(&mut self, node: &Node) {
        let chain = node.chain();
        loop {
            let moved = self.follow_public(chain);
            let (fork, fork_height) = self.fork(chain);
            if moved {
                self.race.public_moved(fork == self.public);
            }
            let own = (chain.height() - fork_height) as usize;
            let others = self.public_branch(chain, fork);
            let height = fork_height + u32::try_from(others.len()).expect("heights are 32 bits");
            self.read_on(node, &others, height, moved);
            let heist = self.heist.as_ref();
            let is_undelivered = heist.is_some_and(|heist| !heist.is_delivered(&others, height, node));
            let count = match self.race.decide(&self.strategy, own, others.len()) {
                Action::Override if is_undelivered => break,
                // The node adopts the other branch when it has it.
                Action::Adopt | Action::Wait => break,
                Action::Match => others.len(),
                Action::Override => others.len() + 1,
            };
            let before = self.hidden.len();
            let count = if self.heist.is_some() { own } else { count };
            let shown = self.show(chain, fork_height, count);
            self.to_say.extend(shown);
            if let Some(heist) = &mut self.heist {
                heist.ended(true);
            }
            if self.hidden.len() == before {
                break;
            }
        }
        let has_left = self.hidden(node) == 0;
        if let Some(heist) = self.heist.as_mut().filter(|heist| heist.is_on() && has_left) {
            heist.ended(false);
        }
    }

    /// The blocks above the fork that the others see, lowest first.
    fn public_branch(&self, chain: &Chain, fork: BlockHash) -> Vec<BlockHash> {
        let above = chain.index().ancestors(self.public).map(|(hash, _)| hash).take_while(|hash| *hash != fork);
        let mut branch: Vec<BlockHash> = above.collect();
        branch.reverse();
        branch
    }

    fn read_on(&mut self, node: &Node, branch: &[BlockHash], height: u32, again: bool) {
        let Some(heist) = &mut self.heist else { return };
        // Of those that have shown the branch another one each time, in case one does not answer.
        let mut peers = node.peer_views();
        peers.retain(|peer| peer.height >= height);
        self.turn = self.turn.wrapping_add(1);
        let Some(peer) = peers.get(self.turn % peers.len().max(1)) else { return };
        if let Some(question) = heist.ask(branch, node.chain(), again) {
            self.to_say.push(Said { to: Some(peer.peer), frame: question.to_frame() });
        }
    }

    /// The role ends: what is still hidden on the node's chain is shown, as an honest node would have done.
    pub fn lift(mut self, node: &Node) -> Option<Said> {
        let chain = node.chain();
        let lowest = self.hidden.iter().filter(|block| chain.is_active(&block.hash)).map(|block| block.height).min()?;
        self.show(chain, lowest - 1, (chain.height() + 1 - lowest) as usize)
    }

    /// Whether the others' branch has another last block than at the last look.
    fn follow_public(&mut self, chain: &Chain) -> bool {
        let index = chain.index();
        let is_shown = |hash: &BlockHash| self.position(hash).is_none();
        // Headers without bodies are forgotten when there are too many.
        let before = index.get(&self.public).map(|entry| entry.chainwork);
        let mut best = (self.public, before.unwrap_or_default());
        let is_possible = |(hash, entry): &(BlockHash, Entry)| is_shown(hash) && entry.status != Status::Invalid;
        for (hash, entry) in index.entries().filter(is_possible) {
            if entry.chainwork > best.1 {
                best = (hash, entry.chainwork);
            }
        }
        // Of two branches of others the node's own choice counts, but in a match the node stands for itself.
        let tip = chain.tip();
        if is_shown(&tip) && !self.race.is_matched() && chain.chainwork() >= best.1 {
            best.0 = tip;
        }
        std::mem::replace(&mut self.public, best.0) != best.0
    }

    /// The last block that the node's chain and the others' branch have in common.
    fn fork(&self, chain: &Chain) -> (BlockHash, u32) {
        let below = chain.index().ancestors(self.public).find(|(hash, _)| chain.is_active(hash));
        below.map_or_else(|| (chain.tip(), chain.height()), |(hash, entry)| (hash, entry.height))
    }

    /// Shows the first `count` blocks above a height. What the node has not stored yet it will announce itself.
    fn show(&mut self, chain: &Chain, above: u32, count: usize) -> Option<Said> {
        let end = above.saturating_add(u32::try_from(count).unwrap_or(u32::MAX)).min(chain.height());
        let mut headers: Vec<Header> = Vec::new();
        let mut stored = 0;
        for hash in (above + 1..=end).filter_map(|height| chain.hash_at(height)) {
            headers.push(chain.index().get(&hash).expect("it is on the active chain").header);
            if let Some(at) = self.position(&hash)
                && self.hidden.remove(at).is_swallowed
            {
                stored = headers.len();
            }
        }
        headers.truncate(stored);
        (stored > 0).then(|| Said::to_all(&Message::Headers(headers)))
    }

    /// What the node tells its relay of itself, without what is hidden.
    pub fn cover(&mut self, report: &mut NodeReport, node: &Node) {
        report.role = self.role;
        report.score = self.score();
        if self.hidden(node) == 0 {
            self.balance = report.balance;
        } else {
            (report.tip, report.height) = self.shown_tip(node.chain());
            report.tip_from = None;
            report.balance = self.balance;
        }
    }

    /// Shares of jobs on hidden blocks count for a relay that is told, and nobody else, what leads there. `false`: too much is hidden
    /// for them to be handed in.
    pub fn vouch(&self, shares: &mut Shares, node: &Node) -> bool {
        let parent = shares.proof.header.prev_blockhash;
        let below = node.chain().index().ancestors(parent).take_while(|(hash, _)| self.position(hash).is_some());
        shares.hidden = below.take(MAX_HIDDEN + 1).map(|(_, entry)| entry.header).collect();
        shares.hidden.reverse();
        shares.hidden.len() <= MAX_HIDDEN
    }
}
