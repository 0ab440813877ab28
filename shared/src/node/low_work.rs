//! Which headers are worth keeping: only those of a chain whose work could matter, and only so far ahead of its blocks.
//!
//! A header takes memory, and at the network's easiest target it costs almost nothing; so a chain must show its
//! work before it may fill memory. A chain counts that has more work than our own had [`LOW_WORK_DEPTH`] blocks ago. What one
//! `headers` message shows is weighed at once. A full message that falls short may be the beginning of a longer chain: then
//! its peer is heard out in a *pre-sync* that keeps one byte a header. The chain is followed to where its work is enough,
//! then fetched a second time and stored, each header held against its byte, so that nobody can show one chain and have
//! another one stored. The bytes depend on a salt that the peer cannot know: a forged header passes one time in 256, and the
//! first that fails costs the link.
//!
//! Every peer may have a pre-sync; nobody's place can be taken, for there are no places. What must be bounded is memory: all
//! pre-syncs together have a budget of bytes, and when it is used up the longest gives way. So of n peers each can show an
//! n-th of the budget whatever the others send and however often they begin again, and it costs no honest peer score to be
//! heard out at every block of its long minority chain.
//!
//! The design is Bitcoin Core's (`HeadersSyncState` in `src/headerssync.h`, pull request 25717). Core keeps a bit for every
//! 600 headers or so and a buffer of 15 000 headers that wait for their bits; chains here are short enough for a byte each,
//! which needs no buffer.
//!
//! A newcomer has no work to compare with, and Core's built-in minimum cannot exist where anyone founds a network. Until its
//! chain has more than [`LOW_WORK_DEPTH`] blocks it keeps what proves any work, at most `Config::max_headers_ahead` above its
//! tip on each branch; so every branch costs its author the proofs of work of all its headers, and then has to be delivered.
//!
//! Nor is a branch dear that leaves a long chain near its tip, when dates of the future or a pause have made blocks easy. So many
//! branches fill no memory either: at [`MAX_BARE_CHAINS`] times that number of headers without bodies, beside those of the best
//! chain and of one that is being fetched after its pre-sync, a node forgets all of them and asks its peers anew. Whatever has a
//! body stays, so that a newcomer, too, comes on block by block, and has a chain soon that others are compared with.

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::Node;
use super::config::{LOW_WORK_DEPTH, MAX_BARE_CHAINS, MAX_FULL_PRE_SYNCS, PRE_SYNC_TIMEOUT, SCORE_INVALID_BLOCK};
use super::hashing::ProvedHeaders;
use super::io::{Event, PeerId, Time};
use super::peers::Peer;
use crate::chain::block_index::{Entry, Status};
use crate::consensus::header_rules::{HeaderContext, MEDIAN_TIME_SPAN, check_header_in_context};
use crate::consensus::{HeaderError, Params};
use crate::primitives::hash::sha256d;
use crate::primitives::{BlockHash, Header, Work};
use crate::wire::Message;
use crate::wire::message::MAX_HEADERS;

/// One peer's long chain of which it is not known yet whether its work is enough.
#[derive(Debug)]
pub(super) struct PreSync {
    /// The last header that the chain shares with our index.
    joint: BlockHash,
    /// The index takes the chain up if it has more work than this. Fixed at the start, or it might recede for ever.
    required: Work,
    salt: u64,
    /// A byte for each header above the joint, up to the one with enough work.
    commitments: Vec<u8>,
    /// The next message begins above this.
    last: BlockHash,
    phase: Phase,
    /// When the peer last brought it forward; to begin anew is no way forward.
    since: Time,
    /// The next message was not asked for yet.
    has_to_be_asked: bool,
}

#[derive(Debug)]
enum Phase {
    /// Chainwork at the last header, and that header with those below it, newest first: what the next is judged by.
    Weigh { chainwork: Work, recent: VecDeque<Header> },
    /// So many headers came again and were what they had been.
    Fetch { matched: usize },
}

