//! What the picture tells the page beside it. Signals change only when what they tell does.

use std::collections::HashMap;

use leptos::prelude::*;
use tabchain_shared::node::snapshot::ReorgView;
use tabchain_shared::primitives::{Address, BlockHash};
use tiny_sort::stable;

use super::axis::Axis;
use super::camera::Camera;
use super::model::{Model, News};
use super::tell::Summary;
use crate::text;

/// Miners in the legend: those with the most blocks. Whoever points at a block is told its miner anyway.
const LEGEND: usize = 12;
/// Blocks of a reorg that are named; the others are counted.
const NAMED: usize = 4;

#[derive(Clone, Copy)]
pub struct Told {
    pub summary: RwSignal<Option<Summary>>,
    /// What has the keyboard's attention.
    pub focus: RwSignal<String>,
    pub hover: RwSignal<Option<Hover>>,
    /// Whose details are shown.
    pub selected: RwSignal<Option<BlockHash>>,
    /// Another block has its height.
    pub contested: RwSignal<bool>,
    /// Whether the node does not have the chosen block.
    pub chosen_elsewhere: RwSignal<bool>,
    /// Whether blocks are in the picture that it does not have.
    pub sees_others: RwSignal<bool>,
    pub follows: RwSignal<bool>,
    pub skips: RwSignal<bool>,
    /// How many blocks the picture has room for.
    pub room: RwSignal<usize>,
    pub reorgs: RwSignal<Vec<ReorgLine>>,
    /// What the reorg that plays does now.
    pub step: RwSignal<Option<String>>,
    /// Nodes that follow a block which is not known here.
    pub elsewhere: RwSignal<Vec<String>>,
    /// The newest that is said aloud.
    pub said: RwSignal<String>,
    pub legend: RwSignal<Vec<LegendEntry>>,
    /// Miners for whom the legend has no room.
    pub others: RwSignal<usize>,
}

/// Words beside the pointer, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Hover {
    pub x: f64,
    pub y: f64,
    /// Whether there is more room to the left.
    pub to_left: bool,
    pub words: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ReorgLine {
    pub view: ReorgView,
    /// The highest first; empty until their blocks are known here.
    pub lost: Vec<String>,
    pub won: Vec<String>,
}

impl ReorgLine {
    /// Of the same reorg changes only how many of its blocks are known.
    pub fn key(&self) -> String {
        format!("{} {} {} {}", self.view.at.0, self.view.won_tip, self.lost.len(), self.won.len())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegendEntry {
    pub miner: Address,
    pub name: String,
    pub colour: usize,
    /// Among the newest.
    pub blocks: usize,
}

impl LegendEntry {
    /// An entry that says something else is another.
    pub fn key(&self) -> String {
        format!("{} {} {} {}", self.miner, self.colour, self.blocks, self.name)
    }
}

fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}

impl Told {
    pub fn new() -> Self {
        Self {
            summary: RwSignal::new(None),
            focus: RwSignal::new(String::new()),
            hover: RwSignal::new(None),
            selected: RwSignal::new(None),
            contested: RwSignal::new(false),
            chosen_elsewhere: RwSignal::new(false),
            sees_others: RwSignal::new(false),
            follows: RwSignal::new(true),
            skips: RwSignal::new(true),
            room: RwSignal::new(0),
            reorgs: RwSignal::new(Vec::new()),
            step: RwSignal::new(None),
            elsewhere: RwSignal::new(Vec::new()),
            said: RwSignal::new(String::new()),
            legend: RwSignal::new(Vec::new()),
            others: RwSignal::new(0),
        }
    }

    pub fn selected(&self) -> Option<BlockHash> {
        self.selected.get_untracked()
    }

    pub fn toggle(&self, hash: BlockHash) {
        set(self.selected, (self.selected() != Some(hash)).then_some(hash));
    }

    /// Whether there were details to close.
    pub fn close(&self) -> bool {
        let was_open = self.selected().is_some();
        set(self.selected, None);
        was_open
    }

    pub fn say(&self, words: String) {
        self.said.set(words);
    }

    pub fn focus_is(&self, words: String) {
        set(self.focus, words);
    }

    pub fn step_is(&self, step: Option<String>) {
        set(self.step, step);
    }

    pub fn hover_is(&self, hover: Option<((f64, f64), String)>, width: f64) {
        let hover = hover.map(|((x, y), words)| Hover { x, y, to_left: x > width / 2.0, words });
        set(self.hover, hover);
    }

    pub fn sight_is(&self, camera: &Camera, axis: &Axis, skips: bool, now: f64) {
        set(self.follows, camera.follows());
        set(self.skips, skips);
        let (from, to) = camera.sight(axis, now);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the zoom")]
        let room = (to - from).round() as usize;
        set(self.room, room);
    }

    pub fn summarise(&self, model: &Model) {
        set(self.summary, Some(Summary::of(model)));
    }

    /// What there is to say of the chosen block.
    pub fn chosen_is(&self, model: &Model) {
        let chosen = self.selected().and_then(|hash| model.block(&hash));
        let rivals = chosen.and_then(|block| model.at(block.height)).map_or(0, <[BlockHash]>::len);
        set(self.contested, rivals > 1);
        set(self.chosen_elsewhere, chosen.is_some_and(|block| block.elsewhere));
    }

    pub fn others_are(&self, model: &Model) {
        set(self.sees_others, model.sees_others());
    }

    pub fn hear(&self, model: &Model, news: &News) {
        self.summarise(model);
        let mut counts: HashMap<Address, usize> = HashMap::new();
        for block in news.blocks.iter().filter(|block| block.height > 0) {
            *counts.entry(block.miner).or_default() += 1;
        }
        let known = model.miners.iter().filter_map(|miner| {
            let blocks = *counts.get(&miner.address)?;
            Some(LegendEntry { miner: miner.address, name: miner.name.clone(), colour: miner.colour, blocks })
        });
        let mut legend: Vec<LegendEntry> = known.collect();
        stable::sort_by(&mut legend, |a, b| b.blocks.cmp(&a.blocks).then_with(|| a.name.cmp(&b.name)));
        set(self.others, legend.len().saturating_sub(LEGEND));
        legend.truncate(LEGEND);
        set(self.legend, legend);
    }

    pub fn elsewhere_are(&self, names: Vec<String>) {
        set(self.elsewhere, names);
    }

    pub fn reorgs_are(&self, model: &Model) {
        let named = |tip: BlockHash, fork_height: u32| {
            let path = model.path_down(tip, fork_height);
            let rest = path.len().saturating_sub(NAMED);
            let blocks = path.iter().take(NAMED).filter_map(|hash| model.block(hash));
            let mut names: Vec<String> =
                blocks.map(|block| text!("tree-by", height = block.height, name = model.miner_name(block))).collect();
            if rest > 0 {
                names.push(text!("tree-and-below", count = rest));
            }
            names
        };
        let lines = model.reorgs.iter().map(|view| ReorgLine {
            view: view.clone(),
            lost: named(view.lost_tip, view.fork_height),
            won: named(view.won_tip, view.fork_height),
        });
        set(self.reorgs, lines.collect());
    }
}
