//! The worker's program: a moment of an experiment, then a look at what the page has said, in turns.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Function;
use tabchain_shared::lab::experiment::{Experiment, Report, Spec};
use tabchain_shared::lab::plot::picture;
use tabchain_shared::lab::what_if::what_if;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Performance};

use crate::message::{FromLab, Measured, ToLab};
use crate::presets;

/// Events between two looks at the clock: a few milliseconds.
const EVENTS: u64 = 1_000;
/// Until then the worker hears nothing, not even that it is to stop.
const TURN_MILLIS: f64 = 40.0;
/// Between two words on what has been measured.
const TELL_MILLIS: f64 = 400.0;
/// Of a file that is read.
const MAX_FILE_BYTES: usize = 16 << 20;

/// Runs for as long as the worker lives.
pub fn run() {
    let program = Rc::new(Program::new());
    let orders = handler(&program, |program, event| {
        let order = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
        if let Some(order) = order {
            program.hear(order);
        }
    });
    program.scope.set_onmessage(Some(&orders));
    let turns = handler(&program, |program, _| {
        program.has_turn.set(false);
        program.advance();
    });
    program.turns.port1().set_onmessage(Some(&turns));
    program.say(&FromLab::Ready { presets: presets::presets() });
}

/// Handles events for as long as the worker lives.
fn handler(program: &Rc<Program>, handle: fn(&Program, MessageEvent)) -> Function {
    let program = Rc::clone(program);
    Closure::<dyn Fn(MessageEvent)>::new(move |event| handle(&program, event)).into_js_value().unchecked_into()
}

struct Program {
    scope: DedicatedWorkerGlobalScope,
    clock: Performance,
    /// Gives the event loop a turn; a message to oneself does not wait as a timer does.
    turns: MessageChannel,
    /// Such a message is on its way.
    has_turn: Cell<bool>,
    task: RefCell<Option<Task>>,
    told_at: Cell<f64>,
}

/// What is being run.
struct Task {
    experiment: Experiment,
    /// Run again to judge this.
    claim: Option<Report>,
}

impl Program {
    fn new() -> Self {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        Self {
            clock: scope.performance().expect("every browser with workers has performance.now"),
            scope,
            turns: MessageChannel::new().expect("every browser with workers has MessageChannel"),
            has_turn: Cell::new(false),
            task: RefCell::default(),
            told_at: Cell::new(0.0),
        }
    }

    fn hear(&self, order: ToLab) {
        match order {
            ToLab::Run(spec) => self.start(*spec, None),
            ToLab::Read(text) => self.read(&text),
            ToLab::WhatIf(question) => self.say(&FromLab::WhatIf(what_if(&question))),
            ToLab::Stop => {
                if let Some(task) = self.task.take() {
                    self.tell(&task);
                }
            }
        }
    }

    fn read(&self, text: &str) {
        if text.len() > MAX_FILE_BYTES {
            return self.refuse(None, format!("it is larger than {} MB", MAX_FILE_BYTES >> 20));
        }
        // A report says what has come of it, and a spec does not.
        let is_report = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|it| it.get("digest").is_some());
        if is_report {
            match Report::from_json(text) {
                Ok(report) => self.start(report.spec.clone(), Some(report)),
                Err(doubt) => self.say(&FromLab::Judged { title: String::new(), doubt: Some(doubt.to_string()) }),
            }
            return;
        }
        match presets::read(text) {
            Ok(spec) => match spec.check() {
                Ok(()) => self.say(&FromLab::Spec(Box::new(spec))),
                Err(error) => self.refuse(Some(error.setting), error.reason),
            },
            Err(reason) => self.refuse(None, reason),
        }
    }

    fn start(&self, spec: Spec, claim: Option<Report>) {
        match Experiment::new(spec) {
            Ok(experiment) => {
                self.task.replace(Some(Task { experiment, claim }));
                self.told_at.set(self.clock.now());
                if !self.has_turn.get() {
                    self.advance();
                }
            }
            Err(error) => self.refuse(Some(error.setting), error.reason),
        }
    }

    /// Goes on for a turn; the next one comes after whatever has been said meanwhile.
    fn advance(&self) {
        let Some(mut task) = self.task.take() else { return };
        let began = self.clock.now();
        while self.clock.now() - began < TURN_MILLIS {
            let progress = task.experiment.step(EVENTS);
            if progress.done == progress.jobs {
                return self.finish(&task);
            }
        }
        if self.clock.now() - self.told_at.get() >= TELL_MILLIS {
            self.tell(&task);
        }
        self.task.replace(Some(task));
        // It fails for what cannot be cloned, and null always can.
        self.has_turn.set(self.turns.port2().post_message(&JsValue::NULL).is_ok());
    }

    fn tell(&self, task: &Task) {
        if task.claim.is_some() {
            let progress = task.experiment.progress();
            self.say(&FromLab::Repeated { done: progress.done, jobs: progress.jobs });
        } else {
            let results = task.experiment.results();
            let picture = picture(task.experiment.spec(), &results);
            self.say(&FromLab::Measured(Box::new(Measured { results, picture })));
        }
        self.told_at.set(self.clock.now());
    }

    fn finish(&self, task: &Task) {
        self.tell(task);
        let results = task.experiment.results();
        if let Some(claim) = &task.claim {
            let doubt = claim.check_against(&results).err().map(|doubt| doubt.to_string());
            return self.say(&FromLab::Judged { title: claim.spec.title.clone(), doubt });
        }
        let report = Report::seal(task.experiment.spec().clone(), results.clone());
        self.say(&FromLab::Done { csv: results.to_csv(), report: report.to_json() });
    }

    fn refuse(&self, setting: Option<String>, reason: String) {
        self.say(&FromLab::Refused { setting, reason });
    }

    fn say(&self, message: &FromLab) {
        let text = serde_json::to_string(message).expect("messages are plain data");
        // As above.
        let _ = self.scope.post_message(&text.into());
    }
}
