//! Every node with what it does, and the switches beside it: start and stop all, some or one; mine just one block.

use std::collections::HashMap;

use leptos::prelude::*;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;

use super::{Network, limit};
use crate::operator::{All, MineAction, MineOrder, Nodes as OrderedNodes, Operator, Outcome, Peer};
use crate::words;

/// The switches, as one value: what they do depends on the limit and on who is selected.
#[derive(Clone, Copy)]
struct Switches {
    network: Network,
    operator: Operator,
    limit: RwSignal<String>,
}

impl Switches {
    fn order(self, nodes: OrderedNodes, action: MineAction, blocks: Option<u32>) {
        let limit = match limit::parse(&self.limit.read_untracked()) {
            Ok(limit) => limit.filter(|_| action == MineAction::Start),
            Err(reason) => return self.network.journal.write(reason),
        };
        let (hashrate_limit, machine_share) = match limit {
            None => (None, None),
            Some(HashrateLimit::HashesPerSecond(limit)) => (Some(limit), None),
            Some(HashrateLimit::MachineShare(share)) => (None, Some(share)),
        };
        let order = MineOrder { nodes, action, blocks, hashrate_limit, machine_share };
        leptos::task::spawn_local(async move {
            match self.operator.mine(&order).await {
                Ok(answers) => self.tell(&order, answers.answers.iter().map(|answer| (&answer.name, &answer.answer))),
                Err(reason) => self.network.journal.write(reason),
            }
        });
    }

    /// Those who refused are named; the others are one line.
    fn tell<'a>(self, order: &MineOrder, answers: impl Iterator<Item = (&'a String, &'a Outcome)>) {
        let mut done = Vec::new();
        for (name, outcome) in answers {
            match outcome {
                Outcome::Done | Outcome::Accepted => done.push(name.as_str()),
                Outcome::Refused { reason } => self.network.journal.write(format!("{name} refused: {reason}")),
                Outcome::NoAnswer { reason } => self.network.journal.write(format!("{name}: {reason}")),
            }
        }
        if !done.is_empty() {
            let action = match (order.action, order.blocks) {
                (MineAction::Start, Some(1)) => "mines one block",
                (MineAction::Start, _) => "started mining",
                (MineAction::Stop, _) => "stopped mining",
            };
            let who = if done.len() > 3 { words::counted(done.len(), "node", "nodes") } else { done.join(", ") };
            self.network.journal.write(format!("{who} {action}"));
        }
    }

    /// The selected nodes, or all when none is.
    fn chosen(self) -> OrderedNodes {
        let selected = self.network.selected.read_untracked();
        if selected.is_empty() {
            OrderedNodes::All(All::All)
        } else {
            OrderedNodes::Some(selected.iter().copied().collect())
        }
    }
}

