//! What became of each rule.

use leptos::prelude::*;

use crate::explore::judge::{Rule, Ruling, Unjudged, Verdict};
use crate::text;
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
    // The rules stand there before they are judged, so that nothing moves when they are.
    let rows = move || match rulings.get() {
        None => Rule::ALL.map(|rule| row(rule, None)).collect_view(),
        Some(rulings) => rulings.into_iter().map(|Ruling { rule, verdict }| row(rule, Some(verdict))).collect_view(),
    };
    view! { <ul class="rulings" data-test="rulings" data-value=broken>{rows}</ul> }
}

/// A rule, and what became of it, if that is known.
fn row(rule: Rule, verdict: Option<Verdict>) -> impl IntoView {
    let (class, sign, words) = match verdict {
        None => ("open", "…", String::new()),
        Some(Verdict::Kept) => ("kept", "✓", String::new()),
        Some(Verdict::Broken(words)) => ("broken", "✗", words::sentence(&words)),
        Some(Verdict::Open(reason)) => ("open", "–", unjudged_in_words(reason)),
    };
    let spoken = match class {
        "kept" => text!("explore-ruling-kept"),
        "broken" => text!("explore-ruling-broken"),
        _ => text!("explore-ruling-open"),
    };
    view! {
        <li class=class>
            <span class="sign" aria-hidden="true">{sign}</span>
            <span class="visually-hidden">{spoken}" "</span>
            <span>{rule_in_words(rule)}<span class="muted details">{words}</span></span>
        </li>
    }
}

fn rule_in_words(rule: Rule) -> String {
    match rule {
        Rule::Work => text!("explore-rule-work"),
        Rule::Parent => text!("explore-rule-parent"),
        Rule::Context => text!("explore-rule-context"),
        Rule::Bytes => text!("explore-rule-bytes"),
        Rule::Identity => text!("explore-rule-identity"),
        Rule::Transactions => text!("explore-rule-transactions"),
        Rule::Coinbase => text!("explore-rule-coinbase"),
    }
}

fn unjudged_in_words(reason: Unjudged) -> String {
    match reason {
        Unjudged::Unreadable => text!("explore-open-unreadable"),
        Unjudged::NobodyMinedGenesis => text!("explore-open-genesis"),
        Unjudged::NothingBelowGenesis => text!("explore-open-below"),
        Unjudged::NotTheHeaders => text!("explore-open-not-its-own"),
        Unjudged::GenesisPaysNobody => text!("explore-open-pays-nobody"),
        Unjudged::TransactionsUnsound => text!("explore-open-unsound"),
    }
}
