//! Every node with what it does, and the switches beside it. Only rows in sight are in the page, so five hundred nodes scroll like
//! five.

mod order;
mod row;
pub mod shares;
mod switches;
mod toolbar;

use std::collections::HashMap;

use leptos::html::Div;
use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;

use super::{Network, Receiver};
use crate::operator::{Operator, Peer};
use crate::text;
use crate::words;
use order::{Column, Sorting};
use row::NodeRow;
use switches::Switches;
use toolbar::{LimitInForce, Toolbar};

/// Of a row, pixels, before there is one to be measured: on a low screen they are lower (control.css).
const ROW_HEIGHT: f64 = 36.0;

#[component]
pub fn Nodes() -> impl IntoView {
    let network = expect_context::<Network>();
    let operator = expect_context::<Operator>();
    let receiver = expect_context::<Receiver>();
    provide_context(Switches { network, operator, receiver, limit: RwSignal::new(String::new()) });
    let (filter, sorting) = (RwSignal::new(String::new()), RwSignal::new(Sorting::default()));
    let ids = Memo::new(move |_| {
        network.peers.with(|peers| filter.with(|filter| order::shown(peers, filter, sorting.get())))
    });
    let (all, shown) = (Memo::new(move |_| network.peers.read().len()), Memo::new(move |_| ids.read().len()));
    let count = move || {
        if all.get() == shown.get() {
            words::grouped(all.get() as u64)
        } else {
            text!("control-nodes-of", shown = shown.get(), all = all.get())
        }
    };
    view! {
        <section class="card nodes" aria-labelledby="nodes-title">
            <div class="card-head">
                <h2 id="nodes-title">{text!("control-nodes")}</h2>
                <span class="count" data-test="nodes-count">{count}</span>
                <input type="search" class="filter" data-test="nodes-filter" placeholder=text!("control-nodes-filter")
                    aria-label=text!("control-nodes-filter") autocomplete="off" bind:value=filter/>
                <LimitInForce/>
                <Toolbar/>
            </div>
            <Table ids sorting/>
        </section>
    }
}

