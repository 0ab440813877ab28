//! ASERT against a model with numbers of any size, and what it does to a class: pauses, bursts, lying clocks. The official
//! vectors, which stay below a limit of 2^224, are in `tests/consensus_vectors.rs`.

#[path = "support/workshop.rs"]
mod workshop;

use num_bigint::{BigInt, BigUint};
use proptest::prelude::*;
use ruint::aliases::U256;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::difficulty::{AsertInput, next_target, required_bits};
use tabchain_shared::consensus::header_rules::{HeaderContext, check_header_in_context};
use tabchain_shared::primitives::{BitsError, BlockHash, CompactTarget, Header, MerkleRoot, Target};
use wasm_bindgen_test::wasm_bindgen_test;

// The function

/// The specification's reference in Python, line by line and in numbers of any size as there, but for limits of any size
/// and without a bound on the shift other than one that no 256-bit target survives.
fn model(input: &AsertInput) -> BigUint {
    let big = |target: Target| BigUint::from_bytes_le(&target.value().to_le_bytes::<32>());
    let ideal = BigInt::from(input.spacing) * (BigInt::from(input.height_diff) + 1);
    // Toward zero, as in C.
    let exponent = (BigInt::from(input.time_diff) - ideal) * 65_536 / BigInt::from(input.half_life);
    // 65536 · shifts + fraction = exponent, where 0 ≤ fraction < 65536.
    let remainder: BigInt = (&exponent % 65_536 + 65_536) % 65_536;
    let shifts: BigInt = (exponent - &remainder) / 65_536;
    let fraction = remainder.to_biguint().expect("it is not negative");
    let factor = BigUint::from(65_536_u32)
        + ((BigUint::from(195_766_423_245_049_u64) * &fraction
            + BigUint::from(971_821_376_u64) * fraction.pow(2)
            + BigUint::from(5_127_u64) * fraction.pow(3)
            + (BigUint::from(1_u8) << 47))
            >> 48);
    let product = big(input.anchor_target) * factor;
    let distance = i64::try_from(shifts.clamp(BigInt::from(-2_000), BigInt::from(2_000))).unwrap();
    let shifted: BigUint = if distance < 0 { product >> distance.unsigned_abs() } else { product << distance };
    (shifted >> 16_u32).clamp(BigUint::from(1_u8), big(input.limit))
}

/// Any 256-bit number but zero, of any length, all ones among them.
fn target() -> impl Strategy<Value = Target> {
    (any::<[u64; 4]>(), 0..256_usize, any::<bool>()).prop_map(|(limbs, shift, all_ones)| {
        let value = if all_ones { U256::MAX } else { U256::from_limbs(limbs) };
        Target::new(value >> shift).unwrap_or(Target::MAX)
    })
}

/// A limit, and an anchor at or below it.
fn targets() -> impl Strategy<Value = (Target, Target)> {
    (target(), target()).prop_map(|(a, b)| (a.min(b), a.max(b)))
}

/// Seconds, with a half-life in seconds: so many half-lives that 256-bit targets of any size meet their limits or do not,
/// sometimes anything.
fn time_diff_and_half_life() -> impl Strategy<Value = (i64, u32)> {
    let half_life = || prop_oneof![1..=1_000_u32, 1..=31_536_000_u32];
    prop_oneof![
        4 => (-300.0..300.0, half_life()).prop_map(|(lag, half_life)| (whole_seconds(lag * f64::from(half_life)), half_life)),
        1 => (any::<i64>(), half_life()),
    ]
}

