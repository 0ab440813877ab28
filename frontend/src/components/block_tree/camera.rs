//! Which part of the axis is in sight. The picture hangs on one height, at three quarters of its length: the tip's, which it
//! follows, until the person moves it.

use js_sys::Math;

use super::axis::Axis;

/// From one tip to the next.
pub const GLIDE_MILLIS: f64 = 750.0;
/// From one zoom to the next, with keys and buttons.
const ZOOM_MILLIS: f64 = 200.0;
/// Where the tip is, as a part of the picture's length.
pub const TIP_AT: f64 = 0.75;
/// Blocks at least in sight, unless they would be too small to read then, and at most.
const FEWEST: f64 = 10.0;
const MOST: f64 = 100_000.0;
/// Pixels for a block that can be had on any screen.
const READABLE: f64 = 96.0;
/// Pixels for a block when nobody has zoomed.
const USUAL: f64 = 104.0;

/// A change of a value over time, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Glide {
    from: f64,
    start: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    /// Pixels of the picture's length.
    length: f64,
    /// The height that is at [`TIP_AT`].
    anchor: f64,
    glide: Option<Glide>,
    /// Pixels for a unit.
    scale: f64,
    zooming: Option<Glide>,
    follows: bool,
    /// Without them everything is at once where it belongs.
    pub animates: bool,
}

impl Camera {
    pub fn new() -> Self {
        Self { length: 1.0, anchor: 0.0, glide: None, scale: USUAL, zooming: None, follows: true, animates: true }
    }

    pub fn follows(&self) -> bool {
        self.follows
    }

    pub fn length(&self) -> f64 {
        self.length
    }

    pub fn set_length(&mut self, length: f64) {
        if self.length <= 1.0 {
            self.scale = usual(length);
        }
        self.length = length.max(1.0);
        self.scale = self.scale.min(largest(self.length));
    }

    /// The tip is at that height now.
    pub fn tip_is(&mut self, height: u32, now: f64) {
        if self.follows && (self.anchor - f64::from(height)).abs() > f64::EPSILON {
            self.go(f64::from(height), now);
        }
    }

    /// Shows a height where the tip would be, and stays there.
    pub fn look_at(&mut self, height: f64, now: f64) {
        self.follows = false;
        self.go(height, now);
    }

    /// Back to the tip, as it was at first.
    pub fn recentre(&mut self, tip: u32, now: f64) {
        self.follows = true;
        self.go(f64::from(tip), now);
    }

    pub fn reset_zoom(&mut self, now: f64) {
        self.zoom_to(usual(self.length), now);
    }

    fn go(&mut self, height: f64, now: f64) {
        self.glide = self.animates.then_some(Glide { from: self.anchor, start: now });
        self.anchor = height;
    }

    pub fn scale(&self, now: f64) -> f64 {
        let Some(Glide { from, start }) = self.zooming else { return self.scale };
        from * Math::pow(self.scale / from, ease((now - start) / ZOOM_MILLIS))
    }

    fn anchor_unit(&self, axis: &Axis, now: f64) -> f64 {
        let to = axis.unit(self.anchor);
        let Some(Glide { from, start }) = self.glide else { return to };
        let from = axis.unit(from);
        from + (to - from) * ease((now - start) / GLIDE_MILLIS)
    }

    /// Whether the next frame will be another one.
    pub fn moves(&self, now: f64) -> bool {
        let under_way = |glide: Option<Glide>, millis: f64| glide.is_some_and(|glide| now < glide.start + millis);
        under_way(self.glide, GLIDE_MILLIS) || under_way(self.zooming, ZOOM_MILLIS)
    }

    /// Pixels from the picture's beginning.
    pub fn along(&self, axis: &Axis, unit: f64, now: f64) -> f64 {
        self.length * TIP_AT + (unit - self.anchor_unit(axis, now)) * self.scale(now)
    }

    /// Units at the picture's beginning and end.
    pub fn sight(&self, axis: &Axis, now: f64) -> (f64, f64) {
        let (anchor, scale) = (self.anchor_unit(axis, now), self.scale(now));
        (anchor - self.length * TIP_AT / scale, anchor + self.length * (1.0 - TIP_AT) / scale)
    }

    /// Moves by so many pixels, as a hand does: no glide.
    pub fn pan(&mut self, axis: &Axis, pixels: f64, now: f64) {
        let unit = self.anchor_unit(axis, now) - pixels / self.scale(now);
        self.stop(axis, unit);
        self.follows = false;
    }

    /// Zooms by a factor, at once, so that what is under a point stays there.
    pub fn zoom_at(&mut self, axis: &Axis, factor: f64, point: f64, now: f64) {
        let before = self.scale(now);
        let scale = self.bounded(before * factor);
        let from_anchor = point - self.length * TIP_AT;
        let unit = self.anchor_unit(axis, now) + from_anchor / before - from_anchor / scale;
        (self.scale, self.zooming) = (scale, None);
        if !self.follows {
            self.stop(axis, unit);
        }
    }

