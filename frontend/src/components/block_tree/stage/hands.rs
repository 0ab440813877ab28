//! Pointers, wheels and keys. A wheel zooms when the picture has the keyboard, or with Ctrl as a pinch on a touchpad has it;
//! otherwise it scrolls the page. One finger scrolls the page where that goes the picture's way; two move and zoom.

use js_sys::Math;
use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};

use super::frames::Theatre;
use crate::components::block_tree::walk::Move;

/// A press that moves further is a pull, pixels.
const PULL: f64 = 5.0;
/// For a key or a button.
pub const ZOOM_STEP: f64 = 1.6;
/// Part of a zoom for one pixel of a wheel.
const WHEEL: f64 = 0.0016;

/// Pointers that are down, and how far they have come.
#[derive(Debug, Default)]
pub struct Hands {
    down: Vec<(i32, f64, f64)>,
    pulled: f64,
}

impl Hands {
    pub fn down(&mut self, event: &PointerEvent) {
        if self.down.is_empty() {
            self.pulled = 0.0;
        }
        let (x, y) = place(event);
        self.down.retain(|(id, ..)| *id != event.pointer_id());
        self.down.push((event.pointer_id(), x, y));
    }

    pub fn moved(&mut self, event: &PointerEvent, theatre: &Theatre) {
        let (x, y) = place(event);
        let Some(index) = self.down.iter().position(|(id, ..)| *id == event.pointer_id()) else {
            theatre.change(|stage, _| stage.hover(Some((x, y))));
            return;
        };
        let before = self.down.clone();
        self.down[index] = (event.pointer_id(), x, y);
        self.pulled += (before[index].1 - x).hypot(before[index].2 - y);
        if self.pulled < PULL {
            return;
        }
        theatre.change(|stage, now| {
            stage.hover(None);
            let geometry = stage.geometry;
            let middle = |down: &[(i32, f64, f64)]| {
                let (a, b) = (down[0], down[down.len() - 1]);
                geometry.along(f64::midpoint(a.1, b.1), f64::midpoint(a.2, b.2))
            };
            let apart = |down: &[(i32, f64, f64)]| {
                let (a, b) = (down[0], down[down.len() - 1]);
                (a.1 - b.1).hypot(a.2 - b.2)
            };
            stage.pan(middle(&self.down) - middle(&before), now);
            if self.down.len() > 1 && apart(&before) > 1.0 {
                stage.zoom_at(apart(&self.down) / apart(&before), middle(&self.down), now);
            }
        });
    }

    /// `false`: the browser took the pointer for something else.
    pub fn up(&mut self, event: &PointerEvent, is_done: bool, theatre: &Theatre) {
        let was_down = self.down.iter().any(|(id, ..)| *id == event.pointer_id());
        self.down.retain(|(id, ..)| *id != event.pointer_id());
        if was_down && is_done && self.pulled < PULL && self.down.is_empty() {
            let (x, y) = place(event);
            theatre.change(|stage, now| stage.press(x, y, now));
        }
    }
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.offset_x()), f64::from(event.offset_y()))
}

pub fn wheel(event: &WheelEvent, theatre: &Theatre) {
    let is_ours = event.ctrl_key() || theatre.read(|stage| stage.has_keyboard);
    // Lines and pages are so many pixels.
    let unit = [1.0, 16.0, 400.0][(event.delta_mode() as usize).min(2)];
    let (x, y) = (event.delta_x() * unit, event.delta_y() * unit);
    if x.abs() > y.abs() && !theatre.read(super::Stage::upright) {
        event.prevent_default();
        theatre.change(|stage, now| stage.pan(-x, now));
    } else if is_ours {
        event.prevent_default();
        let (at_x, at_y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        // A pinch comes in small numbers.
        let factor = Math::exp(-y * WHEEL * if event.ctrl_key() { 5.0 } else { 1.0 });
        theatre.change(|stage, now| {
            let point = stage.geometry.along(at_x, at_y);
            stage.zoom_at(factor.clamp(0.2, 5.0), point, now);
        });
    }
}

/// Whether the key was ours.
pub fn key(event: &KeyboardEvent, theatre: &Theatre) -> bool {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return false;
    }
    let upright = theatre.read(super::Stage::upright);
    // Along the chain lie the arrows that point there, across it lie the branches.
    let to = match (event.key().as_str(), upright) {
        ("ArrowRight", false) | ("ArrowUp", true) => Move::Child,
        ("ArrowLeft", false) | ("ArrowDown", true) => Move::Parent,
        ("ArrowDown", false) | ("ArrowRight", true) => Move::Down,
        ("ArrowUp", false) | ("ArrowLeft", true) => Move::Up,
        ("Home", _) => Move::Genesis,
        ("End", _) => Move::Tip,
        (key, _) => {
            return theatre.change(|stage, now| {
                match key {
                    "+" | "=" => stage.zoom(ZOOM_STEP, now),
                    "-" | "_" => stage.zoom(1.0 / ZOOM_STEP, now),
                    "0" => stage.reset(now),
                    "Enter" | " " => stage.enter(now),
                    "Escape" => stage.escape(),
                    _ => return false,
                }
                true
            });
        }
    };
    theatre.change(|stage, now| stage.go(to, now));
    true
}
