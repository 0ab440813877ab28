//! Links that come and go, with the relay and without.

use wasm_bindgen_test::wasm_bindgen_test as test;

use super::*;

const NODE: NodeId = NodeId([1; 8]);
const LINK: LinkId = LinkId(1);

fn linked() -> Links {
    let mut links = Links::default();
    links.up(LINK, NODE, true, Time(0));
    assert_eq!(links.take_effects(), [Effect::Connect { peer: PeerId(1), node: NODE, we_initiated: true }]);
    links
}

/// With a channel that both ends have switched to.
fn direct() -> Links {
    let mut links = linked();
    links.offer(NODE, ChannelId(1), ChannelNumber(9));
    links.channel_opened(ChannelId(1), Time(0));
    links.signalled(LINK, &Signal::Switched { channel: ChannelNumber(9) }, Time(0));
    links.take_effects();
    links
}

#[test]
fn a_link_is_a_peer_until_it_is_gone() {
    let mut links = linked();
    assert_eq!(links.way_out(PeerId(1)), Some(Way::Carried(LINK)));
    links.frame_carried(LINK, vec![7]);
    links.down(LINK, LinkEnd::Left, Time(0));
    let delivered = Effect::Deliver { peer: PeerId(1), frame: vec![7] };
    assert_eq!(links.take_effects(), [delivered, Effect::Disconnect { peer: PeerId(1) }]);
    assert!(!links.is_linked(NODE));
    links.frame_carried(LINK, vec![8]);
    assert_eq!(links.take_effects(), []);
    // The same node again is another peer.
    links.up(LinkId(2), NODE, false, Time(0));
    assert_eq!(links.take_effects(), [Effect::Connect { peer: PeerId(2), node: NODE, we_initiated: false }]);
}

#[test]
fn a_peer_that_the_node_cuts_is_unlinked() {
    let mut links = linked();
    links.cut(PeerId(1));
    assert_eq!(links.take_effects(), [Effect::Unlink(LINK), Effect::Disconnect { peer: PeerId(1) }]);
    assert!(!links.is_linked(NODE));
}

#[test]
fn a_node_is_never_two_peers_at_once() {
    let mut links = linked();
    links.up(LinkId(2), NODE, true, Time(0));
    let again = Effect::Connect { peer: PeerId(2), node: NODE, we_initiated: true };
    assert_eq!(links.take_effects(), [Effect::Disconnect { peer: PeerId(1) }, again]);
}

#[test]
fn too_many_signals_cut_the_link() {
    let mut links = linked();
    let count = (0..1_000).take_while(|_| links.signal_came(LINK, Time(0))).count();
    assert_eq!(count, 128);
    assert_eq!(links.take_effects(), [Effect::Unlink(LINK), Effect::Disconnect { peer: PeerId(1) }]);

    let mut links = linked();
    assert!((0..10_000).all(|tick| links.signal_came(LINK, Time(tick * 125))), "eight a second are fine for ever");
}

#[test]
fn who_begins_anew_again_and_again_is_cut() {
    let is_cut = |links: &mut Links| links.take_effects().iter().any(|effect| matches!(effect, Effect::Unlink(_)));
    let mut links = linked();
    for _ in 0..6 {
        links.signalled(LINK, &Signal::Reset, Time(0));
        assert!(!is_cut(&mut links));
    }
    links.signalled(LINK, &Signal::Reset, Time(0));
    assert!(is_cut(&mut links) && !links.is_linked(NODE));

    // A `switched` out of nowhere makes no fresh peer before the `reset` that follows it.
    let mut links = linked();
    for _ in 0..6 {
        links.signalled(LINK, &Signal::Switched { channel: ChannelNumber(5) }, Time(0));
        links.signalled(LINK, &Signal::Reset, Time(0));
        assert!(!is_cut(&mut links));
    }
    links.signalled(LINK, &Signal::Switched { channel: ChannelNumber(5) }, Time(0));
    links.signalled(LINK, &Signal::Reset, Time(0));
    assert!(is_cut(&mut links));

    let mut links = linked();
    (0..1_000).for_each(|minute| links.signalled(LINK, &Signal::Reset, Time(minute * 15_000)));
    assert!(!is_cut(&mut links), "four a minute are fine for ever");
}

