//! The tree of blocks as a node sees it: heights from left to right with the tip at three quarters (on a phone from the bottom
//! up), the active chain straight and thick, stale branches beside it for ever, and who believes in which tip.
//!
//! `model` is what is known, `axis`, `layout` and `camera` say where it stands, `motion` how it gets there: all of them plain
//! values that read no clock. `stage` holds them together, `paint` draws them on a canvas, and everything that can be read or
//! pressed stands beside that as HTML.

mod axis;
mod beside;
mod camera;
mod details;
mod layout;
mod model;
mod motion;
mod paint;
mod past;
mod source;
mod stage;
mod tell;
mod told;
mod walk;
mod what_if;

use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::Snapshot;
use tabchain_shared::primitives::{Address, BlockHash, NodeId};
use wasm_bindgen::JsCast;

use crate::components::freeze::{Freeze, FrozenSince};
use crate::operator::SaidTip;
use crate::state::Clock;
use crate::text;
pub use beside::Mark;
use beside::{Legend, Reorgs, Tools};
use details::Details;
pub use model::News;
use past::{LookBack, PastSlider};
pub use source::Source;
use stage::Stage;
use stage::frames::Theatre;
use stage::hands::{self, Hands};
use told::Told;

/// A node that follows a tip, as far as one has heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Believer {
    pub name: String,
    pub tip: BlockHash,
    pub height: u32,
}

impl Believer {
    /// A peer by what it has shown a node whose view of the chain that is. Who is given a block does not show that it has taken it; so
    /// whoever showed less than that node's tip, of which every peer is told, has gone on since, nobody heard where to, and is left out.
    /// With as many blocks on another one it may well have stayed there.
    pub fn shown(name: String, tip: BlockHash, height: u32, (own_tip, own_height): (BlockHash, u32)) -> Option<Self> {
        (tip == own_tip || height >= own_height).then_some(Self { name, tip, height })
    }

    fn of(said: SaidTip) -> Self {
        Self { name: said.name, tip: said.tip.hash, height: said.tip.height }
    }
}

/// A node at whose past one can look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    pub name: String,
    /// Absent: the source's own node.
    pub node: Option<NodeId>,
}

impl News {
    pub fn of(snapshot: &Snapshot) -> Self {
        Self {
            tip: snapshot.tip.hash,
            height: snapshot.tip.height,
            blocks: snapshot.blocks.clone(),
            last_reorg: snapshot.last_reorg.clone(),
            waiting: snapshot.mempool_size,
            rushed: snapshot.sync.is_catching_up(),
        }
    }
}

#[component]
pub fn BlockTree(
    source: Source,
    /// What the node has just shown; absent until it has.
    #[prop(into)]
    news: Signal<Option<News>>,
    #[prop(into)] believers: Signal<Vec<Believer>>,
    /// Whose blocks are the reader's own.
    #[prop(into, optional)]
    me: Signal<Option<Address>>,
    /// Whose past one can look at; the source's own node first.
    #[prop(into)]
    witnesses: Signal<Vec<Witness>>,
    /// That of what the picture is a part of, which then has the button for it.
    #[prop(optional)]
    freeze: Option<Freeze>,
) -> impl IntoView {
    let told = Told::new();
    let theatre = StoredValue::new_local(Theatre::new(Stage::new(told), source));
    let is_own = freeze.is_none();
    let freeze = freeze.unwrap_or_else(Freeze::new);
    let own_freeze = is_own.then_some(freeze);
    let past = LookBack::new(theatre, source, witnesses);
    let stands_still = move || freeze.is_on() || past.moment().is_some();
    Effect::new(move |_| {
        let stands_still = stands_still();
        theatre.with_value(|theatre| theatre.change(|stage, _| stage.set_stands_still(stands_still)));
    });
    Effect::new(move |_| {
        // While the picture is frozen, or shows the past, nothing reaches it; then it takes up what is new at once.
        if !stands_still() {
            news.with(|news| {
                if let Some(news) = news {
                    theatre.with_value(|theatre| theatre.change(|stage, now| stage.hear(news, now)));
                }
            });
        }
    });
    Effect::new(move |_| {
        if !stands_still() {
            believers.with(|believers| {
                theatre.with_value(|theatre| theatre.change(|stage, _| stage.set_believers(believers)));
            });
        }
    });
    Effect::new(move |_| {
        // Its ring follows.
        told.selected.track();
        theatre.with_value(Theatre::request_frame);
    });
    on_cleanup(move || theatre.with_value(Theatre::close));
    let height = Memo::new(move |_| news.with(|news| news.as_ref().map(|news| news.height)));
    view! {
        <div class="tree">
            <div class="tree-head">
                <Caption told freeze own_freeze past/>
                <Tools theatre told own_freeze/>
            </div>
            <Picture theatre told/>
            <p class="tree-step" role="status" data-test="tree-step">{move || told.step.get()}</p>
            <PastSlider past witnesses height/>
            <p class="visually-hidden" aria-live="polite" data-test="tree-focus">{told.focus}</p>
            <p class="visually-hidden" aria-live="polite" data-test="tree-said">{told.said}</p>
            <Details source theatre told height/>
            <Reorgs theatre told/>
            <Legend told me/>
        </div>
    }
}

