//! The double-spend shop: a merchant, how many confirmations it waits for, and a tab that tries to take its payments back.

use leptos::prelude::*;
use tabchain_shared::lab::theory::double_spend::{rosenfeld, rosenfeld_without_patience};
use tabchain_shared::lab::theory::statistics::{binomial_band, count, trials_to_tell, wilson};

use super::Player;
use super::board::Board;
use super::orders::{Labels, Orders, figure, range};
use super::runs::ShopRun;
use crate::text;
use crate::words;

/// Of the band.
const CONFIDENCE: f64 = 0.99;
/// A live node leaves its secret branch as soon as the other is longer.
const GIVES_UP: u32 = 1;
/// Attempts that a class may make.
const MOST_ATTEMPTS: u64 = 1_000;
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
    // A page that takes a shop up shows who is in it.
    Effect::new(move |_| {
        let open = board.shop.with(|shop| shop.as_ref().map(|shop| (shop.merchant, shop.attacker, shop.confirmations)));
        if let Some((merchant, attacker, waits)) = open.filter(|_| merchant_wanted.read_untracked().is_empty()) {
            merchant_wanted.set(merchant.to_string());
            attacker_wanted.set(attacker.to_string());
            confirmations.set(waits);
        }
    });
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
    let verdict = share.map(|share| Judgement::of((lost, attempts), share, shop.confirmations).words());
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

/// What else one could believe of the chance that an attempt succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rival {
    /// That it is the attacker's share of the work.
    Share,
    /// That the attacker never gives up.
    Patience,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    /// Nothing has ended.
    Nothing,
    /// Theory is contradicted.
    Contradicts,
    /// The other belief is contradicted, and theory is not.
    Fits,
    /// Neither is; so many attempts more tell, unless no class makes as many.
    Open(Option<u64>),
}

/// What a score says of theory. That it fits is said when it could not be both: a score that contradicts nothing is no test.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Judgement {
    score: (u64, u64),
    theory: f64,
    /// The belief that differs most from theory, with its chance.
    rival: (Rival, f64),
    finding: Finding,
}

impl Judgement {
    fn of((lost, attempts): (u64, u64), share: f64, confirmations: u32) -> Self {
        let theory = rosenfeld_without_patience(share, confirmations, GIVES_UP);
        let patient = rosenfeld(share, confirmations);
        let is_patience = (patient - theory).abs() > (share - theory).abs();
        let rival = if is_patience { (Rival::Patience, patient) } else { (Rival::Share, share) };
        let is_usual = |chance| binomial_band(attempts, chance, CONFIDENCE).contains(count(lost) / count(attempts));
        let finding = if attempts == 0 {
            Finding::Nothing
        } else if !is_usual(theory) {
            Finding::Contradicts
        } else if !is_usual(rival.1) {
            Finding::Fits
        } else {
            let enough = trials_to_tell(theory, rival.1, attempts, MOST_ATTEMPTS);
            Finding::Open(enough.map(|enough| enough - attempts))
        };
        Self { score: (lost, attempts), theory, rival, finding }
    }

    fn words(&self) -> String {
        let (lost, attempts) = self.score;
        let other = words::percent(self.rival.1);
        let said = match (self.finding, self.rival.0) {
            (Finding::Nothing, _) => return text!("experiments-live-no-attempt"),
            (Finding::Contradicts, _) => text!("experiments-live-shop-differs"),
            (Finding::Fits, Rival::Share) => text!("experiments-live-shop-fits-share", other = other),
            (Finding::Fits, Rival::Patience) => text!("experiments-live-shop-fits-patience", other = other),
            (Finding::Open(None), _) => text!("experiments-live-shop-too-close", other = other),
            (Finding::Open(Some(more)), Rival::Share) => {
                text!("experiments-live-shop-open-share", other = other, count = more)
            }
            (Finding::Open(Some(more)), Rival::Patience) => {
                text!("experiments-live-shop-open-patience", other = other, count = more)
            }
        };
        let usual = binomial_band(attempts, self.theory, CONFIDENCE);
        let [low, high] = [usual.low, usual.high].map(|share| words::figure(share * count(attempts), 0));
        let seen = text!("experiments-live-attempts-so-far", lost = lost, count = attempts, low = low, high = high);
        format!("{seen} {said}")
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn finding(lost: u64, attempts: u64, confirmations: u32) -> Finding {
        Judgement::of((lost, attempts), 0.4, confirmations).finding
    }

    #[test]
    fn that_it_fits_is_said_when_it_could_be_otherwise() {
        assert_eq!(finding(0, 0, 0), Finding::Nothing);
        // Without a confirmation every attempt succeeds; but one that does would with two fifths, too.
        assert_eq!(finding(1, 1, 0), Finding::Open(Some(5)));
        assert_eq!(finding(6, 6, 0), Finding::Fits);
        assert_eq!(finding(0, 1, 0), Finding::Contradicts);
        assert!(matches!(finding(1, 1, 1), Finding::Open(Some(80..140))), "{:?}", finding(1, 1, 1));
        assert_eq!(finding(128, 200, 1), Finding::Fits);
        assert_eq!(finding(80, 200, 1), Finding::Contradicts);
    }

    #[test]
    fn theory_is_held_against_the_belief_that_differs_most() {
        let rival = |confirmations| Judgement::of((1, 1), 0.4, confirmations).rival.0;
        assert_eq!([0, 1, 2, 6].map(rival), [Rival::Share, Rival::Share, Rival::Patience, Rival::Patience]);
    }
}
