//! Whether this node mines, on what, and what becomes of a found nonce.

use std::collections::VecDeque;

use super::Node;
use super::config::{MAX_TEMPLATES, RESTING_PATIENCE, TEMPLATE_INTERVAL, TEMPLATE_INTERVAL_NEW_TRANSACTIONS};
use super::io::{Answer, Event, Output, Time, Timer};
use super::sleep::in_words;
use super::snapshot::{MiningView, MiningWait};
use crate::chain::Accepted;
use crate::mining::block_template::{acceptable_from, bare_template, block_template};
use crate::mining::nonce_space::{is_rolled, job_version};
use crate::mining::share::JobProof;
use crate::mining::{HashrateLimit, Job, Solution};
use crate::primitives::encode::{encode_count, encode_option};
use crate::primitives::{Block, BlockHash, Encode, Header, Memo, Work};

#[derive(Debug, Default)]
pub(super) struct MiningControl {
    wanted: bool,
    /// The block that the next one is to stand on, if that is not the tip.
    on: Option<BlockHash>,
    blocks_left: Option<u32>,
    limit: Option<HashrateLimit>,
    hashrate: f64,
    blocks_found: u32,
    /// A nonce was refused, and none was taken since: one is told of, and not each.
    refused: bool,
    next_job: u64,
    /// When the job is renewed.
    renew_at: Time,
    /// Templates on that block by job, oldest first.
    templates: VecDeque<(u64, Block)>,
    better_chain: Option<BetterChain>,
}

/// What miners rest for: a chain that peers have shown headers of. Its work shows that somebody mined it, and not that anybody will
/// ever give its bodies; so its time runs on when the peer that showed it leaves and comes again.
#[derive(Debug)]
struct BetterChain {
    /// The most that was shown. To begin anew costs another block's work.
    work: Work,
    /// Since it was shown, or a body on the way to it came.
    quiet_since: Time,
}

impl MiningControl {
    pub fn is_active(&self) -> bool {
        !self.templates.is_empty()
    }

    pub fn clock_was_set_back(&mut self, now: Time) {
        if let Some(better) = &mut self.better_chain {
            better.quiet_since = better.quiet_since.min(now);
        }
    }

    /// Whether there has been a chain that miners rested for.
    pub fn has_rested(&self) -> bool {
        self.better_chain.is_some()
    }

    /// A body has come that leads to the best chain that peers show.
    pub fn better_chain_came_on(&mut self, now: Time) {
        if let Some(better) = &mut self.better_chain {
            better.quiet_since = now;
        }
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_option(self.better_chain.as_ref(), out, |better, out| out.extend(better.quiet_since.0.to_le_bytes()));
        match self.on {
            None => out.push(self.wanted.into()),
            Some(parent) => {
                out.push(2);
                parent.encode(out);
            }
        }
        // Whatever is wished for is more than 0.
        out.extend(self.blocks_left.unwrap_or(0).to_le_bytes());
        encode_option(self.limit, out, |limit, out| limit.encode(out));
        out.extend(self.blocks_found.to_le_bytes());
        out.extend(self.next_job.to_le_bytes());
        encode_count(self.templates.len(), out);
        for (job, template) in &self.templates {
            out.extend(job.to_le_bytes());
            template.hash().encode(out);
        }
    }
}

impl Node {
    pub(super) fn start_mining(&mut self, blocks: Option<u32>, limit: Option<HashrateLimit>) -> Answer {
        if blocks == Some(0) {
            return Answer::Refused { reason: "ask for at least one block, or leave the number out".into() };
        }
        if let Some(Err(error)) = limit.map(HashrateLimit::check) {
            return Answer::Refused { reason: error.to_string() };
        }
        self.mining.wanted = true;
        self.mining.on = None;
        self.mining.blocks_left = blocks;
        self.mining.limit = limit;
        self.renew_job();
        Answer::Done
    }

