//! The picture itself, as SVG: its elements can have the keyboard, and the style sheet gives them their colours.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, HtmlElement, ResizeObserver, SvgElement};

use super::bend::Curve;
use super::layout::{Point, Size};
use super::model::{Dot, Line, Role, Way, pair};
use super::scene::{Pull, Scene};
use super::tell;
use crate::components::palette;
use crate::text;

/// Longer names are cut short where they stand in the picture.
const MAX_NAME: usize = 12;

#[component]
pub fn Picture() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let frame = NodeRef::<Div>::new();
    follow_size(scene, frame);
    let lines =
        Memo::new(move |_| scene.model.with(|model| model.lines.iter().map(|line| line.ends).collect::<Vec<_>>()));
    let dots = Memo::new(move |_| scene.model.with(|model| model.dots.iter().map(|dot| dot.id).collect::<Vec<_>>()));
    let view_box = move || scene.size.with(|Size { width, height }| format!("0 0 {width:.0} {height:.0}"));
    let moved = move |event: PointerEvent| {
        if let Some(at) = place(frame, &event) {
            scene.pull.update(|pull| {
                if let Some(pull) = pull {
                    pull.to = at;
                }
            });
        }
    };
    let released = move |_: PointerEvent| {
        let Some(pull) = scene.pull.get_untracked() else { return };
        scene.pull.set(None);
        if pull.is_press() {
            scene.chosen.set(Some(pull.ends));
        } else if pull.tears() && scene.operator.may_steer() {
            scene.cut(pull.ends);
        }
    };
    view! {
        <div node_ref=frame class="network-picture" data-test="network">
            <svg
                viewBox=view_box
                role="group"
                aria-label=text!("network-keys")
                aria-describedby="network-summary"
                class:named=move || scene.layout.read().named
                class:pulling=move || scene.pull.read().is_some_and(|pull| !pull.is_press())
                on:pointermove=moved
                on:pointerup=released
                on:pointercancel=move |_| scene.pull.set(None)
            >
                <Borders/>
                <g aria-hidden="true">
                    <For each=move || lines.get() key=|ends| *ends children=move |ends| view! { <LineView ends frame/> }/>
                </g>
                <g aria-hidden="true"><Packets/></g>
                <For each=move || dots.get() key=|id| *id children=move |id| view! { <DotView id/> }/>
            </svg>
        </div>
    }
}

/// The picture is as large as its place on the page.
fn follow_size(scene: Scene, frame: NodeRef<Div>) {
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move |_| {
        let Some(element) = frame.get() else { return };
        let element: HtmlElement = element.unchecked_into();
        let measured = {
            let element = element.clone();
            Closure::<dyn FnMut()>::new(move || {
                let size =
                    Size { width: f64::from(element.client_width()), height: f64::from(element.client_height()) };
                if size.width > 0.0 && scene.size.get_untracked() != size {
                    scene.size.set(size);
                }
            })
        };
        if let Ok(watching) = ResizeObserver::new(measured.as_ref().unchecked_ref()) {
            watching.observe(&element);
            observer.set_value(Some((watching, measured)));
        }
    });
    on_cleanup(move || {
        observer.try_update_value(|observer| {
            if let Some((observer, _)) = observer.take() {
                observer.disconnect();
            }
        });
    });
}

/// Where a pointer is, in the picture.
fn place(frame: NodeRef<Div>, event: &PointerEvent) -> Option<Point> {
    let element: HtmlElement = frame.get_untracked()?.unchecked_into();
    let edge = element.get_bounding_client_rect();
    Some(Point { x: f64::from(event.client_x()) - edge.left(), y: f64::from(event.client_y()) - edge.top() })
}

/// Between the parts of a network that the host has divided.
#[component]
fn Borders() -> impl IntoView {
    let scene = expect_context::<Scene>();
    let path = move || {
        let (parts, Size { width, height }) = (scene.model.read().parts, scene.size.get());
        #[expect(clippy::cast_precision_loss, reason = "a few parts")]
        let border = |part: usize| part as f64 / parts as f64;
        let borders = (1..parts).map(|part| {
            if width >= height {
                let x = width * border(part);
                format!("M{x:.1} 12V{:.1}", height - 12.0)
            } else {
                let y = height * border(part);
                format!("M12 {y:.1}H{:.1}", width - 12.0)
            }
        });
        borders.collect::<String>()
    };
    view! { <path class="border" d=path aria-hidden="true"/> }
}

