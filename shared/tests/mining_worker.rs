//! A miner worker in virtual time: it keeps its limit whatever the machine's speed, its timers and its jobs do, takes no
//! batch that would hold up a new tip, and finds what there is to find.

use proptest::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_space::{Part, is_rolled};
use tabchain_shared::mining::share::share_target;
use tabchain_shared::mining::worker::{Assignment, BATCH_MILLIS, Batch, Step, Worker};
use tabchain_shared::mining::{HashrateLimit, Job, Solution};
use tabchain_shared::pow::{Algorithm, Kernel};
use tabchain_shared::primitives::{CompactTarget, Decode, Encode, Header};
use wasm_bindgen_test::wasm_bindgen_test;

/// No hash meets this in a test's time.
const HARD: CompactTarget = CompactTarget(0x0300_0001);
/// One hash in 256.
const EASY: CompactTarget = CompactTarget(0x2000_ffff);
/// Every second hash.
const EASIEST: CompactTarget = CompactTarget(0x207f_ffff);
/// A new tip switches every worker within this, in milliseconds.
const SWITCH_MILLIS: f64 = 50.0;

fn job(id: u64, bits: CompactTarget, limit: Option<HashrateLimit>) -> Job {
    let header = Header { bits, ..Params::regtest().genesis().header };
    Job { id, header, algorithm: Algorithm::Sha256d, limit }
}

fn alone(job: &Job) -> Option<Assignment> {
    Assignment::of(job, None, 0, 1, 0)
}

/// A machine whose speed wanders, and whose timers are late, as a browser's are.
struct Machine {
    now: f64,
    /// Hashes per millisecond at its best.
    speed: f64,
    /// How the speed wanders: its period in milliseconds.
    period: f64,
    lateness: f64,
    longest_batch: f64,
    busy: f64,
}

impl Machine {
    fn new(speed: f64, period: f64, lateness: f64) -> Self {
        Self { now: 1_000.0, speed, period, lateness, longest_batch: 0.0, busy: 0.0 }
    }

    /// Between the best speed and a third of it.
    fn speed_now(&self) -> f64 {
        self.speed * (2.0 + (self.now / self.period).sin()) / 3.0
    }

    /// Counts hashes without computing them.
    fn run(&mut self, worker: &mut Worker, until: f64) -> f64 {
        let mut hashes = 0.0;
        while self.now < until {
            match worker.step(self.now) {
                Step::Rest => panic!("there is work"),
                Step::WaitUntil(then) => {
                    // A new assignment ends the wait.
                    self.now = (self.now + (then - self.now).ceil() + self.lateness).min(until);
                }
                Step::Search(count) => {
                    let took = f64::from(count) / self.speed_now();
                    self.longest_batch = self.longest_batch.max(took);
                    worker.searched(count, self.now, self.now + took);
                    hashes += f64::from(count);
                    self.busy += took;
                    // The turn in which messages come in.
                    self.now += took + 0.02;
                }
            }
        }
        hashes
    }

    /// Hashes in ten seconds, with another job each `change` milliseconds.
    fn run_for_ten_seconds(&mut self, limit: Option<HashrateLimit>, change: f64) -> f64 {
        let mut worker = Worker::new(Kernel::default());
        let (end, mut hashes, mut id) = (self.now + 10_000.0, 0.0, 0);
        while self.now < end {
            id += 1;
            worker.assign(alone(&job(id, HARD, limit)), self.now);
            hashes += self.run(&mut worker, end.min(self.now + change));
        }
        hashes
    }
}

