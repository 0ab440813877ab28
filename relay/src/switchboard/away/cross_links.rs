//! Links between a node here and one on another relay: offers that wait for an answer, and the count of what goes over each,
//! so that no node sees a frame twice, too late, or one after another that was lost. Plain data; time comes from the caller.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::message::MAX_FRAME_BYTES;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkId};

use crate::bus::message::{Epoch, Part};

/// An offer that is not answered is made again after this, so often.
const OFFER_AGAIN: Duration = Duration::from_secs(1);
const MAX_OFFERS: u32 = 3;
/// Of frames that have come in part, of all links together; beyond, the link ends on which more comes.
const MAX_PARTIAL_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, Default)]
pub struct CrossLinks {
    links: HashMap<LinkId, CrossLink>,
    /// Those that others have offered, by their number there.
    taken: HashMap<(Epoch, LinkId), LinkId>,
    partial_bytes: usize,
}

#[derive(Debug)]
pub struct CrossLink {
    pub relay: Epoch,
    pub here: NodeId,
    pub there: NodeId,
    pub stage: Stage,
    /// Parts that went out.
    sent: u64,
    /// The number of the part that comes next.
    expected: u64,
    partial: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The node here has not been told of it yet.
    Offered { at: Instant, times: u32 },
    /// `theirs` is its number at the other relay.
    Standing { theirs: LinkId, offered_here: bool },
}

/// What a part that came means.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A whole frame or signal, with what stands before it on a WebSocket.
    Whole(Bytes),
    /// More is to come; or it was here before.
    Nothing,
    /// Something before it was lost, or it is too much.
    Broken,
    Unknown,
}

impl CrossLinks {
    pub fn offer(&mut self, link: LinkId, relay: Epoch, here: NodeId, there: NodeId, now: Instant) {
        let stage = Stage::Offered { at: now, times: 1 };
        self.links.insert(link, CrossLink::new(relay, here, there, stage));
    }

    /// A link that another relay has offered under its own number.
    pub fn take(&mut self, link: LinkId, relay: Epoch, theirs: LinkId, here: NodeId, there: NodeId) {
        let stage = Stage::Standing { theirs, offered_here: false };
        self.links.insert(link, CrossLink::new(relay, here, there, stage));
        self.taken.insert((relay, theirs), link);
    }

    /// The other relay has taken what was offered.
    pub fn accepted(&mut self, link: LinkId, relay: Epoch, theirs: LinkId) -> Accepted {
        match self.links.get_mut(&link).filter(|cross| cross.relay == relay) {
            Some(cross) => match cross.stage {
                Stage::Offered { .. } => {
                    cross.stage = Stage::Standing { theirs, offered_here: true };
                    Accepted::Stands { here: cross.here, there: cross.there }
                }
                Stage::Standing { theirs: known, .. } if known == theirs => Accepted::Known,
                Stage::Standing { .. } => Accepted::Unknown,
            },
            None => Accepted::Unknown,
        }
    }

    pub fn get(&self, link: LinkId) -> Option<&CrossLink> {
        self.links.get(&link)
    }

    pub fn is_offered(&self, link: LinkId) -> bool {
        self.links.get(&link).is_some_and(|cross| matches!(cross.stage, Stage::Offered { .. }))
    }

    /// The number here of a link that this relay offered under its number.
    pub fn taken(&self, relay: Epoch, theirs: LinkId) -> Option<LinkId> {
        self.taken.get(&(relay, theirs)).copied()
    }

    pub fn remove(&mut self, link: LinkId) -> Option<CrossLink> {
        let cross = self.links.remove(&link)?;
        self.partial_bytes -= cross.partial.len();
        if let Stage::Standing { theirs, offered_here: false } = cross.stage {
            self.taken.remove(&(cross.relay, theirs));
        }
        Some(cross)
    }