impl PreSync {
    /// A salted hash of a header's hash, cut to a byte.
    fn commitment(&self, hash: &BlockHash) -> u8 {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&self.salt.to_le_bytes());
        bytes[8..].copy_from_slice(&hash.0);
        sha256d(&bytes)[0]
    }

    pub fn clock_was_set_back(&mut self, now: Time) {
        self.since = self.since.min(now);
    }

    /// How far it has come, counted from the joint, and whether the chain is being fetched by now.
    fn progress(&self) -> (usize, bool) {
        match self.phase {
            Phase::Weigh { .. } => (self.commitments.len(), false),
            Phase::Fetch { matched } => (matched, true),
        }
    }

    /// First time: judges each header by every rule, adds its work and keeps its byte, and stops where the work is enough.
    fn weigh(
        &mut self,
        params: &Params,
        proved: &mut ProvedHeaders,
        headers: &[Header],
        hashes: &[BlockHash],
        now: u32,
    ) -> Result<(), HeaderError> {
        self.commitments.reserve_exact(headers.len());
        for (header, hash) in headers.iter().zip(hashes) {
            let Phase::Weigh { chainwork, recent } = &mut self.phase else { return Ok(()) };
            let target = proved.check(params, header, hash)?;
            let context = HeaderContext::new(recent.iter().copied()).expect("the joint is always there");
            check_header_in_context(params, header, &context, now)?;
            recent.push_front(*header);
            recent.truncate(MEDIAN_TIME_SPAN);
            *chainwork = *chainwork + target.work();
            let is_enough = *chainwork > self.required;
            self.commitments.push(self.commitment(hash));
            self.last = *hash;
            if is_enough {
                self.phase = Phase::Fetch { matched: 0 };
                self.last = self.joint;
            }
        }
        Ok(())
    }

    /// Second time: whether these are the headers that were weighed. Above the one with enough work anything may follow.
    fn matches(&self, matched: usize, hashes: &[BlockHash]) -> bool {
        hashes.iter().zip(&self.commitments[matched..]).all(|(hash, byte)| self.commitment(hash) == *byte)
    }
}

impl Node {
    /// How many of these headers, each the parent of the next, go to the index; the others are too far ahead of the bodies.
    /// `None` for headers that are dealt with: too little work, weighed in a pre-sync, or connected to nothing.
    pub(super) fn admit_headers(&mut self, peer: PeerId, headers: &[Header], hashes: &[BlockHash]) -> Option<usize> {
        let below = headers.first()?.prev_blockhash;
        let pre_sync = self.peers.get_mut(&peer)?.pre_sync.take_if(|pre_sync| pre_sync.last == below);
        if let Some(pre_sync) = pre_sync {
            return self.continue_pre_sync(peer, pre_sync, headers, hashes);
        }
        let index = self.chain.index();
        let known = hashes.iter().take_while(|hash| index.contains(hash)).count();
        let new = &headers[known..];
        if new.is_empty() && index.contains(&below) {
            // As of almost every announcement but the first. Invalid branches are for the index to refuse.
            return Some(headers.len());
        }
        let joint = new.first().map_or(below, |header| header.prev_blockhash);
        let Some(entry) = index.get(&joint) else {
            // An announcement from the far end of a chain that is being weighed or waited for: its turn will come.
            let known = &self.peers[&peer];
            if known.pre_sync.is_none() && known.paused_headers.is_none() {
                self.unconnecting_headers(peer);
            }
            return None;
        };
        if entry.status == Status::Invalid {
            return Some(headers.len());
        }
        let required = self.required_work(&entry);
        if entry.chainwork > required {
            let room = self.highest_header().saturating_sub(entry.height) as usize;
            return Some(known + new.len().min(room));
        }
        // Only proved work counts: a claim in the last header must not carry the others in.
        let (params, proved) = (self.chain.params(), &mut self.proved);
        let pairs = new.iter().zip(&hashes[known..]);
        match pairs.map(|(header, hash)| proved.check(params, header, hash)).collect::<Result<Vec<_>, _>>() {
            Err(error) => self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid header: {error}")),
            Ok(targets) => {
                let chainwork = targets.into_iter().fold(entry.chainwork, |sum, target| sum + target.work());
                self.charge_hashing(peer, chainwork <= required);
                if chainwork > required {
                    return Some(headers.len());
                }
                // They connect, so the peer is no stranger to our chain; it may just be behind.
                self.peers.get_mut(&peer)?.unconnecting_headers = 0;
                if headers.len() == MAX_HEADERS {
                    let recent = self
                        .chain
                        .index()
                        .ancestors(joint)
                        .take(MEDIAN_TIME_SPAN)
                        .map(|(_, entry)| entry.header)
                        .collect();
                    let phase = Phase::Weigh { chainwork: entry.chainwork, recent };
                    self.begin_pre_sync(peer, joint, required, phase, new, &hashes[known..]);
                }
            }
        }
        None
    }

    /// Whether the index may hold a block that came unasked. What has no proof of work, or no known parent, is judged later.
    pub(super) fn is_low_work(&mut self, header: &Header) -> bool {
        let (index, hash) = (self.chain.index(), header.hash());
        let (None, Some(parent)) = (index.get(&hash), index.get(&header.prev_blockhash)) else { return false };
        let required = self.required_work(&parent);
        let target = self.proved.check(self.chain.params(), header, &hash);
        target.is_ok_and(|target| parent.chainwork + target.work() <= required)
    }

