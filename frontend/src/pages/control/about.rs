//! The network's parameters in words, and what its difficulty is doing just now.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::session::BlockFigure;

use super::Network;
use super::charts::since_parent;
use crate::operator;
use crate::text;
use crate::words;

/// Blocks that "lately" is.
const LATELY: u32 = 10;
/// A change of less than this is none.
const STEADY: f64 = 0.03;
/// So many times the wanted interval is a stall.
const STALL: f64 = 1.7;

#[component]
pub fn About() -> impl IntoView {
    let network = expect_context::<Network>();
    let params = RwSignal::new(None::<Result<Params, String>>);
    leptos::task::spawn_local(async move {
        let answer = operator::params().await;
        params.try_set(Some(answer));
    });
    move || match params.get() {
        None => view! { <p class="empty">{text!("control-about-loading")}</p> }.into_any(),
        Some(Err(reason)) => view! { <p class="notice warn" role="status">{words::sentence(&reason)}</p> }.into_any(),
        Some(Ok(params)) => view! { <Facts params network/> }.into_any(),
    }
}

#[component]
fn Facts(params: Params, network: Network) -> impl IntoView {
    let height = Memo::new(move |_| network.status.with(|status| status.as_ref().map(|status| status.tip.height)));
    let tip = Memo::new(move |_| network.status.with(|status| status.as_ref().map(|status| status.tip.hash)));
    let lately = RwSignal::new(Vec::new());
    let easiest = params.limit_target();
    Effect::new(move |_| {
        tip.track();
        let Some(height) = height.get_untracked() else { return };
        leptos::task::spawn_local(async move {
            let from = height.saturating_sub(LATELY);
            if let Ok(headers) = operator::headers(from).await {
                lately.try_set(BlockFigure::of(from, headers, easiest));
            }
        });
    });
    let subsidy = {
        let params = params.clone();
        move || height.get().map(|height| words::coins(params.subsidy_at(height.saturating_add(1))))
    };
    let spacing = params.spacing;
    let retargets = params.half_life.is_some();
    let fact = |name: String, value: AnyView| view! { <dt>{name}</dt><dd>{value}</dd> };
    let seconds = |seconds: u32| words::duration(u64::from(seconds) * 1_000);
    view! {
        <dl class="about" data-test="about">
            {fact(text!("control-about-interval"), text!("control-about-interval-value", time = seconds(spacing)).into_any())}
            {fact(text!("control-about-difficulty"), view! {
                <span data-test="difficulty-now">{move || lately.with(|lately| explain(lately, spacing, retargets))}</span>
            }.into_any())}
            {fact(text!("control-about-retarget"), match params.half_life {
                Some(half_life) => text!("control-about-half-life", time = seconds(half_life)),
                None => text!("control-about-never"),
            }.into_any())}
            {fact(text!("control-about-work"), params.algorithm.name().into_any())}
            {fact(text!("control-about-subsidy"), subsidy.into_any())}
            {fact(text!("control-about-halving"), text!("control-about-halving-value", blocks = params.halving_interval).into_any())}
            {fact(text!("control-about-size"), text!("control-about-size-value", bytes = params.max_block_bytes).into_any())}
            {fact(text!("control-about-future"), seconds(params.max_future_seconds).into_any())}
        </dl>
    }
}

/// `2.13, easing after a stall: the last block took 17 s`
fn explain(lately: &[BlockFigure], spacing: u32, retargets: bool) -> String {
    let Some(last) = lately.last() else { return String::new() };
    let now = words::difficulty(last.difficulty);
    let intervals: Vec<i64> = lately.iter().filter_map(since_parent).collect();
    if !retargets || intervals.is_empty() {
        return now;
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds of a few blocks")]
    let (mean, newest) =
        (intervals.iter().sum::<i64>() as f64 / intervals.len() as f64, intervals[intervals.len() - 1] as f64);
    let change = last.difficulty / lately[0].difficulty - 1.0;
    let observed = words::seconds(if newest > STALL * f64::from(spacing) { newest } else { mean });
    let (count, wanted) = (intervals.len(), words::seconds(f64::from(spacing)));
    match change {
        change if change > STEADY => {
            text!("control-difficulty-rising", now = now, count = count, observed = observed, wanted = wanted)
        }
        change if change < -STEADY && newest > STALL * f64::from(spacing) => {
            text!("control-difficulty-stall", now = now, observed = observed)
        }
        change if change < -STEADY => {
            text!("control-difficulty-easing", now = now, count = count, observed = observed, wanted = wanted)
        }
        _ => text!("control-difficulty-steady", now = now, count = count, observed = observed, wanted = wanted),
    }
}
