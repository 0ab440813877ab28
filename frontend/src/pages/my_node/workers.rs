//! The miner workers: how many, how they hash, how fast each of them is and how soon it is on a new job. What keeps them from
//! it is a notice.

use leptos::prelude::*;

use crate::driver::MAX_MINERS;
use crate::state::NodeState;
use crate::text;
use crate::words;

#[component]
pub fn Workers() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let miners = state.field(|view| view.miners.clone());
    let count = Memo::new(move |_| miners.read().as_ref().map(|miners| miners.count));
    let rates = move |word: fn(f64) -> String, between: &'static str| {
        let rates = miners.read().as_ref().map(|miners| miners.rates.clone()).unwrap_or_default();
        rates.into_iter().map(word).collect::<Vec<_>>().join(between)
    };
    let switches = move || miners.read().as_ref().map(|miners| miners.switches.clone()).unwrap_or_default();
    // Each worker's job, and the milliseconds that it took to come to it.
    let switch_figures = move || {
        switches().iter().map(|switch| format!("{}:{:.1}", switch.job, switch.millis)).collect::<Vec<_>>().join(" ")
    };
    let slowest_switch = move || {
        let slowest = switches().iter().map(|switch| switch.millis).reduce(f64::max)?;
        Some(text!("my-node-workers-switched", millis = slowest.ceil()))
    };
    let machine = move || {
        miners.read().as_ref().map(|miners| {
            let cores = text!("my-node-cores", count = miners.cores);
            if miners.kernel.is_empty() { cores } else { format!("{cores}; {}", miners.kernel) }
        })
    };
    view! {
        <label class="field inline">
            <span class="label">{text!("my-node-workers")}</span>
            <input type="number" min="1" max=MAX_MINERS data-test="miner-count"
                prop:value=move || count.get().map(|count| count.to_string())
                on:change=move |event| {
                    if let Ok(count) = event_target_value(&event).parse() {
                        state.set_miners(count);
                    }
                }/>
        </label>
        <p class="muted" data-test="miner-kernel">{machine}</p>
        <p class="muted" data-test="miner-rates"
            data-value=move || rates(|rate| rate.to_string(), " ")>
            {move || rates(words::hashrate, " · ")}
        </p>
        <p class="muted" data-test="miner-switches" data-value=switch_figures>{slowest_switch}</p>
    }
}
