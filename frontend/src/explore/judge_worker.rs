//! A worker of the node's program that runs no node: it answers the explorer's questions, one after the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures_channel::oneshot;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::judge::{Question, Reply};
use crate::bridge::{FromWorker, ToWorker, pack, unpack};
use crate::browser;

/// Ends with the page that asked for it.
#[derive(Clone, Copy)]
pub struct JudgeWorker(StoredValue<Option<Running>, LocalStorage>);

struct Running {
    worker: Worker,
    state: Rc<RefCell<State>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

#[derive(Default)]
struct State {
    /// What is posted before the worker listens can be lost.
    listens: bool,
    unsent: Vec<ToWorker>,
    waiting: HashMap<u64, oneshot::Sender<Reply>>,
    last: u64,
}

impl JudgeWorker {
    /// Starts the worker. It belongs to the reactive owner of the caller.
    pub fn start() -> Self {
        let running = StoredValue::new_local(Running::start());
        on_cleanup(move || drop(running.try_update_value(Option::take)));
        Self(running)
    }

    /// `None` when the worker cannot be had, has failed, or has ended.
    pub async fn ask(self, question: Question) -> Option<Reply> {
        let answered = self.0.try_update_value(|running| running.as_ref().map(|running| running.ask(question)))??;
        answered.await.ok()
    }
}

impl Running {
    fn start() -> Option<Self> {
        let worker = browser::start_node_worker().ok()?;
        let state = Rc::new(RefCell::new(State::default()));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (state, worker) = (Rc::clone(&state), worker.clone());
            move |event: MessageEvent| match unpack(&event.data()) {
                Some(FromWorker::Ready) => {
                    let mut state = state.borrow_mut();
                    state.listens = true;
                    state.unsent.drain(..).for_each(|question| post(&worker, &question));
                }
                Some(FromWorker::Judged { id, reply }) => {
                    if let Some(answer) = state.borrow_mut().waiting.remove(&id) {
                        let _ = answer.send(reply);
                    }
                }
                // Whoever waits sees that nobody answers any more.
                Some(FromWorker::Fatal { .. }) => state.borrow_mut().waiting.clear(),
                _ => {}
            }
        });
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new({
            let state = Rc::clone(&state);
            move |_| state.borrow_mut().waiting.clear()
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, state, _on_message: on_message, _on_error: on_error })
    }

    fn ask(&self, question: Question) -> oneshot::Receiver<Reply> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.state.borrow_mut();
        state.last += 1;
        let id = state.last;
        state.waiting.insert(id, answer);
        let question = ToWorker::Judge { id, question };
        if state.listens {
            post(&self.worker, &question);
        } else {
            state.unsent.push(question);
        }
        answered
    }
}

fn post(worker: &Worker, question: &ToWorker) {
    // Fails only for what cannot be cloned, and bytes always can.
    let _ = worker.post_message(&pack(question));
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
