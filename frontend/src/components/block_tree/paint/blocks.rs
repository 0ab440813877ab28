//! Blocks one by one, with their links, chips and the gaps between them.

use tabchain_shared::primitives::BlockHash;
use tiny_sort::stable;

use super::pen::Rect;
use super::{Detail, Frame, Target, visible};
use crate::components::block_tree::axis::Segment;
use crate::components::block_tree::model::Block;
use crate::components::block_tree::motion::{Look, Step};
use crate::components::block_tree::tell;
use crate::components::block_tree::walk::Focus;
use crate::components::palette;
use crate::text;
use crate::words;

/// Line widths of the active chain and of stale branches.
const CHAIN_WIDTH: f64 = 6.0;
const STALE_WIDTH: f64 = 1.5;
const DASH: [f64; 2] = [4.0, 4.0];
const DOTS: [f64; 2] = [2.0, 7.0];
/// How much is seen of a block that was not known at the moment that is looked at.
const NOT_YET: f64 = 0.3;
/// Pixels; a lower block has its number and name in one line.
const LEAST_FOR_TWO_LINES: f64 = 30.0;

/// A block that is in sight.
struct Seen<'a> {
    block: &'a Block,
    look: Look,
    /// Where its middle is, in units and lanes.
    unit: f64,
    across: f64,
    ghost: bool,
}

