//! A fork and a reorg: the learner's node leaves the network, builds a branch of its own, and comes back.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::ReorgView;

use super::parts::MineOne;
use super::step::{Lesson, Step};
use crate::lessons::course::{Course, set_online};
use crate::text;
use crate::words;

#[component]
pub fn Fork(lesson: Lesson) -> impl IntoView {
    view! {
        <Step lesson number=1 title=text!("learn-fork-1")><Leave lesson/></Step>
        <Step lesson number=2 title=text!("learn-fork-2")><MineAlone lesson/></Step>
        <Step lesson number=3 title=text!("learn-fork-3")><Return lesson/></Step>
        <Step lesson number=4 title=text!("learn-fork-4")><Lose lesson/></Step>
    }
}

/// Takes the learner's node off the network, or back onto it.
#[component]
pub fn NetworkSwitch() -> impl IntoView {
    let course = expect_context::<Course>();
    let offline = course.is_offline();
    let label = move || if offline.get() { text!("learn-go-back") } else { text!("learn-leave") };
    view! {
        <button type="button" data-test="network-switch" aria-pressed=move || offline.get().to_string()
            on:click=move |_| set_online(offline.get_untracked())>{label}</button>
    }
}

#[component]
fn Leave(lesson: Lesson) -> impl IntoView {
    let offline = expect_context::<Course>().is_offline();
    lesson.take_when(1, move || offline.get());
    view! {
        <p>{text!("learn-fork-1-do")}</p>
        <NetworkSwitch/>
    }
}

/// Blocks of its own that the node found while it was off the network, as far as its chain has them.
fn own_blocks(course: Course) -> Memo<usize> {
    let me = course.snapshot(|snapshot| snapshot.address);
    let blocks = course.blocks_above(course.at_first(|snapshot| snapshot.tip.height));
    let offline = course.is_offline();
    Memo::new(
        move |_| {
            if offline.get() { blocks.get().iter().filter(|block| Some(block.miner) == me.get()).count() } else { 0 }
        },
    )
}

#[component]
fn MineAlone(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let offline = course.is_offline();
    let own = own_blocks(course);
    lesson.take_when(2, move || own.get() > 0);
    view! {
        <p>{text!("learn-fork-2-do")}</p>
        {move || (!offline.get()).then(|| view! { <p class="muted">{text!("learn-not-alone")}</p><NetworkSwitch/> })}
        <MineOne/>
        <p role="status">{move || (own.get() > 0).then(|| text!("learn-fork-2-done", blocks = own.get()))}</p>
    }
}

/// Whether the node has been off the network since the step opened. An effect sees to it: a memo that nobody reads meanwhile would
/// not notice.
pub fn was_away(course: Course) -> RwSignal<bool> {
    let (was_away, offline) = (RwSignal::new(false), course.is_offline());
    Effect::new(move |_| {
        if offline.get() {
            was_away.set(true);
        }
    });
    was_away
}

/// The newest reorg, if there was one since the step opened.
pub fn reorg_since_open(course: Course) -> Memo<Option<ReorgView>> {
    let before = course.at_first(|snapshot| snapshot.last_reorg.clone());
    let newest = course.snapshot(|snapshot| snapshot.last_reorg.clone());
    Memo::new(move |_| newest.get().flatten().filter(|reorg| before.get().flatten().as_ref() != Some(reorg)))
}

#[component]
fn Return(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let (offline, agreed) = (course.is_offline(), course.is_agreed());
    let reorg = reorg_since_open(course);
    // To come back one has to have been away.
    let was_away = was_away(course);
    // A change to the others' branch says as much as their word does.
    let is_decided = Memo::new(move |_| agreed.get() || reorg.get().is_some());
    lesson.take_when(3, move || was_away.get() && !offline.get() && is_decided.get());
    view! {
        <p>{text!("learn-fork-3-do")}</p>
        <NetworkSwitch/>
        <p role="status" data-test="ending">{move || match (was_away.get() && !offline.get(), is_decided.get(), reorg.get()) {
            (false, ..) if !offline.get() => text!("learn-fork-back-already"),
            (false, ..) => String::new(),
            (true, false, _) => text!("learn-fork-undecided"),
            (true, true, Some(reorg)) => told(&reorg),
            (true, true, None) => text!("learn-fork-won"),
        }}</p>
    }
}

pub fn told(reorg: &ReorgView) -> String {
    text!(
        "learn-fork-lost",
        lost = reorg.disconnected,
        won = reorg.connected,
        height = words::grouped(reorg.fork_height)
    )
}

/// Only a reorg is one; where nobody else mines there is none.
#[component]
fn Lose(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    // One that came with the step before counts: it is the newest that the node remembers.
    let newest = course.snapshot(|snapshot| snapshot.last_reorg.clone());
    let me = course.snapshot(|snapshot| snapshot.address);
    // Of this node's own making: a block of its own is stale.
    let losers = course.snapshot(|snapshot| {
        let stale = snapshot.blocks.iter().filter(|block| !block.active);
        stale.map(|block| block.miner).collect::<Vec<_>>()
    });
    let lost = Memo::new(move |_| {
        let reorg = newest.get().flatten()?;
        losers.get()?.contains(&me.get()?).then_some(reorg)
    });
    lesson.take_when(4, move || lost.get().is_some());
    view! {
        <p>{text!("learn-fork-4-do")}</p>
        <p class="muted">{text!("learn-fork-helper")}" "
            <a href="/?node=helper" target="_blank" rel="opener">{text!("learn-fork-open-helper")}</a>
        </p>
        <span class="buttons"><NetworkSwitch/><MineOne/></span>
        <p role="status" data-test="reorg-told">{move || lost.get().map(|reorg| told(&reorg))}</p>
    }
}
