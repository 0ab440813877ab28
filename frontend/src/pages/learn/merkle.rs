//! A block and its Merkle tree: one hash in the header stands for every transaction, and a few hashes prove that one is in it.

use leptos::prelude::*;
use tabchain_shared::primitives::block::{hash_pair, merkle_branch, merkle_root_from_branch};
use tabchain_shared::primitives::{Amount, Block, MerkleRoot, Transaction, Txid, merkle_root};

use super::parts::{MineOne, PayMyself, Verdict};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

/// Two payments and the miner's reward: the smallest tree in which something can be left out of a proof.
const TRANSACTIONS: usize = 3;
/// Larger trees than this are too wide to be looked at.
const MOST_TRANSACTIONS: usize = 16;
/// The transaction that is changed and proven: the first after the reward.
const CHOSEN: usize = 1;

/// The block that the lesson looks at, and whether one of its payments has been changed in the page.
#[derive(Clone, Copy)]
struct Specimen {
    found: RwSignal<Option<Block>>,
    is_changed: RwSignal<bool>,
}

impl Specimen {
    /// The newest block with enough in it, once and for all.
    fn look_for() -> Self {
        let course = expect_context::<Course>();
        let specimen = Self { found: RwSignal::new(None), is_changed: RwSignal::new(false) };
        let newest = course.snapshot(|snapshot| {
            let fits = |count: usize| (TRANSACTIONS..=MOST_TRANSACTIONS).contains(&count);
            snapshot.blocks.iter().find(|block| block.active && fits(block.transaction_count)).map(|block| block.hash)
        });
        Effect::new(move |_| {
            let Some(hash) = newest.get().flatten() else { return };
            if specimen.found.with_untracked(Option::is_some) {
                return;
            }
            leptos::task::spawn_local(async move {
                if let Some(block) = course.block(hash).await {
                    specimen.found.try_set(Some(block));
                }
            });
        });
        specimen
    }

    /// The block as it is, or with a payment that moves a little more.
    fn block(self) -> Option<Block> {
        let mut block = self.found.get()?;
        if let (true, Some(Transaction::Transfer(transfer))) =
            (self.is_changed.get(), block.transactions.get_mut(CHOSEN))
        {
            transfer.amount = Amount::from_units(transfer.amount.units() + 1).unwrap_or(transfer.amount);
        }
        Some(block)
    }

    fn fits(self) -> bool {
        self.block().is_some_and(|block| merkle_root(&txids(&block)).root == block.header.merkle_root)
    }
}

fn txids(block: &Block) -> Vec<Txid> {
    block.transactions.iter().map(Transaction::txid).collect()
}

/// All hashes of a tree, the leaves first. The last of an odd number is paired with itself.
fn levels(txids: &[Txid]) -> Vec<Vec<[u8; 32]>> {
    let mut levels = vec![txids.iter().map(|txid| txid.0).collect::<Vec<_>>()];
    while let Some(level) = levels.last().filter(|level| level.len() > 1) {
        let pairs = level.chunks(2).map(|pair| hash_pair(&pair[0], pair.last().expect("chunks are not empty")));
        let above = pairs.collect();
        levels.push(above);
    }
    levels
}

#[component]
pub fn Merkle(lesson: Lesson) -> impl IntoView {
    let specimen = Specimen::look_for();
    view! {
        <Step lesson number=1 title=text!("learn-merkle-1")><Make lesson specimen/></Step>
        <Step lesson number=2 title=text!("learn-merkle-2")><Change lesson specimen/></Step>
        <Step lesson number=3 title=text!("learn-merkle-3")><PutBack lesson specimen/></Step>
        <Step lesson number=4 title=text!("learn-merkle-4")><Prove lesson specimen/></Step>
    }
}

