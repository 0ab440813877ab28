//! `/lab/pow`: every proof-of-work algorithm on one core of this device and of the relay's machine, side by side. It starts
//! no node: the worker that is measured is the one that mines, and works for the lab alone.

mod chart;
mod device;
mod export;
mod figures;
mod relay_machine;

use futures_util::future::join;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::pow::Algorithm;

use crate::app::set_title;
use crate::browser;
use crate::text;
use crate::words;
use chart::Chart;
use export::Export;
use figures::{Figure, Figures, Machine, Place};

/// How far a machine's run has come.
#[derive(Debug, Clone, PartialEq)]
enum Progress {
    Idle,
    Running(Algorithm),
    Done,
    Failed(String),
}

/// A run of the lab, or the last one.
#[derive(Clone, Copy)]
struct Lab {
    figures: RwSignal<Figures>,
    device: RwSignal<Progress>,
    relay: RwSignal<Progress>,
    relay_machine: RwSignal<Option<Machine>>,
    measured: RwSignal<Option<Time>>,
    /// Numbers runs; whoever works for an earlier one ends.
    run: RwSignal<u32>,
    is_running: RwSignal<bool>,
}

impl Lab {
    fn new() -> Self {
        Self {
            figures: RwSignal::new(Figures::default()),
            device: RwSignal::new(Progress::Idle),
            relay: RwSignal::new(Progress::Idle),
            relay_machine: RwSignal::new(None),
            measured: RwSignal::new(None),
            run: RwSignal::new(0),
            is_running: RwSignal::new(false),
        }
    }

    fn start(self) {
        self.run.update(|run| *run += 1);
        self.figures.set(Figures::default());
        self.measured.set(Some(browser::now()));
        self.is_running.set(true);
        let run = self.run.get_untracked();
        leptos::task::spawn_local(async move {
            let (device, relay) = join(device::measure(self, run), relay_machine::measure(self, run)).await;
            if self.is_current(run) {
                let outcome = |result: Result<(), String>| result.map_or_else(Progress::Failed, |()| Progress::Done);
                self.device.set(outcome(device));
                self.relay.set(outcome(relay));
                self.is_running.set(false);
            }
        });
    }

    fn stop(self) {
        self.run.update(|run| *run += 1);
        self.device.set(Progress::Idle);
        self.relay.set(Progress::Idle);
        self.is_running.set(false);
    }

    /// Whether anybody still wants what that run measures. Asked after every wait: the page may be gone.
    fn is_current(self, run: u32) -> bool {
        !self.run.is_disposed() && self.run.get_untracked() == run
    }

    fn show(self, algorithm: usize, place: Place, figure: Figure) {
        self.figures.update(|figures| figures.set(algorithm, place, figure));
    }

    fn machine(self, place: Place) -> Machine {
        match place {
            Place::Device => {
                let navigator = window().navigator();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let cores = navigator.hardware_concurrency() as usize;
                Machine { name: navigator.user_agent().unwrap_or_default(), cores }
            }
            Place::Relay => {
                let unknown = Machine { name: String::new(), cores: 0 };
                self.relay_machine.get_untracked().unwrap_or(unknown)
            }
        }
    }
}

#[component]
pub fn PowLab() -> impl IntoView {
    set_title(&text!("lab-title"));
    let lab = Lab::new();
    provide_context(lab);
    let toggle = move |_| if lab.is_running.get_untracked() { lab.stop() } else { lab.start() };
    view! {
        <div class="pow-lab">
            <div class="lab-head">
                <h1>{text!("lab-title")}</h1>
                <p class="muted">{text!("lab-what")}</p>
            </div>
            <section class="card lab-run" aria-labelledby="lab-title">
                <div class="card-head">
                    <h2 id="lab-title">{text!("lab-rates")}</h2>
                    <Status/>
                    <button type="button" class="run" class=("primary", move || !lab.is_running.get()) data-test="run"
                        on:click=toggle>
                        {move || match (lab.is_running.get(), lab.measured.get().is_some()) {
                            (true, _) => text!("lab-stop"),
                            (false, true) => text!("lab-run-again"),
                            (false, false) => text!("lab-run"),
                        }}
                    </button>
                </div>
                <Chart/>
                <Export/>
            </section>
            <section class="card" aria-labelledby="hardness-title">
                <h2 id="hardness-title">{text!("lab-memory-hard")}</h2>
                <p>{text!("lab-memory-hard-why")}</p>
            </section>
        </div>
    }
}

/// What is being measured, or why it is not.
#[component]
fn Status() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let value = move || match (lab.is_running.get(), lab.device.get(), lab.relay.get()) {
        (true, ..) => "running",
        (false, Progress::Done, Progress::Done) => "done",
        (false, Progress::Failed(_), _) | (false, _, Progress::Failed(_)) => "failed",
        _ => "idle",
    };
    let told = |place: Place, progress: Progress| match progress {
        Progress::Running(algorithm) => {
            Some(text!("lab-at-place", place = place.name(), what = chart::title(algorithm)))
        }
        Progress::Failed(reason) => Some(text!("lab-at-place", place = place.name(), what = reason)),
        Progress::Idle | Progress::Done => None,
    };
    let words = move || {
        let parts = [(Place::Device, lab.device.get()), (Place::Relay, lab.relay.get())];
        let parts: Vec<String> = parts.into_iter().filter_map(|(place, progress)| told(place, progress)).collect();
        match (parts.is_empty(), lab.measured.get()) {
            (false, _) => parts.join(" · "),
            (true, Some(time)) if value() == "done" => text!("lab-measured", time = words::time_of_day(time)),
            (true, _) => text!("lab-takes"),
        }
    };
    view! { <p class="muted small status" role="status" data-test="lab-state" data-value=value>{words}</p> }
}
