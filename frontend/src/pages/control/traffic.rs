//! A traffic generator: real payments between nodes at a rate, each asked for over `/new-transaction` like any other. It runs in
//! this page and ends with it.

use std::collections::BTreeSet;

use gloo_timers::future::TimeoutFuture;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::primitives::{Amount, NodeId};

use super::Network;
use crate::operator::{NewTransaction, Operator, Peer};
use crate::text;
use crate::words;

/// Payments a second, at most: the relay counts the host's requests, too, and each payment is a signature.
const MAX_RATE: f64 = 20.0;
/// Payments of one run, at most.
const MAX_COUNT: u32 = 10_000;
/// That wait for an answer. Slow nodes slow the traffic down instead of piling it up.
const MAX_WAITING: u32 = 8;
/// Between two looks whether the last answers are here.
const MAX_LOOK_MILLIS: u32 = 200;
/// Refusals in a row that end a run: everybody's coins are gone, say.
const MAX_REFUSALS: u32 = 20;

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Plan {
    /// Payments a second.
    rate: f64,
    count: u32,
    amount: Amount,
}

impl Plan {
    /// In a person's words, what is wrong.
    fn parse(rate: &str, count: &str, amount: &str) -> Result<Self, String> {
        let rate: f64 = rate.trim().replace(',', ".").parse().unwrap_or(0.0);
        if !(rate > 0.0 && rate <= MAX_RATE) {
            return Err(text!("control-traffic-bad-rate", most = MAX_RATE));
        }
        let count: u32 = count.trim().parse().unwrap_or(0);
        if !(1..=MAX_COUNT).contains(&count) {
            return Err(text!("control-traffic-bad-count", most = MAX_COUNT));
        }
        let amount = words::written_coins(amount)
            .map_err(|error| text!("control-bad-amount", reason = words::refusals::amount(&error)))?;
        Ok(Self { rate, count, amount })
    }

    fn pause_millis(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above 0")]
        let millis = (1_000.0 / self.rate).min(60_000.0) as u32;
        millis
    }
}

/// How a run goes.
#[derive(Debug, Clone, PartialEq, Default)]
struct Tally {
    asked: u32,
    sent: u32,
    refused: u32,
    refusals_in_a_row: u32,
    last_refusal: Option<String>,
    /// Nobody has coins to send to somebody else, as far as this page knows.
    lacks_payer: bool,
    /// Why it ended by itself, if not because all are sent.
    ended: Option<String>,
}

impl Tally {
    fn waiting(&self) -> u32 {
        self.asked - self.sent - self.refused
    }
}

/// A run, or the last one. It goes on whatever part of the panel is shown.
#[derive(Clone, Copy)]
pub struct Traffic {
    network: Network,
    operator: Operator,
    tally: RwSignal<Tally>,
    is_running: RwSignal<bool>,
    /// Numbers runs; whatever belongs to an earlier one ends.
    run: RwSignal<u32>,
}

impl Traffic {
    pub fn new(network: Network, operator: Operator) -> Self {
        let (tally, is_running, run) = (RwSignal::new(Tally::default()), RwSignal::new(false), RwSignal::new(0));
        Self { network, operator, tally, is_running, run }
    }

    fn start(self, plan: Plan) {
        self.run.update(|run| *run += 1);
        self.tally.set(Tally::default());
        self.is_running.set(true);
        let run = self.run.get_untracked();
        leptos::task::spawn_local(async move {
            while self.is_current(run) && self.tally.read_untracked().asked < plan.count {
                if self.tally.read_untracked().waiting() < MAX_WAITING {
                    let pair = self.next_pair();
                    // One is found as soon as somebody's next block is known here: no reason to end.
                    let lacks_payer = pair.is_none();
                    if self.tally.read_untracked().lacks_payer != lacks_payer {
                        self.tally.update(|tally| tally.lacks_payer = lacks_payer);
                    }
                    if let Some(pair) = pair {
                        self.send(pair, plan.amount, run);
                    }
                }
                TimeoutFuture::new(plan.pause_millis()).await;
            }
            // The last answers count as well.
            while self.is_current(run) && self.tally.read_untracked().waiting() > 0 {
                TimeoutFuture::new(plan.pause_millis().min(MAX_LOOK_MILLIS)).await;
            }
            if self.is_current(run) {
                self.end(None);
            }
        });
    }