fn machine() -> impl Strategy<Value = (f64, f64, f64)> {
    (prop_oneof![Just(20_000.0), 1_000.0..40_000.0], 100.0..5_000.0, prop_oneof![Just(0.0), 0.0..5.0])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// To within 5 % over ten seconds, or one hash where a hash takes longer; with one job or with a hundred.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_limit_on_hashes_per_second_holds(
        (speed, period, lateness) in machine(),
        limit in prop::sample::select(vec![0.5, 3.0, 1_000.0, 1e5]),
        change in prop::sample::select(vec![100.0, 5_000.0]),
    ) {
        let mut machine = Machine::new(speed, period, lateness);
        let hashes = machine.run_for_ten_seconds(Some(HashrateLimit::HashesPerSecond(limit)), change);
        let expected = limit * 10.0;
        prop_assert!((hashes - expected).abs() <= 1.0 + expected * 0.05, "{hashes} hashes instead of {expected}");
    }

    /// As near to the limit as the machine is fast, and not above.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_limit_close_to_the_machines_speed_holds((_, period, lateness) in machine()) {
        let limit = Some(HashrateLimit::HashesPerSecond(1e7));
        let hashes = Machine::new(40_000.0, period, lateness).run_for_ten_seconds(limit, 100.0);
        prop_assert!((hashes / 1e8 - 1.0).abs() <= 0.05, "{hashes} hashes instead of 1e8");
        let hashes = Machine::new(9_000.0, period, lateness).run_for_ten_seconds(limit, 100.0);
        prop_assert!(hashes <= 9e7, "{hashes} hashes on a machine that does not reach the limit");
    }

    /// The worker computes for that part of the time, and comes that far of an unlimited worker's hashes.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_share_of_the_machine_holds(
        (speed, period, lateness) in machine(),
        share in prop::sample::select(vec![0.1, 0.5, 0.9]),
        change in prop::sample::select(vec![100.0, 5_000.0]),
    ) {
        let mut machine = Machine::new(speed, period, lateness);
        let hashes = machine.run_for_ten_seconds(Some(HashrateLimit::MachineShare(share)), change);
        prop_assert!((machine.busy / 10_000.0 / share - 1.0).abs() <= 0.05, "busy for {} ms", machine.busy);
        let unlimited = Machine::new(speed, period, lateness).run_for_ten_seconds(None, change);
        prop_assert!((hashes / unlimited / share - 1.0).abs() <= 0.05, "{hashes} of {unlimited} hashes");
    }

    /// Short enough for a new tip, long enough to be worth it.
    #[wasm_bindgen_test(unsupported = test)]
    fn no_batch_holds_up_a_new_tip((speed, period, lateness) in machine()) {
        let mut machine = Machine::new(speed, period, lateness);
        machine.run_for_ten_seconds(None, 5_000.0);
        prop_assert!(machine.longest_batch <= SWITCH_MILLIS, "a batch of {} ms", machine.longest_batch);
        let mut machine = Machine::new(speed, 1e9, 0.0);
        let mut worker = Worker::new(Kernel::default());
        worker.assign(alone(&job(1, HARD, None)), machine.now);
        machine.run(&mut worker, 2_000.0);
        let Step::Search(count) = worker.step(machine.now) else { panic!("there is work") };
        let millis = f64::from(count) / machine.speed_now();
        prop_assert!((millis / BATCH_MILLIS - 1.0).abs() < 0.1, "{millis} ms");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn assignments_survive_their_bytes(
        id in any::<u64>(),
        (limit, share) in any::<(Option<f64>, bool)>(),
        share_target in any::<Option<u32>>(),
        (workers, round) in (1..=16_u32, any::<u8>()),
    ) {
        let limit =
            limit.map(|limit| if share { HashrateLimit::MachineShare(limit) } else { HashrateLimit::HashesPerSecond(limit) });
        for worker in 0..workers {
            let Some(sent) = Assignment::of(&job(id, HARD, limit), share_target.map(CompactTarget), worker, workers, round)
            else {
                // A low limit is for fewer workers.
                prop_assert!(worker > 0 && limit.is_some());
                continue;
            };
            let bytes = sent.to_bytes();
            let received = Assignment::from_bytes(&bytes).unwrap();
            prop_assert_eq!(received.to_bytes(), bytes);
        }
    }
}

/// A machine that slept for an hour makes up for a quarter of a second.
#[wasm_bindgen_test(unsupported = test)]
fn sleep_is_not_caught_up_on() {
    let mut machine = Machine::new(1_000.0, 1e9, 0.0);
    let mut worker = Worker::new(Kernel::default());
    worker.assign(alone(&job(1, HARD, Some(HashrateLimit::HashesPerSecond(1_000.0)))), machine.now);
    machine.run(&mut worker, 2_000.0);
    machine.now += 3_600_000.0;
    let begun = machine.now;
    let hashes = machine.run(&mut worker, begun + 1_000.0);
    assert!((1_200.0..=1_320.0).contains(&hashes), "{hashes} hashes in the first second");
}

