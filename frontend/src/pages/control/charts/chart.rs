//! A chart as a value: named columns of figures, and how each is drawn. The picture, the table and the CSV all come from it.

/// What the first column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// Milliseconds since 1970.
    Time,
    Height,
    Seconds,
}

/// How a column is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Line,
    /// A second line, beside what counts.
    Dashed,
    /// Each figure stays until the next.
    Steps,
    Dots,
    Bars,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// Of the CSV, the same in every language.
    pub key: &'static str,
    pub mark: Mark,
    /// Digits behind the point, in the table.
    pub digits: u8,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Of the files.
    pub name: &'static str,
    pub title: String,
    /// What the figures count.
    pub unit: String,
    /// What it shows, where it comes from, and the newest figure, in words.
    pub about: String,
    pub along: Along,
    pub columns: Vec<Column>,
    /// Where it stands along, and a figure for each column; absent figures are NaN.
    pub rows: Vec<(f64, Vec<f64>)>,
}

impl Chart {
    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|(_, figures)| figures.iter().all(|figure| figure.is_nan()))
    }

    /// From where to where it goes along.
    pub fn span(&self) -> (f64, f64) {
        let first = self.rows.first().map_or(0.0, |row| row.0);
        let last = self.rows.last().map_or(1.0, |row| row.0);
        // Bars have a width: the distance to the next.
        let step = match &self.rows[..] {
            [a, b, ..] if self.columns.iter().any(|column| column.mark == Mark::Bars) => b.0 - a.0,
            _ => 0.0,
        };
        if last + step > first { (first, last + step) } else { (first - 1.0, first + 1.0) }
    }

    /// The largest figure, or 1.
    pub fn top(&self) -> f64 {
        let figures = self.rows.iter().flat_map(|(_, figures)| figures).filter(|figure| figure.is_finite());
        let top = figures.copied().fold(0.0, f64::max);
        if top > 0.0 { top } else { 1.0 }
    }

    /// The columns with their keys, one line a row. Times are ISO 8601's by `time`.
    pub fn csv(&self, time: impl Fn(f64) -> String) -> String {
        let along = match self.along {
            Along::Time => "time",
            Along::Height => "height",
            Along::Seconds => "seconds_from",
        };
        let keys = self.columns.iter().map(|column| column.key);
        let mut text = std::iter::once(along).chain(keys).collect::<Vec<_>>().join(",") + "\n";
        for (at, figures) in &self.rows {
            text += &if self.along == Along::Time { time(*at) } else { at.to_string() };
            for figure in figures {
                text.push(',');
                if figure.is_finite() {
                    text += &figure.to_string();
                }
            }
            text.push('\n');
        }
        text
    }
}

/// Round figures from 0 to at least `top`, at most `most` of them beside 0.
pub fn ticks(top: f64, most: u8) -> Vec<f64> {
    let rough = top / f64::from(most.max(1));
    let power = 10.0_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|digit| digit * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(rough);
    let mut ticks = vec![0.0];
    let mut at = step;
    while ticks.len() <= usize::from(most) {
        ticks.push(at);
        if at >= top * 0.999 {
            break;
        }
        at += step;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn chart(rows: Vec<(f64, Vec<f64>)>) -> Chart {
        let column = |key: &'static str, mark| Column { name: key.to_owned(), key, mark, digits: 0 };
        Chart {
            name: "test",
            title: "Test".to_owned(),
            unit: String::new(),
            about: String::new(),
            along: Along::Height,
            columns: vec![column("found", Mark::Bars), column("expected", Mark::Line)],
            rows,
        }
    }

    #[test]
    fn a_csv_has_keys_and_leaves_out_what_is_not_there() {
        let chart = chart(vec![(1.0, vec![2.5, f64::NAN]), (2.0, vec![0.0, 4.0])]);
        assert_eq!(chart.csv(|_| String::new()), "height,found,expected\n1,2.5,\n2,0,4\n");
        assert_eq!((chart.span(), chart.top()), ((1.0, 3.0), 4.0));
        assert!(!chart.is_empty());
    }

    #[test]
    fn an_empty_chart_can_be_drawn_around() {
        let empty = chart(Vec::new());
        assert_eq!((empty.is_empty(), empty.span(), empty.top()), (true, (0.0, 1.0), 1.0));
        let one = Chart { columns: vec![], ..chart(vec![(7.0, vec![])]) };
        assert_eq!(one.span(), (6.0, 8.0));
    }

    #[test]
    fn ticks_are_round_and_reach_the_top() {
        for (top, expected) in [
            (1.0, vec![0.0, 0.5, 1.0]),
            (4.0, vec![0.0, 2.0, 4.0]),
            (37.0, vec![0.0, 20.0, 40.0]),
            (0.13, vec![0.0, 0.05, 0.1, 0.15]),
            (1.2e6, vec![0.0, 5e5, 1e6, 1.5e6]),
        ] {
            let ticks = ticks(top, 3);
            assert!(ticks.len() <= 4 && *ticks.last().unwrap() >= top * 0.999, "{top}: {ticks:?}");
            assert!(ticks.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9 * top), "{top}: {ticks:?}");
        }
    }
}