fn height_diff() -> impl Strategy<Value = i64> {
    prop_oneof![4 => Just(0), 2 => 0..1_000_i64, 1 => any::<i64>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[wasm_bindgen_test(unsupported = test)]
    fn the_target_is_the_models_to_the_bit(
        (anchor_target, limit) in targets(),
        (time_diff, half_life) in time_diff_and_half_life(),
        height_diff in height_diff(),
        spacing in 1..=86_400_u32,
    ) {
        let input = AsertInput { anchor_target, time_diff, height_diff, spacing, half_life, limit };
        let found = BigUint::from_bytes_le(&next_target(&input).value().to_le_bytes::<32>());
        prop_assert_eq!(found, model(&input), "{:?}", input);
    }

    /// The polynomial is within 0.013 % of a power of two (the specification's figure), and the exponent within 2^-16.
    #[wasm_bindgen_test(unsupported = test)]
    fn the_target_is_a_power_of_two_of_the_lag(
        (anchor_target, limit) in targets(),
        time_diff in -100_000..100_000_i64,
        spacing in 1..=600_u32,
        half_life in 60..=172_800_u32,
    ) {
        let found = next_target(&AsertInput { anchor_target, time_diff, height_diff: 0, spacing, half_life, limit });
        #[allow(clippy::cast_precision_loss, reason = "below 2^53")]
        let lag = (time_diff - i64::from(spacing)) as f64 / f64::from(half_life);
        let exact = f64::from(anchor_target.value()) * lag.exp2();
        let exact = exact.clamp(1.0, f64::from(limit.value()));
        let found = f64::from(found.value());
        // Below, whole numbers are rounded down to.
        prop_assert!((found - exact).abs() <= exact * 0.000_15 + 1.0, "{found} instead of {exact}");
    }

    /// A later block never makes the next one harder, nor does a harder anchor make it easier.
    #[wasm_bindgen_test(unsupported = test)]
    fn the_target_rises_with_time_and_anchor(
        (anchor_target, limit) in targets(),
        other in target(),
        (time_diff, half_life) in time_diff_and_half_life(),
        later in 0..100_000_i64,
    ) {
        let input = AsertInput { anchor_target, time_diff, height_diff: 0, spacing: 10, half_life, limit };
        let target = next_target(&input);
        prop_assert!(target <= limit);
        let eased = next_target(&AsertInput { time_diff: time_diff.saturating_add(later), ..input });
        prop_assert!(eased >= target);
        let harder = next_target(&AsertInput { anchor_target: other.min(anchor_target), ..input });
        prop_assert!(harder <= target);
    }

    /// The way over nBits rounds down, by less than a part in 2^15, and changes nothing the second time.
    #[wasm_bindgen_test(unsupported = test)]
    fn bits_round_down_and_stay(target in target()) {
        let rounded = target.to_compact().to_target().unwrap();
        prop_assert!(rounded <= target);
        prop_assert!(target.value() - rounded.value() <= rounded.value() >> 15);
        prop_assert_eq!(rounded.to_compact(), target.to_compact());
    }

    /// Whatever the bits, they are a target or an error, and what they decode to has a shortest form that decodes alike.
    #[wasm_bindgen_test(unsupported = test)]
    fn any_bits_decode_or_are_refused(bits in any::<u32>()) {
        if let Ok(target) = CompactTarget(bits).to_target() {
            prop_assert_eq!(target.to_compact().to_target(), Ok(target));
            let work = target.work().value();
            // work · (target + 1) ≤ 2^256 < (work + 1) · (target + 1)
            let [work, target] = [work, target.value()].map(|n| BigUint::from_bytes_le(&n.to_le_bytes::<32>()));
            prop_assert_eq!((BigUint::from(1_u8) << 256) / (target + 1_u8), work);
        }
    }
}

/// nBits as the number that they are, mantissa · 256^(size − 3), for every size and the mantissas at which something
/// changes: what is not a target from 1 to 2^256 − 1 is refused, and for its own reason.
#[wasm_bindgen_test(unsupported = test)]
fn bits_of_every_size_decode_as_numbers() {
    let edges = [0_u32, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x1_0000, 0x12_3456, 0x7f_ffff];
    for size in 0..=0xff_u32 {
        for (mantissa, sign) in edges.into_iter().flat_map(|mantissa| [(mantissa, 0), (mantissa, 0x80_0000)]) {
            let word = BigUint::from(mantissa);
            let value: BigUint = if size < 3 { word >> (8 * (3 - size)) } else { word << (8 * (size - 3)) };
            let found = CompactTarget(size << 24 | sign | mantissa).to_target();
            let expected = if value == BigUint::ZERO {
                Err(BitsError::Zero)
            } else if sign != 0 {
                Err(BitsError::Negative)
            } else if value.bits() > 256 {
                Err(BitsError::Overflow)
            } else {
                Ok(Target::new(U256::from_le_slice(&value.to_bytes_le())).unwrap())
            };
            assert_eq!(found, expected, "size {size}, mantissa {mantissa:x}, sign {sign:x}");
        }
    }
}

/// A hash meets a target that it equals, and not one that is smaller by one.
#[wasm_bindgen_test(unsupported = test)]
fn a_hash_may_equal_its_target() {
    for value in [U256::ONE, U256::from(256), U256::MAX >> 32, U256::MAX - U256::ONE] {
        let target = Target::new(value).unwrap();
        assert!(target.is_met_by(&value.to_le_bytes()));
        assert!(target.is_met_by(&[0; 32]));
        assert!(!target.is_met_by(&(value + U256::ONE).to_le_bytes()), "{target}");
        assert!(!target.is_met_by(&[0xff; 32]));
    }
    assert!(Target::MAX.is_met_by(&[0xff; 32]));
}

#[wasm_bindgen_test(unsupported = test)]
fn the_extremes_neither_wrap_nor_panic() {
    let one = Target::new(U256::ONE).unwrap();
    for limit in [one, Target::new(U256::MAX >> 32).unwrap(), Target::MAX] {
        for anchor_target in [one, limit] {
            for (time_diff, height_diff) in
                [(i64::MAX, i64::MIN), (i64::MIN, i64::MAX), (i64::MAX, i64::MAX), (i64::MIN, i64::MIN), (0, 0)]
            {
                for (spacing, half_life) in [(1, 1), (86_400, 31_536_000), (u32::MAX, u32::MAX), (u32::MAX, 1)] {
                    let input = AsertInput { anchor_target, time_diff, height_diff, spacing, half_life, limit };
                    let found = next_target(&input);
                    assert_eq!(BigUint::from_bytes_le(&found.value().to_le_bytes::<32>()), model(&input), "{input:?}");
                }
            }
        }
    }
}

// A network over time

/// The classroom's headers, as far as difficulty looks at them: dates and bits.
struct Class {
    params: Params,
    headers: Vec<Header>,
}

impl Class {
    /// A network that opens long after its genesis date.
    fn new() -> Self {
        let params = Params::classroom();
        let genesis = params.genesis().header;
        let mut class = Self { params, headers: vec![genesis] };
        class.mine(10_000_000);
        class
    }

    fn last(&self) -> &Header {
        self.headers.last().expect("there is genesis")
    }

    fn next_bits(&self) -> CompactTarget {
        let grandparent = self.headers.len().checked_sub(2).map(|index| &self.headers[index]);
        required_bits(&self.params, self.last(), grandparent)
    }

    /// Expected hashes of the next block.
    fn next_work(&self) -> f64 {
        self.next_bits().to_target().unwrap().work().to_f64()
    }

    /// A block dated so many seconds after the one before it.
    fn mine(&mut self, seconds: i64) {
        let time = u32::try_from(i64::from(self.last().time) + seconds).unwrap();
        self.headers.push(Header {
            version: 1,
            // Any but genesis's: what lies below is not looked up.
            prev_blockhash: BlockHash([1; 32]),
            merkle_root: MerkleRoot::default(),
            time,
            bits: self.next_bits(),
            nonce: 0,
        });
    }

    /// Mines one block at so many hashes a second, which takes just its expected time on the `clock`.
    fn mine_at(&mut self, hashrate: f64, clock: &mut f64) {
        *clock += self.next_work() / hashrate;
        self.mine(whole_seconds(*clock) - i64::from(self.last().time));
    }

    /// As many blocks as that many hashes a second find in that time from the last block on.
    fn mine_for(&mut self, hashrate: f64, seconds: u32) -> usize {
        let mut clock = f64::from(self.last().time);
        let (end, before) = (clock + f64::from(seconds), self.headers.len());
        while clock < end {
            self.mine_at(hashrate, &mut clock);
        }
        self.headers.len() - before
    }

    /// What judging the next header needs.
    fn context(&self) -> HeaderContext {
        HeaderContext::new(self.headers.iter().rev().copied()).expect("there is genesis")
    }

    /// The last header keeps the rules on difficulty and dates for a node with that clock, and its bits are the model's.
    fn check_last(&self, now: u32) {
        let [.., grandparent, parent, last] = self.headers[..] else { panic!("three headers") };
        let below = self.headers[..self.headers.len() - 1].iter().rev().copied();
        let context = HeaderContext::new(below).expect("there is genesis");
        assert_eq!(check_header_in_context(&self.params, &last, &context, now), Ok(()));
        let input = AsertInput {
            anchor_target: parent.bits.to_target().unwrap(),
            time_diff: i64::from(parent.time) - i64::from(grandparent.time),
            height_diff: 0,
            spacing: self.params.spacing,
            half_life: self.params.half_life.unwrap(),
            limit: self.params.limit_target(),
        };
        let target = Target::new(U256::from_le_slice(&model(&input).to_bytes_le())).unwrap();
        // Of the first two blocks after genesis, nothing was measured.
        let expected = if self.headers.len() <= 3 { self.params.start_bits } else { target.to_compact() };
        assert_eq!(last.bits, expected);
    }

    fn limit_work(&self) -> f64 {
        self.params.limit_target().work().to_f64()
    }

    fn start_work(&self) -> f64 {
        self.params.start_bits.to_target().unwrap().work().to_f64()
    }
}

fn whole_seconds(time: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "dates have 32 bits")]
    let seconds = time as i64;
    seconds
}

