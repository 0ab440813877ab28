//! One path with its two ends, in all orders of events. First the stories by hand, then thousands drawn at random, in
//! which every frame says in which conversation of its sender it was which.

use std::collections::VecDeque;

use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

/// What the relay carries in one direction, in order.
#[derive(Debug)]
enum Carried {
    Frame(Vec<u8>),
    Signal(Signal),
}

/// One end: a driver with its node, and what is on the way to it.
struct End {
    path: Option<Path>,
    effects: Effects,
    /// The node's peer, and how many frames it sent and received as such.
    peer: Option<(PeerId, u32)>,
    received: Vec<Vec<u8>>,
    link: Option<LinkId>,
    carried: VecDeque<Carried>,
    /// The channel at this end: its id, and whether it is open.
    channel: Option<(ChannelId, ChannelNumber, bool)>,
    on_channel: VecDeque<Vec<u8>>,
    last_id: u32,
}

impl End {
    fn new() -> Self {
        Self {
            path: None,
            effects: Effects::default(),
            peer: None,
            received: Vec::new(),
            link: None,
            carried: VecDeque::new(),
            channel: None,
            on_channel: VecDeque::new(),
            last_id: 0,
        }
    }
}

/// Two ends with ids 0 and 1; 0 speaks first.
struct Pair {
    ends: [End; 2],
    links: u32,
    numbers: u32,
    /// Nobody hears that the other end has no channel any more, as when its machine was carried away.
    silent: bool,
}

const NOW: Time = Time(0);

impl Pair {
    fn linked() -> Self {
        let mut pair = Self { ends: [End::new(), End::new()], links: 0, numbers: 0, silent: false };
        pair.link();
        pair
    }

    /// The relay links the two.
    fn link(&mut self) {
        self.links += 1;
        let link = LinkId(self.links);
        for side in 0..2 {
            let end = &mut self.ends[side];
            end.link = Some(link);
            end.carried.clear();
            match &mut end.path {
                Some(path) => path.adopt(link, side == 0, &mut end.effects),
                None => end.path = Some(Path::new(NodeId([9; 8]), link, side == 0, &mut end.effects)),
            }
        }
        (0..2).for_each(|side| self.carry_out(side));
    }

    /// The relay is gone for this end; what is under way is lost.
    fn lose_link(&mut self, side: usize) {
        self.ends[side].link = None;
        self.ends[side].carried.clear();
        self.act(side, Path::link_lost);
    }

    fn act(&mut self, side: usize, act: impl FnOnce(&mut Path, &mut Effects)) {
        let end = &mut self.ends[side];
        if let Some(path) = &mut end.path {
            act(path, &mut end.effects);
        }
        self.carry_out(side);
    }

    fn carry_out(&mut self, side: usize) {
        for effect in std::mem::take(&mut self.ends[side].effects.list) {
            match effect {
                Effect::Connect { peer, we_initiated, .. } => {
                    assert_eq!(we_initiated, side == 0);
                    assert!(self.ends[side].peer.replace((peer, 0)).is_none(), "the node would have two peers");
                    self.ends[side].received.clear();
                }
                Effect::Disconnect { peer } => {
                    assert_eq!(self.ends[side].peer.take().map(|(known, _)| known), Some(peer));
                }
                Effect::Deliver { peer, frame } => {
                    assert_eq!(self.ends[side].peer.map(|(known, _)| known), Some(peer));
                    self.ends[side].received.push(frame);
                    self.check_received(side);
                }
                Effect::Signal { link, signal } => {
                    assert_eq!(self.ends[side].link, Some(link));
                    if self.ends[1 - side].link == Some(link) {
                        self.ends[1 - side].carried.push_back(Carried::Signal(signal));
                    }
                }
                Effect::Close(id) => self.lose_channel(side, id),
                Effect::Unlink(_) => panic!("nobody misbehaves here"),
            }
        }
        let end = &mut self.ends[side];
        if end.path.as_ref().is_some_and(Path::is_over) {
            assert!(end.peer.is_none(), "a path that is over leaves no peer");
            end.path = None;
        }
    }

    /// All frames of one conversation, from its first, in order, none twice and none left out.
    fn check_received(&self, side: usize) {
        let received = &self.ends[side].received;
        for (position, frame) in received.iter().enumerate() {
            assert_eq!(frame[0], received[0][0], "frames of two conversations: {received:?}");
            assert_eq!(usize::from(frame[1]), position, "{received:?}");
        }
    }