#[component]
fn LineView(ends: [NodeId; 2], frame: NodeRef<Div>) -> impl IntoView {
    let scene = expect_context::<Scene>();
    let line = Memo::new(move |_| scene.model.with(|model| model.line(ends).cloned()));
    let with = move |read: fn(&Line) -> Option<String>| move || line.with(|line| line.as_ref().and_then(read));
    let pulled = Memo::new(move |_| scene.pull.get().filter(|pull| pull.ends == ends && !pull.is_press()));
    let path = move || match pulled.get() {
        Some(Pull { to, .. }) => {
            let [a, b] = ends.map(|end| scene.at(end));
            Curve::through(a, to, b).path()
        }
        None => scene.way(ends).path(),
    };
    let middle = move || {
        let Point { x, y } = scene.way(ends).at(0.5);
        format!("translate({x:.1} {y:.1})")
    };
    let grab = move |event: PointerEvent| {
        if let Some(at) = place(frame, &event) {
            event.prevent_default();
            // The pull goes on outside of the line, and of the picture.
            if let Some(svg) = svg_of(&event) {
                let _ = svg.set_pointer_capture(event.pointer_id());
            }
            scene.pull.set(Some(Pull { ends, from: at, to: at }));
        }
    };
    let title =
        move || scene.model.with(|model| model.line(ends).map(|line| tell::line(model, line))).unwrap_or_default();
    view! {
        <g
            class="line"
            data-test="network-line"
            data-way=with(|line| Some(line.way.class().to_owned()))
            data-faulty=with(|line| line.fault.map(|_| "true".to_owned()))
            class:chosen=move || scene.chosen.get() == Some(ends)
            class:tearing=move || pulled.get().is_some_and(|pull| pull.tears())
            on:pointerdown=grab
        >
            <title>{title}</title>
            <path class="hit" d=path/>
            <path class="stroke" d=path/>
            {move || with(tell::mark)().map(|mark| view! {
                <text class="mark" transform=middle text-anchor="middle" dy="-5">{mark}</text>
            })}
            {move || (line.read().as_ref().map(|line| line.way) == Some(Way::Cut)).then(|| view! {
                <path class="cross" d="M-4 -4L4 4M4 -4L-4 4" transform=middle/>
            })}
        </g>
    }
}

fn svg_of(event: &PointerEvent) -> Option<Element> {
    let element: SvgElement = event.current_target()?.dyn_into().ok()?;
    element.closest("svg").ok().flatten()
}

/// Blocks on their way.
#[component]
fn Packets() -> impl IntoView {
    let scene = expect_context::<Scene>();
    move || {
        let now = scene.now.get();
        let flying: Vec<(Point, usize)> = scene.motion.with_value(|motion| {
            let packets = motion.packets().iter().filter_map(|packet| {
                let part = packet.progress(now)?;
                let colour = scene.model.with(|model| model.colour_of(Some(packet.tip)))?;
                let ends = pair(packet.from, packet.to);
                let part = if ends[0] == packet.from { part } else { 1.0 - part };
                Some((scene.way(ends).at(part), colour))
            });
            packets.collect()
        });
        flying
            .into_iter()
            .map(|(Point { x, y }, colour)| {
                view! {
                    <rect class="packet" data-test="packet" x="-5" y="-5" width="10" height="10" rx="2.5"
                        style=format!("--colour:var(--miner-{colour})") transform=format!("translate({x:.1} {y:.1})")/>
                }
            })
            .collect_view()
    }
}

