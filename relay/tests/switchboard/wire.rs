//! A bus within the test's process, which drops, doubles and delays what relays send if it is told to, from a seed.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tabchain::bus;
use tabchain::bus::message::{Content, Destination, Epoch, Packet};
use tabchain::bus::outgoing::Outgoing;

use crate::client::{TestRelay, wait};

/// The part of all messages that each of these happens to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub lost: f64,
    pub doubled: f64,
    /// Comes after the next few messages.
    pub delayed: f64,
}

#[derive(Clone)]
pub struct Wire(Arc<Mutex<State>>);

struct State {
    rng: StdRng,
    faults: Faults,
    ends: HashMap<Epoch, UnboundedSender<Bytes>>,
    /// Relays to which and from which nothing comes.
    cut_off: HashSet<Epoch>,
    /// With the number of messages to wait for.
    delayed: Vec<(usize, Epoch, Bytes)>,
    parts_to_lose: usize,
}

impl Wire {
    pub fn new(seed: u64) -> Self {
        let (ends, cut_off, delayed) = (HashMap::new(), HashSet::new(), Vec::new());
        let (rng, faults) = (StdRng::seed_from_u64(seed), Faults::default());
        Self(Arc::new(Mutex::new(State { rng, faults, ends, cut_off, delayed, parts_to_lose: 0 })))
    }

    /// Relays that know each other.
    pub async fn join<const COUNT: usize>(&self, relays: [&TestRelay; COUNT]) -> [Epoch; COUNT] {
        let epochs = relays.map(|relay| self.attach(relay, None));
        for relay in relays {
            wait_for(relay, COUNT - 1).await;
        }
        epochs
    }

    /// Has a relay be on this bus from now on.
    pub fn attach(&self, relay: &TestRelay, address: Option<&str>) -> Epoch {
        let (epoch, outgoing) = (Epoch(rand::random()), Arc::new(Outgoing::default()));
        outgoing.set_connected(true);
        let (end, incoming) = unbounded();
        self.state().ends.insert(epoch, end);
        let address = address.map(|address| address.parse().unwrap());
        tokio::spawn(bus::run(relay.relay.state().clone(), epoch, address, Arc::clone(&outgoing), incoming));
        let wire = self.clone();
        tokio::spawn(async move {
            loop {
                let (to, message) = outgoing.next().await;
                wire.state().carry(epoch, to, &message);
            }
        });
        epoch
    }

    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    pub fn lose_next_part(&self) {
        self.state().parts_to_lose += 1;
    }

    pub fn cut_off(&self, relay: Epoch) {
        self.state().cut_off.insert(relay);
    }

    pub fn mend(&self) {
        self.state().cut_off.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn carry(&mut self, from: Epoch, to: Destination, message: &Bytes) {
        if self.cut_off.contains(&from) {
            return;
        }
        let is_part = matches!(Packet::read(message).unwrap().content, Content::Part(_));
        if is_part && self.parts_to_lose > 0 {
            self.parts_to_lose -= 1;
            return;
        }
        let receivers: Vec<Epoch> = match to {
            Destination::Everyone => self.ends.keys().copied().collect(),
            Destination::One(relay) => vec![relay],
        };
        for receiver in receivers {
            let Faults { lost, doubled, delayed } = self.faults;
            if self.rng.random_bool(lost) {
                continue;
            }
            if self.rng.random_bool(delayed) {
                let wait = self.rng.random_range(1..8);
                self.delayed.push((wait, receiver, message.clone()));
                continue;
            }
            for _ in 0..if self.rng.random_bool(doubled) { 2 } else { 1 } {
                self.deliver(receiver, message);
            }
        }
        for (wait, _, _) in &mut self.delayed {
            *wait -= 1;
        }
        for (_, receiver, message) in self.delayed.extract_if(.., |(wait, _, _)| *wait == 0).collect::<Vec<_>>() {
            self.deliver(receiver, &message);
        }
    }

    fn deliver(&self, to: Epoch, message: &Bytes) {
        if let Some(end) = self.ends.get(&to).filter(|_| !self.cut_off.contains(&to)) {
            // A relay that has stopped reads nothing.
            let _ = end.unbounded_send(message.clone());
        }
    }
}

/// Waits until a relay knows so many others, and their own nodes.
pub async fn wait_for(relay: &TestRelay, relays: usize) {
    wait(&format!("{relays} other relays are known"), || {
        let switchboard = &relay.relay.state().switchboard;
        let known = switchboard.status().bus.map_or(0, |bus| bus.relays);
        let residents = switchboard.nodes_away().iter().filter(|node| node.card.id == node.relay).count();
        (known, residents) == (relays, relays)
    })
    .await;
}
