//! Heights along the picture. A height that is shown takes one unit; a straight run that is far from every fork, and from the
//! tip, takes the few units of a dotted link, however long it is.

use std::ops::RangeInclusive;

use tiny_sort::unstable;

/// What a hidden run takes.
pub const HIDDEN_UNITS: f64 = 2.0;
/// Shorter runs are shown.
const MIN_HIDDEN: u32 = 8;
/// Heights that are shown below the tip. A run ends at a multiple of [`STEP`], so that it does not move with every block.
const NEWEST: u32 = 24;
const STEP: u32 = 16;
/// Heights that are shown on both sides of what matters.
const MARGIN: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    pub from: u32,
    /// Included.
    pub to: u32,
    /// Where it begins, in units.
    pub start: f64,
    pub hidden: bool,
}

impl Segment {
    pub fn heights(&self) -> u32 {
        self.to - self.from + 1
    }

    pub fn units(&self) -> f64 {
        if self.hidden { HIDDEN_UNITS } else { f64::from(self.heights()) }
    }

    fn per_height(&self) -> f64 {
        self.units() / f64::from(self.heights())
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Without a hole, from height 0 on. Never empty.
    segments: Vec<Segment>,
}

impl Axis {
    /// Every height up to `top`.
    pub fn straight(top: u32) -> Self {
        Self { segments: vec![Segment { from: 0, to: top, start: 0.0, hidden: false }] }
    }

    /// Heights up to `top`, without those that are far from `interesting` ones, from genesis and from the tip.
    pub fn skipping(top: u32, tip: u32, interesting: impl IntoIterator<Item = RangeInclusive<u32>>) -> Self {
        let newest = tip.saturating_sub(NEWEST) / STEP * STEP;
        let mut shown: Vec<(u32, u32)> = interesting
            .into_iter()
            .map(|range| (range.start().saturating_sub(MARGIN), range.end().saturating_add(MARGIN).min(top)))
            .chain([(0, MARGIN.min(top)), (newest, top)])
            .filter(|(from, to)| from <= to)
            .collect();
        unstable::sort(&mut shown);
        let mut segments: Vec<Segment> = Vec::new();
        let mut next = 0;
        for (from, to) in shown {
            if to < next {
                continue;
            }
            let gap = from.saturating_sub(next);
            let from = if gap >= MIN_HIDDEN {
                push(&mut segments, next, from - 1, true);
                from
            } else {
                next
            };
            push(&mut segments, from, to, false);
            next = to + 1;
        }
        Self { segments }
    }

    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub fn top(&self) -> u32 {
        self.segments.last().expect("never empty").to
    }

    pub fn units(&self) -> f64 {
        let last = self.segments.last().expect("never empty");
        last.start + last.units()
    }

    /// Where the middle of a height is; heights beyond the top go on as if they were shown.
    pub fn unit(&self, height: f64) -> f64 {
        let index = self.segments.partition_point(|segment| f64::from(segment.to) + 0.5 < height);
        let segment = &self.segments[index.min(self.segments.len() - 1)];
        let beyond = (height - f64::from(self.top()) - 0.5).max(0.0);
        let within = height - beyond - f64::from(segment.from) + 0.5;
        segment.start + within * segment.per_height() + beyond
    }

    /// The height there; the inverse of [`Self::unit`].
    pub fn height(&self, unit: f64) -> f64 {
        let index = self.segments.partition_point(|segment| segment.start + segment.units() < unit);
        let segment = &self.segments[index.min(self.segments.len() - 1)];
        let beyond = (unit - self.units()).max(0.0);
        f64::from(segment.from) - 0.5 + (unit - beyond - segment.start) / segment.per_height() + beyond
    }

    pub fn segment_of(&self, height: u32) -> &Segment {
        let index = self.segments.partition_point(|segment| segment.to < height);
        &self.segments[index.min(self.segments.len() - 1)]
    }

    /// Segments that are at least partly between two units.
    pub fn between(&self, from: f64, to: f64) -> impl Iterator<Item = &Segment> {
        let first = self.segments.partition_point(|segment| segment.start + segment.units() < from);
        self.segments[first..].iter().take_while(move |segment| segment.start <= to)
    }
}

/// Two neighbours that are shown become one.
fn push(segments: &mut Vec<Segment>, from: u32, to: u32, hidden: bool) {
    match segments.last_mut() {
        Some(last) if last.hidden == hidden => last.to = to,
        last => {
            let start = last.map_or(0.0, |last| last.start + last.units());
            segments.push(Segment { from, to, start, hidden });
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn ranges(axis: &Axis) -> Vec<(u32, u32, bool)> {
        axis.segments().iter().map(|segment| (segment.from, segment.to, segment.hidden)).collect()
    }

    #[test]
    fn straight_runs_far_from_forks_are_hidden() {
        let axis = Axis::skipping(1_240, 1_240, [500..=502]);
        let expected = [(0, 3, false), (4, 496, true), (497, 505, false), (506, 1_215, true), (1_216, 1_240, false)];
        assert_eq!(ranges(&axis), expected, "the newest begin at a multiple of 16");
        assert!((axis.units() - (4.0 + 9.0 + 25.0 + 2.0 * HIDDEN_UNITS)).abs() < 1e-9);
    }

    #[test]
    fn short_runs_and_short_chains_are_shown() {
        assert_eq!(ranges(&Axis::skipping(0, 0, [])), [(0, 0, false)]);
        assert_eq!(ranges(&Axis::skipping(35, 35, [])), [(0, 35, false)]);
        assert_eq!(ranges(&Axis::skipping(60, 60, [5..=6, 8..=9, 22..=22])), [(0, 60, false)]);
    }

    #[test]
    fn what_overlaps_is_shown_once() {
        let axis = Axis::skipping(400, 400, [100..=120, 105..=110, 118..=130]);
        assert_eq!(ranges(&axis)[2], (97, 133, false));
    }

    #[test]
    fn heights_and_units_are_each_others_inverse() {
        let axis = Axis::skipping(5_000, 4_999, [700..=702, 3_000..=3_000]);
        for height in [0.0, 3.0, 4.0, 350.25, 699.0, 705.5, 2_000.0, 4_999.0, 5_000.0, 5_003.0] {
            let there = axis.unit(height);
            assert!((axis.height(there) - height).abs() < 1e-6, "{height}: {there}");
        }
        let units: Vec<f64> = (0..5_000).map(|height| axis.unit(f64::from(height))).collect();
        assert!(units.is_sorted());
    }

    #[test]
    fn only_what_is_in_sight_is_walked() {
        let axis = Axis::skipping(10_000, 10_000, (1..90).map(|fork| fork * 100..=fork * 100));
        let seen = axis.between(40.0, 60.0).count();
        assert!((2..=8).contains(&seen), "{seen}");
        assert_eq!(axis.segment_of(9_999).to, 10_000);
    }
}
