//! Numbers, times and hashes as people read them, in the language of the page.

pub mod refusals;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::Role;
use tabchain_shared::primitives::{Address, Amount, AmountError};
use tabchain_shared::wire::link_fault::LinkFault;

use crate::language::{self, Fraction};
use crate::text;

/// `4.0 H/s`, `12.3 kH/s`, `6.91 MH/s`.
pub fn hashrate(hashes_per_second: f64) -> String {
    let (value, unit) = match hashes_per_second {
        rate if rate >= 1e9 => (rate / 1e9, "GH/s"),
        rate if rate >= 1e6 => (rate / 1e6, "MH/s"),
        rate if rate >= 1e3 => (rate / 1e3, "kH/s"),
        rate => (rate, "H/s"),
    };
    let digits = if value >= 100.0 || value == 0.0 {
        0
    } else if value >= 10.0 || unit == "H/s" {
        1
    } else {
        2
    };
    format!("{} {unit}", language::number(value, Fraction::Exactly(digits)))
}

/// `0.4 J`, `12 J`, `3.5 kJ`, `1.2 MJ`: two digits, as befits an estimate.
pub fn energy(joules: f64) -> String {
    let (value, unit) = match joules {
        joules if joules >= 1e6 => (joules / 1e6, "MJ"),
        joules if joules >= 1e3 => (joules / 1e3, "kJ"),
        joules => (joules, "J"),
    };
    format!("{} {unit}", language::number(value, Fraction::Exactly(u8::from(value < 9.95))))
}

/// `1,240`
pub fn grouped(number: impl TryInto<u64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "nothing that is counted here comes near 2^53")]
    number.try_into().map_or_else(|_| "?".to_owned(), |number| language::number(number as f64, Fraction::UpTo(0)))
}

/// `2 s of delay, 5 % loss and a limit of 10 kB/s`.
pub fn link_fault(fault: &LinkFault) -> String {
    let LinkFault { delay, jitter, loss, bandwidth } = *fault;
    let decimal = |number| language::number(number, Fraction::UpTo(2));
    let parts = [
        (delay > 0).then(|| text!("frame-fault-delay", time = millis(delay))),
        (jitter > 0).then(|| text!("frame-fault-jitter", time = millis(jitter))),
        (loss > 0.0).then(|| text!("frame-fault-loss", percent = decimal(100.0 * loss))),
        bandwidth.map(|bandwidth| text!("frame-fault-limit", rate = decimal(f64::from(bandwidth) / 1_000.0))),
    ];
    listed(parts.into_iter().flatten().collect())
}

/// `200 ms`, `2 s`, `2.5 s`.
pub fn millis(millis: u32) -> String {
    if millis < 1_000 {
        format!("{millis} ms")
    } else {
        format!("{} s", language::number(f64::from(millis) / 1_000.0, Fraction::UpTo(2)))
    }
}

/// `ada, bob and cem`
pub fn listed(mut names: Vec<String>) -> String {
    let last = names.pop().unwrap_or_default();
    if names.is_empty() { last } else { text!("frame-and", first = names.join(", "), last = last) }
}

/// What a node plays.
pub fn role(role: Role) -> String {
    match role {
        Role::Honest => text!("frame-role-honest"),
        Role::Selfish => text!("frame-role-selfish"),
        Role::Withholder { .. } => text!("frame-role-withholder"),
        Role::DoubleSpender { .. } => text!("frame-role-double-spender"),
        Role::Merchant { confirmations } => text!("frame-role-merchant", count = confirmations),
    }
}

/// Coins with their unit: `1,250.5 TAB`. All decimals are shown: what is written down must be what moves.
pub fn coins(amount: Amount) -> String {
    let text = amount.to_string();
    let (coins, decimals) = text.split_once('.').map_or((text.as_str(), None), |(coins, rest)| (coins, Some(rest)));
    let coins = coins.parse::<u64>().map_or_else(|_| coins.to_owned(), grouped);
    let decimals = decimals.map(|decimals| language::decimal_separator() + decimals);
    format!("{coins}{} TAB", decimals.unwrap_or_default())
}

/// An amount as a person has written it: with the decimal separator of their language, or with a point.
pub fn written_coins(text: &str) -> Result<Amount, AmountError> {
    text.trim().replace(&language::decimal_separator(), ".").parse()
}

/// The end of a hash: its beginning is zeros on every network worth mining.
pub fn short_hash(hash: &impl ToString) -> String {
    let text = hash.to_string();
    text.get(text.len().saturating_sub(8)..).unwrap_or(&text).to_owned()
}

