//! Headers first: learn of chains by their headers, and judge their work before asking for bodies. Whether that work is
//! enough for the headers to be kept is decided in `low_work.rs`.

use std::collections::VecDeque;

use super::config::{
    HEADERS_LEAD_TIMEOUT, MAX_HEADERS_IN_CIRCLES, MAX_HELD_HEADERS, MAX_UNCONNECTING_HEADERS, SCORE_INVALID_BLOCK,
    SCORE_UNCONNECTING_HEADERS, UNCONNECTING_INTERVAL,
};
use super::io::{Event, PeerId, Time, Timer};
use super::peers::Peer;
use super::{Node, Output};
use crate::chain::AcceptError;
use crate::chain::block_index::{BlockIndex, Standing, Status};
use crate::consensus::{BlockError, HeaderError};
use crate::primitives::encode::encode_count;
use crate::primitives::{BlockHash, Encode, Header};
use crate::wire::message::{MAX_HEADERS, MAX_LOCATOR};
use crate::wire::{InventoryItem, Message};

/// Headers dated in the future, with when they become acceptable. They are not invalid, only early.
#[derive(Debug, Default)]
pub(super) struct HeldHeaders(VecDeque<(Time, PeerId, Header)>);

impl HeldHeaders {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.0.len(), out);
        for (_, _, header) in &self.0 {
            header.hash().encode(out);
        }
    }
}

/// How one peer's headers come on.
#[derive(Debug, Default)]
pub(super) struct HeaderSync {
    /// It was asked for headers and has not shown that there are no more.
    pub is_under_way: bool,
    /// The header whose followers it was asked for last.
    pub asked_after: Option<BlockHash>,
    /// Full messages in a row that led nowhere.
    in_circles: u32,
    /// When it last showed something new, and has more to show.
    leads_since: Option<Time>,
    /// Since when it has more to show, and is not asked because another peer leads.
    follows_since: Option<Time>,
}

impl HeaderSync {
    pub fn clock_was_set_back(&mut self, now: Time) {
        self.leads_since = self.leads_since.min(Some(now));
        self.follows_since = self.follows_since.min(Some(now));
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        out.push(self.is_under_way.into());
        self.asked_after.unwrap_or_default().encode(out);
        out.extend(self.in_circles.to_le_bytes());
        out.extend(self.leads_since.unwrap_or_default().0.to_le_bytes());
        out.extend(self.follows_since.unwrap_or_default().0.to_le_bytes());
    }
}

impl Node {
    /// Notes how far a message takes its peer's headers; `false` if it goes in circles. Headers cannot really loop, each
    /// being made of the hash of the one before it; but the same ones can be shown again and again. What follows on the
    /// header that was asked about leads upwards, and so does what is new.
    fn leads_on(&mut self, peer: PeerId, headers: &[Header], hashes: &[BlockHash]) -> bool {
        let is_known = hashes.last().is_some_and(|last| self.chain.index().contains(last));
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        let is_full = headers.len() == MAX_HEADERS;
        if known.header_sync.is_none() && !is_full {
            // As almost every announcement.
            return true;
        }
        let is_weighed = known.pre_sync.is_some();
        let sync = known.header_sync.get_or_insert_default();
        let follows =
            sync.asked_after.is_none_or(|last| headers.first().is_some_and(|first| first.prev_blockhash == last));
        // What belongs to a chain that is being weighed is not indexed, and is new only where it was asked for.
        let is_new = !is_known && !is_weighed;
        // A new tip may be announced in between, and says nothing of what lies below.
        sync.is_under_way = is_full || (sync.is_under_way && !follows);
        if is_full && !follows && !is_new {
            sync.in_circles += 1;
        } else {
            sync.in_circles = 0;
        }
        sync.in_circles <= MAX_HEADERS_IN_CIRCLES
    }

    pub(super) fn get_headers_received(&mut self, peer: PeerId, locator: &[BlockHash]) {
        if !self.may_ask(peer) {
            return;
        }
        let headers = self.chain.headers_after(locator, MAX_HEADERS);
        self.peer_learns_headers(peer, &headers);
        self.send(peer, Message::Headers(headers));
    }

