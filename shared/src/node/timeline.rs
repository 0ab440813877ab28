//! What this node came to believe, and when: a bounded ring of the headers and blocks that became known, and of where its tip was.
//! Whoever looks at it can say which blocks the node had at any moment and which of them it took for the tip. Only shown: no rule
//! reads it, and [`Node::state_hash`] leaves it out.
//!
//! What strangers can fill it with costs them work: an entry is made for a message of headers that were kept, for a valid block,
//! and for a move of the tip. The oldest make room, and what they led to is kept.

use std::collections::{HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::Node;
use super::io::Time;
use crate::primitives::{BlockHash, NodeId};

/// Happenings in one answer, about 150 bytes each as JSON.
pub const MAX_HAPPENINGS: usize = 500;

/// Something that changed what the node believes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Happening {
    /// By this node's clock; never before the one before it, even if the clock was set back.
    pub at: Time,
    pub hash: BlockHash,
    pub height: u32,
    #[serde(flatten)]
    pub what: What,
}

/// What happened to the block
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    /// Its header became known, as the last of so many in one message.
    Headers { new: u32 },
    /// It came, and is valid; from this node, unless that had left meanwhile.
    Arrived { from: Option<NodeId> },
    /// It was found here.
    Found,
    /// It became the tip; so many blocks left the active chain for it, and so many joined.
    Tip { disconnected: u32, connected: u32 },
}

/// What a node believes: its tip
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TipView {
    pub hash: BlockHash,
    pub height: u32,
}

/// What a node came to believe, and when
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimelinePart {
    /// Whose it is.
    pub node: NodeId,
    /// Only what the node said to its relay of its tip, which has checked none of it. Otherwise what the node saw itself.
    pub reported: bool,
    /// Everything since then is remembered.
    pub since: Time,
    /// The tip at that time; absent if the node had not told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<TipView>,
    /// The number of the first of `happenings`; they are counted from the node's start on.
    pub from: u32,
    /// The oldest first.
    pub happenings: Vec<Happening>,
    /// Number to go on `from`, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// The ring.
#[derive(Debug)]
pub(super) struct Timeline {
    since: Time,
    first: TipView,
    /// Happenings that made room.
    dropped: u32,
    happenings: VecDeque<Happening>,
}

impl Timeline {
    pub fn new(genesis: BlockHash, now: Time) -> Self {
        let first = TipView { hash: genesis, height: 0 };
        Self { since: now, first, dropped: 0, happenings: VecDeque::new() }
    }

    fn push(&mut self, happening: Happening, limit: usize) {
        if limit == 0 {
            return;
        }
        let last = self.happenings.back().map_or(self.since, |last| last.at);
        self.happenings.push_back(Happening { at: happening.at.max(last), ..happening });
        if self.happenings.len() > limit
            && let Some(oldest) = self.happenings.pop_front()
        {
            self.dropped = self.dropped.saturating_add(1);
            self.since = oldest.at;
            if let What::Tip { .. } = oldest.what {
                self.first = TipView { hash: oldest.hash, height: oldest.height };
            }
        }
    }

    pub fn happenings(&self) -> impl DoubleEndedIterator<Item = &Happening> {
        self.happenings.iter()
    }
}

impl Node {
    pub(super) fn happened(&mut self, hash: BlockHash, height: u32, what: What) {
        let happening = Happening { at: self.now, hash, height, what };
        self.timeline.push(happening, self.config.remembered_happenings);
    }

    /// So many headers became known, of which this one is the last.
    pub(super) fn headers_became_known(&mut self, last: BlockHash, new: u32) {
        if new > 0
            && let Some((height, _)) = self.chain.index().place(&last)
        {
            self.happened(last, height, What::Headers { new });
        }
    }

    pub(super) fn block_became_known(&mut self, hash: BlockHash, is_own: bool) {
        let Some((height, _)) = self.chain.index().place(&hash) else { return };
        let what = if is_own {
            What::Found
        } else {
            What::Arrived { from: self.arrivals.get(&hash).and_then(|arrival| arrival.from) }
        };
        self.happened(hash, height, what);
    }

    pub(super) fn tip_became(&mut self, disconnected: usize, fork_height: u32) {
        let (tip, height) = (self.chain.tip(), self.chain.height());
        let disconnected = u32::try_from(disconnected).unwrap_or(u32::MAX);
        self.happened(tip, height, What::Tip { disconnected, connected: height.saturating_sub(fork_height) });
    }

    /// The store has given back what was there before the start: that is where the timeline begins.
    pub(super) fn begin_timeline(&mut self) {
        let first = TipView { hash: self.chain.tip(), height: self.chain.height() };
        if self.timeline.happenings.is_empty() {
            self.timeline.since = self.now;
            self.timeline.first = first;
        }
    }

    /// What happened from a number on, at most [`MAX_HAPPENINGS`]. What has made room already is left out.
    pub fn timeline_part(&self, from: u32, limit: usize) -> TimelinePart {
        let Timeline { since, first, dropped, happenings } = &self.timeline;
        let from = from.max(*dropped);
        let skipped = (from - dropped) as usize;
        let part = happenings.iter().skip(skipped).take(limit.min(MAX_HAPPENINGS));
        let part: Vec<Happening> = part.copied().collect();
        let end = skipped + part.len();
        TimelinePart {
            node: self.id,
            reported: false,
            since: *since,
            first: Some(*first),
            from,
            next: (end < happenings.len()).then(|| from.saturating_add(u32::try_from(part.len()).unwrap_or(u32::MAX))),
            happenings: part,
        }
    }
}

/// A timeline as far as it has been told, from which any of its moments can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    pub node: NodeId,
    pub reported: bool,
    pub since: Time,
    first: Option<TipView>,
    happenings: Vec<Happening>,
}

