//! What the page knows of its node: the worker's last view as signals, and commands with their answers.
//!
//! `state/worker.rs` keeps a worker running, `state/terms.rs` keeps what the person agreed to and `state/away.rs` that the tab stays
//! away from the network, `state/surroundings.rs` watches the device.

pub mod address_book;
mod away;
mod surroundings;
mod terms;
mod worker;

use std::collections::HashMap;

use futures_channel::oneshot;
use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, CommandId, Time};
use tabchain_shared::node::snapshot::Snapshot;
use tabchain_shared::primitives::{Amount, Txid};
use wasm_bindgen::prelude::*;
use web_sys::PageTransitionEvent;

use crate::bridge::{CourtesyView, FromWorker, ToWorker, TreeAnswer, TreeQuestion, View};
use crate::browser;
use crate::driver::{Guard, Held};
use crate::terms::{Battery, Terms};
use crate::text;
use away::Away;
use worker::NodeWorker;
pub use worker::Restart;

/// Where a tab remembers over a reload which node it is.
const SLOT_KEY: &str = "tabchain-slot";

type OnAnswer = Box<dyn FnOnce(Answer)>;

/// The node of this tab, as seen from its page.
#[derive(Clone, Copy)]
pub struct NodeState {
    pub view: RwSignal<Option<View>>,
    /// The node that the address bar asked for, if another tab is it.
    pub wish_taken: RwSignal<Option<String>>,
    /// The nodes that other tabs of this browser were when that was settled.
    pub other_slots: RwSignal<Vec<String>>,
    /// Why there is no node in this tab, or no more.
    pub fatal: RwSignal<Option<String>>,
    /// What the person of this browser lets mining do.
    pub terms: RwSignal<Terms>,
    /// Absent where the browser does not tell.
    pub battery: RwSignal<Option<Battery>>,
    /// The newest failure of the node that a new worker has mended.
    pub restarted: RwSignal<Option<Restart>>,
    /// The words of the node's key, while the person looks at them.
    pub phrase: RwSignal<Option<String>>,
    is_started: StoredValue<bool>,
    worker: StoredValue<Option<NodeWorker>, LocalStorage>,
    /// Answers other tabs beside the worker, and in the time between two workers, so that the node stays this tab's.
    guard: StoredValue<Option<Guard>, LocalStorage>,
    /// Workers that failed in a row.
    failures: StoredValue<u32>,
    /// The network that the node is on, for a worker that takes the place of a failed one while the relay is away.
    network: StoredValue<Option<Params>>,
    /// What a failed worker's node was about, for its successor.
    unfinished: StoredValue<Vec<Command>>,
    waiting: StoredValue<HashMap<CommandId, OnAnswer>, LocalStorage>,
    looking: StoredValue<HashMap<CommandId, oneshot::Sender<Option<TreeAnswer>>>, LocalStorage>,
    last_command: StoredValue<u64>,
}

/// A field of the snapshot in a view; what shows it changes only when that field does.
pub fn snapshot_of<T>(
    view: RwSignal<Option<View>>,
    read: impl Fn(&Snapshot) -> T + Send + Sync + 'static,
) -> Memo<Option<T>>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| view.with(|view| view.as_ref().and_then(|view| view.snapshot.as_ref()).map(&read)))
}

/// A field of a view.
pub fn field_of<T>(view: RwSignal<Option<View>>, read: impl Fn(&View) -> T + Send + Sync + 'static) -> Memo<Option<T>>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| view.with(|view| view.as_ref().map(&read)))
}

impl NodeState {
    /// No node yet: the control panel does not need one.
    pub fn new() -> Self {
        Self {
            view: RwSignal::new(None),
            wish_taken: RwSignal::new(None),
            other_slots: RwSignal::new(Vec::new()),
            fatal: RwSignal::new(None),
            terms: RwSignal::new(Terms::default()),
            battery: RwSignal::new(None),
            restarted: RwSignal::new(None),
            phrase: RwSignal::new(None),
            is_started: StoredValue::new(false),
            worker: StoredValue::new_local(None),
            guard: StoredValue::new_local(None),
            failures: StoredValue::new(0),
            network: StoredValue::new(None),
            unfinished: StoredValue::new(Vec::new()),
            waiting: StoredValue::new_local(HashMap::new()),
            looking: StoredValue::new_local(HashMap::new()),
            last_command: StoredValue::new(0),
        }
    }

