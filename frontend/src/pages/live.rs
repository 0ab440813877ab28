//! `/lab/live`: experiments with the tabs of this network. The host has a tab play a part, every page says so, and what the relay's
//! chain shows of it stands beside what theory says. No node runs here, and what a tab hides is not seen here either.

mod board;
mod kept;
mod limits;
mod orders;
mod revenue;
mod runs;
mod selfish;
mod shop;

use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;

use crate::app::set_title;
use crate::operator::{Operator, Peer};
use crate::text;
use crate::words;
use board::Board;
use selfish::SelfishMiner;
use shop::Shop;

#[component]
pub fn Live() -> impl IntoView {
    set_title(&text!("experiments-live-title"));
    let board = Board::new(Operator::of_this_tab());
    provide_context(board);
    board.watch();
    view! {
        <div class="experiments live">
            <div class="lab-head">
                <h1>{text!("experiments-live-title")}</h1>
                <p class="muted">{text!("experiments-live-what")}</p>
                <p><a href="/lab">{text!("experiments-live-to-lab")}</a></p>
            </div>
            {move || (!board.operator.may_steer()).then(|| view! {
                <p class="notice info wide" data-test="live-watching">
                    {text!("frame-only-watching")}" "{text!("experiments-live-watching")}
                </p>
            })}
            {move || board.failing.get().map(|reason| view! {
                <p class="notice warn wide" role="alert">{words::sentence(&reason)}</p>
            })}
            {move || board.answer.get().map(|words| view! {
                <p class="notice warn wide" role="alert" data-test="live-answer">{words}</p>
            })}
            <SelfishMiner/>
            <Shop/>
            <Nodes/>
        </div>
    }
}

/// A choice among the tabs.
#[component]
fn Player(
    label: String,
    test: &'static str,
    wanted: RwSignal<String>,
    node: Memo<Option<NodeId>>,
    locked: Memo<bool>,
) -> impl IntoView {
    let board = expect_context::<Board>();
    let players = Memo::new(move |_| board.players());
    view! {
        <label class="field">
            <span class="label">{label}</span>
            <select data-test=test disabled=move || locked.get() prop:value=move || node.get().map(|id| id.to_string())
                on:change=move |event| wanted.set(event_target_value(&event))>
                <For each=move || players.get() key=Clone::clone children=|(id, label)| view! {
                    <option value=id.to_string()>{label}</option>
                }/>
            </select>
        </label>
    }
}

/// Who plays what, and how much each proves to work.
#[component]
fn Nodes() -> impl IntoView {
    let board = expect_context::<Board>();
    let rows = move || {
        let peers = board.peers.get();
        let all: f64 = peers.iter().filter_map(|peer| peer.proven_hashrate).sum();
        peers.iter().map(|peer| row(peer, all)).collect_view()
    };
    view! {
        <div class="card wide">
            <h2 id="live-nodes-title">{text!("experiments-live-nodes")}</h2>
            <div class="table-scroll" role="region" tabindex="0" aria-labelledby="live-nodes-title">
                <table data-test="live-nodes">
                    <thead>
                        <tr>
                            <th scope="col">{text!("experiments-live-node")}</th>
                            <th scope="col">{text!("experiments-live-part")}</th>
                            <th scope="col" class="number">{text!("experiments-live-height")}</th>
                            <th scope="col" class="number">{text!("experiments-live-proven")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </div>
    }
}

fn row(peer: &Peer, all: f64) -> impl IntoView + use<> {
    let unknown = || "–".to_owned();
    let proven = peer.proven_hashrate.filter(|_| all > 0.0).map(|rate| words::percent(rate / all));
    view! {
        <tr data-name=peer.name.clone()>
            <td>{peer.name.clone()}</td>
            <td>{peer.role.map_or_else(unknown, words::role)}</td>
            <td class="number">{peer.height.map_or_else(unknown, words::grouped)}</td>
            <td class="number">{proven.unwrap_or_else(unknown)}</td>
        </tr>
    }
}
