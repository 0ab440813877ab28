//! `/explore/address/…`: what an account holds, and what has become of it. Both follow from the whole chain, which this page does not
//! have: it shows what the relay's node has computed, and says so.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::Address;

use super::transfers::account_link;
use super::{Failed, Fetching, Head};
use crate::app::set_title;
use crate::explore::source::{self, Account};
use crate::text;
use crate::words;

#[component]
pub fn AccountPage(id: String) -> impl IntoView {
    set_title(&text!("explore-account"));
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
            <Head title=text!("explore-account")/>
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
        <section class="card" aria-label=text!("explore-the-account")>
            <dl class="pairs">
                <dt>{text!("explore-address")}</dt><dd class="hash">{address.to_string()}</dd>
                <dt>{text!("explore-balance")}</dt><dd data-test="account-balance">{words::coins(balance)}</dd>
                <dt>{text!("explore-available")}</dt><dd>{words::coins(available)}</dd>
                <dt>{text!("explore-next-nonce")}</dt><dd>{words::grouped(next_nonce)}</dd>
            </dl>
            <p class="muted">{text!("explore-account-source")}</p>
        </section>
        <section class="card" aria-labelledby="history-title">
            <div class="card-head">
                <h2 id="history-title">{text!("explore-its-transactions")}</h2>
                <span class="count">{words::grouped(transactions as u64)}</span>
                <div class="buttons">
                    {(first > 0).then(|| view! {
                        <button type="button" class="quiet" on:click=move |_| from.set(0)>{text!("explore-newest")}</button>
                    })}
                    {next.map(|next| view! {
                        <button type="button" class="quiet" on:click=move |_| from.set(next)>{text!("explore-earlier")}</button>
                    })}
                </div>
            </div>
            {(transactions == 0).then(|| view! { <p class="empty">{text!("explore-no-history")}</p> })}
            <ul class="rows">{history.into_iter().map(|view| row(address, view)).collect_view()}</ul>
        </section>
    }
}

fn row(address: Address, view: TransactionView) -> impl IntoView {
    let is_income = view.recipient == address;
    let partner = match view.sender {
        None => text!("explore-mined").into_any(),
        Some(sender) if is_income => view! { {text!("explore-from-whom")}" "{account_link(sender)} }.into_any(),
        Some(_) => view! { {text!("explore-to-whom")}" "{account_link(view.recipient)} }.into_any(),
    };
    let amount = if is_income { words::coins(view.amount) } else { format!("−{}", words::coins(view.amount)) };
    let height = view.height.map(|height| text!("explore-in-block", height = height));
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
