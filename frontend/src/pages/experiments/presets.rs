//! The experiments that Tabchain brings along, in the person's language, and what their settings are called there.

use leptos::prelude::*;

use super::session::Session;
use crate::text;

#[component]
pub fn Choice() -> impl IntoView {
    let session = expect_context::<Session>();
    let choices = move || {
        let presets = session.presets.get().into_iter();
        presets
            .map(|preset| {
                let name = preset.name;
                let (title, purpose) = told(&name).unwrap_or((preset.spec.title, preset.purpose));
                let mark = format!("choose-{name}");
                let is_chosen = {
                    let name = name.clone();
                    move || session.chosen.with(|chosen| chosen.as_ref() == Some(&name))
                };
                view! {
                    <label class="choice">
                        <input type="radio" name="experiment" data-test=mark prop:checked=is_chosen
                            on:change=move |_| session.choose(&name)/>
                        <span><b>{title}</b><span class="muted">{purpose}</span></span>
                    </label>
                }
            })
            .collect_view()
    };
    view! {
        <fieldset class="card experiment-choice">
            <legend>{text!("experiments-choice")}</legend>
            {choices}
        </fieldset>
    }
}

/// Title and purpose of an experiment, by the name of its file.
fn told(name: &str) -> Option<(String, String)> {
    Some(match name {
        "double-spend" => (text!("experiments-double-spend"), text!("experiments-double-spend-what")),
        "selfish" => (text!("experiments-selfish"), text!("experiments-selfish-what")),
        "selfish-links" => (text!("experiments-selfish-links"), text!("experiments-selfish-links-what")),
        "optimal" => (text!("experiments-optimal"), text!("experiments-optimal-what")),
        "stale-rate" => (text!("experiments-stale-rate"), text!("experiments-stale-rate-what")),
        "topology" => (text!("experiments-topology"), text!("experiments-topology-what")),
        "propagation" => (text!("experiments-propagation"), text!("experiments-propagation-what")),
        "hashrate-step" => (text!("experiments-hashrate-step"), text!("experiments-hashrate-step-what")),
        "partition" => (text!("experiments-partition"), text!("experiments-partition-what")),
        "tournament" => (text!("experiments-tournament"), text!("experiments-tournament-what")),
        "censorship" => (text!("experiments-censorship"), text!("experiments-censorship-what")),
        "simblock" => (text!("experiments-simblock"), text!("experiments-simblock-what")),
        _ => return None,
    })
}

/// A setting's or a parameter's name in words; its own if there are none.
pub fn setting_label(name: &str) -> String {
    match name {
        "title" => text!("experiments-set-title"),
        "seed" => text!("experiments-set-seed"),
        "runs" => text!("experiments-set-runs"),
        "nodes" => text!("experiments-set-nodes"),
        "blocks" => text!("experiments-set-blocks"),
        "interval" | "intervals" => text!("experiments-set-interval"),
        "delay" | "delays" => text!("experiments-set-delay"),
        "jitter" => text!("experiments-set-jitter"),
        "block_bytes" | "block bytes" => text!("experiments-set-block-bytes"),
        "bandwidth" => text!("experiments-set-bandwidth"),
        "topology" | "topologies" => text!("experiments-set-topology"),
        "world" => text!("experiments-set-world"),
        "hops" => text!("experiments-set-hops"),
        "strategy" => text!("experiments-set-strategy"),
        "alpha" | "alphas" => text!("experiments-set-alpha"),
        "gamma" | "gammas" => text!("experiments-set-gamma"),
        "heard_first" => text!("experiments-set-heard-first"),
        "honest" => text!("experiments-set-honest"),
        "confirmations" => text!("experiments-set-confirmations"),
        "q" => text!("experiments-set-attacker"),
        "give_up" => text!("experiments-set-give-up"),
        "attempts" => text!("experiments-set-attempts"),
        "factor" | "factors" => text!("experiments-set-factor"),
        "spacing" => text!("experiments-set-spacing"),
        "half_life" => text!("experiments-set-half-life"),
        "half_lives" | "half-lives" => text!("experiments-set-half-lives"),
        "looks" => text!("experiments-set-looks"),
        "length" | "lengths" => text!("experiments-set-length"),
        "shares" | "share" => text!("experiments-set-share"),
        "smaller side" => text!("experiments-set-smaller-side"),
        "payments" => text!("experiments-set-payments"),
        "player" | "players" => text!("experiments-set-players"),
        _ => name.to_owned(),
    }
}
