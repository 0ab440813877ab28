//! The page's talk with the lab's worker, which lives as long as the page is shown.

use leptos::prelude::*;
use tabchain_lab::message::{FromLab, Measured, Preset, ToLab};
use tabchain_shared::lab::experiment::Spec;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::form::{self, Field};
use crate::browser;

const LOADER: &str = "/lab_worker_loader.js";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Loading,
    Idle,
    Running,
    /// By the person, before its end.
    Stopped,
    Done,
    /// There is no worker.
    Failed,
}

impl State {
    /// For tests of the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loading => "loading",
            Self::Idle => "idle",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// Why something cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which setting is to be changed, if it is one.
    pub setting: Option<String>,
    pub reason: String,
}

/// What a finished run leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub csv: String,
    pub report: String,
}

/// What has become of a file that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// A report that is being run again.
    Repeating {
        done: usize,
        jobs: usize,
    },
    Holds {
        title: String,
    },
    Doubtful {
        reason: String,
    },
    /// An experiment, now in the form.
    Spec {
        title: String,
    },
    Refused {
        reason: String,
    },
}

#[derive(Clone, Copy)]
pub struct Session {
    worker: StoredValue<Option<Worker>, LocalStorage>,
    pub presets: RwSignal<Vec<Preset>>,
    /// The preset whose settings the form began with; none for a file's.
    pub chosen: RwSignal<Option<String>>,
    /// Which kind of experiment the form is about, as specs name it.
    pub kind: RwSignal<String>,
    pub fields: RwSignal<Vec<Field>>,
    pub refusal: RwSignal<Option<Refusal>>,
    pub state: RwSignal<State>,
    pub measured: RwSignal<Option<Measured>>,
    pub files: RwSignal<Option<Files>>,
    pub opened: RwSignal<Option<Opened>>,
    /// A file was given to the worker, which has not said yet what it is.
    is_reading: StoredValue<bool>,
}

impl Session {
    /// Starts a worker, and ends it with the page.
    pub fn start() -> Self {
        let session = Self {
            worker: StoredValue::new_local(None),
            presets: RwSignal::default(),
            chosen: RwSignal::new(None),
            kind: RwSignal::default(),
            fields: RwSignal::default(),
            refusal: RwSignal::new(None),
            state: RwSignal::new(State::Loading),
            measured: RwSignal::new(None),
            files: RwSignal::new(None),
            opened: RwSignal::new(None),
            is_reading: StoredValue::new(false),
        };
        let Ok(worker) = browser::start_worker(LOADER) else {
            session.state.set(State::Failed);
            return session;
        };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let word = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if let Some(word) = word
                && !session.state.is_disposed()
            {
                session.hear(word);
            }
        });
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |_| {
            session.state.try_set(State::Failed);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        session.worker.set_value(Some(worker.clone()));
        let ending = StoredValue::new_local((worker, on_message, on_error));
        on_cleanup(move || {
            ending.try_with_value(|(worker, ..)| {
                worker.set_onmessage(None);
                worker.set_onerror(None);
                worker.terminate();
            });
        });
        session
    }

    pub fn is_running(self) -> bool {
        self.state.get() == State::Running
    }

    pub fn is_failed(self) -> bool {
        self.state.get() == State::Failed
    }

    pub fn choose(self, name: &str) {
        let preset = self.presets.with_untracked(|presets| presets.iter().find(|preset| preset.name == name).cloned());
        if let Some(preset) = preset {
            self.chosen.set(Some(preset.name));
            self.take(&preset.spec);
        }
    }

    fn take(self, spec: &Spec) {
        if self.state.get_untracked() == State::Running {
            self.say(&ToLab::Stop);
        }
        let (kind, fields) = form::of(spec);
        self.kind.set(kind);
        self.fields.set(fields);
        self.refusal.set(None);
        self.measured.set(None);
        self.files.set(None);
        self.state.set(State::Idle);
    }

    pub fn run(self) {
        match form::spec(&self.kind.get_untracked(), &self.fields.get_untracked()) {
            Ok(spec) => {
                self.refusal.set(None);
                self.measured.set(None);
                self.files.set(None);
                self.opened.set(None);
                self.state.set(State::Running);
                self.say(&ToLab::Run(Box::new(spec)));
            }
            Err(refusal) => self.refusal.set(Some(refusal)),
        }
    }

    pub fn stop(self) {
        self.state.set(State::Stopped);
        self.say(&ToLab::Stop);
    }

    /// What a file says.
    pub fn read(self, text: String) {
        if self.state.get_untracked() == State::Running {
            self.state.set(State::Stopped);
        }
        self.opened.set(None);
        self.is_reading.set_value(true);
        self.say(&ToLab::Read(text));
    }

    fn hear(self, word: FromLab) {
        match word {
            FromLab::Ready { presets } => {
                let first = presets.first().map(|preset| preset.name.clone());
                self.presets.set(presets);
                if let Some(first) = first {
                    self.choose(&first);
                }
            }
            FromLab::Spec(spec) => {
                self.is_reading.set_value(false);
                self.chosen.set(None);
                self.take(&spec);
                self.opened.set(Some(Opened::Spec { title: spec.title }));
            }
            FromLab::Refused { reason, setting } if self.is_reading.get_value() => {
                self.is_reading.set_value(false);
                let reason = setting.map_or(reason.clone(), |setting| format!("{setting}: {reason}"));
                self.opened.set(Some(Opened::Refused { reason }));
            }
            FromLab::Refused { setting, reason } => {
                self.state.set(State::Idle);
                self.refusal.set(Some(Refusal { setting, reason }));
            }
            FromLab::Measured(measured) => self.measured.set(Some(*measured)),
            FromLab::Done { csv, report } => {
                self.state.set(State::Done);
                self.files.set(Some(Files { csv, report }));
            }
            FromLab::Repeated { done, jobs } => self.opened.set(Some(Opened::Repeating { done, jobs })),
            // Asked by who looks at a fork, of a worker of its own.
            FromLab::WhatIf(_) => {}
            FromLab::Judged { title, doubt } => {
                self.is_reading.set_value(false);
                self.opened.set(Some(match doubt {
                    None => Opened::Holds { title },
                    Some(reason) => Opened::Doubtful { reason },
                }));
            }
        }
    }

    fn say(self, word: &ToLab) {
        let text = serde_json::to_string(word).expect("messages are plain data");
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                // Fails only for what cannot be cloned, and text always can.
                let _ = worker.post_message(&text.into());
            }
        });
    }
}
