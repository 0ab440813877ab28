//! What a person should know and would not see elsewhere: calm sentences on top of the page, each there for as long as it
//! is true.

use leptos::prelude::*;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::{Alarm, ReorgView, Snapshot, StaleTip, SyncView};

use super::agreement::Question;
use super::{interference, node_name};
use crate::bridge::{MinersProblem, PartView, StorageProblem, StorageView, UplinkState};
use crate::state::{Clock, NodeState};
use crate::terms::Agreement;
use crate::text;
use crate::words;

/// A reorg is news for this long.
const REORG_NEWS_MILLIS: u64 = 60_000;
/// A relay that is back within this was not worth a word.
pub const UPLINK_PATIENCE_MILLIS: u64 = 4_000;
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
    let miner_problem = state.field(|view| view.miners.problem);
    let clock_ahead = state.field(|view| view.clock_ahead);
    let reorg = state.snapshot(|snapshot| snapshot.last_reorg.clone());
    let alarm = state.snapshot(|snapshot| snapshot.alarm);
    let stale_tip = state.snapshot(|snapshot| snapshot.stale_tip);
    let namesake = state.snapshot(has_namesake);
    let name = node_name(state);
    let interference = state.field(|view| view.interference.clone());
    let follows_host = state.field(|view| view.follows_host);
    let part = state.field(|view| view.part);

    let is_restoring = state.snapshot(|snapshot| matches!(snapshot.sync, SyncView::Restoring { .. }));
    let held_blocks = state.snapshot(|snapshot| snapshot.held_blocks);
    let waking = state.snapshot(|snapshot| snapshot.waking);
    let is_off = Memo::new(move |_| uplink.get().is_some_and(|uplink| uplink.state == UplinkState::Offline));
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
            relay_gone_sentence(&words::time_of_day(uplink.since), direct.get().unwrap_or(0), uplink.others.is_empty())
        })
    };
    let clock_off = move || clock_sentence(clock_ahead.get()?, held_blocks.get().unwrap_or_default());
    let slept = move || Some(text!("my-node-slept", duration = words::duration(waking.get().flatten()?)));
    let nothing_new = move || stale_tip.get().flatten().map(stale_sentence);
    let restarted = move || {
        let restart = state.restarted.get().filter(|restart| clock.millis_since(restart.at) < RESTART_NEWS_MILLIS)?;
        Some(text!("my-node-restarted", time = words::time_of_day(restart.at), reason = restart.reason))
    };
    let reorg_news = move || {
        reorg.get().flatten().filter(|reorg| clock.millis_since(reorg.at) < REORG_NEWS_MILLIS).map(|reorg| told(&reorg))
    };
    let other_tab = move || {
        let wish = state.wish_taken.get()?;
        Some(text!("my-node-other-tab", wish = wish, name = name.get().unwrap_or_default()))
    };
    let unsaved = move || match storage.get()? {
        StorageView::Saving => None,
        StorageView::Stopped(problem) => Some(text!("my-node-saving-stopped", reason = storage_in_words(problem))),
        StorageView::MemoryOnly(problem) => Some(text!("my-node-memory-only", reason = storage_in_words(problem))),
    };
    let host_interferes = move || interference::sentence(&interference.get()?, follows_host.get().unwrap_or(true));
    let plays = move || part_in_words(part.get()?);
    let same_name = move || namesake.get()?.then(|| text!("my-node-same-name", name = name.get().unwrap_or_default()));
    view! {
        <div class="notices" aria-live="polite">
            {move || state.fatal.get().map(|reason| view! {
                <p class="notice bad" data-test="stopped">
                    {reason}" "
                    <button type="button" on:click=|_| { let _ = window().location().reload(); }>{text!("my-node-reload")}</button>
                </p>
            })}
            <JoinedToMine/>
            <HostAsks/>
            {move || is_off.get().then(|| view! {
                <p class="notice warn" data-test="is-off">
                    {text!("my-node-is-off")}" "
                    <button type="button" data-test="go-back" on:click=move |_| state.set_online(true)>
                        {text!("my-node-go-back")}
                    </button>
                </p>
            })}
            <Notice tone="info" test="host-links" text=Signal::derive(host_interferes)/>
            <Notice tone="warn" test="plays" text=Signal::derive(plays)/>
            <Notice tone="bad" test="alarm" text=Signal::derive(move || alarm.get().flatten().map(alarm_sentence))/>
            <Notice tone="info" test="stale-tip" text=Signal::derive(nothing_new)/>
            <Notice tone="warn" test="relay-gone" text=Signal::derive(relay_gone)/>
            <Notice tone="warn" test="unsaved" text=Signal::derive(unsaved)/>
            <Notice tone="info" test="slept" text=Signal::derive(slept)/>
            <Notice tone="warn" test="restarted" text=Signal::derive(restarted)/>
            <Notice tone="warn" test="miner-problem" text=Signal::derive(move || miner_problem.get().flatten().map(miners_sentence))/>
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
            {text!("my-node-joined")}
            <span class="buttons">
                <button type="button" class="quiet" data-test="joined-read" on:click=read>{text!("my-node-joined-read")}</button>
                <button type="button" class="quiet" data-test="joined-withdraw" on:click=move |_| state.withdraw_agreement()>
                    {text!("my-node-joined-withdraw")}
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
            {text!("my-node-host-asks")}
            <span class="buttons">
                <button type="button" class="quiet" data-test="answer-host" on:click=move |_| question.ask()>{text!("my-node-host-answer")}</button>
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

/// What the host has this tab play. How much it hides is told here and nowhere else.
fn part_in_words(part: PartView) -> Option<String> {
    let score = part.score.unwrap_or_default();
    let hides = || text!("my-node-hides", count = part.hidden);
    match part.role {
        Role::Honest => None,
        Role::Selfish => Some(format!("{} {}", text!("my-node-plays-selfish"), hides())),
        Role::Withholder { .. } => Some(format!("{} {}", text!("my-node-plays-withholder"), hides())),
        Role::DoubleSpender { .. } => {
            let plays = text!("my-node-plays-double-spender", won = score.successes, count = score.trials);
            Some(format!("{plays} {}", hides()))
        }
        Role::Merchant { confirmations } => {
            let plays = text!("my-node-plays-merchant", count = confirmations);
            let sold = text!("my-node-sold", waiting = part.waiting, lost = score.successes, count = score.trials);
            Some(format!("{plays} {sold}"))
        }
    }
}

/// What a node does without the relay, having so many direct links, and for whom it waits.
fn relay_gone_sentence(since: &str, direct: usize, is_only_relay: bool) -> String {
    match (direct, is_only_relay) {
        (0, true) => text!("my-node-relay-gone-alone", time = since),
        (0, false) => text!("my-node-relay-gone-alone-others", time = since),
        (links, true) => text!("my-node-relay-gone-linked", time = since, count = links),
        (links, false) => text!("my-node-relay-gone-linked-others", time = since, count = links),
    }
}

/// Why nothing is kept, within a sentence.
fn storage_in_words(problem: StorageProblem) -> String {
    match problem {
        StorageProblem::Silent => text!("my-node-storage-silent"),
        StorageProblem::Full => text!("my-node-storage-full"),
        StorageProblem::Refused => text!("my-node-storage-refused"),
        StorageProblem::KeyUnreadable => text!("my-node-storage-key-unreadable"),
        StorageProblem::Cleared => text!("my-node-storage-cleared"),
        StorageProblem::OpenElsewhere => text!("my-node-storage-elsewhere"),
        StorageProblem::Failed(error) => text!("my-node-storage-failed", error = error),
    }
}

/// What is wrong with what the node hears, and what to do about it.
fn alarm_sentence(alarm: Alarm) -> String {
    match alarm {
        Alarm::Stuck => text!("my-node-alarm-stuck"),
        Alarm::Unshown { hash, height } => text!("my-node-alarm-unshown", hash = hash.to_string(), height = height),
        Alarm::Withheld => text!("my-node-alarm-withheld"),
    }
}

/// Why this tab mines slowly or not at all, and what to do about it.
fn miners_sentence(problem: MinersProblem) -> String {
    match problem {
        MinersProblem::PlainInstead => text!("my-node-miners-plain"),
        MinersProblem::Blocked => text!("my-node-miners-blocked"),
        MinersProblem::KeepDying => text!("my-node-miners-dying"),
    }
}

/// That no block has come for so long that chance does not explain it.
fn stale_sentence(stale: StaleTip) -> String {
    text!(
        "my-node-stale-tip",
        quiet = words::duration(1_000 * stale.quiet),
        usual = words::duration(1_000 * stale.expected_within),
    )
}

/// What a clock that is off does to the node, and what to do about it.
fn clock_sentence(ahead_millis: i64, held_blocks: usize) -> Option<String> {
    let off = ahead_millis.unsigned_abs();
    if off <= CLOCK_TOLERANCE_MILLIS {
        return None;
    }
    let off = words::duration(off);
    Some(if ahead_millis > 0 {
        text!("my-node-clock-ahead", off = off)
    } else if held_blocks == 0 {
        text!("my-node-clock-behind", off = off)
    } else {
        text!("my-node-clock-behind-held", off = off, count = held_blocks)
    })
}

/// `2 blocks were replaced by 3, 1 payment went back to the queue.`
fn told(reorg: &ReorgView) -> String {
    text!(
        "my-node-reorg",
        time = words::time_of_day(reorg.at),
        lost = reorg.disconnected,
        won = reorg.connected,
        returned = reorg.returned,
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
        assert!(clock_sentence(3 * 3_600_000, 0).unwrap().contains("3 hr ahead of the relay's. Other nodes hold back"));
        assert!(
            clock_sentence(-3 * 3_600_000, 0).unwrap().contains("3 hr behind the relay's. Blocks of other nodes may")
        );
        assert!(
            clock_sentence(-90_000, 1).unwrap().contains("90 sec behind the relay's, so 1 block of other nodes waits")
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
        let told = relay_gone_sentence("14:05", 0, true);
        assert!(told.contains("goes on by itself") && told.ends_with("when the relay is back."), "{told}");
        let told = relay_gone_sentence("14:05", 1, false);
        assert!(
            told.contains("over 1 direct link and") && told.ends_with("when it or another relay answers."),
            "{told}"
        );
        assert!(relay_gone_sentence("14:05", 7, true).contains("over 7 direct links and"));
    }

    #[test]
    fn a_reorg_is_told_in_words() {
        let (lost_tip, won_tip) = (BlockHash([1; 32]), BlockHash([2; 32]));
        let reorg =
            ReorgView { at: Time(0), fork_height: 7, lost_tip, won_tip, disconnected: 2, connected: 3, returned: 1 };
        assert!(told(&reorg).ends_with("2 blocks were replaced by 3, 1 payment went back to the queue."));
    }
}