#[test]
fn more_offers_than_an_honest_node_makes_are_ignored() {
    let mut links = Links::default();
    links.up(LINK, NODE, false, Time(0));
    let mut number = 0;
    let mut is_taken = |now| {
        number += 1;
        links.offered(LINK, ChannelId(number), ChannelNumber(number), Time(now)).is_some()
    };
    assert_eq!((0..100).filter(|_| is_taken(0)).count(), 6);
    assert_eq!((1..=600).filter(|tick| is_taken(tick * 100)).count(), 6, "in a minute");
}

/// An honest node whose channels break the moment they open makes as many attempts as its pauses allow.
#[test]
fn channels_that_break_at_once_are_no_reason_to_cut() {
    let mut links = Links::default();
    links.up(LINK, NODE, false, Time(0));
    let (mut now, mut pause) = (0, 1_000);
    for number in 0..20 {
        assert!(links.offered(LINK, ChannelId(number), ChannelNumber(number), Time(now)).is_some());
        links.signalled(LINK, &Signal::Reset, Time(now));
        (now, pause) = (now + pause, (2 * pause).min(300_000));
    }
    assert!(links.is_linked(NODE));
}

#[test]
fn with_the_relay_go_all_links_but_the_direct_ones() {
    let mut links = direct();
    links.up(LinkId(2), NodeId([2; 8]), true, Time(0));
    links.take_effects();
    assert_eq!(links.direct(), [NODE]);
    links.relay_lost();
    assert_eq!(links.take_effects(), [Effect::Disconnect { peer: PeerId(2) }]);
    assert_eq!(links.way_out(PeerId(1)), Some(Way::Channel(ChannelId(1))));
    links.end_all();
    assert_eq!(links.take_effects(), [Effect::Close(ChannelId(1)), Effect::Disconnect { peer: PeerId(1) }]);
}

/// What a check does at that time.
fn checked(links: &mut Links, now: Time) -> Vec<Effect> {
    links.check(now);
    links.take_effects()
}

const GONE: [Effect; 2] = [Effect::Close(ChannelId(1)), Effect::Disconnect { peer: PeerId(1) }];

#[test]
fn a_channel_whose_link_a_new_relay_does_not_make_is_closed() {
    let mut links = direct();
    links.relay_lost();
    assert_eq!(checked(&mut links, Time(1_000_000)), [], "without a relay it stays");
    links.relay_welcomed(Time(2_000_000));
    assert_eq!(checked(&mut links, Time(2_000_000 + RELINK_MILLIS)), []);
    assert_eq!(checked(&mut links, Time(2_000_001 + RELINK_MILLIS)), GONE);
    assert!(!links.is_linked(NODE));
}

#[test]
fn a_channel_is_kept_when_its_link_is_made_again_or_the_relay_goes_again() {
    let mut linked_again = direct();
    linked_again.relay_lost();
    linked_again.relay_welcomed(Time(2_000_000));
    linked_again.up(LinkId(1), NODE, true, Time(2_005_000));
    linked_again.take_effects();
    assert_eq!(checked(&mut linked_again, Time(9_000_000)), []);

    let mut lost_again = direct();
    lost_again.relay_lost();
    lost_again.relay_welcomed(Time(2_000_000));
    lost_again.relay_lost();
    assert_eq!(checked(&mut lost_again, Time(9_000_000)), []);
}

/// The other end may be on its way back to the relay.
#[test]
fn a_channel_whose_other_end_left_the_relay_waits_for_it_as_long() {
    let mut links = direct();
    links.relay_welcomed(Time(0));
    links.down(LINK, LinkEnd::Left, Time(5_000_000));
    assert_eq!(checked(&mut links, Time(5_000_000 + RELINK_MILLIS)), []);
    assert_eq!(checked(&mut links, Time(5_000_001 + RELINK_MILLIS)), GONE);
}