/// What a limit makes a worker wait for ends with the limit; a pause does not end it.
#[wasm_bindgen_test(unsupported = test)]
fn another_limit_is_in_force_at_once() {
    let slow = Some(HashrateLimit::HashesPerSecond(0.001));
    let mut worker = Worker::new(Kernel::default());
    worker.assign(alone(&job(1, HARD, slow)), 0.0);
    assert_eq!(worker.step(0.0), Step::Search(1));
    worker.searched(1, 0.0, 0.0);
    assert_eq!(worker.step(1.0), Step::WaitUntil(1_000_000.0));
    worker.assign(None, 2.0);
    assert_eq!(worker.step(2.0), Step::Rest);
    worker.assign(alone(&job(2, HARD, slow)), 3.0);
    assert_eq!(worker.step(3.0), Step::WaitUntil(1_000_000.0), "a pause is no way around a limit");
    worker.assign(alone(&job(3, HARD, Some(HashrateLimit::MachineShare(0.5)))), 4.0);
    assert!(matches!(worker.step(4.0), Step::Search(_)));
}

/// All workers together keep the limit, and as few of them as can.
#[wasm_bindgen_test(unsupported = test)]
fn a_limit_is_shared_out_among_the_workers_that_it_needs() {
    for (limit, needed) in [(0.5, 1), (4.0, 2), (7.0, 3), (1e6, 16)] {
        let job = job(1, HARD, Some(HashrateLimit::HashesPerSecond(limit)));
        let assignments: Vec<_> = (0..16).filter_map(|worker| Assignment::of(&job, None, worker, 16, 0)).collect();
        assert_eq!(assignments.len(), needed);
        let rates = assignments.iter().map(|assignment| match assignment.limit {
            Some(HashrateLimit::HashesPerSecond(rate)) => rate,
            other => panic!("{other:?}"),
        });
        assert!((rates.sum::<f64>() - limit).abs() < 1e-9);
        assert!(assignments.iter().all(|assignment| Some(assignment.part) == part(assignment, needed)));
    }
}

fn part(assignment: &Assignment, workers: usize) -> Option<Part> {
    let workers = u32::try_from(workers).unwrap();
    (0..workers).filter_map(|worker| Part::new(worker, workers, 0)).find(|part| *part == assignment.part)
}

/// Searches until the worker rests or has done so many steps, and returns what it found.
fn solutions(worker: &mut Worker, steps: usize) -> Vec<Solution> {
    let mut found = Vec::new();
    for _ in 0..steps {
        let Step::Search(count) = worker.step(0.0) else { break };
        let Batch { hashes, solution } = worker.search(count);
        assert!(hashes >= 1 && hashes <= count);
        worker.searched(hashes, 0.0, 0.0);
        found.extend(solution);
    }
    found
}

fn solved(job: &Job, solution: Solution) -> Header {
    assert_eq!(solution.job, job.id);
    assert!(is_rolled(solution.version, job.header.version));
    Header { version: solution.version, nonce: solution.nonce, ..job.header }
}

/// More blocks on the same parent would be stale, and on an easy network there would be thousands before the next job.
#[wasm_bindgen_test(unsupported = test)]
fn whoever_finds_a_block_rests_until_the_next_job() {
    let mut worker = Worker::new(Kernel::default());
    for id in 1..20 {
        let job = job(id, EASY, None);
        worker.assign(alone(&job), 0.0);
        let found = solutions(&mut worker, 1_000);
        assert_eq!(found.len(), 1);
        let header = solved(&job, found[0]);
        assert!(EASY.to_target().unwrap().is_met_by(&Algorithm::Sha256d.hash(&header.to_array())));
        assert_eq!(worker.step(0.0), Step::Rest);
    }
}

/// Shares do not end a search, blocks among them do.
#[wasm_bindgen_test(unsupported = test)]
fn every_share_is_found_up_to_the_block() {
    let job = job(1, EASY, None);
    let mut worker = Worker::new(Kernel::default());
    worker.assign(Assignment::of(&job, Some(EASIEST), 0, 1, 0), 0.0);
    let found = solutions(&mut worker, 10_000);
    let (share, block) = (EASIEST.to_target().unwrap(), EASY.to_target().unwrap());
    let nonces = 0..=found.last().unwrap().nonce;
    let expected: Vec<u32> = nonces
        .filter(|nonce| {
            let header = solved(&job, Solution { nonce: *nonce, ..found[0] });
            Algorithm::Sha256d.is_met(&header, share)
        })
        .collect();
    assert_eq!(found.iter().map(|solution| solution.nonce).collect::<Vec<_>>(), expected);
    for (place, solution) in found.iter().enumerate() {
        let is_block = Algorithm::Sha256d.is_met(&solved(&job, *solution), block);
        assert_eq!(is_block, place + 1 == found.len());
    }
}

