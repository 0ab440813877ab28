//! Difficulty: the target says how many hashes a block takes, and it follows the time that blocks took.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::difficulty::{AsertInput, next_target, required_bits};
use tabchain_shared::primitives::{CompactTarget, Header, Target};

use super::parts::{MineOne, Verdict};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

#[component]
pub fn Difficulty(lesson: Lesson) -> impl IntoView {
    view! {
        <Step lesson number=1 title=text!("learn-difficulty-1")><TwiceTheWork lesson/></Step>
        <Step lesson number=2 title=text!("learn-difficulty-2")><Answer lesson step=2 is_rise=true/></Step>
        <Step lesson number=3 title=text!("learn-difficulty-3")><Answer lesson step=3 is_rise=false/></Step>
        <Step lesson number=4 title=text!("learn-difficulty-4")><Foretell lesson/></Step>
    }
}

/// The target of the newest block.
fn target(course: Course) -> Memo<Option<Target>> {
    let bits = course.snapshot(|snapshot| {
        let tip = snapshot.blocks.iter().find(|block| block.hash == snapshot.tip.hash);
        tip.and_then(|tip| tip.bits.to_target().ok())
    });
    Memo::new(move |_| bits.get().flatten())
}

/// Hashes that a block takes on average.
fn hashes(target: Target) -> String {
    words::difficulty(target.work().to_f64())
}

#[component]
fn TwiceTheWork(lesson: Lesson) -> impl IntoView {
    let target = target(expect_context());
    let divisor = RwSignal::new("1".to_owned());
    let harder = Memo::new(move |_| target.get()?.divided_by(divisor.read().trim().parse().ok()?));
    let is_twice = Memo::new(move |_| {
        let (Some(now), Some(harder)) = (target.get(), harder.get()) else { return false };
        let ratio = harder.work().to_f64() / now.work().to_f64();
        // Targets are whole numbers, and the easiest ones take two hashes or three.
        (ratio - 2.0).abs() < 0.01
    });
    // Nobody is told to be wrong before they have done anything.
    let is_touched = Memo::new(move |_| divisor.read().trim() != "1");
    lesson.take_when(1, move || is_twice.get());
    view! {
        <p>{text!("learn-difficulty-1-do")}</p>
        <dl class="fields">
            <dt>{text!("learn-target-now")}</dt><dd class="hash">{move || target.get().map(|target| target.to_string())}</dd>
            <dt>{text!("learn-hashes-now")}</dt><dd>{move || target.get().map(hashes)}</dd>
        </dl>
        <label class="field">
            <span class="label">{text!("learn-difficulty-divide")}</span>
            <input type="text" inputmode="numeric" data-test="divisor" bind:value=divisor/>
        </label>
        <dl class="fields">
            <dt>{text!("learn-target-new")}</dt><dd class="hash">{move || harder.get().map(|target| target.to_string())}</dd>
            <dt>{text!("learn-hashes-new")}</dt><dd data-test="hashes-new">{move || harder.get().map(hashes)}</dd>
        </dl>
        {move || is_touched.get().then(|| view! { <Verdict holds=is_twice.into() yes=text!("learn-difficulty-twice") no=text!("learn-difficulty-not-twice") data_test="is-twice"/> })}
    }
}

/// What the rules answer to a block that took so many seconds. A network whose difficulty is fixed lends its target to the classroom's
/// rule.
fn answered(params: &Params, seconds: u32) -> Option<(Target, Target)> {
    let classroom = Params::classroom();
    let (half_life, limit) = match params.half_life {
        Some(half_life) => (half_life, params.limit_target()),
        None => (classroom.half_life?, Target::MAX),
    };
    // Well below the limit, so that there is room for easing.
    let now = limit.divided_by(256)?;
    let input = AsertInput {
        anchor_target: now,
        time_diff: i64::from(seconds),
        height_diff: 0,
        spacing: params.spacing,
        half_life,
        limit,
    };
    Some((now, next_target(&input)))
}