#[component]
fn DotView(id: NodeId) -> impl IntoView {
    let scene = expect_context::<Scene>();
    // It outlives its node by a moment.
    let dot = Memo::new(move |before: Option<&Option<Dot>>| {
        scene.model.with(|model| model.dot(id).cloned()).or_else(|| before.cloned().flatten())
    });
    let label = move || {
        scene.model.with(|model| dot.with(|dot| dot.as_ref().map(|dot| tell::dot(model, dot)))).unwrap_or_default()
    };
    let place = move || {
        let Point { x, y } = scene.at(id);
        format!("translate({x:.1} {y:.1})")
    };
    let colour = Memo::new(move |_| scene.colour_of(id));
    let style = move || colour.get().map(|colour| format!("--colour:var(--miner-{colour})"));
    let role = move || dot.read().as_ref().map(|dot| dot.role);
    let outline = move |grown: f64| match role() {
        Some(Role::Relay) => {
            let side = 13.0 + grown;
            format!("M{0} {0}H{side}V{side}H{0}z", -side)
        }
        Some(Role::Native) => {
            let side = 16.0 + grown;
            format!("M0 {0}L{side} 0L0 {side}L{0} 0z", -side)
        }
        Some(Role::Attacker) => {
            let side = 15.0 + grown;
            format!("M0 {}L{side} {below}H{}z", -side * 1.1, -side, below = side * 0.8)
        }
        _ => {
            let radius = 12.0 + grown;
            let across = 2.0 * radius;
            format!("M{} 0a{radius} {radius} 0 1 0 {across} 0a{radius} {radius} 0 1 0 {} 0z", -radius, -across)
        }
    };
    let name = move || {
        let name = dot.read().as_ref().map(|dot| dot.name.clone()).unwrap_or_default();
        if name.chars().count() > MAX_NAME { name.chars().take(MAX_NAME - 1).chain(['…']).collect() } else { name }
    };
    let is_selected = move || scene.selected.read().contains(&id);
    // One of them has the keyboard's place: arrows do the rest.
    let is_first = move || scene.model.read().dots.first().is_some_and(|dot| dot.id == id);
    let tab_index = move || if scene.focus.get().map_or_else(is_first, |focus| focus == id) { "0" } else { "-1" };
    view! {
        <g
            id=format!("network-{id}")
            class="dot"
            class:relay=move || role() == Some(Role::Relay)
            class:shines=move || { scene.now.track(); scene.motion.with_value(|motion| motion.shines(id)) }
            role="button"
            tabindex=tab_index
            transform=place
            style=style
            aria-label=label
            aria-pressed=move || is_selected().to_string()
            data-test="network-node"
            data-name=move || dot.read().as_ref().map(|dot| dot.name.clone())
            data-colour=move || colour.get().map(|colour| colour.to_string())
            on:click=move |_| scene.toggle(id)
            on:focus=move |_| scene.focus.set(Some(id))
            on:keydown=move |event| key(scene, id, &event)
        >
            <title>{label}</title>
            <path class="ring" d=move || outline(5.0)/>
            <path class="body" d=move || outline(0.0)/>
            {move || colour.get().map(|colour| view! {
                <path class="tip" d=palette::mark(colour) fill-rule="evenodd" transform="translate(-6 -6)"/>
            })}
            <text class="name" text-anchor="middle" y="28">{name}</text>
        </g>
    }
}

fn key(scene: Scene, id: NodeId, event: &KeyboardEvent) {
    let towards = match event.key().as_str() {
        "ArrowRight" => (1.0, 0.0),
        "ArrowLeft" => (-1.0, 0.0),
        "ArrowDown" => (0.0, 1.0),
        "ArrowUp" => (0.0, -1.0),
        " " | "Enter" => {
            scene.toggle(id);
            return event.prevent_default();
        }
        "l" | "L" => return next_link(scene, id),
        "Delete" => {
            if let Some(ends) = scene.chosen.get_untracked().filter(|_| scene.operator.may_steer()) {
                scene.cut(ends);
            }
            return;
        }
        "Escape" => {
            scene.chosen.set(None);
            return scene.selected.update(std::collections::BTreeSet::clear);
        }
        _ => return,
    };
    event.prevent_default();
    let next = scene.layout.with_untracked(|layout| {
        let from = *layout.places.get(&id)?;
        let cost = |to: &Point| {
            let (along, aside) = match towards {
                (0.0, direction) => ((to.y - from.y) * direction, (to.x - from.x).abs()),
                (direction, _) => ((to.x - from.x) * direction, (to.y - from.y).abs()),
            };
            // The nearest that is more ahead than aside.
            (along > 1.0).then_some(along + 2.0 * aside)
        };
        let others = layout.places.iter().filter_map(|(other, to)| Some((*other, cost(to)?)));
        others.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(other, _)| other)
    });
    if let Some(next) = next
        && let Some(element) = document().get_element_by_id(&format!("network-{next}"))
        && let Ok(element) = element.dyn_into::<SvgElement>()
    {
        let _ = element.focus();
    }
}

/// Looks at the next of a node's links.
fn next_link(scene: Scene, id: NodeId) {
    let next = scene.model.with_untracked(|model| {
        let own: Vec<[NodeId; 2]> =
            model.lines.iter().map(|line| line.ends).filter(|ends| ends.contains(&id)).collect();
        let chosen = scene.chosen.get_untracked();
        let at = own.iter().position(|ends| Some(*ends) == chosen).map_or(0, |at| at + 1);
        own.get(at).or(own.first()).copied()
    });
    scene.chosen.set(next);
}