    /// The node at this end sends a frame, if it has the other as a peer.
    fn send(&mut self, side: usize) {
        let Some((peer, count)) = &mut self.ends[side].peer else { return };
        let frame = vec![u8::try_from(peer.0 % 251).unwrap(), u8::try_from(*count % 251).unwrap()];
        if *count == 250 {
            return;
        }
        *count += 1;
        let way = self.ends[side].path.as_ref().and_then(Path::way_out).expect("a peer can be sent to");
        match way {
            Way::Carried(link) => {
                if self.ends[1 - side].link == Some(link) {
                    self.ends[1 - side].carried.push_back(Carried::Frame(frame));
                }
            }
            Way::Channel(id) => {
                let (ours, number, open) = self.ends[side].channel.expect("no frame for a channel that is closed");
                assert!(ours == id && open);
                // One that is closed at the other end swallows it.
                if self.ends[1 - side].channel.is_some_and(|(_, theirs, _)| theirs == number) {
                    self.ends[1 - side].on_channel.push_back(frame);
                }
            }
        }
    }

    fn receive_carried(&mut self, side: usize) {
        match self.ends[side].carried.pop_front() {
            Some(Carried::Frame(frame)) => self.act(side, |path, effects| path.frame_carried(frame, effects)),
            Some(Carried::Signal(signal)) => match signal {
                Signal::Offer { channel, .. } => self.receive_offer(side, channel),
                Signal::Switched { channel } => self.act(side, |path, effects| path.switched(channel, NOW, effects)),
                Signal::Adopted { channel } => self.act(side, |path, effects| path.adopted(channel, NOW, effects)),
                Signal::Reset => self.act(side, |path, effects| path.reset(NOW, effects)),
                _ => {}
            },
            None => {}
        }
    }

    fn receive_on_channel(&mut self, side: usize) {
        if let Some((id, _, true)) = self.ends[side].channel
            && let Some(frame) = self.ends[side].on_channel.pop_front()
        {
            self.act(side, |path, effects| path.frame_on_channel(id, frame, NOW, effects));
        }
    }

    fn next_id(&mut self, side: usize) -> ChannelId {
        self.ends[side].last_id += 1;
        ChannelId(self.ends[side].last_id)
    }

    fn offer(&mut self) {
        if self.ends[0].path.as_ref().is_some_and(Path::may_offer) {
            self.numbers += 1;
            let (id, number) = (self.next_id(0), ChannelNumber(self.numbers));
            self.act(0, |path, _| path.offer(id, number));
            self.ends[0].channel = Some((id, number, false));
            if self.ends[1].link == self.ends[0].link {
                let offer = Signal::Offer { channel: number, sdp: String::new() };
                self.ends[1].carried.push_back(Carried::Signal(offer));
            }
        }
    }

    fn receive_offer(&mut self, side: usize, number: ChannelNumber) {
        let id = self.next_id(side);
        let mut taken = false;
        self.act(side, |path, effects| taken = path.offered(id, number, effects));
        if taken {
            self.ends[side].channel = Some((id, number, false));
        }
    }

    /// The channel opens at this end, if both have it.
    fn open(&mut self, side: usize) {
        let [ours, theirs] = [side, 1 - side].map(|side| self.ends[side].channel);
        if let (Some((id, number, false)), Some((_, same, _))) = (ours, theirs)
            && number == same
        {
            self.ends[side].channel = Some((id, number, true));
            self.act(side, |path, effects| path.opened(id, NOW, effects));
        }
    }

    fn lose_channel(&mut self, side: usize, id: ChannelId) {
        if self.ends[side].channel.is_some_and(|(known, ..)| known == id) {
            self.ends[side].channel = None;
            self.ends[side].on_channel.clear();
        }
    }

    /// This end hears that its channel is closed, or that the attempt came to nothing.
    fn close(&mut self, side: usize) {
        if let Some((id, ..)) = self.ends[side].channel {
            self.lose_channel(side, id);
            self.act(side, |path, effects| path.closed(id, NOW, effects));
        }
    }

    /// What is under way arrives, and who has a channel alone hears that it is closed, until nothing moves.
    fn settle(&mut self) {
        while (0..2).any(|side| self.is_busy(side)) {
            for side in 0..2 {
                self.receive_carried(side);
                self.receive_on_channel(side);
                self.open(side);
                if self.is_alone(side) {
                    self.close(side);
                }
            }
        }
    }

    fn is_alone(&self, side: usize) -> bool {
        let theirs = self.ends[1 - side].channel.map(|(_, number, _)| number);
        let offered =
            self.ends[1 - side].carried.iter().any(|carried| matches!(carried, Carried::Signal(Signal::Offer { .. })));
        !self.silent && !offered && self.ends[side].channel.is_some_and(|(_, number, _)| Some(number) != theirs)
    }

