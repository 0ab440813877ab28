//! A chart as SVG: in the page with the page's colours, and the same as a picture with colours of its own.

use std::fmt::Write;

use tabchain_shared::node::io::Time;

use super::chart::{Along, Chart, Mark, ticks};
use crate::text;
use crate::words;

/// The picture's own units; in the page about a pixel each.
pub const WIDTH: f64 = 360.0;
pub const HEIGHT: f64 = 112.0;
const LEFT: f64 = 50.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 20.0;

/// Colours, as SVG takes them.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    pub ink: &'static str,
    pub muted: &'static str,
    pub line: &'static str,
    pub first: &'static str,
    pub second: &'static str,
    pub ground: &'static str,
}

impl Palette {
    /// Light or dark, whatever the reader's system has.
    pub const PAGE: Self = Self {
        ink: "var(--ink)",
        muted: "var(--muted)",
        line: "var(--line)",
        first: "var(--miner-0)",
        second: "var(--miner-5)",
        ground: "none",
    };
    /// Always dark on white: it will be printed, or put on a slide.
    pub const PICTURE: Self = Self {
        ink: "#161b24",
        muted: "#596273",
        line: "#dde1e8",
        first: "#0072b2",
        second: "#d55e00",
        ground: "#ffffff",
    };
}

/// Where figures stand in the picture.
struct Scale {
    from: f64,
    to: f64,
    top: f64,
}

impl Scale {
    fn x(&self, at: f64) -> f64 {
        LEFT + (at - self.from) / (self.to - self.from) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, figure: f64) -> f64 {
        HEIGHT - BOTTOM - figure / self.top * (HEIGHT - TOP - BOTTOM)
    }
}

/// The picture's inner part: what stands within `<svg>`.
pub fn inner(chart: &Chart, palette: Palette) -> String {
    let ticks = ticks(chart.top(), 3);
    let (from, to) = chart.span();
    let scale = Scale { from, to, top: ticks.last().copied().unwrap_or(1.0) };
    let mut svg = String::new();
    grid(&mut svg, &ticks, &scale, chart.along, palette);
    for (index, column) in chart.columns.iter().enumerate() {
        let colour = if index == 0 { palette.first } else { palette.second };
        let points = chart.rows.iter().map(|(at, figures)| (*at, figures.get(index).copied().unwrap_or(f64::NAN)));
        let points: Vec<(f64, f64)> = points.filter(|(_, figure)| figure.is_finite()).collect();
        match column.mark {
            Mark::Line => path(&mut svg, &points, &scale, colour, false, ""),
            Mark::Dashed => path(&mut svg, &points, &scale, colour, false, " stroke-dasharray='4 3'"),
            Mark::Steps => path(&mut svg, &points, &scale, colour, true, ""),
            Mark::Dots => dots(&mut svg, &points, &scale, colour),
            Mark::Bars => bars(&mut svg, &points, &scale, colour),
        }
    }
    svg
}

/// Appends formatted text.
macro_rules! put {
    ($svg:ident, $($part:tt)*) => {
        write!($svg, $($part)*).expect("a string takes everything")
    };
}

fn grid(svg: &mut String, ticks: &[f64], scale: &Scale, along: Along, palette: Palette) {
    let (muted, line) = (palette.muted, palette.line);
    for tick in ticks {
        let y = scale.y(*tick);
        put!(svg, "<path d='M{LEFT:.0} {y:.1}H{:.0}' stroke='{line}'/>", WIDTH - RIGHT);
        let label = short(*tick);
        put!(svg, "<text x='{:.0}' y='{:.1}' text-anchor='end' fill='{muted}'>{label}</text>", LEFT - 5.0, y + 3.5);
    }
    let y = HEIGHT - 6.0;
    let mut last = String::new();
    for (part, anchor) in [(0.0, "start"), (0.5, "middle"), (1.0, "end")] {
        let at = scale.from + (scale.to - scale.from) * part;
        let label = match along {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
            Along::Time => words::time_of_day(Time(at.max(0.0) as u64)),
            Along::Height => short(at.round()),
            Along::Seconds => words::seconds(at),
        };
        // Of a minute or a single block there is one place to name.
        if label == last {
            continue;
        }
        last.clone_from(&label);
        let name = if along == Along::Height && anchor == "middle" {
            text!("control-chart-height") + " "
        } else {
            String::new()
        };
        put!(svg, "<text x='{:.1}' y='{y:.0}' text-anchor='{anchor}' fill='{muted}'>{name}{label}</text>", scale.x(at));
    }
}

