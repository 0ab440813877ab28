//! Lets a picture stand still while somebody explains it. Nothing that is behind it stops: when it runs again, it takes up what is new at once.

use leptos::prelude::*;
use tabchain_shared::node::io::Time;

use crate::browser;
use crate::text;
use crate::words;

/// Since when a picture stands still, if it does.
#[derive(Clone, Copy)]
pub struct Freeze(RwSignal<Option<Time>>);

impl Freeze {
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    pub fn since(self) -> Option<Time> {
        self.0.get()
    }

    pub fn is_on(self) -> bool {
        self.0.read().is_some()
    }

    /// For loops, which ask again: a page that is gone stands still.
    pub fn is_on_now(self) -> bool {
        self.0.try_read_untracked().is_none_or(|since| since.is_some())
    }

    fn toggle(self) {
        self.0.update(|since| *since = if since.is_some() { None } else { Some(browser::now()) });
    }
}

#[component]
pub fn FreezeButton(freeze: Freeze) -> impl IntoView {
    view! {
        <button type="button" class="quiet" data-test="tree-freeze" aria-pressed=move || freeze.is_on().to_string()
            title=text!("tree-freeze-why") on:click=move |_| freeze.toggle()>
            {move || if freeze.is_on() { text!("tree-unfreeze") } else { text!("tree-freeze") }}
        </button>
    }
}

#[component]
pub fn FrozenSince(freeze: Freeze) -> impl IntoView {
    move || {
        freeze.since().map(|since| {
            view! {
                <p class="tree-frozen" role="status" data-test="tree-frozen">
                    {text!("tree-frozen", time = words::time_of_day(since))}
                </p>
            }
        })
    }
}
