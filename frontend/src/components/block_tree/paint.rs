//! One frame of the picture, on a canvas: what is in sight and nothing else, in as much detail as there is room for. Wide
//! pictures have their heights from left to right, narrow ones from the bottom to the top.

mod blocks;
pub mod pen;
mod strip;

use std::collections::{HashMap, HashSet};

use tabchain_shared::primitives::BlockHash;

use super::axis::Axis;
use super::camera::Camera;
use super::layout::Layout;
use super::model::{Branch, Model, Strip};
use super::motion::Motion;
use super::walk::Focus;
pub use pen::Theme;
use pen::{Pen, Rect};

/// Below so many pixels for a unit blocks are not drawn one by one.
pub const FAR: f64 = 6.0;
/// From here on there is room for initials, and for names and numbers.
const COMPACT: f64 = 24.0;
const FULL: f64 = 60.0;
/// A picture with less room than this across is low, pixels.
const LOW: f64 = 230.0;

/// How much of a block there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Shares of stretches.
    Far,
    Small,
    Compact,
    Full,
}

impl Detail {
    pub fn at(scale: f64) -> Self {
        match scale {
            scale if scale >= FULL => Self::Full,
            scale if scale >= COMPACT => Self::Compact,
            scale if scale >= FAR => Self::Small,
            _ => Self::Far,
        }
    }
}

/// What can be pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Block(BlockHash),
    Run { from: u32, to: u32 },
}

/// Everything that a frame shows.
pub struct Picture<'a> {
    pub model: &'a Model,
    pub layout: &'a Layout,
    pub axis: &'a Axis,
    pub camera: &'a Camera,
    pub motion: &'a Motion,
    /// By the height of their forks, of those at one height the longest first.
    pub branches: &'a [Branch],
    /// The finest strips first.
    pub strips: &'a [&'a Strip],
    pub believers: &'a HashMap<BlockHash, Vec<String>>,
    pub focus: Option<Focus>,
    pub has_keyboard: bool,
    pub hover: Option<Target>,
    pub selected: Option<BlockHash>,
    pub theme: &'a Theme,
    pub geometry: Geometry,
    pub now: f64,
}

/// The size of the picture in pixels, and how it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Geometry {
    pub width: f64,
    pub height: f64,
    /// Heights go up, not to the right.
    pub upright: bool,
}

impl Geometry {
    pub fn length(&self) -> f64 {
        if self.upright { self.height } else { self.width }
    }

    fn breadth(&self) -> f64 {
        if self.upright { self.width } else { self.height }
    }

    /// Pixels across to the active chain: room for the chips above it, or for half a block beside it.
    fn chain(&self) -> f64 {
        if self.upright { 62.0 } else { 66.0 }
    }

    /// Pixels from a lane to the next. Two lanes below the chain always have room, so that the picture seldom changes; in a low picture
    /// one, so that its blocks can be read.
    fn lane(&self, lanes: usize) -> f64 {
        let margin = if self.upright { 56.0 } else { 48.0 };
        #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
        let lanes = lanes.max(if self.breadth() < LOW { 1 } else { 2 }) as f64;
        // One lane may reach to the border: its blocks are to be read.
        let least = if lanes < 2.0 { 44.0 } else { 30.0 };
        ((self.breadth() - self.chain() - margin) / lanes).clamp(least, 112.0)
    }

    /// Where a place along and across the chain is.
    fn point(&self, along: f64, across: f64) -> (f64, f64) {
        if self.upright { (across, self.height - along) } else { (along, across) }
    }

    /// The other way round: how far along.
    pub fn along(&self, x: f64, y: f64) -> f64 {
        if self.upright { self.height - y } else { x }
    }
}

/// Numbers that all of a frame uses.
struct Frame<'a> {
    picture: &'a Picture<'a>,
    pen: Pen<'a>,
    scale: f64,
    detail: Detail,
    /// Pixels between lanes.
    lane: f64,
    /// Units in sight.
    sight: (f64, f64),
}

impl Frame<'_> {
    fn along(&self, unit: f64) -> f64 {
        self.picture.camera.along(self.picture.axis, unit, self.picture.now)
    }

    fn across(&self, lanes: f64) -> f64 {
        self.picture.geometry.chain() + lanes * self.lane
    }

    fn point(&self, unit: f64, lanes: f64) -> (f64, f64) {
        self.picture.geometry.point(self.along(unit), self.across(lanes))
    }
}

/// Draws a frame, and returns what can be pointed at, the topmost last.
pub fn paint(context: &web_sys::CanvasRenderingContext2d, picture: &Picture) -> Vec<(Rect, Target)> {
    let scale = picture.camera.scale(picture.now);
    let frame = Frame {
        pen: Pen { context, font: &picture.theme.font },
        scale,
        detail: Detail::at(scale),
        // Small blocks need no more room between lanes than within them.
        lane: match Detail::at(scale) {
            Detail::Full => picture.geometry.lane(picture.layout.lanes),
            Detail::Compact => picture.geometry.lane(picture.layout.lanes).min(52.0),
            Detail::Small | Detail::Far => picture.geometry.lane(picture.layout.lanes).min(38.0),
        },
        sight: picture.camera.sight(picture.axis, picture.now),
        picture,
    };
    let Geometry { width, height, .. } = picture.geometry;
    context.clear_rect(0.0, 0.0, width, height);
    frame.pen.alpha(1.0);
    let mut targets = Vec::new();
    if frame.detail == Detail::Far {
        frame.strip(&mut targets);
    } else {
        frame.blocks(&mut targets);
    }
    frame.ruler();
    targets
}

/// Shown heights in sight that are not known yet, as the lowest of them and how many from there on, at most `limit`.
pub fn missing(
    model: &Model,
    axis: &Axis,
    camera: &Camera,
    now: f64,
    pending: &HashSet<u32>,
    limit: u32,
) -> Option<(u32, u32)> {
    if Detail::at(camera.scale(now)) == Detail::Far {
        return None;
    }
    let (from, to) = camera.sight(axis, now);
    let mut first = None;
    for segment in axis.between(from, to).filter(|segment| !segment.hidden) {
        for height in visible(axis, segment.from, segment.to, from, to) {
            let is_missing = height <= model.height && model.at(height).is_none() && !pending.contains(&height);
            if first.is_none() && is_missing {
                first = Some(height);
            }
            if let Some(first) = first
                && (height - first >= limit - 1 || (height > first && !is_missing && height <= model.height))
            {
                return Some((first, height - first + 1));
            }
        }
        if let Some(first) = first {
            return Some((first, segment.to.min(model.height).saturating_sub(first).min(limit - 1) + 1));
        }
    }
    None
}

/// Heights of a shown segment between two units, with one to spare on both sides.
fn visible(axis: &Axis, first: u32, last: u32, from: f64, to: f64) -> std::ops::RangeInclusive<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the segment")]
    let bounded = |height: f64| height.clamp(f64::from(first), f64::from(last)) as u32;
    bounded(axis.height(from).floor() - 1.0)..=bounded(axis.height(to).ceil() + 1.0)
}
