//! What a changed byte does: to the block's hash, to the block, to the chain above it, and to what other nodes would say. And what a
//! forger could try: a new Merkle root, a new proof of work.

use leptos::prelude::*;
use tabchain_shared::primitives::{Block, BlockHash, Decode, Encode, Header, Transaction, Txid, merkle_root};

use super::block::Specimen;
use crate::browser;
use crate::explore::judge::{Question, Reply, Ruling};
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
                        on:click=move |_| put_root(specimen)>"Put the new Merkle root in"</button>
                    <button type="button" data-test="mine-again" disabled=move || is_searching() || !breaks("high-hash")
                        on:click=mine>"Mine it again"</button>
                    <button type="button" class="quiet" data-test="undo" on:click=undo>"Undo"</button>
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
            format!("Its hash ended in {} and ends in {} now.", words::short_hash(&before), words::short_hash(&hash))
        }
        Some(_) => {
            "Its hash is the same: that covers the header alone, and the header means other transactions.".to_owned()
        }
        None => "There is no header any more that could be hashed.".to_owned(),
    };
    let of_block = match broken {
        0 => "It keeps every rule that is judged here: a block of its own, with work of its own.".to_owned(),
        count => format!("It breaks {}.", words::counted(count, "rule", "rules")),
    };
    let above = found.confirmations.saturating_sub(1);
    let of_chain = match (hash_changed, above) {
        (_, 0) => "No block stands on it yet.".to_owned(),
        (true, above) => format!(
            "Block {} names the old hash as its parent. It and what stands on it, {} in all, stand on nothing now.",
            words::grouped(height + 1),
            words::counted(above as usize, "block", "blocks"),
        ),
        (false, _) => format!(
            "Block {} still stands on this header, which belongs to other transactions.",
            words::grouped(height + 1)
        ),
    };
    let of_peers = match (broken, above) {
        (0, 0) => {
            "Other nodes would take it for a rival of the tip, and stay with the one that they saw first.".to_owned()
        }
        (0, above) => format!(
            "Other nodes would take it for a stale branch: the chain that they follow has the work of {} more. \
             Who wants to win has to mine all of those again, faster than everybody else goes on.",
            words::counted(above as usize, "block", "blocks"),
        ),
        (_, _) if rulings.iter().filter(|ruling| ruling.is_broken()).all(|ruling| ruling.breaks("time-too-new")) => {
            "Every node lays it aside until its date has come, and judges it then.".to_owned()
        }
        _ => "Every node refuses it, and bars whoever sends it. Their own copies stay as they are.".to_owned(),
    };
    let rung = |name: &'static str, is_bad: bool, text: String| {
        view! { <li class=if is_bad { "broken" } else { "kept" }><b>{name}</b>" "{text}</li> }
    };
    view! {
        {rung("Hash.", hash_changed, of_hash)}
        {rung("Block.", broken > 0, of_block)}
        {rung("Chain.", above > 0, of_chain)}
        {rung("Nodes.", true, of_peers)}
    }
}

fn progress(mining: &Mining) -> String {
    match mining {
        Mining::Idle => String::new(),
        Mining::Searching { tried } => format!("Searching a nonce: {} tried …", words::grouped(*tried)),
        Mining::GaveUp { tried } => format!(
            "No nonce found in half a minute, after {} tries. A forger needs as much work as the network put into it.",
            words::grouped(*tried)
        ),
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
