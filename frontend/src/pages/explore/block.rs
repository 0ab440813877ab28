//! `/explore/block/…`: a block's bytes, what they mean, and which rules they keep. They can be changed here, to see which break.

use leptos::prelude::*;
use tabchain_shared::node::io::Time;

use super::bytes::Bytes;
use super::fields::HeaderFields;
use super::ladder::Ladder;
use super::rulings::Rulings;
use super::transfers::Transfers;
use super::{Failed, Fetching, Head};
use crate::app::set_title;
use crate::browser;
use crate::explore::anatomy::{Anatomy, Part};
use crate::explore::judge::{Question, Reply, Ruling};
use crate::explore::judge_worker::JudgeWorker;
use crate::explore::source::{self, Found};
use crate::text;
use crate::words;

/// A block on the table, and its bytes as they are now.
#[derive(Clone, Copy)]
pub struct Specimen {
    pub found: StoredValue<Found>,
    pub bytes: RwSignal<Vec<u8>>,
    /// Of these bytes; absent until they are judged.
    pub rulings: RwSignal<Option<Vec<Ruling>>>,
    pub is_changed: Memo<bool>,
    pub judge: JudgeWorker,
}

impl Specimen {
    fn new(found: Found) -> Self {
        let bytes = RwSignal::new(found.bytes.clone());
        let found = StoredValue::new(found);
        let (judge, rulings) = (JudgeWorker::start(), RwSignal::new(None));
        let current = bytes;
        Effect::new(move |_| {
            let bytes = current.get();
            let question = found.with_value(|found| Question::Block {
                params: Box::new(found.params.clone()),
                bytes: bytes.clone(),
                place: found.place.clone(),
                now: browser::now().seconds(),
            });
            rulings.set(None);
            leptos::task::spawn_local(async move {
                let reply = judge.ask(question).await;
                // Of bytes that were changed meanwhile nobody wants to know.
                if let Some(Reply::Rulings(judged)) = reply
                    && current.try_with_untracked(|current| *current == bytes) == Some(true)
                {
                    rulings.set(Some(judged));
                }
            });
        });
        let is_changed = Memo::new(move |_| found.with_value(|found| *bytes.read() != found.bytes));
        Self { found, bytes, rulings, is_changed, judge }
    }
}

#[component]
pub fn BlockPage(id: String) -> impl IntoView {
    let found = LocalResource::new(move || {
        let id = id.clone();
        async move { source::block(&id).await }
    });
    let title = move || match found.get() {
        Some(Ok(found)) => text!("explore-block-title", height = found.place.height),
        _ => text!("explore-block"),
    };
    Effect::new(move |_| set_title(&title()));
    view! {
        <div class="explore">
            <Head title=Signal::derive(title)/>
            {move || match found.get() {
                None => view! { <Fetching/> }.into_any(),
                Some(Err(reason)) => view! { <Failed reason/> }.into_any(),
                Some(Ok(found)) => view! { <Dissection found/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Dissection(found: Found) -> impl IntoView {
    let anatomy = Anatomy::of(&found.block);
    let parts: Vec<Part> = [anatomy.header].into_iter().chain(anatomy.transactions).collect();
    let transactions = found.block.transactions.clone();
    let facts = facts(&found);
    let specimen = Specimen::new(found);
    // 0 is the header, 1 the coinbase.
    let shown = RwSignal::new(0_usize);
    let parts = StoredValue::new(parts);
    view! {
        {facts}
        <div class="explore-columns">
            <section class="card" aria-labelledby="bytes-title">
                <div class="card-head">
                    <h2 id="bytes-title">{text!("explore-its-bytes")}</h2>
                    <PartChoice parts shown/>
                </div>
                <p class="muted">
                    {text!("explore-change-bytes")}
                </p>
                {move || {
                    let part = parts.with_value(|parts| parts.get(shown.get()).cloned());
                    part.map(|part| view! { <Bytes part specimen/> })
                }}
                <Ladder specimen/>
            </section>
            <section class="card" aria-labelledby="rules-title">
                <div class="card-head"><h2 id="rules-title">{text!("explore-judged")}</h2></div>
                <Rulings rulings=specimen.rulings/>
                <p class="muted">
                    {text!("explore-judged-not")}
                </p>
            </section>
        </div>
        <section class="card" aria-labelledby="fields-title">
            <div class="card-head"><h2 id="fields-title">{text!("explore-its-header")}</h2></div>
            <HeaderFields specimen/>
        </section>
        <Transfers transactions/>
    }
}

/// Where the block stands, and the way to its neighbours.
fn facts(found: &Found) -> impl IntoView + use<> {
    let Found { place, active, confirmations, block, above, .. } = found;
    let dated = Time(u64::from(block.header.time) * 1_000);
    let standing = match (active, confirmations) {
        (false, _) => text!("explore-standing-stale"),
        (true, 1) => text!("explore-standing-tip"),
        (true, confirmations) => text!("explore-standing-active", count = *confirmations),
    };
    let below = (place.height > 0).then(|| format!("/explore/block/{}", block.header.prev_blockhash));
    let above = above.as_ref().map(|header| format!("/explore/block/{}", header.hash()));
    view! {
        <section class="card" aria-label=text!("explore-the-block")>
            <dl class="pairs">
                <dt>{text!("explore-hash")}</dt><dd class="hash" data-test="block-hash">{block.hash().to_string()}</dd>
                <dt>{text!("explore-stands")}</dt><dd>{standing}</dd>
                <dt>{text!("explore-dated")}</dt><dd>{words::day_and_time(dated)}</dd>
            </dl>
            <p class="buttons">
                {below.map(|link| view! { <a class="button" href=link>{text!("explore-below")}</a> })}
                {above.map(|link| view! { <a class="button" href=link>{text!("explore-above")}</a> })}
            </p>
        </section>
    }
}

/// Which part of the block is shown; a coinbase is always there.
#[component]
fn PartChoice(parts: StoredValue<Vec<Part>>, shown: RwSignal<usize>) -> impl IntoView {
    let name = |place: usize| match place {
        0 => text!("explore-part-header"),
        1 => text!("explore-part-coinbase"),
        place => text!("explore-part-payment", number = place - 1),
    };
    let count = parts.with_value(Vec::len);
    view! {
        <label class="choice">
            <span class="visually-hidden">{text!("explore-part")}</span>
            <select
                data-test="part"
                on:change=move |event| shown.set(event_target_value(&event).parse().unwrap_or(0))
            >
                {(0..count).map(|place| view! { <option value=place.to_string()>{name(place)}</option> }).collect_view()}
            </select>
        </label>
    }
}
