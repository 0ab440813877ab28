//! Which payments have taken the place of others, and what those had paid: a payment that was never mined leaves no trace in the chain
//! or the mempool, and so its own person's browser remembers it, over a reload, too.

use leptos::prelude::*;
use tabchain_shared::primitives::{Amount, Txid};

/// For every tab of this origin.
const KEY: &str = "tabchain-replaced";
/// The oldest are forgotten: a wallet shows no more payments than these.
const MAX_KEPT: usize = 128;

/// Fees of payments of which another one has taken the place, by the one that did; the newest last.
#[derive(Debug, Clone, Copy)]
pub struct Replaced(RwSignal<Vec<(Txid, Amount)>>);

impl Replaced {
    pub fn open() -> Self {
        Self(RwSignal::new(kept()))
    }

    /// What was paid before in the place of this one.
    pub fn fee_before(self, txid: &Txid) -> Option<Amount> {
        self.0.with(|all| all.iter().rev().find(|(new, _)| new == txid).map(|(_, fee)| *fee))
    }

    /// A payment has taken the place of one with that fee.
    pub fn remember(self, txid: Txid, fee_before: Amount) {
        // Other tabs remember theirs there.
        let mut all = kept();
        if all.is_empty() {
            all = self.0.get_untracked();
        }
        all.push((txid, fee_before));
        all.drain(..all.len().saturating_sub(MAX_KEPT));
        if let Some(storage) = window().local_storage().ok().flatten() {
            // A full storage keeps what it had; this page knows better.
            let _ = storage.set_item(KEY, &write(&all));
        }
        self.0.try_set(all);
    }
}

fn kept() -> Vec<(Txid, Amount)> {
    let storage = window().local_storage().ok().flatten();
    read(&storage.and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default())
}

/// A line each.
fn write(all: &[(Txid, Amount)]) -> String {
    all.iter().map(|(txid, fee)| format!("{txid} {fee}")).collect::<Vec<_>>().join("\n")
}

/// Whoever can write there can write anything: what makes no sense is left out.
fn read(text: &str) -> Vec<(Txid, Amount)> {
    let line = |line: &str| {
        let (txid, fee) = line.split_once(' ')?;
        Some((txid.parse().ok()?, fee.parse().ok()?))
    };
    let mut all: Vec<_> = text.lines().filter_map(line).collect();
    all.drain(..all.len().saturating_sub(MAX_KEPT));
    all
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn replaced(number: u8) -> (Txid, Amount) {
        (Txid([number; 32]), Amount::from_units(u64::from(number)).unwrap())
    }

    #[test]
    fn what_was_replaced_is_read_back_and_the_rest_left_out() {
        let all: Vec<_> = (0..=u8::MAX).map(replaced).collect();
        let newest = &all[all.len() - MAX_KEPT..];
        assert_eq!(read(&write(&all)), newest);
        let spoilt = format!("{}\n \nx 1\n{} -1\n{}", "é".repeat(40), Txid([1; 32]), write(&all[..2]));
        assert_eq!(read(&spoilt), all[..2]);
        assert_eq!(read(""), []);
    }
}
