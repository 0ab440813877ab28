//! The selfish miner: who it is, with how much of the work, what it has earned, and whether that pays.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::Player;
use super::board::{Board, Run};
use super::revenue::{self, Observed, Verdict};
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
    let percent = RwSignal::new("40".to_owned());
    let node = board.chosen(wanted, 0);
    let is_running = Memo::new(move |_| board.run.with(|run| run.as_ref().is_some_and(|run| !run.is_over)));
    let locked = move || !board.operator.may_steer() || board.is_ordering.get();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_running.get_untracked() {
            board.stop();
        } else if let Some(node) = node.get_untracked() {
            board.start(node, &percent.read_untracked());
        }
    };
    view! {
        <form on:submit=submit>
            <fieldset class="orders experiment-fields" disabled=locked>
                <legend class="visually-hidden">{text!("experiments-selfish")}</legend>
                <Player label=text!("experiments-live-miner") test="live-node" wanted node locked=is_running/>
                <label class="field">
                    <span class="label">{text!("experiments-live-percent")}</span>
                    <input type="text" inputmode="decimal" data-test="live-percent" disabled=move || is_running.get()
                        bind:value=percent/>
                </label>
            </fieldset>
            <p class="buttons">
                <button type="submit" class="primary" data-test="live-start" disabled=locked>
                    {move || if is_running.get() { text!("experiments-live-stop") } else { text!("experiments-live-start") }}
                </button>
            </p>
        </form>
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
    let theory = fair.map(revenue::expected);
    let (won, decided) = observed.matches;
    let gamma = (decided > 0).then(|| ratio(won, decided));
    let measured = fair.zip(gamma).map(|(fair, gamma)| revenue::at(fair, gamma));
    let enforced = run.work.enforced.map_or_else(|| text!("experiments-live-no-limit"), words::percent);
    let said = if run.is_over {
        text!("experiments-live-over", name = run.name.clone())
    } else {
        text!("experiments-live-running", name = run.name.clone())
    };
    view! {
        <p role="status" data-test="live-state" data-value=state>{said}</p>
        <table class="live-figures">
            <tbody>
                <tr>
                    <th scope="row">{text!("experiments-live-enforced")}</th>
                    <td data-test="live-enforced">{enforced}</td>
                </tr>
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
                <tr>
                    <th scope="row">{text!("experiments-band")}</th>
                    <td data-test="live-band">{range(observed.band.low, observed.band.high)}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-theory")}</th>
                    <td data-test="live-theory">{theory.map_or_else(unknown, |band| range(band.low, band.high))}</td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-gamma")}</th>
                    <td data-test="live-gamma">
                        {gamma.map_or_else(|| text!("experiments-live-no-match"), |gamma| {
                            text!("experiments-live-matches", gamma = words::figure(gamma, 2), won = won, count = decided)
                        })}
                    </td>
                </tr>
                <tr>
                    <th scope="row">{text!("experiments-live-theory-measured")}</th>
                    <td>{measured.map_or_else(unknown, words::percent)}</td>
                </tr>
            </tbody>
        </table>
        <p class="live-verdict" data-test="live-verdict">{fair.map(|fair| verdict(run, observed, fair))}</p>
    }
}

fn verdict(run: &Run, observed: &Observed, fair: f64) -> String {
    let name = run.name.clone();
    let judged = match observed.verdict(fair) {
        Verdict::Early => return text!("experiments-live-early"),
        Verdict::Pays => text!("experiments-live-pays", name = name),
        Verdict::Costs => text!("experiments-live-costs", name = name),
        Verdict::Fair => text!("experiments-live-even", name = name),
    };
    let expected = revenue::expected(fair);
    let agrees = observed.band.low <= expected.high && expected.low <= observed.band.high;
    let theory = if agrees { text!("experiments-live-agrees") } else { text!("experiments-live-differs") };
    format!("{judged} {theory}")
}

pub fn range(low: f64, high: f64) -> String {
    text!("experiments-live-range", low = words::percent(low), high = words::percent(high))
}

fn ratio(part: usize, of: usize) -> f64 {
    use tabchain_shared::lab::theory::statistics::count;
    count(part as u64) / count(of as u64)
}
