//! How a transaction is proven to be in a block: from its txid up to the Merkle root, one hash after the other, each computed here
//! when its turn comes.

use leptos::prelude::*;
use tabchain_shared::primitives::block::{merkle_branch, merkle_root_from_branch};
use tabchain_shared::primitives::{MerkleRoot, Txid};

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
            (true, _) => "It has no neighbour, so it is paired with itself.",
            (false, true) => "Its neighbour stands on the right.",
            (false, false) => "Its neighbour stands on the left.",
        };
        let (left, right) = if is_left { (ours, sibling) } else { (sibling, ours) };
        view! {
            <li>
                <span class="muted">{words}</span>
                <span class="sum">
                    <span class="label">"SHA-256d of"</span>
                    <span class="hash" class:ours=is_left>{left}</span>
                    <span class="label">"and"</span>
                    <span class="hash" class:ours=!is_left>{right}</span>
                    <span class="label">"is"</span>
                    <span class="hash ours">{reached(number + 1).to_string()}</span>
                </span>
            </li>
        }
    };
    let fits = move || reached(steps) == root;
    let outcome = move || {
        if done.get() < steps {
            return format!("{} of {steps} hashes computed", done.get());
        }
        let outcome = if fits() {
            "This is the header's Merkle root: the block holds this transaction."
        } else {
            "This is not the header's Merkle root."
        };
        outcome.to_owned()
    };
    view! {
        <section class="card" aria-labelledby="proof-title">
            <div class="card-head"><h2 id="proof-title">"The proof that it is in its block"</h2></div>
            <p class="muted">
                {format!("The block has {} transactions. Of all the others, {steps} hashes are enough to check this one.", txids.len())}
            </p>
            <ol class="proof">
                <li><span class="muted">"Its txid."</span><span class="hash ours">{txid.to_string()}</span></li>
                {move || (0..done.get()).map(step).collect_view()}
            </ol>
            <p role="status" data-test="proof" data-value=move || (done.get() == steps && fits()).to_string()>{outcome}</p>
            <div class="buttons">
                <button type="button" data-test="next-hash" disabled=move || done.get() == steps
                    on:click=move |_| done.update(|done| *done = (*done + 1).min(steps))>"Compute the next hash"</button>
                <button type="button" class="quiet" disabled=move || done.get() == steps
                    on:click=move |_| done.set(steps)>"All of them"</button>
            </div>
        </section>
    }
}
