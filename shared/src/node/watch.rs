//! What a node can notice of being kept in the dark. It believes no one's word for a chain; but a relay or all of its peers may
//! keep silent, or withhold what they announce, and that shows:
//!
//! - *Stale tip*: nobody has shown a new block for much longer than chance allows. The wait for a block is exponential, so
//!   it exceeds [`STALE_TIP_SPACINGS`] times the usual one with a probability of e⁻¹² = 6 in a million. Where blocks come every ten
//!   seconds that is a false alarm in three weeks; or nobody mines.
//! - *Withheld chain*: headers with more work than the tip's are here, and for a minute nobody has delivered a body.
//! - *Second source*: someone outside of the network of peers (a person, another relay's page) names a block
//!   ([`Command::CompareTip`](super::Command::CompareTip)), and none of the peers has shown it half a minute after they were asked.
//!
//! None of these moves the tip: they are told to the person. The first is shown as a fact, the others as alarms.

use super::Node;
use super::config::{STALE_TIP_SPACINGS, WITHHELD_PATIENCE, WITNESS_PATIENCE};
use super::io::{Answer, Event, Time};
use super::snapshot::{Alarm, StaleTip};
use crate::chain::block_index::Status;
use crate::primitives::{BlockHash, Encode};
use crate::wire::Message;

#[derive(Debug, Default)]
pub(super) struct Watch {
    /// Since when there has been a peer that shook hands.
    connected_since: Option<Time>,
    /// Since when headers with more work have been without bodies, or a body came last.
    outweighed_since: Option<Time>,
    witness: Option<Witness>,
    /// What the page was told last.
    told: (bool, Option<Alarm>),
}

/// A block that somebody outside has named.
#[derive(Debug)]
struct Witness {
    hash: BlockHash,
    height: u32,
    since: Time,
}

impl Watch {
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        for since in [self.connected_since, self.outweighed_since] {
            out.extend(since.unwrap_or_default().0.to_le_bytes());
        }
        out.push(self.witness.is_some().into());
        if let Some(witness) = &self.witness {
            witness.hash.encode(out);
            out.extend(witness.height.to_le_bytes());
            out.extend(witness.since.0.to_le_bytes());
        }
    }

    pub fn clock_was_set_back(&mut self, now: Time) {
        self.connected_since = self.connected_since.min(Some(now));
        self.outweighed_since = self.outweighed_since.min(Some(now));
        if let Some(witness) = &mut self.witness {
            witness.since = witness.since.min(now);
        }
    }

    /// A body has come from a peer.
    pub fn delivered(&mut self, now: Time) {
        if let Some(since) = &mut self.outweighed_since {
            *since = now;
        }
    }
}

impl Node {
    /// Looks at what has changed, and lets the page know. Part of each look for overdue things.
    pub(super) fn keep_watch(&mut self) {
        let is_connected = self.peers.values().any(|peer| peer.ready);
        let connected = self.watch.connected_since.or(Some(self.now)).filter(|_| is_connected);
        let outweighed = self.watch.outweighed_since.or(Some(self.now)).filter(|_| self.is_outweighed());
        (self.watch.connected_since, self.watch.outweighed_since) = (connected, outweighed);
        let told = (self.stale_tip().is_some(), self.alarm());
        if told == self.watch.told {
            return;
        }
        if let Some(alarm) = told.1.filter(|alarm| self.watch.told.1 != Some(*alarm)) {
            self.emit(Event::Notice(alarm.to_string()));
        }
        self.watch.told = told;
        self.emit(Event::Changed);
    }

    /// Whether headers with more work than the tip's lack bodies.
    fn is_outweighed(&self) -> bool {
        let best = self.chain.index().get(&self.chain.index().best_header());
        best.is_some_and(|best| best.status == Status::HeaderOnly && best.chainwork > self.chain.chainwork())
    }

    /// How long no block has come, if that is too long and not explained by catching up.
    pub(super) fn stale_tip(&self) -> Option<StaleTip> {
        let connected = self.watch.connected_since?;
        if self.catching_up().is_some() {
            return None;
        }
        let tip = self.chain.tip();
        let dated = Time(u64::from(self.chain.tip_entry().header.time) * 1_000);
        let came = self.received_at(&tip).unwrap_or(dated);
        let quiet = self.now.millis_since(came.max(connected)) / 1_000;
        let expected_within = STALE_TIP_SPACINGS * u64::from(self.chain.params().spacing);
        (quiet >= expected_within).then_some(StaleTip { quiet, expected_within })
    }

    /// What a person has to know and mend.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        if self.chain.is_stuck() {
            return Some(Alarm::Stuck);
        }
        let is_over = |since: Time, patience: u64| self.now.millis_since(since) >= patience;
        if let Some(witness) = self.watch.witness.as_ref().filter(|witness| is_over(witness.since, WITNESS_PATIENCE))
            && !self.chain.index().contains(&witness.hash)
        {
            return Some(Alarm::Unshown { hash: witness.hash, height: witness.height });
        }
        if self.watch.outweighed_since.is_some_and(|since| is_over(since, WITHHELD_PATIENCE)) && self.is_outweighed() {
            return Some(Alarm::Withheld);
        }
        None
    }

    /// Somebody outside follows this block. What is unknown is looked for at once.
    pub(super) fn compare_tip(&mut self, hash: BlockHash, height: u32) -> Answer {
        self.watch.witness = Some(Witness { hash, height, since: self.now });
        if !self.chain.index().contains(&hash) {
            let locator = self.chain.locator();
            for peer in self.ready_peers() {
                self.send(peer, Message::GetHeaders(locator.clone()));
            }
        }
        self.keep_watch();
        Answer::Done
    }
}
