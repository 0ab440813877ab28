//! A chain and tampering: what a change to an old block does to that block, to the next one, and to everything above.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::block_rules::check_identity;
use tabchain_shared::primitives::{Block, Memo as Tag, Transaction, Txid, merkle_root};

use super::parts::{MineOne, Verdict};
use super::step::{Lesson, Step};
use crate::lessons::course::Course;
use crate::text;
use crate::words;

/// Blocks that are shown, the first of which is changed.
const SHOWN: usize = 3;

/// Blocks in a row as the node has them, and what the learner makes of the first.
#[derive(Clone, Copy)]
struct Forgery {
    params: RwSignal<Option<Params>>,
    /// With the height of the first; none until there are enough.
    found: RwSignal<Option<(u32, Vec<Block>)>>,
    /// What the miner wrote into the first one, as changed.
    tag: RwSignal<String>,
    has_new_root: RwSignal<bool>,
}

impl Forgery {
    fn look_for() -> Self {
        let course = expect_context::<Course>();
        let forgery = Self {
            params: course.network,
            found: RwSignal::new(None),
            tag: RwSignal::new(String::new()),
            has_new_root: RwSignal::new(false),
        };
        let newest = course.snapshot(|snapshot| {
            if snapshot.sync.is_catching_up() {
                return Vec::new();
            }
            let active = snapshot.blocks.iter().filter(|block| block.active && block.height > 0);
            let mut row: Vec<_> = active.take(SHOWN).map(|block| (block.height, block.hash)).collect();
            row.reverse();
            row
        });
        Effect::new(move |_| {
            let Some(row) = newest.get().filter(|row| row.len() == SHOWN) else { return };
            if forgery.found.with_untracked(Option::is_some) {
                return;
            }
            leptos::task::spawn_local(async move {
                let mut blocks = Vec::new();
                for (_, hash) in &row {
                    let Some(block) = course.block(*hash).await else { return };
                    blocks.push(block);
                }
                if let Some(Transaction::Coinbase(coinbase)) = blocks[0].transactions.first() {
                    forgery.tag.try_set(coinbase.tag.to_string());
                }
                forgery.found.try_set(Some((row[0].0, blocks)));
            });
        });
        forgery
    }

    /// The first block as the learner has changed it.
    fn block(self) -> Option<Block> {
        let mut block = self.found.get()?.1.swap_remove(0);
        if let Some(Transaction::Coinbase(coinbase)) = block.transactions.first_mut() {
            coinbase.tag = Tag::new(self.tag.get()).unwrap_or_else(|_| coinbase.tag.clone());
        }
        if self.has_new_root.get() {
            let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
            block.header.merkle_root = merkle_root(&txids).root;
        }
        Some(block)
    }

    fn is_changed(self) -> bool {
        self.block()
            .zip(self.found.get())
            .is_some_and(|(block, (_, found))| block.transactions != found[0].transactions)
    }

    /// Its body is the one that its header means.
    fn is_whole(self) -> bool {
        self.block().zip(self.params.get()).is_some_and(|(block, params)| check_identity(&params, &block).is_ok())
    }

    /// The block above still names it.
    fn is_linked(self) -> bool {
        let above = self.found.get().map(|(_, blocks)| blocks[1].header.prev_blockhash);
        self.block().is_some_and(|block| Some(block.hash()) == above)
    }
}

#[component]
pub fn Chain(lesson: Lesson) -> impl IntoView {
    let forgery = Forgery::look_for();
    view! {
        <Step lesson number=1 title=text!("learn-chain-1")><Tamper lesson forgery/></Step>
        <Step lesson number=2 title=text!("learn-chain-2")><Mend lesson forgery/></Step>
        <Step lesson number=3 title=text!("learn-chain-3")><Redo lesson forgery/></Step>
    }
}

