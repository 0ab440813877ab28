//! How the network is linked: its shape, every link with how its frames go, and the switches to change both.

use std::collections::HashMap;

use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::LinkTransport;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::Network;
use super::nodes::{NodeOptions, chosen, labels};
use crate::components::topology::watch::Watch;
use crate::operator::{Changed, Link, MadeBy, Operator, Shape, ShapeName, Topology};
use crate::text;
use crate::words;

/// More rows than this help nobody.
const MAX_ROWS: usize = 500;
const DEFAULT_DEGREE: usize = 8;
const SHAPES: [(ShapeName, &str); 4] =
    [(ShapeName::Random, "random"), (ShapeName::Mesh, "mesh"), (ShapeName::Star, "star"), (ShapeName::Ring, "ring")];

/// What the card knows and does.
#[derive(Clone, Copy)]
struct Board {
    network: Network,
    operator: Operator,
    watch: Watch,
    /// Of the last order: whether it was carried out, and words.
    answer: RwSignal<Option<(bool, String)>>,
}

impl Board {
    /// Gives an order, tells how it went, and shows at once what it changed.
    fn order(
        self,
        order: impl Future<Output = Result<Changed, String>> + 'static,
        words: impl FnOnce(Changed) -> String + 'static,
    ) {
        leptos::task::spawn_local(async move {
            let answer = order.await;
            if self.answer.is_disposed() {
                return;
            }
            self.answer.set(Some(match answer {
                Ok(changed) => (true, words(changed)),
                Err(reason) => (false, words::sentence(&reason)),
            }));
            self.watch.look().await;
        });
    }
}

#[component]
pub fn Links(watch: Watch) -> impl IntoView {
    let board = Board { network: expect_context(), operator: expect_context(), watch, answer: RwSignal::new(None) };
    provide_context(board);
    let summary = move || board.watch.topology.with(|topology| topology.as_ref().map(summary));
    let locked = move || !board.operator.may_steer();
    view! {
        <div class="links">
            <div class="card-head">
                <h3>{text!("control-links")}</h3>
                <span class="muted" data-test="topology">{summary}</span>
            </div>
            // A fieldset locks what is in it, for keyboards and screen readers, too.
            <fieldset class="orders" disabled=locked>
                <legend class="visually-hidden">{text!("control-links-change")}</legend>
                <ShapeForm/>
                <LinkForm/>
            </fieldset>
            <p class="answer" data-test="links-answer" role="status"
                data-tone=move || board.answer.get().map(|(good, _)| if good { "good" } else { "bad" })>
                {move || board.answer.get().map(|(_, words)| words)}
            </p>
            <List/>
        </div>
    }
}

#[component]
fn ShapeForm() -> impl IntoView {
    let board = expect_context::<Board>();
    // What the host has chosen and not yet applied; otherwise the network's own.
    let chosen = RwSignal::new(None::<ShapeName>);
    let typed = RwSignal::new(None::<String>);
    let current =
        Memo::new(move |_| board.watch.topology.with(|topology| topology.as_ref().map(|topology| topology.shape)));
    let shape = Memo::new(move |_| chosen.get().or(current.get().map(|shape| shape.shape)));
    let degree = move || {
        let current = current.get().and_then(|shape| shape.degree).unwrap_or(DEFAULT_DEGREE);
        typed.get().unwrap_or_else(|| current.to_string())
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(name) = shape.get_untracked() else { return };
        let degree = match (name, untrack(degree).trim().parse::<usize>()) {
            (ShapeName::Random, Ok(degree)) => Some(degree),
            (ShapeName::Random, Err(_)) => {
                return board.answer.set(Some((false, text!("control-bad-degree"))));
            }
            _ => None,
        };
        chosen.set(None);
        typed.set(None);
        let order = board.operator.set_topology(Shape { shape: name, degree });
        board.order(order, move |changed| {
            text!("control-shape-set", shape = label_of(name), made = changed.made, cut = changed.cut)
        });
    };
    view! {
        <form on:submit=submit autocomplete="off">
            <label class="field inline">
                <span class="label">{text!("control-shape")}</span>
                <select data-test="topology-shape" prop:value=move || shape.get().map(value_of)
                    on:change=move |event| chosen.set(named(&event_target_value(&event)))>
                    {SHAPES.map(|(shape, value)| view! { <option value=value>{explained(shape)}</option> })}
                </select>
            </label>
            <label class="field inline narrow" hidden=move || shape.get() != Some(ShapeName::Random)>
                <span class="label">{text!("control-degree")}</span>
                <input type="text" inputmode="numeric" size="3" data-test="topology-degree" prop:value=degree
                    on:input=move |event| typed.set(Some(event_target_value(&event)))/>
            </label>
            <button type="submit" class="primary" data-test="topology-apply">{text!("control-apply")}</button>
        </form>
    }
}

