//! The chain from afar: who mined how much of each stretch, forks as ticks below it, and a ruler of heights.

use js_sys::Math;

use super::pen::Rect;
use super::{Detail, Frame, Target, visible};
use crate::components::block_tree::model::Strip;
use crate::components::block_tree::tell;
use crate::words;

/// Half of the strip's width.
const HALF: f64 = 20.0;
/// Pixels between two numbers of the ruler.
const RULER_STEP: f64 = 110.0;

impl Frame<'_> {
    pub(super) fn strip(&self, targets: &mut Vec<(Rect, Target)>) {
        let picture = self.picture;
        let theme = picture.theme;
        self.pen.alpha(1.0);
        for segment in picture.axis.between(self.sight.0, self.sight.1) {
            let (start, end) = (segment.start, segment.start + segment.units());
            if segment.hidden {
                self.pen.line(self.point(start, 0.0), self.point(end, 0.0), &theme.line_strong, 2.0, &[1.0, 3.0]);
                let (a, b) = (self.point(start, 0.0), self.point(end, 0.0));
                let rect = Rect {
                    x: a.0.min(b.0) - 2.0,
                    y: a.1.min(b.1) - 11.0,
                    width: (a.0 - b.0).abs() + 4.0,
                    height: (a.1 - b.1).abs() + 22.0,
                };
                targets.push((rect, Target::Run { from: segment.from, to: segment.to }));
                continue;
            }
            let heights = visible(picture.axis, segment.from, segment.to, self.sight.0, self.sight.1);
            let mut next = *heights.start();
            while next <= *heights.end() {
                let Some(strip) = picture.strips.iter().find(|it| (it.from..it.end()).contains(&next)) else {
                    self.band(next, heights.end() + 1, |_| ());
                    break;
                };
                next = self.stretches(strip, next, heights.end() + 1);
            }
        }
        self.branches(targets);
        self.tip();
    }

    /// Draws the stretches of a strip from one height to another; returns where it ends.
    fn stretches(&self, strip: &Strip, from: u32, to: u32) -> u32 {
        let first = ((from - strip.from) / strip.stretch) as usize;
        let mut start = strip.from + (from - strip.from) / strip.stretch * strip.stretch;
        for (blocks, shares) in &strip.shares[first..] {
            if start >= to {
                break;
            }
            self.band(start.max(from), (start + blocks).min(to), |frame| {
                let (a, b) = (start.max(from), (start + blocks).min(to));
                let mut side = -HALF;
                for (miner, mined) in shares {
                    let part = 2.0 * HALF * f64::from(*mined) / f64::from(*blocks);
                    let colour = frame.picture.theme.miner(frame.picture.model.miners.get(*miner).map(|it| it.colour));
                    frame.slice(a, b, side, side + part, colour);
                    side += part;
                }
            });
            start += blocks;
        }
        start.min(to).max(from + 1)
    }

    /// A piece of the strip: neutral, with something on it.
    fn band(&self, from: u32, to: u32, on_it: impl FnOnce(&Self)) {
        let neutral = &self.picture.theme.neutral;
        self.slice(from, to, -HALF, HALF, neutral);
        on_it(self);
    }

    fn slice(&self, from: u32, to: u32, side: f64, other: f64, colour: &str) {
        let geometry = self.picture.geometry;
        let edge = |height: u32| self.along(self.picture.axis.unit(f64::from(height) - 0.5));
        let a = geometry.point(edge(from), self.across(0.0) + side);
        let b = geometry.point(edge(to), self.across(0.0) + other);
        self.pen.context.set_fill_style_str(colour);
        // Half a pixel more, or seams would show.
        let (x, y) = (a.0.min(b.0), a.1.min(b.1));
        let (grow_x, grow_y) = if geometry.upright { (0.0, 0.6) } else { (0.6, 0.0) };
        self.pen.context.fill_rect(x, y, (a.0 - b.0).abs() + grow_x, (a.1 - b.1).abs() + grow_y);
    }

    /// Each stale branch as a tick, the longer the branch; those on one pixel are one, the longest.
    fn branches(&self, targets: &mut Vec<(Rect, Target)>) {
        let picture = self.picture;
        let theme = picture.theme;
        let geometry = picture.geometry;
        let mut last = f64::NAN;
        for branch in picture.branches.iter().filter(|branch| !branch.elsewhere) {
            let unit = picture.axis.unit(f64::from(branch.fork_height) + 0.5);
            let along = self.along(unit);
            if unit < self.sight.0 || unit > self.sight.1 || (along - last).abs() < 2.5 {
                continue;
            }
            last = along;
            let long = 10.0 + 9.0 * Math::log2(f64::from(branch.length + 1)).min(7.0);
            let from = geometry.point(along, self.across(0.0) + HALF);
            let to = geometry.point(along, self.across(0.0) + HALF + long);
            let colour = branch.miner.and_then(|miner| picture.model.miners.get(miner)).map(|miner| miner.colour);
            self.pen.line(from, to, &theme.line_strong, 1.5, &[]);
            match colour {
                Some(number) => self.pen.mark(number, to.0, to.1, 9.0, theme.miner(Some(number))),
                None => self.pen.ring(to.0, to.1, 3.0, &theme.muted, 1.5),
            }
            targets.push((Rect::around(to.0, to.1, 16.0, 16.0), Target::Block(branch.tip)));
        }
    }

    fn tip(&self) {
        let picture = self.picture;
        let Some(tip) = picture.model.tip else { return };
        let (x, y) = self.point(picture.axis.unit(f64::from(picture.model.height)), 0.0);
        let theme = picture.theme;
        let names = picture.believers.get(&tip).map_or(&[] as &[String], Vec::as_slice);
        if names.is_empty() {
            return;
        }
        let text = tell::chip(names);
        let width = self.pen.width_of(&text, 12.5, 600) + 18.0;
        let chip = Rect::around(x, y - HALF - 15.0, width, 22.0);
        self.pen.fill(&chip, 11.0, &theme.good_tint);
        self.pen.stroke(&chip, 11.0, &theme.good, 1.25, &[]);
        self.pen.text(&text, (x, y - HALF - 14.5), 12.5, 600, &theme.good, "center");
    }

    /// Heights along the picture's edge, where blocks have no room for theirs.
    pub(super) fn ruler(&self) {
        if self.detail == Detail::Full {
            return;
        }
        let picture = self.picture;
        let geometry = picture.geometry;
        let edge = if geometry.upright { geometry.width - 34.0 } else { geometry.height - 10.0 };
        for segment in picture.axis.between(self.sight.0, self.sight.1).filter(|segment| !segment.hidden) {
            let step = ruler_step(RULER_STEP / self.scale);
            let heights = visible(picture.axis, segment.from, segment.to, self.sight.0, self.sight.1);
            let first = heights.start().div_ceil(step) * step;
            for height in (first..=*heights.end()).step_by(step as usize) {
                let (x, y) = geometry.point(self.along(picture.axis.unit(f64::from(height))), edge);
                self.pen.text(&words::grouped(height), (x, y), 12.0, 500, &picture.theme.muted, "center");
            }
        }
    }
}

/// The next of 1, 2, 5, 10, 20, 50, …
fn ruler_step(heights: f64) -> u32 {
    let mut step = 1_u32;
    let mut factors = [2_u32, 5, 10].into_iter().cycle();
    let mut decade = 1_u32;
    while f64::from(step) < heights && step < 1_000_000 {
        let factor = factors.next().expect("for ever");
        step = decade * factor;
        if factor == 10 {
            decade = step;
        }
    }
    step
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_ruler_has_round_numbers() {
        for (heights, step) in [(0.2, 1), (1.5, 2), (4.0, 5), (6.0, 10), (11.0, 20), (350.0, 500), (9_999.0, 10_000)] {
            assert_eq!(ruler_step(heights), step, "{heights}");
        }
    }
}
