//! This node's payments, from the moment they wait until blocks lie on them; and what to do about one that is stuck.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::block_view::TransactionView;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::payments::{PaymentState, PaymentView, WalletView};
use tabchain_shared::primitives::{Address, Amount, Memo as Message, Transfer, Txid};

use super::pay::{Names, NobodyMines};
use super::replaced::Replaced;
use crate::components::rows::rows;
use crate::state::NodeState;
use crate::text;
use crate::words;

/// A payment under so many blocks is as good as final, and is said to be (Bitcoin's custom).
const SETTLED_CONFIRMATIONS: u32 = 6;
/// What a payment to oneself moves that only fills a gap: the least there is.
const LEAST: Amount = match Amount::from_units(1) {
    Some(least) => least,
    None => panic!("one unit is no large amount"),
};

#[component]
pub fn Payments() -> impl IntoView {
    let state = expect_context::<NodeState>();
    provide_context(Replaced::open());
    let wallet = Memo::new(move |_| state.view.with(|view| view.as_ref().and_then(|view| view.wallet.clone())));
    let payments =
        move || wallet.with(|wallet| wallet.as_ref().map(|wallet| wallet.payments.clone()).unwrap_or_default());
    let is_empty = Memo::new(move |_| payments().is_empty());
    view! {
        <section class="card payments" aria-labelledby="payments-title">
            <h2 id="payments-title">{text!("wallet-payments")}</h2>
            {move || is_empty.get().then(|| view! { <p class="empty">{text!("wallet-no-payments")}</p> })}
            <ul class="rows" aria-live="polite">
                {rows(payments, |payment| payment.transaction.txid.to_string(), move |first| {
                    // A row stays while its payment does, whatever becomes of it.
                    let txid = first.transaction.txid;
                    let payment = Memo::new(move |_| {
                        wallet.with(|wallet| wallet.as_ref().and_then(|wallet| find(wallet, txid))).unwrap_or_else(|| first.clone())
                    });
                    view! { <Row payment/> }
                })}
            </ul>
        </section>
    }
}

fn find(wallet: &WalletView, txid: Txid) -> Option<PaymentView> {
    wallet.payments.iter().find(|payment| payment.transaction.txid == txid).cloned()
}

#[component]
fn Row(payment: Memo<PaymentView>) -> impl IntoView {
    let state = expect_context::<NodeState>();
    let names = expect_context::<Names>();
    let me = state.snapshot(|snapshot| snapshot.address);
    let transaction = Memo::new(move |_| payment.read().transaction.clone());
    let is_me = move |address: Address| me.get() == Some(address);
    let is_ours = Memo::new(move |_| transaction.read().sender.is_some_and(is_me));
    let whom = move || {
        let transaction = transaction.get();
        match transaction.sender {
            Some(sender) if !is_me(sender) => text!("wallet-from-whom", name = names.of(sender)),
            _ if is_me(transaction.recipient) => text!("wallet-to-yourself"),
            _ => text!("wallet-to-whom", name = names.of(transaction.recipient)),
        }
    };
    let amount = move || {
        let transaction = transaction.get();
        // What one pays oneself costs the fee.
        let moved = if is_ours.get() && is_me(transaction.recipient) { transaction.fee } else { transaction.amount };
        let sign = if is_ours.get() { "−" } else { "+" };
        format!("{sign}{}", words::coins(moved))
    };
    let (NobodyMines(nobody_mines), replaced) = (expect_context(), expect_context::<Replaced>());
    let told = move || {
        let before = replaced.fee_before(&transaction.read().txid);
        told(&payment.read(), is_ours.get(), nobody_mines.get(), before)
    };
    let mark = move || mark(&payment.read());
    let can_be_replaced = Memo::new(move |_| payment.read().fee_to_replace);
    let is_undone = Memo::new(move |_| payment.read().state == PaymentState::Undone);
    let gap = Memo::new(move |_| matches!(payment.read().state, PaymentState::Blocked { .. }));
    view! {
        <li class="payment" data-test="payment" data-value=mark>
            <span class="payment-head">
                <span class="grow">{whom}
                    <span class="muted">{move || Some(transaction.read().memo.clone()).filter(|memo| !memo.is_empty()).map(|memo| format!(" “{memo}”"))}</span>
                </span>
                <span class="amount">{amount}</span>
            </span>
            <span class="muted details" data-test="payment-told">{told}</span>
            {move || gap.get().then(|| view! { <FillGap/> })}
            {move || (is_undone.get() && is_ours.get()).then(|| view! { <SendAgain transaction/> })}
            {move || can_be_replaced.get().map(|least| {
                let transaction = transaction.get_untracked();
                view! { <RaiseFee transaction least/> }
            })}
        </li>
    }
}

