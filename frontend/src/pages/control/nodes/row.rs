//! A node in the table.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::{MiningWait, NodeKind};
use tabchain_shared::primitives::NodeId;

use super::switches::Switches;
use crate::operator::{MineAction, Nodes as OrderedNodes, Peer};
use crate::pages::control::limit;
use crate::text;
use crate::words;

#[component]
pub fn NodeRow(id: NodeId, ids: Memo<Vec<NodeId>>) -> impl IntoView {
    let switches = expect_context::<Switches>();
    let network = switches.network;
    // The row outlives its node by a moment.
    let peer = Memo::new(move |before: Option<&Option<Peer>>| {
        network
            .peers
            .with(|peers| peers.iter().find(|peer| peer.id == id).cloned())
            .or_else(|| before.cloned().flatten())
    });
    let all_proven = Memo::new(move |_| {
        network.peers.with(|peers| peers.iter().filter_map(|peer| peer.proven_hashrate).sum::<f64>())
    });
    let share = Memo::new(move |_| {
        let proven = peer.read().as_ref()?.proven_hashrate?;
        (all_proven.get() > 0.0).then(|| proven / all_proven.get())
    });
    let with = move |read: fn(&Peer) -> String| move || peer.read().as_ref().map(read);
    let name = move || peer.read().as_ref().map(|peer| peer.name.clone()).unwrap_or_default();
    let mining = Memo::new(move |_| peer.read().as_ref().is_some_and(|peer| peer.mining == Some(true)));
    // By the same look as the row itself: the chain is looked at more often, and a moment later everybody would seem to be behind it.
    let tip = Memo::new(move |_| {
        network.peers.with(|peers| peers.iter().find(|peer| peer.resident).and_then(|relay| relay.height))
    });
    let behind = move || {
        peer.read().as_ref().and_then(|peer| peer.height).zip(tip.get()).is_some_and(|(height, tip)| height < tip)
    };
    // The head is the first row.
    let index = move || ids.with(|ids| ids.iter().position(|other| *other == id)).map(|index| (index + 2).to_string());
    let toggle = move |_| {
        let action = if mining.get_untracked() { MineAction::Stop } else { MineAction::Start };
        switches.order(OrderedNodes::Some(vec![id]), action, None);
    };
    let select = move |event| {
        let checked = event_target_checked(&event);
        network.selected.update(|selected| {
            if checked {
                selected.insert(id)
            } else {
                selected.remove(&id)
            };
        });
    };
    let locked = move || !switches.operator.may_steer();
    view! {
        <tr data-test="node-row" data-node=id.to_string() data-name=name aria-rowindex=index>
            <td>
                <input type="checkbox" aria-label=move || text!("control-select-node", name = name())
                    prop:checked=move || network.selected.read().contains(&id) on:change=select/>
            </td>
            <td class="who">
                <b>{name}</b>
                <span class="kind">{with(kind_of)}</span>
                {move || peer.read().as_ref().and_then(|peer| peer.role).filter(|role| !role.is_honest()).map(|role| view! {
                    <span class="kind role" data-test="node-role">{words::role(role)}</span>
                })}
                {move || peer.read().as_ref().is_some_and(|peer| peer.follows_host == Some(false)).then(|| view! {
                    <span class="kind" title=text!("control-on-its-own-why")>{text!("control-on-its-own")}</span>
                })}
            </td>
            <td class="number" class=("behind", behind)>{with(|peer| or_unknown(peer.height.map(words::grouped)))}</td>
            <td class="hash wide-only">{with(|peer| or_unknown(peer.tip.as_ref().map(words::short_hash)))}</td>
            <td class="number"><Rate peer mining/></td>
            <td class="number share" data-test="node-share"
                data-value=move || share.get().map(|share| format!("{:.1}", share * 100.0))
                title=move || peer.read().as_ref().and_then(|peer| peer.proven_hashrate).map(proven_in_words)>
                <span class="share-bar" aria-hidden="true" style=move || format!("--part:{:.3}", share.get().unwrap_or(0.0))></span>
                {move || or_unknown(share.get().map(words::percent))}
                <span class="wide-only muted" data-test="proven">
                    " "{with(|peer| peer.proven_hashrate.map(words::hashrate).unwrap_or_default())}
                </span>
            </td>
            <td class="number">{with(|peer| or_unknown(peer.balance.map(words::coins)))}</td>
            <td class="number" data-test="node-links">
                {with(|peer| words::grouped(peer.links.len() as u64))}
                <span class="links-more wide-only">{with(more_of_links)}</span>
            </td>
            <td class="row-orders">
                <button type="button" class="quiet" data-test="node-toggle" disabled=locked on:click=toggle
                    aria-label=move || if mining.get() {
                        text!("control-stop-node", name = name())
                    } else {
                        text!("control-start-node", name = name())
                    }>
                    {move || if mining.get() { text!("control-stop") } else { text!("control-start") }}
                </button>
                <button type="button" class="quiet" data-test="node-send" disabled=locked
                    on:click=move |_| switches.receiver.choose(id)
                    aria-label=move || text!("control-send-to-node", name = name())>{text!("control-send-to")}</button>
            </td>
        </tr>
    }
}

