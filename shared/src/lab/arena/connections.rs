//! Links as they stand, each from one cut to the next: its two ends have the numbers `2n` and `2n + 1`.
//!
//! There are a hundred thousand, and a frame needs little of one. So what a frame touches when it is sent lies in one cache line, and
//! whether a connection still stands, which is asked when the frame arrives, in a byte.

use super::Link;
use crate::lab::link::{Pace, Wire};
use crate::node::PeerId;

#[derive(Debug, Default)]
pub(super) struct Connections {
    are_open: Vec<bool>,
    /// The number of the link that each stands for.
    links: Vec<usize>,
    /// By the end that sends.
    directions: Vec<Direction>,
}

/// From one end of a connection to the other.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Direction {
    pub wire: Wire,
    pub pace: Pace,
    /// The machine at the other end.
    pub receiver: u32,
}

impl Connections {
    /// A new one for a link, which has this number. Answers the connection's number.
    pub fn open(&mut self, number: usize, link: &Link) -> usize {
        let connection = self.are_open.len();
        self.are_open.push(true);
        self.links.push(number);
        for (side, settings) in link.directions.iter().enumerate() {
            let receiver = u32::try_from(link.nodes[1 - side]).expect("machines are in memory");
            self.directions.push(Direction { wire: Wire::default(), pace: settings.pace(), receiver });
        }
        connection
    }

    pub fn is_open(&self, connection: usize) -> bool {
        self.are_open[connection]
    }

    /// Whether it was open until now.
    pub fn close(&mut self, connection: usize) -> bool {
        std::mem::replace(&mut self.are_open[connection], false)
    }

    pub fn link(&self, connection: usize) -> usize {
        self.links[connection]
    }

    /// What carries frames from this end.
    pub fn from(&mut self, end: PeerId) -> &mut Direction {
        &mut self.directions[usize::try_from(end.0).expect("connections are in memory")]
    }
}

/// The connection that an end's number stands for, and which of its two ends it is.
pub(super) fn connection_of(end: PeerId) -> (usize, usize) {
    let number = usize::try_from(end.0 / 2).expect("connections are in memory");
    (number, usize::from(end.0 % 2 == 1))
}

/// The ends of a connection.
pub(super) fn ends_of(connection: usize) -> [PeerId; 2] {
    [0, 1].map(|side| PeerId(2 * connection as u64 + side))
}
