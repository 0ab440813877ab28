//! The queue of events of a simulation: by time, and of events at one time the one that was planned first comes first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::node::Time;

#[derive(Debug)]
pub struct Queue<E> {
    /// Time, number in the order of planning, place in `events`. Events are large, and stay where they are.
    heap: BinaryHeap<Reverse<(Time, u64, usize)>>,
    events: Vec<Option<E>>,
    free: Vec<usize>,
    planned: u64,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), planned: 0 }
    }
}

impl<E> Queue<E> {
    pub fn plan(&mut self, at: Time, event: E) {
        let place = if let Some(place) = self.free.pop() {
            self.events[place] = Some(event);
            place
        } else {
            self.events.push(Some(event));
            self.events.len() - 1
        };
        self.heap.push(Reverse((at, self.planned, place)));
        self.planned += 1;
    }

    /// The next event, unless there is none up to `end`.
    pub fn pop_until(&mut self, end: Time) -> Option<(Time, E)> {
        if self.heap.peek().is_none_or(|Reverse((at, ..))| *at > end) {
            return None;
        }
        let Reverse((at, _, place)) = self.heap.pop()?;
        self.free.push(place);
        Some((at, self.events[place].take().expect("what is planned is there until its time")))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn events_come_in_the_order_of_their_times_and_then_of_their_planning() {
        let mut queue = Queue::default();
        for (at, event) in [(5, 'c'), (2, 'a'), (5, 'd'), (2, 'b'), (9, 'e')] {
            queue.plan(Time(at), event);
        }
        let mut taken = String::new();
        while let Some((_, event)) = queue.pop_until(Time(5)) {
            taken.push(event);
            if event == 'a' {
                queue.plan(Time(5), 'x');
            }
        }
        assert_eq!(taken, "abcdx");
        assert_eq!(queue.pop_until(Time(100)), Some((Time(9), 'e')));
        assert_eq!(queue.pop_until(Time(100)), None);
    }
}
