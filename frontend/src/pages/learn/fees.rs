//! Mempool and fees: a payment waits, its fee says how soon it is mined, and a higher fee puts another in its place.

use leptos::prelude::*;
use tabchain_shared::mempool::MIN_FEE_RATE;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::payments::{PaymentState, PaymentView};
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::primitives::{Amount, Transfer, Txid};

use super::parts::{MineOne, PayMyself, Predict, refusal};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

/// The least that a payment without a message can leave to the miner.
const CHEAPEST: Amount = match Amount::from_units(MIN_FEE_RATE * Transfer::BYTES_WITHOUT_MEMO as u64) {
    Some(fee) => fee,
    None => panic!("some bytes' fee is no large amount"),
};

#[component]
pub fn Fees(lesson: Lesson) -> impl IntoView {
    view! {
        <Step lesson number=1 title=text!("learn-fees-1")><SendCheaply lesson/></Step>
        <Step lesson number=2 title=text!("learn-fees-2")><ReplaceForTooLittle lesson/></Step>
        <Step lesson number=3 title=text!("learn-fees-3")><Replace lesson/></Step>
        <Step lesson number=4 title=text!("learn-fees-4")><WhoGetsIt lesson/></Step>
    }
}

/// This node's payment that waits with the least fee: an older one may wait as well.
fn waiting(course: Course) -> Memo<Option<PaymentView>> {
    let payments = course.payments();
    Memo::new(move |_| {
        let waiting = payments.get().into_iter().filter(|payment| payment.fee_to_replace.is_some());
        waiting.min_by_key(|payment| (payment.transaction.fee, payment.transaction.nonce))
    })
}

/// What waits, or how to have something wait.
#[component]
fn Waiting() -> impl IntoView {
    let waiting = waiting(expect_context());
    move || {
        match waiting.get() {
        None => view! { <p class="muted">{text!("learn-fees-none")}</p><PayMyself fee=Some(Signal::derive(|| Some(CHEAPEST)))/> }.into_any(),
        Some(payment) => {
            let name = words::short_hash(&payment.transaction.txid);
            view! {
                <p data-test="waiting-fee" data-value=payment.transaction.fee.to_string()>
                    {text!("learn-fees-waits", payment = name, fee = words::coins(payment.transaction.fee))}
                </p>
            }
            .into_any()
        }
    }
    }
}

#[component]
fn SendCheaply(lesson: Lesson) -> impl IntoView {
    let waiting = waiting(expect_context());
    lesson.take_when(1, move || waiting.get().is_some_and(|payment| payment.transaction.fee < DEFAULT_FEE));
    view! {
        <p>{text!("learn-fees-1-do", cheapest = words::coins(CHEAPEST), usual = words::coins(DEFAULT_FEE))}</p>
        <PayMyself fee=Some(Signal::derive(|| Some(CHEAPEST)))/>
        <p class="muted">{text!("learn-fees-others")}</p>
    }
}

#[component]
fn ReplaceForTooLittle(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let waiting = waiting(course);
    let outcome = RwSignal::new(None::<bool>);
    let told = RwSignal::new(String::new());
    let was_refused = RwSignal::new(false);
    let act = move |()| {
        let Some(payment) = waiting.get_untracked() else { return };
        let Some(fee) = payment.transaction.fee.checked_add(Amount::from_units(1).unwrap_or(Amount::ZERO)) else {
            return;
        };
        outcome.set(None);
        leptos::task::spawn_local(async move {
            let answer = course.replace(payment.transaction.txid, fee).await;
            told.try_set(refusal(&answer).unwrap_or_default());
            if let Answer::Refused { reason } = &answer {
                was_refused.try_set(reason.starts_with("underpriced-replacement"));
            }
            outcome.try_set(Some(!matches!(answer, Answer::Refused { .. })));
        });
    };
    lesson.take_when(2, move || was_refused.get());
    view! {
        <p>{text!("learn-fees-2-do")}</p>
        <Waiting/>
        {move || waiting.with(Option::is_some).then(|| view! {
            <Predict question=text!("learn-fees-2-question") act=Callback::new(act) outcome=outcome.into() told=told/>
        })}
    }
}

#[component]
fn Replace(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let waiting = waiting(course);
    // What has waited since the step is open, by the sender's number: whoever has that number later replaced it.
    let seen = StoredValue::new(Vec::<(u64, Txid, Amount)>::new());
    let is_replaced = Memo::new(move |before: Option<&bool>| {
        let Some(payment) = waiting.get() else { return before.copied().unwrap_or(false) };
        let transaction = payment.transaction;
        let replaces = seen.with_value(|seen| {
            seen.iter().any(|(nonce, txid, fee)| {
                *nonce == transaction.nonce && *txid != transaction.txid && transaction.fee > *fee
            })
        });
        seen.update_value(|seen| seen.push((transaction.nonce, transaction.txid, transaction.fee)));
        replaces || before.copied().unwrap_or(false)
    });
    let answer = RwSignal::new(String::new());
    let raise = move |_| {
        let Some(payment) = waiting.get_untracked() else { return };
        let fee = payment.fee_to_replace.unwrap_or(DEFAULT_FEE).max(DEFAULT_FEE);
        leptos::task::spawn_local(async move {
            let told = course.replace(payment.transaction.txid, fee).await;
            answer.try_set(refusal(&told).unwrap_or_default());
        });
    };
    lesson.take_when(3, move || is_replaced.get());
    view! {
        <p>{text!("learn-fees-3-do")}</p>
        <Waiting/>
        <span class="buttons">
            <button type="button" data-test="raise" disabled=move || waiting.with(Option::is_none) on:click=raise>{text!("learn-fees-raise")}</button>
            <span role="status">{move || answer.get()}</span>
        </span>
    }
}

/// A block with one of the node's payments in it, whose reward is more than the new coins.
#[component]
fn WhoGetsIt(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let start = course.at_first(|snapshot| snapshot.tip.height);
    let payments = course.payments();
    let blocks = course.blocks_above(start);
    let earned = Memo::new(move |_| {
        let params = course.network.get()?;
        let start = start.get()?;
        let is_ours = |payment: &PaymentView| {
            matches!(payment.state, PaymentState::Confirmed { .. }) && payment.transaction.height > Some(start)
        };
        let height = payments.get().iter().find(|payment| is_ours(payment))?.transaction.height?;
        let block = blocks.get().into_iter().find(|block| block.height == height)?;
        let fees = block.reward.checked_sub(params.subsidy_at(height)).filter(|fees| *fees > Amount::ZERO)?;
        Some((height, fees, block.tag))
    });
    lesson.take_when(4, move || earned.get().is_some());
    view! {
        <p>{text!("learn-fees-4-do")}</p>
        <Waiting/>
        <MineOne/>
        <p role="status">{move || earned.get().map(|(height, fees, miner)| {
            text!("learn-fees-4-done", height = words::grouped(height), fees = words::coins(fees), miner = miner)
        })}</p>
    }
}