    /// Offers to make again, and those that are given up.
    pub fn take_due(&mut self, now: Instant) -> (Vec<LinkId>, Vec<LinkId>) {
        let (mut again, mut given_up) = (Vec::new(), Vec::new());
        for (link, cross) in &mut self.links {
            if let Stage::Offered { at, times } = &mut cross.stage
                && now.duration_since(*at) >= OFFER_AGAIN
            {
                if *times < MAX_OFFERS {
                    (*at, *times) = (now, *times + 1);
                    again.push(*link);
                } else {
                    given_up.push(*link);
                }
            }
        }
        (again, given_up)
    }

    /// Counts parts that go out. Where to, under which number, and the first part's own; none before the link stands.
    pub fn send(&mut self, link: LinkId, parts: usize) -> Option<(Epoch, LinkId, u64)> {
        let cross = self.links.get_mut(&link)?;
        let Stage::Standing { theirs, .. } = cross.stage else { return None };
        let first = cross.sent;
        cross.sent += parts as u64;
        Some((cross.relay, theirs, first))
    }

    pub fn receive(&mut self, from: Epoch, part: &Part) -> Received {
        let standing = |cross: &&mut CrossLink| cross.relay == from && matches!(cross.stage, Stage::Standing { .. });
        let Some(cross) = self.links.get_mut(&part.link).filter(standing) else { return Received::Unknown };
        if part.number < cross.expected {
            return Received::Nothing;
        }
        if part.number > cross.expected {
            return Received::Broken;
        }
        cross.expected += 1;
        if cross.partial.is_empty() && !part.more {
            return Received::Whole(part.envelope.clone());
        }
        // What goes before the frame is taken from its first part.
        let content = if cross.partial.is_empty() { &part.envelope[..] } else { &part.envelope[CARRIED_HEAD_BYTES..] };
        let (link_bytes, all_bytes) = (cross.partial.len() + content.len(), self.partial_bytes + content.len());
        if link_bytes > CARRIED_HEAD_BYTES + MAX_FRAME_BYTES || all_bytes > MAX_PARTIAL_BYTES {
            return Received::Broken;
        }
        cross.partial.extend_from_slice(content);
        self.partial_bytes = all_bytes;
        if part.more {
            return Received::Nothing;
        }
        self.partial_bytes -= cross.partial.len();
        Received::Whole(std::mem::take(&mut cross.partial).into())
    }

    /// The link that has this number at that relay.
    pub fn numbered_there(&self, relay: Epoch, number: LinkId) -> Option<LinkId> {
        let is_it = |cross: &CrossLink| {
            cross.relay == relay && matches!(cross.stage, Stage::Standing { theirs, .. } if theirs == number)
        };
        self.links.iter().find(|(_, cross)| is_it(cross)).map(|(link, _)| *link)
    }

    pub fn count(&self) -> usize {
        self.links.len()
    }
}

/// What an acceptance means here.
#[derive(Debug, PartialEq, Eq)]
pub enum Accepted {
    Stands {
        here: NodeId,
        there: NodeId,
    },
    /// It came twice.
    Known,
    /// The link has ended here.
    Unknown,
}