/// What a node's worker of that number tells of in so many seconds, and how many hashes it did: virtual time and real
/// hashes, of which all workers together do `speed` a millisecond.
fn shares_told(
    (number, workers): (u32, u32),
    share_target: CompactTarget,
    speed: f64,
    seconds: f64,
) -> (Vec<Solution>, u32) {
    let (mut worker, mut now) = (Worker::new(Kernel::default()), 0.0);
    worker.assign(Assignment::of(&job(1, HARD, None), Some(share_target), number, workers, 0), now);
    let (mut told, mut hashed) = (Vec::new(), 0);
    while now < seconds * 1_000.0 {
        let Step::Search(count) = worker.step(now) else { panic!("there is work") };
        let Batch { hashes, solution } = worker.search(count);
        let ended = now + f64::from(hashes) * f64::from(workers) / speed;
        worker.searched(hashes, now, ended);
        (now, hashed) = (ended, hashed + hashes);
        told.extend(solution);
    }
    (told, hashed)
}

/// A target that asks for every second hash, as the last one may when a machine has just become faster.
#[wasm_bindgen_test(unsupported = test)]
fn a_surge_of_shares_is_cut_off_without_slowing_the_search() {
    for workers in [1, 4, 16] {
        let of_each: Vec<_> = (0..workers).map(|number| shares_told((number, workers), EASIEST, 10.0, 5.0)).collect();
        let told: usize = of_each.iter().map(|(told, _)| told.len()).sum();
        let hashed: u32 = of_each.iter().map(|(_, hashed)| hashed).sum();
        let (saved_up, earned) = (256, 5 * 128);
        assert!((earned..=saved_up + earned).contains(&told), "{told} shares from {workers} workers");
        assert!(hashed >= 50_000, "{hashed} hashes");
    }
}

/// Else the rate that a host reckons from them would be wrong.
#[wasm_bindgen_test(unsupported = test)]
fn at_the_rate_that_hosts_ask_for_every_share_is_told() {
    let job = job(1, HARD, None);
    let bits = share_target(2_000.0, 32.0);
    let target = bits.to_target().unwrap();
    for workers in [1, 4, 16] {
        let mut all = 0;
        for number in 0..workers {
            let (told, hashed) = shares_told((number, workers), bits, 2.0, 30.0);
            let first = u32::try_from((u64::from(number) << 32) / u64::from(workers)).unwrap();
            let is_share = |nonce: &u32| Algorithm::Sha256d.is_met(&solved(&job, job.solution(*nonce)), target);
            let shares = (first..first + hashed).filter(is_share);
            assert_eq!(told, shares.map(|nonce| job.solution(nonce)).collect::<Vec<_>>(), "{number} of {workers}");
            all += told.len();
        }
        assert!((830..1_090).contains(&all), "{all} shares in 30 seconds from {workers} workers");
    }
}

/// A worker that may tell of no more shares goes on to look for the block.
#[wasm_bindgen_test(unsupported = test)]
fn the_block_is_told_whatever_shares_came_before() {
    let job = job(1, EASY, None);
    let mut worker = Worker::new(Kernel::default());
    worker.assign(Assignment::of(&job, Some(EASIEST), 0, 64, 0), 0.0);
    // Time stands still, so that nothing is added to the budget.
    let found = solutions(&mut worker, 1_000);
    assert_eq!(found.len(), 17, "sixteen shares and the block");
    let block = EASY.to_target().unwrap();
    for (place, solution) in found.iter().enumerate() {
        assert_eq!(Algorithm::Sha256d.is_met(&solved(&job, *solution), block), place == 16);
    }
    assert_eq!(worker.step(0.0), Step::Rest);
}

/// With as many workers as there are nonces, each has one or two for every roll, and then there is no more.
#[wasm_bindgen_test(unsupported = test)]
fn a_used_up_part_rolls_the_version() {
    let job = Job { algorithm: Algorithm::Sha256d, ..job(1, HARD, None) };
    let mut worker = Worker::new(Kernel::default());
    let assignment = Assignment::of(&job, Some(EASIEST), 5, u32::MAX, 0).unwrap();
    worker.assign(Some(assignment), 0.0);
    let found = solutions(&mut worker, 1_000);
    let target = EASIEST.to_target().unwrap();
    let mut expected = Vec::new();
    for roll in 0..16 {
        let solution = Solution { job: 1, version: job.header.version & !(0xff << 13) | roll << 13, nonce: 5 };
        if Algorithm::Sha256d.is_met(&solved(&job, solution), target) {
            expected.push(solution);
        }
    }
    assert!(expected.len() > 2);
    assert_eq!(found, expected);
    assert_eq!(worker.step(0.0), Step::Rest);
}