    /// `hashes` are theirs.
    pub(super) fn headers_received(&mut self, peer: PeerId, headers: &[Header], hashes: &[BlockHash]) {
        let Some(first) = headers.first() else {
            if let Some(known) = self.peers.get_mut(&peer) {
                known.header_questions = known.header_questions.saturating_sub(1);
                known.header_sync = None;
            }
            self.ask_followers();
            return self.end_pre_sync(peer);
        };
        let before = first.prev_blockhash;
        if self.passes_over_headers(peer, hashes) {
            return;
        }
        if headers.iter().skip(1).zip(hashes).any(|(header, parent)| header.prev_blockhash != *parent) {
            self.penalise(peer, SCORE_INVALID_BLOCK, "its headers are no chain");
            return;
        }
        if !self.leads_on(peer, headers, hashes) {
            self.disconnect(peer, "its headers go in circles".into());
            return;
        }
        let Some(admitted) = self.admit_headers(peer, headers, hashes) else { return };
        let mut more = headers.len() == MAX_HEADERS || admitted < headers.len();
        let last = admitted.checked_sub(1).map_or(before, |last| hashes[last]);
        let best_before = self.chain.index().best_header();
        let (mut last_new, mut count_new) = (before, 0);
        for (header, hash) in headers.iter().zip(hashes).take(admitted) {
            match self.chain.accept_hashed_header(header, *hash, self.now.seconds()) {
                Ok(is_new) => {
                    if is_new {
                        (last_new, count_new) = (*hash, count_new + 1);
                    }
                    self.peer_has_header(peer, *hash);
                }
                // Where they connect is known by now; and if not, that is nobody's misdeed.
                Err(AcceptError::UnknownParent) => return,
                Err(AcceptError::Invalid(BlockError::Header(HeaderError::TimeTooNew { acceptable_from, .. }))) => {
                    self.proved.was_hashed();
                    self.charge_hashing(peer, true);
                    self.hold_header(peer, *header, acceptable_from);
                    // What follows it can only be later still.
                    more = false;
                    break;
                }
                Err(error) => {
                    self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid header: {error}"));
                    return;
                }
            }
        }
        let brings_news = count_new > 0;
        self.headers_became_known(last_new, count_new);
        if let Some(known) = self.peers.get_mut(&peer) {
            known.unconnecting_headers = 0;
        }
        if self.forgets_easy_branches() {
            return self.request_blocks();
        }
        if admitted == 0 && self.chain.index().contains(&before) {
            // There is room for none of them yet, but whoever has them has what they build on: bodies can be asked for.
            self.peer_has_header(peer, before);
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            if more && brings_news {
                known.header_sync.get_or_insert_default().leads_since = Some(self.now);
            } else if let Some(sync) = &mut known.header_sync {
                sync.leads_since = None;
            }
        }
        if more && !brings_news && self.leaders().any(|leader| leader != peer) {
            if let Some(known) = self.peers.get_mut(&peer) {
                let sync = HeaderSync { follows_since: Some(self.now), ..HeaderSync::default() };
                known.header_sync = Some(Box::new(sync));
                self.has_followers = true;
            }
        } else if more {
            self.ask_for_headers_after(peer, last);
        } else {
            self.ask_followers();
        }
        if self.chain.index().best_header() != best_before {
            self.emit(Event::Changed);
        }
        self.request_blocks_from(peer);
    }

    /// A message of one header that is known here says that its sender has it, too, and no more: as almost every announcement but the
    /// first. `false` if there may be more to it.
    pub(super) fn shows_known_header(&mut self, peer: PeerId, hash: BlockHash) -> bool {
        let Some(shown) = self.chain.index().standing(&hash).filter(|shown| shown.status != Status::Invalid) else {
            return false;
        };
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        if known.pre_sync.is_some() || known.header_sync.is_some() {
            return false;
        }
        known.header_questions = known.header_questions.saturating_sub(1);
        known.unconnecting_headers = 0;
        known.has_header(hash, shown, self.chain.index(), self.now);
        self.ask_followers();
        self.request_blocks_from(peer);
        true
    }

    /// Peers that show new headers, message after message. What others show then is known by the time it comes: eight peers
    /// would each send the whole chain.
    fn leaders(&self) -> impl Iterator<Item = PeerId> {
        let leads = |known: &Peer| {
            let since = known.header_sync.as_ref().and_then(|sync| sync.leads_since);
            since.is_some_and(|since| self.now.millis_since(since) < HEADERS_LEAD_TIMEOUT)
        };
        self.peers.iter().filter(move |(_, known)| leads(known)).map(|(peer, _)| *peer)
    }

    /// Asks those that were not asked on what else they have, once nobody leads, or when they have waited long enough: whoever leads
    /// may do so as slowly as it likes. Their answer begins with the best header,
    /// or where their chain leaves ours, so that it shows which bodies they have.
    pub(super) fn ask_followers(&mut self) {
        if !self.has_followers {
            // As after almost every announcement.
            return;
        }
        let follows_since = |known: &Peer| known.header_sync.as_ref().and_then(|sync| sync.follows_since);
        self.has_followers = self.peers.values().any(|known| follows_since(known).is_some());
        // Two are enough to tell whether there is another than any.
        let leaders: Vec<PeerId> = self.leaders().take(2).collect();
        let followers = self.peers.iter().filter(|(peer, known)| {
            let waited = follows_since(known).map(|since| self.now.millis_since(since));
            let another_leads = || leaders.iter().any(|leader| leader != *peer);
            waited.is_some_and(|waited| waited >= HEADERS_LEAD_TIMEOUT || !another_leads())
        });
        let followers: Vec<PeerId> = followers.map(|(peer, _)| *peer).collect();
        if followers.is_empty() {
            return;
        }
        let mut locator = self.chain.header_locator();
        locator.drain(..usize::from(locator.len() > 1));
        for peer in followers {
            if let Some(known) = self.peers.get_mut(&peer) {
                let sync = HeaderSync { is_under_way: true, ..HeaderSync::default() };
                known.header_sync = Some(Box::new(sync));
            }
            self.send(peer, Message::GetHeaders(locator.clone()));
        }
    }

