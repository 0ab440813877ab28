//! Links as they stand, each from one cut to the next.
//!
//! There are a hundred thousand, and a frame needs little of one. So there is a record for each end, in half a cache line, and those of a
//! machine lie side by side: it speaks to its peers one after the other.

use std::collections::HashMap;
use std::ops::Range;

use super::Link;
use crate::lab::link::{Pace, Wire};
use crate::node::PeerId;

#[derive(Debug)]
pub(super) struct Connections {
    /// By the numbers that machines know their peers by.
    ends: Vec<End>,
    /// For each end the link that its connection stands for.
    links: Vec<usize>,
    /// By machine: numbers that are kept for the first connections of its links. Later ones get whatever follows.
    kept: Vec<Range<usize>>,
    /// How links carry, each way once.
    paces: Vec<Pace>,
    known_paces: HashMap<Pace, u32>,
    /// Whether any was ever closed. As long as none was, no arrival has to look.
    have_closed: bool,
}

/// One end of a connection, and how far it has come with what is sent there.
#[derive(Debug, Clone, Default)]
struct End {
    wire: Wire,
    /// The number of the other end, and whose that is.
    other: u32,
    receiver: u32,
    /// A place in [`Connections::paces`].
    pace: u32,
    is_open: bool,
}

/// Where a frame goes that is sent from an end.
pub(super) struct Way<'a> {
    pub to: PeerId,
    pub receiver: u32,
    pub wire: &'a mut Wire,
    pub pace: Pace,
}

impl Connections {
    /// None yet. `links` are all that there will ever be.
    pub fn new(machines: usize, links: &[Link]) -> Self {
        let mut counts = vec![0; machines];
        for node in links.iter().flat_map(|link| link.nodes) {
            counts[node] += 1;
        }
        let mut next = 0;
        let kept = counts.into_iter().map(|count| {
            let first = next;
            next += count;
            first..next
        });
        let kept = kept.collect();
        Self {
            ends: vec![End::default(); next],
            links: vec![0; next],
            kept,
            paces: Vec::new(),
            known_paces: HashMap::new(),
            have_closed: false,
        }
    }

    /// A new one for a link, which has this number. Answers how the link's two machines know it.
    pub fn open(&mut self, link: usize, settings: &Link) -> [PeerId; 2] {
        let numbers = settings.nodes.map(|machine| self.number_for(machine));
        for (side, directions) in settings.directions.iter().enumerate() {
            let pace = directions.pace();
            let kept_at = *self.known_paces.entry(pace).or_insert_with(|| {
                self.paces.push(pace);
                small(self.paces.len() - 1)
            });
            self.links[numbers[side]] = link;
            self.ends[numbers[side]] = End {
                wire: Wire::default(),
                other: small(numbers[1 - side]),
                receiver: small(settings.nodes[1 - side]),
                pace: kept_at,
                is_open: true,
            };
        }
        numbers.map(|number| PeerId(number as u64))
    }

    /// Reads these ends, before anything is sent from there.
    pub fn read_ahead(&self, ends: impl Iterator<Item = PeerId>) {
        std::hint::black_box(ends.fold(0, |read, end| read ^ self.ends[place(end)].other));
    }

    fn number_for(&mut self, machine: usize) -> usize {
        self.kept[machine].next().unwrap_or_else(|| {
            self.ends.push(End::default());
            self.links.push(0);
            self.ends.len() - 1
        })
    }

    pub fn is_open(&self, end: PeerId) -> bool {
        !self.have_closed || self.ends[place(end)].is_open
    }

    /// Whether it was open until now.
    pub fn close(&mut self, end: PeerId) -> bool {
        self.have_closed = true;
        let other = self.other(end);
        self.ends[place(other)].is_open = false;
        std::mem::replace(&mut self.ends[place(end)].is_open, false)
    }

    pub fn other(&self, end: PeerId) -> PeerId {
        PeerId(self.ends[place(end)].other.into())
    }

    /// Whose the other end is.
    pub fn receiver(&self, end: PeerId) -> u32 {
        self.ends[place(end)].receiver
    }

    pub fn link(&self, end: PeerId) -> usize {
        self.links[place(end)]
    }

    /// What carries frames from this end, unless it is closed.
    pub fn way(&mut self, from: PeerId) -> Option<Way<'_>> {
        let End { wire, other, receiver, pace, is_open } = &mut self.ends[place(from)];
        is_open.then(|| Way {
            to: PeerId((*other).into()),
            receiver: *receiver,
            wire,
            pace: self.paces[*pace as usize],
        })
    }
}

fn place(end: PeerId) -> usize {
    usize::try_from(end.0).expect("connections are in memory")
}

fn small(number: usize) -> u32 {
    u32::try_from(number).expect("connections are in memory")
}