/// What a node believed at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belief {
    /// Absent if it had not told of any.
    pub tip: Option<TipView>,
    /// Blocks that came later; all others of the tree were there.
    pub later: HashSet<BlockHash>,
    /// Those of `later` whose header was known.
    pub announced: HashSet<BlockHash>,
}

impl Past {
    /// The first part.
    pub fn new(part: TimelinePart) -> Self {
        let TimelinePart { node, reported, since, first, happenings, .. } = part;
        Self { node, reported, since, first, happenings }
    }

    /// The part that follows on what is here.
    pub fn extend(&mut self, part: &TimelinePart) {
        self.happenings.extend_from_slice(&part.happenings);
    }

    pub fn at(&self, time: Time) -> Belief {
        let mut belief = Belief { tip: self.first, later: HashSet::new(), announced: HashSet::new() };
        for happening in &self.happenings {
            let is_past = happening.at <= time;
            match happening.what {
                What::Headers { .. } if is_past => {
                    belief.announced.insert(happening.hash);
                }
                What::Tip { .. } if is_past => {
                    belief.tip = Some(TipView { hash: happening.hash, height: happening.height });
                }
                What::Arrived { .. } | What::Found if !is_past => {
                    belief.later.insert(happening.hash);
                }
                _ => {}
            }
        }
        belief.announced.retain(|hash| belief.later.contains(hash));
        belief
    }

    /// Every tip until then.
    pub fn tips_until(&self, time: Time) -> Vec<BlockHash> {
        let is_tip = |it: &&Happening| it.at <= time && matches!(it.what, What::Tip { .. });
        let moves = self.happenings.iter().filter(is_tip).map(|it| it.hash);
        self.first.iter().map(|tip| tip.hash).chain(moves).collect()
    }

    /// The next moment after this one at which a block came or the tip moved.
    pub fn next_after(&self, time: Time) -> Option<Time> {
        self.moments().find(|at| *at > time)
    }

    /// The last one before.
    pub fn last_before(&self, time: Time) -> Option<Time> {
        self.moments().rev().find(|at| *at < time)
    }

    fn moments(&self) -> impl DoubleEndedIterator<Item = Time> {
        self.happenings.iter().filter(|it| !matches!(it.what, What::Headers { .. })).map(|happening| happening.at)
    }
}
