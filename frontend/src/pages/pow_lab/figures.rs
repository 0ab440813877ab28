//! The lab's figures as plain values: what was measured where, how long a bar is, and the table that people take away.

use std::collections::BTreeMap;

use tabchain_shared::pow::Algorithm;

use crate::language::{self, Fraction};
use crate::text;
use crate::words;

/// Whose machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Device,
    Relay,
}

impl Place {
    pub const ALL: [Self; 2] = [Self::Device, Self::Relay];

    pub fn name(self) -> String {
        match self {
            Self::Device => text!("lab-this-device"),
            Self::Relay => text!("lab-relays-machine"),
        }
    }

    /// In marks and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Relay => "relay",
        }
    }
}

/// What does the hashing: `simd128, 4 lanes`, also in the table that people take away.
pub fn kernel_in_words(name: &str, lanes: u32) -> String {
    if lanes > 1 { format!("{name}, {lanes} lanes") } else { name.to_owned() }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Hashes per second of one worker or thread.
    pub hashrate: f64,
    pub kernel: String,
    /// Nothing is added to it any more.
    pub done: bool,
}

/// By algorithm, counted as in [`Algorithm::LIVE`], and place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures(BTreeMap<(usize, Place), Figure>);

impl Figures {
    pub fn set(&mut self, algorithm: usize, place: Place, figure: Figure) {
        self.0.insert((algorithm, place), figure);
    }

    pub fn get(&self, algorithm: usize, place: Place) -> Option<&Figure> {
        self.0.get(&(algorithm, place))
    }

    pub fn has_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// How the device compares: `This device: 0.62 of the relay's`, `This device: 1.8 times the relay's`.
    pub fn ratio(&self, algorithm: usize) -> Option<String> {
        let rate = |place| self.get(algorithm, place).filter(|figure| figure.done).map(|figure| figure.hashrate);
        let ratio = rate(Place::Device)? / rate(Place::Relay)?;
        ratio.is_finite().then(|| {
            if ratio < 0.995 {
                text!("lab-ratio-of", ratio = language::number(ratio, Fraction::Exactly(2)))
            } else {
                text!("lab-ratio-times", ratio = words::difficulty(ratio))
            }
        })
    }

    pub fn scale(&self) -> Scale {
        let fastest = self.0.values().map(|figure| figure.hashrate).fold(0.0, f64::max);
        Scale::up_to(fastest)
    }
}

/// Hash rates differ a hundred thousandfold between algorithms, so bars are logarithmic: from 1 H/s at the left to a power of
/// a thousand at the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    thousands: u32,
}

impl Scale {
    fn up_to(fastest: f64) -> Self {
        let mut thousands = 2;
        while thousands < 4 && fastest > 1000_f64.powi(thousands) {
            thousands += 1;
        }
        Self { thousands: thousands.unsigned_abs() }
    }

    /// From 0 to 1.
    pub fn length(self, hashrate: f64) -> f64 {
        (hashrate.max(1.0).log10() / (3.0 * f64::from(self.thousands))).clamp(0.0, 1.0)
    }

    /// Where lines are, from 0 to 1, and what they mean.
    pub fn marks(self) -> Vec<(f64, &'static str)> {
        let names = ["1 H/s", "1 kH/s", "1 MH/s", "1 GH/s", "1 TH/s"];
        let place = |step: u32| f64::from(step) / f64::from(self.thousands);
        (0..=self.thousands).map(place).zip(names).collect()
    }
}

/// Who measured, for the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// A user agent, or architecture and system.
    pub name: String,
    pub cores: usize,
}

/// The finished figures as comma-separated values, RFC 4180.
pub fn csv(figures: &Figures, machines: impl Fn(Place) -> Machine, time: &str) -> String {
    let mut text = "algorithm,where,kernel,hashes_per_second,machine,cores,time\r\n".to_owned();
    for (index, algorithm) in Algorithm::LIVE.iter().enumerate() {
        for place in Place::ALL {
            let Some(figure) = figures.get(index, place).filter(|figure| figure.done) else { continue };
            let machine = machines(place);
            let cells = [
                algorithm.name().to_owned(),
                place.word().to_owned(),
                figure.kernel.clone(),
                format!("{:.1}", figure.hashrate),
                machine.name,
                machine.cores.to_string(),
                time.to_owned(),
            ];
            text.push_str(&cells.map(|cell| quoted(&cell)).join(","));
            text.push_str("\r\n");
        }
    }
    text
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn figure(hashrate: f64) -> Figure {
        Figure { hashrate, kernel: "simd128, 4 lanes".to_owned(), done: true }
    }

    #[test]
    fn a_thousand_times_the_speed_is_a_step_on_the_scale() {
        let scale = Scale::up_to(6.9e6);
        assert_eq!(scale.marks().last(), Some(&(1.0, "1 GH/s")));
        assert!((scale.length(1e6) - 2.0 / 3.0).abs() < 1e-9);
        assert!(scale.length(0.2).abs() < 1e-9, "less than one hash a second is no bar");
        assert!((Scale::up_to(2e13).length(2e13) - 1.0).abs() < 1e-9, "no bar leaves the chart");
    }

    #[test]
    fn a_ratio_is_told_of_finished_figures_only() {
        let mut figures = Figures::default();
        figures.set(0, Place::Device, figure(6.2e6));
        assert_eq!(figures.ratio(0), None);
        figures.set(0, Place::Relay, Figure { done: false, ..figure(1e7) });
        assert_eq!(figures.ratio(0), None);
        figures.set(0, Place::Relay, figure(1e7));
        assert_eq!(figures.ratio(0).as_deref(), Some("This device: 0.62 of the relay's"));
        figures.set(0, Place::Relay, figure(3.1e6));
        assert_eq!(figures.ratio(0).as_deref(), Some("This device: 2 times the relay's"));
    }

    #[test]
    fn the_table_has_a_row_for_each_figure_and_quotes_what_needs_it() {
        let mut figures = Figures::default();
        figures.set(0, Place::Device, figure(6_912_345.678));
        figures.set(0, Place::Relay, Figure { kernel: "sha2".to_owned(), ..figure(12.0) });
        let machines = |_| Machine { name: "Mozilla/5.0 (X11; \"Linux\")".to_owned(), cores: 2 };
        let text = csv(&figures, machines, "2026-11-23T22:00:00Z");
        let rows: Vec<&str> = text.trim_end().split("\r\n").collect();
        assert_eq!(
            rows[1],
            "sha256d,device,\"simd128, 4 lanes\",6912345.7,\"Mozilla/5.0 (X11; \"\"Linux\"\")\",2,2026-11-23T22:00:00Z"
        );
        assert_eq!((rows.len(), rows[2].starts_with("sha256d,relay,sha2,12.0,")), (3, true));
    }
}