#[component]
fn LinkForm() -> impl IntoView {
    let board = expect_context::<Board>();
    let network = board.network;
    let (a, b) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let ends = [chosen(network, a, 0), chosen(network, b, 1)];
    let value = |id: Option<NodeId>| id.map(|id| id.to_string());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let [Some(a), Some(b)] = ends.map(|end| end.get_untracked()) else {
            return board.answer.set(Some((false, text!("control-two-nodes"))));
        };
        board.order(board.operator.make_link([a, b]), |changed| match changed.made {
            0 => text!("control-linked-already"),
            _ => text!("control-linked"),
        });
    };
    view! {
        <form on:submit=submit autocomplete="off">
            <label class="field inline">
                <span class="label">{text!("control-link")}</span>
                <select data-test="link-a" prop:value=move || value(ends[0].get())
                    on:change=move |event| a.set(event_target_value(&event))><NodeOptions/></select>
            </label>
            <label class="field inline">
                <span class="label">{text!("control-link-with")}</span>
                <select data-test="link-b" prop:value=move || value(ends[1].get())
                    on:change=move |event| b.set(event_target_value(&event))><NodeOptions/></select>
            </label>
            <button type="submit" data-test="link-make">{text!("control-link-make")}</button>
        </form>
    }
}

/// A link as a row shows it.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    nodes: [NodeId; 2],
    names: [String; 2],
    transport: String,
    round_trip: String,
    by_host: bool,
}

#[component]
fn List() -> impl IntoView {
    let board = expect_context::<Board>();
    let rows = Memo::new(move |_| {
        let names: HashMap<NodeId, String> = board.network.peers.with(|peers| labels(peers).into_iter().collect());
        board
            .watch
            .topology
            .with(|topology| topology.as_ref().map(|topology| rows(topology, &names)).unwrap_or_default())
    });
    let pairs =
        Memo::new(move |_| rows.with(|rows| rows.iter().take(MAX_ROWS).map(|row| row.nodes).collect::<Vec<_>>()));
    let hidden = move || rows.read().len().saturating_sub(MAX_ROWS);
    view! {
        <ul class="rows link-list" data-test="link-list">
            <For each=move || pairs.get() key=|nodes| *nodes children=move |nodes| view! { <LinkRow nodes rows/> }/>
        </ul>
        {move || rows.read().is_empty().then(|| view! { <p class="empty">{text!("control-links-none")}</p> })}
        {move || (hidden() > 0).then(|| view! {
            <p class="muted">{text!("control-links-more", count = hidden())}</p>
        })}
    }
}

