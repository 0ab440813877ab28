//! What `/metrics` shows of the connected nodes, added up in place: copies of what thousands of them say would hold everybody
//! up.

use std::time::Instant;

use tabchain_shared::node::snapshot::NodeKind;

use super::Switchboard;

#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub tabs: usize,
    pub relays: usize,
    /// Hashes per second, as the nodes say.
    pub claimed: f64,
    /// Hashes per second, as their shares prove.
    pub proven: f64,
}

impl Switchboard {
    pub fn tally(&self) -> Tally {
        let now = Instant::now();
        let mut tally = Tally::default();
        for connection in self.state().connections.values() {
            match connection.newcomer.kind {
                NodeKind::Tab => tally.tabs += 1,
                NodeKind::Relay => tally.relays += 1,
            }
            let claimed = connection.report.as_ref().map(|report| report.hashrate);
            // A claim may be any number that there is.
            tally.claimed += claimed.filter(|claimed| claimed.is_finite()).unwrap_or_default();
            tally.proven += connection.shares.proven(now).map_or(0.0, |proven| proven.hashrate);
        }
        tally
    }
}