    /// Starts the node, unless it runs already.
    pub fn start(self) {
        if self.is_started.get_value() {
            return;
        }
        self.is_started.set_value(true);
        self.terms.set(terms::load());
        self.start_worker();
        self.follow_the_page();
        self.follow_the_device();
        self.follow_other_tabs();
    }

    /// A field of the snapshot; what shows it changes only when that field does.
    pub fn snapshot<T>(self, read: impl Fn(&Snapshot) -> T + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        snapshot_of(self.view, read)
    }

    /// A field of the view, which there is before the network is known.
    pub fn field<T>(self, read: impl Fn(&View) -> T + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        field_of(self.view, read)
    }

    /// Whether miners may hash here.
    pub fn courtesy(self) -> Memo<Option<CourtesyView>> {
        self.field(|view| view.courtesy)
    }

    /// The network's rules, once the node has begun on it.
    pub fn network(self) -> Option<Params> {
        self.network.get_value()
    }

    /// Gives the node a command.
    pub fn ask(self, command: Command, on_answer: impl FnOnce(Answer) + 'static) {
        let id = self.wait_for_answer(on_answer);
        self.tell(&ToWorker::Command { id, command });
    }

    /// Sends a payment that waits again, in its own place and with another fee.
    pub fn replace(self, txid: Txid, fee: Amount, on_answer: impl FnOnce(Answer) + 'static) {
        let id = self.wait_for_answer(on_answer);
        self.tell(&ToWorker::Replace { id, txid, fee });
    }

    /// Puts the key of these words in the place of the node's.
    pub fn restore_key(self, phrase: String, on_answer: impl FnOnce(Answer) + 'static) {
        let id = self.wait_for_answer(on_answer);
        self.tell(&ToWorker::RestoreKey { id, phrase });
    }

    /// Asks the node about the tree of blocks. `None`: it does not know, or failed meanwhile.
    pub async fn ask_tree(self, question: TreeQuestion) -> Option<TreeAnswer> {
        let (sender, answer) = oneshot::channel();
        let id = self.next_command();
        self.looking.update_value(|looking| {
            looking.insert(id, sender);
        });
        self.tell(&ToWorker::Tree { id, question });
        answer.await.ok().flatten()
    }

    fn next_command(self) -> CommandId {
        self.last_command.update_value(|id| *id += 1);
        CommandId(self.last_command.get_value())
    }

    fn wait_for_answer(self, on_answer: impl FnOnce(Answer) + 'static) -> CommandId {
        let id = self.next_command();
        self.waiting.update_value(|waiting| {
            waiting.insert(id, Box::new(on_answer));
        });
        id
    }

