//! `/explore/address/…`: what an account holds, and what has become of it. Both follow from the whole chain, which this page does not
//! have: it shows what the relay's node has computed, and says so.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::Address;

use super::transfers::account_link;
use super::{Failed, Fetching, Head};
use crate::app::set_title;
use crate::explore::source::{self, Account};
use crate::words;

#[component]
pub fn AccountPage(id: String) -> impl IntoView {
    set_title("Account");
    let from = RwSignal::new(0_usize);
    let found = LocalResource::new(move || {
        let (id, from) = (id.clone(), from.get());
        async move {
            let address: Address = id.parse().map_err(|error| format!("{error}"))?;
            source::account(address, from).await
        }
    });
    view! {
        <div class="explore">
            <Head title="Account"/>
            {move || match found.get() {
                None => view! { <Fetching/> }.into_any(),
                Some(Err(reason)) => view! { <Failed reason/> }.into_any(),
                Some(Ok(account)) => view! { <Details account from/> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn Details(account: Account, from: RwSignal<usize>) -> impl IntoView {
    let Account { address, balance, available, next_nonce, transactions, history, next } = account;
    let first = from.get_untracked();
    view! {
        <section class="card" aria-label="The account">
            <dl class="pairs">
                <dt>"Address"</dt><dd class="hash">{address.to_string()}</dd>
                <dt>"Balance"</dt><dd data-test="account-balance">{words::coins(balance)}</dd>
                <dt>"Left when all that waits is mined"</dt><dd>{words::coins(available)}</dd>
                <dt>"Next nonce"</dt><dd>{words::grouped(next_nonce)}</dd>
            </dl>
            <p class="muted">"As the relay's node has computed it from every block of the active chain."</p>
        </section>
        <section class="card" aria-labelledby="history-title">
            <div class="card-head">
                <h2 id="history-title">"Its transactions"</h2>
                <span class="count">{words::grouped(transactions as u64)}</span>
                <div class="buttons">
                    {(first > 0).then(|| view! {
                        <button type="button" class="quiet" on:click=move |_| from.set(0)>"Newest"</button>
                    })}
                    {next.map(|next| view! {
                        <button type="button" class="quiet" on:click=move |_| from.set(next)>"Earlier"</button>
                    })}
                </div>
            </div>
            {(transactions == 0).then(|| view! { <p class="empty">"Nobody has paid this address yet."</p> })}
            <ul class="rows">{history.into_iter().map(|view| row(address, view)).collect_view()}</ul>
        </section>
    }
}

fn row(address: Address, view: TransactionView) -> impl IntoView {
    let is_income = view.recipient == address;
    let partner = match view.sender {
        None => view! { "mined" }.into_any(),
        Some(sender) if is_income => view! { "from "{account_link(sender)} }.into_any(),
        Some(_) => view! { "to "{account_link(view.recipient)} }.into_any(),
    };
    let amount = if is_income { words::coins(view.amount) } else { format!("−{}", words::coins(view.amount)) };
    let height = view.height.map(|height| format!("block {}", words::grouped(height)));
    view! {
        <li>
            <span class="grow">
                {partner}
                <span class="muted">{(!view.memo.is_empty()).then(|| format!(" “{}”", view.memo))}</span>
            </span>
            <span class="amount">{amount}</span>
            <a class="muted" href=format!("/explore/transaction/{}", view.txid)>{height}</a>
        </li>
    }
}
