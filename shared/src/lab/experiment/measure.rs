//! What a world measures, in a form that can be added up: sums, from which estimate and band follow.

use serde::{Deserialize, Serialize};

use crate::lab::theory::Band;
use crate::lab::theory::statistics::{CONFIDENCE, count, wilson};

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// How often something came about.
    Share { successes: u64, trials: u64 },
    /// Independent values.
    Mean { count: u64, sum: f64, squares: f64 },
    /// Independent pairs, of which the ratio of the sums counts.
    Ratio { count: u64, above: f64, below: f64, above_squares: f64, products: f64, below_squares: f64 },
    /// Nothing was measured.
    Nothing,
}

impl Measure {
    pub fn share(successes: usize, trials: usize) -> Self {
        Self::Share { successes: successes as u64, trials: trials as u64 }
    }

    pub fn mean(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut count, mut sum, mut squares) = (0, 0.0, 0.0);
        for value in values {
            count += 1;
            sum += value;
            squares += value * value;
        }
        Self::Mean { count, sum, squares }
    }

    pub fn ratio(pairs: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut sums = (0, [0.0; 5]);
        for (a, b) in pairs {
            sums.0 += 1;
            for (sum, value) in sums.1.iter_mut().zip([a, b, a * a, a * b, b * b]) {
                *sum += value;
            }
        }
        let (count, [above, below, above_squares, products, below_squares]) = sums;
        Self::Ratio { count, above, below, above_squares, products, below_squares }
    }

    /// Of the same figure in several worlds, always in the same order: sums of floats depend on it.
    pub fn merged<'a>(measures: impl Iterator<Item = &'a Self>) -> Self {
        measures.fold(Self::Nothing, |sum, measure| sum.plus(*measure))
    }

    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, measure) | (measure, Self::Nothing) => measure,
            (Self::Share { successes, trials }, Self::Share { successes: more, trials: tries }) => {
                Self::Share { successes: successes + more, trials: trials + tries }
            }
            (Self::Mean { count, sum, squares }, Self::Mean { count: n, sum: s, squares: q }) => {
                Self::Mean { count: count + n, sum: sum + s, squares: squares + q }
            }
            (Self::Ratio { .. }, Self::Ratio { .. }) => {
                let (a, b) = (self.ratio_sums(), other.ratio_sums());
                let [above, below, above_squares, products, below_squares] =
                    std::array::from_fn(|index| a.1[index] + b.1[index]);
                Self::Ratio { count: a.0 + b.0, above, below, above_squares, products, below_squares }
            }
            _ => unreachable!("a figure is measured alike in all worlds"),
        }
    }

    fn ratio_sums(self) -> (u64, [f64; 5]) {
        match self {
            Self::Ratio { count, above, below, above_squares, products, below_squares } => {
                (count, [above, below, above_squares, products, below_squares])
            }
            _ => (0, [0.0; 5]),
        }
    }

    /// How many independent things it rests on.
    pub fn sample(self) -> u64 {
        match self {
            Self::Share { trials, .. } => trials,
            Self::Mean { count, .. } | Self::Ratio { count, .. } => count,
            Self::Nothing => 0,
        }
    }

    /// `None` while there is nothing to go by.
    pub fn estimate(self) -> Option<f64> {
        match self {
            Self::Share { successes, trials } => (trials > 0).then(|| count(successes) / count(trials)),
            Self::Mean { count: n, sum, .. } => (n > 0).then(|| sum / count(n)),
            Self::Ratio { above, below, .. } => (below > 0.0).then(|| above / below),
            Self::Nothing => None,
        }
    }

    /// The standard error of a mean or a ratio.
    pub fn standard_error(self) -> Option<f64> {
        let estimate = self.estimate()?;
        let (n, squares, below) = match self {
            Self::Mean { count: n, sum, squares } => (n, squares - estimate * sum, count(n)),
            Self::Ratio { count: n, below, above_squares, products, below_squares, .. } => {
                (n, above_squares - 2.0 * estimate * products + estimate * estimate * below_squares, below)
            }
            Self::Share { .. } | Self::Nothing => return None,
        };
        // Rounding may leave less than nothing of a spread of nothing.
        (n >= 2).then(|| (squares.max(0.0) * count(n) / count(n - 1)).sqrt() / below)
    }

    /// Where what is estimated lies with [`CONFIDENCE`].
    pub fn band(self) -> Option<Band> {
        self.band_of(CONFIDENCE)
    }

    pub fn band_of(self, confidence: f64) -> Option<Band> {
        match self {
            Self::Share { successes, trials } => (trials > 0).then(|| wilson(successes, trials, confidence)),
            _ => Some(Band::around(self.estimate()?, self.standard_error()?, confidence)),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::lab::theory::statistics;

    #[wasm_bindgen_test(unsupported = test)]
    fn sums_tell_what_the_values_told() {
        let values = [1.0, 4.0, 2.5, 3.0];
        let whole = Measure::mean(values);
        let parts = [Measure::mean(values[..1].to_vec()), Measure::Nothing, Measure::mean(values[1..].to_vec())];
        assert_eq!(Measure::merged(parts.iter()), whole);
        let (mean, error) = statistics::mean(&values);
        assert!((whole.estimate().unwrap() - mean).abs() < 1e-12);
        assert!((whole.standard_error().unwrap() - error).abs() < 1e-12);
        let pairs = [(1.0, 2.0), (0.0, 1.0), (3.0, 3.0)];
        let measure = Measure::ratio(pairs);
        let (ratio, error) = statistics::ratio(&pairs);
        assert!((measure.estimate().unwrap() - ratio).abs() < 1e-12);
        assert!((measure.standard_error().unwrap() - error).abs() < 1e-12, "{measure:?} {error}");
        assert_eq!(Measure::mean([1.0]).band(), None, "one value says nothing of its spread");
        assert_eq!(Measure::share(0, 0).estimate(), None);
    }
}
