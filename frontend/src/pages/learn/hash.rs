//! Hash and nonce: a header's hash changes with each of its bytes, and a block is a header whose hash happens to be small enough.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{Header, Target};

use super::parts::{MineOne, Verdict};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

/// Tries at the press of a button.
const TRIES: u32 = 50;

#[component]
pub fn Hash(lesson: Lesson) -> impl IntoView {
    view! {
        <Step lesson number=1 title=text!("learn-hash-1")><Change lesson/></Step>
        <Step lesson number=2 title=text!("learn-hash-2")><Search lesson/></Step>
        <Step lesson number=3 title=text!("learn-hash-3")><LetTheNode lesson/></Step>
    }
}

/// A mined header of the chain, with the network that it is of: the newest when it was looked for. Genesis was not mined.
fn specimen() -> RwSignal<Option<(Params, Header)>> {
    let course = expect_context::<Course>();
    let specimen = RwSignal::new(None);
    let tip = course.snapshot(|snapshot| (snapshot.tip.hash, snapshot.tip.height));
    Effect::new(move |_| {
        let (Some((hash, height)), Some(params)) = (tip.get(), course.network.get()) else { return };
        if height == 0 || specimen.with_untracked(Option::is_some) {
            return;
        }
        leptos::task::spawn_local(async move {
            if let Some(block) = course.block(hash).await {
                specimen.try_set(Some((params, block.header)));
            }
        });
    });
    specimen
}

/// A hash as the number that it is compared as, the most significant digit first.
fn as_number(mut hash: [u8; 32]) -> String {
    hash.reverse();
    hex::encode(hash)
}

#[component]
fn Change(lesson: Lesson) -> impl IntoView {
    let specimen = specimen();
    let nonce = RwSignal::new(String::new());
    Effect::new(move |_| {
        if let Some((_, header)) = specimen.get() {
            nonce.set(header.nonce.to_string());
        }
    });
    let changed = Memo::new(move |_| {
        let (params, header) = specimen.get()?;
        Some((params, Header { nonce: nonce.read().trim().parse().ok()?, ..header }))
    });
    let is_nonce = Memo::new(move |_| nonce.read().trim().parse::<u32>().is_ok());
    let hash = Memo::new(move |_| changed.get().map(|(params, header)| params.algorithm.hash(&header.to_array())));
    let target = move || specimen.get().and_then(|(_, header)| header.bits.to_target().ok());
    let is_met = Memo::new(move |_| {
        let (Some(hash), Some(target)) = (hash.get(), target()) else { return false };
        target.is_met_by(&hash)
    });
    let is_changed = Memo::new(move |_| {
        changed.get().zip(specimen.get()).is_some_and(|((_, changed), (_, found))| changed != found)
    });
    lesson.take_when(1, move || is_changed.get() && hash.get().is_some() && !is_met.get());
    let turn = move |by: i32| {
        let now = nonce.read_untracked().trim().parse::<u32>().unwrap_or(0);
        nonce.set(now.wrapping_add_signed(by).to_string());
    };
    view! {
        <p>{text!("learn-hash-1-do")}</p>
        {move || match specimen.get() {
            None => view! { <p class="muted">{text!("learn-no-block")}</p><MineOne/> }.into_any(),
            Some((params, header)) => view! {
                <dl class="fields">
                    <dt>{text!("learn-field-prev")}</dt><dd class="hash">{header.prev_blockhash.to_string()}</dd>
                    <dt>{text!("learn-field-root")}</dt><dd class="hash">{header.merkle_root.to_string()}</dd>
                    <dt>{text!("learn-field-time")}</dt><dd>{header.time}</dd>
                    <dt>{text!("learn-field-bits")}</dt><dd class="hash">{header.bits.to_string()}</dd>
                </dl>
                <span class="with-button">
                    <label>{text!("learn-nonce")}" "
                        <input type="text" inputmode="numeric" size="11" data-test="nonce" bind:value=nonce/>
                    </label>
                    <button type="button" aria-label=text!("learn-nonce-less") on:click=move |_| turn(-1)>"−1"</button>
                    <button type="button" aria-label=text!("learn-nonce-more") data-test="nonce-more" on:click=move |_| turn(1)>"+1"</button>
                </span>
                <p class="problem" role="status" data-test="nonce-problem">{move || {
                    (!is_nonce.get()).then(|| text!("learn-nonce-wrong", most = u32::MAX.to_string()))
                }}</p>
                <dl class="fields">
                    <dt>{text!("learn-hash-of", algorithm = params.algorithm.name())}</dt>
                    <dd class="hash" data-test="header-hash">{move || hash.get().map(as_number)}</dd>
                    <dt>{text!("learn-target")}</dt>
                    <dd class="hash">{move || target().map(|target| target.to_string())}</dd>
                </dl>
                <Show when=move || is_nonce.get()>
                    <Verdict holds=is_met.into() yes=text!("learn-hash-small") no=text!("learn-hash-large") data_test="hash-is-met"/>
                </Show>
            }.into_any(),
        }}
    }
}