/// Whether a node mines, or what it waits for; how fast it says that it is, and why not to take its word for it.
#[component]
fn Rate(peer: Memo<Option<Peer>>, mining: Memo<bool>) -> impl IntoView {
    let waits = Memo::new(move |_| peer.read().as_ref()?.waits);
    view! {
        <span class="dot" data-tone=move || match (mining.get(), waits.get()) {
            (true, None) => "on",
            (true, Some(_)) => "wait",
            (false, _) => "off",
        }></span>
        // Whoever waits hashes nothing.
        {move || waits.get().is_none().then(|| peer.read().as_ref().map(|peer| or_unknown(peer.hashrate.map(words::hashrate))))}
        {move || waits.get().map(wait_in_words).map(|(short, why)| view! {
            <span class="waits" data-test="node-waits" title=why.clone()>
                <span aria-hidden="true">{short}</span><span class="visually-hidden">{why.clone()}</span>
            </span>
        })}
        <span class="wide-only muted" data-test="node-limit">{move || peer.read().as_ref().map(limit_of)}</span>
        {move || peer.read().as_ref().and_then(doubt).map(|(short, why)| view! {
            <span class="doubt" data-test="doubt" title=why.clone()>
                <span aria-hidden="true">{short}</span><span class="visually-hidden">{why.clone()}</span>
            </span>
        })}
    }
}

fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn proven_in_words(rate: f64) -> String {
    text!("control-proven", rate = words::hashrate(rate))
}

/// Behind the hash rate of one who may not go faster.
fn limit_of(peer: &Peer) -> String {
    let limit = peer.limit.filter(|_| peer.mining == Some(true));
    limit
        .map(|limit| format!(" {}", text!("control-limit-of-node", limit = limit::in_words(limit))))
        .unwrap_or_default()
}

/// Why the host should not take the claimed hash rate for granted, in one word and in a sentence.
fn doubt(peer: &Peer) -> Option<(String, String)> {
    match (peer.claim_doubted, peer.proven_shares) {
        (false, _) => None,
        (true, None | Some(0)) => Some((text!("control-doubt-unproven"), text!("control-doubt-unproven-why"))),
        (true, Some(_)) => Some((text!("control-doubt-more"), text!("control-doubt-more-why"))),
    }
}

/// Why a node that should mine does not: in a few words and in a sentence.
fn wait_in_words(wait: MiningWait) -> (String, String) {
    match wait {
        MiningWait::Clock => (text!("control-waits-clock"), text!("control-waits-clock-why")),
        MiningWait::Chain => (text!("control-waits-chain"), text!("control-waits-chain-why")),
        MiningWait::Waking => (text!("control-waits-waking"), text!("control-waits-waking-why")),
    }
}

/// Behind the number of a node's links: `8 WebRTC · 3 ms`.
fn more_of_links(peer: &Peer) -> String {
    let webrtc = Some(peer.webrtc_links()).filter(|count| *count > 0).map(|count| format!("{count} WebRTC"));
    let round_trip = peer.round_trip().map(|millis| format!("{} ms", words::grouped(millis)));
    webrtc.into_iter().chain(round_trip).collect::<Vec<_>>().join(" · ")
}

fn kind_of(peer: &Peer) -> String {
    match (peer.kind, peer.resident) {
        (NodeKind::Tab, _) => text!("control-kind-tab"),
        (NodeKind::Relay, true) => text!("control-kind-this-relay"),
        (NodeKind::Relay, false) => text!("control-kind-relay"),
    }
}
