//! The selfish miner: who it is, by what rules it withholds, with how much of the work, what it has earned, and whether that pays.

use leptos::prelude::*;
use tabchain_shared::lab::theory::Band;
use tabchain_shared::node::role::{KnownTable, Role};

use super::Player;
use super::board::{Board, Run};
use super::orders::{Labels, Orders, figure, range};
use super::revenue::{self, Observed, SoFar, Verdict};
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
            <select data-test="live-rules" disabled=move || locked.get() on:change=choose>{options}</select>
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
    let shown = move || {
        board.run.with(|run| {
            let run = run.as_ref()?;
            Some(figures(run, &run.tally.observed()))
        })
    };
    view! { {shown} }
}

fn figures(run: &Run, observed: &Observed) -> impl IntoView + use<> {
    let unknown = || "–".to_owned();
    let fair = run.work.share();
    let state = if run.is_over { "over" } else { "running" };
    let theory = fair.map(|fair| revenue::expected(run.plays, fair));
    let (won, decided) = observed.matches;
    let gamma = (decided > 0).then(|| ratio(won, decided));
    let measured = fair.zip(gamma).map(|(fair, gamma)| revenue::at(run.plays, fair, gamma));
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
    let matches = gamma.map_or_else(
        || text!("experiments-live-no-match"),
        |gamma| text!("experiments-live-matches", gamma = words::figure(gamma, 2), won = won, count = decided),
    );
    let so_far = fair.and_then(|fair| SoFar::of(observed, run.plays, fair));
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
                    <td data-test="live-observed" data-value=format!("{:.4}", observed.share) data-blocks=observed.all.to_string()>
                        {words::percent(observed.share)}" "
                        <span class="muted">
                            {text!("experiments-live-blocks", own = observed.own, count = observed.all)}
                        </span>
                    </td>
                </tr>
                {figure(text!("experiments-band"), "live-band", range(observed.band.low, observed.band.high))}
                {figure(of_theory, "live-theory", theory.map_or_else(unknown, |band| range(band.low, band.high)))}
                {figure(text!("experiments-live-gamma"), "live-gamma", matches)}
                {figure(of_measured, "live-theory-measured", measured.map_or_else(unknown, words::percent))}
            </tbody>
        </table>
        <p class="live-verdict" data-test="live-so-far">{so_far.map(so_far_in_words)}</p>
        <p class="live-verdict" data-test="live-verdict">{fair.zip(theory).and_then(|known| verdict(run, observed, known))}</p>
    }
}

/// What can be said before there are blocks enough for a verdict.
fn so_far_in_words(so_far: SoFar) -> String {
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
    let fits = match so_far.fits() {
        (true, true) => text!("experiments-live-fits-both"),
        (false, true) => text!("experiments-live-fits-part"),
        (true, false) => text!("experiments-live-fits-honest"),
        (false, false) => text!("experiments-live-fits-neither"),
    };
    format!("{seen} {fits}")
}

/// `None` while it is too early.
fn verdict(run: &Run, observed: &Observed, (fair, expected): (f64, Band)) -> Option<String> {
    let name = run.name.clone();
    let judged = match observed.verdict(fair) {
        Verdict::Early => return None,
        Verdict::Pays => text!("experiments-live-pays", name = name),
        Verdict::Costs => text!("experiments-live-costs", name = name),
        Verdict::Fair => text!("experiments-live-even", name = name),
    };
    let agrees = observed.band.low <= expected.high && expected.low <= observed.band.high;
    let theory = if agrees { text!("experiments-live-agrees") } else { text!("experiments-live-differs") };
    Some(format!("{judged} {theory}"))
}

fn ratio(part: usize, of: usize) -> f64 {
    use tabchain_shared::lab::theory::statistics::count;
    count(part as u64) / count(of as u64)
}
