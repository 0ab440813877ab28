//! What a block costs this device, roughly: a browser cannot measure power, so a figure is assumed and said.

/// What a core that is kept busy draws, in watts. Processors of laptops and phones are built for about 15 W and 3 to 5 W in
/// lasting use (Intel's base power of its U series, 15 W for 2 to 4 large cores; a phone's whole chip about 4 W), which is
/// 1 to 7 W a core; a desktop's draws more. Good for comparing algorithms and difficulties, not for a bill.
pub const WATTS_PER_BUSY_CORE: f64 = 5.0;

/// Joules that this device spends on each block it can expect to find: power times the expected time to a block, which is
/// the expected hashes of a block by the hash rate. `None` while nothing hashes.
pub fn joules_per_block(busy_cores: f64, hashes_per_block: f64, hashes_per_second: f64) -> Option<f64> {
    let joules = WATTS_PER_BUSY_CORE * busy_cores * hashes_per_block / hashes_per_second;
    (hashes_per_second > 0.0 && joules.is_finite()).then_some(joules)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_block_costs_the_power_times_the_expected_time() {
        // Two cores at 6 MH/s together need two seconds for 12 million hashes: 10 W for 2 s.
        let joules = joules_per_block(2.0, 12e6, 6e6).unwrap();
        assert!((joules - 20.0).abs() < 1e-9, "{joules}");
    }

    #[test]
    fn a_harder_block_costs_more_and_a_faster_hash_less() {
        let base = joules_per_block(1.0, 1e6, 1e6).unwrap();
        assert!(joules_per_block(1.0, 2e6, 1e6).unwrap() > base);
        assert!(joules_per_block(1.0, 1e6, 2e6).unwrap() < base);
    }

    #[test]
    fn who_does_not_hash_has_no_figure() {
        assert_eq!(joules_per_block(2.0, 1e6, 0.0), None);
    }
}
