//! What a person should know and would not see elsewhere: calm sentences on top of the page, each there for as long as it
//! is true.

use leptos::prelude::*;
use tabchain_shared::node::sleep::in_words;
use tabchain_shared::node::snapshot::{ReorgView, Snapshot, StaleTip, SyncView};

use super::agreement::Question;
use super::{interference, node_name};
use crate::bridge::{StorageView, UplinkState};
use crate::state::{Clock, NodeState};
use crate::terms::Agreement;
use crate::words;

/// A reorg is news for this long.
const REORG_NEWS_MILLIS: u64 = 60_000;
/// A relay that is back within this was not worth a word.
const UPLINK_PATIENCE_MILLIS: u64 = 4_000;
/// That the node failed and runs again is news for this long.
const RESTART_NEWS_MILLIS: u64 = 60_000;
/// A clock further off than this makes blocks that others hold back.
const CLOCK_TOLERANCE_MILLIS: u64 = 30_000;

#[component]
pub fn Notices() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let clock = expect_context::<Clock>();
    let storage = state.field(|view| view.storage.clone());
    let uplink = state.field(|view| view.uplink.clone());
    let direct = state.field(|view| view.direct.len());
    let miner_problem = state.field(|view| view.miners.problem.clone());
    let clock_ahead = state.field(|view| view.clock_ahead);
    let reorg = state.snapshot(|snapshot| snapshot.last_reorg.clone());
    let alarm = state.snapshot(|snapshot| snapshot.alarm.clone());
    let stale_tip = state.snapshot(|snapshot| snapshot.stale_tip);
    let namesake = state.snapshot(has_namesake);
    let name = node_name(state);
    let interference = state.field(|view| view.interference.clone());
    let follows_host = state.field(|view| view.follows_host);

    let is_restoring = state.snapshot(|snapshot| matches!(snapshot.sync, SyncView::Restoring { .. }));
    let held_blocks = state.snapshot(|snapshot| snapshot.held_blocks);
    let waking = state.snapshot(|snapshot| snapshot.waking);
    let relay_gone = move || {
        if is_restoring.get() == Some(true) {
            // The relay is not asked before the node knows its own chain.
            return None;
        }
        let uplink = uplink.get().filter(|uplink| uplink.state == UplinkState::Connecting)?;
        if let Some(problem) = uplink.problem {
            return Some(problem);
        }
        (clock.millis_since(uplink.since) > UPLINK_PATIENCE_MILLIS).then(|| {
            let goes_on = goes_on(direct.get().unwrap_or(0));
            let since = words::time_of_day(uplink.since);
            let back = if uplink.others.is_empty() { "the relay is back" } else { "it or another relay answers" };
            format!("The relay has been gone since {since}. This node keeps its chain, {goes_on} and reconnects when {back}.")
        })
    };
    let clock_off = move || clock_sentence(clock_ahead.get()?, held_blocks.get().unwrap_or_default());
    let slept = move || {
        let slept = in_words(waking.get().flatten()?);
        Some(format!("This tab slept for {slept}; it catches up with the network before it mines."))
    };
    let nothing_new = move || stale_tip.get().flatten().map(stale_sentence);
    let restarted = move || {
        let restart = state.restarted.get().filter(|restart| clock.millis_since(restart.at) < RESTART_NEWS_MILLIS)?;
        Some(format!(
            "The node failed at {} and was started again; its chain, its key and its money are where they were. ({})",
            words::time_of_day(restart.at),
            restart.reason
        ))
    };
    let reorg_news = move || {
        reorg.get().flatten().filter(|reorg| clock.millis_since(reorg.at) < REORG_NEWS_MILLIS).map(|reorg| told(&reorg))
    };
    let other_tab = move || {
        let wish = state.wish_taken.get()?;
        Some(format!("{wish} is open in another tab; this one is {}.", name.get().unwrap_or_default()))
    };
    let unsaved = move || match storage.get()? {
        StorageView::Saving => None,
        StorageView::Stopped { reason } => Some(format!(
            "No more blocks are saved: {reason}. The node goes on in this tab's memory, and its key is kept. Reload this page \
             when there is room; it then fetches what was not saved."
        )),
        StorageView::MemoryOnly { reason } => Some(format!(
            "Nothing is saved: {reason}. The node works, but its chain, its keys and its money are gone when this tab closes. \
             The recovery phrase in the settings brings the key back."
        )),
    };
    let host_interferes = move || interference::sentence(&interference.get()?, follows_host.get().unwrap_or(true));
    let same_name = move || {
        namesake.get()?.then(|| {
            format!(
                "Another node is called {} too. Give this one a name of its own in the settings below.",
                name.get().unwrap_or_default()
            )
        })
    };
    view! {
        <div class="notices" aria-live="polite">
            {move || state.fatal.get().map(|reason| view! {
                <p class="notice bad" data-test="stopped">
                    {reason}" "
                    <button type="button" on:click=|_| { let _ = window().location().reload(); }>"Reload this page"</button>
                </p>
            })}
            <JoinedToMine/>
            <HostAsks/>
            <Notice tone="info" test="host-links" text=Signal::derive(host_interferes)/>
            <Notice tone="bad" test="alarm" text=Signal::derive(move || alarm.get().flatten())/>
            <Notice tone="info" test="stale-tip" text=Signal::derive(nothing_new)/>
            <Notice tone="warn" test="relay-gone" text=Signal::derive(relay_gone)/>
            <Notice tone="warn" test="unsaved" text=Signal::derive(unsaved)/>
            <Notice tone="info" test="slept" text=Signal::derive(slept)/>
            <Notice tone="warn" test="restarted" text=Signal::derive(restarted)/>
            <Notice tone="warn" test="miner-problem" text=Signal::derive(move || miner_problem.get().flatten())/>
            <Notice tone="warn" test="clock-off" text=Signal::derive(clock_off)/>
            <Notice tone="info" test="other-tab" text=Signal::derive(other_tab)/>
            <Notice tone="info" test="reorg" text=Signal::derive(reorg_news)/>
            <Notice tone="info" test="same-name" text=Signal::derive(same_name)/>
        </div>
    }
}