    fn is_busy(&self, side: usize) -> bool {
        let end = &self.ends[side];
        let may_open = !self.silent && end.channel.is_some_and(|(_, _, open)| !open);
        !end.carried.is_empty() || !end.on_channel.is_empty() || may_open || self.is_alone(side)
    }

    fn are_direct(&self) -> bool {
        self.ends.iter().all(|end| end.path.as_ref().is_some_and(Path::is_direct))
    }

    /// What one end sends now arrives at the other, at once.
    fn talks(&mut self) -> bool {
        self.settle();
        let before = [0, 1].map(|side| (self.ends[side].peer, self.ends[side].received.len()));
        (0..2).for_each(|side| self.send(side));
        self.settle();
        (0..2).all(|side| before[side].0.is_some() && self.ends[side].received.len() == before[side].1 + 1)
    }

    fn with_channel() -> Self {
        let mut pair = Self::linked();
        pair.offer();
        assert!(pair.talks() && pair.are_direct());
        pair
    }
}

#[test]
fn frames_keep_their_order_when_a_channel_opens_among_them() {
    let mut pair = Pair::linked();
    pair.offer();
    pair.receive_carried(1);
    (0..2).for_each(|side| (0..3).for_each(|_| pair.send(side)));
    (0..2).for_each(|side| pair.open(side));
    (0..2).for_each(|side| (0..3).for_each(|_| pair.send(side)));
    // The channel is faster than the relay.
    for side in 0..2 {
        (0..3).for_each(|_| pair.receive_on_channel(side));
        assert!(pair.ends[side].received.is_empty());
    }
    pair.settle();
    assert!(pair.ends.iter().all(|end| end.received.len() == 6 && end.peer.is_some_and(|(peer, _)| peer == PeerId(1))));
    assert!(pair.are_direct());
}

#[test]
fn a_channel_that_closes_makes_a_fresh_peer_of_the_node() {
    for first in 0..2 {
        let mut pair = Pair::with_channel();
        pair.send(1 - first);
        pair.close(first);
        assert!(pair.ends[first].peer.is_none(), "until the other end knows");
        assert!(pair.talks());
        assert!(pair.ends.iter().all(|end| end.peer.is_some_and(|(peer, _)| peer == PeerId(2))));
        pair.offer();
        assert!(pair.talks() && pair.are_direct(), "a channel comes again");
    }
}

#[test]
fn a_channel_outlives_the_relay_and_its_link_is_adopted() {
    let mut pair = Pair::with_channel();
    (0..2).for_each(|side| pair.lose_link(side));
    assert!(pair.talks());
    pair.link();
    assert!(pair.talks() && pair.are_direct());
    assert!(
        pair.ends.iter().all(|end| end.peer.is_some_and(|(peer, _)| peer == PeerId(1))),
        "the same peer all the time"
    );
    pair.close(0);
    assert!(pair.talks(), "the new link carries when the channel is gone");
}

#[test]
fn with_the_relay_goes_a_channel_to_which_only_one_end_has_switched() {
    let mut pair = Pair::linked();
    pair.offer();
    pair.receive_carried(1);
    pair.open(0);
    pair.open(1);
    pair.receive_carried(0);
    assert!(pair.ends[0].path.as_ref().unwrap().is_direct() && !pair.ends[1].path.as_ref().unwrap().is_direct());
    (0..2).for_each(|side| pair.lose_link(side));
    pair.settle();
    assert!(pair.ends.iter().all(|end| end.path.is_none()));
}

#[test]
fn an_end_that_lost_its_channel_meanwhile_brings_the_other_to_a_fresh_start() {
    for alone in 0..2 {
        let mut pair = Pair::with_channel();
        (0..2).for_each(|side| pair.lose_link(side));
        pair.silent = true;
        // As after a reload.
        pair.close(alone);
        assert!(pair.ends[alone].path.is_none());
        pair.link();
        // It begins to talk, and even offers a channel, before it hears that the other adopted the link.
        pair.send(alone);
        pair.offer();
        assert!(pair.talks());
        pair.silent = false;
        pair.offer();
        assert!(pair.talks() && pair.are_direct());
    }
}

#[test]
fn an_attempt_that_fails_changes_nothing() {
    let mut pair = Pair::linked();
    pair.offer();
    pair.receive_carried(1);
    (0..2).for_each(|side| pair.close(side));
    assert!(pair.talks());
    assert!(pair.ends.iter().all(|end| end.peer.is_some_and(|(peer, _)| peer == PeerId(1))));
    pair.offer();
    assert!(pair.talks() && pair.are_direct());
}