/// For tests and style: one word.
fn mark(payment: &PaymentView) -> String {
    match &payment.state {
        PaymentState::Waiting { .. } if payment.was_in_block.is_some() => "returned".to_owned(),
        PaymentState::Waiting { .. } => "waiting".to_owned(),
        PaymentState::Blocked { .. } => "blocked".to_owned(),
        PaymentState::Confirmed { confirmations } => format!("confirmed {confirmations}"),
        PaymentState::Undone => "undone".to_owned(),
    }
}

/// How it stands with a payment, and what that means. `replaced`: the fee of the one of which it has taken the place.
fn told(payment: &PaymentView, is_ours: bool, nobody_mines: bool, replaced: Option<Amount>) -> String {
    let now = match &payment.state {
        PaymentState::Waiting { .. } if nobody_mines => text!("wallet-waits-nobody"),
        PaymentState::Waiting { turn: 1 } => text!("wallet-waits-next"),
        PaymentState::Waiting { turn } if is_ours => text!("wallet-waits-raise", blocks = *turn),
        PaymentState::Waiting { turn } => text!("wallet-waits-long", blocks = *turn),
        PaymentState::Blocked { missing_nonce } => {
            text!("wallet-blocked", number = words::grouped(missing_nonce + 1))
        }
        PaymentState::Confirmed { confirmations } => {
            let height = payment.transaction.height.map(words::grouped).unwrap_or_default();
            if *confirmations >= SETTLED_CONFIRMATIONS {
                text!("wallet-settled", height = height, count = *confirmations)
            } else {
                text!("wallet-confirmed", height = height, count = *confirmations)
            }
        }
        PaymentState::Undone => match payment.was_in_block {
            Some(height) => text!("wallet-undone-block", height = words::grouped(height)),
            None => text!("wallet-undone"),
        },
    };
    let before = payment.was_in_block.filter(|_| payment.state != PaymentState::Undone);
    let before = before.map(|height| text!("wallet-returned", height = words::grouped(height)));
    // By it one can tell the dearer from the cheaper one, and how soon it may come; of a mined one the explorer tells.
    let waits = matches!(payment.state, PaymentState::Waiting { .. } | PaymentState::Blocked { .. });
    let fee = waits.then(|| text!("wallet-fee-of", fee = words::coins(payment.transaction.fee)));
    let replaced = replaced.map(|fee| text!("wallet-replaces", fee = words::coins(fee)));
    let now = if replaced.is_some() { words::sentence(&now) } else { now };
    [before, Some(now), fee, replaced].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The same amount to the same one, with the next number and today's fee.
#[component]
fn SendAgain(transaction: Memo<TransactionView>) -> impl IntoView {
    let state = expect_context::<NodeState>();
    let answer = RwSignal::new(String::new());
    let send = move |_| {
        let TransactionView { recipient, amount, memo, .. } = transaction.get_untracked();
        let Ok(memo) = Message::new(&memo) else { return };
        state.ask(Command::Pay { recipient, amount, fee: None, memo }, move |outcome| {
            answer.try_set(match outcome {
                Answer::Refused { reason } => text!("wallet-not-sent", reason = words::refusals::refusal(&reason)),
                _ => text!("wallet-sent-again"),
            });
        });
    };
    view! {
        <span class="buttons">
            <button type="button" class="quiet" data-test="send-again" on:click=send>{text!("wallet-send-again")}</button>
            <span role="status">{move || answer.get()}</span>
        </span>
    }
}

/// A payment to oneself takes the missing number.
#[component]
fn FillGap() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let answer = RwSignal::new(String::new());
    let fill = move |_| {
        let Some(recipient) = state.snapshot(|snapshot| snapshot.address).get_untracked() else { return };
        let command = Command::Pay { recipient, amount: LEAST, fee: None, memo: Message::default() };
        state.ask(command, move |outcome| {
            if let Answer::Refused { reason } = outcome {
                answer.try_set(text!("wallet-not-sent", reason = words::refusals::refusal(&reason)));
            }
        });
    };
    view! {
        <span class="buttons">
            <button type="button" class="quiet" data-test="fill-gap" on:click=fill>{text!("wallet-fill-gap")}</button>
            <span role="status">{move || answer.get()}</span>
        </span>
    }
}

