//! The picture as a whole: what is known, how it is arranged and which part is in sight, and what is to be fetched for that.
//! Nothing here draws, waits or listens: `asks` says what is to be fetched, `frames` fetches and draws it, `hands` listens.

mod asks;
pub mod frames;
pub mod hands;

use std::collections::HashMap;
use std::ops::RangeInclusive;

use litemap::LiteMap;
use tabchain_shared::node::snapshot::ReorgView;
use tabchain_shared::node::tree_view::{TreeOverview, TreePart};
use tabchain_shared::primitives::BlockHash;
use tiny_sort::stable;

use super::Believer;
use super::axis::Axis;
use super::camera::Camera;
use super::layout::Layout;
use super::model::{Branch, Model, News, Strip, Then};
use super::motion::{Motion, Play};
use super::paint::{Detail, Geometry, Picture, Target, Theme};
use super::tell;
use super::told::Told;
use super::walk::{self, Focus, Move};
use crate::text;
use asks::Asks;

/// Reorgs with more blocks are told and not played.
const MAX_PLAYED: usize = 300;
/// Reorgs that follow on a played one sooner than this are told and not played: on a fast network the picture would never be
/// still, milliseconds.
const REST_MILLIS: f64 = 8_000.0;
/// A block counts as new when the tip is no further above it.
const NEW_DEPTH: u32 = 3;
/// Heights below the tip of which everything is known here.
const NEWEST_KNOWN: u32 = 30;
/// A node is a moment ahead of this one, or behind it, with every block, milliseconds.
const ELSEWHERE_MILLIS: f64 = 3_000.0;

/// A reorg whose blocks may still have to come.
struct ToPlay {
    reorg: ReorgView,
    /// As it happens; otherwise a person has asked for it.
    is_live: bool,
}

pub struct Stage {
    pub model: Model,
    layout: Layout,
    axis: Axis,
    camera: Camera,
    motion: Motion,
    branches: Vec<Branch>,
    /// Of the whole chain, and of what is in sight.
    strips: [Option<Strip>; 2],
    followers: Vec<Believer>,
    /// By their names.
    elsewhere_since: LiteMap<String, f64>,
    believers: HashMap<BlockHash, Vec<String>>,
    /// Whether straight runs are left out, but for those that the person opened.
    skips: bool,
    opened: Vec<RangeInclusive<u32>>,
    pub focus: Option<Focus>,
    pub has_keyboard: bool,
    hover: Option<Target>,
    targets: Vec<(super::paint::pen::Rect, Target)>,
    geometry: Geometry,
    pub theme: Theme,
    asks: Asks,
    /// Blocks come faster than they could be looked at: nothing is asked for.
    is_rushed: bool,
    /// A reorg that is played as soon as its blocks are here.
    to_play: Option<ToPlay>,
    /// When the last one began to play.
    last_play: f64,
    told: Told,
}

impl Stage {
    pub fn new(told: Told) -> Self {
        Self {
            model: Model::default(),
            layout: Layout::default(),
            axis: Axis::straight(0),
            camera: Camera::new(),
            motion: Motion::default(),
            branches: Vec::new(),
            strips: [None, None],
            followers: Vec::new(),
            elsewhere_since: LiteMap::new(),
            believers: HashMap::new(),
            skips: true,
            opened: Vec::new(),
            focus: None,
            has_keyboard: false,
            hover: None,
            targets: Vec::new(),
            geometry: Geometry { width: 1.0, height: 1.0, upright: false },
            theme: Theme::default(),
            asks: Asks::default(),
            is_rushed: false,
            to_play: None,
            last_play: f64::NEG_INFINITY,
            told,
        }
    }

    /// The node's newest blocks.
    pub fn hear(&mut self, news: &News, now: f64) {
        let is_first = self.model.tip.is_none();
        let has_moved = self.model.tip != Some(news.tip);
        let reorg = self.model.hear(news);
        self.is_rushed = news.rushed;
        if has_moved {
            self.asks.absent.clear();
        }
        if reorg.is_some() {
            self.asks.reorgs += 1;
            self.asks.overview_at = None;
        }
        let before = std::mem::take(&mut self.layout);
        self.rearrange();
        if let Some(reorg) = reorg.filter(|_| self.camera.follows() && !news.rushed) {
            self.told.say(text!("tree-reorg-said", result = tell::result(&reorg)));
            if self.camera.animates && now > self.last_play + REST_MILLIS {
                self.to_play = Some(ToPlay { reorg, is_live: true });
                self.try_to_play(now);
            }
        }
        if self.camera.animates && !is_first && !news.rushed {
            let (model, height) = (&self.model, self.model.height);
            let is_new = |hash: &BlockHash| model.block(hash).is_some_and(|it| it.height + NEW_DEPTH > height);
            self.motion.start(&before, &self.layout, is_new, now);
        }
        self.follow_tip(now, is_first || news.rushed);
        self.told.hear(&self.model, news);
    }