/// The offering end gave up a moment before the channel opened at the other, which switches to it.
#[test]
fn an_attempt_given_up_too_late_begins_anew() {
    let mut pair = Pair::linked();
    pair.offer();
    pair.receive_carried(1);
    pair.open(1);
    pair.send(1);
    pair.silent = true;
    pair.close(0);
    assert!(pair.talks());
    assert!(pair.ends.iter().all(|end| end.peer.is_some_and(|(peer, _)| peer == PeerId(2))));
}

#[test]
fn what_waits_for_the_other_ends_word_is_bounded() {
    for (frames, bytes) in [(MAX_EARLY_FRAMES, 1), (MAX_EARLY_BYTES >> 20, 1 << 20)] {
        let mut effects = Effects::default();
        let mut path = Path::new(NodeId([1; 8]), LinkId(1), true, &mut effects);
        path.offer(ChannelId(1), ChannelNumber(1));
        path.opened(ChannelId(1), NOW, &mut effects);
        for _ in 0..frames {
            path.frame_on_channel(ChannelId(1), vec![0; bytes], NOW, &mut effects);
        }
        assert!(path.peer().is_some());
        path.frame_on_channel(ChannelId(1), vec![0; bytes], NOW, &mut effects);
        assert_eq!(effects.list.last(), Some(&Effect::Signal { link: LinkId(1), signal: Signal::Reset }));
        assert!(path.peer().is_none() && path.channel().is_none());
    }
}

#[test]
fn a_channel_to_which_the_other_end_never_switches_begins_anew() {
    for heard in [false, true] {
        let mut effects = Effects::default();
        let mut path = Path::new(NodeId([1; 8]), LinkId(1), true, &mut effects);
        path.offer(ChannelId(1), ChannelNumber(1));
        path.check(Time(9_000_000), &mut effects);
        path.opened(ChannelId(1), Time(1_000), &mut effects);
        path.frame_on_channel(ChannelId(1), vec![0; 10], Time(1_000), &mut effects);
        assert_eq!(path.early_bytes(), 10);
        if heard {
            path.switched(ChannelNumber(1), Time(1_000), &mut effects);
            assert_eq!(path.early_bytes(), 0);
        }
        path.check(Time(1_000 + SWITCH_TIMEOUT_MILLIS), &mut effects);
        assert!(path.peer().is_some());
        path.check(Time(1_001 + SWITCH_TIMEOUT_MILLIS), &mut effects);
        assert_eq!(path.is_direct(), heard);
        let reset = Effect::Signal { link: LinkId(1), signal: Signal::Reset };
        assert_eq!(effects.list.last() == Some(&reset), !heard);
    }
}

#[test]
fn who_never_answers_a_reset_is_cut() {
    let mut effects = Effects::default();
    let mut path = Path::new(NodeId([1; 8]), LinkId(1), true, &mut effects);
    path.switched(ChannelNumber(5), Time(1_000), &mut effects);
    assert!(path.peer().is_none());
    path.check(Time(1_000 + RESET_TIMEOUT_MILLIS), &mut effects);
    assert!(!path.is_over());
    path.check(Time(1_001 + RESET_TIMEOUT_MILLIS), &mut effects);
    assert!(path.is_over());
    assert_eq!(effects.list.last(), Some(&Effect::Unlink(LinkId(1))));
}

#[test]
fn a_cut_link_takes_its_channel_along() {
    let mut pair = Pair::with_channel();
    pair.act(0, Path::end);
    assert!(pair.ends[0].channel.is_none() && pair.ends[0].peer.is_none());
}

/// A small generator (xorshift, Marsaglia 2003), so that a story is told again by its seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// [`Pair`] holds every delivered frame against its conversation; at the end the two must understand each other.
#[test]
fn no_order_of_events_loses_doubles_or_turns_frames_around() {
    let mut direct = 0;
    for seed in 1..=3_000 {
        let mut draw = Draw(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut pair = Pair::linked();
        for _ in 0..300 {
            let side = usize::try_from(draw.below(2)).unwrap();
            match draw.below(1_000) {
                0..300 => pair.send(side),
                300..600 => pair.receive_carried(side),
                600..800 => pair.receive_on_channel(side),
                800..880 => pair.offer(),
                880..970 => pair.open(side),
                970..980 => pair.close(side),
                980..988 => pair.lose_link(side),
                // Both ends know that a link is gone before they get another.
                988..993 => {
                    (0..2).for_each(|side| pair.lose_link(side));
                    pair.link();
                }
                _ => pair.settle(),
            }
            direct += u32::from(pair.are_direct());
        }
        (0..2).for_each(|side| pair.lose_link(side));
        pair.link();
        assert!(pair.talks(), "seed {seed}");
    }
    assert!(direct > 50_000, "channels were in use: {direct}");
}
