//! What a changed byte does: to the block's hash, to the block, to the chain above it, and to what other nodes would say. And what a
//! forger could try: a new Merkle root, a new proof of work.

use leptos::prelude::*;
use tabchain_shared::primitives::{Block, BlockHash, Decode, Encode, Header, Transaction, Txid, merkle_root};

use super::block::Specimen;
use crate::browser;
use crate::explore::judge::{Question, Reply, Ruling};
use crate::text;
use crate::words;

/// A batch takes about this long, so that the page can say how far it has come.
const BATCH_MILLIS: u64 = 200;
/// Nobody waits for longer.
const PATIENCE_MILLIS: u64 = 30_000;

/// How far a search for a new nonce has come.
#[derive(Debug, Clone, PartialEq)]
enum Mining {
    Idle,
    Searching { tried: u64 },
    GaveUp { tried: u64 },
}

#[component]
pub fn Ladder(specimen: Specimen) -> impl IntoView {
    let mining = RwSignal::new(Mining::Idle);
    let hash = Memo::new(move |_| header_of(&specimen.bytes.read()).map(|header| header.hash()));
    let breaks =
        move |rule: &str| specimen.rulings.with(|rulings| rulings.iter().flatten().any(|ruling| ruling.breaks(rule)));
    let is_searching = move || matches!(mining.get(), Mining::Searching { .. });
    let undo = move |_| {
        mining.set(Mining::Idle);
        specimen.bytes.set(specimen.found.with_value(|found| found.bytes.clone()));
    };
    let mine = move |_| leptos::task::spawn_local(search(specimen, mining));
    view! {
        <div class="ladder" data-test="ladder" data-value=move || specimen.is_changed.get().to_string()>
            {move || specimen.is_changed.get().then(|| view! {
                <ol>{move || specimen.rulings.get().map(|rulings| rungs(specimen, hash.get(), &rulings))}</ol>
                <div class="buttons">
                    <button type="button" data-test="fix-root" disabled=move || !breaks("bad-merkle-root")
                        on:click=move |_| put_root(specimen)>{text!("explore-fix-root")}</button>
                    <button type="button" data-test="mine-again" disabled=move || is_searching() || !breaks("high-hash")
                        on:click=mine>{text!("explore-mine-again")}</button>
                    <button type="button" class="quiet" data-test="undo" on:click=undo>{text!("explore-undo")}</button>
                </div>
                <p class="muted" role="status">{move || progress(&mining.get())}</p>
            })}
        </div>
    }
}

/// From the hash up to the other nodes.
fn rungs(specimen: Specimen, hash: Option<BlockHash>, rulings: &[Ruling]) -> impl IntoView + use<> {
    let found = specimen.found.get_value();
    let (before, height) = (found.block.hash(), found.place.height);
    let hash_changed = hash != Some(before);
    let broken = rulings.iter().filter(|ruling| ruling.is_broken()).count();
    let of_hash = match hash {
        Some(hash) if hash_changed => {
            text!("explore-hash-changed", before = words::short_hash(&before), now = words::short_hash(&hash))
        }
        Some(_) => text!("explore-hash-same"),
        None => text!("explore-hash-none"),
    };
    let of_block = match broken {
        0 => text!("explore-block-kept"),
        count => text!("explore-block-broken", count = count),
    };
    let above = found.confirmations.saturating_sub(1);
    let of_chain = match (hash_changed, above) {
        (_, 0) => text!("explore-chain-none"),
        (true, above) => text!("explore-chain-cut", height = height + 1, count = above),
        (false, _) => text!("explore-chain-kept", height = height + 1),
    };
    let of_peers = match (broken, above) {
        (0, 0) => text!("explore-nodes-rival"),
        (0, above) => text!("explore-nodes-stale", count = above),
        (_, _) if rulings.iter().filter(|ruling| ruling.is_broken()).all(|ruling| ruling.breaks("time-too-new")) => {
            text!("explore-nodes-wait")
        }
        _ => text!("explore-nodes-refuse"),
    };
    let rung = |name: String, is_bad: bool, text: String| {
        view! { <li class=if is_bad { "broken" } else { "kept" }><b>{name}</b>" "{text}</li> }
    };
    view! {
        {rung(text!("explore-rung-hash"), hash_changed, of_hash)}
        {rung(text!("explore-rung-block"), broken > 0, of_block)}
        {rung(text!("explore-rung-chain"), above > 0, of_chain)}
        {rung(text!("explore-rung-nodes"), true, of_peers)}
    }
}

fn progress(mining: &Mining) -> String {
    match mining {
        Mining::Idle => String::new(),
        Mining::Searching { tried } => text!("explore-searching", tried = *tried),
        Mining::GaveUp { tried } => text!("explore-gave-up", tried = *tried),
    }
}

fn header_of(bytes: &[u8]) -> Option<Header> {
    Header::from_bytes(bytes.get(..Header::SIZE)?).ok()
}

fn put_header(specimen: Specimen, header: &Header) {
    specimen.bytes.update(|bytes| bytes[..Header::SIZE].copy_from_slice(&header.to_bytes()));
}

/// Makes the header mean the transactions as they are now.
fn put_root(specimen: Specimen) {
    let Ok(block) = Block::from_bytes(&specimen.bytes.read_untracked()) else { return };
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    put_header(specimen, &Header { merkle_root: merkle_root(&txids).root, ..block.header });
}

/// Searches a nonce for the header as it is now, until it is found, changed, or nobody waits any more.
async fn search(specimen: Specimen, mining: RwSignal<Mining>) {
    let Some(header) = header_of(&specimen.bytes.read_untracked()) else { return };
    let algorithm = specimen.found.with_value(|found| found.params.algorithm);
    let (started, mut start, mut tried, mut count) = (browser::now(), header.nonce, 0_u64, 16_u32);
    mining.set(Mining::Searching { tried });
    loop {
        let asked = browser::now();
        let Some(Reply::Nonce(found)) = specimen.judge.ask(Question::Nonce { algorithm, header, start, count }).await
        else {
            mining.try_set(Mining::Idle);
            return;
        };
        let is_wanted = mining.try_get_untracked().is_some_and(|mining| matches!(mining, Mining::Searching { .. }));
        if !is_wanted {
            return;
        }
        if header_of(&specimen.bytes.read_untracked()) != Some(header) {
            return mining.set(Mining::Idle);
        }
        tried += u64::from(count);
        if let Some(nonce) = found {
            mining.set(Mining::Idle);
            return put_header(specimen, &Header { nonce, ..header });
        }
        if browser::now().millis_since(started) > PATIENCE_MILLIS {
            return mining.set(Mining::GaveUp { tried });
        }
        mining.set(Mining::Searching { tried });
        start = start.wrapping_add(count);
        let took = browser::now().millis_since(asked);
        count = if took < BATCH_MILLIS { count.saturating_mul(2) } else { (count / 2).max(1) };
    }
}
