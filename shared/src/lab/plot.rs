//! Results as a picture: the first figure against the first parameter that is a number, a point with its band for what was measured, and
//! a line for what theory says. SVG as text, so that a file, a document and a page show the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::experiment::Spec;
use super::experiment::results::{Measured, Parameter, Results, Row, Value};

/// The whole picture and its frame, in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 384.0;
/// Okabe & Ito 2008: told apart by people who see few colours, on light and on dark.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#888888"];
/// Values that are this far apart are shown on a logarithmic axis.
const DECADES: f64 = 30.0;
/// Steps between two numbers on an axis, at most.
const TICKS: f64 = 6.0;

struct Axis {
    low: f64,
    high: f64,
    is_logarithmic: bool,
    from: f64,
    to: f64,
}

/// One line of a picture.
#[derive(Default)]
struct Series<'a> {
    rows: Vec<(f64, &'a Row)>,
}

/// The picture of a spec's results; without rows an empty frame.
pub fn picture(spec: &Spec, results: &Results) -> String {
    let x_name = results.rows.first().and_then(x_name).unwrap_or_default();
    let figure = results.rows.first().and_then(|row| row.figures.first());
    let y_name = figure.map(|figure| label(&figure.name, &figure.unit)).unwrap_or_default();
    let mut series: BTreeMap<String, Series<'_>> = BTreeMap::new();
    for row in &results.rows {
        let x = if x_name.is_empty() { None } else { row.number(&x_name) };
        series.entry(others(row, &x_name)).or_default().rows.push((x.unwrap_or_default(), row));
    }
    let xs = series.values().flat_map(|series| series.rows.iter().map(|(x, _)| *x));
    let x_axis = Axis::over(xs, LEFT, RIGHT, false);
    let ys = results.rows.iter().filter_map(|row| row.figures.first()).flat_map(|figure| {
        let band = figure.band.into_iter().flat_map(|band| [band.low, band.high]);
        band.chain(figure.estimate).chain(figure.theory())
    });
    let y_axis = Axis::over(ys, BOTTOM, TOP, true);
    let mut svg = frame(&spec.title, &x_name, &y_name, &x_axis, &y_axis);
    for (index, (name, series)) in series.iter_mut().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        series.rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        draw(&mut svg, series, colour, &x_axis, &y_axis);
        legend(&mut svg, index, name, colour);
    }
    svg.push_str("</svg>\n");
    svg
}

fn x_name(row: &Row) -> Option<String> {
    let number = row.parameters.iter().find(|parameter| matches!(parameter.value, Value::Number(_)))?;
    Some(number.name.clone())
}

/// What tells a row from those of other lines.
fn others(row: &Row, x_name: &str) -> String {
    let others = row.parameters.iter().filter(|parameter| parameter.name != x_name);
    let part = |parameter: &Parameter| match &parameter.value {
        Value::Number(number) => format!("{} {}", parameter.name, short(*number)),
        Value::Text(text) => text.clone(),
    };
    others.map(part).collect::<Vec<_>>().join(", ")
}

fn draw(svg: &mut String, series: &Series<'_>, colour: &str, x_axis: &Axis, y_axis: &Axis) {
    let mut line = String::new();
    for (x, row) in &series.rows {
        if let Some(theory) = row.figures.first().and_then(Measured::theory) {
            let _ = write!(line, "{},{} ", place(x_axis.at(*x)), place(y_axis.at(theory)));
        }
    }
    let _ = writeln!(
        svg,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"/>",
        line.trim_end()
    );
    for (x, row) in &series.rows {
        let Some(figure) = row.figures.first() else { continue };
        let x = place(x_axis.at(*x));
        if let Some(band) = figure.band {
            let (low, high) = (place(y_axis.at(band.low)), place(y_axis.at(band.high)));
            let _ = writeln!(
                svg,
                "<line x1=\"{x}\" x2=\"{x}\" y1=\"{low}\" y2=\"{high}\" stroke=\"{colour}\" stroke-width=\"2\"/>"
            );
        }
        if let Some(estimate) = figure.estimate {
            let y = place(y_axis.at(estimate));
            let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"3.5\" fill=\"{colour}\"/>");
        }
    }
}

