//! Blocks on their way: where each is drawn beside the place that it has, until it is there. New blocks slide in, a lane
//! changes softly, and a reorg plays in three steps: disconnect, fork point, connect.

use std::collections::HashMap;

use tabchain_shared::node::snapshot::ReorgView;
use tabchain_shared::primitives::BlockHash;

use super::camera::ease;
use super::layout::Layout;
use super::model::Block;

/// For a block from one place to another.
pub const SLIDE_MILLIS: f64 = 300.0;
/// From where a new block comes, in units before its place.
const COMES_FROM: f64 = 0.6;
/// The steps of a reorg: a look at the chain as it was, at the fork point, and at the end.
const LOOK_MILLIS: f64 = 900.0;
const FORK_MILLIS: f64 = 900.0;
const END_MILLIS: f64 = 1_500.0;
/// Of these, when a reorg is shown as it happens.
const LIVE_PACE: f64 = 0.6;
/// For one block to leave the chain, or to join it; for many together at most the second.
const BLOCK_MILLIS: f64 = 420.0;
const BLOCKS_MILLIS: f64 = 2_400.0;

/// How a block is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Units beside its place.
    pub along: f64,
    /// Lanes beside its place.
    pub across: f64,
    /// 0: invisible, 1: as it is.
    pub there: f64,
    /// 0: stale, 1: on the active chain.
    pub active: f64,
}

#[derive(Debug, Clone, Copy)]
struct Slide {
    along: f64,
    across: f64,
    arrives: bool,
    start: f64,
}

/// Everything that is on its way.
#[derive(Debug, Default)]
pub struct Motion {
    slides: HashMap<BlockHash, Slide>,
    pub play: Option<Play>,
}

impl Motion {
    /// Blocks slide from their places in one layout to those in the next. New ones above `newest` come sliding in.
    pub fn start(&mut self, before: &Layout, after: &Layout, arriving: impl Fn(&BlockHash) -> bool, now: f64) {
        let plays = |hash| self.play.as_ref().is_some_and(|play| play.is_lost(hash) || play.is_won(hash));
        let moved: Vec<_> = after.places.iter().filter(|(hash, _)| !plays(*hash)).collect();
        for (hash, place) in moved {
            let slide = match before.places.get(hash) {
                Some(was) if was != place => {
                    Slide { along: 0.0, across: was.across() - place.across(), arrives: false, start: now }
                }
                None if arriving(hash) => Slide { along: COMES_FROM, across: 0.0, arrives: true, start: now },
                _ => continue,
            };
            self.slides.insert(*hash, slide);
        }
    }

    /// `across`: lanes from the chain to the block's place.
    pub fn look(&self, block: &Block, across: f64, now: f64) -> Look {
        let hash = &block.hash;
        let mut look = Look { along: 0.0, across: 0.0, there: 1.0, active: if block.active { 1.0 } else { 0.0 } };
        if let Some(slide) = self.slides.get(hash) {
            let left = 1.0 - ease((now - slide.start) / SLIDE_MILLIS);
            look.along = slide.along * left;
            look.across = slide.across * left;
            look.there = if slide.arrives { 1.0 - left } else { 1.0 };
        }
        if let Some(play) = &self.play {
            play.change(block, across, now, &mut look);
        }
        look
    }

    /// Forgets what has arrived. Whether anything is still on its way.
    pub fn goes_on(&mut self, now: f64) -> bool {
        self.slides.retain(|_, slide| now < slide.start + SLIDE_MILLIS);
        self.play.take_if(|play| play.is_over(now));
        !self.slides.is_empty() || self.play.is_some()
    }
}

/// A reorg, played.
#[derive(Debug, Clone)]
pub struct Play {
    pub reorg: ReorgView,
    pub fork: BlockHash,
    /// In the order in which they leave: the tip first.
    lost: HashMap<BlockHash, usize>,
    /// In the order in which they come: the one after the fork first.
    won: HashMap<BlockHash, usize>,
    start: f64,
    /// How long everything takes, as a part of what it takes when somebody has asked to see it.
    pace: f64,
    /// Without motion the steps are still shown one after the other.
    animates: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Before,
    Disconnect,
    Fork,
    Connect,
    After,
}

impl Play {
    /// `lost` and `won`: from each tip down to the fork.
    pub fn new(reorg: ReorgView, fork: BlockHash, lost: &[BlockHash], won: &[BlockHash], start: f64) -> Self {
        let numbered = |hashes: &mut dyn Iterator<Item = &BlockHash>| hashes.copied().zip(0..).collect();
        let (lost, won) = (numbered(&mut lost.iter()), numbered(&mut won.iter().rev()));
        Self { reorg, fork, lost, won, start, pace: 1.0, animates: true }
    }

    /// As it happens, while further blocks come.
    pub fn live(self) -> Self {
        Self { pace: LIVE_PACE, ..self }
    }

    pub fn without_motion(self) -> Self {
        Self { animates: false, ..self }
    }

    fn disconnect_at(&self) -> f64 {
        self.start + self.pace * LOOK_MILLIS
    }

    fn fork_at(&self) -> f64 {
        self.disconnect_at() + self.pace * duration(self.lost.len())
    }

    fn connect_at(&self) -> f64 {
        self.fork_at() + self.pace * FORK_MILLIS
    }

    fn end_at(&self) -> f64 {
        self.connect_at() + self.pace * duration(self.won.len())
    }

    pub fn is_over(&self, now: f64) -> bool {
        now >= self.end_at() + self.pace * END_MILLIS
    }

    pub fn step(&self, now: f64) -> Step {
        let ends = [
            (self.disconnect_at(), Step::Before),
            (self.fork_at(), Step::Disconnect),
            (self.connect_at(), Step::Fork),
            (self.end_at(), Step::Connect),
        ];
        ends.into_iter().find(|(end, _)| now < *end).map_or(Step::After, |(_, step)| step)
    }

