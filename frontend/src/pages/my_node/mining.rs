//! The first thing on the page: who this node is, the one button, and three answers kept apart: what the person wants,
//! whether the network is there, whether hashes are computed right now. And what a block costs this device, roughly.

use leptos::prelude::*;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::io::Command;

use super::agreement::Question;
use super::node_name;
use super::notices::UPLINK_PATIENCE_MILLIS;
use crate::bridge::UplinkState;
use crate::energy::{WATTS_PER_BUSY_CORE, joules_per_block};
use crate::state::{Clock, NodeState};
use crate::terms::Pause;
use crate::text;
use crate::words;

#[component]
pub fn Mining() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let mining = state.snapshot(|snapshot| snapshot.mining.clone());
    let name = node_name(state);
    let wanted = Memo::new(move |_| mining.read().as_ref().is_some_and(|mining| mining.wanted));
    let hashrate = move || mining.read().as_ref().map_or(0.0, |mining| mining.hashrate);
    let shows_rate = Memo::new(move |_| wanted.get() || hashrate() > 0.0);
    let question = expect_context::<Question>();
    let courtesy = state.courtesy();
    let toggle = move |_| {
        if !wanted.get_untracked() && !courtesy.get_untracked().is_some_and(|courtesy| courtesy.agreed) {
            return question.ask();
        }
        let command = if wanted.get_untracked() {
            Command::StopMining
        } else {
            Command::StartMining { blocks: None, limit: None }
        };
        // What came of it shows in the badges.
        state.ask(command, |_| ());
    };
    let found = move || {
        let blocks = mining.read().as_ref().map_or(0, |mining| mining.blocks_found);
        (blocks > 0).then(|| text!("my-node-found", count = blocks))
    };
    view! {
        <section class="card mining" class=("active", move || wanted.get()) aria-label=text!("my-node-mining")>
            <div class="who">
                <p class="name" data-test="name" data-value=move || name.get()>
                    {move || name.get().unwrap_or_else(|| "…".to_owned())}
                </p>
                <p class="muted">{text!("my-node-what")}</p>
            </div>
            <button
                type="button"
                class="big"
                class=("primary", move || !wanted.get())
                data-test="mining-toggle"
                aria-pressed=move || wanted.get().to_string()
                disabled=move || mining.read().is_none()
                on:click=toggle
            >
                {move || match (mining.read().is_some(), wanted.get()) {
                    (false, _) => text!("my-node-getting-ready"),
                    (true, false) => text!("my-node-start-mining"),
                    (true, true) => text!("my-node-stop-mining"),
                }}
            </button>
            <p class="rate" data-test="hashrate" data-value=move || hashrate().to_string()>
                {move || if shows_rate.get() {
                    view! { <span class="figure">{move || words::hashrate(hashrate())}</span> }.into_any()
                } else {
                    view! { <span class="invitation">{text!("my-node-press")}</span> }.into_any()
                }}
                <span class="muted">{found}</span>
                <Energy/>
            </p>
            <Badges/>
        </section>
    }
}

/// Joules for each block, while it mines.
#[component]
fn Energy() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let mining = state.snapshot(|snapshot| snapshot.mining.clone());
    let busy = state
        .field(|view| view.miners.rates.iter().filter(|rate| **rate > 0.0).count().min(view.miners.cores as usize));
    // The next block's target is the tip's, or close to it.
    let hashes_per_block = state.snapshot(|snapshot| {
        let tip = snapshot.blocks.iter().find(|block| block.hash == snapshot.tip.hash)?;
        Some(tip.bits.to_target().ok()?.work().to_f64())
    });
    let words = move || {
        let mining = mining.get()?;
        #[expect(clippy::cast_precision_loss, reason = "a number of cores")]
        let busy_cores = busy.get()? as f64;
        // A worker waits for its limit, and then it draws less.
        let (is_exact, busy_cores) = match mining.limit {
            None => (true, busy_cores),
            Some(HashrateLimit::MachineShare(share)) => (true, busy_cores * share),
            Some(HashrateLimit::HashesPerSecond(_)) => (false, busy_cores),
        };
        let joules = joules_per_block(busy_cores, hashes_per_block.get().flatten()?, mining.hashrate)?;
        let energy = words::energy(joules);
        Some(if is_exact {
            text!("my-node-energy-about", energy = energy, watts = WATTS_PER_BUSY_CORE)
        } else {
            text!("my-node-energy-at-most", energy = energy, watts = WATTS_PER_BUSY_CORE)
        })
    };
    view! { <span class="muted energy" data-test="energy">{words}</span> }
}

