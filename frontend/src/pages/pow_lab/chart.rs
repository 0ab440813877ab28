//! The bars: two for each algorithm, on one scale.

use leptos::prelude::*;
use tabchain_shared::pow::Algorithm;

use super::Lab;
use super::figures::Place;
use crate::text;
use crate::words;

/// As its inventors write it.
pub fn title(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Sha256d => "SHA-256d",
        Algorithm::Scrypt => "scrypt",
        Algorithm::Argon2id => "Argon2id",
        Algorithm::Blake3 => "BLAKE3",
        Algorithm::Oracle => "oracle",
    }
}

/// Where people know it from, or what it is for.
pub fn remark(algorithm: Algorithm) -> String {
    match algorithm {
        Algorithm::Sha256d => text!("lab-remark-sha256d"),
        Algorithm::Scrypt => text!("lab-remark-scrypt"),
        Algorithm::Argon2id => text!("lab-remark-argon2id"),
        Algorithm::Blake3 => text!("lab-remark-blake3"),
        Algorithm::Oracle => text!("lab-remark-oracle"),
    }
}

#[component]
pub fn Chart() -> impl IntoView {
    view! {
        <ul class="race">
            {Algorithm::LIVE.iter().enumerate().map(|(index, algorithm)| view! {
                <Lane index algorithm=*algorithm/>
            }).collect_view()}
        </ul>
        <Axis/>
    }
}

/// One algorithm.
#[component]
fn Lane(index: usize, algorithm: Algorithm) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let ratio = move || lab.figures.read().ratio(index);
    view! {
        <li class="lane" data-test=format!("lane-{}", algorithm.name())>
            <h3>{title(algorithm)}" "<span class="muted">{remark(algorithm)}</span></h3>
            {Place::ALL.map(|place| view! { <Bar index algorithm place/> }).collect_view()}
            <p class="ratio muted small">{ratio}</p>
        </li>
    }
}

#[component]
fn Bar(index: usize, algorithm: Algorithm, place: Place) -> impl IntoView {
    let lab = expect_context::<Lab>();
    let figure = Memo::new(move |_| lab.figures.read().get(index, place).cloned());
    let width = move || {
        let scale = lab.figures.read().scale();
        let length = figure.read().as_ref().map_or(0.0, |figure| scale.length(figure.hashrate));
        format!("width: {:.1}%", length * 100.0)
    };
    let done = move || figure.read().as_ref().is_some_and(|figure| figure.done);
    let mark = format!("{}-{}", algorithm.name(), place.word());
    view! {
        <div class=format!("bar-row {}", place.word()) class=("live", move || figure.read().is_some() && !done())>
            <span class="bar-name">{place.name()}</span>
            <span class="bar-track" aria-hidden="true"><span class="bar-fill" style=width></span></span>
            <span class="bar-figure" data-test=mark data-value=move || {
                figure.read().as_ref().filter(|figure| figure.done).map(|figure| format!("{:.1}", figure.hashrate))
            }>
                <b>{move || figure.read().as_ref().map_or_else(|| "–".to_owned(), |figure| words::hashrate(figure.hashrate))}</b>
                " "
                <span class="muted small">{move || figure.read().as_ref().map(|figure| figure.kernel.clone())}</span>
            </span>
        </div>
    }
}

/// What the lengths mean.
#[component]
fn Axis() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let scale = Memo::new(move |_| lab.figures.read().scale());
    view! {
        <div class="axis" aria-hidden="true">
            <span class="axis-marks">
                {move || scale.get().marks().into_iter().map(|(at, name)| view! {
                    <span style=format!("left: {:.1}%", at * 100.0)>{name}</span>
                }).collect_view()}
            </span>
        </div>
        <p class="muted small">{text!("lab-axis")}</p>
    }
}
