//! The block tree as a node sees it: newest on the right, the active chain straight and thick, stale branches below it.
//! Each block can be pressed for what is in it.

mod layout;

use std::collections::BTreeMap;

use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::primitives::{Address, BlockHash};

use super::palette;
use crate::state::Clock;
use crate::words;
use layout::{Layout, Link, PlacedBlock, arrange};

/// Pixels from a block to the next, and from a lane to the next; the blocks themselves are sized in the style sheet.
const COLUMN: usize = 96;
const LANE: usize = 76;
const BLOCK_WIDTH: usize = 76;
const BLOCK_HEIGHT: usize = 60;

#[component]
pub fn BlockTree(
    /// In any order.
    #[prop(into)]
    blocks: Signal<Vec<BlockView>>,
    /// Whose blocks are the reader's own.
    #[prop(into, optional)]
    me: Signal<Option<Address>>,
    /// Whether so many blocks come that none is shown arriving.
    #[prop(into, optional)]
    rushed: Signal<bool>,
) -> impl IntoView {
    let layout = Memo::new(move |_| blocks.with(|blocks| arrange(blocks)));
    let colours = Memo::new(move |_| {
        blocks.with(|blocks| {
            palette::assign(&blocks.iter().filter(|block| block.height > 0).map(|block| block.miner).collect())
        })
    });
    let selected = RwSignal::new(None::<BlockHash>);
    let width = move || layout.read().columns * COLUMN;
    let height = move || (layout.read().lanes - 1) * LANE + BLOCK_HEIGHT + 8;
    let shown = move || {
        let hash = selected.get()?;
        blocks.with(|blocks| blocks.iter().find(|block| block.hash == hash).cloned())
    };
    view! {
        <div class="tree" class:rushed=rushed>
            // In a reversed row scrolling starts at the right, at the tip, and stays there as the chain grows.
            <div class="tree-scroll" tabindex="0" role="group" aria-label="Recent blocks, newest last">
                <div class="tree-canvas" style=move || format!("width:{}px;height:{}px", width(), height())>
                    <svg class="tree-links" width=width height=height aria-hidden="true">
                        <For each=move || layout.get().links key=|link| link.clone_key() children=|link| view! {
                            <path class=("active", link.active) d=path_of(&link)/>
                        }/>
                    </svg>
                    <For each=move || layout.get().gaps key=|gap| (gap.column, gap.heights) children=|gap| view! {
                        <div class="tree-gap" style=position(gap.column, 0)>
                            {words::counted(gap.heights as usize, "block", "blocks")}" earlier"
                        </div>
                    }/>
                    <For
                        each=move || layout.get().blocks
                        key=|placed| (placed.block.hash, placed.block.active)
                        children=move |placed| {
                            let hash = placed.block.hash;
                            let place = Memo::new(move |before: Option<&String>| {
                                // A block that is just leaving keeps its last place.
                                layout.with(|layout| place_of(layout, hash)).or_else(|| before.cloned()).unwrap_or_default()
                            });
                            view! { <BlockButton placed place colours me selected/> }
                        }
                    />
                    <For each=move || layout.get().hidden key=|hidden| *hidden children=|(column, count)| view! {
                        <div class="tree-hidden" style=position(column, layout::MAX_LANES - 1)>{format!("+{count}")}</div>
                    }/>
                </div>
            </div>
            {move || shown().map(|block| view! { <BlockDetails block on_close=move || selected.set(None)/> })}
            <Legend blocks colours me/>
        </div>
    }
}

#[component]
fn BlockButton(
    placed: PlacedBlock,
    #[prop(into)] place: Signal<String>,
    #[prop(into)] colours: Signal<BTreeMap<Address, usize>>,
    me: Signal<Option<Address>>,
    selected: RwSignal<Option<BlockHash>>,
) -> impl IntoView {
    let BlockView { hash, height, miner, active, transaction_count, .. } = placed.block;
    let is_genesis = height == 0;
    let name = if is_genesis { "genesis".to_owned() } else { miner_name(&placed.block) };
    let transfers = transaction_count.saturating_sub(1);
    let contents = if transfers == 0 { String::new() } else { words::counted(transfers, "payment", "payments") };
    let colour = move || colours.read().get(&miner).map_or_else(|| "neutral".to_owned(), ToString::to_string);
    view! {
        <button
            type="button"
            class="block"
            class=("stale", !active)
            class=("mine", move || !is_genesis && me.get() == Some(miner))
            class=("selected", move || selected.get() == Some(hash))
            style=move || format!("{};--colour:var(--miner-{})", place.get(), colour())
            aria-pressed=move || (selected.get() == Some(hash)).to_string()
            on:click=move |_| selected.update(|selected| *selected = (*selected != Some(hash)).then_some(hash))
        >
            <span class="block-height"><span class="visually-hidden">"Block "</span>{words::grouped(height)}</span>
            <span class="block-miner"><span class="visually-hidden">" by "</span>{name}</span>
            {(!active).then(|| view! { <span class="visually-hidden">", stale "</span> })}
            <span class="block-contents">{contents}</span>
        </button>
    }
}