/// Who joined by the host's link for mining was not asked, and so is told, until that was read.
#[component]
fn JoinedToMine() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let unread = Memo::new(move |_| state.terms.read().agreement == Agreement::ByLink { read: false });
    let read = move |_| state.change_terms(|terms| terms.agreement = Agreement::ByLink { read: true });
    move || {
        unread.get().then(|| view! {
        <div class="notice info" data-test="joined-to-mine">
            "You joined with a link that lets the host mine on this device. Mining keeps its processor busy, warms it and \
             drains a battery; you can stop it at any time, and choose pauses in the settings below."
            <span class="buttons">
                <button type="button" class="quiet" data-test="joined-read" on:click=read>"I have read this"</button>
                <button type="button" class="quiet" data-test="joined-withdraw" on:click=move |_| state.withdraw_agreement()>
                    "Do not mine here"
                </button>
            </span>
        </div>
    })
    }
}

/// The host's order waits for an answer that was put off.
#[component]
fn HostAsks() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let question = expect_context::<Question>();
    let courtesy = state.courtesy();
    let asks = Memo::new(move |_| courtesy.get().is_some_and(|courtesy| courtesy.host_asks.is_some()));
    move || {
        asks.get().then(|| view! {
        <div class="notice info" data-test="host-asks">
            "The host asks this device to mine."
            <span class="buttons">
                <button type="button" class="quiet" data-test="answer-host" on:click=move |_| question.ask()>"Answer"</button>
            </span>
        </div>
    })
    }
}

#[component]
fn Notice(tone: &'static str, test: &'static str, text: Signal<Option<String>>) -> impl IntoView {
    let text = Memo::new(move |_| text.get());
    move || text.get().map(|text| view! { <p class=format!("notice {tone}") data-test=test>{text}</p> })
}

