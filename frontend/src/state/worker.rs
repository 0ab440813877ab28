//! The life of this tab's node worker: started with the page, started anew when it fails or hangs, and given up when it fails
//! again and again.
//!
//! A new worker finds chain and key where the old one left them. What only the old one's memory held is given to it
//! again: which slot it had, whether it was to mine and how, and whether to be online.

use gloo_timers::callback::{Interval, Timeout};
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command, Time};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::NodeState;
use crate::bridge::{ToWorker, UplinkState, View, pack, unpack};
use crate::browser;
use crate::connections::Connections;
use crate::text;

/// Before a new worker is started, ms; doubled with each that fails in a row.
const FIRST_PAUSE_MILLIS: u32 = 250;
/// A node that fails as often in a row has a reason that a new one has, too.
const MAX_FAILURES: u32 = 5;
/// After a life of this length a failure is no longer in a row with the one before, ms.
const LASTING_MILLIS: u64 = 60_000;

/// How often the page knocks at its worker, ms.
const KNOCK_MILLIS: u32 = 10_000;
/// A worker that leaves so many knocks in a row unanswered hangs. To read back two hundred full blocks takes a minute on a slow
/// machine. Knocks are counted, not time: page and worker may be frozen together.
const MAX_KNOCKS: u32 = 12;

/// A worker and what keeps it talking to the page.
pub struct NodeWorker {
    worker: Worker,
    /// Its connections to other tabs, which end with it.
    pub(super) connections: Connections,
    started: Time,
    /// From when it listens on.
    knocking: Option<Interval>,
    /// Knocks in a row that it has not answered.
    knocks: u32,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Drop for NodeWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// A failure of the node that has been mended.
#[derive(Debug, Clone, PartialEq)]
pub struct Restart {
    pub at: Time,
    pub reason: String,
}

impl NodeState {
    /// Starts a worker in place of the one that there was.
    pub(super) fn start_worker(self) {
        let Ok(worker) = browser::start_node_worker() else {
            return self.give_up(text!("my-node-no-worker"));
        };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = unpack(&event.data()) {
                self.receive(message);
            }
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
            let detail = event.message();
            let detail = if detail.is_empty() { text!("my-node-no-program") } else { detail };
            self.worker_failed(detail);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let started = browser::now();
        let connections = Connections::new(worker.clone());
        self.worker.set_value(Some(NodeWorker {
            worker,
            connections,
            started,
            knocking: None,
            knocks: 0,
            _on_message: on_message,
            _on_error: on_error,
        }));
    }

    /// From now on it has to answer.
    pub(super) fn watch_worker(self) {
        let knocking = Interval::new(KNOCK_MILLIS, move || {
            let knocks = self.worker.try_update_value(|worker| {
                worker.as_mut().map_or(0, |worker| {
                    worker.knocks += 1;
                    worker.knocks
                })
            });
            if knocks.is_some_and(|knocks| knocks > MAX_KNOCKS) {
                self.worker_failed(text!("my-node-silent"));
            } else {
                self.tell(&ToWorker::Knock);
            }
        });
        self.worker.update_value(|worker| {
            if let Some(worker) = worker {
                worker.knocking = Some(knocking);
            }
        });
    }

    pub(super) fn worker_answered(self) {
        self.worker.update_value(|worker| {
            if let Some(worker) = worker {
                worker.knocks = 0;
            }
        });
    }

    /// Ends a worker that has failed, and starts another one after a pause.
    pub(super) fn worker_failed(self, reason: String) {
        let Some(failed) = self.worker.try_update_value(Option::take).flatten() else {
            // It has told its reason already.
            return;
        };
        let lived = browser::now().millis_since(failed.started);
        // Called from one of its own closures, which must outlive the call.
        Timeout::new(0, move || drop(failed)).forget();
        let in_a_row = if lived >= LASTING_MILLIS { 1 } else { self.failures.get_value() + 1 };
        self.failures.set_value(in_a_row);
        self.refuse_all_waiting();
        if in_a_row > MAX_FAILURES {
            let words = text!("my-node-keeps-failing", count = in_a_row, reason = reason);
            return self.give_up(words);
        }
        self.restarted.set(Some(Restart { at: browser::now(), reason }));
        if let Some(view) = self.view.get_untracked() {
            self.unfinished.update_value(|unfinished| unfinished.extend(to_resume(&view)));
        }
        let pause = FIRST_PAUSE_MILLIS << (in_a_row - 1);
        Timeout::new(pause, move || self.start_worker()).forget();
    }

    /// There is to be no node in this tab any more, and its slot is free for another one.
    pub(super) fn give_up(self, reason: String) {
        drop(self.guard.try_update_value(Option::take));
        self.fatal.set(Some(reason));
    }

    /// What the new worker's node is to go on with, as soon as there is that node.
    pub(super) fn resume(self) {
        let is_there = self.view.with_untracked(|view| view.as_ref().is_some_and(|view| view.snapshot.is_some()));
        if is_there {
            for command in self.unfinished.try_update_value(std::mem::take).unwrap_or_default() {
                self.ask(command, |_| ());
            }
        }
    }

    /// Tells the node's driver something.
    pub fn tell(self, message: &ToWorker) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                // Fails only for what cannot be cloned, and bytes always can.
                let _ = worker.worker.post_message(&pack(message));
            }
        });
    }

    fn refuse_all_waiting(self) {
        // Whoever looks at the tree asks the next worker.
        self.looking.update_value(std::collections::HashMap::clear);
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        for (_, on_answer) in waiting {
            let reason = text!("my-node-failed-unanswered");
            on_answer(Answer::Refused { reason });
        }
    }
}

/// How a node that mines goes on where it stopped.
fn to_resume(view: &View) -> Option<Command> {
    let mining = &view.snapshot.as_ref()?.mining;
    mining.wanted.then_some(Command::StartMining { blocks: mining.blocks_left, limit: mining.limit })
}

/// What its driver was told by the person and has to be told again.
pub fn settings_of(view: &View) -> Vec<ToWorker> {
    let mut settings = vec![ToWorker::SetMiners { count: view.miners.count }];
    if !view.uplink.others.is_empty() {
        settings.push(ToWorker::SetRelays { addresses: view.uplink.others.clone() });
    }
    if view.uplink.state == UplinkState::Offline {
        settings.push(ToWorker::SetOnline { online: false });
    }
    settings
}
