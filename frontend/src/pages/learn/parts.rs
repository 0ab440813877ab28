//! What several lessons need: how the learner's node stands, mining one block, paying oneself, and saying beforehand what will come of
//! something.

use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::primitives::{Amount, Memo as Message};

use crate::lessons::course::{Course, ask_to_mine};
use crate::text;
use crate::words;

/// What a payment in a lesson moves: small change, so that one block's reward lasts for all lessons.
pub const A_LITTLE: Amount = match Amount::from_units(1_000_000) {
    Some(amount) => amount,
    None => panic!("a hundredth of a coin is no large amount"),
};

/// The learner's node in a line.
#[component]
pub fn Standing() -> impl IntoView {
    let course = expect_context::<Course>();
    let name = course.snapshot(|snapshot| snapshot.name.clone());
    let height = course.snapshot(|snapshot| snapshot.tip.height);
    let balance = course.snapshot(|snapshot| snapshot.balance);
    let peers = course.snapshot(|snapshot| snapshot.peers.len());
    let offline = course.is_offline();
    let company = move || {
        if offline.get() { text!("learn-alone") } else { text!("learn-peers", peers = peers.get().unwrap_or(0)) }
    };
    view! {
        <section class="standing-node" aria-label=text!("learn-your-node")>
            {move || match name.get() {
                None => view! { <p class="muted" role="status">{text!("learn-no-node")}</p> }.into_any(),
                Some(name) => view! {
                    <p class="facts" data-test="standing">
                        <b>{name}</b>
                        <span>{move || text!("learn-height", height = words::grouped(height.get().unwrap_or(0)))}</span>
                        <span data-test="learn-balance" data-value=move || balance.get().map(|balance| balance.to_string())>
                            {move || balance.get().map(words::coins)}
                        </span>
                        <span data-test="learn-company" data-value=move || offline.get().to_string()>{company}</span>
                    </p>
                }.into_any(),
            }}
        </section>
    }
}

/// Has the learner's node find one block; first asks whether this device may mine.
#[component]
pub fn MineOne() -> impl IntoView {
    let course = expect_context::<Course>();
    let agreed = course.field(|view| view.courtesy.agreed);
    let wanted = course.snapshot(|snapshot| snapshot.mining.wanted);
    let answer = RwSignal::new(String::new());
    let press = move |_| {
        if agreed.get_untracked() != Some(true) {
            return ask_to_mine();
        }
        let command = if wanted.get_untracked() == Some(true) {
            Command::StopMining
        } else {
            Command::StartMining { blocks: Some(1), limit: None }
        };
        leptos::task::spawn_local(async move {
            let told = course.command(command).await;
            answer.try_set(refusal(&told).unwrap_or_default());
        });
    };
    let label = move || match (agreed.get(), wanted.get()) {
        (Some(true), Some(true)) => text!("learn-mine-stop"),
        (Some(true), _) => text!("learn-mine-one"),
        _ => text!("learn-mine-allow"),
    };
    view! {
        <span class="buttons">
            <button type="button" data-test="mine-one" on:click=press disabled=move || agreed.get().is_none()>{label}</button>
            <span role="status">{move || answer.get()}</span>
        </span>
    }
}

/// Has the learner's node pay itself a little, with a fee or the usual one.
#[component]
pub fn PayMyself(#[prop(optional_no_strip)] fee: Option<Signal<Option<Amount>>>) -> impl IntoView {
    let course = expect_context::<Course>();
    let me = course.snapshot(|snapshot| snapshot.address);
    let available = course.snapshot(|snapshot| snapshot.available);
    let is_poor = Memo::new(move |_| {
        let cost = A_LITTLE.checked_add(DEFAULT_FEE).unwrap_or(Amount::MAX);
        available.get().is_some_and(|available| available < cost)
    });
    let answer = RwSignal::new(String::new());
    let pay = move |_| {
        let Some(recipient) = me.get_untracked() else { return };
        let fee = fee.and_then(|fee| fee.get_untracked());
        let command = Command::Pay { recipient, amount: A_LITTLE, fee, memo: Message::default() };
        leptos::task::spawn_local(async move {
            let told = course.command(command).await;
            answer.try_set(refusal(&told).unwrap_or_else(|| text!("learn-sent")));
        });
    };
    view! {
        <span class="buttons">
            <button type="button" data-test="pay-myself" on:click=pay disabled=move || me.get().is_none() || is_poor.get()>
                {text!("learn-pay-myself", amount = words::coins(A_LITTLE))}
            </button>
            <span role="status">{move || answer.get()}</span>
        </span>
        {move || is_poor.get().then(|| view! { <p class="muted">{text!("learn-poor")}</p> })}
    }
}

/// In the node's words, why it did not do something.
pub fn refusal(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Refused { reason } => Some(text!("learn-refused", reason = words::refusals::refusal(reason))),
        Answer::Accepted { .. } | Answer::Done | Answer::Chain { .. } => None,
    }
}

/// The learner says whether something will succeed and thereby does it; then it is told what came of it.
#[component]
pub fn Predict(
    question: String,
    /// Does it. Sets the outcome when there is one.
    act: Callback<()>,
    /// Whether it succeeded.
    outcome: Signal<Option<bool>>,
    /// What came of it, in words.
    #[prop(into)]
    told: Signal<String>,
) -> impl IntoView {
    let predicted = RwSignal::new(None::<bool>);
    let choose = move |will_succeed: bool| {
        predicted.set(Some(will_succeed));
        act.run(());
    };
    let verdict = move || {
        let verdict = match (predicted.get()?, outcome.get()?) {
            (predicted, outcome) if predicted == outcome => text!("learn-as-you-said"),
            _ => text!("learn-other-than-you-said"),
        };
        Some(format!("{verdict} {}", told.get()))
    };
    view! {
        <fieldset class="predict">
            <legend>{question}</legend>
            <span class="buttons">
                <button type="button" data-test="will-succeed" on:click=move |_| choose(true)>{text!("learn-will-succeed")}</button>
                <button type="button" data-test="will-fail" on:click=move |_| choose(false)>{text!("learn-will-fail")}</button>
            </span>
            <p role="status" data-test="outcome" data-value=move || outcome.get().map(|outcome| outcome.to_string())>{verdict}</p>
        </fieldset>
    }
}

/// Whether something holds, in colour and in words.
#[component]
pub fn Verdict(
    holds: Signal<bool>,
    yes: String,
    no: String,
    #[prop(optional)] data_test: &'static str,
) -> impl IntoView {
    view! {
        <p class="answer" role="status" data-test=data_test data-value=move || holds.get().to_string()
            data-tone=move || if holds.get() { "good" } else { "bad" }>
            {move || if holds.get() { format!("✓ {yes}") } else { format!("✗ {no}") }}
        </p>
    }
}
