//! A link as a line in the picture: straight, unless another node stands in its way. Then it goes around that one, for a link that
//! passes behind a node looks like two that end there, and two on one line look like one.

use std::collections::BTreeMap;

use tabchain_shared::primitives::NodeId;

use super::layout::{Layout, Point};

/// A node that is nearer to a straight link than this stands in its way: the outline of the largest, and a little air. Pixels.
const NEAR: f64 = 20.0;
/// How far around a node a link goes, and how much further for each that stands in its way besides. Pixels.
const AROUND: f64 = 27.0;
const FURTHER: f64 = 9.0;
/// Nobody follows a single one of more links, and looking at every node for each would take longer than a frame.
const MAX_LINES: usize = 2_000;

/// How far each link that is not straight is bent to its left, as one goes from its first end to its second. Pixels at its control
/// point: the line goes half as far.
pub type Bends = BTreeMap<[NodeId; 2], f64>;

/// Depends on nothing but where the nodes stand, so a link keeps its bend from one look at the network to the next.
pub fn bends(layout: &Layout, lines: &[[NodeId; 2]]) -> Bends {
    if lines.len() > MAX_LINES {
        return Bends::new();
    }
    lines.iter().filter_map(|ends| Some((*ends, bend(layout, *ends)?))).collect()
}

fn bend(layout: &Layout, ends: [NodeId; 2]) -> Option<f64> {
    let [from, to] = ends.map(|end| layout.places.get(&end));
    let (from, to) = (*from?, *to?);
    let others = layout.places.iter().filter(|(id, _)| !ends.contains(id));
    let in_the_way: Vec<(f64, f64)> = others.filter_map(|(_, place)| beside(*place, from, to)).collect();
    let (_, nearest) = *in_the_way.iter().min_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    #[expect(clippy::cast_precision_loss, reason = "a few nodes")]
    let around = AROUND + FURTHER * (in_the_way.len() - 1) as f64;
    // The side on which the nearest does not stand; of one that stands in the very middle, the left.
    let side = if nearest > 0.5 { -1.0 } else { 1.0 };
    // At a part `t` of the way a curve is 2t(1 − t) of its bend away from the straight line.
    let needed = in_the_way.iter().map(|(t, aside)| (around + side * aside).max(0.0) / (2.0 * t * (1.0 - t)));
    Some(side * needed.fold(0.0, f64::max))
}

/// Where a node stands that is in the way of a straight line: the part of the way, and how far to the left. Not for one that is beside
/// an end, which no line could go around.
fn beside(place: Point, from: Point, to: Point) -> Option<(f64, f64)> {
    let length = from.distance(to);
    let (along_x, along_y) = ((to.x - from.x) / length, (to.y - from.y) / length);
    let (x, y) = (place.x - from.x, place.y - from.y);
    let (along, aside) = (x * along_x + y * along_y, x * along_y - y * along_x);
    (aside.abs() < NEAR && along > NEAR && along < length - NEAR).then_some((along / length, aside))
}

/// A quadratic Bézier curve; with its control point in the middle of its ends, a straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Curve {
    from: Point,
    control: Point,
    to: Point,
}

impl Curve {
    /// Bent so far to its left.
    pub fn bent(from: Point, to: Point, bend: f64) -> Self {
        let (middle, length) = (from.towards(to, 0.5), from.distance(to).max(1.0));
        let control =
            Point { x: middle.x + bend * (to.y - from.y) / length, y: middle.y - bend * (to.x - from.x) / length };
        Self { from, control, to }
    }

    /// Through a point at its middle.
    pub fn through(from: Point, at: Point, to: Point) -> Self {
        Self { from, control: from.towards(to, 0.5).towards(at, 2.0), to }
    }

    /// A part of the way, from 0 to 1.
    pub fn at(&self, part: f64) -> Point {
        let (first, second) = (self.from.towards(self.control, part), self.control.towards(self.to, part));
        first.towards(second, part)
    }

    /// As SVG writes it.
    pub fn path(&self) -> String {
        let Self { from, control, to } = self;
        format!("M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}", from.x, from.y, control.x, control.y, to.x, to.y)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::tests::id;
    use super::*;

    fn layout(places: &[(f64, f64)]) -> Layout {
        let places = (0..).zip(places).map(|(number, (x, y))| (id(number), Point { x: *x, y: *y }));
        Layout { places: places.collect(), named: true }
    }

    /// The shortest way from a place to a link.
    fn distance(layout: &Layout, bends: &Bends, ends: [u8; 2], to: Point) -> f64 {
        let [from, other] = ends.map(|end| layout.places[&id(end)]);
        let curve = Curve::bent(from, other, bends.get(&ends.map(id)).copied().unwrap_or(0.0));
        (0..=200).map(|step| curve.at(f64::from(step) / 200.0).distance(to)).fold(f64::MAX, f64::min)
    }

    #[test]
    fn a_link_goes_around_who_stands_in_its_way_and_no_two_on_one_line_are_one() {
        // Four in a row, one beside it, and one far away.
        let layout = layout(&[(0.0, 50.0), (100.0, 50.0), (200.0, 50.0), (300.0, 50.0), (150.0, 62.0), (150.0, 250.0)]);
        let lines = [[0, 1], [0, 2], [0, 3], [1, 2], [1, 5]];
        let bends = bends(&layout, &lines.map(|ends| ends.map(id)));
        assert_eq!(bends.keys().copied().collect::<Vec<_>>(), [[0, 2], [0, 3], [1, 2]].map(|ends| ends.map(id)));
        for (ends, in_the_way) in [([0, 2], vec![1, 4]), ([0, 3], vec![1, 2, 4]), ([1, 2], vec![4])] {
            for node in in_the_way {
                let away = distance(&layout, &bends, ends, layout.places[&id(node)]);
                assert!(away > NEAR, "{ends:?} passes node {node} at {away}");
            }
        }
        let middle = |ends: [u8; 2]| {
            let [from, to] = ends.map(|end| layout.places[&id(end)]);
            Curve::bent(from, to, bends[&ends.map(id)]).at(0.5)
        };
        assert!(distance(&layout, &bends, [0, 3], middle([0, 2])) > 4.0, "told apart where they run side by side");
    }

    #[test]
    fn a_curve_begins_and_ends_at_its_nodes_and_one_without_a_bend_is_straight() {
        let (from, to) = (Point { x: 10.0, y: 20.0 }, Point { x: 110.0, y: 20.0 });
        let straight = Curve::bent(from, to, 0.0);
        assert_eq!((straight.at(0.0), straight.at(0.25), straight.at(1.0)), (from, Point { x: 35.0, y: 20.0 }, to));
        assert_eq!(Curve::bent(from, to, 40.0).at(0.5), Point { x: 60.0, y: 0.0 });
        let hand = Point { x: 70.0, y: 90.0 };
        assert_eq!(Curve::through(from, hand, to).at(0.5), hand);
    }
}
