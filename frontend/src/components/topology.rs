//! The network as a picture: who is linked with whom and how, which tip each node follows, and blocks on their way. A host acts
//! on it where it is: it pulls a link apart, gives it a fault, or divides the network and heals it.
//!
//! `model` is what the relay tells, `layout` where it stands, `bend` how links go around nodes, `motion` how it moves: plain values without a clock. `picture` draws
//! them as SVG, two hundred nodes at most, and `steer` holds what is read and pressed beside it.

mod bend;
mod layout;
pub mod model;
mod motion;
mod picture;
mod scene;
mod steer;
mod tell;
pub mod watch;

use std::collections::BTreeSet;

use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;

use crate::operator::Peer;
use crate::text;
use picture::Picture;
use scene::Scene;
use steer::{Legend, Parts, Steer, Table};
use watch::Watch;

/// `peers`: every node, as of the last look. `selected`: nodes that the host has chosen, here or elsewhere.
#[component]
pub fn TopologyPicture(
    #[prop(into)] peers: Signal<Vec<Peer>>,
    selected: RwSignal<BTreeSet<NodeId>>,
    watch: Watch,
    /// Hears of each order that was carried out.
    #[prop(into)]
    told: Callback<String>,
    /// What else there is to press, below what acts on the picture.
    children: Children,
) -> impl IntoView {
    let scene = Scene::new(peers, selected, watch, told);
    scene.follow();
    provide_context(scene);
    view! {
        <section class="network" aria-labelledby="network-title">
            <h3 id="network-title" class="visually-hidden">{text!("network-title")}</h3>
            <p class="network-summary" id="network-summary" data-test="network-summary">
                {move || scene.model.with(tell::summary)}
            </p>
            <Picture/>
            <Legend/>
            <div class="network-side">
                <Parts/>
                <Steer/>
                <p class="answer" role="status" data-test="network-answer"
                    data-tone=move || scene.answer.get().map(|(good, _)| if good { "good" } else { "bad" })>
                    {move || scene.answer.get().map(|(_, words)| words)}
                </p>
                {children()}
                <Table/>
            </div>
        </section>
    }
}