#[component]
pub fn Nodes() -> impl IntoView {
    let network = expect_context::<Network>();
    let operator = expect_context::<Operator>();
    let switches = Switches { network, operator, limit: RwSignal::new(String::new()) };
    provide_context(switches);
    let count = move || network.peers.read().len();
    let ids = Memo::new(move |_| network.peers.with(|peers| peers.iter().map(|peer| peer.id).collect::<Vec<_>>()));
    view! {
        <section class="card nodes" aria-labelledby="nodes-title">
            <div class="card-head">
                <h2 id="nodes-title">"Nodes"</h2>
                <span class="count">{move || words::grouped(count() as u64)}</span>
                <Toolbar/>
            </div>
            <div class="table-scroll">
                <table data-test="nodes-table">
                    <thead>
                        <tr>
                            <th><span class="visually-hidden">"Selected"</span></th>
                            <th>"Node"</th>
                            <th class="number">"Height"</th>
                            <th class="wide-only">"Tip"</th>
                            <th class="number">"Hash rate"</th>
                            <th class="number wide-only" title="What a node's shares of the last minute prove">"Proven"</th>
                            <th class="number">"Balance"</th>
                            <th class="number wide-only" title="How many, how many of them go from browser to browser, and the median round trip">"Links"</th>
                            <th><span class="visually-hidden">"Mining"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || ids.get() key=|id| *id children=move |id| view! { <NodeRow id/> }/>
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Toolbar() -> impl IntoView {
    let switches = expect_context::<Switches>();
    let Switches { network, operator, limit } = switches;
    let some_selected = move || !network.selected.read().is_empty();
    let locked = move || !operator.may_steer();
    // Whoever was chosen for one block, as long as that node is there; else the first.
    let miner = RwSignal::new(String::new());
    let miner_id = Memo::new(move |_| {
        network.peers.with(|peers| {
            let chosen = miner.read();
            peers.iter().find(|peer| peer.id.to_string() == *chosen).or(peers.first()).map(|peer| peer.id)
        })
    });
    let mine_one = move |_| {
        if let Some(id) = miner_id.get_untracked() {
            switches.order(OrderedNodes::Some(vec![id]), MineAction::Start, Some(1));
        }
    };
    view! {
        <div class="toolbar">
            <label class="limit">
                <span>"Limit"</span>
                <input type="text" size="5" placeholder="none" data-test="limit" title="4, 20k or 1.5M hashes per second, or 25% of each machine"
                    aria-label="Hashes per second, or percent of the machine, for each node" disabled=locked bind:value=limit/>
                <span>"H/s or %"</span>
            </label>
            <button type="button" class="primary" data-test="start-all" disabled=locked
                on:click=move |_| switches.order(switches.chosen(), MineAction::Start, None)>
                {move || if some_selected() { "Start selected" } else { "Start all" }}
            </button>
            <button type="button" data-test="stop-all" disabled=locked
                on:click=move |_| switches.order(switches.chosen(), MineAction::Stop, None)>
                {move || if some_selected() { "Stop selected" } else { "Stop all" }}
            </button>
            <span class="joined">
                <button type="button" data-test="mine-one" disabled=locked on:click=mine_one>"Mine one block"</button>
                <select aria-label="on which node" data-test="mine-one-node" disabled=locked
                    prop:value=move || miner_id.get().map(|id| id.to_string())
                    on:change=move |event| miner.set(event_target_value(&event))>
                    <NodeOptions/>
                </select>
            </span>
        </div>
    }
}

/// The nodes as options of a select; of two with one name, the beginning of the id tells which.
#[component]
pub fn NodeOptions() -> impl IntoView {
    let network = expect_context::<Network>();
    let names = Memo::new(move |_| network.peers.with(|peers| labels(peers)));
    view! {
        <For each=move || names.get() key=Clone::clone children=|(id, label)| view! {
            <option value=id.to_string()>{label}</option>
        }/>
    }
}

/// What each node is called where names have to tell nodes apart.
pub fn labels(peers: &[Peer]) -> Vec<(NodeId, String)> {
    let mut bearers = HashMap::new();
    for peer in peers {
        *bearers.entry(peer.name.as_str()).or_insert(0) += 1;
    }
    let label = |peer: &Peer| match bearers[peer.name.as_str()] {
        1 => peer.name.clone(),
        _ => format!("{} {}", peer.name, &peer.id.to_string()[..4]),
    };
    peers.iter().map(|peer| (peer.id, label(peer))).collect()
}

#[component]
fn NodeRow(id: NodeId) -> impl IntoView {
    let switches = expect_context::<Switches>();
    let network = switches.network;
    // The row outlives its node by a moment.
    let peer = Memo::new(move |before: Option<&Option<Peer>>| {
        network
            .peers
            .with(|peers| peers.iter().find(|peer| peer.id == id).cloned())
            .or_else(|| before.cloned().flatten())
    });
    let with = move |read: fn(&Peer) -> String| move || peer.read().as_ref().map(read);
    let mining = Memo::new(move |_| peer.read().as_ref().is_some_and(|peer| peer.mining == Some(true)));
    let behind = move || {
        let tip = network.status.with(|status| status.as_ref().map(|status| status.tip.height));
        peer.read().as_ref().and_then(|peer| peer.height).zip(tip).is_some_and(|(height, tip)| height < tip)
    };
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
    view! {
        <tr data-test="node-row" data-node=id.to_string() data-name=with(|peer| peer.name.clone())>
            <td>
                <input type="checkbox" aria-label=with(|peer| format!("Select {}", peer.name))
                    prop:checked=move || network.selected.read().contains(&id) on:change=select/>
            </td>
            <td>
                <b>{with(|peer| peer.name.clone())}</b>
                <span class="kind">{with(|peer| kind_of(peer).to_owned())}</span>
                {move || peer.read().as_ref().is_some_and(|peer| peer.follows_host == Some(false)).then_some(view! {
                    <span class="kind" title="Its person has switched off following the host">"on its own"</span>
                })}
            </td>
            <td class="number" class=("behind", behind)>{with(|peer| or_unknown(peer.height.map(words::grouped)))}</td>
            <td class="hash wide-only">{with(|peer| or_unknown(peer.tip.as_ref().map(words::short_hash)))}</td>
            <td class="number">
                <span class="dot" data-tone=move || if mining.get() { "on" } else { "off" }></span>
                {with(|peer| or_unknown(peer.hashrate.map(words::hashrate)))}
                {move || peer.read().as_ref().and_then(Peer::doubt).map(|doubt| view! {
                    <span class="doubt" data-test="doubt">{doubt}</span>
                })}
            </td>
            <td class="number wide-only" data-test="proven">
                {with(|peer| or_unknown(peer.proven_hashrate.map(words::hashrate)))}
            </td>
            <td class="number">{with(|peer| or_unknown(peer.balance.map(words::coins)))}</td>
            <td class="number wide-only" data-test="node-links">
                {with(|peer| words::grouped(peer.links.len() as u64))}
                <span class="links-more">{with(more_of_links)}</span>
            </td>
            <td>
                <button type="button" class="quiet" disabled=move || !switches.operator.may_steer() on:click=toggle
                    aria-label=move || format!("{} mining on {}", if mining.get() { "Stop" } else { "Start" }, peer.read().as_ref().map(|peer| peer.name.clone()).unwrap_or_default())>
                    {move || if mining.get() { "Stop" } else { "Start" }}
                </button>
            </td>
        </tr>
    }
}

fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Behind the number of a node's links: `8 WebRTC · 3 ms`.
fn more_of_links(peer: &Peer) -> String {
    let webrtc = Some(peer.webrtc_links()).filter(|count| *count > 0).map(|count| format!("{count} WebRTC"));
    let round_trip = peer.round_trip().map(|millis| format!("{} ms", words::grouped(millis)));
    webrtc.into_iter().chain(round_trip).collect::<Vec<_>>().join(" · ")
}

fn kind_of(peer: &Peer) -> &'static str {
    match (peer.kind, peer.resident) {
        (NodeKind::Tab, _) => "tab",
        (NodeKind::Relay, true) => "this relay",
        (NodeKind::Relay, false) => "relay",
    }
}
