//! The network's parameters in words, and what its difficulty is doing just now: that follows from the blocks in the panel's last
//! look at the relay's node, so it is never older than the height beside it.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::BlockFigure;
use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::primitives::Target;

use super::Network;
use super::charts::since_parent;
use crate::browser;
use crate::operator;
use crate::text;
use crate::words;

/// Intervals between blocks that "lately" is.
const LATELY: usize = 10;
/// A change of less than this is none.
const STEADY: f64 = 0.03;
/// So many times the wanted interval is a stall.
const STALL: f64 = 1.7;

/// A newest block that is dated ahead of the clock by less is dated as it should be: clocks are not all right.
const AHEAD_MILLIS: u64 = 10_000;

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
    let easiest = params.limit_target();
    let lately = Memo::new(move |_| {
        network.status.with(|status| status.as_ref().map(|status| figures(&status.blocks, easiest)).unwrap_or_default())
    });
    let subsidy = {
        let params = params.clone();
        move || height.get().map(|height| words::coins(params.subsidy_at(height.saturating_add(1))))
    };
    let newest_date = Memo::new(move |_| network.status.with(|status| status.as_ref().map(|status| status.tip.time)));
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
            {fact(text!("control-about-future"), view! {
                <span data-test="dates-ahead">
                    {move || dates_ahead(seconds(params.max_future_seconds), newest_date.get(), browser::now())}
                </span>
            }.into_any())}
        </dl>
    }
}

/// Of the newest blocks of the active chain, the oldest first; `blocks` has the newest first, and stale ones among them.
fn figures(blocks: &[BlockView], easiest: Target) -> Vec<BlockFigure> {
    let active = blocks.iter().filter(|block| block.active).take(LATELY + 1);
    let mut figures: Vec<BlockFigure> = Vec::new();
    for block in active.collect::<Vec<_>>().into_iter().rev() {
        let interval = figures.last().map(|before| i64::from(block.time) - i64::from(before.time));
        let difficulty = block.bits.to_target().map_or(f64::INFINITY, |target| target.difficulty(easiest));
        figures.push(BlockFigure { height: block.height, time: block.time, interval, difficulty });
    }
    figures
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

/// How far ahead of the clock a block may be dated, and how far the newest one is. Where blocks come faster than the clock goes, every
/// date is later than it should be, and no block is accepted any more once they are so far ahead.
fn dates_ahead(most: String, newest_seconds: Option<u32>, now: Time) -> String {
    let ahead = newest_seconds.map_or(0, |newest| (u64::from(newest) * 1_000).saturating_sub(now.0));
    if ahead < AHEAD_MILLIS {
        most
    } else {
        text!("control-about-future-now", most = most, now = words::duration(ahead))
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::{Address, Amount, BlockHash, CompactTarget};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn block(height: u32, time: u32, bits: CompactTarget, active: bool) -> BlockView {
        BlockView {
            hash: BlockHash([u8::try_from(height).unwrap(); 32]),
            prev_blockhash: BlockHash([0; 32]),
            height,
            time,
            bits,
            nonce: 0,
            miner: Address([0; 20]),
            tag: String::new(),
            reward: Amount::ZERO,
            size: 0,
            transaction_count: 1,
            active,
            received: None,
            wire_bytes: None,
        }
    }

    #[test]
    fn the_difficulty_is_that_of_the_blocks_last_seen_and_stale_ones_do_not_count() {
        let params = Params::classroom();
        let (easiest, bits) = (params.limit_target(), params.start_bits);
        let mut blocks: Vec<BlockView> = (1..=30).rev().map(|at| block(at, 100 + 10 * at, bits, true)).collect();
        blocks.insert(1, block(30, 9_999, params.limit, false));
        let seen = figures(&blocks, easiest);
        assert_eq!(seen.iter().map(|figure| figure.height).collect::<Vec<_>>(), (20..=30).collect::<Vec<_>>());
        assert!(seen.iter().filter_map(|figure| figure.interval).all(|interval| interval == 10));
        let told = explain(&seen, params.spacing, true);
        assert!(told.starts_with(&words::difficulty(seen[10].difficulty)), "{told}");
        // One more block that is easier, after a stall.
        blocks.insert(0, block(31, 500, params.limit, true));
        let eased = explain(&figures(&blocks, easiest), params.spacing, true);
        assert!(eased.starts_with(&words::difficulty(1.0)) && eased.contains("stall"), "{eased}");
        assert_eq!(explain(&figures(&[], easiest), params.spacing, true), "");
    }
    #[test]
    fn dates_are_told_of_when_they_are_far_ahead() {
        let (now, most) = (Time(1_000_000_000), || "2 hr".to_owned());
        for fine in [None, Some(0), Some(1_000_000), Some(1_000_009)] {
            assert_eq!(dates_ahead(most(), fine, now), "2 hr");
        }
        let told = dates_ahead(most(), Some(1_000_060), now);
        assert!(told.contains("2 hr") && told.contains(&words::duration(60_000)), "{told}");
    }
}
