//! What a run has measured: a picture with the curve of theory, and the same as a table that can be read aloud.

use leptos::prelude::*;
use tabchain_shared::lab::experiment::results::{Measured, Row};

use super::presets::setting_label;
use super::session::{Session, State};
use crate::components::download::download_text;
use crate::language::{Fraction, number};
use crate::text;

#[component]
pub fn Outcome() -> impl IntoView {
    let session = expect_context::<Session>();
    let picture = move || session.measured.with(|measured| measured.as_ref().map(|it| it.picture.clone()));
    let is_empty = move || session.measured.with(Option::is_none);
    view! {
        <section class="card experiment-outcome" aria-labelledby="outcome-title">
            <h2 id="outcome-title">{text!("experiments-outcome")}</h2>
            {move || is_empty().then(|| view! { <p class="empty">{text!("experiments-nothing-yet")}</p> })}
            // The worker has drawn it, and has escaped every text in it.
            <div class="experiment-picture" data-test="experiment-picture" inner_html=move || picture().unwrap_or_default()></div>
            {move || (!is_empty()).then(|| view! { <p class="muted">{text!("experiments-legend")}</p> })}
            <Save/>
            <Table/>
        </section>
    }
}

#[component]
fn Table() -> impl IntoView {
    let session = expect_context::<Session>();
    let table = move || {
        session.measured.with(|measured| {
            let rows = &measured.as_ref()?.results.rows;
            let parameters = rows.first()?.parameters.iter().map(|parameter| setting_label(&parameter.name));
            let heads = parameters.map(|name| view! { <th scope="col">{name}</th> }).collect_view();
            let lines = rows.iter().flat_map(|row| row.figures.iter().map(move |figure| (row, figure)));
            let lines = lines.map(|(row, figure)| line(row, figure)).collect_view();
            Some(view! {
                <div class="table-scroll" role="region" tabindex="0" aria-labelledby="outcome-title">
                    <table data-test="experiment-table">
                        <thead>
                            <tr>
                                {heads}
                                <th scope="col">{text!("experiments-figure")}</th>
                                <th scope="col">{text!("experiments-measured")}</th>
                                <th scope="col">{text!("experiments-band")}</th>
                                <th scope="col">{text!("experiments-theory")}</th>
                                <th scope="col">{text!("experiments-agrees")}</th>
                            </tr>
                        </thead>
                        <tbody>{lines}</tbody>
                    </table>
                </div>
            })
        })
    };
    view! { {table} }
}

fn line(row: &Row, figure: &Measured) -> impl IntoView + use<> {
    let parameters = row.parameters.iter().map(|parameter| view! { <td>{parameter.value.to_string()}</td> });
    let name = if figure.unit.is_empty() { figure.name.clone() } else { format!("{}, {}", figure.name, figure.unit) };
    let theory = figure.theories.first();
    let verdict = match (figure.band, theory) {
        (Some(band), Some(theory)) if band.low <= theory.value && theory.value <= band.high => {
            text!("experiments-inside")
        }
        (Some(_), Some(_)) => text!("experiments-outside"),
        _ => String::new(),
    };
    view! {
        <tr>
            {parameters.collect_view()}
            <td>{name}</td>
            <td>{figure.estimate.map(short)}</td>
            <td>{figure.band.map(|band| format!("{} – {}", short(band.low), short(band.high)))}</td>
            <td>{theory.map(|theory| view! { <span title=theory.source.clone()>{short(theory.value)}</span> })}</td>
            <td>{verdict}</td>
        </tr>
    }
}

/// As many digits as say something.
fn short(value: f64) -> String {
    let digits = if value.abs() >= 100.0 {
        1
    } else if value.abs() >= 1.0 {
        3
    } else {
        5
    };
    number(value, Fraction::UpTo(digits))
}

#[component]
fn Save() -> impl IntoView {
    let session = expect_context::<Session>();
    let name = move |ending: &str| {
        let chosen = session.chosen.get_untracked().unwrap_or_else(|| "experiment".to_owned());
        format!("{chosen}.{ending}")
    };
    let files = move |of: fn(&super::session::Files) -> String| session.files.with_untracked(|it| it.as_ref().map(of));
    let save_csv = move |_| {
        if let Some(csv) = files(|files| files.csv.clone()) {
            download_text(&csv, "text/csv", &name("csv"));
        }
    };
    let save_picture = move |_| {
        if let Some(measured) = session.measured.get_untracked() {
            download_text(&measured.picture, "image/svg+xml", &name("svg"));
        }
    };
    let save_report = move |_| {
        if let Some(report) = files(|files| files.report.clone()) {
            download_text(&report, "application/json", &name("report.json"));
        }
    };
    view! {
        {move || (session.state.get() == State::Done).then(|| view! {
            <p class="buttons">
                <button type="button" data-test="save-report" on:click=save_report>{text!("experiments-save-report")}</button>
                <button type="button" data-test="save-csv" on:click=save_csv>{text!("experiments-save-csv")}</button>
                <button type="button" data-test="save-picture" on:click=save_picture>{text!("experiments-save-picture")}</button>
            </p>
            <p class="muted">{text!("experiments-report-what")}</p>
        })}
    }
}
