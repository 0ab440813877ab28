//! What is in the chosen block: read from the node, however old the block is.

use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command, Time};
use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::primitives::BlockHash;

use super::beside::Handle;
use super::source::Source;
use super::told::Told;
use super::what_if::WhatIf;
use crate::state::{Clock, NodeState};
use crate::text;
use crate::words;

#[component]
pub fn Details(
    source: Source,
    theatre: Handle,
    told: Told,
    /// Of the tip.
    #[prop(into)]
    height: Signal<Option<u32>>,
) -> impl IntoView {
    let selected = told.selected;
    let found = RwSignal::new(None::<Result<BlockView, String>>);
    Effect::new(move |_| {
        // A new tip may have made it stale, or active.
        height.track();
        let Some(hash) = selected.get() else { return found.set(None) };
        leptos::task::spawn_local(async move {
            let answer = source.block(hash).await;
            // The person may have chosen another one meanwhile, or none, or left.
            if selected.try_get_untracked().flatten() == Some(hash) {
                let is_new = found.with_untracked(|known| known.as_ref() != Some(&answer));
                if is_new {
                    found.set(Some(answer));
                }
            }
        });
    });
    move || {
        found.get().map(|found| match found {
            Ok(block) => {
                let hash = block.hash;
                view! {
                    <Contents block height selected/>
                    {match source {
                        Source::Node(state) => Some(view! { <MineHere state block=hash/> }),
                        Source::Relay(_) => None,
                    }}
                    <Show when=move || told.contested.get()><WhatIf source theatre block=hash/></Show>
                }
                .into_any()
            }
            Err(reason) => {
                let words = move || {
                    if told.chosen_elsewhere.get() { text!("tree-elsewhere-why") } else { words::sentence(&reason) }
                };
                view! { <p class="notice warn" role="status" data-test="block-not-here">{words}</p> }.into_any()
            }
        })
    }
}

/// The person's own node adds a block where the person likes: a real one, with all its work.
#[component]
fn MineHere(state: NodeState, block: BlockHash) -> impl IntoView {
    // Of the last press: that it mines, or why not.
    let answer = RwSignal::new(None::<Result<(), String>>);
    let mines = state.snapshot(|snapshot| snapshot.mining.wanted);
    let told = move || match answer.get()? {
        Err(reason) => Some(reason),
        Ok(()) => (mines.get() == Some(true)).then(|| text!("tree-mine-begun")),
    };
    let has_agreed = move || state.courtesy().get_untracked().is_some_and(|courtesy| courtesy.agreed);
    let mine = move |_| {
        if !has_agreed() {
            return answer.set(Some(Err(text!("tree-mine-agree"))));
        }
        state.ask(Command::MineOn { parent: block }, move |outcome| {
            answer.try_set(Some(match outcome {
                Answer::Refused { reason } => Err(words::sentence(&reason)),
                Answer::Accepted { .. } | Answer::Done | Answer::Chain { .. } => Ok(()),
            }));
        });
    };
    view! {
        <p class="mine-here">
            <button type="button" class="quiet" data-test="mine-here" on:click=mine>{text!("tree-mine-here")}</button>
            <span class="muted">{text!("tree-mine-why")}</span>
            <span role="status" data-test="mine-here-answer">{told}</span>
        </p>
    }
}

#[component]
fn Contents(block: BlockView, height: Signal<Option<u32>>, selected: RwSignal<Option<BlockHash>>) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let dated = Time(u64::from(block.time) * 1000);
    let (at, active) = (block.height, block.active);
    let standing = move || {
        if !active {
            return text!("tree-standing-stale");
        }
        let confirmations = height.get().map_or(1, |height| height.saturating_sub(at) + 1);
        text!("tree-standing-active", count = confirmations)
    };
    let tag = block.tag.trim();
    let miner = if tag.is_empty() { text!("tree-nameless") } else { tag.to_owned() };
    view! {
        <div class="block-details" role="region" aria-label=text!("tree-block", height = at) data-test="block-details" data-value=block.hash.to_string()>
            <div class="block-details-head">
                <strong>{text!("tree-block", height = at)}</strong>
                <span class="muted" data-test="block-standing">{standing}</span>
                <a class="details-more" href=format!("/explore/block/{}", block.hash)>{text!("tree-in-explorer")}</a>
                <button type="button" class="quiet" on:click=move |_| selected.set(None)>{text!("tree-close")}</button>
            </div>
            <dl>
                <dt>{text!("tree-hash")}</dt><dd class="hash">{block.hash.to_string()}</dd>
                <dt>{text!("tree-parent")}</dt><dd class="hash">{block.prev_blockhash.to_string()}</dd>
                <dt>{text!("tree-found-by")}</dt><dd>{miner}" "<span class="muted">{words::short_address(&block.miner)}</span></dd>
                <dt>{text!("tree-dated")}</dt>
                <dd>{words::time_of_day(dated)}", "{move || words::from_now(clock.0.get(), dated)}</dd>
                {block.received.map(|came| view! {
                    <dt>{text!("tree-came")}</dt>
                    <dd data-test="block-came">{words::time_of_day(came)}", "{move || words::ago(clock.millis_since(came))}</dd>
                })}
                <dt>{text!("tree-holds")}</dt>
                <dd>
                    {text!("tree-payments", count = block.transaction_count.saturating_sub(1))}", "
                    {match block.wire_bytes {
                        Some(bytes) => text!("tree-bytes-came-in", size = block.size, bytes = bytes),
                        None => text!("tree-bytes", size = block.size),
                    }}
                </dd>
                <dt>{text!("tree-reward")}</dt><dd>{words::coins(block.reward)}</dd>
                <dt>{text!("tree-nonce")}</dt><dd>{words::grouped(block.nonce)}</dd>
            </dl>
        </div>
    }
}