#[component]
fn Answer(
    lesson: Lesson,
    step: usize,
    /// Whether the block is to make the next one harder.
    is_rise: bool,
) -> impl IntoView {
    let course = expect_context::<Course>();
    let seconds = RwSignal::new(String::new());
    let change = Memo::new(move |_| {
        let params = course.network.get()?;
        let (now, next) = answered(&params, seconds.read().trim().parse().ok()?)?;
        Some(next.work().to_f64() / now.work().to_f64())
    });
    let is_right =
        Memo::new(move |_| change.get().is_some_and(|change| if is_rise { change > 1.0 } else { change < 1.0 }));
    lesson.take_when(step, move || is_right.get());
    let spacing = move || course.network.get().map_or(0, |params| params.spacing);
    let is_fixed = move || course.network.get().is_some_and(|params| params.half_life.is_none());
    let mark = if is_rise { "seconds-rise" } else { "seconds-fall" };
    let told = move || change.get().map(|change| text!("learn-difficulty-changes", factor = change));
    view! {
        <p>{move || if is_rise {
            text!("learn-difficulty-2-do", spacing = spacing() as usize)
        } else {
            text!("learn-difficulty-3-do", spacing = spacing() as usize)
        }}</p>
        {move || is_fixed().then(|| view! { <p class="muted">{text!("learn-difficulty-fixed")}</p> })}
        <label class="field">
            <span class="label">{text!("learn-difficulty-seconds")}</span>
            <input type="text" inputmode="numeric" data-test=mark bind:value=seconds/>
        </label>
        <p role="status" data-test=format!("{mark}-told")>{told}</p>
    }
}

/// Tips whose next block was foretold: it comes at once or soon after.
const REMEMBERED: usize = 16;

/// The bits of the next block are computed here before it is there; then it comes.
#[component]
fn Foretell(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let tip = course.snapshot(|snapshot| (snapshot.tip.hash, snapshot.tip.height));
    // For each tip that was seen, what comes on it.
    let foretold = RwSignal::new(Vec::<(u32, Header, CompactTarget)>::new());
    Effect::new(move |_| {
        let (Some((hash, height)), Some(params)) = (tip.get(), course.network.get()) else { return };
        leptos::task::spawn_local(async move {
            let Some(block) = course.block(hash).await else { return };
            let below = if height == 0 { None } else { course.block(block.header.prev_blockhash).await };
            let bits = required_bits(&params, &block.header, below.as_ref().map(|below| &below.header));
            foretold.try_update(|foretold| {
                if foretold.iter().all(|(_, header, _)| *header != block.header) {
                    foretold.push((height, block.header, bits));
                    let excess = foretold.len().saturating_sub(REMEMBERED);
                    foretold.drain(..excess);
                }
            });
        });
    });
    let newest = Memo::new(move |_| foretold.with(|foretold| foretold.last().copied()));
    let come_true = Memo::new(move |_| {
        foretold.with(|foretold| {
            let (height, header, _) = foretold.last()?;
            let (_, _, bits) = foretold.iter().find(|(_, parent, _)| parent.hash() == header.prev_blockhash)?;
            Some((*height, header.bits, header.bits == *bits))
        })
    });
    lesson.take_when(4, move || come_true.get().is_some_and(|(_, _, is_true)| is_true));
    view! {
        <p>{text!("learn-difficulty-4-do")}</p>
        <p data-test="foretold" data-value=move || newest.get().map(|(_, _, bits)| bits.to_string())>
            {move || newest.get().map(|(height, _, bits)| {
                let work = bits.to_target().map(hashes).unwrap_or_default();
                text!("learn-difficulty-foretold", height = words::grouped(height + 1), bits = bits.to_string(), hashes = work)
            })}
        </p>
        <MineOne/>
        {move || come_true.get().map(|(height, bits, is_true)| view! {
            <Verdict holds=Signal::derive(move || is_true)
                yes=text!("learn-difficulty-true", height = words::grouped(height), bits = bits.to_string())
                no=text!("learn-difficulty-false") data_test="came-true"/>
        })}
    }
}