#[component]
fn BlockDetails(block: BlockView, on_close: impl Fn() + 'static) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let dated = Time(u64::from(block.time) * 1000);
    let standing = if block.active { "on the active chain" } else { "stale: another branch has more work" };
    view! {
        <div class="block-details" role="region" aria-label=format!("Block {}", block.height)>
            <div class="block-details-head">
                <strong>"Block "{words::grouped(block.height)}</strong>
                <span class="muted">{standing}</span>
                <button type="button" class="quiet" on:click=move |_| on_close()>"Close"</button>
            </div>
            <dl>
                <dt>"Hash"</dt><dd class="hash">{block.hash.to_string()}</dd>
                <dt>"Parent"</dt><dd class="hash">{block.prev_blockhash.to_string()}</dd>
                <dt>"Found by"</dt><dd>{miner_name(&block)}" "<span class="muted">{words::short_address(&block.miner)}</span></dd>
                <dt>"Dated"</dt>
                <dd>{words::time_of_day(dated)}", "{move || words::ago(clock.millis_since(dated))}</dd>
                <dt>"Holds"</dt>
                <dd>
                    {words::counted(block.transaction_count.saturating_sub(1), "payment", "payments")}", "
                    {words::grouped(block.size as u64)}" bytes"
                    {block.wire_bytes.map(|bytes| format!(", came in {}", words::grouped(bytes)))}
                </dd>
                <dt>"Reward"</dt><dd>{words::coins(block.reward)}</dd>
                <dt>"Nonce"</dt><dd>{words::grouped(block.nonce)}</dd>
            </dl>
        </div>
    }
}

/// Who has which colour, and how many blocks of those shown.
#[component]
fn Legend(
    blocks: Signal<Vec<BlockView>>,
    #[prop(into)] colours: Signal<BTreeMap<Address, usize>>,
    me: Signal<Option<Address>>,
) -> impl IntoView {
    let entries = Memo::new(move |_| {
        blocks.with(|blocks| {
            let mut entries: BTreeMap<Address, (String, usize)> = BTreeMap::new();
            // The newest name of a miner counts.
            let mut oldest_first: Vec<&BlockView> = blocks.iter().filter(|block| block.height > 0).collect();
            oldest_first.sort_by_key(|block| block.height);
            for block in oldest_first {
                let entry = entries.entry(block.miner).or_default();
                *entry = (miner_name(block), entry.1 + 1);
            }
            let mut entries: Vec<_> = entries.into_iter().map(|(miner, (name, count))| (miner, name, count)).collect();
            entries.sort_by(|left, right| right.2.cmp(&left.2).then_with(|| left.1.cmp(&right.1)));
            entries
        })
    });
    let stale = Memo::new(move |_| blocks.with(|blocks| blocks.iter().filter(|block| !block.active).count()));
    view! {
        <ul class="legend">
            <For each=move || entries.get() key=Clone::clone children=move |(miner, name, count)| view! {
                <li>
                    <span
                        class="swatch"
                        style=move || format!("--colour:var(--miner-{})", colours.read().get(&miner).copied().unwrap_or_default())
                    ></span>
                    {name}
                    {move || (me.get() == Some(miner)).then_some(" (you)")}
                    " "<span class="muted">{words::grouped(count as u64)}</span>
                </li>
            }/>
            {move || (stale.get() > 0).then(|| view! {
                <li><span class="swatch ghost"></span>"stale "<span class="muted">{stale.get()}</span></li>
            })}
        </ul>
    }
}

/// What the miner calls itself, or else its address.
fn miner_name(block: &BlockView) -> String {
    let tag = block.tag.trim();
    if tag.is_empty() { words::short_address(&block.miner) } else { tag.to_owned() }
}

fn place_of(layout: &Layout, hash: BlockHash) -> Option<String> {
    let placed = layout.blocks.iter().find(|placed| placed.block.hash == hash)?;
    Some(position(placed.column, placed.lane))
}

fn position(column: usize, lane: usize) -> String {
    let x = column * COLUMN + (COLUMN - BLOCK_WIDTH) / 2;
    format!("transform:translate({x}px,{}px)", lane * LANE + 4)
}

/// Straight within a lane; a soft elbow to another.
fn path_of(link: &Link) -> String {
    let y = |lane: usize| lane * LANE + 4 + BLOCK_HEIGHT / 2;
    let start = link.from.0 * COLUMN + COLUMN.midpoint(BLOCK_WIDTH);
    let end = link.to.0 * COLUMN + (COLUMN - BLOCK_WIDTH) / 2;
    let (from, to) = (y(link.from.1), y(link.to.1));
    if from == to {
        return format!("M{start} {from}H{end}");
    }
    let middle = end.midpoint(start.max(end.saturating_sub(COLUMN - BLOCK_WIDTH)));
    format!("M{start} {from}H{middle}V{to}H{end}")
}

impl Link {
    /// Drawn anew when any of it changes.
    fn clone_key(&self) -> (BlockHash, (usize, usize), (usize, usize), bool) {
        (self.child, self.from, self.to, self.active)
    }
}
