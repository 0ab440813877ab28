//! Charts of the network: what the chain's headers say, read anew from it, and what the relay has measured in the last hour. Looked
//! at while they are shown. SVG of our own: a chart library would weigh more than the panel's own code, and knows neither the page's
//! colours nor tables for screen readers.

mod chart;
mod draw;
mod figures;
mod save;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::BlockFigure;
use tabchain_shared::primitives::{BlockHash, Target};

use super::Network;
use crate::operator;
use crate::text;
use crate::words;
use chart::{Along, Chart};
use draw::Palette;
pub use figures::{Known, since_parent};

/// Blocks of which dates and targets are shown.
const BLOCKS: u32 = 500;
/// Between two looks; the relay measures as often.
const POLL_MILLIS: u32 = 5_000;
/// Rows of a chart's table, the newest: a screen reader has the rest in the CSV.
const MAX_ROWS: usize = 20;

#[derive(Clone, Copy)]
struct Watcher {
    network: Network,
    known: RwSignal<Known>,
    failed: RwSignal<Option<String>>,
}

impl Watcher {
    /// For as long as the charts are shown.
    fn watch(self) {
        leptos::task::spawn_local(async move {
            let mut easiest = None;
            let mut seen = None;
            while !self.known.is_disposed() {
                if !document().hidden() && !self.network.freeze.is_on_now() {
                    let outcome = self.look(&mut easiest, &mut seen).await;
                    self.failed.try_set(outcome.err());
                }
                TimeoutFuture::new(POLL_MILLIS).await;
            }
        });
    }

    async fn look(self, easiest: &mut Option<Target>, seen: &mut Option<BlockHash>) -> Result<(), String> {
        let easiest = if let Some(easiest) = *easiest {
            easiest
        } else {
            let params = operator::params().await?;
            self.known.try_update(|known| known.spacing = params.spacing);
            *easiest.insert(params.limit_target())
        };
        let Some(after) = self.known.try_with_untracked(Known::newest) else { return Ok(()) };
        let series = operator::series(after).await?;
        self.known.try_update(|known| known.add(series));
        let status = self.network.status;
        let tip =
            status.try_with_untracked(|status| status.as_ref().map(|status| (status.tip.hash, status.tip.height)));
        let Some((tip, height)) = tip.flatten().filter(|(tip, _)| *seen != Some(*tip)) else { return Ok(()) };
        let from = height.saturating_sub(BLOCKS);
        let blocks = BlockFigure::of(from, operator::headers(from).await?, easiest);
        self.known.try_update(|known| known.blocks = blocks);
        *seen = Some(tip);
        Ok(())
    }
}

#[component]
pub fn Charts() -> impl IntoView {
    let watcher =
        Watcher { network: expect_context(), known: RwSignal::new(Known::default()), failed: RwSignal::new(None) };
    watcher.watch();
    let charts = Memo::new(move |_| watcher.known.with(Known::charts));
    view! {
        {move || watcher.failed.get().map(|reason| view! {
            <p class="notice warn" role="status">{words::sentence(&reason)}</p>
        })}
        <div class="charts" data-test="charts">
            {(0..6).map(|index| {
                let chart = Memo::new(move |_| charts.with(|charts| charts[index].clone()));
                view! { <Figure chart/> }
            }).collect_view()}
        </div>
    }
}

#[component]
fn Figure(chart: Memo<Chart>) -> impl IntoView {
    let svg = move || chart.with(|chart| draw::inner(chart, Palette::PAGE));
    let empty = Memo::new(move |_| chart.read().is_empty());
    let (name, title, unit) = chart.with_untracked(|chart| (chart.name, chart.title.clone(), chart.unit.clone()));
    let as_csv = move |_| chart.with_untracked(save::csv);
    let as_png = move |_| chart.with_untracked(save::png);
    let legend = chart.with_untracked(|chart| chart.columns.clone());
    let has_legend = legend.len() > 1;
    view! {
        <figure class="chart" data-test=format!("chart-{name}") data-value=move || chart.read().rows.len().to_string()>
            <figcaption>
                <h3>{title.clone()}" "<span class="muted">{unit}</span></h3>
                <p class="muted small">{move || chart.read().about.clone()}</p>
            </figcaption>
            {move || if empty.get() {
                view! { <p class="empty chart-empty">{text!("control-chart-empty")}</p> }.into_any()
            } else {
                view! {
                    <svg viewBox=format!("0 0 {} {}", draw::WIDTH, draw::HEIGHT) role="img" font-size="10.5"
                        aria-label=move || chart.read().about.clone() inner_html=svg></svg>
                }.into_any()
            }}
            <div class="chart-foot">
                {has_legend.then(|| legend.iter().enumerate().map(|(index, column)| view! {
                    <span class=format!("chart-key key-{index}")>{column.name.clone()}</span>
                }).collect_view())}
                <span class="grow"></span>
                <button type="button" class="quiet small" data-test=format!("chart-{name}-csv") disabled=empty on:click=as_csv
                    aria-label=text!("control-chart-csv-label", title = title.clone())>"CSV"</button>
                <button type="button" class="quiet small" data-test=format!("chart-{name}-png") disabled=empty on:click=as_png
                    aria-label=text!("control-chart-png-label", title = title.clone())>"PNG"</button>
                <Table chart/>
            </div>
        </figure>
    }
}

/// The newest figures, for whoever reads them rather than looks at them.
#[component]
fn Table(chart: Memo<Chart>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let rows = move || {
        chart.with(|chart| {
            let skipped = if chart.along == Along::Seconds { 0 } else { chart.rows.len().saturating_sub(MAX_ROWS) };
            let rows = chart.rows.iter().skip(skipped).map(|(at, figures)| {
                let cells = figures.iter().zip(&chart.columns);
                let cells = cells
                    .map(|(figure, column)| view! { <td class="number">{words::figure(*figure, column.digits)}</td> });
                view! { <tr><th scope="row">{place(chart.along, *at)}</th>{cells.collect_view()}</tr> }
            });
            rows.collect_view()
        })
    };
    let heads = move || {
        chart.with(|chart| {
            let along = match chart.along {
                Along::Time => text!("control-chart-time"),
                Along::Height => text!("control-chart-height"),
                Along::Seconds => text!("control-chart-from"),
            };
            let names = std::iter::once(along).chain(chart.columns.iter().map(|column| column.name.clone()));
            names.map(|name| view! { <th scope="col">{name}</th> }).collect_view()
        })
    };
    let toggled = move |event| is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    view! {
        <details class="more" on:toggle=toggled>
            <summary>{text!("control-chart-table")}</summary>
            <Show when=move || is_open.get()>
                <div class="table-scroll" tabindex="0" role="group" aria-label=text!("control-chart-table")>
                    <table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
                </div>
            </Show>
        </details>
    }
}

/// Where a row stands along.
fn place(along: Along, at: f64) -> String {
    match along {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
        Along::Time => words::day_and_time(Time(at.max(0.0) as u64)),
        Along::Height => words::figure(at, 0),
        Along::Seconds => words::seconds(at),
    }
}