/// The genesis date is a date in a file. A network that opens months later begins at its start bits, not at its limit.
#[wasm_bindgen_test(unsupported = test)]
fn a_network_begins_at_its_start_bits() {
    let mut class = Class::new();
    assert_eq!(class.next_bits(), class.params.start_bits);
    class.mine(10);
    let (found, start) = (class.next_work(), class.start_work());
    assert!((found / start - 1.0).abs() < 0.001, "on schedule, the third block is as hard: {found}");
}

/// As many hashes a second as the start bits expect: a block every spacing, for a day, whatever the rounding.
#[wasm_bindgen_test(unsupported = test)]
fn steady_miners_keep_the_spacing() {
    let mut class = Class::new();
    let hashrate = class.start_work() / 10.0;
    let blocks = class.mine_for(hashrate, 86_400);
    assert!((8_600..=8_680).contains(&blocks), "{blocks} blocks in a day of 8640 spacings");
    // Thirty more tabs: a burst that ends, then the spacing again.
    class.mine_for(hashrate * 31.0, 3_600);
    let blocks = class.mine_for(hashrate * 31.0, 3_600);
    assert!((350..=370).contains(&blocks), "{blocks} blocks in an hour");
}

/// A night's pause is forgotten: the burst of the morning is bounded, and afterwards blocks come at their spacing.
#[wasm_bindgen_test(unsupported = test)]
fn a_nights_pause_is_made_up_in_a_bounded_burst() {
    let mut class = Class::new();
    let hashrate = class.start_work() / 10.0;
    class.mine_for(hashrate, 3_600);
    class.mine(12 * 3_600);
    assert_eq!(class.next_bits(), class.params.limit);
    let morning = f64::from(class.last().time);
    let (mut clock, mut blocks) = (morning, 0.0);
    while class.next_work() < class.start_work() * 0.9 {
        class.mine_at(hashrate, &mut clock);
        blocks += 1.0;
        assert!(blocks < 200.0, "the burst goes on");
    }
    // From the limit to the usual target are log2(2^25 / 2^16) half-lives of 120 s: 108 blocks ahead of the schedule.
    let surplus = blocks - (clock - morning) / 10.0;
    assert!((100.0..=110.0).contains(&surplus), "{blocks} blocks, {surplus} ahead of the schedule");
    let after = class.mine_for(hashrate, 3_600);
    assert!((340..=380).contains(&after), "{after} blocks in the hour after");
}

