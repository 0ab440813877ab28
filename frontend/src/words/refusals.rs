//! Why something is refused, in the person's language. The core says it in English, the name of the rule first
//! (`insufficient-balance: 3 available, 5 needed`); what has no name here is told as it came.

use tabchain_shared::primitives::{AddressError, Amount, AmountError, Memo};

use super::coins;
use crate::text;

/// Without a full stop, to stand in a sentence.
pub fn refusal(reason: &str) -> String {
    // A relay says before it which node refuses.
    let (whom, rest) = match reason.split_once(" refuses: ") {
        Some((whom, rest)) => (Some(whom), rest),
        None => (None, reason),
    };
    let words = rule_in_words(rest);
    whom.map_or_else(|| words.clone(), |whom| text!("frame-refuses", name = whom, reason = words.clone()))
}

fn rule_in_words(reason: &str) -> String {
    let (rule, said) = reason.split_once(": ").unwrap_or(("", reason));
    let mut amounts = said.split([' ', ',', ';']).filter_map(|word| word.parse::<Amount>().ok()).map(coins);
    let mut amount = || amounts.next().unwrap_or_default();
    match rule {
        "insufficient-balance" => text!("frame-refused-balance", has = amount(), needs = amount()),
        "fee-too-low" => text!("frame-refused-fee", fee = amount()),
        "underpriced-replacement" => text!("frame-refused-replacement", fee = amount()),
        "too-many-waiting" => text!("frame-refused-many"),
        "mempool-full" => text!("frame-refused-full"),
        "already-known" => text!("frame-refused-known"),
        "zero-amount" => text!("frame-refused-zero"),
        "nonce-used" => text!("frame-refused-nonce"),
        "bad-signature" => text!("frame-refused-signature"),
        _ => reason.to_owned(),
    }
}

/// What is wrong with an amount that somebody wrote.
pub fn amount(error: &AmountError) -> String {
    match error {
        AmountError::NotANumber => text!("frame-amount-format"),
        AmountError::TooFine => text!("frame-amount-decimals"),
        AmountError::Negative => text!("frame-amount-negative"),
        AmountError::TooLarge => text!("frame-amount-large"),
    }
}

/// What is wrong with an address that somebody wrote.
pub fn address(error: AddressError) -> String {
    match error {
        AddressError::Checksum => text!("frame-address-mistyped"),
        AddressError::Prefix => text!("frame-address-prefix"),
        AddressError::Length => text!("frame-address-length"),
    }
}

/// What is wrong with a message that goes with a payment: only one thing can be.
pub fn memo() -> String {
    text!("frame-memo-long", most = Memo::MAX_BYTES)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::TxError;
    use tabchain_shared::mempool::MempoolError;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn coins_of(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[test]
    fn what_the_core_refuses_is_told_with_its_figures() {
        let needed = coins_of("0.0141");
        for (error, told) in [
            (MempoolError::FeeTooLow { needed }, "a fee of at least 0.0141 TAB is needed"),
            (
                MempoolError::UnderpricedReplacement { needed },
                "another payment has this number; one with a fee of at least 0.0141 TAB takes its place",
            ),
            (
                TxError::InsufficientBalance { balance: coins_of("3.5"), cost: coins_of("1200") }.into(),
                "3.5 TAB are there, 1,200 TAB are needed",
            ),
            (TxError::NonceUsed { found: 3, expected: 4 }.into(), "the chain holds a payment with this number already"),
            (MempoolError::Full, "only payments with a higher fee are taken now"),
        ] {
            assert_eq!(refusal(&error.to_string()), told);
        }
        assert_eq!(refusal("a node needs a name"), "a node needs a name");
        assert_eq!(
            refusal("green-egret refuses: mempool-full: only transactions with a higher fee are taken now"),
            "green-egret refuses: only payments with a higher fee are taken now"
        );
    }
}
