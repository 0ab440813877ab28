//! The node's key as words that a person writes down or keeps in a file, and the way back from such words to a key.

use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tabchain_shared::node::io::Answer;
use tabchain_shared::primitives::Amount;

use crate::bridge::ToWorker;
use crate::components::download::download_text;
use crate::state::NodeState;
use crate::state::address_book::{AddressBook, Payee};
use crate::text;
use crate::words;

/// What marks a file as one of ours.
const FORMAT: &str = "tabchain-wallet-1";
/// A full address book takes a third of it.
const MAX_FILE_BYTES: f64 = 65_536.0;

/// A wallet as it is saved: the key, and the address book.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct WalletFile {
    format: String,
    /// Of the node whose key it is.
    name: String,
    phrase: String,
    contacts: Vec<Payee>,
}

impl WalletFile {
    fn read(text: &str) -> Result<Self, String> {
        let file: Self = serde_json::from_str(text).map_err(|_| text!("wallet-file-none"))?;
        if file.format == FORMAT { Ok(file) } else { Err(text!("wallet-file-version")) }
    }
}

#[component]
pub fn Recovery() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let there_is_a_node = state.snapshot(|_| ());
    let toggle = move |_| {
        if state.phrase.read_untracked().is_some() {
            state.phrase.set(None);
        } else {
            state.tell(&ToWorker::ShowPhrase);
        }
    };
    let shown = Memo::new(move |_| state.phrase.read().is_some());
    let book = expect_context::<AddressBook>();
    let save = move |_| {
        let Some(phrase) = state.phrase.get_untracked() else { return };
        let name = state.snapshot(|snapshot| snapshot.name.clone()).get_untracked().unwrap_or_default();
        let file = WalletFile { format: FORMAT.to_owned(), name, phrase, contacts: book.get() };
        let text = serde_json::to_string_pretty(&file).expect("a wallet is plain data");
        download_text(&text, "application/json", "tabchain-wallet.json");
    };
    view! {
        <div class="field recovery">
            <span class="label">{text!("wallet-phrase")}</span>
            <p class="muted">
                {text!("wallet-phrase-why")}
            </p>
            <Words/>
            <span class="buttons">
                <button type="button" class="quiet" data-test="show-phrase" on:click=toggle
                    disabled=move || there_is_a_node.get().is_none()>
                    {move || if shown.get() { text!("wallet-phrase-hide") } else { text!("wallet-phrase-show") }}
                </button>
                <Show when=move || shown.get()>
                    <button type="button" class="quiet" data-test="export-wallet" on:click=save>
                        {text!("wallet-file-save")}
                    </button>
                </Show>
            </span>
            <Restore/>
        </div>
    }
}

/// Numbered, because their order is part of the key.
#[component]
fn Words() -> impl IntoView {
    let state = expect_context::<NodeState>();
    move || {
        state.phrase.get().map(|phrase| {
            let words = phrase.split(' ').map(|word| view! { <li>{word.to_owned()}</li> }).collect_view();
            view! { <ol class="words" data-test="phrase" data-value=phrase.clone()>{words}</ol> }
        })
    }
}

#[component]
fn Restore() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let draft = RwSignal::new(String::new());
    let answer = RwSignal::new(String::new());
    let book = expect_context::<AddressBook>();
    let open = move |event: Event| {
        let input = event_target::<web_sys::HtmlInputElement>(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        leptos::task::spawn_local(async move {
            match read_file(&file).await {
                Ok(file) => {
                    book.add(file.contacts);
                    draft.set(file.phrase);
                    answer.set(text!("wallet-file-opened", name = file.name));
                }
                Err(reason) => answer.set(reason),
            }
        });
    };
    // The person is asked, with what is at stake, before the key goes.
    let asks = RwSignal::new(false);
    let balance = state.snapshot(|snapshot| snapshot.balance);
    let at_stake = move || match balance.get().filter(|balance| *balance > Amount::ZERO) {
        Some(balance) => text!("wallet-restore-ask", balance = words::coins(balance)),
        None => text!("wallet-restore-ask-empty"),
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        answer.set(String::new());
        asks.set(true);
    };
    let replace = move |_| {
        asks.set(false);
        state.restore_key(draft.get_untracked(), move |outcome| match outcome {
            Answer::Refused { reason } => answer.set(text!("wallet-not-replaced", reason = reason)),
            Answer::Accepted { .. } | Answer::Done | Answer::Chain { .. } => {
                // The node starts anew with its new key.
                let _ = window().location().reload();
            }
        });
    };
    view! {
        <details class="more">
            <summary data-test="restore-open">{text!("wallet-restore")}</summary>
            <form on:submit=submit autocomplete="off">
                <p class="notice warn">
                    {text!("wallet-restore-warning")}
                </p>
                <textarea rows="4" data-test="restore-phrase" aria-label=text!("wallet-restore-words") placeholder=text!("wallet-restore-words")
                    spellcheck="false" autocapitalize="none" autocomplete="off" bind:value=draft></textarea>
                <label class="field">
                    <span class="label">{text!("wallet-file-open")}</span>
                    <input type="file" accept="application/json,.json" data-test="import-wallet" on:change=open/>
                </label>
                <button type="submit" class="quiet" data-test="restore" hidden=move || asks.get()
                    disabled=move || draft.read().trim().is_empty()>
                    {text!("wallet-restore-do")}
                </button>
                <Show when=move || asks.get()>
                    <p class="notice bad" role="alert" data-test="restore-at-stake">{at_stake}</p>
                    <span class="buttons">
                        <button type="button" class="primary" data-test="restore-no" on:click=move |_| asks.set(false)>
                            {text!("wallet-restore-no")}
                        </button>
                        <button type="button" class="quiet" data-test="restore-yes" on:click=replace>{text!("wallet-restore-yes")}</button>
                    </span>
                </Show>
                <span class="answer" role="status" data-test="restore-answer">{move || answer.get()}</span>
            </form>
        </details>
    }
}

async fn read_file(file: &web_sys::File) -> Result<WalletFile, String> {
    if file.size() > MAX_FILE_BYTES {
        return Err(text!("wallet-file-large"));
    }
    let text = wasm_bindgen_futures::JsFuture::from(file.text()).await;
    WalletFile::read(&text.ok().and_then(|text| text.as_string()).ok_or_else(|| text!("wallet-file-unread"))?)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_saved_wallet_is_read_back_and_nothing_else_is() {
        let file =
            WalletFile { format: FORMAT.into(), name: "ada".into(), phrase: "zoo zoo".into(), contacts: Vec::new() };
        assert_eq!(WalletFile::read(&serde_json::to_string(&file).unwrap()), Ok(file));
        assert!(WalletFile::read("{}").unwrap_err().contains("no wallet"));
        let other = r#"{"format": "x", "name": "", "phrase": "", "contacts": []}"#;
        assert!(WalletFile::read(other).unwrap_err().contains("another version"));
    }
}
