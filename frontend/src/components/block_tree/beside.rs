//! What stands beside the picture: its buttons, the recent reorgs, and who has which colour.

use leptos::prelude::*;
use tabchain_shared::primitives::Address;

use super::stage::Stage;
use super::stage::frames::Theatre;
use super::stage::hands::ZOOM_STEP;
use super::tell;
use super::told::{LegendEntry, ReorgLine, Told};
use crate::components::freeze::{Freeze, FreezeButton};
use crate::components::palette;
use crate::components::rows::rows;
use crate::text;
use crate::words;

/// A handle on the picture that signals can hold.
pub type Handle = StoredValue<Theatre, LocalStorage>;

#[component]
pub fn Tools(theatre: Handle, told: Told, own_freeze: Option<Freeze>) -> impl IntoView {
    let change = move |change: fn(&mut Stage, f64)| theatre.with_value(|theatre| theatre.change(change));
    view! {
        <div class="tree-tools" role="group" aria-label=text!("tree-tools")>
            <span class="joined-buttons">
                <button type="button" class="quiet" aria-label=text!("tree-zoom-out") title=text!("tree-zoom-out-key") data-test="tree-zoom-out"
                    on:click=move |_| change(|stage, now| stage.zoom(1.0 / ZOOM_STEP, now))>"−"</button>
                <button type="button" class="quiet" aria-label=text!("tree-zoom-in") title=text!("tree-zoom-in-key") data-test="tree-zoom-in"
                    on:click=move |_| change(|stage, now| stage.zoom(ZOOM_STEP, now))>"+"</button>
            </span>
            <span class="muted small tree-room" title=text!("tree-room-why") data-test="tree-room" data-value=move || told.room.get().to_string()>
                {move || text!("tree-room", count = told.room.get())}
            </span>
            <button type="button" class="quiet" data-test="tree-skip" aria-pressed=move || told.skips.get().to_string()
                title=text!("tree-skip-why")
                on:click=move |_| change(|stage, _| stage.set_skips(!stage.skips()))>{text!("tree-skip")}</button>
            <button type="button" class="quiet" data-test="tree-recentre" disabled=told.follows
                on:click=move |_| change(Stage::recentre)>{text!("tree-recentre")}</button>
            {own_freeze.map(|freeze| view! { <FreezeButton freeze/> })}
        </div>
    }
}

/// Reorgs that the node remembers, each with what was lost beside what has won.
#[component]
pub fn Reorgs(theatre: Handle, told: Told) -> impl IntoView {
    let count = move || told.reorgs.read().len();
    let has_any = move || count() > 0;
    view! {
        <Show when=has_any>
            <details class="more reorgs" data-test="tree-reorgs" data-value=move || count().to_string()>
                <summary>{move || text!("tree-reorgs", count = count())}</summary>
                <ol>
                    {rows(move || told.reorgs.get(), ReorgLine::key, move |line| view! { <Reorg theatre line/> })}
                </ol>
            </details>
        </Show>
    }
}

#[component]
fn Reorg(theatre: Handle, line: ReorgLine) -> impl IntoView {
    let ReorgLine { view, lost, won } = line;
    let title = text!(
        "tree-reorg",
        time = words::time_of_day(view.at),
        height = view.fork_height,
        result = tell::result(&view),
    );
    let side = |class: &'static str, name: String, blocks: Vec<String>| {
        (!blocks.is_empty()).then(|| {
            view! {
                <div class=format!("side {class}")>
                    <b>{name}</b>
                    {blocks.into_iter().map(|block| view! { <span>{block}</span> }).collect_view()}
                </div>
            }
        })
    };
    view! {
        <li>
            <div class="reorg-head">
                <span>{title}</span>
                <button type="button" class="quiet" data-test="tree-replay" on:click={
                    let view = view.clone();
                    move |_| theatre.with_value(|theatre| theatre.change(|stage, now| stage.replay(view.clone(), now)))
                }>{text!("tree-replay")}</button>
            </div>
            <div class="sides">{side("lost", text!("tree-lost"), lost)}{side("won", text!("tree-won"), won)}</div>
        </li>
    }
}

/// Who has which colour and mark, and how many of the newest blocks.
#[component]
pub fn Legend(told: Told, me: Signal<Option<Address>>) -> impl IntoView {
    view! {
        <ul class="legend" aria-label=text!("tree-legend")>
            {rows(move || told.legend.get(), LegendEntry::key, move |entry| {
                let LegendEntry { miner, name, colour, blocks } = entry;
                view! {
                    <li>
                        <Mark colour/>
                        {name}
                        {move || (me.get() == Some(miner)).then(|| format!(" ({})", text!("tree-you")))}
                        " "<span class="muted">{words::grouped(blocks as u64)}</span>
                    </li>
                }
            })}
            {move || match told.others.get() {
                0 => None,
                others => Some(view! { <li class="muted">{text!("tree-others", count = others)}</li> }),
            }}
            <li class="muted"><span class="swatch ghost"></span>{text!("tree-dashed")}</li>
            <Show when=move || told.sees_others.get()>
                <li class="muted" data-test="tree-hollow"><span class="swatch hollow"></span>{text!("tree-hollow")}</li>
            </Show>
            <li class="muted hint fine">{text!("tree-hint-fine")}</li>
            <li class="muted hint coarse">{text!("tree-hint-coarse")}</li>
        </ul>
    }
}

#[component]
pub fn Mark(colour: usize) -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true" style=format!("--colour:var(--miner-{colour})")>
            <path d=palette::mark(colour) fill-rule="evenodd"/>
        </svg>
    }
}
