//! The transactions of a block, each with the way to its own page.

use leptos::prelude::*;
use tabchain_shared::primitives::{Address, Transaction};

use crate::text;
use crate::words;

/// Listed at once: a full block has thousands.
const LISTED: usize = 200;

#[component]
pub fn Transfers(transactions: Vec<Transaction>) -> impl IntoView {
    let count = transactions.len();
    let row = |transaction: &Transaction| {
        let txid = transaction.txid();
        let (from, to, amount, fee) = match transaction {
            Transaction::Coinbase(coinbase) => (
                text!("explore-new-coins").into_any(),
                coinbase.recipient,
                words::coins(coinbase.reward),
                String::new(),
            ),
            Transaction::Transfer(transfer) => (
                account_link(transfer.sender.address()).into_any(),
                transfer.recipient,
                words::coins(transfer.amount),
                transfer.fee.to_string(),
            ),
        };
        view! {
            <tr>
                <td class="hash">
                    <a href=format!("/explore/transaction/{txid}") data-test="transaction-link">{words::short_hash(&txid)}</a>
                </td>
                <td>{from}</td>
                <td>{account_link(to)}</td>
                <td class="number">{amount}</td>
                <td class="number optional">{fee}</td>
            </tr>
        }
    };
    let rows = transactions.iter().take(LISTED).map(row).collect_view();
    view! {
        <section class="card" aria-labelledby="transactions-title">
            <div class="card-head">
                <h2 id="transactions-title">{text!("explore-its-transactions")}</h2>
                <span class="count">{words::grouped(count as u64)}</span>
            </div>
            <table>
                <thead>
                    <tr>
                        <th scope="col">{text!("explore-txid-ends")}</th>
                        <th scope="col">{text!("explore-from")}</th>
                        <th scope="col">{text!("explore-to")}</th>
                        <th scope="col" class="number">{text!("explore-amount")}</th>
                        <th scope="col" class="number optional">{text!("explore-fee")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {(count > LISTED).then(|| view! {
                <p class="empty">{text!("explore-more", count = count - LISTED)}</p>
            })}
        </section>
    }
}

pub fn account_link(address: Address) -> impl IntoView {
    view! { <a class="hash" href=format!("/explore/address/{address}")>{words::short_address(&address)}</a> }
}