#[component]
fn Table(ids: Memo<Vec<NodeId>>, sorting: RwSignal<Sorting>) -> impl IntoView {
    let network = expect_context::<Network>();
    let frame = NodeRef::<Div>::new();
    // Scrolled by so much, and so high.
    let place = RwSignal::new((0.0, 600.0));
    let row_height = RwSignal::new(ROW_HEIGHT);
    let measure = move || {
        let Some(frame) = frame.get_untracked() else { return };
        place.set((f64::from(frame.scroll_top()), f64::from(frame.client_height())));
        let row = frame.query_selector("tbody tr:not(.space)").ok().flatten();
        if let Some(height) = row.map(|row| row.get_bounding_client_rect().height()).filter(|height| *height > 0.0) {
            row_height.set(height);
        }
    };
    Effect::new(move |_| {
        frame.track();
        ids.track();
        measure();
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| measure());
    on_cleanup(move || resized.remove());
    let rows = Memo::new(move |_| ids.read().len());
    let sight = Memo::new(move |_| {
        let (scrolled, height) = place.get();
        order::in_sight(rows.get(), row_height.get(), scrolled, height)
    });
    let in_sight = Memo::new(move |_| ids.with(|ids| ids.get(sight.get()).map(<[_]>::to_vec).unwrap_or_default()));
    #[expect(clippy::cast_precision_loss, reason = "rows of a table")]
    let space = move |rows: usize| format!("height:{}px", rows as f64 * row_height.get());
    let above = move || space(sight.get().start);
    let below = move || space(rows.get().saturating_sub(sight.get().end));
    view! {
        <div class="table-scroll" node_ref=frame tabindex="0" role="group" aria-label=text!("control-nodes")
            data-test="nodes-scroll" on:scroll=move |_| measure()>
            <table data-test="nodes-table" aria-rowcount=move || (rows.get() + 1).to_string()>
                <thead>
                    <tr>
                        <th><SelectShown ids/></th>
                        <Heading sorting by=Column::Name title=text!("control-column-node")/>
                        <Heading sorting by=Column::Height title=text!("control-column-height")/>
                        <th class="wide-only">{text!("control-column-tip")}</th>
                        <Heading sorting by=Column::Hashrate title=text!("control-column-hashrate")/>
                        <Heading sorting by=Column::Share title=text!("control-column-share")/>
                        <Heading sorting by=Column::Balance title=text!("control-column-balance")/>
                        <Heading sorting by=Column::Links title=text!("control-column-links")/>
                        <th><span class="visually-hidden">{text!("control-column-orders")}</span></th>
                    </tr>
                </thead>
                <tbody>
                    <tr class="space" aria-hidden="true" style=above></tr>
                    <For each=move || in_sight.get() key=|id| *id children=move |id| view! { <NodeRow id ids/> }/>
                    <tr class="space" aria-hidden="true" style=below></tr>
                </tbody>
            </table>
            {move || (rows.get() == 0 && !network.peers.read().is_empty()).then(|| view! {
                <p class="empty">{text!("control-nodes-none-fits")}</p>
            })}
        </div>
    }
}

/// A column's title, by which the table can be sorted.
#[component]
fn Heading(sorting: RwSignal<Sorting>, by: Column, title: String) -> impl IntoView {
    let state = move || {
        let sorting = sorting.get();
        (sorting.by == by).then_some(if sorting.descending { "descending" } else { "ascending" })
    };
    let arrow = move || match state() {
        Some("descending") => "▾",
        Some(_) => "▴",
        None => "",
    };
    let mark = format!("sort-{by:?}").to_lowercase();
    view! {
        <th class=("number", by != Column::Name) aria-sort=state>
            <button type="button" class="heading" data-test=mark on:click=move |_| sorting.update(|sorting| *sorting = sorting.pressed(by))>
                {title}<span aria-hidden="true">{arrow}</span>
            </button>
        </th>
    }
}

/// Selects all nodes that the table shows, in sight or not; or none.
#[component]
fn SelectShown(ids: Memo<Vec<NodeId>>) -> impl IntoView {
    let selected = expect_context::<Network>().selected;
    let all = Memo::new(move |_| {
        ids.with(|ids| !ids.is_empty() && selected.with(|selected| ids.iter().all(|id| selected.contains(id))))
    });
    let change = move |event| {
        let wanted = event_target_checked(&event);
        selected.update(|selected| {
            for id in ids.read_untracked().iter() {
                if wanted {
                    selected.insert(*id);
                } else {
                    selected.remove(id);
                }
            }
        });
    };
    view! {
        <input type="checkbox" data-test="select-shown" aria-label=text!("control-select-shown") prop:checked=all on:change=change/>
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

/// A node chosen stays chosen while it is there; until then, the one at that place is.
pub fn chosen(network: Network, wanted: RwSignal<String>, place: usize) -> Memo<Option<NodeId>> {
    Memo::new(move |before: Option<&Option<NodeId>>| {
        let ids = network.peers.with(|peers| peers.iter().map(|peer| peer.id).collect::<Vec<_>>());
        choice(&ids, &wanted.read(), before.copied().flatten(), place)
    })
}

/// What was shown before stays: whoever comes into a class changes the places, and must not get what was meant for another.
fn choice(ids: &[NodeId], wanted: &str, before: Option<NodeId>, place: usize) -> Option<NodeId> {
    let wanted = ids.iter().find(|id| id.to_string() == wanted);
    wanted.or_else(|| ids.iter().find(|id| Some(**id) == before)).or_else(|| ids.get(place)).copied()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn whoever_comes_takes_nobodys_place_in_a_form() {
        let [ada, bob, eve] = [1, 2, 3].map(|number| NodeId([number; 8]));
        assert_eq!(choice(&[ada, eve], "", None, 1), Some(eve), "the one at that place");
        assert_eq!(choice(&[ada, bob, eve], "", Some(eve), 1), Some(eve), "it stays");
        assert_eq!(choice(&[ada, bob, eve], &ada.to_string(), Some(eve), 1), Some(ada), "unless another is chosen");
        assert_eq!(choice(&[ada, bob], "", Some(eve), 1), Some(bob), "or it leaves");
    }
}
