//! Keys and signatures: who has the key can sign, everybody can check, and a signature fits one text only.

use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, Memo as Message, NetworkId, SecretKey, Transfer};
use wasm_bindgen::prelude::*;

use super::parts::{A_LITTLE, PayMyself, Predict, Verdict};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

/// A key that is thrown away with the page, and a payment that nobody is sent.
#[derive(Clone, Copy)]
struct Practice {
    key: StoredValue<Option<SecretKey>>,
    paper: RwSignal<Option<Transfer>>,
    /// The paper has been changed since it was signed first.
    was_changed: RwSignal<bool>,
}

impl Practice {
    fn sign(self) {
        let Some(key) = self.key.with_value(Clone::clone).or_else(draw_key) else { return };
        let amount = self.paper.with_untracked(|paper| paper.as_ref().map_or(Amount::COIN, |paper| paper.amount));
        let payment = Payment {
            recipient: key.public_key().address(),
            amount,
            fee: DEFAULT_FEE,
            nonce: 0,
            memo: Message::default(),
        };
        // For practice: no live network has this id.
        self.paper.set(Some(Transfer::sign(NetworkId([0; 4]), &key, payment)));
        self.key.set_value(Some(key));
    }

    fn change(self) {
        self.paper.update(|paper| {
            if let Some(paper) = paper {
                paper.amount = Amount::from_units(paper.amount.units() * 10).unwrap_or(Amount::COIN);
            }
        });
        self.was_changed.set(true);
    }

    fn is_valid(self) -> Option<bool> {
        self.paper.with(|paper| paper.as_ref().map(Transfer::has_valid_signature))
    }
}

/// From the browser's good randomness.
fn draw_key() -> Option<SecretKey> {
    let bytes = js_sys::Uint8Array::new_with_length(32);
    window().crypto().ok()?.get_random_values_with_array_buffer_view(bytes.unchecked_ref()).ok()?;
    let mut seed = [0; 32];
    bytes.copy_to(&mut seed);
    Some(SecretKey::from_seed(seed))
}

#[component]
pub fn Keys(lesson: Lesson) -> impl IntoView {
    let practice =
        Practice { key: StoredValue::new(None), paper: RwSignal::new(None), was_changed: RwSignal::new(false) };
    view! {
        <Step lesson number=1 title=text!("learn-keys-1")><Sign lesson practice/></Step>
        <Step lesson number=2 title=text!("learn-keys-2")><Change lesson practice/></Step>
        <Step lesson number=3 title=text!("learn-keys-3")><SignAgain lesson practice/></Step>
        <Step lesson number=4 title=text!("learn-keys-4")><AtTheNode lesson/></Step>
    }
}

#[component]
fn Paper(practice: Practice) -> impl IntoView {
    move || {
        practice.paper.get().map(|paper| {
            let signature = hex::encode(paper.signature.0);
            view! {
                <dl class="fields">
                    <dt>{text!("learn-keys-from")}</dt><dd class="hash">{hex::encode(paper.sender.0)}</dd>
                    <dt>{text!("learn-keys-amount")}</dt><dd data-test="paper-amount">{words::coins(paper.amount)}</dd>
                    <dt>{text!("learn-keys-signature")}</dt><dd class="hash">{signature}</dd>
                </dl>
                <Verdict holds=Signal::derive(move || practice.is_valid() == Some(true)) yes=text!("learn-keys-valid") no=text!("learn-keys-invalid") data_test="signature-valid"/>
            }
        })
    }
}

#[component]
fn Sign(lesson: Lesson, practice: Practice) -> impl IntoView {
    lesson.take_when(1, move || practice.is_valid() == Some(true));
    view! {
        <p>{text!("learn-keys-1-do")}</p>
        <button type="button" data-test="sign" on:click=move |_| practice.sign()>{text!("learn-keys-sign")}</button>
        <Paper practice/>
    }
}

#[component]
fn Change(lesson: Lesson, practice: Practice) -> impl IntoView {
    lesson.take_when(2, move || practice.was_changed.get() && practice.is_valid() == Some(false));
    let act = move |()| {
        if practice.paper.with_untracked(Option::is_none) {
            practice.sign();
        }
        practice.change();
    };
    let outcome = Signal::derive(move || practice.is_valid().filter(|_| practice.was_changed.get()));
    view! {
        <p>{text!("learn-keys-2-do")}</p>
        <Predict question=text!("learn-keys-2-question") act=Callback::new(act) outcome told=text!("learn-keys-2-told")/>
    }
}

#[component]
fn SignAgain(lesson: Lesson, practice: Practice) -> impl IntoView {
    lesson.take_when(3, move || {
        let is_other = practice.paper.with(|paper| paper.as_ref().is_some_and(|paper| paper.amount != Amount::COIN));
        is_other && practice.is_valid() == Some(true)
    });
    view! {
        <p>{text!("learn-keys-3-do")}</p>
        <span class="buttons">
            <button type="button" on:click=move |_| practice.change() disabled=move || practice.paper.with(Option::is_none)>
                {text!("learn-keys-change")}
            </button>
            <button type="button" data-test="sign-again" on:click=move |_| practice.sign()>{text!("learn-keys-sign-again")}</button>
        </span>
    }
}

/// A real payment of the learner's node, tampered with and handed back to that node.
#[component]
fn AtTheNode(lesson: Lesson) -> impl IntoView {
    let course = expect_context::<Course>();
    let payments = course.payments();
    let waiting = Memo::new(move |_| {
        payments
            .get()
            .into_iter()
            .find(|payment| payment.fee_to_replace.is_some())
            .map(|payment| payment.transaction.txid)
    });
    let told = RwSignal::new(String::new());
    let outcome = RwSignal::new(None::<bool>);
    let was_refused = RwSignal::new(false);
    let hand_in = move |()| {
        let Some(txid) = waiting.get_untracked() else { return };
        outcome.set(None);
        leptos::task::spawn_local(async move {
            let Some(mut transfer) = course.transfer(txid).await else { return };
            let genuine = transfer.has_valid_signature();
            // With more for the miner, so that nothing but the signature is in its way.
            transfer.amount = transfer.amount.checked_add(A_LITTLE).unwrap_or(transfer.amount);
            transfer.fee = transfer.fee.checked_add(DEFAULT_FEE).unwrap_or(transfer.fee);
            let answer = course.command(Command::Submit { transfer: Box::new(transfer) }).await;
            if let Answer::Refused { reason } = &answer {
                told.try_set(text!("learn-refused", reason = words::refusals::refusal(reason)));
                was_refused.try_set(genuine && reason.starts_with("bad-signature"));
            }
            outcome.try_set(Some(!matches!(answer, Answer::Refused { .. })));
        });
    };
    lesson.take_when(4, move || was_refused.get());
    view! {
        <p>{text!("learn-keys-4-do")}</p>
        <PayMyself/>
        {move || waiting.get().map(|txid| view! {
            <p>{text!("learn-keys-waits")}" "<span class="hash">{words::short_hash(&txid)}</span></p>
            <Predict question=text!("learn-keys-4-question") act=Callback::new(hand_in) outcome=outcome.into() told=told/>
        })}
    }
}
