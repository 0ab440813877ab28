//! The double-spend shop: a merchant, how many confirmations it waits for, and a tab that tries to take its payments back.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::lab::theory::double_spend::{rosenfeld, rosenfeld_without_patience};
use tabchain_shared::lab::theory::statistics::{count, wilson};

use super::Player;
use super::board::{Board, ShopRun};
use super::selfish::range;
use crate::text;
use crate::words;

/// Of the band.
const CONFIDENCE: f64 = 0.99;
/// A live node leaves its secret branch as soon as the other is longer.
const GIVES_UP: u32 = 1;
/// On the slider: more takes a class too long.
const MOST_CONFIRMATIONS: u32 = 6;

#[component]
pub fn Shop() -> impl IntoView {
    let board = expect_context::<Board>();
    let shown = move || board.shop.with(|shop| shop.as_ref().map(figures));
    view! {
        <section class="card live-shop" aria-labelledby="live-shop-title">
            <h2 id="live-shop-title">{text!("experiments-double-spend")}</h2>
            <p class="muted">{text!("experiments-live-shop-what")}</p>
            <Form/>
            {shown}
        </section>
    }
}

#[component]
fn Form() -> impl IntoView {
    let board = expect_context::<Board>();
    let (merchant_wanted, attacker_wanted) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (merchant, attacker) = (board.chosen(merchant_wanted, 0), board.chosen(attacker_wanted, 1));
    let percent = RwSignal::new("40".to_owned());
    let confirmations = RwSignal::new(1);
    let is_running = Memo::new(move |_| board.shop.with(|shop| shop.as_ref().is_some_and(|shop| !shop.is_over)));
    let locked = move || !board.operator.may_steer() || board.is_ordering.get();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_running.get_untracked() {
            board.stop_shop();
        } else if let Some((merchant, attacker)) = merchant.get_untracked().zip(attacker.get_untracked()) {
            board.start_shop(attacker, merchant, confirmations.get_untracked(), &percent.read_untracked());
        }
    };
    let slide = move |event| {
        if let Ok(wanted) = event_target_value(&event).parse::<u32>() {
            confirmations.set(wanted.clamp(1, MOST_CONFIRMATIONS));
        }
    };
    view! {
        <form on:submit=submit>
            <fieldset class="orders experiment-fields" disabled=locked>
                <legend class="visually-hidden">{text!("experiments-double-spend")}</legend>
                <Player label=text!("experiments-live-merchant") test="shop-merchant" wanted=merchant_wanted node=merchant locked=is_running/>
                <label class="field">
                    <span class="label">
                        {move || text!("experiments-live-confirmations", count = confirmations.get())}
                    </span>
                    <input type="range" min="1" max=MOST_CONFIRMATIONS.to_string() step="1" data-test="shop-confirmations"
                        disabled=move || is_running.get() prop:value=move || confirmations.get().to_string() on:input=slide/>
                </label>
                <Player label=text!("experiments-live-attacker") test="shop-attacker" wanted=attacker_wanted node=attacker locked=is_running/>
                <label class="field">
                    <span class="label">{text!("experiments-live-percent")}</span>
                    <input type="text" inputmode="decimal" data-test="shop-percent" disabled=move || is_running.get()
                        bind:value=percent/>
                </label>
            </fieldset>
            <p class="buttons">
                <button type="submit" class="primary" data-test="shop-start" disabled=locked>
                    {move || if is_running.get() { text!("experiments-live-close") } else { text!("experiments-live-open") }}
                </button>
            </p>
        </form>
    }
}

fn figures(shop: &ShopRun) -> impl IntoView + use<> {
    let unknown = || "–".to_owned();
    let share = shop.work.share();
    let (attempts, lost) = (u64::from(shop.attempts), u64::from(shop.sales.successes));
    // The two count for themselves, and one may have told a moment earlier.
    let attempts = attempts.max(lost);
    let band = wilson(lost, attempts, CONFIDENCE);
    let theory = share.map(|share| rosenfeld_without_patience(share, shop.confirmations, GIVES_UP));
    let patient = share.map(|share| rosenfeld(share, shop.confirmations));
    let (attacker, merchant) = shop.names.clone();
    let said = if shop.is_over {
        text!("experiments-live-shop-over", merchant = merchant)
    } else {
        text!("experiments-live-shop-open", merchant = merchant, attacker = attacker, count = shop.confirmations)
    };
    let enforced = shop.work.enforced.map_or_else(|| text!("experiments-live-no-limit"), words::percent);
    let verdict = theory.map(|theory| match attempts {
        0 => text!("experiments-live-no-attempt"),
        _ if band.contains(theory) => text!("experiments-live-agrees"),
        _ => text!("experiments-live-differs"),
    });
    let rate = (attempts > 0).then(|| words::percent(count(lost) / count(attempts)));
    view! {
        <p role="status" data-test="shop-state" data-value=if shop.is_over { "over" } else { "open" }>{said}</p>
        <table class="live-figures">
            <tbody>
                <tr>
                    <th scope="row">{text!("experiments-live-enforced")}</th>
                    <td>{enforced}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-attacker-share")}</th>
                    <td data-test="shop-share">{share.map_or_else(unknown, words::percent)}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-delivered")}</th>
                    <td data-test="shop-delivered" data-value=shop.sales.trials.to_string()>
                        {words::grouped(u64::from(shop.sales.trials))}
                    </td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-robbed")}</th>
                    <td data-test="shop-score" data-value=lost.to_string() data-attempts=attempts.to_string()>
                        {text!("experiments-live-score", lost = lost, count = attempts)}" "{rate}
                    </td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-band")}</th>
                    <td data-test="shop-band">{range(band.low, band.high)}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-impatient")}</th>
                    <td data-test="shop-theory">{theory.map_or_else(unknown, words::percent)}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-patient")}</th>
                    <td>{patient.map_or_else(unknown, words::percent)}</td>
                </tr>
            </tbody>
        </table>
        <p class="live-verdict" data-test="shop-verdict">{verdict}</p>
    }
}
