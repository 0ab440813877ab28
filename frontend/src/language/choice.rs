//! The languages that there are, and which one this browser's person wants.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

/// Where the person's choice is kept, for every tab of this origin; `index.html` reads it too.
const KEY: &str = "tabchain-language";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    German,
    Spanish,
    Chinese,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::Spanish, Self::Chinese];

    /// By BCP 47; also the name of its folder of texts.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Chinese => "zh",
        }
    }

    /// What its speakers call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::Spanish => "Español",
            Self::Chinese => "中文",
        }
    }

    /// `de`, and also `de-AT`.
    pub fn by_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    /// The one that `<html lang>` names, which the page's script has chosen.
    #[cfg(not(test))]
    pub fn of_document() -> Self {
        let element = document().document_element();
        element.and_then(|element| Self::by_tag(&element.get_attribute("lang")?)).unwrap_or(Self::English)
    }

    /// Unit tests run where there is no page.
    #[cfg(test)]
    pub fn of_document() -> Self {
        Self::English
    }

    /// For `Intl`: as the person's browser writes this language (`en-GB`), or else the language at large.
    #[cfg(not(test))]
    pub fn locale(self) -> String {
        let wished = window().navigator().languages();
        let wished = wished.iter().filter_map(|tag| tag.as_string());
        wished.into_iter().find(|tag| Self::by_tag(tag) == Some(self)).unwrap_or_else(|| self.tag().to_owned())
    }

    #[cfg(test)]
    pub fn locale(self) -> String {
        self.tag().to_owned()
    }

    /// Makes it the page's, for screen readers and hyphenation, and keeps it for the next visit. A browser that keeps nothing
    /// for a page throws when it is asked to.
    pub fn keep(self) {
        if let Some(element) = document().document_element() {
            let _ = element.set_attribute("lang", self.tag());
        }
        if let Ok(Some(storage)) = window().local_storage() {
            let _: Result<(), JsValue> = storage.set_item(KEY, self.tag());
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn regions_are_taken_for_their_language() {
        assert_eq!(Language::by_tag("de-AT"), Some(Language::German));
        assert_eq!(Language::by_tag("zh_Hans_CN"), Some(Language::Chinese));
        assert_eq!(Language::by_tag("EN"), Some(Language::English));
        assert_eq!(Language::by_tag("fr"), None);
        assert_eq!(Language::by_tag(""), None);
    }
}
