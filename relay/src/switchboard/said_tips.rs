//! Which tip each connected node said to follow, and when: so that one can look back at the whole network. Nobody has checked it; what
//! the relay's own node saw is in that node's timeline.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, VecDeque};

use serde::Serialize;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::timeline::{Happening, TimelinePart, TipView, What};
use tabchain_shared::primitives::NodeId;
use utoipa::ToSchema;

use super::Switchboard;

/// Of one node, about 50 bytes each: an hour and more of a class. The oldest make room.
pub const MAX_OF_NODE: usize = 512;
/// Of all, 1 MB. Beyond that whoever has the most loses its oldest, so that nobody can flush what others said.
pub const MAX_OF_ALL: usize = 16_384;

/// The tip that a node said to follow
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SaidTip {
    pub node: NodeId,
    pub name: String,
    pub tip: TipView,
    /// When the relay heard of it first.
    pub since: Time,
}

#[derive(Debug, Default)]
pub struct SaidTips {
    nodes: HashMap<NodeId, Story>,
    count: usize,
    /// Every node, last the one that makes room: nobody has to be looked at for that but it.
    ranks: BTreeSet<Rank>,
}

/// How many moves are here of a node, and since when: of those with the most, who has the oldest makes room.
type Rank = (usize, Reverse<Option<Time>>, NodeId);

/// Where a node's tip went.
#[derive(Debug)]
struct Story {
    name: String,
    /// Everything since then is here.
    since: Time,
    /// The tip at that time, if it had told one.
    first: Option<(Time, TipView)>,
    /// `None`: it left.
    moves: VecDeque<(Time, Option<TipView>)>,
}

impl Story {
    fn last(&self) -> Option<TipView> {
        self.moves.back().map_or_else(|| self.first.map(|(_, tip)| tip), |(_, tip)| *tip)
    }

    fn at(&self, time: Time) -> Option<(Time, TipView)> {
        let moved = self.moves.iter().rev().find(|(at, _)| *at <= time);
        moved.map_or_else(|| self.first.filter(|_| time >= self.since), |(at, tip)| tip.map(|tip| (*at, tip)))
    }

    fn drop_oldest(&mut self) {
        if let Some((at, tip)) = self.moves.pop_front() {
            self.since = at;
            self.first = tip.map(|tip| (at, tip));
        }
    }

    fn rank(&self, node: NodeId) -> Rank {
        (self.moves.len(), Reverse(self.moves.front().map(|(at, _)| *at)), node)
    }
}

impl SaidTips {
    pub fn said(&mut self, node: NodeId, name: &str, tip: TipView, now: Time) {
        let known = self.nodes.entry(node).or_insert_with(|| Story {
            name: String::new(),
            since: now,
            first: None,
            moves: VecDeque::new(),
        });
        if known.name != name {
            name.clone_into(&mut known.name);
        }
        if known.last() != Some(tip) {
            self.push(node, Some(tip), now);
        }
    }

    pub fn left(&mut self, node: NodeId, now: Time) {
        if self.nodes.get(&node).is_some_and(|known| known.last().is_some()) {
            self.push(node, None, now);
        }
    }

    fn push(&mut self, node: NodeId, tip: Option<TipView>, now: Time) {
        let Some(known) = self.nodes.get_mut(&node) else { return };
        self.ranks.remove(&known.rank(node));
        // Times never go back, even if the clock does.
        let last = known.moves.back().map_or(known.since, |(at, _)| *at);
        known.moves.push_back((now.max(last), tip));
        if known.moves.len() > MAX_OF_NODE {
            known.drop_oldest();
        } else {
            self.count += 1;
        }
        self.ranks.insert(known.rank(node));
        if self.count > MAX_OF_ALL {
            self.make_room();
        }
    }

    /// Of those with the most, who has the oldest loses it.
    fn make_room(&mut self) {
        let Some((.., node)) = self.ranks.pop_last() else { return };
        let Some(known) = self.nodes.get_mut(&node) else { return };
        known.drop_oldest();
        self.count -= 1;
        // Of a node that has left nothing more will be said.
        if known.moves.is_empty() && known.first.is_none() {
            self.nodes.remove(&node);
        } else {
            self.ranks.insert(known.rank(node));
        }
    }