fn path(svg: &mut String, points: &[(f64, f64)], scale: &Scale, colour: &str, steps: bool, more: &str) {
    if points.is_empty() {
        return;
    }
    put!(svg, "<path fill='none' stroke='{colour}' stroke-width='2' stroke-linejoin='round'{more} d='");
    for (index, (at, figure)) in points.iter().enumerate() {
        let (x, y) = (scale.x(*at), scale.y(*figure));
        match (index, steps) {
            (0, _) => put!(svg, "M{x:.1} {y:.1}"),
            (_, false) => put!(svg, "L{x:.1} {y:.1}"),
            (_, true) => put!(svg, "H{x:.1}V{y:.1}"),
        }
    }
    // A single figure is a point and not nothing.
    if points.len() == 1 {
        put!(svg, "h4");
    }
    put!(svg, "'/>");
}

fn dots(svg: &mut String, points: &[(f64, f64)], scale: &Scale, colour: &str) {
    for (at, figure) in points {
        put!(svg, "<circle cx='{:.1}' cy='{:.1}' r='2' fill='{colour}'/>", scale.x(*at), scale.y(*figure));
    }
}

fn bars(svg: &mut String, points: &[(f64, f64)], scale: &Scale, colour: &str) {
    let step = if let [a, b, ..] = points { b.0 - a.0 } else { scale.to - scale.from };
    for (at, figure) in points {
        let (x, y) = (scale.x(*at), scale.y(*figure));
        let (width, height) = (scale.x(at + step) - x - 1.0, scale.y(0.0) - y);
        put!(
            svg,
            "<rect x='{x:.1}' y='{y:.1}' width='{width:.1}' height='{height:.1}' fill='{colour}' opacity='0.75'/>"
        );
    }
}

/// `1.5 M`: a figure in little room.
fn short(figure: f64) -> String {
    let (value, unit) = match figure.abs() {
        size if size >= 1e9 => (figure / 1e9, " G"),
        size if size >= 1e6 => (figure / 1e6, " M"),
        size if size >= 1e4 => (figure / 1e3, " k"),
        _ => (figure, ""),
    };
    format!("{}{unit}", words::figure(value, if value.abs() < 1.0 { 3 } else { 1 }))
}

/// The whole picture, with its title, for a file.
pub fn picture(chart: &Chart) -> String {
    const HEAD: f64 = 26.0;
    const FOOT: f64 = 18.0;
    let palette = Palette::PICTURE;
    let (height, ink, ground) = (HEIGHT + HEAD + FOOT, palette.ink, palette.ground);
    let mut svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' \
         font-family='system-ui, sans-serif' font-size='10.5'><rect width='{WIDTH}' height='{height}' fill='{ground}'/>\
         <text x='12' y='18' font-size='13' font-weight='650' fill='{ink}'>{}</text><g transform='translate(0 {HEAD})'>{}</g>",
        escaped(&format!("{} ({})", chart.title, chart.unit)),
        inner(chart, palette)
    );
    let mut x = LEFT;
    for (index, column) in chart.columns.iter().enumerate() {
        let colour = if index == 0 { palette.first } else { palette.second };
        let y = HEIGHT + HEAD + 8.0;
        let name = escaped(&column.name);
        put!(svg, "<rect x='{x}' y='{}' width='8' height='8' fill='{colour}'/>", y - 7.5);
        put!(svg, "<text x='{}' y='{y}' fill='{}'>{name}</text>", x + 12.0, palette.muted);
        x += 150.0;
    }
    svg + "</svg>"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::chart::Column;
    use super::*;

    fn chart(mark: Mark, rows: &[(f64, f64)]) -> Chart {
        Chart {
            name: "test",
            title: "A < B".to_owned(),
            unit: "%".to_owned(),
            about: String::new(),
            along: Along::Height,
            columns: vec![Column { name: "figure".to_owned(), key: "figure", mark, digits: 0 }],
            rows: rows.iter().map(|(at, figure)| (*at, vec![*figure])).collect(),
        }
    }

    #[test]
    fn every_mark_stays_within_the_picture() {
        let rows: Vec<(f64, f64)> = (0..50).map(|at| (f64::from(at), f64::from(at * at % 17))).collect();
        for mark in [Mark::Line, Mark::Dashed, Mark::Steps, Mark::Dots, Mark::Bars] {
            for rows in [&rows[..], &rows[..1], &[]] {
                let svg = inner(&chart(mark, rows), Palette::PAGE);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{mark:?}: {svg}");
            }
        }
    }

    #[test]
    fn the_same_place_is_named_once() {
        let svg = inner(&chart(Mark::Dots, &[(0.0, 1.0), (0.2, 1.0)]), Palette::PAGE);
        assert_eq!(svg.matches(">0</text>").count(), 2, "a place, and a figure: {svg}");
    }

    #[test]
    fn what_is_absent_is_left_out_and_titles_are_text() {
        let svg = picture(&chart(Mark::Dots, &[(0.0, 1.0), (1.0, f64::NAN), (2.0, 3.0)]));
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("A &lt; B (%)"));
    }
}