#[component]
fn Make(lesson: Lesson, specimen: Specimen) -> impl IntoView {
    let course = expect_context::<Course>();
    let blocks = course.blocks_above(course.at_first(|snapshot| snapshot.tip.height));
    let waiting = course.snapshot(|snapshot| snapshot.mempool_size);
    let is_made = Memo::new(move |_| {
        let found = specimen.found.get().map(|block| block.hash());
        blocks.get().iter().any(|block| Some(block.hash) == found)
    });
    // A block from before does not count: the lesson takes the first that is made now.
    Effect::new(move |_| {
        let made = blocks
            .get()
            .into_iter()
            .find(|block| (TRANSACTIONS..=MOST_TRANSACTIONS).contains(&block.transaction_count));
        if let Some(made) = made.filter(|_| !is_made.get_untracked()) {
            leptos::task::spawn_local(async move {
                if let Some(block) = course.block(made.hash).await {
                    specimen.found.try_set(Some(block));
                }
            });
        }
    });
    lesson.take_when(1, move || is_made.get() && specimen.fits());
    view! {
        <p>{text!("learn-merkle-1-do")}</p>
        <PayMyself/>
        <p class="muted" data-test="waiting" data-value=move || waiting.get().map(|waiting| waiting.to_string())>
            {move || text!("learn-waiting", payments = waiting.get().unwrap_or(0))}
        </p>
        <MineOne/>
    }
}

/// Every hash from the leaves up to the root; what differs from the block as it was found is marked.
#[component]
fn Tree(specimen: Specimen) -> impl IntoView {
    let tree = move || {
        let (block, found) = (specimen.block()?, specimen.found.get()?);
        let before = levels(&txids(&found));
        let rows = levels(&txids(&block)).into_iter().zip(before).enumerate().map(|(number, (now, before))| {
            let name = match number {
                0 => text!("learn-merkle-leaves"),
                number if number + 1 == levels(&txids(&found)).len() => text!("learn-merkle-root"),
                _ => text!("learn-merkle-level"),
            };
            let hashes = now.iter().zip(before).map(|(now, before)| {
                let is_other = *now != before;
                view! {
                    <li class="hash" class:broken=is_other>{words::short_hash(&MerkleRoot(*now))}
                        {is_other.then(|| view! { <span class="visually-hidden">{text!("learn-changed")}</span> })}
                    </li>
                }
            });
            view! { <div><span class="label">{name}</span><ol class="hashes">{hashes.collect_view()}</ol></div> }
        });
        Some(rows.collect_view())
    };
    let of_header = move || specimen.found.get().map(|block| words::short_hash(&block.header.merkle_root));
    view! {
        <div class="merkle">{tree}</div>
        <p>{text!("learn-merkle-header")}" "<span class="hash">{of_header}</span></p>
        <Verdict holds=Signal::derive(move || specimen.fits()) yes=text!("learn-merkle-fits") no=text!("learn-merkle-differs") data_test="root-fits"/>
    }
}

/// Where there is no block any more that the lesson could look at.
#[component]
fn Missing(specimen: Specimen) -> impl IntoView {
    move || {
        specimen.found.with(Option::is_none).then(|| {
            view! { <p class="muted">{text!("learn-merkle-missing")}</p><PayMyself/><MineOne/> }
        })
    }
}

#[component]
fn ChangeButton(specimen: Specimen) -> impl IntoView {
    let label = move || if specimen.is_changed.get() { text!("learn-put-back") } else { text!("learn-merkle-change") };
    view! {
        <button type="button" data-test="change-payment" disabled=move || specimen.found.with(Option::is_none)
            on:click=move |_| specimen.is_changed.update(|is_changed| *is_changed = !*is_changed)>{label}</button>
    }
}

#[component]
fn Change(lesson: Lesson, specimen: Specimen) -> impl IntoView {
    lesson.take_when(2, move || specimen.is_changed.get() && specimen.found.with(Option::is_some) && !specimen.fits());
    view! {
        <p>{text!("learn-merkle-2-do")}</p>
        <Missing specimen/>
        <Tree specimen/>
        <ChangeButton specimen/>
    }
}