    /// A branch goes on above `joint` if it has more work than this. As far ahead as headers may be only the best chain
    /// goes on, by way of its bodies; any other branch must first be proved to be better.
    fn required_work(&self, joint: &Entry) -> Work {
        if joint.height >= self.highest_header() {
            return self.chain.chainwork();
        }
        let height = self.chain.height().saturating_sub(LOW_WORK_DEPTH);
        self.chain.chainwork_at(height).expect("the active chain has no holes")
    }

    /// Whether there were too many headers without bodies, so that all of them had to be forgotten.
    pub(super) fn forgets_easy_branches(&mut self) -> bool {
        let most = MAX_BARE_CHAINS.saturating_mul(self.config.max_headers_ahead as usize);
        let index = self.chain.index();
        if index.bare() <= most {
            return false;
        }
        // The best chain of all comes to the end of its headers, however far they lead.
        let of_the_best = index.get(&index.best_header()).map_or(0, |best| best.height as usize);
        let pre_syncs = self.peers.values().filter_map(|known| known.pre_sync.as_ref());
        let fetched =
            pre_syncs.filter(|pre_sync| pre_sync.progress().1).map(|pre_sync| pre_sync.commitments.len()).max();
        if index.bare() <= most.saturating_add(of_the_best).saturating_add(fetched.unwrap_or(0)) {
            return false;
        }
        self.chain.forget_bare_headers();
        self.orders.forget_all();
        for known in self.peers.values_mut() {
            (known.pre_sync, known.paused_headers) = (None, None);
            known.header_sync = None;
        }
        self.emit(Event::Notice("peers show more chains than can be right; they are asked anew".into()));
        let locator = self.chain.header_locator();
        for peer in self.ready_peers() {
            self.send(peer, Message::GetHeaders(locator.clone()));
        }
        true
    }

    /// Height up to which headers are kept on their own.
    fn highest_header(&self) -> u32 {
        self.chain.height().saturating_add(self.config.max_headers_ahead)
    }

    /// The height up to which a peer's long chain has been weighed, if that is not done.
    pub(super) fn weighed_height(&self, peer: &Peer) -> Option<u32> {
        let pre_sync = peer.pre_sync.as_ref()?;
        let joint = self.chain.index().get(&pre_sync.joint)?.height;
        let (headers, is_fetching) = pre_sync.progress();
        (!is_fetching).then(|| joint.saturating_add(u32::try_from(headers).unwrap_or(u32::MAX)))
    }

    fn begin_pre_sync(
        &mut self,
        peer: PeerId,
        joint: BlockHash,
        required: Work,
        phase: Phase,
        headers: &[Header],
        hashes: &[BlockHash],
    ) {
        let under_way = self.peers.get(&peer).and_then(|known| known.pre_sync.as_ref());
        let since = under_way.map_or(self.now, |pre_sync| pre_sync.since);
        let salt = self.draw();
        let pre_sync = Box::new(PreSync {
            joint,
            required,
            salt,
            commitments: Vec::new(),
            last: joint,
            phase,
            since,
            has_to_be_asked: false,
        });
        self.weigh(peer, pre_sync, headers, hashes, true);
    }

    fn continue_pre_sync(
        &mut self,
        peer: PeerId,
        mut pre_sync: Box<PreSync>,
        headers: &[Header],
        hashes: &[BlockHash],
    ) -> Option<usize> {
        let is_full = headers.len() == MAX_HEADERS;
        pre_sync.since = self.now;
        let Phase::Fetch { matched } = pre_sync.phase else {
            self.weigh(peer, pre_sync, headers, hashes, is_full);
            return None;
        };
        // The work that was asked for lies far below an honest peer's tip, so a reorg of its own does not look like this.
        if !pre_sync.matches(matched, hashes) {
            self.penalise(peer, SCORE_INVALID_BLOCK, "it showed two different chains");
            return None;
        }
        let matched = matched + hashes.len();
        if matched < pre_sync.commitments.len() && is_full {
            pre_sync.phase = Phase::Fetch { matched };
            pre_sync.last = *hashes.last()?;
            self.peers.get_mut(&peer)?.pre_sync = Some(pre_sync);
        }
        Some(headers.len())
    }

