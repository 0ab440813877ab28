//! Gathers what a node sends in one round, so that a frame for several links is one message to the relay.

use std::collections::BTreeSet;

use super::{LinkId, MAX_SPREAD_LINKS, carried, spread};

/// Frames that are looked at for one like it. Announcements come one after the other; in a round of answers to many, to
/// compare each with each would cost more than it saves.
const LOOK_BACK: usize = 8;

/// Frames with the links that they are for, in an order that keeps that of each link.
#[derive(Debug, Default)]
pub struct FanOut {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Part {
    pub links: BTreeSet<LinkId>,
    pub frame: Vec<u8>,
}

impl FanOut {
    pub fn add(&mut self, link: LinkId, frame: Vec<u8>) {
        // Nothing may overtake what the same link was given before.
        let recent = self.parts.iter_mut().rev().take(LOOK_BACK).take_while(|part| !part.links.contains(&link));
        let fits = |part: &&mut Part| part.frame == frame && part.links.len() < MAX_SPREAD_LINKS;
        match recent.into_iter().find(fits) {
            Some(part) => {
                part.links.insert(link);
            }
            None => self.parts.push(Part::new(link, frame)),
        }
    }

    pub fn take(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.parts)
    }
}

impl Part {
    fn new(link: LinkId, frame: Vec<u8>) -> Self {
        let mut part = Self { links: BTreeSet::new(), frame };
        part.links.insert(link);
        part
    }

    /// As the relay is told of it.
    pub fn to_message(&self) -> Vec<u8> {
        match self.links.first() {
            Some(&only) if self.links.len() == 1 => carried(only, &self.frame),
            _ => spread(&self.links, &self.frame),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn gathered(sent: &[(u32, &[u8])]) -> Vec<(Vec<u32>, Vec<u8>)> {
        let mut fan_out = FanOut::default();
        for (link, frame) in sent {
            fan_out.add(LinkId(*link), frame.to_vec());
        }
        fan_out.take().into_iter().map(|part| (part.links.iter().map(|link| link.0).collect(), part.frame)).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn equal_frames_become_one_and_no_link_sees_another_order() {
        let (inv, tip, ping) = (b"inv".as_slice(), b"tip".as_slice(), b"ping".as_slice());
        assert_eq!(gathered(&[(3, inv), (1, inv), (2, inv)]), [(vec![1, 2, 3], inv.to_vec())]);
        // Link 2 is told of the tip first: its inv comes after, and so may not join the others'.
        assert_eq!(
            gathered(&[(1, inv), (2, tip), (2, inv), (3, tip)]),
            [(vec![1], inv.to_vec()), (vec![2, 3], tip.to_vec()), (vec![2], inv.to_vec())]
        );
        // The same twice for one link are two frames.
        assert_eq!(gathered(&[(1, ping), (1, ping)]), [(vec![1], ping.to_vec()), (vec![1], ping.to_vec())]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_message_names_no_more_links_than_it_may() {
        let mut fan_out = FanOut::default();
        for link in 0..=u32::try_from(MAX_SPREAD_LINKS).unwrap() {
            fan_out.add(LinkId(link), b"inv".to_vec());
        }
        let parts = fan_out.take();
        assert_eq!(parts.iter().map(|part| part.links.len()).collect::<Vec<_>>(), [MAX_SPREAD_LINKS, 1]);
        assert_eq!(parts[1].to_message(), carried(LinkId(MAX_SPREAD_LINKS.try_into().unwrap()), b"inv"));
        assert!(fan_out.take().is_empty());
    }
}