    fn receive(self, message: FromWorker) {
        match message {
            FromWorker::Ready => {
                self.watch_worker();
                let terms = self.terms.get_untracked();
                let away = Away::kept();
                let online = away.is_none();
                let network = self.network.get_value().or_else(|| away?.network);
                self.network.set_value(network.clone());
                let network = network.map(Box::new);
                let held = self.guard.with_value(|guard| guard.as_ref().and_then(Guard::held));
                let (wish, previous) = (wished_slot(), previous_slot());
                self.tell(&ToWorker::Start { wish, previous, held, terms, network, online });
                if let Some(count) = terms.miners {
                    self.tell(&ToWorker::SetMiners { count });
                }
                // There is a view already if this worker takes the place of another one.
                for setting in
                    self.view.with_untracked(|view| view.as_ref().map(worker::settings_of)).unwrap_or_default()
                {
                    self.tell(&setting);
                }
                self.tell_surroundings();
            }
            FromWorker::Here => self.worker_answered(),
            FromWorker::Started { slot, tenure, wish_taken, others } => {
                remember_slot(&slot);
                self.guard.set_value(tenure.and_then(|tenure| Guard::begin(Held { slot, tenure })));
                self.other_slots.set(others);
                self.wish_taken.set(wished_slot().filter(|_| wish_taken));
            }
            FromWorker::Network(params) => self.network.set_value(Some(*params)),
            FromWorker::View(view) => {
                self.view.set(Some(*view));
                self.resume();
            }
            FromWorker::Answer { id, answer } => {
                let waiting = self.waiting.try_update_value(|waiting| waiting.remove(&id)).flatten();
                if let Some(on_answer) = waiting {
                    on_answer(answer);
                }
            }
            FromWorker::Tree { id, answer } => {
                let asker = self.looking.try_update_value(|looking| looking.remove(&id)).flatten();
                if let Some(asker) = asker {
                    // The picture may be gone.
                    let _ = asker.send(answer);
                }
            }
            FromWorker::Channel(order) => self.worker.update_value(|worker| {
                if let Some(worker) = worker {
                    worker.connections.carry_out(order);
                }
            }),
            // Only the explorer's own worker says it.
            FromWorker::Judged { .. } => {}
            FromWorker::Phrase { words } => self.phrase.set(Some(words)),
            FromWorker::Fatal { reason } => self.worker_failed(reason),
            FromWorker::Ended => self.give_up(text!("my-node-ended")),
        }
    }

    /// What the page alone can see: that it is looked at again, that the machine is back online, that it is frozen or goes away.
    fn follow_the_page(self) {
        for (event, is_frozen) in [("freeze", true), ("resume", false)] {
            let listener = Closure::<dyn FnMut()>::new(move || {
                self.guard.with_value(|guard| {
                    if let Some(guard) = guard {
                        guard.set_silent(is_frozen);
                    }
                });
            });
            let _ = document().add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
            // It lives as long as the page.
            listener.forget();
        }
        let _ = leptos::leptos_dom::helpers::window_event_listener_untyped("online", move |_| {
            self.tell(&ToWorker::Awake);
        });
        let _ = leptos::leptos_dom::helpers::window_event_listener_untyped("focus", move |_| {
            self.tell(&ToWorker::Awake);
        });
        let _ = leptos::leptos_dom::helpers::window_event_listener_untyped("pagehide", move |event| {
            self.tell(&ToWorker::Leave);
            drop(self.guard.try_update_value(Option::take));
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                // The browser keeps the page, and would keep its worker frozen before it has read that: a ghost in the network.
                drop(self.worker.try_update_value(Option::take));
                return;
            }
            self.worker.update_value(|worker| {
                if let Some(worker) = worker {
                    worker.connections.close_all();
                }
            });
        });
        // A page that the browser kept and shows again has lost its worker; loading it anew brings the same node back.
        let _ = leptos::leptos_dom::helpers::window_event_listener_untyped("pageshow", |event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                let _ = window().location().reload();
            }
        });
    }
}

/// The time, renewed every second for what shows an age.
#[derive(Clone, Copy)]
pub struct Clock(pub RwSignal<Time>);

impl Clock {
    pub fn start() -> Self {
        let now = RwSignal::new(browser::now());
        gloo_timers::callback::Interval::new(1_000, move || now.set(browser::now())).forget();
        Self(now)
    }

    pub fn millis_since(self, time: Time) -> u64 {
        self.0.get().millis_since(time)
    }
}

fn wished_slot() -> Option<String> {
    let query = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&query).ok()?.get("node")
}

/// Browsers that keep nothing for a page throw here.
fn session_storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn previous_slot() -> Option<String> {
    session_storage()?.get_item(SLOT_KEY).ok().flatten()
}

fn remember_slot(slot: &str) {
    if let Some(storage) = session_storage() {
        let _ = storage.set_item(SLOT_KEY, slot);
    }
}