    /// Zooms by a factor around what the picture hangs on.
    pub fn zoom(&mut self, factor: f64, now: f64) {
        self.zoom_to(self.scale * factor, now);
    }

    /// Zooms until so many units are in sight.
    pub fn zoom_to_units(&mut self, units: f64, now: f64) {
        self.zoom_to(self.length / units.max(1.0), now);
    }

    fn zoom_to(&mut self, scale: f64, now: f64) {
        self.zooming = self.animates.then_some(Glide { from: self.scale(now), start: now });
        self.scale = self.bounded(scale);
    }

    fn bounded(&self, scale: f64) -> f64 {
        scale.clamp(self.length / MOST, largest(self.length))
    }

    /// Whether everything that there is would be in sight at that zoom, with room to spare.
    pub fn sees_all(&self, axis: &Axis) -> bool {
        axis.units() * self.scale < self.length * TIP_AT
    }

    /// Stays within what there is.
    fn stop(&mut self, axis: &Axis, unit: f64) {
        self.glide = None;
        self.anchor = axis.height(unit.clamp(0.0, axis.units()));
    }
}

fn largest(length: f64) -> f64 {
    (length / FEWEST).max(READABLE)
}

fn usual(length: f64) -> f64 {
    // A projector shows larger blocks, not more of them.
    (length / 13.0).clamp(76.0, USUAL.max(length / 14.0))
}

/// Slow at both ends.
pub fn ease(part: f64) -> f64 {
    let part = part.clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn camera(length: f64, tip: u32) -> Camera {
        let mut camera = Camera { animates: false, ..Camera::new() };
        camera.set_length(length);
        camera.tip_is(tip, 0.0);
        camera
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn the_tip_stays_at_three_quarters_while_the_camera_follows() {
        let axis = Axis::straight(100);
        let mut camera = camera(1_200.0, 99);
        near(camera.along(&axis, axis.unit(99.0), 0.0), 900.0);
        camera.animates = true;
        camera.tip_is(100, 1_000.0);
        near(camera.along(&axis, axis.unit(99.0), 1_000.0), 900.0);
        let half_way = camera.along(&axis, axis.unit(100.0), 1_000.0 + GLIDE_MILLIS / 2.0);
        assert!(half_way > 900.0 && camera.moves(1_000.0 + GLIDE_MILLIS / 2.0));
        near(camera.along(&axis, axis.unit(100.0), 1_000.0 + GLIDE_MILLIS), 900.0);
        assert!(!camera.moves(1_000.0 + GLIDE_MILLIS));
    }

    #[test]
    fn what_a_hand_has_moved_stays_there_until_it_is_recentred() {
        let axis = Axis::straight(100);
        let mut camera = camera(1_200.0, 99);
        camera.pan(&axis, 300.0, 0.0);
        let there = camera.along(&axis, axis.unit(80.0), 0.0);
        camera.tip_is(100, 0.0);
        near(camera.along(&axis, axis.unit(80.0), 0.0), there);
        assert!(!camera.follows());
        camera.recentre(100, 0.0);
        near(camera.along(&axis, axis.unit(100.0), 0.0), 900.0);
    }

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let axis = Axis::skipping(5_000, 5_000, [1_000..=1_010]);
        let mut camera = camera(1_200.0, 5_000);
        camera.pan(&axis, 900.0, 0.0);
        let point = 400.0;
        let height = |camera: &Camera| {
            let (from, _) = camera.sight(&axis, 0.0);
            axis.height(from + point / camera.scale(0.0))
        };
        let before = height(&camera);
        camera.zoom_at(&axis, 0.6, point, 0.0);
        near(height(&camera), before);
    }

    #[test]
    fn zoom_goes_from_ten_blocks_to_a_hundred_thousand() {
        let axis = Axis::straight(200_000);
        let mut camera = camera(1_000.0, 200_000);
        let seen = |camera: &Camera| {
            let (from, to) = camera.sight(&axis, 0.0);
            to - from
        };
        camera.zoom(1e9, 0.0);
        near(seen(&camera), 10.0);
        camera.zoom(1e-9, 0.0);
        near(seen(&camera), 100_000.0);
        camera.reset_zoom(0.0);
        near(seen(&camera), 13.0);
    }

    #[test]
    fn a_run_that_is_hidden_elsewhere_moves_nothing() {
        let mut camera = camera(1_200.0, 900);
        let (before, after) = (Axis::skipping(900, 900, [500..=500, 880..=880]), Axis::skipping(900, 900, [880..=880]));
        camera.pan(&before, 100.0, 0.0);
        let seen = |axis: &Axis| camera.along(axis, axis.unit(890.0), 0.0);
        near(seen(&before), seen(&after));
    }
}