#[component]
fn LinkRow(nodes: [NodeId; 2], rows: Memo<Vec<Row>>) -> impl IntoView {
    let board = expect_context::<Board>();
    // The row outlives its link by a moment.
    let row = Memo::new(move |before: Option<&Option<Row>>| {
        rows.with(|rows| rows.iter().find(|row| row.nodes == nodes).cloned()).or_else(|| before.cloned().flatten())
    });
    let with = move |read: fn(&Row) -> String| move || row.read().as_ref().map(read);
    let cut = move |event: MouseEvent| {
        let next = next_button(&event);
        let [a, b] = row.get_untracked().map(|row| row.names).unwrap_or_default();
        board.order(board.operator.cut_link(nodes), move |_| {
            // The row is about to go, and the keyboard's place in the list with it.
            if let Some(next) = &next {
                let _ = next.focus();
            }
            text!("control-link-cut", a = a, b = b)
        });
    };
    view! {
        <li data-test="link-row" data-ends=with(|row| row.names.join(" "))>
            <span class="grow">
                {with(|row| row.names.join(" – "))}
                {move || row.read().as_ref().is_some_and(|row| row.by_host).then(|| view! {
                    <span class="kind">{text!("control-by-hand")}</span>
                })}
            </span>
            <span class="muted">{with(|row| row.transport.clone())}</span>
            <span class="muted number">{with(|row| row.round_trip.clone())}</span>
            <button type="button" class="quiet" data-test="link-cut" on:click=cut
                aria-label=with(|row| text!("control-cut-link", a = row.names[0].clone(), b = row.names[1].clone()))
                disabled=move || !board.operator.may_steer()>
                {text!("control-cut")}
            </button>
        </li>
    }
}

/// The same button of the row below, or of the one above at the end of the list.
fn next_button(event: &MouseEvent) -> Option<HtmlElement> {
    let button = event.current_target()?.dyn_into::<HtmlElement>().ok()?;
    let row = button.parent_element()?;
    let other = row.next_element_sibling().or_else(|| row.previous_element_sibling())?;
    other.query_selector("button").ok()??.dyn_into().ok()
}

/// By name, so that a row stays where it is.
fn rows(topology: &Topology, names: &HashMap<NodeId, String>) -> Vec<Row> {
    let mut rows: Vec<Row> = topology
        .links
        .iter()
        .map(|link| {
            let mut ends = link.ends.each_ref().map(|end| {
                let name = names.get(&end.node).cloned();
                (name.unwrap_or_else(|| end.node.to_string()[..4].to_owned()), end.node)
            });
            ends.sort_by_key(|(name, _)| name.to_lowercase());
            let nodes = ends.each_ref().map(|(_, node)| *node);
            Row {
                nodes,
                names: ends.map(|(name, _)| name),
                transport: in_words(transport(link)),
                round_trip: link
                    .round_trip()
                    .map_or_else(|| "–".to_owned(), |millis| format!("{} ms", words::grouped(millis))),
                by_host: link.made_by == MadeBy::Host,
            }
        })
        .collect();
    rows.sort_by_cached_key(|row| row.names.each_ref().map(|name| name.to_lowercase()));
    rows
}

/// How a link's frames go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Webrtc,
    Relay,
    Opening,
    /// The two ends may see a link that is just changing in two ways.
    Changing,
}

fn transport(link: &Link) -> Way {
    match link.ends.each_ref().map(|end| end.transport) {
        [Some(LinkTransport::Webrtc), Some(LinkTransport::Webrtc)] => Way::Webrtc,
        [Some(LinkTransport::Carried), Some(LinkTransport::Carried)] => Way::Relay,
        [None, _] | [_, None] => Way::Opening,
        _ => Way::Changing,
    }
}

fn in_words(way: Way) -> String {
    match way {
        Way::Webrtc => "WebRTC".to_owned(),
        Way::Relay => text!("control-way-relay"),
        Way::Opening => text!("control-way-opening"),
        Way::Changing => text!("control-way-changing"),
    }
}

