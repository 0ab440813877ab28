//! The double-spend shop: a merchant, how many confirmations it waits for, and a tab that tries to take its payments back.

use leptos::prelude::*;
use tabchain_shared::lab::theory::double_spend::{rosenfeld, rosenfeld_without_patience};
use tabchain_shared::lab::theory::statistics::{binomial_band, count, wilson};

use super::Player;
use super::board::{Board, ShopRun};
use super::orders::{Labels, Orders, figure, range};
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
    let start = move |()| {
        if let Some((merchant, attacker)) = merchant.get_untracked().zip(attacker.get_untracked()) {
            board.start_shop(attacker, merchant, confirmations.get_untracked(), &percent.read_untracked());
        }
    };
    let slide = move |event| {
        if let Ok(wanted) = event_target_value(&event).parse::<u32>() {
            confirmations.set(wanted.min(MOST_CONFIRMATIONS));
        }
    };
    let labels = Labels { start: text!("experiments-live-open"), stop: text!("experiments-live-close") };
    view! {
        <Orders title=text!("experiments-double-spend") percent percent_test="shop-percent" button_test="shop-start" labels
            is_running start=Callback::new(start) stop=Callback::new(move |()| board.stop_shop())>
            <Player label=text!("experiments-live-merchant") test="shop-merchant" wanted=merchant_wanted node=merchant locked=is_running/>
            <label class="field">
                <span class="label">
                    {move || text!("experiments-live-confirmations", count = confirmations.get())}
                </span>
                <input type="range" min="0" max=MOST_CONFIRMATIONS.to_string() step="1" data-test="shop-confirmations"
                    disabled=move || is_running.get() prop:value=move || confirmations.get().to_string() on:input=slide/>
            </label>
            <Player label=text!("experiments-live-attacker") test="shop-attacker" wanted=attacker_wanted node=attacker locked=is_running/>
        </Orders>
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
    let verdict = theory.map(|theory| judge((lost, attempts), theory));
    let rate = (attempts > 0).then(|| words::percent(count(lost) / count(attempts)));
    view! {
        <p role="status" data-test="shop-state" data-value=if shop.is_over { "over" } else { "open" }>{said}</p>
        <table class="live-figures">
            <tbody>
                {figure(text!("experiments-live-enforced"), "shop-enforced", enforced)}
                {figure(text!("experiments-live-attacker-share"), "shop-share", share.map_or_else(unknown, words::percent))}
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
                {figure(text!("experiments-band"), "shop-band", range(band.low, band.high))}
                {figure(text!("experiments-live-impatient"), "shop-theory", theory.map_or_else(unknown, words::percent))}
                {figure(text!("experiments-live-patient"), "shop-patient", patient.map_or_else(unknown, words::percent))}
            </tbody>
        </table>
        <p class="live-verdict" data-test="shop-verdict">{verdict}</p>
    }
}

/// How many of so many attempts would be usual by theory, and whether it were as many.
fn judge((lost, attempts): (u64, u64), theory: f64) -> String {
    if attempts == 0 {
        return text!("experiments-live-no-attempt");
    }
    let usual = binomial_band(attempts, theory, CONFIDENCE);
    let [low, high] = [usual.low, usual.high].map(|share| words::figure(share * count(attempts), 0));
    let seen = text!("experiments-live-attempts-so-far", lost = lost, count = attempts, low = low, high = high);
    let fits = usual.contains(count(lost) / count(attempts));
    let fits = if fits { text!("experiments-live-shop-fits") } else { text!("experiments-live-shop-differs") };
    format!("{seen} {fits}")
}
