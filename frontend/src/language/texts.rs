//! The texts of one language, as files of Fluent: fetched, kept, and put together with their arguments.
//!
//! `fluent-syntax` reads the files. What a text says is then found in [`write`]: of Fluent's language the texts use
//! arguments, and choices by plural or by number; which plural a number has the browser knows for every language.

use std::cell::RefCell;
use std::collections::HashMap;

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey};
use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::Language;
use super::figures::{self, Fraction};
use crate::browser;

/// Between two attempts to fetch a file.
const PATIENCE_MILLIS: u32 = 1_000;
/// Decimals of a number that comes as one.
const DECIMALS: u8 = 3;

/// An argument of a text.
pub enum Value {
    /// Written as the language does, and the choice of a plural.
    Number(f64),
    Text(String),
}

macro_rules! from_numbers {
    ($($number:ty)*) => {
        $(impl From<$number> for Value {
            #[allow(clippy::cast_precision_loss, clippy::cast_lossless, reason = "no count comes near 2^53")]
            fn from(number: $number) -> Self {
                Self::Number(number as f64)
            }
        })*
    };
}

from_numbers!(u8 u16 u32 u64 usize i64 f64);

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

type Arguments<'a> = &'a [(&'static str, Value)];

struct Texts {
    language: Language,
    by_key: HashMap<String, Pattern<String>>,
    /// The files that they are from.
    files: Vec<&'static str>,
}

thread_local! {
    static TEXTS: RefCell<Texts> = RefCell::new(Texts::first());
    /// Every file that something shown needs, in whatever language.
    static WANTED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

impl Texts {
    fn new(language: Language) -> Self {
        Self { language, by_key: HashMap::new(), files: Vec::new() }
    }

    #[cfg(not(test))]
    fn first() -> Self {
        Self::new(Language::English)
    }

    /// Unit tests read sentences in English.
    #[cfg(test)]
    fn first() -> Self {
        let mut texts = Self::new(Language::English);
        texts.add("frame", include_str!("../../locales/en/frame.ftl"));
        texts.add("my_node", include_str!("../../locales/en/my_node.ftl"));
        texts.add("wallet", include_str!("../../locales/en/wallet.ftl"));
        texts.add("tree", include_str!("../../locales/en/tree.ftl"));
        texts.add("control", include_str!("../../locales/en/control.ftl"));
        texts.add("network", include_str!("../../locales/en/network.ftl"));
        texts.add("explore", include_str!("../../locales/en/explore.ftl"));
        texts.add("lab", include_str!("../../locales/en/lab.ftl"));
        texts.add("experiments", include_str!("../../locales/en/experiments.ftl"));
        texts
    }

    fn add(&mut self, file: &'static str, content: &str) {
        // A native test has read every file; what is wrong in one is left out here.
        let resource =
            fluent_syntax::parser::parse_runtime(content.to_owned()).unwrap_or_else(|(resource, _)| resource);
        for entry in resource.body {
            if let Entry::Message(message) = entry
                && let Some(pattern) = message.value
            {
                self.by_key.insert(message.id.name, pattern);
            }
        }
        self.files.push(file);
    }

    fn take(&mut self, language: Language, contents: Vec<(&'static str, String)>) {
        if self.language != language {
            *self = Self::new(language);
        }
        for (file, content) in contents {
            if !self.files.contains(&file) {
                self.add(file, &content);
            }
        }
    }

    /// `None`: there is no such text, or it takes another argument.
    fn text(&self, key: &str, arguments: Arguments) -> Option<String> {
        let mut text = String::new();
        write(self.by_key.get(key)?, arguments, &mut text)?;
        Some(text)
    }
}

fn write(pattern: &Pattern<String>, arguments: Arguments, text: &mut String) -> Option<()> {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => text.push_str(value),
            PatternElement::Placeable { expression: Expression::Inline(inline) } => {
                text.push_str(&written(inline, arguments)?);
            }
            PatternElement::Placeable { expression: Expression::Select { selector, variants } } => {
                write(&chosen(selector, variants, arguments)?.value, arguments, text)?;
            }
        }
    }
    Some(())
}

fn value<'a>(inline: &InlineExpression<String>, arguments: Arguments<'a>) -> Option<&'a Value> {
    let InlineExpression::VariableReference { id } = inline else { return None };
    arguments.iter().find(|(name, _)| *name == id.name).map(|(_, value)| value)
}

fn written(inline: &InlineExpression<String>, arguments: Arguments) -> Option<String> {
    match inline {
        InlineExpression::StringLiteral { value } => Some(value.clone()),
        InlineExpression::VariableReference { .. } => Some(match value(inline, arguments)? {
            Value::Number(number) => figures::number(*number, Fraction::UpTo(DECIMALS)),
            Value::Text(text) => text.clone(),
        }),
        // The native test lets no other in.
        _ => None,
    }
}