/// CASES 48: all miners let their dates swing by as much as the rules let them, for as long as they like. Of eleven blocks
/// five are dated as far ahead as nodes accept and six by the clock, so that the median stays with the latter. Each target
/// is the model's; it swings by the five half-lives that a date may be ahead and no further, and no blocks are gained.
#[wasm_bindgen_test(unsupported = test)]
fn oscillating_dates_change_nothing_in_the_long_run() {
    let mut class = Class::new();
    let hashrate = class.start_work() / 10.0;
    class.mine_for(hashrate, 3_600);
    let began = class.last().time;
    let (mut clock, mut usual) = (f64::from(began), class.next_work());
    let ahead = class.params.max_future_seconds;
    for round in 0..800 {
        for place in 0..11 {
            clock += class.next_work() / hashrate;
            // Where blocks come several a second, the median makes the miners wait.
            clock = clock.max(f64::from(class.context().median_time + 1));
            let now = u32::try_from(whole_seconds(clock)).unwrap();
            let time = if place % 2 == 1 { now + ahead } else { now };
            class.mine(i64::from(time) - i64::from(class.last().time));
            class.check_last(now);
            let ratio = class.next_work() / usual;
            if time == now {
                // A block dated by the clock after one dated by the clock: the schedule decides.
                usual = class.next_work();
                assert!((0.5..=2.0).contains(&(usual / class.start_work())), "round {round}: {usual}");
            } else {
                assert!(
                    (1.0 / 36.0..=1.0 / 24.0).contains(&ratio),
                    "round {round}: 600 s are five half-lives: {ratio}"
                );
            }
        }
    }
    let spacings = f64::from(class.last().time - began) / 10.0;
    let surplus = 8_800.0 - spacings;
    assert!((-10.0..=70.0).contains(&surplus), "{surplus} blocks more than the schedule has");
}

