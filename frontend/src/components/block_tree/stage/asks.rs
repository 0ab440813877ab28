//! What is to be asked of the node for the part that is in sight, one thing at a time: blocks that are missing there, or finer
//! stretches of the chain.

use std::collections::HashSet;

use tabchain_shared::node::tree_view::MAX_TREE_HEIGHTS;

use super::{ELSEWHERE_MILLIS, Stage};
use crate::components::block_tree::model::Strip;
use crate::components::block_tree::paint::{Detail, missing};

/// An overview is asked for anew when the chain has grown by this much.
const OVERVIEW_EVERY: u32 = 32;
/// After a zoom or a move, before finer stretches are asked for, milliseconds.
const SETTLED_MILLIS: f64 = 150.0;
/// After an answer that did not come, milliseconds.
pub(super) const RETRY_MILLIS: f64 = 2_000.0;

/// Between two questions for blocks that the node does not have, milliseconds: it asks those who follow them once a second.
const OTHERS_EVERY: f64 = 2_000.0;
/// Heights below the tip at which they are looked for.
const OTHERS_DEPTH: u32 = 144;

/// What was asked for.
#[derive(Default)]
pub(super) struct Asks {
    pub is_waiting: bool,
    /// Nothing that is new is to come into the picture.
    pub stands_still: bool,
    pub retry_at: f64,
    pub moved_at: f64,
    /// The chain's height at the last overview of all of it.
    pub overview_at: Option<u32>,
    /// Heights that the node was asked for and does not have.
    pub absent: HashSet<u32>,
    /// Whether the node tells what others follow.
    pub has_others: bool,
    /// When it was last asked for that, and the height to go on from.
    pub others_at: f64,
    pub others_from: Option<u32>,
    /// Reorgs so far: what was asked before one is out of date.
    pub reorgs: usize,
}

/// What is to be asked of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    Part {
        from: u32,
        limit: u32,
    },
    /// What others follow at these heights, whether it is known already or not.
    Others {
        from: u32,
        limit: u32,
    },
    Overview {
        from: u32,
        to: u32,
    },
}

impl Stage {
    /// The next thing to ask for, unless an answer is awaited.
    pub(super) fn want(&self, now: f64) -> Option<Want> {
        if self.is_rushed || self.asks.is_waiting || now < self.asks.retry_at || self.model.tip.is_none() {
            return None;
        }
        let limit = u32::try_from(MAX_TREE_HEIGHTS).expect("a few hundred");
        if let Some((from, to)) = self.to_play.as_ref().map(|it| self.played_heights(&it.reorg)) {
            let is_missing = |height: &u32| self.model.at(*height).is_none() && !self.asks.absent.contains(height);
            if let Some(from) = (from..=to).find(is_missing) {
                return Some(Want::Part { from, limit: (to - from + 1).min(limit) });
            }
        }
        let is_overview_due =
            self.asks.overview_at.is_none_or(|height| height.abs_diff(self.model.height) >= OVERVIEW_EVERY);
        if is_overview_due {
            return Some(Want::Overview { from: 0, to: u32::MAX });
        }
        if let Some((from, limit)) = missing(&self.model, &self.axis, &self.camera, now, &self.asks.absent, limit) {
            return Some(Want::Part { from, limit });
        }
        let goes_on = self.asks.others_from.is_some();
        if self.watches_others() && (goes_on || now >= self.asks.others_at + OTHERS_EVERY) {
            let newest = self.model.height.saturating_sub(OTHERS_DEPTH);
            let lowest = self.model.lowest_of_others().map_or(newest, |lowest| lowest.min(newest));
            return Some(Want::Others { from: self.asks.others_from.unwrap_or(lowest), limit });
        }
        self.finer_strip(now)
    }

    /// Whether somebody follows blocks that the node does not have, or did so just now.
    fn watches_others(&self) -> bool {
        self.asks.has_others
            && !self.asks.stands_still
            && (self.model.sees_others() || !self.elsewhere_since.is_empty())
    }

    /// From afar: finer stretches of what is in sight.
    fn finer_strip(&self, now: f64) -> Option<Want> {
        if Detail::at(self.camera.scale(now)) != Detail::Far || now < self.asks.moved_at + SETTLED_MILLIS {
            return None;
        }
        let (from, to) = self.camera.sight(&self.axis, now);
        let bounded = |height: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded")]
            let height = height.clamp(0.0, f64::from(self.model.height)) as u32;
            height
        };
        let (from, to) = (bounded(self.axis.height(from)), bounded(self.axis.height(to)));
        let span = to - from + 1;
        // With half as much on both sides; 255 stretches of a power of two.
        let wanted = (2 * span).div_ceil(255).next_power_of_two();
        let is_fine = |strip: &Strip| strip.from <= from && strip.end() > to && strip.stretch <= wanted;
        if self.strips.iter().flatten().any(is_fine) {
            return None;
        }
        Some(Want::Overview { from: from.saturating_sub(span / 2), to: to + span / 2 })
    }

    /// In how many milliseconds something may have to be shown or asked for that nothing else leads to.
    pub(super) fn looks_again_in(&self, now: f64) -> Option<f64> {
        let elsewhere = self.elsewhere_since.values().map(|since| since + ELSEWHERE_MILLIS);
        let others = self.watches_others().then_some(self.asks.others_at + OTHERS_EVERY);
        let times = elsewhere.chain(others).chain([self.asks.moved_at + SETTLED_MILLIS, self.asks.retry_at]);
        times.filter(|at| *at > now).min_by(f64::total_cmp).map(|at| at - now)
    }
}
