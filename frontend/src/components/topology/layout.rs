//! Where the nodes stand: in circles around the relay, each part of a divided network for itself. Nothing is drawn by chance, so
//! nobody moves unless somebody comes or goes.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, TAU};

use tabchain_shared::primitives::NodeId;

use super::model::{Dot, Model, Role};

/// Between the picture's edge and the outermost circle, with room for a name.
const EDGE: f64 = 46.0;
/// Between nodes of one circle that are told apart, and between two circles.
const SPACING: f64 = 30.0;
/// Names need more room; with less they are shown for some nodes only.
pub const NAMED_SPACING: f64 = 58.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    /// A part of the way to another one.
    pub fn towards(self, to: Self, part: f64) -> Self {
        Self { x: self.x + (to.x - self.x) * part, y: self.y + (to.y - self.y) * part }
    }

    pub fn distance(self, to: Self) -> f64 {
        (self.x - to.x).hypot(self.y - to.y)
    }
}

/// The picture's size, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    pub places: BTreeMap<NodeId, Point>,
    /// Whether there is room for everybody's name.
    pub named: bool,
}

impl Layout {
    pub fn of(model: &Model, size: Size) -> Self {
        let mut layout = Self { places: BTreeMap::new(), named: true };
        let side_by_side = size.width >= size.height;
        #[expect(clippy::cast_precision_loss, reason = "a few parts")]
        let (parts, number) = (model.parts as f64, |part: usize| part as f64 + 0.5);
        for part in 0..model.parts {
            let dots: Vec<&Dot> = model.dots.iter().filter(|dot| dot.part == part).collect();
            let (middle, room) = if side_by_side {
                let width = size.width / parts;
                (Point { x: width * number(part), y: size.height / 2.0 }, Size { width, height: size.height })
            } else {
                let height = size.height / parts;
                (Point { x: size.width / 2.0, y: height * number(part) }, Size { width: size.width, height })
            };
            layout.place(&dots, middle, room, model.is_ring);
        }
        layout
    }

    fn place(&mut self, dots: &[&Dot], middle: Point, room: Size, is_ring: bool) {
        let is_central = |dot: &&&Dot| dot.role == Role::Relay && !is_ring;
        let centre: Vec<&&Dot> = dots.iter().filter(is_central).collect();
        let around: Vec<&&Dot> = dots.iter().filter(|dot| !is_central(dot)).collect();
        let radii = Size { width: (room.width / 2.0 - EDGE).max(20.0), height: (room.height / 2.0 - EDGE).max(20.0) };
        // Several relays stand on a small circle of their own.
        let inner = if centre.len() > 1 { SPACING.max(0.2 * radii.width.min(radii.height)) } else { 0.0 };
        self.circle(&centre, middle, Size { width: inner, height: inner });
        let mut left = around.as_slice();
        for (circle, count) in circles(around.len(), radii).into_iter().enumerate() {
            let (on_it, rest) = left.split_at(count.min(left.len()));
            #[expect(clippy::cast_precision_loss, reason = "a few circles")]
            let inwards = SPACING * 1.2 * circle as f64;
            let radii =
                Size { width: (radii.width - inwards).max(SPACING), height: (radii.height - inwards).max(SPACING) };
            self.circle(on_it, middle, radii);
            left = rest;
        }
    }

    fn circle(&mut self, dots: &[&&Dot], middle: Point, radii: Size) {
        #[expect(clippy::cast_precision_loss, reason = "a few hundred nodes")]
        let step = TAU / dots.len().max(1) as f64;
        if dots.len() > 1 && circumference(radii) * step / TAU < NAMED_SPACING {
            self.named = false;
        }
        let mut angle = -FRAC_PI_2;
        for dot in dots {
            let place = Point { x: middle.x + radii.width * angle.cos(), y: middle.y + radii.height * angle.sin() };
            self.places.insert(dot.id, place);
            angle += step;
        }
    }
}

/// How many nodes stand on each circle, the outermost first: one circle while they fit on it, then as many as it takes.
fn circles(count: usize, outer: Size) -> Vec<usize> {
    let capacity = |circle: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a few circles")]
        let inwards = SPACING * 1.2 * circle as f64;
        let radii = Size { width: (outer.width - inwards).max(SPACING), height: (outer.height - inwards).max(SPACING) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "nodes on a circle")]
        let fits = (circumference(radii) / SPACING) as usize;
        fits.max(4)
    };
    let mut capacities = Vec::new();
    while capacities.iter().sum::<usize>() < count {
        capacities.push(capacity(capacities.len()));
    }
    // Each is as full as the others, so that none has a gap.
    let all: usize = capacities.iter().sum();
    let mut left = count;
    let last = capacities.len().saturating_sub(1);
    let filled = capacities.iter().enumerate().map(|(circle, capacity)| {
        let share = if circle == last { left } else { (count * capacity).div_ceil(all).min(left) };
        left -= share;
        share
    });
    filled.collect()
}

/// Of an ellipse, by Ramanujan's first approximation.
fn circumference(Size { width: a, height: b }: Size) -> f64 {
    TAU / 2.0 * (3.0 * (a + b) - ((3.0 * a + b) * (a + 3.0 * b)).sqrt())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::TipColours;
    use super::super::model::tests::{id, network, topology};
    use super::*;
    use crate::operator::{ShapeName, Topology};

    const WIDE: Size = Size { width: 1_000.0, height: 560.0 };
    const PHONE: Size = Size { width: 360.0, height: 460.0 };

    fn layout(size: u8, topology: &Topology, room: Size) -> Layout {
        Layout::of(&Model::of(&network(size), topology, &mut TipColours::default()), room)
    }

    #[test]
    fn everybody_stands_within_the_picture_and_apart_from_others() {
        let mesh = topology(ShapeName::Mesh, &[]);
        for (size, room, apart) in [(2, PHONE, 40.0), (31, WIDE, 40.0), (200, WIDE, 15.0), (60, PHONE, 15.0)] {
            let places: Vec<Point> = layout(size, &mesh, room).places.into_values().collect();
            assert_eq!(places.len(), usize::from(size));
            for (at, place) in places.iter().enumerate() {
                assert!((20.0..room.width - 20.0).contains(&place.x), "{size}: {place:?}");
                assert!((20.0..room.height - 20.0).contains(&place.y), "{size}: {place:?}");
                let nearest = places[at + 1..].iter().map(|other| place.distance(*other)).fold(f64::MAX, f64::min);
                assert!(nearest >= apart, "{size}: {nearest}");
            }
        }
    }

    #[test]
    fn names_are_for_those_who_have_room() {
        let mesh = topology(ShapeName::Mesh, &[]);
        assert!(layout(31, &mesh, WIDE).named);
        assert!(!layout(200, &mesh, WIDE).named);
        assert!(!layout(40, &mesh, PHONE).named);
    }

    #[test]
    fn the_relay_is_in_the_middle_and_parts_are_beside_each_other() {
        let whole = layout(6, &topology(ShapeName::Star, &[]), WIDE);
        assert_eq!(whole.places[&id(0)], Point { x: 500.0, y: 280.0 });
        let parted = Topology { groups: vec![vec![id(1), id(2)]], ..topology(ShapeName::Star, &[]) };
        let wide = layout(6, &parted, WIDE).places;
        assert!([0, 3, 4, 5].iter().all(|node| wide[&id(*node)].x < 500.0));
        assert!([1, 2].iter().all(|node| wide[&id(*node)].x > 500.0));
        let phone = layout(6, &parted, PHONE).places;
        assert!([0, 3, 4, 5].iter().all(|node| phone[&id(*node)].y < 230.0));
    }
}