/// The blocks beside each other, each with its hash and the one that it names.
#[component]
fn Row(forgery: Forgery) -> impl IntoView {
    let blocks = move || {
        let (first, mut blocks) = forgery.found.get()?;
        blocks[0] = forgery.block()?;
        let mut below = None;
        let cards = (first..).zip(blocks).map(|(height, block)| {
            let is_linked = below.is_none_or(|hash| hash == block.header.prev_blockhash);
            below = Some(block.hash());
            view! {
                <li class="link-card" class:broken=!is_linked>
                    <b>{text!("learn-block", height = words::grouped(height))}</b>
                    <span>{text!("learn-names")}" "<span class="hash">{words::short_hash(&block.header.prev_blockhash)}</span></span>
                    <span>{text!("learn-is")}" "<span class="hash">{words::short_hash(&block.hash())}</span></span>
                </li>
            }
        });
        Some(cards.collect_view())
    };
    view! {
        {move || forgery.found.with(Option::is_none).then(|| view! { <p class="muted">{text!("learn-chain-short", blocks = SHOWN)}</p><MineOne/> })}
        <ol class="link-cards">{blocks}</ol>
    }
}

#[component]
fn Tamper(lesson: Lesson, forgery: Forgery) -> impl IntoView {
    lesson.take_when(1, move || forgery.is_changed() && !forgery.is_whole());
    view! {
        <p>{text!("learn-chain-1-do")}</p>
        <Row forgery/>
        <label class="field">
            <span class="label">{text!("learn-chain-tag")}</span>
            <input type="text" maxlength=Tag::MAX_BYTES data-test="tag" disabled=move || forgery.found.with(Option::is_none)
                bind:value=forgery.tag/>
        </label>
        {move || forgery.found.with(Option::is_some).then(|| view! {
            <Verdict holds=Signal::derive(move || forgery.is_whole()) yes=text!("learn-chain-whole") no=text!("learn-chain-not-whole") data_test="whole"/>
            <Verdict holds=Signal::derive(move || forgery.is_linked()) yes=text!("learn-chain-linked") no=text!("learn-chain-not-linked") data_test="linked"/>
        })}
    }
}

#[component]
fn Mend(lesson: Lesson, forgery: Forgery) -> impl IntoView {
    lesson.take_when(2, move || forgery.is_changed() && forgery.is_whole() && !forgery.is_linked());
    let label =
        move || if forgery.has_new_root.get() { text!("learn-put-back") } else { text!("learn-chain-new-root") };
    view! {
        <p>{text!("learn-chain-2-do")}</p>
        <button type="button" data-test="new-root" disabled=move || !forgery.is_changed()
            on:click=move |_| forgery.has_new_root.update(|has| *has = !*has)>{label}</button>
    }
}

/// The learner counts the blocks whose work is to be done again, as the chain is now.
#[component]
fn Redo(lesson: Lesson, forgery: Forgery) -> impl IntoView {
    let course = expect_context::<Course>();
    let tip = course.snapshot(|snapshot| snapshot.tip.height);
    let draft = RwSignal::new(String::new());
    let answer = Memo::new(move |_| draft.read().trim().parse::<u32>().ok());
    let right = move || Some(tip.get()?.checked_sub(forgery.found.get()?.0)? + 1);
    let is_right = Memo::new(move |_| answer.get().is_some() && answer.get() == right());
    lesson.take_when(3, move || is_right.get());
    let height = move || forgery.found.get().map(|(height, _)| words::grouped(height)).unwrap_or_default();
    view! {
        <p data-test="redo-told">{move || text!("learn-chain-3-do", height = height(), tip = words::grouped(tip.get().unwrap_or(0)))}</p>
        <label class="field">
            <span class="label">{text!("learn-chain-count")}</span>
            <input type="text" inputmode="numeric" data-test="redo" bind:value=draft/>
        </label>
        {move || answer.get().map(|_| view! {
            <Verdict holds=is_right.into() yes=text!("learn-chain-right") no=text!("learn-chain-wrong") data_test="redo-right"/>
        })}
    }
}
