//! Byzantine nodes: each connection is another stranger with one misdeed in mind. It shakes hands, does it, lingers and goes.

use super::{Event, World};
use crate::lab::byzantine::{Misdeed, Scene, deliver};
use crate::node::PeerId;
use crate::primitives::{Block, NetworkId, NodeId, PublicKey, SecretKey};
use crate::wire::message::PROTOCOL_VERSION;
use crate::wire::{BlockTransactions, Message, Version};

/// From the handshake to the misdeed, ms.
const PAUSE: u64 = 1_000;
/// How long it stays, ms: as long as a victim may take to lose patience.
const LINGER: u64 = 45_000;

#[derive(Debug)]
pub(super) struct Villain {
    misdeed: Misdeed,
    key: SecretKey,
    /// It was carried through.
    done: bool,
    offer: Option<Block>,
}

impl World {
    /// A stranger is introduced, under the number of its own end; answers who it says it is.
    pub(super) fn villain_arrives(&mut self, peer: PeerId) -> NodeId {
        if self.deck.is_empty() {
            self.deck.clone_from(&self.settings.misdeeds);
            self.random.shuffle(&mut self.deck);
        }
        let misdeed = self.deck.pop().unwrap_or(Misdeed::UnknownType);
        let key = SecretKey::from_seed(self.random.bytes());
        let id = match misdeed {
            Misdeed::WrongIdentity => NodeId(self.random.bytes()),
            _ => key.public_key().node_id(),
        };
        self.villains.insert(peer, Villain { misdeed, key, done: false, offer: None });
        id
    }

    pub(super) fn villain_opens(&mut self, peer: PeerId) {
        let Some(villain) = self.villains.get(&peer) else { return };
        let first = match villain.misdeed {
            Misdeed::UnfinishedHandshake => None,
            Misdeed::MessageBeforeHandshake => Some(Message::Ping(0)),
            _ => Some(self.version(villain)),
        };
        if villain.misdeed.spoils_handshake() {
            self.misdeed_done(peer);
        }
        if let Some(first) = first {
            self.send(peer, first.to_frame());
        }
        self.plan_in(LINGER, Event::Leave { peer });
    }

    /// It answers enough to be taken for a node, and delivers only what its misdeed wants delivered.
    pub(super) fn villain_hears(&mut self, peer: PeerId, frame: &[u8]) {
        let Some(villain) = self.villains.get(&peer) else { return };
        let answer = match Message::from_frame(frame) {
            Ok(Message::Version(_)) => Message::Verack,
            Ok(Message::Verack) => {
                self.plan_in(PAUSE, Event::Misdeed { peer });
                return;
            }
            Ok(Message::Ping(nonce)) => Message::Pong(nonce),
            Ok(Message::GetHeaders(_)) => Message::Headers(Vec::new()),
            Ok(Message::GetData(items)) if villain.misdeed == Misdeed::NotFoundBlock => Message::NotFound(items),
            Ok(Message::GetData(items)) => {
                let offer = villain.offer.as_ref();
                match offer.and_then(|block| deliver(villain.misdeed, block, &items)) {
                    Some(delivery) => delivery,
                    None => return,
                }
            }
            Ok(Message::GetBlockTransactions(request)) if villain.misdeed == Misdeed::TooFewTransactions => {
                Message::BlockTransactions(BlockTransactions { block: request.block, transactions: Vec::new() })
            }
            _ => return,
        };
        self.send(peer, answer.to_frame());
    }

    pub(super) fn commit_misdeed(&mut self, peer: PeerId) {
        let Some(villain) = self.villains.get(&peer).filter(|villain| !villain.done) else { return };
        let victim = self.parties[&peer].there;
        let people: Vec<PublicKey> = self.machines.iter().map(|machine| machine.key.public_key()).collect();
        let now = self.local_time(victim).seconds();
        let Some(node) = &self.machines[victim].node else { return };
        let scene = Scene { chain: node.chain(), mempool: node.mempool(), now, people: &people };
        let Some(act) = villain.misdeed.act(scene, &self.version(villain), &mut self.random) else { return };
        if let Some(spared) = act.spared {
            self.checker.spare(spared);
        }
        if let Some(villain) = self.villains.get_mut(&peer) {
            villain.offer = act.offer;
        }
        self.misdeed_done(peer);
        for (delay, frame) in (0..).map(|place| place * act.pause).zip(act.frames) {
            if delay == 0 {
                self.send(peer, frame);
            } else {
                self.plan_in(delay, Event::Say { peer, frame });
            }
        }
    }

    /// It goes, unless it was thrown out.
    pub(super) fn leave(&mut self, peer: PeerId) {
        if let Some(villain) = self.villains.get(&peer) {
            if villain.done {
                self.fates.push((villain.misdeed, None));
            }
            self.close(peer, false);
        }
    }

    /// The victim at this end has hung up.
    pub(super) fn villain_is_cut_off(&mut self, peer: PeerId, reason: String) {
        let villain = self.other_end(peer).and_then(|other| self.villains.get(&other));
        if let Some(villain) = villain.filter(|villain| villain.done) {
            self.fates.push((villain.misdeed, Some(reason)));
        }
    }

    fn misdeed_done(&mut self, peer: PeerId) {
        if let Some(villain) = self.villains.get_mut(&peer) {
            villain.done = true;
            *self.stats.misdeeds.entry(villain.misdeed).or_default() += 1;
        }
    }

    fn version(&self, villain: &Villain) -> Message {
        let network = match villain.misdeed {
            Misdeed::WrongNetwork => NetworkId([0; 4]),
            _ => self.settings.params.network_id(),
        };
        Message::Version(Version {
            protocol: PROTOCOL_VERSION,
            network,
            public_key: villain.key.public_key(),
            is_relay: false,
            name: format!("{:?}", villain.misdeed),
            height: 0,
            tip: self.settings.params.genesis().hash(),
            time: self.now.0,
        })
    }
}
