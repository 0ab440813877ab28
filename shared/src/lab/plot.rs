//! Results as a picture: the first figure against the first parameter, a point with its band for what was measured, and a line for what
//! theory says. Numbers have an axis, and names a place each. What the lines are stands below them, where it hides nothing. SVG as text,
//! so that a file, a document and a page show the same.

use std::fmt::Write as _;

use super::experiment::Spec;
use super::experiment::results::{Measured, Parameter, Results, Row, Value};

/// The frame of the points, in pixels, and the picture without what stands below.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 74.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 384.0;
/// A line of the legend, and what a letter takes there.
const LEGEND_LINE: f64 = 18.0;
const LETTER: f64 = 6.4;
/// Lines of a legend, at most.
const MAX_LEGEND: usize = 24;
/// Letters of a name below the axis, at most.
const MAX_NAME: usize = 24;
/// Okabe & Ito 2008: told apart by people who see few colours, on light and on dark.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#888888"];
/// Values that are this far apart are shown on a logarithmic axis.
const DECADES: f64 = 30.0;
/// Steps between two numbers on an axis, at most.
const TICKS: f64 = 6.0;
/// Half of the line that stands for theory where there are names.
const THEORY_MARK: f64 = 22.0;

struct Axis {
    low: f64,
    high: f64,
    is_logarithmic: bool,
    from: f64,
    to: f64,
}

/// Rows that one line of theory goes through, or one of them where there are names.
#[derive(Default)]
struct Series<'a> {
    name: String,
    rows: Vec<(f64, &'a Row)>,
}

/// The picture of a spec's results; without rows an empty frame.
pub fn picture(spec: &Spec, results: &Results) -> String {
    let x_name = results.rows.first().and_then(|row| row.parameters.first()).map(|first| first.name.clone());
    let x_name = x_name.unwrap_or_default();
    let names = names(&results.rows);
    let series = series(&results.rows, &x_name, &names);
    let figure = results.rows.first().and_then(|row| row.figures.first());
    let y_name = figure.map(|figure| label(&figure.name, &figure.unit)).unwrap_or_default();
    let xs = series.iter().flat_map(|series| series.rows.iter().map(|(x, _)| *x));
    let x_axis = if names.is_empty() { Axis::over(xs, LEFT, RIGHT, false) } else { Axis::of_names(names.len()) };
    let ys = results.rows.iter().filter_map(|row| row.figures.first()).flat_map(|figure| {
        let band = figure.band.into_iter().flat_map(|band| [band.low, band.high]);
        band.chain(figure.estimate).chain(figure.theory())
    });
    let y_axis = Axis::over(ys, BOTTOM, TOP, true);
    let mut entries = vec![Entry::of_marks(figure)];
    let lines = series.iter().enumerate().filter(|(_, series)| !series.name.is_empty()).take(MAX_LEGEND);
    entries.extend(lines.map(|(index, series)| Entry { colour: Some(colour(index)), text: series.name.clone() }));
    let legend = Legend::new(entries);
    let mut svg = frame(&spec.title, HEIGHT + legend.height(), &y_name, &y_axis);
    abscissa(&mut svg, &x_name, &x_axis, &names);
    for (index, series) in series.iter().enumerate() {
        theory(&mut svg, series, colour(index), &x_axis, &y_axis, !names.is_empty());
        points(&mut svg, series, colour(index), &x_axis, &y_axis);
    }
    legend.draw(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

fn colour(index: usize) -> &'static str {
    COLOURS[index % COLOURS.len()]
}

/// Of the first parameter, where it is no number; each once.
fn names(rows: &[Row]) -> Vec<String> {
    let mut names = Vec::new();
    for row in rows {
        if let Some(Parameter { value: Value::Text(name), .. }) = row.parameters.first()
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}

/// Rows by all of their parameters but the first and those that are the same in all rows; where there are names, they tell enough.
fn series<'a>(rows: &'a [Row], x_name: &str, names: &[String]) -> Vec<Series<'a>> {
    let varies = |parameter: &Parameter| {
        rows.iter().any(|row| row.parameters.iter().any(|p| p.name == parameter.name && p.value != parameter.value))
    };
    let mut all: Vec<Series<'_>> = Vec::new();
    for row in rows {
        let others = row.parameters.iter().filter(|p| names.is_empty() && p.name != x_name && varies(p));
        let name = others.map(in_words).collect::<Vec<_>>().join(", ");
        let x = row.number(x_name).or_else(|| {
            let own = row.parameters.first()?.value.to_string();
            names.iter().position(|name| *name == own).map(float)
        });
        let place = all.iter().position(|series| series.name == name).unwrap_or_else(|| {
            all.push(Series { name, rows: Vec::new() });
            all.len() - 1
        });
        all[place].rows.push((x.unwrap_or_default(), row));
    }
    for series in &mut all {
        series.rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    all
}

fn in_words(parameter: &Parameter) -> String {
    match &parameter.value {
        Value::Number(number) => format!("{} {}", parameter.name, short(*number)),
        Value::Text(text) => text.clone(),
    }
}

fn theory(svg: &mut String, series: &Series<'_>, colour: &str, x_axis: &Axis, y_axis: &Axis, has_names: bool) {
    let says = |row: &Row| row.figures.first().and_then(Measured::theory);
    let known = series.rows.iter().filter_map(|(x, row)| Some((x_axis.at(*x), y_axis.at(says(row)?))));
    let lines: Vec<String> = if has_names {
        known
            .map(|(x, y)| format!("{},{y} {},{y}", place(x - THEORY_MARK), place(x + THEORY_MARK), y = place(y)))
            .collect()
    } else {
        vec![known.map(|(x, y)| format!("{},{}", place(x), place(y))).collect::<Vec<_>>().join(" ")]
    };
    for line in lines {
        let _ = writeln!(
            svg,
            "<polyline points=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"/>"
        );
    }
}

fn points(svg: &mut String, series: &Series<'_>, colour: &str, x_axis: &Axis, y_axis: &Axis) {
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

/// What a colour or a line stands for.
struct Entry {
    /// Absent for what holds of all colours.
    colour: Option<&'static str>,
    text: String,
}

impl Entry {
    fn of_marks(figure: Option<&Measured>) -> Self {
        let theory = figure.and_then(|figure| figure.theories.first());
        let theory = theory.map_or(String::new(), |theory| format!("; the line: {}", theory.source));
        Self { colour: None, text: format!("measured, with a band of 99 %{theory}") }
    }
}

/// Below the axis: what holds of all on a line of its own, then the colours in as many columns as have room.
struct Legend {
    entries: Vec<Entry>,
    columns: usize,
}

impl Legend {
    fn new(entries: Vec<Entry>) -> Self {
        let named = entries.iter().filter(|entry| entry.colour.is_some());
        let longest = named.map(|entry| entry.text.chars().count()).max().unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let columns = ((RIGHT - LEFT) / (float(longest) * LETTER + 36.0)) as usize;
        Self { entries, columns: columns.clamp(1, 6) }
    }

    fn lines(&self) -> usize {
        1 + (self.entries.len() - 1).div_ceil(self.columns)
    }

    fn height(&self) -> f64 {
        float(self.lines()) * LEGEND_LINE + 8.0
    }

    fn draw(&self, svg: &mut String) {
        let width = (RIGHT - LEFT) / float(self.columns);
        for (index, entry) in self.entries.iter().enumerate() {
            let (column, line) = match index.checked_sub(1) {
                None => (0, 0),
                Some(named) => (named % self.columns, 1 + named / self.columns),
            };
            let (x, y) = (LEFT + width * float(column), HEIGHT + LEGEND_LINE * float(line) + 8.0);
            let colour = entry.colour.unwrap_or("#222");
            let _ = writeln!(
                svg,
                "<circle cx=\"{}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/>",
                place(x + 6.0),
                place(y - 4.0)
            );
            let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\">{}</text>", place(x + 16.0), place(y), escaped(&entry.text));
        }
    }
}

fn frame(title: &str, height: f64, y_name: &str, y_axis: &Axis) -> String {
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"#222\">",
        escaped(title)
    );
    let _ = writeln!(svg, "<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>");
    let _ = writeln!(svg, "<text x=\"{LEFT}\" y=\"26\" font-size=\"15\">{}</text>", escaped(title));
    for (value, at) in y_axis.ticks() {
        let y = place(at);
        let _ = writeln!(svg, "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(svg, "<text x=\"{}\" y=\"{y}\" dy=\"4\" text-anchor=\"end\">{}</text>", LEFT - 8.0, short(value));
    }
    let middle = f64::midpoint(TOP, BOTTOM);
    let _ = writeln!(
        svg,
        "<text x=\"18\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 18 {middle})\">{}</text>",
        escaped(y_name)
    );
    svg
}

