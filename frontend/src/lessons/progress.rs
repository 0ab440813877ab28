//! Which steps of which lesson the person has taken, kept in this browser for every tab.

use std::collections::BTreeMap;

use leptos::prelude::*;

const KEY: &str = "tabchain-lessons";

/// By lesson, how many steps are taken: they are taken in order.
type Taken = BTreeMap<String, usize>;

#[derive(Debug, Clone, Copy)]
pub struct Progress(RwSignal<Taken>);

impl Progress {
    pub fn load() -> Self {
        Self(RwSignal::new(kept()))
    }

    pub fn taken(self, lesson: &str) -> usize {
        self.0.with(|taken| taken.get(lesson).copied().unwrap_or(0))
    }

    /// Takes a step, if it is the next one.
    pub fn take(self, lesson: &str, step: usize) {
        if self.0.with_untracked(|taken| taken.get(lesson).copied().unwrap_or(0)) + 1 == step {
            self.set(lesson, step);
        }
    }

    /// As if nothing of this lesson had been done.
    pub fn begin_again(self, lesson: &str) {
        self.set(lesson, 0);
    }

    fn set(self, lesson: &str, steps: usize) {
        // What another tab took meanwhile stays taken.
        let mut taken = kept();
        taken.insert(lesson.to_owned(), steps);
        if let Some(storage) = storage() {
            let _ = storage.set_item(KEY, &serde_json::to_string(&taken).expect("names and numbers are plain data"));
        } else {
            taken = self.0.get_untracked();
            taken.insert(lesson.to_owned(), steps);
        }
        self.0.set(taken);
    }
}

/// Browsers that keep nothing for a page throw here; then the lessons are remembered as long as the page is.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn kept() -> Taken {
    let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
