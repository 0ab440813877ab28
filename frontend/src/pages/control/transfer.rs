//! A payment between any two nodes: the host asks the sender's node to sign it.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::primitives::{Amount, NodeId};

use super::Network;
use super::nodes::NodeOptions;
use crate::operator::{self, Operator};
use crate::words;

#[component]
pub fn NewTransaction() -> impl IntoView {
    let network = expect_context::<Network>();
    let operator = expect_context::<Operator>();
    let sender = RwSignal::new(String::new());
    let receiver = RwSignal::new(String::new());
    let amount = RwSignal::new("1".to_owned());
    let answer = RwSignal::new(None::<(bool, String)>);
    let locked = move || !operator.may_steer();
    // A node chosen stays chosen while it is there; at first, the first two are.
    let chosen = move |signal: RwSignal<String>, nth: usize| {
        Memo::new(move |_| {
            network.peers.with(|peers| {
                let wanted = signal.read();
                peers.iter().find(|peer| peer.id.to_string() == *wanted).or(peers.get(nth)).map(|peer| peer.id)
            })
        })
    };
    let (from, to) = (chosen(sender, 0), chosen(receiver, 1));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match transaction(from.get_untracked(), to.get_untracked(), &amount.read_untracked()) {
            Err(reason) => answer.set(Some((false, reason))),
            Ok(transaction) => leptos::task::spawn_local(async move {
                answer.set(Some(match operator.new_transaction(&transaction).await {
                    Ok(sent) => {
                        (true, format!("Sent; it waits for the next block (…{}).", words::short_hash(&sent.txid)))
                    }
                    Err(reason) => (false, reason),
                }));
            }),
        }
    };
    view! {
        <section class="card transfer" aria-labelledby="transfer-title">
            <h2 id="transfer-title">"New transaction"</h2>
            <form on:submit=submit autocomplete="off">
                <label class="field inline">
                    <span class="label">"From"</span>
                    <select data-test="tx-sender" disabled=locked prop:value=move || id_text(from.get())
                        on:change=move |event| sender.set(event_target_value(&event))><NodeOptions/></select>
                </label>
                <label class="field inline">
                    <span class="label">"To"</span>
                    <select data-test="tx-receiver" disabled=locked prop:value=move || id_text(to.get())
                        on:change=move |event| receiver.set(event_target_value(&event))><NodeOptions/></select>
                </label>
                <div class="last-row">
                <label class="field inline">
                    <span class="label">"Amount"</span>
                    <span class="with-unit">
                        <input type="text" inputmode="decimal" data-test="tx-amount" disabled=locked bind:value=amount/>
                        <span>"TAB"</span>
                    </span>
                </label>
                <button type="submit" class="primary" data-test="tx-send" disabled=locked>"Send"</button>
                </div>
            </form>
            <p class="answer" data-test="tx-answer" role="status"
                data-tone=move || answer.get().map(|(good, _)| if good { "good" } else { "bad" })>
                {move || answer.get().map(|(_, words)| words)}
            </p>
        </section>
    }
}

fn id_text(id: Option<NodeId>) -> Option<String> {
    id.map(|id| id.to_string())
}

fn transaction(from: Option<NodeId>, to: Option<NodeId>, amount: &str) -> Result<operator::NewTransaction, String> {
    let (Some(sender), Some(receiver)) = (from, to) else {
        return Err("It takes two nodes: open another tab.".to_owned());
    };
    let amount: Amount = amount.parse().map_err(|error| format!("Amount: {error}."))?;
    Ok(operator::NewTransaction { sender, receiver, amount })
}