/// `tab1q7f…9d2k`
pub fn short_address(address: &Address) -> String {
    let text = address.to_string();
    format!("{}…{}", &text[..8], &text[text.len() - 4..])
}

/// `14:05` where the reader is, or `2:05 PM`.
pub fn time_of_day(time: Time) -> String {
    language::time_of_day(time)
}

/// The time of day to the second, where seconds tell.
pub fn moment(time: Time) -> String {
    language::moment(time)
}

/// Day and time where the reader is.
pub fn day_and_time(time: Time) -> String {
    language::day_and_time(time)
}

/// `90 sec`, `10 min`.
pub fn duration(millis: u64) -> String {
    language::duration(millis)
}

/// `12s ago`, for what is `millis` old.
pub fn ago(millis: u64) -> String {
    if millis < 2_000 { text!("frame-just-now") } else { language::ago(millis) }
}

/// The same of a moment that may still be to come, as a block's date may be: `in 2h`.
pub fn from_now(now: Time, then: Time) -> String {
    match then.0.saturating_sub(now.0) {
        0..2_000 => ago(now.millis_since(then)),
        ahead => language::ahead(ahead),
    }
}

/// How many times harder than the easiest target: `1`, `2.13`, `512`, `12,800`.
pub fn difficulty(ratio: f64) -> String {
    let is_whole = ratio >= 100.0 || (ratio - ratio.round()).abs() < 0.005;
    language::number(ratio, if is_whole { Fraction::UpTo(0) } else { Fraction::Exactly(2) })
}

/// `30 %`, of a part of one.
pub fn percent(part: f64) -> String {
    format!("{} %", figure(part * 100.0, 1))
}

/// `9.6 s`
pub fn seconds(seconds: f64) -> String {
    format!("{} s", figure(seconds, 1))
}

/// A figure with so many digits behind the point, at most; one that is absent is no number.
pub fn figure(figure: f64, digits: u8) -> String {
    if figure.is_finite() { language::number(figure, Fraction::UpTo(digits)) } else { "–".to_owned() }
}

/// What an error says, as a sentence of its own.
pub fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
    let sentence = language::upper_case(first) + rest;
    if sentence.ends_with(['.', '!', '?']) || sentence.is_empty() { sentence } else { sentence + "." }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_fault_is_told_in_words() {
        let fault = LinkFault { delay: 2_000, jitter: 250, loss: 0.05, bandwidth: Some(12_500) };
        assert_eq!(link_fault(&fault), "2 s of delay, up to 250 ms of jitter, 5 % loss and a limit of 12.5 kB/s");
        assert_eq!(link_fault(&LinkFault { loss: 1.0, ..LinkFault::default() }), "100 % loss");
    }

    #[test]
    fn hash_rates_have_three_digits_and_a_unit() {
        for (rate, text) in [
            (0.0, "0 H/s"),
            (3.96, "4.0 H/s"),
            (999.0, "999 H/s"),
            (1_240.0, "1.24 kH/s"),
            (12_345.0, "12.3 kH/s"),
            (6_910_000.0, "6.91 MH/s"),
            (2e9, "2.00 GH/s"),
        ] {
            assert_eq!(hashrate(rate), text);
        }
    }

    #[test]
    fn energy_is_rough_and_has_a_unit() {
        for (joules, text) in
            [(0.04, "0.0 J"), (0.44, "0.4 J"), (9.96, "10 J"), (12.3, "12 J"), (3_460.0, "3.5 kJ"), (2.5e7, "25 MJ")]
        {
            assert_eq!(energy(joules), text);
        }
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(999_u64), "999");
        assert_eq!(grouped(1_240_u64), "1,240");
        assert_eq!(grouped(1_234_567_u64), "1,234,567");
        assert_eq!(coins("1250.5".parse().unwrap()), "1,250.5 TAB");
    }

    #[test]
    fn ages_are_rounded_down() {
        assert_eq!(ago(1_999), "just now");
        assert_eq!(ago(59_999), "59s ago");
        assert_eq!(ago(3_600_000), "1h ago");
    }

    #[test]
    fn an_error_becomes_a_sentence() {
        assert_eq!(sentence("a degree is from 1 to 40"), "A degree is from 1 to 40.");
        assert_eq!(sentence("Élodie is away."), "Élodie is away.");
        assert_eq!(sentence(""), "");
    }
}