#[component]
fn RaiseFee(
    transaction: TransactionView,
    /// With less it would not take the place of the one that waits.
    least: Amount,
) -> impl IntoView {
    let state = expect_context::<NodeState>();
    let TransactionView { txid, fee: fee_before, memo, .. } = transaction;
    let replaced = expect_context::<Replaced>();
    let bytes = (Transfer::BYTES_WITHOUT_MEMO + memo.len()) as u64;
    let enough_for_next = move || {
        let rate = state.view.with_untracked(|view| Some(view.as_ref()?.wallet.as_ref()?.fees.next_block)).unwrap_or(0);
        Amount::from_units(rate.saturating_mul(bytes)).unwrap_or(Amount::MAX)
    };
    let draft = RwSignal::new(least.max(enough_for_next()).to_string());
    let answer = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match words::written_coins(&draft.read_untracked()) {
            Err(error) => answer.set(text!("wallet-bad-fee", reason = words::refusals::amount(&error))),
            Ok(fee) => state.replace(txid, fee, move |outcome| match outcome {
                // What replaces it is a row of its own, and this one goes.
                Answer::Accepted { txid } => replaced.remember(txid, fee_before),
                Answer::Done | Answer::Chain { .. } => {}
                Answer::Refused { reason } => {
                    answer.try_set(text!("wallet-not-replaced", reason = words::refusals::refusal(&reason)));
                }
            }),
        }
    };
    view! {
        <details class="more">
            <summary data-test="raise-open">{text!("wallet-raise")}</summary>
            <form class="raise" on:submit=submit autocomplete="off">
                <span class="with-unit">
                    <input type="text" inputmode="decimal" aria-label=text!("wallet-raise-new") data-test="raise-fee" required bind:value=draft/>
                    <span>"TAB"</span>
                    <button type="submit" class="quiet" data-test="raise-send">{text!("wallet-raise-send")}</button>
                </span>
                <span class="muted">{text!("wallet-raise-least", fee = words::coins(least))}</span>
                <span role="status" data-test="raise-answer">{move || answer.get()}</span>
            </form>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::SecretKey;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn payment(state: PaymentState, was_in_block: Option<u32>) -> PaymentView {
        let address = SecretKey::from_seed([1; 32]).public_key().address();
        let transaction = TransactionView {
            txid: Txid([0; 32]),
            sender: Some(address),
            recipient: address,
            amount: LEAST,
            fee: LEAST,
            nonce: 0,
            memo: String::new(),
            height: Some(12),
        };
        PaymentView { transaction, state, was_in_block, fee_to_replace: None }
    }

    #[test]
    fn each_state_is_told_in_words() {
        let told = |state, was_in_block| told(&payment(state, was_in_block), true, false, None);
        assert_eq!(told(PaymentState::Waiting { turn: 1 }, None), "Waits for the next block. Fee 0.00000001 TAB.");
        assert!(told(PaymentState::Waiting { turn: 4 }, None).contains("about 4 more blocks"));
        assert!(told(PaymentState::Blocked { missing_nonce: 2 }, None).contains("number 3,"));
        assert!(told(PaymentState::Waiting { turn: 1 }, Some(7)).starts_with("Block 7 that held it lost"));
        assert_eq!(told(PaymentState::Confirmed { confirmations: 1 }, None), "In block 12: 1 confirmation");
        assert!(told(PaymentState::Confirmed { confirmations: 6 }, None).contains("hardly to be undone"));
        assert!(told(PaymentState::Undone, Some(7)).starts_with("Undone. Block 7"));
        assert!(told(PaymentState::Undone, None).starts_with("Undone. "));
    }

    #[test]
    fn what_waits_says_what_it_pays_what_it_has_replaced_and_that_nobody_mines() {
        let waiting = payment(PaymentState::Waiting { turn: 1 }, Some(7));
        let said = told(&waiting, true, true, Amount::from_units(250_000));
        assert!(said.starts_with("Block 7 that held it lost"), "{said}");
        assert!(!said.contains("next block"), "{said}");
        let end = "Waits for a block, and nobody mines now. Fee 0.00000001 TAB. Took the place of the same payment with a fee of \
                   0.0025 TAB.";
        assert!(said.ends_with(end), "{said}");
        let mined = told(&payment(PaymentState::Confirmed { confirmations: 1 }, None), true, true, None);
        assert!(!mined.contains("nobody") && !mined.contains("Fee"), "{mined}");
    }
}