#[component]
fn PutBack(lesson: Lesson, specimen: Specimen) -> impl IntoView {
    let was_changed =
        Memo::new(move |before: Option<&bool>| before.copied().unwrap_or(false) || specimen.is_changed.get());
    lesson.take_when(3, move || was_changed.get() && !specimen.is_changed.get() && specimen.fits());
    view! { <p>{text!("learn-merkle-3-do")}</p> }
}

/// The learner finds the hashes that lead from a transaction to the root.
#[component]
fn Prove(lesson: Lesson, specimen: Specimen) -> impl IntoView {
    let txids_of = move || specimen.found.get().map(|block| txids(&block)).unwrap_or_default();
    let depth = Memo::new(move |_| merkle_branch(&txids_of(), CHOSEN).map_or(0, |branch| branch.len()));
    let chosen = RwSignal::new(Vec::<Option<[u8; 32]>>::new());
    let pick = move |place: usize, hash: Option<[u8; 32]>| {
        chosen.update(|chosen| {
            chosen.resize(depth.get_untracked().max(place + 1), None);
            chosen[place] = hash;
        });
    };
    let reached = Memo::new(move |_| {
        let txid = *txids_of().get(CHOSEN)?;
        let branch: Vec<[u8; 32]> = chosen.get().into_iter().map_while(|hash| hash).collect();
        (branch.len() == depth.get() && depth.get() > 0).then(|| merkle_root_from_branch(txid, CHOSEN, &branch))
    });
    let is_proven = Memo::new(move |_| {
        reached.get().is_some_and(|root| {
            specimen.found.with(|block| block.as_ref().is_some_and(|block| block.header.merkle_root == root))
        })
    });
    lesson.take_when(4, move || is_proven.get());
    let field = move |place: usize| {
        let candidates: Vec<[u8; 32]> = {
            let mut levels = levels(&txids_of());
            levels.pop();
            levels.concat()
        };
        let options = candidates.iter().map(|hash| {
            let name = words::short_hash(&MerkleRoot(*hash));
            let value = name.clone();
            view! { <option value=value>{name}</option> }
        });
        let options = options.collect_view();
        let choose = move |event: leptos::ev::Event| {
            let name = event_target_value(&event);
            pick(place, candidates.iter().copied().find(|hash| words::short_hash(&MerkleRoot(*hash)) == name));
        };
        view! {
            <label class="field">
                <span class="label">{text!("learn-merkle-neighbour", number = place + 1)}</span>
                <select data-test=format!("neighbour-{place}") on:change=choose><option value="">"…"</option>{options}</select>
            </label>
        }
    };
    view! {
        <p>{text!("learn-merkle-4-do")}</p>
        <Missing specimen/>
        <p>{text!("learn-merkle-payment")}" "<span class="hash" data-test="leaf">
            {move || txids_of().get(CHOSEN).map(words::short_hash)}
        </span></p>
        <div class="neighbours">{move || (0..depth.get()).map(field).collect_view()}</div>
        {move || reached.get().map(|root| view! {
            <p>{text!("learn-merkle-reached")}" "<span class="hash">{words::short_hash(&root)}</span></p>
            <Verdict holds=is_proven.into() yes=text!("learn-merkle-proven") no=text!("learn-merkle-unproven") data_test="proven"/>
        })}
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_tree_that_is_shown_is_the_one_of_the_rules() {
        for count in 1..10_u8 {
            let txids: Vec<Txid> = (0..count).map(|number| Txid([number; 32])).collect();
            let levels = levels(&txids);
            assert_eq!(MerkleRoot(levels.last().unwrap()[0]), merkle_root(&txids).root);
            let depth = merkle_branch(&txids, 0).unwrap().len();
            assert_eq!(levels.len(), depth + 1);
        }
    }
}
