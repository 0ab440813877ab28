//! Numbers, dates and durations by `Intl`, as the person's browser writes them in the page's language.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Intl, Object, Reflect};
use tabchain_shared::node::io::Time;
use wasm_bindgen::prelude::*;

use super::current_untracked;

/// How many decimals a number has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fraction {
    Exactly(u8),
    /// Without zeros at the end.
    UpTo(u8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Number(Fraction),
    /// Whole numbers of a unit of time, by its name in `Intl`.
    Duration(&'static str),
    TimeOfDay,
    Moment,
    DayAndTime,
}

thread_local! {
    /// Making one takes a browser far longer than using it.
    static FORMATS: RefCell<Vec<(Format, Function)>> = const { RefCell::new(Vec::new()) };
    static AGES: RefCell<Option<Intl::RelativeTimeFormat>> = const { RefCell::new(None) };
    static PLURALS: RefCell<Option<Intl::PluralRules>> = const { RefCell::new(None) };
}

/// After a change of language.
pub fn forget() {
    FORMATS.with_borrow_mut(Vec::clear);
    AGES.with_borrow_mut(Option::take);
    PLURALS.with_borrow_mut(Option::take);
}

/// `1,240` in English, `1.240` in German.
pub fn number(value: f64, fraction: Fraction) -> String {
    write(Format::Number(fraction), &value.into())
}

/// Which plural a number has, by the name that Unicode's rules give it: `one`, `other`.
pub fn plural(value: f64) -> String {
    PLURALS.with_borrow_mut(|plurals| {
        plurals.get_or_insert_with(|| Intl::PluralRules::new(&locales(), &Object::new())).select(value).into()
    })
}

/// What stands between whole coins and their parts.
pub fn decimal_separator() -> String {
    number(0.5, Fraction::Exactly(1)).trim_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// `14:05` where the reader is, or `2:05 PM`.
pub fn time_of_day(time: Time) -> String {
    write(Format::TimeOfDay, &date(time))
}

/// The time of day to the second.
pub fn moment(time: Time) -> String {
    write(Format::Moment, &date(time))
}

/// Day and time where the reader is.
pub fn day_and_time(time: Time) -> String {
    write(Format::DayAndTime, &date(time))
}

/// `90 sec`, `10 min`, `3 hr`: rounded, as one says it.
pub fn duration(millis: u64) -> String {
    let seconds = (millis + 500) / 1_000;
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=3_569 => ((seconds + 30) / 60, "minute"),
        _ => ((seconds + 1_800) / 3_600, "hour"),
    };
    #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 seconds")]
    let count = count as f64;
    write(Format::Duration(unit), &count.into())
}

/// `12s ago`, for what is at least a second old: rounded down.
pub fn ago(millis: u64) -> String {
    away(millis, -1.0)
}

/// `in 12s`, for what is at least a second ahead: rounded down.
pub fn ahead(millis: u64) -> String {
    away(millis, 1.0)
}

fn away(millis: u64, direction: f64) -> String {
    let seconds = millis / 1_000;
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (length, unit) = units.into_iter().find(|(length, _)| seconds >= *length).unwrap_or((1, "second"));
    #[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^53 seconds")]
    let count = (seconds / length) as f64;
    AGES.with_borrow_mut(|ages| {
        let ages = ages
            .get_or_insert_with(|| Intl::RelativeTimeFormat::new(&locales(), &options(&[("style", "narrow".into())])));
        ages.format(direction * count, unit).into()
    })
}

fn write(format: Format, value: &JsValue) -> String {
    FORMATS.with_borrow_mut(|formats| {
        let place = formats.iter().position(|(known, _)| *known == format).unwrap_or_else(|| {
            formats.push((format, format.make()));
            formats.len() - 1
        });
        let write = &formats[place].1;
        let text = write.call1(&JsValue::UNDEFINED, value).expect("Intl writes numbers and dates");
        text.as_string().expect("Intl writes text")
    })
}

impl Format {
    fn make(self) -> Function {
        match self {
            Self::Number(Fraction::Exactly(digits)) => {
                let digits = JsValue::from(digits);
                numbers(&[("minimumFractionDigits", digits.clone()), ("maximumFractionDigits", digits)])
            }
            Self::Number(Fraction::UpTo(digits)) => numbers(&[("maximumFractionDigits", digits.into())]),
            Self::Duration(unit) => {
                numbers(&[("style", "unit".into()), ("unit", unit.into()), ("unitDisplay", "short".into())])
            }
            Self::TimeOfDay => dates(&[("hour", "2-digit".into()), ("minute", "2-digit".into())]),
            Self::Moment => dates(&[("timeStyle", "medium".into())]),
            Self::DayAndTime => dates(&[("dateStyle", "medium".into()), ("timeStyle", "medium".into())]),
        }
    }
}

fn numbers(settings: &[(&str, JsValue)]) -> Function {
    Intl::NumberFormat::new(&locales(), &options(settings)).format()
}

fn dates(settings: &[(&str, JsValue)]) -> Function {
    Intl::DateTimeFormat::new(&locales(), &options(settings)).format()
}

fn locales() -> Array {
    Array::of1(&current_untracked().locale().into())
}

fn options(settings: &[(&str, JsValue)]) -> Object {
    let options = Object::new();
    for (name, value) in settings {
        // Fails only for frozen objects.
        let _ = Reflect::set(&options, &(*name).into(), value);
    }
    options
}

fn date(time: Time) -> JsValue {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
    Date::new(&JsValue::from_f64(time.0 as f64)).into()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn numbers_are_grouped_and_rounded() {
        assert_eq!(number(1_234_567.0, Fraction::UpTo(0)), "1,234,567");
        assert_eq!(number(0.5, Fraction::Exactly(2)), "0.50");
        assert_eq!(number(0.125, Fraction::UpTo(2)), "0.13");
        assert_eq!(decimal_separator(), ".");
    }

    #[test]
    fn durations_and_ages_are_in_a_unit_that_says_enough() {
        assert_eq!([duration(90_000), duration(600_000), duration(10_800_000)], ["90 sec", "10 min", "3 hr"]);
        assert_eq!([ago(59_999), ago(3_600_000), ago(86_400_000)], ["59s ago", "1h ago", "1d ago"]);
    }
}