    fn end(self, reason: Option<String>) {
        self.run.update(|run| *run += 1);
        self.is_running.set(false);
        self.tally.update(|tally| tally.ended = reason);
    }

    /// Asked after every wait: the page may be gone.
    fn is_current(self, run: u32) -> bool {
        self.run.try_get_untracked() == Some(run)
    }

    fn next_pair(self) -> Option<[NodeId; 2]> {
        let (peers, selected) = (self.network.peers.read_untracked(), self.network.selected.read_untracked());
        pair(&peers, &selected, [js_sys::Math::random(), js_sys::Math::random()])
    }

    fn send(self, [sender, receiver]: [NodeId; 2], amount: Amount, run: u32) {
        self.tally.update(|tally| tally.asked += 1);
        leptos::task::spawn_local(async move {
            let outcome = self.operator.new_transaction(&NewTransaction { sender, receiver, amount }).await;
            if !self.is_current(run) {
                return;
            }
            self.tally.update(|tally| match outcome {
                Ok(_) => {
                    tally.sent += 1;
                    tally.refusals_in_a_row = 0;
                }
                Err(reason) => {
                    tally.refused += 1;
                    tally.refusals_in_a_row += 1;
                    tally.last_refusal = Some(words::sentence(&words::refusals::refusal(&reason)));
                }
            });
            if self.tally.read_untracked().refusals_in_a_row >= MAX_REFUSALS {
                self.end(Some(text!("control-traffic-refused-often")));
            }
        });
    }
}

/// Who pays whom: of the selected nodes, or of all when none is, one that follows the host and has coins pays another one. `draws` are
/// from 0 up to 1.
fn pair(peers: &[Peer], selected: &BTreeSet<NodeId>, draws: [f64; 2]) -> Option<[NodeId; 2]> {
    let takes_part = |peer: &&Peer| selected.is_empty() || selected.contains(&peer.id);
    let part: Vec<&Peer> = peers.iter().filter(takes_part).collect();
    let pays =
        |peer: &&&Peer| peer.follows_host == Some(true) && peer.balance.is_some_and(|balance| balance > Amount::ZERO);
    let payers: Vec<NodeId> = part.iter().filter(pays).map(|peer| peer.id).collect();
    let sender = *payers.get(drawn(draws[0], payers.len()))?;
    let others: Vec<NodeId> = part.iter().map(|peer| peer.id).filter(|id| *id != sender).collect();
    let receiver = *others.get(drawn(draws[1], others.len()))?;
    Some([sender, receiver])
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a list of nodes"
)]
fn drawn(draw: f64, count: usize) -> usize {
    (draw * count as f64) as usize
}

