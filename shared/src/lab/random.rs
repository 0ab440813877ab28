//! The one source of chance in a simulation, the same on every platform.
//!
//! PCG-XSL-RR 128/64 (O'Neill 2014). The draws made from it use integers and the four exact operations on floats only: a
//! platform's `ln` may differ in the last bit, and one bit makes another history.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::{Rng, SeedableRng};

#[derive(Debug, Clone)]
pub struct Random(Pcg64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64::seed_from_u64(seed))
    }

    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A whole number below `bound`; zero if `bound` is. Biased by less than `bound` in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(product >> 64).expect("the upper half of a product has 64 bits")
    }

    /// A position in a list of `len` things, of which there must be one.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("below a length")
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// An exponential draw with this mean, by von Neumann's method of 1951, which compares and never takes a logarithm: a
    /// descending run of uniform draws that begins with x has odd length with probability exp(−x).
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let mut whole = 0.0;
        loop {
            let first = self.unit();
            let (mut last, mut length) = (first, 1);
            loop {
                let next = self.unit();
                if next >= last {
                    break;
                }
                (last, length) = (next, length + 1);
            }
            if length % 2 == 1 {
                return (whole + first) * mean;
            }
            whole += 1.0;
        }
    }

    /// Milliseconds until the next of events that come every `mean` milliseconds; at least one.
    pub fn wait(&mut self, mean: u64) -> u64 {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let millis = self.exponential(mean as f64) as u64;
        millis.max(1)
    }

    /// Fisher and Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }

    /// From 0 to below 1, with 53 bits.
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss)]
        let numerator = (self.bits() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Mean 1, and a share of exp(−2) above 2: within five standard errors.
    #[wasm_bindgen_test(unsupported = test)]
    fn exponential_draws_are_exponential() {
        let mut random = Random::new(1);
        let draws: Vec<f64> = (0..100_000).map(|_| random.exponential(1.0)).collect();
        let mean = draws.iter().sum::<f64>() / 100_000.0;
        assert!((mean - 1.0).abs() < 0.016, "mean {mean}");
        let above = draws.iter().filter(|draw| **draw > 2.0).count();
        assert!((12_990..14_077).contains(&above), "{above} above 2, of 13 534 expected");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_seed_gives_the_same_numbers_everywhere() {
        let mut random = Random::new(7);
        assert_eq!(random.below(0), 0);
        let drawn: Vec<u64> = (0..4).map(|_| random.below(1_000_000)).collect();
        assert_eq!((drawn, random.wait(10_000)), (vec![231_329, 901_591, 835_013, 491_693], 16_164));
    }
}
