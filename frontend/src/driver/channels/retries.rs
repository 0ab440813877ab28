//! When a node is offered a channel again after one that failed or closed: the carried path serves meanwhile, so
//! nothing hurries.

use std::collections::HashMap;

use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::NodeId;

const FIRST_PAUSE_MILLIS: u64 = 2_000;
/// Where there is no way now, there may be one when a laptop has moved.
const LONGEST_PAUSE_MILLIS: u64 = 600_000;
/// A channel that was open for so long was a success, however it ended.
const LASTING_MILLIS: u64 = 60_000;

#[derive(Default)]
pub struct Retries {
    by_node: HashMap<NodeId, Retry>,
}

struct Retry {
    /// In a row.
    failures: u32,
    due: Time,
}

impl Retries {
    pub fn is_due(&self, node: NodeId, now: Time) -> bool {
        self.by_node.get(&node).is_none_or(|retry| retry.due <= now)
    }

    /// An attempt failed (then it lasted 0 ms), or a channel is closed. `jitter` is uniform in 0..1, so that a class
    /// that lost its channels at once does not offer new ones at once.
    pub fn ended(&mut self, node: NodeId, lasted_millis: u64, now: Time, jitter: f64) {
        let retry = self.by_node.entry(node).or_insert(Retry { failures: 0, due: now });
        if lasted_millis >= LASTING_MILLIS {
            retry.failures = 0;
        }
        let longest = (FIRST_PAUSE_MILLIS << retry.failures.min(20)).min(LONGEST_PAUSE_MILLIS);
        retry.failures += 1;
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let pause = (longest as f64 * (0.5 + jitter / 2.0)) as u64;
        retry.due = now.plus_millis(pause);
    }

    pub fn forget_others(&mut self, is_linked: impl Fn(NodeId) -> bool) {
        self.by_node.retain(|node, _| is_linked(*node));
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const NODE: NodeId = NodeId([1; 8]);

    /// How long after each of these ends the next attempt is due.
    fn pauses(lasted: &[u64]) -> Vec<u64> {
        let mut retries = Retries::default();
        lasted
            .iter()
            .map(|lasted| {
                retries.ended(NODE, *lasted, Time(1_000_000), 1.0);
                (0..).step_by(1_000).find(|pause| retries.is_due(NODE, Time(1_000_000 + pause))).unwrap()
            })
            .collect()
    }

    #[test]
    fn pauses_grow_until_a_channel_has_lasted() {
        assert!(Retries::default().is_due(NODE, Time(0)), "the first attempt is made at once");
        let growing = pauses(&[0; 12]);
        assert_eq!(growing[..4], [2_000, 4_000, 8_000, 16_000]);
        assert_eq!(growing[9..], [LONGEST_PAUSE_MILLIS; 3]);
        assert_eq!(pauses(&[0, 0, 59_999, 60_000, 0]), [2_000, 4_000, 8_000, 2_000, 4_000]);
    }

    #[test]
    fn only_nodes_that_are_there_are_remembered() {
        let mut retries = Retries::default();
        retries.ended(NODE, 0, Time(0), 0.0);
        retries.ended(NodeId([2; 8]), 0, Time(0), 0.0);
        retries.forget_others(|node| node == NODE);
        assert_eq!(retries.by_node.len(), 1);
    }
}