#[component]
fn Badges() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let mining = state.snapshot(|snapshot| snapshot.mining.clone());
    let uplink = state.field(|view| view.uplink.clone());
    let peers = state.snapshot(|snapshot| snapshot.peers.len());
    let company = move || if peers.get().unwrap_or(0) > 0 { "on" } else { "off" };
    let wish = move || match &*mining.read() {
        Some(mining) if mining.wanted => match mining.blocks_left {
            Some(blocks) => ("on", text!("my-node-mining-to-go", count = blocks)),
            None => ("on", text!("my-node-mining-on")),
        },
        _ => ("off", text!("my-node-mining-off")),
    };
    let clock = expect_context::<Clock>();
    let network = move || {
        let Some(uplink) = uplink.get() else { return ("wait", text!("my-node-connecting")) };
        let since = words::time_of_day(uplink.since);
        match uplink.state {
            UplinkState::Connected => match uplink.elsewhere {
                Some(relay) => ("on", text!("my-node-connected-to", relay = relay, time = since)),
                None => ("on", text!("my-node-connected", time = since)),
            },
            // A page that has just been opened looks for nothing yet.
            UplinkState::Connecting if clock.millis_since(uplink.since) < UPLINK_PATIENCE_MILLIS => {
                ("wait", text!("my-node-connecting"))
            }
            UplinkState::Connecting => ("wait", text!("my-node-looking", time = since)),
            UplinkState::Offline => ("off", text!("my-node-offline", time = since)),
        }
    };
    let network_state = move || uplink.get().map_or("connecting", |uplink| uplink.state.name());
    let relay = move || uplink.get().and_then(|uplink| uplink.elsewhere).unwrap_or_default();
    let waking = state.snapshot(|snapshot| snapshot.waking);
    let next_block_from = state.snapshot(|snapshot| snapshot.next_block_from);
    let no_miner = state.field(|view| view.miners.problem.is_some());
    let courtesy = state.courtesy();
    let paused = move || courtesy.get().and_then(|courtesy| courtesy.pause).map(pause_in_words);
    let hashing = move || match &*mining.read() {
        Some(mining) if mining.wanted && paused().is_some() => ("wait", paused().unwrap_or_default()),
        Some(mining) if mining.hashrate > 0.0 => ("on", text!("my-node-hashing-yes")),
        // A notice says which.
        Some(mining) if mining.wanted && no_miner.get() == Some(true) => ("wait", text!("my-node-hashing-hindered")),
        Some(mining) if mining.wanted => {
            let dates_wait = || Some(next_block_from.get().flatten()?.millis_since(clock.0.get()));
            let waits = mining.waiting_for.as_ref().map(|_| waiting_in_words(waking.get().flatten(), dates_wait()));
            ("wait", waits.unwrap_or_else(|| text!("my-node-hashing-starting")))
        }
        _ => ("off", text!("my-node-hashing-no")),
    };
    view! {
        <dl class="badges" aria-live="polite">
            <div class="badge" data-tone=move || wish().0><dt>{text!("my-node-mining")}</dt><dd>{move || wish().1}</dd></div>
            <div class="badge" data-tone=move || network().0 data-test="network-state" data-value=network_state data-relay=relay>
                <dt>{text!("my-node-network")}</dt><dd>{move || network().1}</dd>
            </div>
            <div class="badge" data-tone=move || hashing().0 data-test="hashing"><dt>{text!("my-node-hashing-now")}</dt><dd>{move || hashing().1}</dd></div>
            <div class="badge" data-tone=company>
                <dt>{text!("my-node-peers")}</dt>
                <dd data-test="peer-count" data-value=move || peers.get().unwrap_or(0).to_string()>
                    {move || words::grouped(peers.get().unwrap_or(0) as u64)}
                </dd>
            </div>
        </dl>
    }
}

/// For what a node waits before it mines: it may have slept, for so many milliseconds, or the clock may have to go on by so many until it
/// reaches the dates of the chain.
fn waiting_in_words(slept: Option<u64>, dates_wait: Option<u64>) -> String {
    match (slept, dates_wait) {
        (Some(slept), _) => text!("my-node-waits-slept", duration = words::duration(slept)),
        // The page's clock ticks; never "in 0 s".
        (None, Some(wait)) => text!("my-node-waits-dates", duration = words::duration(wait.max(1_000))),
        (None, None) => text!("my-node-waits-catching-up"),
    }
}

fn pause_in_words(pause: Pause) -> String {
    match pause {
        Pause::Hidden => text!("my-node-paused-hidden"),
        Pause::LowBattery => text!("my-node-paused-battery"),
    }
}