/// What a node does without the relay, having so many direct links.
fn goes_on(direct: usize) -> String {
    match direct {
        0 => "goes on by itself".to_owned(),
        links => format!("goes on over {}", words::counted(links, "direct link", "direct links")),
    }
}

/// That no block has come for so long that chance does not explain it.
fn stale_sentence(stale: StaleTip) -> String {
    format!(
        "No block has come for {}, though almost all come within {}: nobody mines, or this node's peers keep blocks from it.",
        in_words(1_000 * stale.quiet),
        in_words(1_000 * stale.expected_within)
    )
}

/// What a clock that is off does to the node, and what to do about it.
fn clock_sentence(ahead_millis: i64, held_blocks: usize) -> Option<String> {
    let off = ahead_millis.unsigned_abs();
    if off <= CLOCK_TOLERANCE_MILLIS {
        return None;
    }
    let off = in_words(off);
    Some(if ahead_millis > 0 {
        format!(
            "This machine's clock is {off} ahead of the relay's. Other nodes hold back blocks that are mined here with a date \
             too far in their future; set the clock, then reload this page."
        )
    } else if held_blocks == 0 {
        format!(
            "This machine's clock is {off} behind the relay's. Blocks of other nodes may look as if they came from the future \
             and have to wait; set the clock, then reload this page."
        )
    } else {
        format!(
            "This machine's clock is {off} behind the relay's, so {} of other nodes wait here until it has reached their \
             date. Set the clock, then reload this page.",
            words::counted(held_blocks, "block", "blocks")
        )
    })
}

/// `2 blocks were replaced by 3, 1 payment went back to the queue.`
fn told(reorg: &ReorgView) -> String {
    let returned = match reorg.returned {
        0 => String::new(),
        count => format!(", {} went back to the queue", words::counted(count, "payment", "payments")),
    };
    let verb = if reorg.disconnected == 1 { "was" } else { "were" };
    format!(
        "At {} a longer chain won: {} {verb} replaced by {}{returned}.",
        words::time_of_day(reorg.at),
        words::counted(reorg.disconnected, "block", "blocks"),
        words::grouped(reorg.connected),
    )
}

fn has_namesake(snapshot: &Snapshot) -> bool {
    snapshot.peers.iter().any(|peer| peer.name == snapshot.name && peer.node != snapshot.node)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::io::Time;
    use tabchain_shared::primitives::BlockHash;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// CASES 96, in words.
    #[test]
    fn a_clock_that_is_off_is_told_with_what_it_does() {
        assert_eq!(clock_sentence(29_000, 0), None);
        assert!(clock_sentence(3 * 3_600_000, 0).unwrap().contains("3 h ahead of the relay's. Other nodes hold back"));
        assert!(
            clock_sentence(-3 * 3_600_000, 0).unwrap().contains("3 h behind the relay's. Blocks of other nodes may")
        );
        assert!(
            clock_sentence(-90_000, 1).unwrap().contains("90 s behind the relay's, so 1 block of other nodes wait")
        );
    }

    /// CASES 77, in words.
    #[test]
    fn a_stale_tip_is_told() {
        let told = stale_sentence(StaleTip { quiet: 600, expected_within: 120 });
        assert!(told.contains("for 10 min, though almost all come within 2 min"), "{told}");
    }

    #[test]
    fn a_node_without_the_relay_says_whom_it_has_left() {
        assert_eq!(goes_on(0), "goes on by itself");
        assert_eq!(goes_on(1), "goes on over 1 direct link");
        assert_eq!(goes_on(7), "goes on over 7 direct links");
    }

    #[test]
    fn a_reorg_is_told_in_words() {
        let (lost_tip, won_tip) = (BlockHash([1; 32]), BlockHash([2; 32]));
        let reorg =
            ReorgView { at: Time(0), fork_height: 7, lost_tip, won_tip, disconnected: 2, connected: 3, returned: 1 };
        assert!(told(&reorg).ends_with("2 blocks were replaced by 3, 1 payment went back to the queue."));
    }
}
