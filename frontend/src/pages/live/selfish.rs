//! The selfish miner: who it is, by what rules it withholds, with how much of the work, what it has earned, and whether that pays.

use leptos::prelude::*;
use tabchain_shared::lab::theory::Band;
use tabchain_shared::node::role::{KnownTable, Role};

use super::Player;
use super::board::Board;
use super::orders::{Labels, Orders, figure, range};
use super::revenue::{self, Observed, SoFar, Verdict};
use super::runs::Run;
use crate::text;
use crate::words;

#[component]
pub fn SelfishMiner() -> impl IntoView {
    view! {
        <section class="card live-selfish" aria-labelledby="live-selfish-title">
            <h2 id="live-selfish-title">{text!("experiments-selfish")}</h2>
            <p class="muted">{text!("experiments-live-selfish-what")}</p>
            <Form/>
            <Figures/>
        </section>
    }
}

#[component]
fn Form() -> impl IntoView {
    let board = expect_context::<Board>();
    let wanted = RwSignal::new(String::new());
    let plays = RwSignal::new(Role::Selfish);
    let percent = RwSignal::new("40".to_owned());
    let node = board.chosen(wanted, 0);
    let is_running = Memo::new(move |_| board.run.with(|run| run.as_ref().is_some_and(|run| !run.is_over)));
    // A page that takes a run up shows who plays it, and by what rules.
    Effect::new(move |_| {
        let played = board.run.with(|run| run.as_ref().map(|run| (run.miner, run.plays)));
        if let Some((miner, rules)) = played.filter(|_| wanted.read_untracked().is_empty()) {
            wanted.set(miner.to_string());
            plays.set(rules);
        }
    });
    let start = move |()| {
        if let Some(node) = node.get_untracked() {
            board.start(node, plays.get_untracked(), &percent.read_untracked());
        }
    };
    let labels = Labels { start: text!("experiments-live-start"), stop: text!("experiments-live-stop") };
    view! {
        <Orders title=text!("experiments-selfish") percent percent_test="live-percent" button_test="live-start" labels is_running
            start=Callback::new(start) stop=Callback::new(move |()| board.stop())>
            <Player label=text!("experiments-live-miner") test="live-node" wanted node locked=is_running/>
            <Strategies plays locked=is_running/>
        </Orders>
    }
}

/// By which rules the miner withholds.
#[component]
fn Strategies(plays: RwSignal<Role>, locked: Memo<bool>) -> impl IntoView {
    let tables = KnownTable::ALL.map(|table| Role::Withholder { table });
    let choices: Vec<Role> = [Role::Selfish].into_iter().chain(tables).collect();
    let options = choices.iter().map(|role| view! { <option value=mark(*role)>{rules(*role)}</option> }).collect_view();
    let choose = move |event| {
        let wanted = event_target_value(&event);
        if let Some(role) = choices.iter().find(|role| mark(**role) == wanted) {
            plays.set(*role);
        }
    };
    view! {
        <label class="field">
            <span class="label">{text!("experiments-live-rules")}</span>
            <select data-test="live-rules" disabled=move || locked.get() prop:value=move || mark(plays.get())
                on:change=choose>{options}</select>
        </label>
    }
}

/// How the form names a part.
fn mark(role: Role) -> &'static str {
    if let Role::Withholder { table } = role { table.name() } else { "sm1" }
}

/// By what rules it is played.
fn rules(role: Role) -> String {
    match role {
        Role::Withholder { table } => {
            let [alpha, gamma] = table.answers();
            text!("experiments-live-table", alpha = words::percent(alpha), gamma = words::figure(gamma, 1))
        }
        _ => text!("experiments-live-sm1"),
    }
}

#[component]
fn Figures() -> impl IntoView {
    let board = expect_context::<Board>();
    // Theory is played on numbers: only when something has changed that is shown.
    let judged = Memo::new(move |_| board.run.with(|run| run.as_ref().map(Judged::of)));
    let theory = Memo::new(move |_| judged.get().map(|judged| judged.theory()));
    let shown = move || {
        let (judged, theory) = judged.get().zip(theory.get())?;
        board.run.with(|run| run.as_ref().map(|run| figures(run, &judged, &theory)))
    };
    view! { {shown} }
}

/// What a run is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Judged {
    plays: Role,
    /// Of all work, to the tenth of a percent that is shown.
    fair: Option<f64>,
    observed: Observed,
}

/// What the literature says to that.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Theory {
    /// For γ from 0 to 1.
    expected: Option<Band>,
    /// For the measured one.
    measured: Option<f64>,
    so_far: Option<SoFar>,
    blocks_to_tell: Option<f64>,
}