/// The variant of the number itself, else of its plural, else the last resort that every choice has.
fn chosen<'a>(
    selector: &InlineExpression<String>,
    variants: &'a [Variant<String>],
    arguments: Arguments,
) -> Option<&'a Variant<String>> {
    let Value::Number(number) = value(selector, arguments)? else { return None };
    let is_number = |variant: &&Variant<String>| match &variant.key {
        #[expect(clippy::float_cmp, reason = "a count is whole")]
        VariantKey::NumberLiteral { value } => value.parse().is_ok_and(|value: u32| f64::from(value) == *number),
        VariantKey::Identifier { .. } => false,
    };
    let plural = figures::plural(*number);
    let is_plural = |variant: &&Variant<String>| match &variant.key {
        VariantKey::Identifier { name } => *name == plural,
        VariantKey::NumberLiteral { .. } => false,
    };
    let find = |wanted: &dyn Fn(&&'a Variant<String>) -> bool| variants.iter().find(wanted);
    find(&is_number).or_else(|| find(&is_plural)).or_else(|| find(&|variant| variant.default))
}

/// The text of a key. Ask by the macro of the same name, whose keys are checked.
pub fn text(key: &'static str, arguments: Arguments) -> String {
    TEXTS.with_borrow(|texts| {
        texts.text(key, arguments).unwrap_or_else(|| {
            browser::log_error(&format!("no text {key} with such arguments"));
            key.to_owned()
        })
    })
}

/// Whether all these files are here.
pub fn has(files: &[&'static str]) -> bool {
    TEXTS.with_borrow(|texts| files.iter().all(|file| texts.files.contains(file)))
}

/// Fetches, side by side, these files and in a new language all that were wanted before; the language is the document's.
pub async fn load(files: &[&'static str]) {
    WANTED.with_borrow_mut(|wanted| {
        for file in files {
            if !wanted.contains(file) {
                wanted.push(file);
            }
        }
    });
    loop {
        let language = Language::of_document();
        let missing = missing(language);
        // All of them are under way before the first is waited for.
        let asked: Vec<_> = missing.into_iter().map(|file| (file, ask(language, file))).collect();
        let mut contents = Vec::new();
        for (file, asked) in asked {
            contents.push((file, content(language, file, asked).await));
        }
        // The person may have chosen another one meanwhile.
        if language == Language::of_document() {
            return TEXTS.with_borrow_mut(|texts| texts.take(language, contents));
        }
    }
}

fn missing(language: Language) -> Vec<&'static str> {
    let is_here =
        |file: &&'static str| TEXTS.with_borrow(|texts| texts.language == language && texts.files.contains(file));
    WANTED.with_borrow(|wanted| wanted.iter().copied().filter(|file| !is_here(file)).collect())
}

fn ask(language: Language, file: &str) -> Promise {
    window().fetch_with_str(&format!("/locales/{}/{file}.ftl", language.tag()))
}

/// The relay that gave the page away has its texts; one that is gone for a moment is asked again.
async fn content(language: Language, file: &str, mut asked: Promise) -> String {
    loop {
        if let Ok(content) = read(asked).await {
            return content;
        }
        TimeoutFuture::new(PATIENCE_MILLIS).await;
        asked = ask(language, file);
    }
}

async fn read(asked: Promise) -> Result<String, JsValue> {
    let answer: Response = JsFuture::from(asked).await?.unchecked_into();
    if !answer.ok() {
        // A relay of another version: its page has other texts, and this one shows its keys.
        return Ok(String::new());
    }
    Ok(JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn texts(content: &str) -> Texts {
        let mut texts = Texts::new(Language::English);
        texts.add("test", content);
        texts
    }

    #[test]
    fn a_number_chooses_its_own_variant_or_its_plural_and_is_written_as_the_language_does() {
        let texts = texts(
            "blocks = At { $time }: { $count ->\n    [0] none\n    [one] { $count } block\n   *[other] { $count } blocks\n}.",
        );
        let told = |count: usize| texts.text("blocks", &[("count", count.into()), ("time", "14:05".into())]).unwrap();
        assert_eq!([told(0), told(1)], ["At 14:05: none.", "At 14:05: 1 block."]);
        assert_eq!(told(1_240), "At 14:05: 1,240 blocks.");
    }

    #[test]
    fn what_is_missing_is_no_text() {
        let texts = texts("hello = Hello, { $name }!\nspace = {\" \"}");
        assert_eq!(texts.text("hello", &[("name", "ada".into())]).as_deref(), Some("Hello, ada!"));
        assert_eq!(texts.text("hello", &[]), None);
        assert_eq!(texts.text("bye", &[]), None);
        assert_eq!(texts.text("space", &[]).as_deref(), Some(" "));
    }
}