    fn follow_tip(&mut self, now: f64, at_once: bool) {
        let animates = self.camera.animates;
        self.camera.animates = animates && !at_once;
        self.camera.tip_is(self.model.height, now);
        self.camera.animates = animates;
    }

    /// Shows a moment in the past with who followed what then, or again the present.
    pub fn look_back(&mut self, then: Option<Then>, believers: &[Believer], now: f64) {
        (self.motion.play, self.to_play) = (None, None);
        let before = std::mem::take(&mut self.layout);
        self.model.look_back(then);
        self.set_believers(believers);
        if self.camera.animates {
            self.motion.start(&before, &self.layout, |_| false, now);
        }
        self.follow_tip(now, false);
        self.told.summarise(&self.model);
        self.announce();
    }

    pub fn set_believers(&mut self, believers: &[Believer]) {
        self.believers.clear();
        for believer in believers {
            self.believers.entry(believer.tip).or_default().push(believer.name.clone());
        }
        self.followers = believers.to_vec();
        self.rearrange();
    }

    fn add_part(&mut self, part: &TreePart, from: u32, limit: u32) {
        let asked = from..from.saturating_add(limit);
        // What is elsewhere changes, and a picture that stands still does not.
        let told = if self.asks.stands_still { 0..0 } else { from..part.next.unwrap_or(asked.end).min(asked.end) };
        self.model.add_part(part, told);
        self.asks.absent.extend(asked.filter(|height| self.model.at(*height).is_none()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a height")]
        let seen = self.axis.height(self.camera.sight(&self.axis, f64::MAX).0).max(0.0) as u32;
        self.model.forget_far_from(seen);
        if self.model.looks_back() {
            self.model.look_again();
            self.told.summarise(&self.model);
        }
        self.rearrange();
    }

    /// What others follow, from a height on, and what the node itself has there.
    fn add_others(&mut self, part: &TreePart, from: u32, limit: u32, now: f64) {
        if self.asks.stands_still {
            return;
        }
        self.add_part(part, from, limit);
        self.asks.others_from = part.next;
        self.asks.others_at = now;
    }

    fn add_overview(&mut self, overview: &TreeOverview, is_whole: bool) {
        let strip = self.model.add_overview(overview);
        self.strips[usize::from(!is_whole)] = Some(strip);
        self.rearrange();
    }

    /// Everything that follows from what is known.
    fn rearrange(&mut self) {
        let believed = self.believers.keys().copied().collect();
        self.layout = Layout::of(&self.model, &believed);
        self.branches = self.model.branches();
        stable::sort_by_key(&mut self.branches, |branch| (branch.fork_height, std::cmp::Reverse(branch.length)));
        let top = self.model.top();
        self.axis = if self.skips {
            let branches = self.branches.iter().map(|it| it.fork_height..=it.fork_height + it.length);
            let believed = self.followers.iter().map(|it| it.height..=it.height);
            let opened = self.opened.iter().cloned();
            let interesting = branches.chain(believed).chain(opened).filter(|range| *range.start() <= top);
            Axis::skipping(top, self.model.height, interesting)
        } else {
            Axis::straight(top)
        };
        self.told.reorgs_are(&self.model);
        self.resolve_focus();
    }

    /// Who has followed a block for a while that this node does not have: it is in another part of the network. Old blocks,
    /// which only the picture does not know, are not meant.
    fn elsewhere(&mut self, now: f64) -> Vec<String> {
        let lowest = self.model.height.saturating_sub(NEWEST_KNOWN);
        let is_elsewhere = |it: &&Believer| {
            it.height >= lowest && self.model.block(&it.tip).is_none_or(|tip| tip.elsewhere && !tip.active)
        };
        let names: Vec<String> = self.followers.iter().filter(is_elsewhere).map(|it| it.name.clone()).collect();
        self.elsewhere_since.retain(|name, _| names.contains(name));
        for name in &names {
            self.elsewhere_since.entry(name.clone()).or_insert(now);
        }
        let for_a_while = self.elsewhere_since.iter().filter(|(_, since)| now - **since >= ELSEWHERE_MILLIS);
        for_a_while.map(|(name, _)| name.clone()).collect()
    }

    /// The block at the height that the person went to, once it is known.
    fn resolve_focus(&mut self) {
        if let Some(Focus::Height(height)) = self.focus
            && let Some(block) = self.model.active_at(height)
        {
            self.focus = Some(Focus::Block(block.hash));
            self.announce();
        }
    }

    fn played_heights(&self, reorg: &ReorgView) -> (u32, u32) {
        let most = reorg.disconnected.max(reorg.connected).min(MAX_PLAYED);
        (reorg.fork_height, (reorg.fork_height + u32::try_from(most).unwrap_or(0)).min(self.model.top()))
    }

    fn try_to_play(&mut self, now: f64) {
        let Some(ToPlay { reorg, is_live }) = self.to_play.take() else { return };
        let (lost, won) = (
            self.model.path_down(reorg.lost_tip, reorg.fork_height),
            self.model.path_down(reorg.won_tip, reorg.fork_height),
        );
        let fork = won.last().and_then(|first| self.model.block(first)).map(|first| first.parent);
        if reorg.disconnected.max(reorg.connected) > MAX_PLAYED {
            return;
        }
        match fork {
            Some(fork) if lost.len() == reorg.disconnected && won.len() == reorg.connected => {
                let play = Play::new(reorg, fork, &lost, &won, now);
                let play = if is_live { play.live() } else { play };
                self.last_play = now;
                self.motion.play = Some(if self.camera.animates { play } else { play.without_motion() });
            }
            _ => {
                let (from, to) = self.played_heights(&reorg);
                let may_come = (from..=to).any(|it| self.model.at(it).is_none() && !self.asks.absent.contains(&it));
                self.to_play = may_come.then_some(ToPlay { reorg, is_live });
            }
        }
    }

    /// Shows an earlier reorg again.
    pub fn replay(&mut self, reorg: ReorgView, now: f64) {
        let (from, to) = self.played_heights(&reorg);
        self.opened.push(from..=to);
        self.rearrange();
        if Detail::at(self.camera.scale(now)) < Detail::Compact {
            self.camera.reset_zoom(now);
        }
        self.camera.look_at(f64::from(to), now);
        self.told.say(format!("{}.", tell::result(&reorg)));
        self.motion.play = None;
        self.to_play = Some(ToPlay { reorg, is_live: false });
        self.try_to_play(now);
    }

    /// What moves by itself. Whether there is to be another frame.
    fn tick(&mut self, now: f64) -> bool {
        if self.to_play.is_some() {
            self.try_to_play(now);
        }
        let goes_on = self.motion.goes_on(now) | self.camera.moves(now);
        let step = self.motion.play.as_ref().map(|play| tell::step(&play.reorg, play.step(now)));
        self.told.step_is(step);
        let elsewhere = self.elsewhere(now);
        self.told.elsewhere_are(elsewhere);
        self.told.chosen_is(&self.model);
        self.told.others_are(&self.model);
        self.told.sight_is(&self.camera, &self.axis, self.skips, now);
        goes_on
    }

    fn picture<'a>(&'a self, strips: &'a [&'a Strip], now: f64) -> Picture<'a> {
        Picture {
            model: &self.model,
            layout: &self.layout,
            axis: &self.axis,
            camera: &self.camera,
            motion: &self.motion,
            branches: &self.branches,
            strips,
            believers: &self.believers,
            focus: self.focus,
            has_keyboard: self.has_keyboard,
            hover: self.hover,
            selected: self.told.selected(),
            theme: &self.theme,
            geometry: self.geometry,
            now,
        }
    }

    /// Zooms around the middle of what is in sight, or the tip.
    pub fn zoom(&mut self, factor: f64, now: f64) {
        if self.has_room(factor, now) {
            self.camera.zoom(factor, now);
        }
        self.asks.moved_at = now;
    }

    pub fn zoom_at(&mut self, factor: f64, point: f64, now: f64) {
        if self.has_room(factor, now) {
            self.camera.zoom_at(&self.axis, factor, point, now);
        }
        self.asks.moved_at = now;
    }

    /// Zooming out further than all that is shown leads to all that there is, in its true length.
    fn has_room(&mut self, factor: f64, now: f64) -> bool {
        if factor >= 1.0 || !self.camera.sees_all(&self.axis) {
            return true;
        }
        if self.skips && self.axis.segments().iter().any(|segment| segment.hidden) {
            self.set_skips(false);
            self.camera.zoom_to_units(self.axis.units() * 1.5, now);
        }
        false
    }

    pub fn set_skips(&mut self, skips: bool) {
        self.skips = skips;
        if skips {
            self.opened.clear();
        }
        self.rearrange();
    }

    /// Whether the node is one that tells what others follow.
    pub fn set_has_others(&mut self, has_others: bool) {
        self.asks.has_others = has_others;
    }

    /// Whether what is new is kept from the picture.
    pub fn set_stands_still(&mut self, stands_still: bool) {
        self.asks.stands_still = stands_still;
    }

    pub fn skips(&self) -> bool {
        self.skips
    }

    pub fn pan(&mut self, pixels: f64, now: f64) {
        self.camera.pan(&self.axis, pixels, now);
        self.asks.moved_at = now;
    }

    /// As it was at first.
    pub fn reset(&mut self, now: f64) {
        self.set_skips(true);
        self.camera.reset_zoom(now);
        self.recentre(now);
    }

    pub fn recentre(&mut self, now: f64) {
        self.motion.play = None;
        self.camera.recentre(self.model.height, now);
    }

    pub fn open_run(&mut self, from: u32, to: u32, now: f64) {
        self.opened.push(from..=to);
        self.rearrange();
        self.camera.look_at(f64::from(to), now);
        self.focus = Some(Focus::Height(to));
        self.resolve_focus();
    }

    fn target_at(&self, x: f64, y: f64) -> Option<Target> {
        self.targets.iter().rev().find(|(rect, _)| rect.contains(x, y)).map(|(_, target)| *target)
    }

    pub fn hover(&mut self, at: Option<(f64, f64)>) {
        self.hover = at.and_then(|(x, y)| self.target_at(x, y));
        let words = self.hover.map(|target| match target {
            Target::Block(hash) => self.words_of(&hash),
            Target::Run { from, to } => text!("tree-hidden-press", count = to - from + 1),
        });
        self.told.hover_is(at.zip(words), self.geometry.width);
    }

    fn words_of(&self, hash: &BlockHash) -> String {
        if let Some(block) = self.model.block(hash) {
            return tell::block(&self.model, block, &self.believers);
        }
        let branch = self.branches.iter().find(|branch| branch.tip == *hash);
        branch.map_or_else(String::new, |branch| tell::branch(&self.model, branch))
    }

    pub fn press(&mut self, x: f64, y: f64, now: f64) {
        match self.target_at(x, y) {
            Some(Target::Run { from, to }) => self.open_run(from, to, now),
            Some(Target::Block(hash)) => {
                self.focus = Some(Focus::Block(hash));
                self.told.toggle(hash);
            }
            None => {}
        }
    }

    pub fn go(&mut self, to: Move, now: f64) {
        let Some(focus) = walk::go(&self.model, &self.axis, &self.layout, self.focus, to) else { return };
        self.focus = Some(focus);
        let height = match focus {
            Focus::Block(hash) => self.model.block(&hash).map_or(self.model.height, |block| block.height),
            Focus::Run { from, to } => from.midpoint(to),
            Focus::Height(height) => height,
        };
        if height == self.model.height && to == Move::Tip {
            self.recentre(now);
        } else {
            self.keep_in_sight(height, now);
        }
        self.announce();
    }

    fn keep_in_sight(&mut self, height: u32, now: f64) {
        let unit = self.axis.unit(f64::from(height));
        let along = self.camera.along(&self.axis, unit, f64::MAX);
        let length = self.camera.length();
        if !(length * 0.1..=length * 0.92).contains(&along) {
            // What the person goes to stands in the middle then.
            let quarter = length * (super::camera::TIP_AT - 0.5) / self.camera.scale(f64::MAX);
            self.camera.look_at(self.axis.height((unit + quarter).min(self.axis.units())), now);
            self.asks.moved_at = now;
        }
    }

    /// Opens what has the focus.
    pub fn enter(&mut self, now: f64) {
        match self.focus {
            Some(Focus::Block(hash)) => self.told.toggle(hash),
            Some(Focus::Run { from, to }) => {
                self.open_run(from, to, now);
                self.announce();
            }
            Some(Focus::Height(_)) | None => {}
        }
    }

    /// Closes the details, or lets go of the focus.
    pub fn escape(&mut self) {
        if !self.told.close() {
            self.focus = None;
        }
    }

    pub fn announce(&self) {
        let words = match self.focus {
            Some(Focus::Block(hash)) => self.words_of(&hash),
            Some(Focus::Run { from, to }) => text!("tree-hidden-enter", count = to - from + 1),
            Some(Focus::Height(height)) => text!("tree-block", height = height),
            None => return,
        };
        self.told.focus_is(words);
    }

    pub fn set_animates(&mut self, animates: bool) {
        self.camera.animates = animates;
    }

    pub fn set_geometry(&mut self, geometry: Geometry, now: f64) {
        let was_upright = std::mem::replace(&mut self.geometry, geometry).upright;
        self.camera.set_length(geometry.length());
        if was_upright != geometry.upright {
            self.camera.reset_zoom(now);
        }
    }

    pub fn upright(&self) -> bool {
        self.geometry.upright
    }
}
