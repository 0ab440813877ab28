//! What a simulated world is like. Times are in milliseconds; an interval is the mean of exponential draws, and `None`
//! where the thing never happens.

use super::byzantine::Misdeed;
use super::link::LinkSettings;
use crate::chain::RecentLimits;
use crate::consensus::Params;
use crate::pow::Algorithm;
use crate::primitives::{CompactTarget, Memo};

#[derive(Debug, Clone)]
pub struct Settings {
    /// Honest nodes; numbered from 0.
    pub honest: usize,
    /// Byzantine ones, numbered after them. Each is linked to every honest node.
    pub byzantine: usize,
    pub params: Params,
    pub topology: Topology,
    pub link: LinkSettings,
    /// Of all honest nodes together, hashes a second. Shares are drawn.
    pub hashrate: f64,
    /// A write is durable after up to so long.
    pub store_delay: u64,
    /// What a node keeps of its chain in memory; deeper reorgs are read back from its store.
    pub recent: RecentLimits,
    /// Each honest node's clock is off by up to so much, either way.
    pub skew: u64,
    pub payment_interval: Option<u64>,
    pub faults: FaultSettings,
    /// What byzantine nodes do, each as often as the others.
    pub misdeeds: Vec<Misdeed>,
    /// How long all this goes on before calm returns.
    pub storm: u64,
    /// Makes drivers wrong on purpose, so that tests can see the checker bite.
    pub breakage: Option<Breakage>,
    /// How many of the last events are kept in words.
    pub trace: usize,
}

/// Which honest nodes are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    Mesh,
    /// Each with the next, so that blocks travel over hops.
    Line,
}

#[derive(Debug, Clone, Default)]
pub struct FaultSettings {
    /// A node loses its memory and the writes that were not durable.
    pub crash_interval: Option<u64>,
    /// Mean time until it starts again.
    pub downtime: u64,
    /// Two sets of nodes cannot talk.
    pub partition_interval: Option<u64>,
    /// Mean time until they can again.
    pub partition_duration: u64,
    /// A link drops, to be made again.
    pub cut_interval: Option<u64>,
}

/// A driver that does not do what it promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breakage {
    /// Says that a write is durable while it still waits.
    AcknowledgesEarly,
    /// Loses a durable record in each crash.
    LosesRecords,
}

impl Settings {
    /// Five honest nodes in a mesh on a good LAN with good clocks: nothing goes wrong.
    pub fn quiet() -> Self {
        Self {
            honest: 5,
            byzantine: 0,
            params: lab_params(),
            topology: Topology::Mesh,
            link: LinkSettings::reliable(),
            // The work of the first block's target every ten seconds.
            hashrate: 3_355_000.0,
            store_delay: 50,
            recent: RecentLimits::default(),
            skew: 0,
            payment_interval: None,
            faults: FaultSettings::default(),
            misdeeds: Misdeed::ALL.to_vec(),
            storm: 120_000,
            breakage: None,
            trace: 0,
        }
    }

    /// Everything goes wrong at once for eight minutes, as the batches of seeds run it.
    pub fn stormy() -> Self {
        Self {
            byzantine: 1,
            link: LinkSettings {
                delay: 100,
                jitter: 900,
                loss: 0.01,
                duplication: 0.01,
                reordering: 0.02,
                bandwidth: 20_000,
            },
            store_delay: 1_000,
            recent: RecentLimits { blocks: 3, ..RecentLimits::default() },
            skew: 20_000,
            payment_interval: Some(3_000),
            faults: FaultSettings {
                crash_interval: Some(40_000),
                downtime: 10_000,
                partition_interval: Some(120_000),
                partition_duration: 40_000,
                cut_interval: Some(20_000),
            },
            storm: 480_000,
            ..Self::quiet()
        }
    }
}

/// The network of the lab: the classroom's pace with an oracle for a hash. Small blocks, so that they fill; early halvings,
/// so that the subsidy changes within a run.
pub fn lab_params() -> Params {
    Params {
        name: "lab".into(),
        algorithm: Algorithm::Oracle,
        start_bits: CompactTarget(0x1e00_7fff),
        halving_interval: 20,
        max_block_bytes: 3_000,
        max_future_seconds: 60,
        genesis_message: Memo::new("Tabchain lab").expect("short"),
        ..Params::classroom()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::params::ParamsError;

    #[wasm_bindgen_test(unsupported = test)]
    fn nothing_but_the_oracle_is_wrong_with_the_network_of_the_lab() {
        assert_eq!(lab_params().check(), Err(ParamsError::Oracle));
        assert_eq!(Params { algorithm: Algorithm::Sha256d, ..lab_params() }.check(), Ok(()));
    }
}