    pub fn is_lost(&self, hash: &BlockHash) -> bool {
        self.lost.contains_key(hash)
    }

    pub fn is_won(&self, hash: &BlockHash) -> bool {
        self.won.contains_key(hash)
    }

    /// Before the reorg, what was lost was the straight chain, and what has won stood below it.
    fn change(&self, block: &Block, across: f64, now: f64, look: &mut Look) {
        if let Some(number) = self.lost.get(&block.hash) {
            let gone = self.progress(*number, self.lost.len(), self.disconnect_at(), now);
            look.across -= across * (1.0 - gone);
            look.active = 1.0 - gone;
        } else if let Some(number) = self.won.get(&block.hash) {
            let come = self.progress(*number, self.won.len(), self.connect_at(), now);
            // A lane below the one to which the lost ones go.
            look.across += 2.0 * (1.0 - come);
            look.active = come;
        } else if block.height > self.reorg.fork_height && self.end_at() > now {
            // What came later, or lies elsewhere.
            look.there *= 0.25;
        }
    }

    fn progress(&self, number: usize, count: usize, start: f64, now: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "blocks of a reorg")]
        let (number, count) = (number as f64, count as f64);
        let each = self.pace * duration_of(count) / count;
        let done = (now - start - number * each) / each;
        if self.animates {
            ease(done)
        } else if done >= 1.0 {
            1.0
        } else {
            0.0
        }
    }
}

fn duration(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "blocks of a reorg")]
    duration_of(count as f64)
}

fn duration_of(count: f64) -> f64 {
    (count * BLOCK_MILLIS).min(BLOCKS_MILLIS)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "where a way begins and ends is exact")]

    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::layout::Place;
    use super::super::model::tests::{hash, model, reorg, straight};
    use super::*;

    fn layout(places: &[(u32, usize)]) -> Layout {
        let places = places.iter().map(|(name, lane)| (hash(*name), Place { lane: *lane, ghost: false }));
        Layout { places: places.collect(), ..Layout::default() }
    }

    #[test]
    fn a_new_block_slides_in_and_arrives() {
        let model = model(&straight(2));
        let block = model.block(&hash(2)).unwrap();
        let mut motion = Motion::default();
        motion.start(&layout(&[(1, 0)]), &layout(&[(1, 0), (2, 0)]), |_| true, 1_000.0);
        let look = motion.look(block, 0.0, 1_000.0);
        assert_eq!((look.along, look.there), (COMES_FROM, 0.0));
        assert!(motion.goes_on(1_299.0));
        assert!(!motion.goes_on(1_000.0 + SLIDE_MILLIS));
        assert_eq!(motion.look(block, 0.0, 1_300.0).there, 1.0);
    }

    #[test]
    fn a_block_that_changes_its_lane_comes_from_the_other_one() {
        let model = model(&straight(1));
        let mut motion = Motion::default();
        motion.start(&layout(&[(1, 0)]), &layout(&[(1, 2)]), |_| true, 0.0);
        let block = model.block(&hash(1)).unwrap();
        assert_eq!(motion.look(block, 2.0, 0.0).across, -2.0);
        assert!(motion.look(block, 2.0, SLIDE_MILLIS / 2.0).across > -2.0);
    }

    /// Disconnect from the tip down, the fork point, connect from the fork up.
    #[test]
    fn a_reorg_plays_in_its_order() {
        let mut blocks = straight(5);
        blocks.extend([(1_003, 2, 3, false), (1_004, 1_003, 4, false)]);
        let model = model(&blocks);
        let (lost, won) = ([1_004, 1_003].map(hash), [5, 4, 3].map(hash));
        let mut motion =
            Motion { play: Some(Play::new(reorg(2, 1_004, 5), hash(2), &lost, &won, 0.0)), ..Motion::default() };
        let active = |motion: &Motion, name: u32, now: f64| {
            let block = model.block(&hash(name)).unwrap();
            motion.look(block, if block.active { 0.0 } else { 1.0 }, now).active
        };
        let seen = |motion: &Motion, now: f64| [1_003, 1_004, 3, 4, 5].map(|name| active(motion, name, now));
        assert_eq!(seen(&motion, 0.0), [1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(seen(&motion, LOOK_MILLIS + BLOCK_MILLIS), [1.0, 0.0, 0.0, 0.0, 0.0]);
        let fork_at = LOOK_MILLIS + 2.0 * BLOCK_MILLIS;
        assert_eq!(seen(&motion, fork_at), [0.0; 5]);
        let connect_at = fork_at + FORK_MILLIS;
        assert_eq!(seen(&motion, connect_at + BLOCK_MILLIS), [0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(seen(&motion, connect_at + 3.0 * BLOCK_MILLIS), [0.0, 0.0, 1.0, 1.0, 1.0]);
        let steps = [0.0, LOOK_MILLIS, fork_at, connect_at, connect_at + 3.0 * BLOCK_MILLIS];
        let play = motion.play.as_ref().unwrap();
        assert_eq!(
            steps.map(|now| play.step(now)),
            [Step::Before, Step::Disconnect, Step::Fork, Step::Connect, Step::After]
        );
        assert!(!motion.goes_on(connect_at + 3.0 * BLOCK_MILLIS + END_MILLIS));
    }

    #[test]
    fn a_long_reorg_takes_no_longer() {
        let many: Vec<_> = (0..500).map(hash).collect();
        let play = Play::new(reorg(2, 1, 2), hash(1_000), &many, &many, 0.0);
        assert!(play.is_over(LOOK_MILLIS + FORK_MILLIS + END_MILLIS + 2.0 * BLOCKS_MILLIS));
    }
}
