//! How a transaction is proven to be in a block: from its txid up to the Merkle root, one hash after the other, each computed here
//! when its turn comes.

use leptos::prelude::*;
use tabchain_shared::primitives::block::{merkle_branch, merkle_root_from_branch};
use tabchain_shared::primitives::{MerkleRoot, Txid};

use crate::text;

#[component]
pub fn MerkleProof(
    /// Of all transactions of the block, in their order.
    txids: Vec<Txid>,
    position: usize,
    /// What the header says.
    root: MerkleRoot,
) -> impl IntoView {
    let branch = merkle_branch(&txids, position).unwrap_or_default();
    let steps = branch.len();
    let txid = txids[position];
    let branch = StoredValue::new(branch);
    let done = RwSignal::new(0_usize);
    // The hash after so many steps.
    let reached =
        move |steps: usize| branch.with_value(|branch| merkle_root_from_branch(txid, position, &branch[..steps]));
    let step = move |number: usize| {
        let ours = reached(number).to_string();
        let sibling = branch.with_value(|branch| MerkleRoot(branch[number])).to_string();
        let is_left = position >> number & 1 == 0;
        let is_alone = ours == sibling;
        let words = match (is_alone, is_left) {
            (true, _) => text!("explore-proof-alone"),
            (false, true) => text!("explore-proof-right"),
            (false, false) => text!("explore-proof-left"),
        };
        let (left, right) = if is_left { (ours, sibling) } else { (sibling, ours) };
        view! {
            <li>
                <span class="muted">{words}</span>
                <span class="sum">
                    <span class="label">{text!("explore-proof-of")}</span>
                    <span class="hash" class:ours=is_left>{left}</span>
                    <span class="label">{text!("explore-proof-and")}</span>
                    <span class="hash" class:ours=!is_left>{right}</span>
                    <span class="label">{text!("explore-proof-is")}</span>
                    <span class="hash ours">{reached(number + 1).to_string()}</span>
                </span>
            </li>
        }
    };
    let fits = move || reached(steps) == root;
    let outcome = move || {
        if done.get() < steps {
            return text!("explore-proof-progress", done = done.get(), steps = steps);
        }
        if fits() { text!("explore-proof-fits") } else { text!("explore-proof-fails") }
    };
    view! {
        <section class="card" aria-labelledby="proof-title">
            <div class="card-head"><h2 id="proof-title">{text!("explore-proof")}</h2></div>
            <p class="muted">
                {text!("explore-proof-why", count = txids.len(), steps = steps)}
            </p>
            <ol class="proof">
                <li><span class="muted">{text!("explore-proof-txid")}</span><span class="hash ours">{txid.to_string()}</span></li>
                {move || (0..done.get()).map(step).collect_view()}
            </ol>
            <p role="status" data-test="proof" data-value=move || (done.get() == steps && fits()).to_string()>{outcome}</p>
            <div class="buttons">
                <button type="button" data-test="next-hash" disabled=move || done.get() == steps
                    on:click=move |_| done.update(|done| *done = (*done + 1).min(steps))>{text!("explore-proof-next")}</button>
                <button type="button" class="quiet" disabled=move || done.get() == steps
                    on:click=move |_| done.set(steps)>{text!("explore-proof-all")}</button>
            </div>
        </section>
    }
}