impl CrossLink {
    fn new(relay: Epoch, here: NodeId, there: NodeId, stage: Stage) -> Self {
        Self { relay, here, there, stage, sent: 0, expected: 0, partial: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::message::MAX_PART_BYTES;

    const RELAY: Epoch = Epoch(1);
    const HERE: NodeId = NodeId([1; 8]);
    const THERE: NodeId = NodeId([2; 8]);
    const LINK: LinkId = LinkId(7);

    fn standing() -> CrossLinks {
        let mut links = CrossLinks::default();
        links.take(LINK, RELAY, LinkId(9), HERE, THERE);
        links
    }

    fn part(number: u64, more: bool, frame: &[u8]) -> Part {
        Part { number, more, link: LINK, envelope: [&[0, 7, 0, 0, 0], frame].concat().into() }
    }

    #[test]
    fn an_offer_is_made_three_times_and_then_given_up() {
        let (mut links, start) = (CrossLinks::default(), Instant::now());
        links.offer(LINK, RELAY, HERE, THERE, start);
        assert!(links.is_offered(LINK) && links.send(LINK, 1).is_none(), "nobody knows of it yet");
        assert_eq!(links.take_due(start), (vec![], vec![]));
        for times in 1..MAX_OFFERS {
            assert_eq!(links.take_due(start + times * OFFER_AGAIN), (vec![LINK], vec![]));
        }
        assert_eq!(links.take_due(start + MAX_OFFERS * OFFER_AGAIN), (vec![], vec![LINK]));
    }

    #[test]
    fn an_acceptance_counts_once_and_of_the_relay_that_was_asked() {
        let mut links = CrossLinks::default();
        links.offer(LINK, RELAY, HERE, THERE, Instant::now());
        assert_eq!(links.accepted(LINK, Epoch(2), LinkId(9)), Accepted::Unknown);
        assert_eq!(links.accepted(LINK, RELAY, LinkId(9)), Accepted::Stands { here: HERE, there: THERE });
        assert_eq!(links.accepted(LINK, RELAY, LinkId(9)), Accepted::Known);
        assert_eq!(links.accepted(LINK, RELAY, LinkId(8)), Accepted::Unknown, "an acceptance of an earlier life");
        assert_eq!(links.send(LINK, 3), Some((RELAY, LinkId(9), 0)));
        assert_eq!(links.send(LINK, 1), Some((RELAY, LinkId(9), 3)));
        assert_eq!(links.numbered_there(RELAY, LinkId(9)), Some(LINK));
        assert!(links.remove(LINK).is_some() && links.accepted(LINK, RELAY, LinkId(9)) == Accepted::Unknown);
    }

    /// CASES 88: no frame twice, none in part, and none after one that was lost.
    #[test]
    fn frames_come_once_whole_and_without_a_gap() {
        let mut links = standing();
        let whole = |frame: &[u8]| Received::Whole([&[0, 7, 0, 0, 0], frame].concat().into());
        assert_eq!(links.receive(RELAY, &part(0, false, b"a")), whole(b"a"));
        assert_eq!(links.receive(RELAY, &part(0, false, b"a")), Received::Nothing, "it came twice");
        assert_eq!(links.receive(RELAY, &part(1, true, b"b")), Received::Nothing);
        assert_eq!(links.receive(RELAY, &part(1, true, b"b")), Received::Nothing);
        assert_eq!(links.receive(RELAY, &part(2, true, b"c")), Received::Nothing);
        assert_eq!(links.receive(RELAY, &part(3, false, b"d")), whole(b"bcd"));
        assert_eq!(links.partial_bytes, 0);
        assert_eq!(links.receive(RELAY, &part(5, false, b"f")), Received::Broken);
        assert_eq!(links.receive(Epoch(2), &part(4, false, b"e")), Received::Unknown, "another relay's");
        links.remove(LINK);
        assert_eq!(links.receive(RELAY, &part(4, false, b"e")), Received::Unknown);
        assert_eq!(links.taken(RELAY, LinkId(9)), None);
    }

    /// CASES 9, for the bus: what comes in parts has the limits of what comes whole, and of all links together.
    #[test]
    fn parts_without_an_end_end_the_link() {
        let mut links = standing();
        let endless = vec![0; MAX_PART_BYTES];
        let broken = (0..1_000).find(|number| links.receive(RELAY, &part(*number, true, &endless)) == Received::Broken);
        assert_eq!(broken, Some((MAX_FRAME_BYTES / MAX_PART_BYTES) as u64));
        let held = links.partial_bytes;
        links.remove(LINK);
        assert_eq!((links.partial_bytes, links.count()), (0, 0));
        let mut links = CrossLinks { partial_bytes: MAX_PARTIAL_BYTES - held, ..standing() };
        let broken = (0..1_000).find(|number| links.receive(RELAY, &part(*number, true, &endless)) == Received::Broken);
        assert!(broken.is_some());
    }
}