    /// One block on another one than the tip, or on the tip, as anybody mines.
    pub(super) fn mine_on(&mut self, parent: BlockHash) -> Answer {
        if self.stored_height(&parent).is_none() {
            return Answer::Refused {
                reason: "this node does not have that block, and knows nothing to mine on it".into(),
            };
        }
        self.mining.wanted = true;
        self.mining.on = (parent != self.chain.tip()).then_some(parent);
        self.mining.blocks_left = Some(1);
        self.renew_job();
        Answer::Done
    }

    pub(super) fn stop_mining(&mut self) {
        self.mining.wanted = false;
        self.mining.on = None;
        self.mining.blocks_left = None;
        self.rest();
    }

    pub(super) fn rest(&mut self) {
        self.mining.hashrate = 0.0;
        if self.mining.is_active() {
            self.mining.templates.clear();
            self.outputs.push_back(Output::Mine(None));
        }
    }

    /// Gives the miners a job on the current tip, or where the person wants the next block, if this node should mine now.
    pub(super) fn renew_job(&mut self) {
        if !self.mining.wanted {
            return;
        }
        let is_behind = self.is_loading() || self.chain.is_outdone() || self.rests_for_better_chain();
        if is_behind || self.sleep.waking().is_some() {
            // Blocks on an old tip would be stale when they are found.
            self.rest();
            self.renew_job_in(TEMPLATE_INTERVAL);
            return;
        }
        if let Some(from) = self.next_block_from() {
            // Whatever they find would be refused, here and everywhere else.
            self.rest();
            self.renew_job_in(from.millis_since(self.now).min(TEMPLATE_INTERVAL));
            self.emit(Event::Changed);
            return;
        }
        let tag = Memo::new(self.config.name.clone()).expect("names are shorter than memos");
        let id = self.mining.next_job;
        self.mining.next_job += 1;
        let now = self.now.seconds();
        let elsewhere =
            self.mining.on.and_then(|parent| bare_template(&self.chain, parent, self.address, tag.clone(), now));
        let mut block = elsewhere.unwrap_or_else(|| block_template(&self.chain, &self.mempool, self.address, tag, now));
        block.header.version = job_version(id);
        let parent = block.header.prev_blockhash;
        self.mining.templates.retain(|(_, template)| template.header.prev_blockhash == parent);
        if self.mining.templates.len() == MAX_TEMPLATES {
            self.mining.templates.pop_front();
        }
        let limit = self.mining.limit;
        let job = Job { id, header: block.header, algorithm: self.chain.params().algorithm, limit };
        self.mining.templates.push_back((id, block));
        self.outputs.push_back(Output::Mine(Some(job)));
        self.renew_job_in(TEMPLATE_INTERVAL);
    }

    /// When the clock accepts the next block that is mined here, if it does not yet. Every block is dated later than the median of those
    /// before it; so where they come faster than the clock goes, their dates run ahead of it, up to what the network allows.
    pub(super) fn next_block_from(&self) -> Option<Time> {
        let on = self.mining.on.and_then(|parent| acceptable_from(&self.chain, parent));
        let from = on.or_else(|| acceptable_from(&self.chain, self.chain.tip()))?;
        let from = Time(u64::from(from) * 1_000);
        (from > self.now).then_some(from)
    }

    /// Whether miners rest because a peer has shown headers that lead far ahead: only while bodies of that chain come, for whoever
    /// keeps them back would keep everybody from mining.
    fn rests_for_better_chain(&mut self) -> bool {
        let Some((_, best)) = self.shown_ahead() else { return false };
        let known = self.mining.better_chain.take_if(|known| known.work >= best.chainwork);
        let known = known.unwrap_or(BetterChain { work: best.chainwork, quiet_since: self.now });
        let rests = self.now.millis_since(known.quiet_since) < RESTING_PATIENCE;
        self.mining.better_chain = Some(known);
        rests
    }

    /// Gives resting miners a job again, if whatever they waited for is over.
    pub(super) fn resume_mining(&mut self) {
        if self.mining.wanted && !self.mining.is_active() {
            self.renew_job();
        }
    }