fn legend(svg: &mut String, index: usize, name: &str, colour: &str) {
    if name.is_empty() || index >= 12 {
        return;
    }
    #[expect(clippy::cast_precision_loss)]
    let y = TOP + 14.0 + 16.0 * index as f64;
    let _ =
        writeln!(svg, "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/>", place(LEFT + 14.0), place(y - 4.0));
    let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", place(LEFT + 24.0), place(y), escaped(name));
}

fn frame(title: &str, x_name: &str, y_name: &str, x_axis: &Axis, y_axis: &Axis) -> String {
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">",
        escaped(title)
    );
    let _ = writeln!(svg, "<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>");
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"26\" font-size=\"15\">{}</text>", escaped(title));
    for (value, at) in x_axis.ticks() {
        let x = place(at);
        let _ = writeln!(svg, "<line x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{BOTTOM}\" stroke=\"#ddd\"/>");
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 18.0, short(value));
    }
    for (value, at) in y_axis.ticks() {
        let y = place(at);
        let _ = writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{y}\" dy=\"4\" text-anchor=\"end\">{}</text>", LEFT - 8.0, short(value));
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    let _ =
        writeln!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 40.0, escaped(x_name));
    let middle = f64::midpoint(TOP, BOTTOM);
    let _ = writeln!(
        svg,
        "<text x=\"18\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {middle})\">{}</text>",
        escaped(y_name)
    );
    svg
}

impl Axis {
    fn over(values: impl Iterator<Item = f64>, from: f64, to: f64, with_zero: bool) -> Self {
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let least = |floor: f64| values.iter().copied().filter(|value| *value > floor).fold(f64::INFINITY, f64::min);
        let (mut low, mut high) = (least(f64::NEG_INFINITY), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        if values.is_empty() {
            (low, high) = (0.0, 1.0);
        }
        let is_logarithmic = !with_zero && low > 0.0 && high / low > DECADES;
        if !is_logarithmic {
            if with_zero || low > 0.0 && low < high / 3.0 {
                low = low.min(0.0);
            }
            if high <= low {
                high = low + 1.0;
            }
        }
        Self { low, high, is_logarithmic, from, to }
    }

    fn share(&self, value: f64) -> f64 {
        if self.is_logarithmic {
            return libm::log(value / self.low) / libm::log(self.high / self.low);
        }
        (value - self.low) / (self.high - self.low)
    }

    fn at(&self, value: f64) -> f64 {
        self.from + (self.to - self.from) * self.share(value).clamp(-0.02, 1.02)
    }

    /// Round numbers and their places.
    fn ticks(&self) -> Vec<(f64, f64)> {
        let step = if self.is_logarithmic { 0.0 } else { round_step((self.high - self.low) / TICKS) };
        let mut value = if self.is_logarithmic {
            libm::pow(10.0, libm::ceil(libm::log10(self.low) - 1e-9))
        } else {
            libm::ceil(self.low / step - 1e-9) * step
        };
        let mut ticks = Vec::new();
        while value <= self.high * (1.0 + 1e-9) && ticks.len() < 40 {
            ticks.push((value, self.at(value)));
            value = if self.is_logarithmic { value * 10.0 } else { value + step };
        }
        ticks
    }
}

/// The next of 1, 2, 5, 10 … times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(least)));
    let factors = [1.0, 2.0, 5.0, 10.0];
    factors.iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

fn label(name: &str, unit: &str) -> String {
    if unit.is_empty() { name.to_owned() } else { format!("{name}, {unit}") }
}

/// Four digits at most after the point, and none that say nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn place(value: f64) -> String {
    format!("{value:.1}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