/// The picture in one sentence, and since when it stands still, if it does.
#[component]
fn Caption(told: Told, freeze: Freeze, own_freeze: Option<Freeze>, past: LookBack) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let summary = move || {
        let now = past.moment().or_else(|| freeze.since());
        let since = move |time: Time| now.map_or_else(|| clock.millis_since(time), |now| now.millis_since(time));
        told.summary.with(|summary| summary.as_ref().map_or_else(|| text!("tree-empty"), |summary| summary.tell(since)))
    };
    view! {
        <p class="tree-summary" id="tree-summary" data-test="tree-summary">{summary}</p>
        {move || tell::elsewhere(&told.elsewhere.read()).map(|words| view! {
            <p class="tree-elsewhere" data-test="tree-elsewhere">{words}</p>
        })}
        {own_freeze.map(|freeze| view! { <FrozenSince freeze/> })}
    }
}

/// The canvas, with everything that hands do to it.
#[component]
fn Picture(theatre: beside::Handle, told: Told) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let canvas = NodeRef::<Canvas>::new();
    let hands = StoredValue::new_local(Hands::default());
    Effect::new(move |_| {
        if let (Some(canvas), Some(frame)) = (canvas.get(), frame.get()) {
            theatre.with_value(|theatre| theatre.open(canvas, frame.unchecked_into()));
        }
    });
    let with = move |act: &dyn Fn(&Theatre)| theatre.with_value(|theatre| act(theatre));
    let has_keyboard = move |has: bool| with(&|theatre| theatre.change(|stage, _| stage.has_keyboard = has));
    let up = move |event: leptos::ev::PointerEvent, is_done: bool| {
        hands.update_value(|hands| with_theatre(theatre, |theatre| hands.up(&event, is_done, theatre)));
    };
    view! {
        <div
            node_ref=frame
            class="tree-picture"
            role="application"
            tabindex="0"
            aria-roledescription=text!("tree-role")
            aria-label=text!("tree-label")
            aria-describedby="tree-summary"
            data-test="tree"
            on:keydown=move |event| with(&|theatre| {
                if hands::key(&event, theatre) {
                    event.prevent_default();
                }
            })
            on:focus=move |_| has_keyboard(true)
            on:blur=move |_| has_keyboard(false)
            on:wheel=move |event| with(&|theatre| hands::wheel(&event, theatre))
            on:pointerdown=move |event| {
                // A pull goes on outside of the picture, too.
                if let Some(frame) = frame.get_untracked() {
                    let _ = frame.set_pointer_capture(event.pointer_id());
                }
                hands.update_value(|hands| hands.down(&event));
            }
            on:pointermove=move |event| {
                hands.update_value(|hands| with_theatre(theatre, |theatre| hands.moved(&event, theatre)));
            }
            on:pointerup=move |event| up(event, true)
            on:pointercancel=move |event| up(event, false)
            on:pointerleave=move |event| {
                with(&|theatre| theatre.change(|stage, _| stage.hover(None)));
                up(event, false);
            }
        >
            <canvas node_ref=canvas aria-hidden="true"></canvas>
            {move || told.hover.get().map(|hover| {
                let side = if hover.to_left {
                    format!("right:calc(100% - {}px + 14px)", hover.x)
                } else {
                    format!("left:{}px", hover.x + 14.0)
                };
                view! { <div class="tree-hover" style=format!("{side};top:{}px", hover.y + 14.0)>{hover.words}</div> }
            })}
        </div>
    }
}

fn with_theatre(theatre: beside::Handle, act: impl FnOnce(&Theatre)) {
    theatre.with_value(|theatre| act(theatre));
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn nobody_is_shown_where_it_was_before_it_was_given_a_better_chain() {
        let hash = |number| BlockHash([number; 32]);
        let own = (hash(9), 9);
        let is_shown = |tip, height| Believer::shown("ada".to_owned(), hash(tip), height, own).is_some();
        assert!(is_shown(9, 9), "on the same tip");
        assert!(is_shown(19, 9), "on another one that is as high");
        assert!(is_shown(20, 10), "ahead");
        assert!(!is_shown(8, 8), "behind on this chain, when it last said so");
        assert!(!is_shown(18, 8), "on a branch that has lost");
    }
}