/// The axis below: numbers, or a name at each place.
fn abscissa(svg: &mut String, name: &str, axis: &Axis, names: &[String]) {
    let ticks: Vec<(String, f64)> = if names.is_empty() {
        axis.ticks().into_iter().map(|(value, at)| (short(value), at)).collect()
    } else {
        let place = |(index, name): (usize, &String)| (shortened(name, names.len()), axis.at(float(index)));
        names.iter().enumerate().map(place).collect()
    };
    for (text, at) in ticks {
        let x = place(at);
        let _ = writeln!(svg, "<line x1=\"{x}\" x2=\"{x}\" y1=\"{TOP}\" y2=\"{BOTTOM}\" stroke=\"#ddd\"/>");
        let text = escaped(&text);
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", BOTTOM + 18.0);
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    let _ =
        writeln!(svg, "<text x=\"{middle}\" y=\"{}\" text-anchor=\"middle\">{}</text>", BOTTOM + 40.0, escaped(name));
}

/// A name that has room beside so many others.
fn shortened(name: &str, names: usize) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let room = ((RIGHT - LEFT) / float(names) / LETTER) as usize;
    let room = room.clamp(2, MAX_NAME);
    if name.chars().count() <= room { name.to_owned() } else { name.chars().take(room - 1).chain(['…']).collect() }
}

impl Axis {
    /// A place for each name, with half of one at either end.
    fn of_names(count: usize) -> Self {
        Self { low: -0.5, high: float(count) - 0.5, is_logarithmic: false, from: LEFT, to: RIGHT }
    }

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

#[expect(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
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
