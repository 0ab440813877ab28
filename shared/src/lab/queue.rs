//! The queue of events of a simulation: by time, and of events at one time the one that was planned first comes first.
//!
//! Links take whole milliseconds, so that many events share a time: each time has a line of its own, and an event is written once
//! and read once.

use std::collections::btree_map::OccupiedEntry;
use std::collections::{BTreeMap, VecDeque};

use crate::node::Time;

/// Lines that are kept to be filled again.
const MAX_SPARE: usize = 1_024;

#[derive(Debug)]
pub struct Queue<E> {
    /// None of them is empty.
    lines: BTreeMap<Time, VecDeque<E>>,
    spare: Vec<VecDeque<E>>,
}

impl<E> Default for Queue<E> {
    fn default() -> Self {
        Self { lines: BTreeMap::new(), spare: Vec::new() }
    }
}

impl<E> Queue<E> {
    pub fn plan(&mut self, at: Time, event: E) {
        let line = self.lines.entry(at).or_insert_with(|| self.spare.pop().unwrap_or_default());
        line.push_back(event);
    }

    /// The next event, unless there is none up to `end`.
    pub fn pop_until(&mut self, end: Time) -> Option<(Time, E)> {
        let mut first = self.lines.first_entry().filter(|line| *line.key() <= end)?;
        let at = *first.key();
        let event = first.get_mut().pop_front()?;
        if first.get().is_empty() {
            let line = first.remove();
            self.give_back(line);
        }
        Some((at, event))
    }

    /// All that is planned for the next time, in the order of planning, unless that is after `end`.
    pub fn take_until(&mut self, end: Time) -> Option<(Time, VecDeque<E>)> {
        self.lines.first_entry().filter(|line| *line.key() <= end).map(OccupiedEntry::remove_entry)
    }

    /// An empty line, to be filled again.
    pub fn give_back(&mut self, line: VecDeque<E>) {
        if self.spare.len() < MAX_SPARE {
            self.spare.push(line);
        }
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
