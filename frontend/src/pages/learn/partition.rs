//! Partition and healing: what happens to a payment that is confirmed on one side of a split only.

use leptos::prelude::*;
use tabchain_shared::node::payments::{PaymentState, PaymentView};

use super::fork::{NetworkSwitch, reorg_since_open, was_away};
use super::parts::{MineOne, PayMyself};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

#[component]
pub fn Partition(lesson: Lesson) -> impl IntoView {
    view! {
        <Step lesson number=1 title=text!("learn-partition-1")><Split lesson/></Step>
        <Step lesson number=2 title=text!("learn-partition-2")><PayAlone lesson/></Step>
        <Step lesson number=3 title=text!("learn-partition-3")><Heal lesson/></Step>
        <Step lesson number=4 title=text!("learn-partition-4")><Settle lesson/></Step>
    }
}

#[component]
fn Split(lesson: Lesson) -> impl IntoView {
    let offline = expect_context::<Course>().is_offline();
    lesson.take_when(1, move || offline.get());
    view! {
        <p>{text!("learn-partition-1-do")}</p>
        <NetworkSwitch/>
    }
}

fn is_confirmed(payment: &PaymentView) -> bool {
    matches!(payment.state, PaymentState::Confirmed { .. })
}

/// From this node to itself.
fn is_own(payment: &PaymentView) -> bool {
    payment.transaction.sender == Some(payment.transaction.recipient)
}

#[component]
fn PayAlone(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let offline = course.is_offline();
    let payments = course.payments();
    let start = course.at_first(|snapshot| snapshot.tip.height);
    let is_paid = Memo::new(move |_| {
        let newly = |payment: &PaymentView| {
            is_confirmed(payment) && start.get().is_some() && payment.transaction.height > start.get()
        };
        offline.get() && payments.get().iter().any(newly)
    });
    lesson.take_when(2, move || is_paid.get());
    view! {
        <p>{text!("learn-partition-2-do")}</p>
        {move || (!offline.get()).then(|| view! { <p class="muted">{text!("learn-not-alone")}</p><NetworkSwitch/> })}
        <PayMyself/>
        <MineOne/>
        <Newest/>
    }
}

/// How it stands with the newest payment.
#[component]
fn Newest() -> impl IntoView {
    let course = expect_context::<Course>();
    let payments = course.payments();
    let told = move || {
        let payment = payments.get().into_iter().filter(is_own).max_by_key(|payment| payment.transaction.nonce)?;
        Some(match (&payment.state, payment.was_in_block) {
            (PaymentState::Confirmed { confirmations }, _) => text!(
                "learn-partition-confirmed",
                height = words::grouped(payment.transaction.height.unwrap_or(0)),
                blocks = *confirmations as usize
            ),
            (_, Some(height)) => text!("learn-partition-returned", height = words::grouped(height)),
            _ => text!("learn-partition-waits"),
        })
    };
    view! { <p role="status" data-test="newest-payment">{told}</p> }
}

#[component]
fn Heal(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let (offline, agreed) = (course.is_offline(), course.is_agreed());
    let was_away = was_away(course);
    let reorg = reorg_since_open(course);
    // A payment whose block has lost proves all of it at once.
    let payments = course.payments();
    let came_back = move || payments.get().iter().any(|payment| is_own(payment) && payment.was_in_block.is_some());
    let is_decided = move || agreed.get() || reorg.get().is_some();
    lesson.take_when(3, move || !offline.get() && (came_back() || (was_away.get() && is_decided())));
    view! {
        <p>{text!("learn-partition-3-do")}</p>
        <NetworkSwitch/>
        <Newest/>
    }
}

/// Every payment of this node is in the best chain that it knows of, which it has peers to know from; and there is one at least.
#[component]
fn Settle(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let peers = course.snapshot(|snapshot| snapshot.peers.len());
    let payments = course.payments();
    let are_settled = Memo::new(move |_| {
        let own: Vec<PaymentView> = payments.get().into_iter().filter(is_own).collect();
        !own.is_empty() && own.iter().all(is_confirmed)
    });
    lesson.take_when(4, move || peers.get() > Some(0) && are_settled.get());
    view! {
        <p>{text!("learn-partition-4-do")}</p>
        <MineOne/>
        <Newest/>
    }
}
