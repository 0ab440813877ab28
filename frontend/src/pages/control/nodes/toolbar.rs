//! Orders to many nodes: mining for all or some, with a limit or without; one block, or a part of the hash rate, for one.

use leptos::prelude::*;

use super::switches::Switches;
use super::{NodeOptions, chosen};
use crate::operator::{MineAction, Nodes as OrderedNodes, Peer};
use crate::pages::control::limit;
use crate::text;

#[component]
pub fn Toolbar() -> impl IntoView {
    let switches = expect_context::<Switches>();
    let Switches { network, operator, limit: typed, .. } = switches;
    let some_selected = move || !network.selected.read().is_empty();
    let locked = move || !operator.may_steer();
    let order = move |action| switches.order(switches.chosen(), action, None);
    view! {
        <div class="toolbar">
            <label class="limit">
                <span>{text!("control-limit")}</span>
                <input type="text" size="5" placeholder=text!("control-limit-none") data-test="limit" disabled=locked
                    title=text!("control-limit-examples") aria-label=text!("control-limit-label") bind:value=typed/>
            </label>
            <button type="button" class="primary" data-test="start-all" disabled=locked on:click=move |_| order(MineAction::Start)>
                {move || if some_selected() { text!("control-start-selected") } else { text!("control-start-all") }}
            </button>
            <button type="button" data-test="stop-all" disabled=locked on:click=move |_| order(MineAction::Stop)>
                {move || if some_selected() { text!("control-stop-selected") } else { text!("control-stop-all") }}
            </button>
            <OneNode/>
        </div>
    }
}

/// The limits of those that an order goes to: the toolbar's field is for the next one.
#[component]
pub fn LimitInForce() -> impl IntoView {
    let network = expect_context::<Switches>().network;
    let in_force = Memo::new(move |_| {
        network.selected.with(|selected| {
            let is_meant = |peer: &&Peer| selected.is_empty() || selected.contains(&peer.id);
            network.peers.with(|peers| limit::in_force(peers.iter().filter(is_meant)))
        })
    });
    move || in_force.get().map(|said| view! { <span class="in-force" data-test="limit-in-force">{said}</span> })
}

/// What is for one node alone.
#[component]
fn OneNode() -> impl IntoView {
    let switches = expect_context::<Switches>();
    let locked = move || !switches.operator.may_steer();
    let wanted = RwSignal::new(String::new());
    let node = chosen(switches.network, wanted, 0);
    let percent = RwSignal::new("30".to_owned());
    let mine_one = move |_| {
        if let Some(id) = node.get_untracked() {
            switches.order(OrderedNodes::Some(vec![id]), MineAction::Start, Some(1));
        }
    };
    let share = move |_| {
        if let Some(id) = node.get_untracked() {
            switches.share(id, &percent.read_untracked());
        }
    };
    view! {
        <span class="joined">
            <select aria-label=text!("control-one-node") data-test="mine-one-node" disabled=locked
                prop:value=move || node.get().map(|id| id.to_string())
                on:change=move |event| wanted.set(event_target_value(&event))>
                <NodeOptions/>
            </select>
            <button type="button" data-test="mine-one" disabled=locked on:click=mine_one>{text!("control-mine-one")}</button>
        </span>
        <span class="joined" title=text!("control-share-why")>
            <input type="text" size="3" inputmode="decimal" class="percent" data-test="share-percent" disabled=locked
                aria-label=text!("control-share-label") bind:value=percent/>
            <button type="button" data-test="share-set" disabled=locked on:click=share>{text!("control-share-set-button")}</button>
        </span>
    }
}
