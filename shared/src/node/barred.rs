//! Nodes that misbehaved and are not let in again for a while.

use std::collections::{HashMap, VecDeque};

use super::config::MAX_BARRED;
use super::io::Time;
use crate::primitives::encode::encode_count;
use crate::primitives::{Encode, NodeId};

#[derive(Debug, Default)]
pub(super) struct Barred {
    until: HashMap<NodeId, Time>,
    order: VecDeque<NodeId>,
}

impl Barred {
    pub fn bar(&mut self, node: NodeId, until: Time) {
        if self.until.insert(node, until).is_none() {
            self.order.push_back(node);
        }
        if self.order.len() > MAX_BARRED
            && let Some(oldest) = self.order.pop_front()
        {
            self.until.remove(&oldest);
        }
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.order.len(), out);
        for node in &self.order {
            node.encode(out);
            out.extend(self.until.get(node).copied().unwrap_or_default().0.to_le_bytes());
        }
    }

    pub fn contains(&self, node: NodeId, now: Time) -> bool {
        self.until.get(&node).is_some_and(|until| *until > now)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::node::config::BAR_DURATION;

    fn node(number: usize) -> NodeId {
        NodeId((number as u64).to_be_bytes())
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn of_barred_nodes_the_oldest_is_forgotten() {
        let (now, mut barred) = (Time(1), Barred::default());
        for number in 0..=MAX_BARRED {
            barred.bar(node(number), now.plus_millis(BAR_DURATION));
            barred.bar(node(number), now.plus_millis(BAR_DURATION));
        }
        assert_eq!((barred.until.len(), barred.order.len()), (MAX_BARRED, MAX_BARRED));
        assert_eq!([0, 1, MAX_BARRED].map(|number| barred.contains(node(number), now)), [false, true, true]);
    }
}
