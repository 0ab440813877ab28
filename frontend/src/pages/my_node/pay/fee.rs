//! What a payment leaves to its miner: a choice of how soon it is to be mined, each with the fee that what waits here asks for it.

use leptos::prelude::*;
use tabchain_shared::mempool::fees::{FeeLevels, SOON_BLOCKS};
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::primitives::{Amount, Transfer};

use crate::state::NodeState;
use crate::text;
use crate::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    NextBlock,
    Soon,
    Cheapest,
    Own,
}

/// What the person has chosen; [`Fee::amount`] is what it comes to.
#[derive(Debug, Clone, Copy)]
pub struct Fee {
    level: RwSignal<Level>,
    /// As typed.
    own: RwSignal<String>,
    levels: Memo<Option<FeeLevels>>,
    memo: RwSignal<String>,
}

impl Fee {
    pub fn of(memo: RwSignal<String>) -> Self {
        let state = expect_context::<NodeState>();
        let levels = Memo::new(move |_| {
            state.view.with(|view| view.as_ref().and_then(|view| view.wallet.as_ref()).map(|wallet| wallet.fees))
        });
        Self { level: RwSignal::new(Level::NextBlock), own: RwSignal::new(String::new()), levels, memo }
    }

    /// In coins, or what is wrong with what was typed. `None`: the usual one.
    pub fn amount(self) -> Result<Option<Amount>, String> {
        match self.level.get_untracked() {
            Level::Own => words::written_coins(&self.own.read_untracked())
                .map(Some)
                .map_err(|error| text!("wallet-bad-fee", reason = words::refusals::amount(&error))),
            level => Ok(self.levels.get_untracked().map(|levels| fee(level, levels, self.bytes()))),
        }
    }

    /// Of the transfer that it would be.
    fn bytes(self) -> u64 {
        (Transfer::BYTES_WITHOUT_MEMO + self.memo.read_untracked().trim().len()) as u64
    }
}

/// The fee that a level asks of a transfer of so many bytes. For the next block never less than the usual one: somebody may pay
/// a little more a moment later.
fn fee(level: Level, levels: FeeLevels, bytes: u64) -> Amount {
    let of = |rate: u64| Amount::from_units(rate.saturating_mul(bytes)).unwrap_or(Amount::MAX);
    match level {
        Level::NextBlock | Level::Own => of(levels.next_block).max(DEFAULT_FEE),
        Level::Soon => of(levels.soon),
        Level::Cheapest => of(levels.cheapest),
    }
}

/// How soon that is, as far as one can tell.
fn when(level: Level, levels: FeeLevels) -> String {
    match level {
        Level::Own => String::new(),
        Level::NextBlock => text!("wallet-fee-next-when"),
        Level::Soon => text!("wallet-fee-soon-when", blocks = SOON_BLOCKS),
        Level::Cheapest if levels.cheapest_block == 1 => text!("wallet-fee-cheapest-enough"),
        Level::Cheapest => text!("wallet-fee-cheapest-when", blocks = levels.cheapest_block),
    }
}

#[component]
pub fn FeeChoice(fee: Fee) -> impl IntoView {
    // "Soon" is a choice only where it costs more than the least and less than the next block.
    let is_offered = Memo::new(move |_| fee.levels.get().is_some_and(|levels| levels.soon > levels.cheapest));
    let choice = move |level: Level, name: String, mark: &'static str| {
        let amount = Memo::new(move |_| {
            fee.memo.track();
            fee.levels.get().filter(|_| level != Level::Own).map(|levels| self::fee(level, levels, fee.bytes()))
        });
        let when = move || fee.levels.get().map(|levels| when(level, levels));
        view! {
            <label class="choice">
                <input type="radio" name="fee" data-test=mark prop:checked=move || fee.level.get() == level
                    on:change=move |_| fee.level.set(level)/>
                <span>
                    {name}" "
                    <span class="muted" data-test=format!("{mark}-amount")>{move || amount.get().map(words::coins)}</span>
                    <span class="muted details">{when}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="choices fee">
            <legend class="label">{text!("wallet-fee")}</legend>
            {choice(Level::NextBlock, text!("wallet-fee-next"), "fee-next")}
            {move || is_offered.get().then(|| choice(Level::Soon, text!("wallet-fee-soon"), "fee-soon"))}
            {choice(Level::Cheapest, text!("wallet-fee-cheapest"), "fee-cheapest")}
            {choice(Level::Own, text!("wallet-fee-own"), "fee-own")}
            {move || (fee.level.get() == Level::Own).then(|| view! {
                <span class="with-unit">
                    <input type="text" inputmode="decimal" aria-label=text!("wallet-fee-in-coins") data-test="pay-fee" required bind:value=fee.own/>
                    <span>"TAB"</span>
                </span>
            })}
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_busy_network_asks_more_for_the_next_block_than_the_usual_fee() {
        let quiet = FeeLevels { next_block: 1, soon: 1, cheapest: 1, cheapest_block: 1 };
        let busy = FeeLevels { next_block: 5_000, soon: 900, cheapest: 1, cheapest_block: 12 };
        let units = |level, levels| fee(level, levels, 200).units();
        assert_eq!(units(Level::NextBlock, quiet), DEFAULT_FEE.units());
        assert_eq!(units(Level::Cheapest, quiet), 200);
        assert_eq!(units(Level::NextBlock, busy), 1_000_000);
        assert_eq!(units(Level::Soon, busy), 180_000);
        assert_eq!(when(Level::Cheapest, busy), "about 12 blocks from now");
    }
}
