//! What happens at one time, machine by machine.
//!
//! Where links take equally long, thousands of frames arrive at one time, a dozen of them at each machine. What happens to two machines at one
//! time does not depend on each other; so all that happens to one is carried out before it is the next one's turn, while its node is in the
//! processor's caches. Turns are taken in the order in which the first event of each was planned: by their numbers, some machines
//! would always be first.

use std::collections::VecDeque;

use super::Event;

/// Events of the time at hand that are still to be carried out.
#[derive(Debug)]
pub(super) struct Inboxes {
    /// By machine, in the order of planning; what happens to no machine is in the last.
    events: Vec<VecDeque<Event>>,
    /// Those that are not empty.
    turns: VecDeque<usize>,
}

impl Inboxes {
    pub fn new(machines: usize) -> Self {
        Self { events: (0..=machines).map(|_| VecDeque::new()).collect(), turns: VecDeque::new() }
    }

    pub fn put(&mut self, event: Event) {
        let number = event.machine().unwrap_or(self.events.len() - 1);
        let inbox = &mut self.events[number];
        if inbox.is_empty() {
            self.turns.push_back(number);
        }
        inbox.push_back(event);
    }

    pub fn next(&mut self) -> Option<Event> {
        let inbox = &mut self.events[*self.turns.front()?];
        let event = inbox.pop_front();
        if inbox.is_empty() {
            self.turns.pop_front();
        }
        event
    }
}
