//! A payment between any two nodes: the host asks the sender's node to sign it.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use tabchain_shared::primitives::{Amount, NodeId};

use super::Network;
use super::nodes::{NodeOptions, chosen};
use crate::operator::{self, Operator, Peer};
use crate::text;
use crate::words;

/// Who is to be paid: chosen in the form, or by "Send to …" beside a node.
#[derive(Clone, Copy)]
pub struct Receiver {
    wanted: RwSignal<String>,
    /// The amount has the keyboard then.
    amount: NodeRef<Input>,
    /// The form is shown, whatever stood in its place.
    show: Callback<()>,
}

impl Receiver {
    pub fn new(show: impl Fn() + Send + Sync + 'static) -> Self {
        Self { wanted: RwSignal::new(String::new()), amount: NodeRef::new(), show: Callback::new(move |()| show()) }
    }

    pub fn choose(self, node: NodeId) {
        self.show.run(());
        self.wanted.set(node.to_string());
        // Once the form is there.
        request_animation_frame(move || {
            if let Some(amount) = self.amount.get_untracked() {
                let _ = amount.focus();
                amount.select();
            }
        });
    }
}

#[component]
pub fn NewTransaction() -> impl IntoView {
    let network = expect_context::<Network>();
    let operator = expect_context::<Operator>();
    let receiver = expect_context::<Receiver>();
    let sender = RwSignal::new(String::new());
    let amount = RwSignal::new("1".to_owned());
    let answer = RwSignal::new(None::<(bool, String)>);
    let locked = move || !operator.may_steer();
    let (from, to) = (payer(network, sender), chosen(network, receiver.wanted, 1));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match transaction(from.get_untracked(), to.get_untracked(), &amount.read_untracked()) {
            Err(reason) => answer.set(Some((false, reason))),
            Ok(transaction) => leptos::task::spawn_local(async move {
                let told = match operator.new_transaction(&transaction).await {
                    Ok(sent) => (true, text!("control-sent", txid = words::short_hash(&sent.txid))),
                    Err(reason) => (false, words::sentence(&words::refusals::refusal(&reason))),
                };
                answer.try_set(Some(told));
            }),
        }
    };
    view! {
        <form class="transfer" on:submit=submit autocomplete="off" aria-label=text!("control-payment")>
            <label class="field inline">
                <span class="label">{text!("control-from")}</span>
                <select data-test="tx-sender" disabled=locked prop:value=move || id_text(from.get())
                    on:change=move |event| sender.set(event_target_value(&event))><NodeOptions/></select>
            </label>
            <label class="field inline">
                <span class="label">{text!("control-to")}</span>
                <select data-test="tx-receiver" disabled=locked prop:value=move || id_text(to.get())
                    on:change=move |event| receiver.wanted.set(event_target_value(&event))><NodeOptions/></select>
            </label>
            <div class="last-row">
                <label class="field inline">
                    <span class="label">{text!("control-amount")}</span>
                    <span class="with-unit">
                        <input type="text" inputmode="decimal" data-test="tx-amount" node_ref=receiver.amount disabled=locked
                            bind:value=amount/>
                        <span>"TAB"</span>
                    </span>
                </label>
                <button type="submit" class="primary" data-test="tx-send" disabled=locked>{text!("control-send")}</button>
            </div>
        </form>
        <p class="answer" data-test="tx-answer" role="status"
            data-tone=move || answer.get().map(|(good, _)| if good { "good" } else { "bad" })>
            {move || answer.get().map(|(_, words)| words)}
        </p>
    }
}

/// The chosen one; until then, the first that could pay when it was looked for, for as long as it can.
fn payer(network: Network, wanted: RwSignal<String>) -> Memo<Option<NodeId>> {
    let chosen = chosen(network, wanted, 0);
    Memo::new(move |before: Option<&Option<NodeId>>| {
        let first = chosen.get();
        if !wanted.read().is_empty() {
            return first;
        }
        let can_pay = |peer: &&Peer| peer.balance.is_some_and(|balance| balance > Amount::ZERO) && !peer.resident;
        let before = before.copied().flatten();
        network.peers.with(|peers| {
            let mut payers = peers.iter().filter(can_pay).map(|peer| peer.id);
            let kept = payers.clone().find(|id| Some(*id) == before);
            kept.or_else(|| payers.next()).or(first)
        })
    })
}

pub fn id_text(id: Option<NodeId>) -> Option<String> {
    id.map(|id| id.to_string())
}

fn transaction(from: Option<NodeId>, to: Option<NodeId>, amount: &str) -> Result<operator::NewTransaction, String> {
    let (Some(sender), Some(receiver)) = (from, to) else {
        return Err(text!("control-two-nodes"));
    };
    let amount: Amount = words::written_coins(amount)
        .map_err(|error| text!("control-bad-amount", reason = words::refusals::amount(&error)))?;
    Ok(operator::NewTransaction { sender, receiver, amount })
}