/// CASES 49: miners who are all of a mind date their blocks as far ahead as nodes accept, once and for ever. They gain the
/// blocks of that much time, and no more: what is dated ahead cannot be dated ahead again.
#[wasm_bindgen_test(unsupported = test)]
fn last_second_dates_gain_no_more_than_they_are_ahead() {
    let hashrate = Class::new().start_work() / 10.0;
    let blocks = |ahead: f64| {
        let mut class = Class::new();
        let mut now = f64::from(class.last().time);
        let end = now + 36_000.0;
        let mut blocks = 0;
        while now < end {
            now += class.next_work() / hashrate;
            // Where blocks come several a second, the median makes the miners wait.
            now = now.max(f64::from(class.context().median_time + 1) - ahead);
            class.mine(whole_seconds(now + ahead) - i64::from(class.last().time));
            // A node whose clock is the miners' accepts it.
            class.check_last(u32::try_from(whole_seconds(now)).unwrap());
            blocks += 1;
        }
        blocks
    };
    let ahead = Params::classroom().max_future_seconds;
    let (honest, dishonest) = (blocks(0.0), blocks(f64::from(ahead)));
    let gained = dishonest - honest;
    assert!((0..=60 + 2).contains(&gained), "{gained} blocks more in ten hours; {ahead} s are 60 spacings");
}

/// At the limit a late date gains nothing and the early one after it costs in full: a lie makes the next blocks harder.
/// That is a nuisance with a bound: the swing in half-lives.
#[wasm_bindgen_test(unsupported = test)]
fn a_lie_at_the_limit_makes_blocks_harder_within_a_bound() {
    let mut class = Class::new();
    class.mine(10);
    class.mine(100_000);
    assert_eq!(class.next_bits(), class.params.limit);
    let swing = i64::from(class.params.max_future_seconds);
    class.mine(10 + swing);
    assert_eq!(class.next_bits(), class.params.limit);
    class.mine(10 - swing);
    let ratio = class.next_work() / class.limit_work();
    assert!((30.0..=33.0).contains(&ratio), "600 s are five half-lives: {ratio}");
}