/// `Ring · 13 links · 11 over WebRTC · 1 cut by hand`
fn summary(topology: &Topology) -> String {
    let shape = match topology.shape {
        Shape { degree: Some(degree), .. } => text!("control-random-each", count = degree),
        Shape { shape, .. } => label_of(shape),
    };
    let webrtc = topology.links.iter().filter(|link| transport(link) == Way::Webrtc).count();
    let links = text!("control-links-count", count = topology.links.len());
    let webrtc = (webrtc > 0).then(|| text!("control-links-webrtc", count = webrtc));
    let cut =
        Some(topology.cut.len()).filter(|count| *count > 0).map(|count| text!("control-links-cut", count = count));
    [Some(shape), Some(links), webrtc, cut].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn value_of(name: ShapeName) -> &'static str {
    SHAPES.iter().find(|(shape, _)| *shape == name).map_or("", |(_, value)| value)
}

fn named(value: &str) -> Option<ShapeName> {
    SHAPES.iter().find(|(_, known)| *known == value).map(|(shape, _)| *shape)
}

/// Its word.
fn label_of(name: ShapeName) -> String {
    match name {
        ShapeName::Random => text!("control-shape-random"),
        ShapeName::Mesh => text!("control-shape-mesh"),
        ShapeName::Star => text!("control-shape-star"),
        ShapeName::Ring => text!("control-shape-ring"),
    }
}

/// What it means, as an option.
fn explained(name: ShapeName) -> String {
    match name {
        ShapeName::Random => label_of(name),
        ShapeName::Mesh => text!("control-shape-mesh-why"),
        ShapeName::Star => text!("control-shape-star-why"),
        ShapeName::Ring => text!("control-shape-ring-why"),
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::NodeId;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::operator::LinkSide;

    fn link(a: (u8, Option<LinkTransport>, Option<u64>), b: (u8, Option<LinkTransport>, Option<u64>)) -> Link {
        let side =
            |(node, transport, round_trip)| LinkSide { node: NodeId([node; 8]), transport, round_trip, faulty: false };
        Link { ends: [side(a), side(b)], made_by: MadeBy::Shape }
    }

    #[test]
    fn a_link_is_what_both_ends_say() {
        let (carried, webrtc) = (Some(LinkTransport::Carried), Some(LinkTransport::Webrtc));
        for (ends, way, millis) in [
            ([webrtc, webrtc], Way::Webrtc, Some(3)),
            ([carried, carried], Way::Relay, Some(3)),
            ([carried, webrtc], Way::Changing, Some(3)),
            ([None, webrtc], Way::Opening, Some(4)),
            ([None, None], Way::Opening, None),
        ] {
            let rtt = |end: Option<LinkTransport>, millis| end.map(|_| millis);
            let link = link((1, ends[0], rtt(ends[0], 2)), (2, ends[1], rtt(ends[1], 4)));
            assert_eq!((transport(&link), link.round_trip()), (way, millis));
        }
    }

    #[test]
    fn links_stand_in_the_order_of_their_names() {
        let webrtc = Some(LinkTransport::Webrtc);
        let topology = Topology {
            shape: Shape { shape: ShapeName::Ring, degree: None },
            links: vec![link((1, webrtc, None), (3, webrtc, None)), link((3, None, None), (2, None, None))],
            cut: vec![[NodeId([1; 8]), NodeId([2; 8])]],
            groups: vec![],
            faults: vec![],
        };
        let names = [(1, "carol"), (2, "Bob"), (3, "alice")].map(|(id, name)| (NodeId([id; 8]), name.to_owned()));
        let rows = rows(&topology, &names.into_iter().collect());
        assert_eq!(rows.iter().map(|row| row.names.join(" ")).collect::<Vec<_>>(), ["alice Bob", "alice carol"]);
        assert_eq!(rows[0].nodes, [NodeId([3; 8]), NodeId([2; 8])]);
        assert_eq!(summary(&topology), "Ring · 2 links · 1 over WebRTC · 1 cut by hand");
        let random = Shape { shape: ShapeName::Random, degree: Some(8) };
        assert_eq!(
            summary(&Topology { shape: random, links: vec![], cut: vec![], ..topology }),
            "Random, 8 others each · 0 links"
        );
    }
}