/// Leading zero bits of the target that is searched for by hand. A slow algorithm gets an easier one.
fn practice_bits(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Scrypt | Algorithm::Argon2id => 4,
        _ => 8,
    }
}

fn practice_target(algorithm: Algorithm) -> Target {
    Target::MAX.divided_by(1 << practice_bits(algorithm)).expect("a power of two is not zero")
}

#[component]
fn Search(lesson: Lesson) -> impl IntoView {
    let specimen = specimen();
    let tried = RwSignal::new(0_u32);
    let newest = RwSignal::new(None::<[u8; 32]>);
    let found = RwSignal::new(false);
    let bits = move || specimen.get().map_or(8, |(params, _)| practice_bits(params.algorithm));
    let search = move |tries: u32| {
        let Some((params, header)) = specimen.get_untracked() else { return };
        let target = practice_target(params.algorithm);
        for _ in 0..tries {
            let nonce = tried.get_untracked();
            let hash = params.algorithm.hash(&Header { nonce, ..header }.to_array());
            tried.set(nonce + 1);
            newest.set(Some(hash));
            if target.is_met_by(&hash) {
                return found.set(true);
            }
        }
    };
    lesson.take_when(2, move || found.get());
    view! {
        <p>{move || text!("learn-hash-2-do", digits = bits() / 4, tries = 1_usize << bits())}</p>
        <span class="buttons">
            <button type="button" data-test="try-one" disabled=move || specimen.with(Option::is_none) || found.get()
                on:click=move |_| search(1)>{text!("learn-try-one")}</button>
            <button type="button" data-test="try-many" disabled=move || specimen.with(Option::is_none) || found.get()
                on:click=move |_| search(TRIES)>{text!("learn-try-many", tries = TRIES as usize)}</button>
        </span>
        <p class="hash">{move || newest.get().map(as_number)}</p>
        <p role="status">{move || match (tried.get(), found.get()) {
            (0, _) => String::new(),
            (tried, true) => text!("learn-found-after", tries = tried as usize),
            (tried, false) => text!("learn-tried", tries = tried as usize),
        }}</p>
    }
}

/// A block that the learner's node has found, judged here.
#[component]
fn LetTheNode(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let blocks = course.blocks_above(course.at_first(|snapshot| snapshot.tip.height));
    let me = course.snapshot(|snapshot| snapshot.address);
    let mine = Memo::new(move |_| {
        let mine = blocks.get().into_iter().find(|block| Some(block.miner) == me.get())?;
        Some((mine.hash, mine.height))
    });
    let judged = RwSignal::new(None::<(u32, Header)>);
    Effect::new(move |_| {
        let (Some((hash, height)), Some(params)) = (mine.get(), course.network.get()) else { return };
        leptos::task::spawn_local(async move {
            let Some(block) = course.block(hash).await else { return };
            if block.header.bits.to_target().is_ok_and(|target| params.algorithm.is_met(&block.header, target)) {
                judged.try_set(Some((height, block.header)));
            }
        });
    });
    lesson.take_when(3, move || judged.get().is_some());
    view! {
        <p>{text!("learn-hash-3-do")}</p>
        <MineOne/>
        <p role="status">{move || judged.get().map(|(height, header)| {
            let work = header.bits.to_target().map_or(0.0, |target| target.work().to_f64());
            text!("learn-hash-3-done", height = words::grouped(height), nonce = header.nonce.to_string(), hashes = words::difficulty(work))
        })}</p>
    }
}