    /// The peer may be ahead by more than it announced: ask for what lies between, but not for ever. Announcements that were on
    /// their way when it was asked, or are until its answer comes, are no fault of its own.
    pub(super) fn unconnecting_headers(&mut self, peer: PeerId) {
        let now = self.now;
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if known.unconnecting_counted.is_none_or(|at| now.millis_since(at) >= UNCONNECTING_INTERVAL) {
            known.unconnecting_counted = Some(now);
            known.unconnecting_headers += 1;
            if known.unconnecting_headers > MAX_UNCONNECTING_HEADERS {
                self.penalise(peer, SCORE_UNCONNECTING_HEADERS, "its headers do not connect to the chain");
            }
        }
        self.ask_for_headers(peer);
    }

    fn hold_header(&mut self, peer: PeerId, header: Header, acceptable_from: u32) {
        let at = Time(u64::from(acceptable_from) * 1000);
        let held = &mut self.held_headers.0;
        if let Some((_, from, _)) = held.iter_mut().find(|(_, _, known)| *known == header) {
            // The last to show it is the likeliest to be there when its time has come.
            *from = peer;
            return;
        }
        held.push_back((at, peer, header));
        if held.len() > MAX_HELD_HEADERS {
            held.pop_front();
        }
        self.emit(Event::Notice(
            "a block is dated ahead of this computer's clock; it is judged again when its time has come".into(),
        ));
        self.wait_for_held_headers();
    }

    pub(super) fn retry_held_headers(&mut self) {
        let now = self.now;
        let (due, early) = std::mem::take(&mut self.held_headers.0).into_iter().partition(|(at, _, _)| *at <= now);
        self.held_headers.0 = early;
        let due: VecDeque<(Time, PeerId, Header)> = due;
        for (_, peer, header) in due {
            if self.is_low_work(&header) || self.chain.accept_header(&header, now.seconds()).is_err() {
                continue;
            }
            if self.is_ready(peer) {
                // More may have followed it meanwhile.
                let hash = header.hash();
                self.peer_has_header(peer, hash);
                self.send(peer, Message::GetHeaders(vec![hash]));
            } else {
                // Whoever showed it is gone. Asked for what follows its parent, those who have it show it again.
                let mut locator = vec![header.prev_blockhash];
                locator.extend(self.chain.locator());
                locator.truncate(MAX_LOCATOR);
                for peer in self.ready_peers() {
                    self.send(peer, Message::GetHeaders(locator.clone()));
                }
            }
        }
        self.request_blocks();
        self.wait_for_held_headers();
    }

    fn wait_for_held_headers(&mut self) {
        if let Some(at) = self.held_headers.0.iter().map(|(at, _, _)| *at).min() {
            self.outputs.push_back(Output::SetTimer { timer: Timer::HeldBlock, at });
        }
    }

    fn peer_has_header(&mut self, peer: PeerId, hash: BlockHash) {
        let index = self.chain.index();
        if let (Some(shown), Some(known)) = (index.standing(&hash), self.peers.get_mut(&peer)) {
            known.has_header(hash, shown, index, self.now);
        }
    }

    fn peer_learns_headers(&mut self, peer: PeerId, headers: &[Header]) {
        if let Some(known) = self.peers.get_mut(&peer) {
            for header in headers {
                known.learns(InventoryItem::Block(header.hash()));
            }
        }
    }
}

impl Peer {
    /// It has shown a header, which stands there.
    fn has_header(&mut self, hash: BlockHash, shown: Standing, index: &BlockIndex, now: Time) {
        self.learns(InventoryItem::Block(hash));
        // A peer announces its best chain, which may be a shorter one with more work. Of equals everybody keeps the first; for one that
        // shows two of them in turn a long download would be planned anew each time.
        let is_better = |tip: Standing| tip.status == Status::Invalid || shown.chainwork > tip.chainwork;
        if self.tip == hash || index.standing(&self.tip).is_none_or(is_better) {
            self.height = shown.height;
            self.tip = hash;
            self.tip_shown = now;
        }
    }
}
