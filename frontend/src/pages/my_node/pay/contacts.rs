//! Whom one can pay: everybody who is here, by the name that their node gives itself, and those whom the person has saved.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::primitives::Address;

use super::Recipient;
use crate::components::rows::rows;
use crate::state::address_book::{AddressBook, Payee};
use crate::text;
use crate::words;

#[component]
pub fn Contacts(others: Memo<Vec<Payee>>) -> impl IntoView {
    let book = expect_context::<AddressBook>();
    let recipient = expect_context::<Recipient>();
    let answer = RwSignal::new(String::new());
    let row = move |payee: Payee| {
        let (address, name) = (payee.address, payee.name.clone());
        let is_saved = Memo::new(move |_| book.has(address));
        let spoken = name.clone();
        let change = move |_| {
            if is_saved.get_untracked() {
                book.forget(address);
                answer.set(text!("wallet-book-forgotten", name = name.clone()));
            } else {
                let saved = book.save(Payee { name: name.clone(), address });
                answer.set(saved.map_or_else(|reason| reason, |()| text!("wallet-book-saved", name = name.clone())));
            }
        };
        view! {
            <li data-test="contact" data-value=payee.name.clone()>
                <span class="grow">
                    <b>{payee.name.clone()}</b>" "<span class="muted">{words::short_address(&address)}</span>
                    {move || is_saved.get().then_some(view! { <span class="muted">" · "{text!("wallet-book-is-saved")}</span> })}
                </span>
                <button type="button" class="quiet" on:click=move |_| recipient.choose(&address.to_string())
                    aria-label=text!("wallet-send-to-whom", name = spoken)>{text!("wallet-send-to")}</button>
                <button type="button" class="quiet" data-test="contact-save" on:click=change
                    aria-pressed=move || is_saved.get().to_string()>
                    {move || if is_saved.get() { text!("wallet-book-forget") } else { text!("wallet-book-save") }}
                </button>
            </li>
        }
    };
    view! {
        <details class="more contacts">
            <summary data-test="contacts-open">{text!("wallet-book")}</summary>
            {move || others.with(Vec::is_empty).then(|| view! {
                <p class="empty">{text!("wallet-book-empty")}</p>
            })}
            <ul class="rows">
                {rows(move || others.get(), Payee::key, row)}
            </ul>
            <NewContact answer/>
            <p class="answer" role="status" data-test="contacts-answer">{move || answer.get()}</p>
        </details>
    }
}

/// An address that no node here has.
#[component]
fn NewContact(answer: RwSignal<String>) -> impl IntoView {
    let book = expect_context::<AddressBook>();
    let name = RwSignal::new(String::new());
    let address = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let parsed = address
            .read_untracked()
            .trim()
            .parse::<Address>()
            .map_err(|error| text!("wallet-bad-address", reason = words::refusals::address(error)));
        let saved = parsed.and_then(|address| book.save(Payee { name: name.get_untracked(), address }));
        answer.set(match saved {
            Ok(()) => {
                address.set(String::new());
                text!("wallet-book-saved", name = std::mem::take(&mut *name.write()).trim())
            }
            Err(reason) => reason,
        });
    };
    view! {
        <form class="new-contact" on:submit=submit autocomplete="off">
            <input type="text" aria-label=text!("wallet-book-name") placeholder=text!("wallet-book-name") maxlength="32" data-test="contact-name" required bind:value=name/>
            <input type="text" aria-label=text!("wallet-book-address") placeholder="tab1…" autocapitalize="off" spellcheck="false"
                data-test="contact-address" required bind:value=address/>
            <button type="submit" class="quiet" data-test="contact-add">{text!("wallet-book-save")}</button>
        </form>
    }
}