#[component]
pub fn TrafficForm() -> impl IntoView {
    let traffic = expect_context::<Traffic>();
    let (rate, count, amount) =
        (RwSignal::new("1".to_owned()), RwSignal::new("100".to_owned()), RwSignal::new("0.01".to_owned()));
    let wrong = RwSignal::new(None::<String>);
    let locked = move || !traffic.operator.may_steer();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if traffic.is_running.get_untracked() {
            return traffic.end(None);
        }
        match Plan::parse(&rate.read_untracked(), &count.read_untracked(), &amount.read_untracked()) {
            Ok(plan) => {
                wrong.set(None);
                traffic.start(plan);
            }
            Err(reason) => wrong.set(Some(reason)),
        }
    };
    let among = move || match traffic.network.selected.read().len() {
        0 => text!("control-traffic-among-all"),
        selected => text!("control-traffic-among", count = selected),
    };
    let told = move || {
        let tally = traffic.tally.get();
        let sent =
            (tally.asked > 0).then(|| text!("control-traffic-tally", sent = tally.sent, refused = tally.refused));
        let waits = (tally.lacks_payer && traffic.is_running.get()).then(|| text!("control-traffic-nobody"));
        [wrong.get(), sent, waits, tally.ended, tally.last_refusal].into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let field = move |label: String, mark: &'static str, value: RwSignal<String>| {
        view! {
            <label class="field">
                <span class="label">{label}</span>
                <input type="text" inputmode="decimal" size="5" data-test=mark disabled=locked bind:value=value/>
            </label>
        }
    };
    view! {
        <form class="traffic" on:submit=submit autocomplete="off" aria-label=text!("control-traffic")>
            <div class="last-row">
                {field(text!("control-traffic-rate"), "traffic-rate", rate)}
                {field(text!("control-traffic-count"), "traffic-count", count)}
                {field(text!("control-traffic-each"), "traffic-amount", amount)}
            </div>
            <p class="muted small">{among}" "{text!("control-traffic-ends")}</p>
            <button type="submit" class:primary=move || !traffic.is_running.get() data-test="traffic-toggle" disabled=locked>
                {move || if traffic.is_running.get() { text!("control-traffic-stop") } else { text!("control-traffic-start") }}
            </button>
        </form>
        <p class="answer" role="status" data-test="traffic-tally" data-value=move || traffic.tally.read().sent.to_string()
            data-state=move || if traffic.is_running.get() { "running" } else { "idle" }>{told}</p>
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::snapshot::NodeKind;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn peer(number: u8, balance: &str, follows_host: bool) -> Peer {
        Peer {
            id: NodeId([number; 8]),
            name: format!("node {number}"),
            kind: NodeKind::Tab,
            resident: false,
            relay: None,
            address: None,
            balance: balance.parse().ok(),
            tip: None,
            tip_from: None,
            height: None,
            hashrate: None,
            proven_hashrate: None,
            proven_shares: None,
            claim_doubted: false,
            mining: None,
            waits: None,
            limit: None,
            links: Vec::new(),
            follows_host: Some(follows_host),
            role: None,
            score: None,
        }
    }

    #[test]
    fn who_has_coins_and_follows_the_host_pays_another() {
        let peers = [peer(1, "0", true), peer(2, "5", true), peer(3, "5", false), peer(4, "1", true)];
        let all = BTreeSet::new();
        let drawn = |draws| pair(&peers, &all, draws).map(|pair| pair.map(|id| id.0[0]));
        assert_eq!(drawn([0.0, 0.0]), Some([2, 1]));
        assert_eq!(drawn([0.0, 0.999]), Some([2, 4]));
        assert_eq!(drawn([0.999, 0.5]), Some([4, 2]));
        let two = BTreeSet::from([NodeId([1; 8]), NodeId([4; 8])]);
        assert_eq!(pair(&peers, &two, [0.999, 0.999]).map(|pair| pair.map(|id| id.0[0])), Some([4, 1]));
        assert_eq!(pair(&peers[..1], &all, [0.0, 0.0]), None);
        assert_eq!(pair(&peers[1..2], &all, [0.0, 0.0]), None, "alone");
    }

    #[test]
    fn a_run_is_bounded() {
        let plan = Plan::parse("2,5", "10", "0.5").unwrap();
        assert_eq!((plan.pause_millis(), plan.count), (400, 10));
        for (rate, count, amount) in [
            ("0", "10", "1"),
            ("21", "10", "1"),
            ("fast", "10", "1"),
            ("1", "0", "1"),
            ("1", "10001", "1"),
            ("1", "1", "x"),
        ] {
            assert!(Plan::parse(rate, count, amount).is_err(), "{rate} {count} {amount}");
        }
    }
}
