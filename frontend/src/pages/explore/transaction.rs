//! `/explore/transaction/…`: a transaction's bytes and fields, its signature, and the proof that it is in its block.

use leptos::prelude::*;
use tabchain_shared::primitives::{Decode, Transaction, Txid};

use super::bytes::StillBytes;
use super::merkle::MerkleProof;
use super::transfers::account_link;
use super::{Failed, Fetching, Head};
use crate::app::set_title;
use crate::explore::anatomy::Anatomy;
use crate::explore::judge::{Question, Reply};
use crate::explore::judge_worker::JudgeWorker;
use crate::explore::source::{self, Found};
use crate::text;
use crate::words;

/// A transaction, and the block that it is in, if it is in one, with its position there.
type Located = (Transaction, Option<(Found, usize)>);

#[component]
pub fn TransactionPage(id: String) -> impl IntoView {
    set_title(&text!("explore-transaction"));
    let found = LocalResource::new(move || {
        let id = id.clone();
        async move { locate(&id).await }
    });
    view! {
        <div class="explore">
            <Head title=text!("explore-transaction")/>
            {move || match found.get() {
                None => view! { <Fetching/> }.into_any(),
                Some(Err(reason)) => view! { <Failed reason/> }.into_any(),
                Some(Ok((transaction, block))) => view! { <Details transaction block/> }.into_any(),
            }}
        </div>
    }
}

/// The relay says which block to look into; the transaction is found there by its own hash.
async fn locate(id: &str) -> Result<Located, String> {
    let txid: Txid = id.parse().map_err(|_| text!("explore-no-txid"))?;
    let another = || text!("explore-another-transaction");
    let Some(hash) = source::transaction_place(txid).await?.block else {
        let bytes = source::transaction_bytes(txid).await?;
        let transaction = Transaction::from_bytes(&bytes).map_err(|_| another())?;
        return if transaction.txid() == txid { Ok((transaction, None)) } else { Err(another()) };
    };
    let found = source::block(&hash.to_string()).await?;
    let position = found.block.transactions.iter().position(|transaction| transaction.txid() == txid);
    let position = position.ok_or_else(another)?;
    Ok((found.block.transactions[position].clone(), Some((found, position))))
}

#[component]
fn Details(transaction: Transaction, block: Option<(Found, usize)>) -> impl IntoView {
    let standing = match &block {
        None => text!("explore-waits").into_any(),
        Some((found, _)) => {
            let link = format!("/explore/block/{}", found.block.hash());
            let confirmations = text!("explore-confirmations", count = found.confirmations);
            view! { <a href=link>{text!("explore-block-title", height = found.place.height)}</a>" · "{confirmations} }
                .into_any()
        }
    };
    let parts = block.as_ref().map(|(found, position)| {
        let part = Anatomy::of(&found.block).transactions.swap_remove(*position);
        view! {
            <section class="card" aria-labelledby="bytes-title">
                <div class="card-head"><h2 id="bytes-title">{text!("explore-its-bytes")}</h2></div>
                <StillBytes part bytes=found.bytes.clone()/>
            </section>
        }
    });
    let proof = block.map(|(found, position)| {
        let txids: Vec<Txid> = found.block.transactions.iter().map(Transaction::txid).collect();
        view! { <MerkleProof txids position root=found.block.header.merkle_root/> }
    });
    view! {
        <section class="card" aria-label=text!("explore-the-transaction")>
            <dl class="pairs">
                <dt>{text!("explore-txid")}</dt><dd class="hash">{transaction.txid().to_string()}</dd>
                <dt>{text!("explore-stands")}</dt><dd>{standing}</dd>
                {fields(&transaction)}
            </dl>
        </section>
        {parts}
        {proof}
    }
}

fn fields(transaction: &Transaction) -> impl IntoView + use<> {
    match transaction {
        Transaction::Coinbase(coinbase) => view! {
            <dt>{text!("explore-kind")}</dt><dd>{text!("explore-kind-coinbase")}</dd>
            <dt>{text!("explore-to")}</dt><dd>{account_link(coinbase.recipient)}</dd>
            <dt>{text!("explore-reward")}</dt><dd>{words::coins(coinbase.reward)}</dd>
            <dt>{text!("explore-tag")}</dt><dd>{coinbase.tag.to_string()}</dd>
        }
        .into_any(),
        Transaction::Transfer(transfer) => {
            let (judge, is_valid) = (JudgeWorker::start(), RwSignal::new(None));
            let question = Question::Signature(Box::new(transfer.clone()));
            leptos::task::spawn_local(async move {
                if let Some(Reply::Signature { is_valid: answer }) = judge.ask(question).await {
                    is_valid.try_set(Some(answer));
                }
            });
            let signature = move || match is_valid.get() {
                None => text!("explore-signature-open"),
                Some(true) => text!("explore-signature-valid"),
                Some(false) => text!("explore-signature-invalid"),
            };
            view! {
                <dt>{text!("explore-from")}</dt><dd>{account_link(transfer.sender.address())}</dd>
                <dt>{text!("explore-to")}</dt><dd>{account_link(transfer.recipient)}</dd>
                <dt>{text!("explore-amount")}</dt><dd>{words::coins(transfer.amount)}</dd>
                <dt>{text!("explore-fee")}</dt><dd>{words::coins(transfer.fee)}</dd>
                <dt>{text!("explore-nonce")}</dt><dd>{text!("explore-nonce-counted", nonce = transfer.nonce)}</dd>
                <dt>{text!("explore-message")}</dt><dd>{transfer.memo.to_string()}</dd>
                <dt>{text!("explore-signature")}</dt><dd data-test="signature">{signature}</dd>
            }
            .into_any()
        }
    }
}