impl Judged {
    fn of(run: &Run) -> Self {
        let fair = run.work.share().map(|share| (share * 1_000.0).round() / 1_000.0);
        Self { plays: run.plays, fair, observed: run.tally.observed() }
    }

    fn theory(&self) -> Theory {
        let Self { plays, fair, observed } = self;
        let gamma = observed.gamma();
        Theory {
            expected: fair.map(|fair| revenue::expected(*plays, fair)),
            measured: fair.zip(gamma).map(|(fair, gamma)| revenue::at(*plays, fair, gamma)),
            so_far: fair.and_then(|fair| SoFar::of(observed, *plays, fair)),
            blocks_to_tell: fair.and_then(|fair| revenue::blocks_to_tell(*plays, fair, gamma.unwrap_or(0.0))),
        }
    }
}

fn figures(run: &Run, judged: &Judged, theory: &Theory) -> impl IntoView + use<> {
    let unknown = || "–".to_owned();
    let Judged { observed, fair, .. } = judged;
    let state = if run.is_over { "over" } else { "running" };
    let (won, decided) = observed.matches;
    let enforced = run.work.enforced.map_or_else(|| text!("experiments-live-no-limit"), words::percent);
    let said = if run.is_over {
        text!("experiments-live-over", name = run.name.clone())
    } else {
        text!("experiments-live-running", name = run.name.clone())
    };
    let (of_theory, of_measured) = match run.plays {
        Role::Withholder { .. } => (text!("experiments-live-played"), text!("experiments-live-played-measured")),
        _ => (text!("experiments-live-theory"), text!("experiments-live-theory-measured")),
    };
    let matches = observed.gamma().map_or_else(
        || text!("experiments-live-no-match"),
        |gamma| text!("experiments-live-matches", gamma = words::figure(gamma, 2), won = won, count = decided),
    );
    let band = |band: Band| range(band.low, band.high);
    view! {
        <p role="status" data-test="live-state" data-value=state>{said}</p>
        <table class="live-figures">
            <tbody>
                {figure(text!("experiments-live-rules"), "live-plays", rules(run.plays))}
                {figure(text!("experiments-live-enforced"), "live-enforced", enforced)}
                <tr>
                    <th scope="row">{text!("experiments-live-fair")}</th>
                    <td data-test="live-fair" data-value=fair.map(|fair| format!("{fair:.4}"))>
                        {fair.map_or_else(unknown, words::percent)}
                    </td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-observed")}</th>
                    <td data-test="live-observed" data-value=format!("{:.4}", observed.share()) data-blocks=observed.all.to_string()>
                        {words::percent(observed.share())}" "
                        <span class="muted">
                            {text!("experiments-live-blocks", own = observed.own, count = observed.all)}
                        </span>
                    </td>
                </tr>
                {figure(text!("experiments-live-band"), "live-band", theory.so_far.map_or_else(unknown, |so_far| band(so_far.band)))}
                {figure(of_theory, "live-theory", theory.expected.map_or_else(unknown, band))}
                {figure(text!("experiments-live-gamma"), "live-gamma", matches)}
                {figure(of_measured, "live-theory-measured", theory.measured.map_or_else(unknown, words::percent))}
            </tbody>
        </table>
        <p class="live-verdict" data-test="live-so-far">
            {theory.so_far.map(|so_far| so_far_in_words(so_far, theory.blocks_to_tell))}
        </p>
        <p class="live-verdict" data-test="live-verdict">{theory.so_far.map(|so_far| verdict(so_far, run.name.clone()))}</p>
    }
}

/// How this run looks beside others of as many blocks.
fn so_far_in_words(so_far: SoFar, blocks_to_tell: Option<f64>) -> String {
    let blocks = |blocks: f64| words::figure(blocks, 0);
    let seen = text!(
        "experiments-live-so-far",
        own = so_far.own,
        count = so_far.all,
        low = blocks(so_far.honest.low),
        high = blocks(so_far.honest.high),
        least = blocks(so_far.played.low),
        most = blocks(so_far.played.high)
    );
    let fits = match (so_far.fits(), blocks_to_tell) {
        ((true, true), Some(enough)) => text!("experiments-live-fits-both-until", blocks = blocks(enough)),
        ((true, true), None) => text!("experiments-live-fits-both"),
        ((false, true), _) => text!("experiments-live-fits-part"),
        ((true, false), _) => text!("experiments-live-fits-honest"),
        ((false, false), _) => text!("experiments-live-fits-neither"),
    };
    format!("{seen} {fits}")
}

/// Whether it pays in the long run.
fn verdict(so_far: SoFar, name: String) -> String {
    match so_far.verdict() {
        Verdict::Pays => text!("experiments-live-pays", name = name),
        Verdict::Costs => text!("experiments-live-costs", name = name),
        Verdict::Open => text!("experiments-live-open-yet"),
    }
}
