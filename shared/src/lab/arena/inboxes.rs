//! What happens at one time, machine by machine.
//!
//! Where links take equally long, thousands of frames arrive at one time, a dozen of them at each machine. What happens to two machines at one
//! time does not depend on each other; so all that happens to one is carried out before it is the next one's turn, while its node is in the
//! processor's caches. Turns are taken in the order in which the first event of each was planned: by their numbers, some machines
//! would always be first.

use std::collections::VecDeque;

use super::Event;
use crate::node::PeerId;
use crate::wire::Frame;

/// Events of the time at hand that are still to be carried out.
#[derive(Debug)]
pub(super) struct Inboxes {
    /// Those of a turn side by side, in the order of planning; nothing where one was.
    events: Vec<Option<Event>>,
    /// The next one's place.
    next: usize,
    /// In their order.
    turns: Vec<Turn>,
    /// Those that have begun.
    begun: usize,
    /// By machine, what is last being for what happens to none: its turn's place in `turns`, while events are being put in.
    turn_of: Vec<Option<u32>>,
}

#[derive(Debug)]
struct Turn {
    number: usize,
    /// The place of its first event; while events are put in, of the next one.
    first: usize,
    count: usize,
}

/// A turn to come.
pub(super) struct Upcoming<'a> {
    pub machine: usize,
    events: &'a [Option<Event>],
}

impl Upcoming<'_> {
    /// What arrives, and from whom.
    pub fn frames(&self) -> impl Iterator<Item = (PeerId, &Frame)> + Clone {
        self.events.iter().flatten().filter_map(|event| match event {
            Event::Frame { to, frame, .. } => Some((*to, frame)),
            _ => None,
        })
    }
}

impl Inboxes {
    pub fn new(machines: usize) -> Self {
        Self { events: Vec::new(), next: 0, turns: Vec::new(), begun: 0, turn_of: vec![None; machines + 1] }
    }

    /// Takes in all that happens at the next time, in the order of planning. What was there before has been carried out.
    pub fn fill(&mut self, line: &mut VecDeque<Event>) {
        (self.next, self.begun) = (0, 0);
        self.turns.clear();
        let no_machine = self.turn_of.len() - 1;
        for event in &*line {
            let number = event.machine().unwrap_or(no_machine);
            let place = *self.turn_of[number].get_or_insert_with(|| {
                self.turns.push(Turn { number, first: 0, count: 0 });
                u32::try_from(self.turns.len() - 1).expect("machines are in memory")
            });
            self.turns[place as usize].count += 1;
        }
        let mut end = 0;
        for turn in &mut self.turns {
            turn.first = end;
            end += turn.count;
        }
        if self.events.len() < end {
            self.events.resize_with(end, || None);
        }
        for event in line.drain(..) {
            let number = event.machine().unwrap_or(no_machine);
            let turn = &mut self.turns[self.turn_of[number].expect("it was counted") as usize];
            self.events[turn.first] = Some(event);
            turn.first += 1;
        }
        for turn in &mut self.turns {
            turn.first -= turn.count;
            self.turn_of[turn.number] = None;
        }
    }

    /// Whether the next event is the first of its turn; asked before it is taken.
    pub fn begins_turn(&self) -> bool {
        self.turns.get(self.begun).is_some_and(|turn| turn.first == self.next)
    }

    pub fn next(&mut self) -> Option<Event> {
        self.begun += usize::from(self.begins_turn());
        let event = self.events.get_mut(self.next)?.take()?;
        self.next += 1;
        Some(event)
    }

    /// The turn that comes so many after the next one that begins, if it is a machine's.
    pub fn upcoming(&self, later: usize) -> Option<Upcoming<'_>> {
        let turn = self.turns.get(self.begun + later)?;
        let is_machine = turn.number + 1 < self.turn_of.len();
        is_machine.then(|| Upcoming { machine: turn.number, events: &self.events[turn.first..turn.first + turn.count] })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::node::{Time, Timer};

    #[wasm_bindgen_test(unsupported = test)]
    fn a_machine_has_all_of_its_turn_and_turns_come_as_first_events_do() {
        let mut inboxes = Inboxes::new(3);
        let timer = |machine, at| Event::Timer { machine, timer: Timer::Ping, at: Time(at) };
        let number = |event| match event {
            Event::Timer { at, .. } => at.0,
            Event::Nonce { draw } => draw,
            other => panic!("{other:?} was not put in"),
        };
        for _ in 0..2 {
            let events = [timer(2, 1), timer(0, 2), Event::Nonce { draw: 3 }, timer(2, 4), timer(0, 5), timer(1, 6)];
            inboxes.fill(&mut VecDeque::from(events));
            let upcoming =
                [0, 1, 2, 3, 4].map(|later| inboxes.upcoming(later).map(|turn| (turn.machine, turn.events.len())));
            assert_eq!(upcoming, [Some((2, 2)), Some((0, 2)), None, Some((1, 1)), None]);
            let mut taken = Vec::new();
            while let (begins, Some(event)) = (inboxes.begins_turn(), inboxes.next()) {
                taken.push((begins, number(event)));
            }
            assert_eq!(taken, [(true, 1), (false, 4), (true, 2), (false, 5), (true, 3), (true, 6)]);
        }
        inboxes.fill(&mut VecDeque::from([timer(1, 7)]));
        assert_eq!((inboxes.next().map(number), inboxes.next().map(number)), (Some(7), None));
    }
}
