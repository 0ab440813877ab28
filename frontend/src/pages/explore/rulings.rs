//! What became of each rule.

use leptos::prelude::*;

use crate::explore::judge::{Ruling, Verdict};
use crate::words;

#[component]
pub fn Rulings(
    /// Absent until they are known.
    rulings: RwSignal<Option<Vec<Ruling>>>,
) -> impl IntoView {
    let broken = move || {
        let count = |rulings: &Vec<Ruling>| rulings.iter().filter(|ruling| ruling.is_broken()).count();
        rulings
            .with(|rulings| rulings.as_ref().map_or_else(|| "judging".to_owned(), |rulings| count(rulings).to_string()))
    };
    let row = |Ruling { rule, verdict }: Ruling| {
        let (class, sign, words) = match verdict {
            Verdict::Kept => ("kept", "✓", String::new()),
            Verdict::Broken(words) => ("broken", "✗", words::sentence(&words)),
            Verdict::Open(reason) => ("open", "–", words::sentence(&reason)),
        };
        let spoken = match class {
            "kept" => "yes: ",
            "broken" => "no: ",
            _ => "not judged: ",
        };
        view! {
            <li class=class>
                <span class="sign" aria-hidden="true">{sign}</span>
                <span class="visually-hidden">{spoken}</span>
                <span>{rule}<span class="muted details">{words}</span></span>
            </li>
        }
    };
    view! {
        <ul class="rulings" data-test="rulings" data-value=broken>
            {move || rulings.get().unwrap_or_default().into_iter().map(row).collect_view()}
        </ul>
    }
}