impl Frame<'_> {
    pub(super) fn blocks(&self, targets: &mut Vec<(Rect, Target)>) {
        let seen = self.seen();
        for segment in self.picture.axis.between(self.sight.0, self.sight.1) {
            if segment.hidden {
                self.gap(segment, targets);
            } else {
                self.skeletons(segment);
            }
        }
        // Stale links below the chain's, so that this one stays unbroken.
        let mut links: Vec<&Seen> = seen.iter().collect();
        stable::sort_by(&mut links, |a, b| a.look.active.total_cmp(&b.look.active));
        for child in links {
            self.link(child);
        }
        self.next_block();
        for it in &seen {
            self.block(it, targets);
        }
        for (height, count) in &self.picture.layout.beyond {
            self.beyond(*height, *count);
        }
        for it in &seen {
            self.chip(it);
        }
        self.fork_point();
    }

    fn seen(&self) -> Vec<Seen<'_>> {
        let picture = self.picture;
        let mut seen = Vec::new();
        for segment in picture.axis.between(self.sight.0, self.sight.1).filter(|segment| !segment.hidden) {
            for height in visible(picture.axis, segment.from, segment.to, self.sight.0, self.sight.1) {
                for hash in picture.model.at(height).unwrap_or_default() {
                    seen.extend(self.see(hash));
                }
            }
        }
        seen
    }

    fn see(&self, hash: &BlockHash) -> Option<Seen<'_>> {
        let picture = self.picture;
        let (block, place) = (picture.model.block(hash)?, picture.layout.places.get(hash)?);
        if picture.axis.segment_of(block.height).hidden {
            return None;
        }
        let mut look = picture.motion.look(block, place.across(), picture.now);
        if !picture.model.was_known(hash) {
            look.there *= NOT_YET;
        }
        let unit = picture.axis.unit(f64::from(block.height)) + look.along;
        Some(Seen { block, look, unit, across: place.across() + look.across, ghost: place.ghost })
    }

    /// Width and height of a block.
    fn size(&self, ghost: bool) -> (f64, f64) {
        let upright = self.picture.geometry.upright;
        let (along, across) = match self.detail {
            _ if ghost => ((self.scale * 0.4).min(22.0), 15.0),
            Detail::Full if upright => ((self.scale - 22.0).min(54.0), (self.lane - 10.0).min(98.0)),
            Detail::Full => ((self.scale - 12.0).min(128.0), (self.lane - 12.0).min(60.0)),
            Detail::Compact => (self.scale * 0.72, (self.lane - 8.0).min(34.0)),
            Detail::Small | Detail::Far => (self.scale * 0.66, (self.lane - 8.0).min(20.0)),
        };
        if upright { (across, along) } else { (along, across) }
    }

    fn rect(&self, it: &Seen) -> Rect {
        let (x, y) = self.point(it.unit, it.across);
        let (width, height) = self.size(it.ghost);
        Rect::around(x, y, width, height)
    }

    fn link(&self, child: &Seen) {
        let theme = self.picture.theme;
        let Some(parent) = self.see(&child.block.parent) else {
            if child.block.height > 0 && !self.picture.axis.segment_of(child.block.height - 1).hidden {
                // It leads to what is not known here, or has no lane.
                let from = self.point(child.unit - 0.5, child.across);
                self.pen.alpha(child.look.there);
                self.pen.line(from, self.point(child.unit, child.across), &theme.line_strong, STALE_WIDTH, &DASH);
            }
            return;
        };
        let active = child.look.active * if parent.look.active > 0.0 { 1.0 } else { 0.0 };
        let width = STALE_WIDTH + (self.chain_width() - STALE_WIDTH) * active;
        let dash: &[f64] = if active > 0.5 { &[] } else { &DASH };
        self.pen.alpha(child.look.there.min(parent.look.there) * if child.ghost { 0.6 } else { 1.0 });
        let (from, to) = (self.point(parent.unit, parent.across), self.point(child.unit, child.across));
        if (parent.across - child.across).abs() < 0.01 {
            self.pen.line(from, to, &theme.line_strong, width, dash);
        } else {
            self.pen.bend(from, to, self.picture.geometry.upright, &theme.line_strong, width, dash);
        }
    }

    fn chain_width(&self) -> f64 {
        (self.scale * 0.2).clamp(2.0, CHAIN_WIDTH)
    }

    fn block(&self, it: &Seen, targets: &mut Vec<(Rect, Target)>) {
        let picture = self.picture;
        let (theme, block) = (picture.theme, it.block);
        let miner = block.miner.map(|miner| &picture.model.miners[miner]);
        let number = miner.map(|miner| miner.colour);
        let colour = theme.miner(number);
        let rect = self.rect(it);
        let stale = it.look.active < 0.5;
        // It lives, among those who follow it.
        let lost = stale && !block.elsewhere;
        let strength = it.look.there
            * if it.ghost {
                0.55
            } else if stale {
                0.9
            } else {
                1.0
            };
        let radius = if self.detail == Detail::Full && !it.ghost { 8.0 } else { 4.0 };

        self.pen.alpha(it.look.there);
        self.pen.fill(&rect, radius, &theme.surface);
        self.pen.alpha(strength * if stale { 0.06 } else { 0.18 });
        self.pen.fill(&rect, radius, colour);
        self.pen.alpha(strength);
        let dash: &[f64] = if lost { &DASH } else { &[] };
        self.pen.stroke(&rect, radius, colour, if lost { 1.25 } else { 2.0 }, dash);
        self.marks(it, &rect, number, miner.map(|miner| miner.name.as_str()), colour);

        let is_target = |target: Option<Target>| target == Some(Target::Block(block.hash));
        self.pen.alpha(1.0);
        if picture.selected == Some(block.hash) || is_target(picture.hover) {
            self.pen.stroke(&rect.grown(2.5), radius + 2.0, &theme.accent, 2.0, &[]);
        }
        if picture.has_keyboard && picture.focus == Some(Focus::Block(block.hash)) {
            self.pen.stroke(&rect.grown(4.0), radius + 4.0, &theme.accent, 3.0, &[]);
        }
        // Small blocks are not harder to hit.
        let grown = (22.0 - rect.width.min(rect.height)).max(0.0) / 2.0;
        targets.push((rect.grown(grown.min(self.scale / 4.0)), Target::Block(block.hash)));
    }

    /// What stands in a block: everything, initials, or its miner's mark.
    fn marks(&self, it: &Seen, rect: &Rect, number: Option<usize>, name: Option<&str>, colour: &str) {
        let theme = self.picture.theme;
        let (middle_x, middle_y) = (rect.x + rect.width / 2.0, rect.y + rect.height / 2.0);
        let smaller = rect.width.min(rect.height);
        if it.ghost || self.detail == Detail::Small {
            if let Some(number) = number.filter(|_| smaller >= 6.0) {
                self.pen.mark(number, middle_x, middle_y, (smaller * 0.6).min(10.0), colour);
            }
            return;
        }
        if self.detail == Detail::Compact {
            let letters = name.map_or_else(|| "0".to_owned(), palette::initials);
            let size = (smaller * 0.5).clamp(9.0, 14.0);
            return self.pen.text(&letters, (middle_x, middle_y), size, 650, &theme.ink, "center");
        }
        // Larger on a projector.
        let size = (self.scale / 7.5).clamp(12.0, 16.0);
        let left = rect.x + 8.0;
        let height = words::grouped(it.block.height);
        let room = rect.width - 13.0;
        let name = name.map_or_else(|| text!("tree-genesis"), str::to_owned);
        if rect.height < LEAST_FOR_TWO_LINES {
            let both = self.fitting(&format!("{height} {name}"), room - 10.0, size - 0.5);
            // Who found it the mark tells as well; a height that is cut short tells nothing.
            let (one, size) = if both.starts_with(&format!("{height} ")) {
                (both, size - 0.5)
            } else {
                let size = self.fitting_size(&height, room - 10.0, size - 0.5);
                (height, size)
            };
            self.pen.text(&one, (left, middle_y), size, 550, &theme.ink, "left");
            if let Some(number) = number {
                self.pen.mark(number, rect.x + rect.width - 10.0, middle_y, 9.0, colour);
            }
            return;
        }
        let lines = if rect.height >= 46.0 { 3.0 } else { 2.0 };
        let step = (rect.height - 8.0) / lines;
        let line = |number: f64| rect.y + 4.0 + step * (number + 0.5);
        let height_size = self.fitting_size(&height, room - 10.0, size);
        self.pen.text(&height, (left, line(0.0)), height_size, 700, &theme.ink, "left");
        if let Some(number) = number {
            self.pen.mark(number, rect.x + rect.width - 12.0, line(0.0), 10.0, colour);
        }
        let name = self.fitting(&name, room, size - 0.5);
        self.pen.text(&name, (left, line(1.0)), size - 0.5, 450, &theme.ink, "left");
        if lines > 2.0
            && let Some(count) = it.block.payments.filter(|count| *count > 0)
        {
            let text = self.fitting(&text!("tree-payments", count = count), room, size - 2.0);
            self.pen.text(&text, (left, line(2.0)), size - 2.0, 400, &theme.muted, "left");
        }
    }

    /// At most `size`, and small enough for the whole text.
    fn fitting_size(&self, text: &str, room: f64, size: f64) -> f64 {
        let width = self.pen.width_of(text, size, 700);
        if width > room { size * room / width } else { size }
    }

    /// As much of a text as fits.
    fn fitting(&self, text: &str, room: f64, size: f64) -> String {
        if self.pen.width_of(text, size, 450) <= room {
            return text.to_owned();
        }
        let mut short: String = text.to_owned();
        while short.pop().is_some() {
            let with_dots = format!("{short}…");
            if self.pen.width_of(&with_dots, size, 450) <= room {
                return with_dots;
            }
        }
        String::new()
    }

    /// Heights that are not known here yet, as pale places.
    fn skeletons(&self, segment: &Segment) {
        let picture = self.picture;
        let (width, height) = self.size(false);
        self.pen.alpha(0.5);
        for at in visible(picture.axis, segment.from, segment.to, self.sight.0, self.sight.1) {
            if at <= picture.model.height && picture.model.at(at).is_none() {
                let (x, y) = self.point(picture.axis.unit(f64::from(at)), 0.0);
                self.pen.fill(&Rect::around(x, y, width, height), 6.0, &picture.theme.line);
            }
        }
        self.pen.alpha(1.0);
    }

    /// A straight run that is not shown, with its count.
    fn gap(&self, segment: &Segment, targets: &mut Vec<(Rect, Target)>) {
        let picture = self.picture;
        let theme = picture.theme;
        let (start, end) = (segment.start - 0.5, segment.start + segment.units() + 0.5);
        self.pen.alpha(1.0);
        self.pen.context.set_line_cap("round");
        let dots = DOTS.map(|part| part * self.chain_width() / CHAIN_WIDTH);
        self.pen.line(self.point(start, 0.0), self.point(end, 0.0), &theme.line_strong, self.chain_width(), &dots);
        self.pen.context.set_line_cap("butt");
        let (x, y) = self.point(f64::midpoint(start, end), 0.0);
        let pixels = segment.units() * self.scale;
        let text = tell::hidden(segment.heights());
        let size = 12.5;
        let width = self.pen.width_of(&text, size, 500) + 22.0;
        let fits = if picture.geometry.upright { pixels > 40.0 } else { pixels > width };
        let rect = if fits {
            let rect = Rect::around(x, y, width, 26.0);
            self.pen.fill(&rect, 13.0, &theme.surface);
            self.pen.stroke(&rect, 13.0, &theme.line_strong, 1.0, &[]);
            self.pen.text(&text, (x, y), size, 500, &theme.muted, "center");
            rect
        } else if picture.geometry.upright {
            Rect::around(x, y, 26.0, pixels.max(14.0))
        } else {
            Rect::around(x, y, pixels.max(14.0), 26.0)
        };
        let (from, to) = (segment.from, segment.to);
        if picture.hover == Some(Target::Run { from, to })
            || (picture.has_keyboard && picture.focus == Some(Focus::Run { from, to }))
        {
            self.pen.stroke(&rect.grown(3.0), 16.0, &theme.accent, 2.5, &[]);
        }
        targets.push((rect, Target::Run { from, to }));
    }

    /// Faint: the block that is looked for, with what waits for it.
    fn next_block(&self) {
        let picture = self.picture;
        let is_playing = picture.motion.play.is_some();
        if picture.model.tip.is_none() || is_playing || picture.model.looks_back() || self.detail < Detail::Compact {
            return;
        }
        let theme = picture.theme;
        let height = picture.model.height;
        let tip = picture.axis.unit(f64::from(height));
        // Where it will be: behind blocks that have more height and less work, if there are such.
        let unit = tip + 1.0;
        let (width, tall) = self.size(false);
        let (x, y) = self.point(unit, 0.0);
        let rect = Rect::around(x, y, width, tall);
        self.pen.alpha(0.75);
        self.pen.line(self.point(tip, 0.0), (x, y), &theme.line, self.chain_width(), &DASH);
        self.pen.alpha(1.0);
        self.pen.fill(&rect, 8.0, &theme.surface);
        self.pen.stroke(&rect, 8.0, &theme.line_strong, 1.25, &DASH);
        if self.detail == Detail::Full {
            let waiting = match picture.model.waiting {
                0 => text!("tree-no-payments"),
                count => text!("tree-payments", count = count),
            };
            let (room, size) = (rect.width - 8.0, (self.scale / 7.5).clamp(12.0, 16.0) - 1.0);
            if tall < LEAST_FOR_TWO_LINES {
                return self.pen.text(&text!("tree-next"), (x, y), size, 600, &theme.muted, "center");
            }
            self.pen.text(&text!("tree-next"), (x, y - tall / 6.0), size, 600, &theme.muted, "center");
            self.pen.text(
                &self.fitting(&waiting, room, size - 1.0),
                (x, y + tall / 6.0),
                size - 1.0,
                400,
                &theme.muted,
                "center",
            );
        }
    }

    fn beyond(&self, height: u32, count: usize) {
        let axis = self.picture.axis;
        let unit = axis.unit(f64::from(height));
        if unit < self.sight.0 || unit > self.sight.1 || axis.segment_of(height).hidden {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
        let lanes = self.picture.layout.lanes as f64;
        let (x, y) = self.point(unit, lanes + 0.5);
        self.pen.alpha(1.0);
        self.pen.text(&format!("+{count}"), (x, y), 12.0, 500, &self.picture.theme.muted, "center");
    }

    /// Who believes in this tip.
    fn chip(&self, it: &Seen) {
        let picture = self.picture;
        let Some(names) = picture.believers.get(&it.block.hash).filter(|names| !names.is_empty()) else { return };
        let theme = picture.theme;
        let rect = self.rect(it);
        let size = 12.5;
        // As wide as there is room beside the next tip's.
        let is_near = |hash: &BlockHash| {
            picture.model.block(hash).is_some_and(|other| other.height.abs_diff(it.block.height) == 1)
        };
        let crowded = picture.believers.keys().any(is_near) && !picture.geometry.upright;
        let beside = self.has_room_beside(it);
        let room = match (beside, crowded) {
            (true, _) => picture.geometry.width - rect.x - rect.width - 28.0,
            (false, true) => self.scale - 24.0,
            (false, false) => f64::MAX,
        };
        let words = tell::chip(names);
        let fits = self.pen.width_of(&words, size, 600) <= room;
        let text = match (self.detail, &names[..]) {
            (Detail::Full | Detail::Compact, _) if fits => words,
            // A name says something when it is cut short; a number says it without words.
            (Detail::Full | Detail::Compact, [name]) => self.fitting(name, room, size),
            _ => names.len().to_string(),
        };
        let width = self.pen.width_of(&text, size, 600) + 18.0;
        let (x, y) = if beside {
            (rect.x + rect.width + 6.0 + width / 2.0, rect.y + rect.height / 2.0)
        } else {
            (rect.x + rect.width / 2.0, rect.y - 13.0)
        };
        let x = x.clamp(width / 2.0 + 2.0, (picture.geometry.width - width / 2.0 - 2.0).max(width / 2.0 + 2.0));
        let chip = Rect::around(x, y, width, 22.0);
        self.pen.alpha(it.look.there);
        self.pen.fill(&chip, 11.0, &theme.surface);
        self.pen.fill(&chip, 11.0, &theme.good_tint);
        self.pen.stroke(&chip, 11.0, &theme.good, 1.25, &[]);
        self.pen.text(&text, (x, y + 0.5), size, 600, &theme.good, "center");
    }

    /// Whether the chip of a block beside the chain stands beside it: above it there is another block, whose name would be hidden, and
    /// who is meant would not be clear.
    fn has_room_beside(&self, it: &Seen) -> bool {
        let model = self.picture.model;
        let is_child = |hash: &BlockHash| model.block(hash).is_some_and(|child| child.parent == it.block.hash);
        let has_child = || model.at(it.block.height + 1).is_some_and(|next| next.iter().any(is_child));
        !self.picture.geometry.upright && it.across > 0.0 && !has_child()
    }

    /// The block up to which both chains of a reorg are one.
    fn fork_point(&self) {
        let picture = self.picture;
        let Some(play) = &picture.motion.play else { return };
        let Some(fork) = self.see(&play.fork) else { return };
        if !matches!(play.step(picture.now), Step::Disconnect | Step::Fork | Step::Connect) {
            return;
        }
        let rect = self.rect(&fork);
        self.pen.alpha(1.0);
        self.pen.stroke(&rect.grown(5.0), 12.0, &picture.theme.accent, 3.0, &[]);
        let (x, y) = (rect.x + rect.width / 2.0, rect.y - 18.0);
        self.pen.text(&text!("tree-fork-point"), (x, y), 13.0, 650, &picture.theme.accent, "center");
    }
}
