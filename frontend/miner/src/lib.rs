//! A miner worker: searches what it is assigned, in batches between which new orders come in.
//!
//! What to search, when and how fast is [`Worker`]'s business; here are its clock and its turns. One is started for each core,
//! so the program is small: its messages are bytes, it has neither tasks nor JSON, and it is a package of its own because
//! what other crates export to JavaScript is linked into every program of a package that depends on them.

pub mod message;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use js_sys::{Function, Uint8Array};
use tabchain_shared::mining::worker::{Assignment, Step, Worker};
use tabchain_shared::pow::Kernel;
use tabchain_shared::primitives::{Decode, Encode};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, Performance};

use message::FromMiner;

/// Hashes done are told this often, or after a batch that took longer.
const REPORT_MILLIS: f64 = 150.0;
/// Longest wait without a look at the clock. A limit of almost nothing asks for years, and a browser's timer has 31 bits.
const MAX_WAIT_MILLIS: f64 = 3_600_000.0;

/// The program of a miner worker.
pub fn run() {
    let program = Rc::new(Program::new());
    let orders = handler(&program, |program, event| {
        if let Some(bytes) = event.data().dyn_ref::<Uint8Array>() {
            program.assign(&bytes.to_vec());
        }
    });
    program.scope.set_onmessage(Some(&orders));
    let turns = handler(&program, |program, _| {
        program.has_turn.set(false);
        program.advance();
    });
    program.turns.port1().set_onmessage(Some(&turns));
    let timer = {
        let program = Rc::clone(&program);
        Closure::<dyn Fn()>::new(move || {
            program.timer.set(None);
            program.advance();
        })
    };
    program.on_timer.get_or_init(|| timer.into_js_value().unchecked_into());
    program.say(FromMiner::Ready { lanes: program.kernel.lanes() });
}

/// Handles events for as long as the worker lives.
fn handler(program: &Rc<Program>, handle: fn(&Program, MessageEvent)) -> Function {
    let program = Rc::clone(program);
    Closure::<dyn Fn(MessageEvent)>::new(move |event| handle(&program, event)).into_js_value().unchecked_into()
}

struct Program {
    scope: DedicatedWorkerGlobalScope,
    clock: Performance,
    kernel: Kernel,
    worker: RefCell<Worker>,
    /// Gives the event loop a turn. `setTimeout` would wait four milliseconds each time; a message to oneself does not.
    turns: MessageChannel,
    /// Such a message is on its way.
    has_turn: Cell<bool>,
    timer: Cell<Option<i32>>,
    on_timer: OnceCell<Function>,
    /// Not told yet.
    hashes: Cell<u64>,
    told_at: Cell<f64>,
}

impl Program {
    fn new() -> Self {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        let kernel = Kernel::available().into_iter().max_by_key(|kernel| kernel.lanes()).unwrap_or_default();
        Self {
            clock: scope.performance().expect("every browser with workers has performance.now"),
            scope,
            kernel,
            worker: RefCell::new(Worker::new(kernel)),
            turns: MessageChannel::new().expect("every browser with workers has MessageChannel"),
            has_turn: Cell::new(false),
            timer: Cell::new(None),
            on_timer: OnceCell::new(),
            hashes: Cell::new(0),
            told_at: Cell::new(0.0),
        }
    }

    /// No bytes: rest.
    fn assign(&self, bytes: &[u8]) {
        let assignment = Assignment::from_bytes(bytes).ok();
        self.worker.borrow_mut().assign(assignment, self.clock.now());
        if let Some(Assignment { job, .. }) = assignment {
            self.say(FromMiner::Took { job });
        }
        if let Some(timer) = self.timer.take() {
            self.scope.clear_timeout_with_handle(timer);
        }
        if !self.has_turn.get() {
            self.advance();
        }
    }

    /// One step; the next comes with the next turn, with a timer, or with an assignment.
    fn advance(&self) {
        let now = self.clock.now();
        let step = self.worker.borrow_mut().step(now);
        match step {
            Step::Rest => self.tell_hashes(now),
            Step::WaitUntil(then) => self.wait(then - now, now),
            Step::Search(count) => self.search(count, now),
        }
    }

    fn wait(&self, millis: f64, now: f64) {
        if now + millis > self.told_at.get() + REPORT_MILLIS {
            self.tell_hashes(now);
        }
        #[expect(clippy::cast_possible_truncation)]
        let millis = millis.min(MAX_WAIT_MILLIS).ceil() as i32;
        let on_timer = self.on_timer.get().expect("set before the first message");
        self.timer.set(self.scope.set_timeout_with_callback_and_timeout_and_arguments_0(on_timer, millis).ok());
    }

    fn search(&self, count: u32, began: f64) {
        let mut worker = self.worker.borrow_mut();
        let batch = worker.search(count);
        let now = self.clock.now();
        worker.searched(batch.hashes, began, now);
        self.hashes.set(self.hashes.get() + u64::from(batch.hashes));
        if let Some(solution) = batch.solution {
            self.say(FromMiner::Found(solution));
        }
        if now - self.told_at.get() >= REPORT_MILLIS {
            self.tell_hashes(now);
        }
        // It fails for what cannot be cloned, and null always can.
        self.has_turn.set(self.turns.port2().post_message(&JsValue::NULL).is_ok());
    }

    fn tell_hashes(&self, now: f64) {
        let hashes = self.hashes.take();
        if hashes > 0 {
            self.say(FromMiner::Hashed(hashes));
        }
        self.told_at.set(now);
    }

    fn say(&self, message: FromMiner) {
        let bytes = Uint8Array::from(message.to_bytes().as_slice());
        // As above.
        let _ = self.scope.post_message(&bytes);
    }
}