    /// Takes a pre-sync one message further and asks for the next one. It ends without ado when the peer has no more, when
    /// the chain is too long, or when a date is yet to come; only a broken rule is held against the peer.
    fn weigh(
        &mut self,
        peer: PeerId,
        mut pre_sync: Box<PreSync>,
        headers: &[Header],
        hashes: &[BlockHash],
        is_full: bool,
    ) {
        let weighed = pre_sync.weigh(self.chain.params(), &mut self.proved, headers, hashes, self.now.seconds());
        self.charge_hashing(peer, true);
        match weighed {
            Ok(()) => {}
            Err(HeaderError::TimeTooNew { .. }) => return self.end_pre_sync(peer),
            Err(error) => {
                return self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid header: {error}"));
            }
        }
        let is_fetching = matches!(pre_sync.phase, Phase::Fetch { .. });
        let may_go_on = is_full && pre_sync.commitments.len() + MAX_HEADERS <= self.config.max_pre_sync_headers;
        if !is_fetching && !may_go_on {
            return self.end_pre_sync(peer);
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            pre_sync.has_to_be_asked = true;
            known.header_sync.get_or_insert_default().asked_after = Some(pre_sync.last);
            known.pre_sync = Some(pre_sync);
        }
        self.end_longest_beyond_budget();
        self.ask_on_in_pre_sync(peer);
    }

    /// Asks for the next message of a pre-sync, unless what may be hashed for the peer is used up: then at a later look.
    fn ask_on_in_pre_sync(&mut self, peer: PeerId) {
        let has_to_wait = self.is_out_of_hashing(peer);
        let pre_sync = self.peers.get_mut(&peer).and_then(|known| known.pre_sync.as_mut());
        let Some(pre_sync) = pre_sync.filter(|pre_sync| pre_sync.has_to_be_asked && !has_to_wait) else { return };
        pre_sync.has_to_be_asked = false;
        // With the joint, a peer that left this chain meanwhile shows the one it has instead.
        let locator = vec![pre_sync.last, pre_sync.joint];
        self.send(peer, Message::GetHeaders(locator));
    }

    /// If a pre-sync has just grown beyond what all together may keep, the longest ends; of equals, the one that stands still.
    /// It is at least as long as what was added, so one is enough. Work would be a worse judge than length: anyone can show
    /// the beginning of an honest chain.
    fn end_longest_beyond_budget(&mut self) {
        let budget = self.config.max_pre_sync_headers.saturating_mul(MAX_FULL_PRE_SYNCS);
        let pre_syncs = self.peers.iter().filter_map(|(peer, known)| Some((*peer, known.pre_sync.as_ref()?)));
        if pre_syncs.clone().map(|(_, pre_sync)| pre_sync.commitments.len()).sum::<usize>() <= budget {
            return;
        }
        let longest = pre_syncs.max_by_key(|(_, pre_sync)| (pre_sync.commitments.len(), Reverse(pre_sync.since)));
        if let Some((peer, _)) = longest {
            self.end_pre_sync(peer);
        }
    }

    pub(super) fn end_pre_sync(&mut self, peer: PeerId) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.pre_sync = None;
        }
    }

    /// Asks a peer for what follows a header, or notes to do so once the bodies have caught up.
    pub(super) fn ask_for_headers_after(&mut self, peer: PeerId, last: BlockHash) {
        if self.must_wait_for_bodies(&last, 0) {
            if let Some(known) = self.peers.get_mut(&peer) {
                known.paused_headers = Some(last);
                known.header_sync = None;
            }
            return;
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            let sync = known.header_sync.get_or_insert_default();
            (sync.asked_after, sync.is_under_way) = (Some(last), true);
        }
        // The peer's own last header leads on even when another chain of ours is longer.
        let mut locator = vec![last];
        locator.extend(self.chain.locator());
        locator.truncate(crate::wire::message::MAX_LOCATOR);
        self.send(peer, Message::GetHeaders(locator));
    }

    /// Whether fewer than `room` further headers may be kept above one whose bodies are wanted.
    fn must_wait_for_bodies(&self, last: &BlockHash, room: u32) -> bool {
        self.better_chain(*last).is_some_and(|entry| entry.height.saturating_add(room) >= self.highest_header())
    }

    /// Ends pre-syncs that their peers do not bring forward, and asks on where bodies have caught up by half the allowance.
    pub(super) fn check_header_syncs(&mut self) {
        let now = self.now;
        for known in self.peers.values_mut() {
            known.pre_sync.take_if(|pre_sync| now.millis_since(pre_sync.since) >= PRE_SYNC_TIMEOUT);
        }
        let weighed = self.peers.iter().filter(|(_, known)| known.ready && known.pre_sync.is_some());
        for peer in weighed.map(|(peer, _)| *peer).collect::<Vec<_>>() {
            self.ask_on_in_pre_sync(peer);
        }
        self.ask_followers();
        let paused = self.peers.iter().filter_map(|(peer, known)| Some((*peer, known.paused_headers?)));
        let room = self.config.max_headers_ahead / 2;
        let due: Vec<_> = paused.filter(|(_, last)| !self.must_wait_for_bodies(last, room)).collect();
        for (peer, last) in due {
            if let Some(known) = self.peers.get_mut(&peer) {
                known.paused_headers = None;
            }
            self.ask_for_headers_after(peer, last);
        }
    }
}