    fn at(&self, time: Time) -> Vec<SaidTip> {
        let tip_of = |(node, known): (&NodeId, &Story)| {
            let (since, tip) = known.at(time)?;
            Some(SaidTip { node: *node, name: known.name.clone(), tip, since })
        };
        let mut tips: Vec<SaidTip> = self.nodes.iter().filter_map(tip_of).collect();
        tips.sort_by(|a, b| a.name.cmp(&b.name).then(a.node.cmp(&b.node)));
        tips
    }

    /// Positions count what is here; all of a node's moves fit into one answer but a few.
    fn of(&self, node: NodeId, from: u32, limit: usize) -> Option<TimelinePart> {
        let known = self.nodes.get(&node)?;
        let said = known.moves.iter().filter_map(|(at, tip)| tip.map(|tip| (*at, tip)));
        let mut moves = said.skip(from as usize);
        let what = What::Tip { disconnected: 0, connected: 0 };
        let happenings: Vec<Happening> = moves
            .by_ref()
            .take(limit)
            .map(|(at, tip)| Happening { at, hash: tip.hash, height: tip.height, what })
            .collect();
        let end = from.saturating_add(u32::try_from(happenings.len()).unwrap_or(u32::MAX));
        Some(TimelinePart {
            node,
            reported: true,
            since: known.since,
            first: known.first.map(|(_, tip)| tip),
            from,
            next: moves.next().is_some().then_some(end),
            happenings,
        })
    }
}

impl Switchboard {
    /// What each node that was connected at a moment had said of its tip.
    pub fn tips_said_at(&self, time: Time) -> Vec<SaidTip> {
        self.state().said_tips.at(time)
    }

    /// What a node has said of its tip from a number on. `None`: it has never said anything.
    pub fn timeline_of(&self, node: NodeId, from: u32, limit: usize) -> Option<TimelinePart> {
        self.state().said_tips.of(node, from, limit)
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::BlockHash;

    use super::*;

    fn node(number: u16) -> NodeId {
        let mut bytes = [0; 8];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        NodeId(bytes)
    }

    fn tip(height: u32) -> TipView {
        TipView { hash: BlockHash([1; 32]), height }
    }

    fn heights(said: &SaidTips, time: u64) -> Vec<(String, u32)> {
        said.at(Time(time)).into_iter().map(|it| (it.name, it.tip.height)).collect()
    }

    #[test]
    fn one_looks_back_at_who_said_what() {
        let mut said = SaidTips::default();
        said.said(node(1), "ada", tip(1), Time(10));
        said.said(node(2), "bob", tip(1), Time(20));
        said.said(node(1), "ada", tip(1), Time(25));
        said.said(node(1), "ada", tip(2), Time(30));
        said.left(node(2), Time(40));
        assert!(heights(&said, 9).is_empty());
        assert_eq!(heights(&said, 29), [("ada".into(), 1), ("bob".into(), 1)]);
        assert_eq!(said.at(Time(29))[0].since, Time(10), "not when it was repeated");
        assert_eq!(heights(&said, 40), [("ada".into(), 2)]);
        said.said(node(2), "bob", tip(2), Time(50));
        assert_eq!(heights(&said, 50), [("ada".into(), 2), ("bob".into(), 2)]);
        let part = said.of(node(2), 0, 1).unwrap();
        assert_eq!((part.reported, part.first, part.happenings.len(), part.next), (true, None, 1, Some(1)));
        assert_eq!(said.of(node(2), 1, 9).unwrap().happenings[0].height, 2);
        assert_eq!(said.of(node(3), 0, 9), None);
    }

    #[test]
    fn nobody_flushes_what_others_said() {
        let mut said = SaidTips::default();
        said.said(node(0), "ada", tip(7), Time(1));
        for height in 0..2 * u32::try_from(MAX_OF_NODE).unwrap() {
            said.said(node(1), "mallory", tip(height), Time(2 + u64::from(height)));
        }
        let part = said.of(node(1), 0, usize::MAX).unwrap();
        assert_eq!((part.happenings.len(), part.first), (MAX_OF_NODE, Some(tip(511))));
        // Nor can many, who come and go.
        for number in 2..u16::try_from(MAX_OF_ALL / 2).unwrap() {
            said.said(node(number), "crowd", tip(1), Time(2_000));
            said.left(node(number), Time(2_001));
        }
        assert_eq!(said.count, MAX_OF_ALL);
        assert_eq!(heights(&said, 1), [("ada".into(), 7)]);
        assert!(said.nodes.len() <= MAX_OF_ALL);
        assert_eq!(said.ranks, said.nodes.iter().map(|(node, known)| known.rank(*node)).collect());
    }
}