    fn renew_job_in(&mut self, millis: u64) {
        self.mining.renew_at = self.now.plus_millis(millis);
        self.set_timer(Timer::Template, millis);
    }

    /// The next job should hold transactions that this one lacks. Never postpones a renewal, however many come.
    pub(super) fn renew_job_soon(&mut self) {
        let soon = self.now.plus_millis(TEMPLATE_INTERVAL_NEW_TRANSACTIONS);
        if self.mining.is_active() && soon < self.mining.renew_at {
            self.renew_job_in(TEMPLATE_INTERVAL_NEW_TRANSACTIONS);
        }
    }

    pub(super) fn nonce_found(&mut self, Solution { job, version, nonce }: Solution) {
        let template = self.mining.templates.iter().find(|(id, _)| *id == job);
        let Some((_, template)) = template else {
            // For a tip that is gone: every miner is a moment behind.
            return;
        };
        if !is_rolled(version, template.header.version) {
            self.emit(Event::Notice(format!(
                "a solution of version {version:08x} from this node's miners is of no job"
            )));
            return;
        }
        let header = Header { version, nonce, ..template.header };
        let block = Block { header, transactions: template.transactions.clone() };
        let hash = block.hash();
        match self.chain.accept_hashed_block(block, hash, self.now.seconds()) {
            Ok(Accepted::AlreadyKnown) => {}
            Ok(accepted) => {
                self.mining.blocks_found += 1;
                self.mining.refused = false;
                if let Some(left) = &mut self.mining.blocks_left {
                    *left -= 1;
                    if *left == 0 {
                        self.stop_mining();
                    }
                }
                self.emit(Event::BlockMined(hash));
                self.block_accepted(hash, accepted, true);
            }
            // A miner's fault, or a clock set back since the template was made: a new job mends both.
            Err(error) => {
                if !std::mem::replace(&mut self.mining.refused, true) {
                    self.emit(Event::Notice(format!("a nonce from this node's miners was refused: {error}")));
                }
                self.weigh_chains();
                self.renew_job();
            }
        }
    }

    /// What proves to a host that work on this job is this node's. `None` once the job's tip is gone.
    pub fn job_proof(&self, job: u64) -> Option<JobProof> {
        let (_, template) = self.mining.templates.iter().find(|(id, _)| *id == job)?;
        JobProof::of(template)
    }

    pub(super) fn hashrate_measured(&mut self, hashrate: f64) {
        self.mining.hashrate = if self.mining.is_active() { hashrate } else { 0.0 };
        self.emit(Event::Changed);
    }

    /// `None` while it mines, and while it is not to.
    pub(super) fn mining_wait(&self) -> Option<MiningWait> {
        if !self.mining.wanted || self.mining.is_active() {
            return None;
        }
        Some(match (self.sleep.waking(), self.next_block_from()) {
            (Some(_), _) => MiningWait::Waking,
            (None, Some(_)) => MiningWait::Clock,
            (None, None) => MiningWait::Chain,
        })
    }

    pub(super) fn mining_view(&self) -> MiningView {
        let words = |wait| match wait {
            MiningWait::Waking => {
                let slept = self.sleep.waking().unwrap_or(0);
                format!("it slept for {} and catches up with the network first", in_words(slept))
            }
            MiningWait::Clock => {
                let wait = self.next_block_from().map_or(0, |from| from.millis_since(self.now));
                let wait = in_words(wait.next_multiple_of(1_000));
                format!("the chain's dates are ahead of the clock; mining goes on in {wait}")
            }
            MiningWait::Chain => "it is catching up with the network first".to_owned(),
        };
        MiningView {
            wanted: self.mining.wanted,
            blocks_left: self.mining.blocks_left,
            limit: self.mining.limit,
            hashrate: self.mining.hashrate,
            blocks_found: self.mining.blocks_found,
            waiting_for: self.mining_wait().map(words),
        }
    }
}
