//! The few things that workers ask of their browser, each a function: messages, clock, randomness, the console.

use std::cell::RefCell;

use js_sys::Uint8Array;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::token_bucket::{Allowance, TokenBucket};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::bridge::{Pack, pack, unpack};
use crate::rest;

/// This worker's global scope. Only a worker's program may call it.
pub fn worker_scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Posts to whoever started this worker.
pub fn post_to_parent(message: &impl Pack) {
    // Fails only for what cannot be cloned, and bytes always can.
    let _ = worker_scope().post_message(&pack(message));
}

/// Calls `receive` with every message from whoever started this worker, for as long as it lives, and `receive_object`
/// with what is no message of ours but something handed over.
pub fn on_message_from_parent<Message: Pack>(
    mut receive: impl FnMut(Message) + 'static,
    mut receive_object: impl FnMut(JsValue) + 'static,
) {
    let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        match unpack(&data) {
            Some(message) => receive(message),
            None => receive_object(data),
        }
    });
    worker_scope().set_onmessage(Some(closure.as_ref().unchecked_ref()));
    closure.forget();
}

/// Starts one of our workers from the loader script that the build put beside the page.
pub fn start_worker(loader: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(loader, &options)
}

/// Starts a worker of the page's own program, which runs the node in it.
pub fn start_node_worker() -> Result<Worker, JsValue> {
    let program = rest::program().ok_or("the page names no program")?;
    start_worker(&format!("/node_worker_loader.js?program={program}"))
}

pub fn now() -> Time {
    // Whole milliseconds since 1970 stay below 2^53.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Time(js_sys::Date::now() as u64)
}

/// Milliseconds on a clock that is never set back. Only workers call it.
pub fn monotonic_millis() -> f64 {
    worker_scope().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Good randomness; `crypto.getRandomValues` exists on plain http too.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let bytes = Uint8Array::new_with_length(u32::try_from(N).expect("a few bytes"));
    worker_scope()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_array_buffer_view(&bytes))
        .expect("every browser with WebAssembly has crypto.getRandomValues");
    let mut array = [0; N];
    bytes.copy_to(&mut array);
    array
}

/// Uniform in 0..1; good enough for jitter.
pub fn random_fraction() -> f64 {
    js_sys::Math::random()
}

/// Lines on the console. Strangers cause most of them, and the browser keeps them; further ones are left out.
const LINES: Allowance = Allowance { at_once: 200, a_minute: 60 };

thread_local! {
    static LINES_LEFT: RefCell<TokenBucket> = RefCell::new(TokenBucket::full(LINES, now()));
}

pub fn log(sentence: &str) {
    if LINES_LEFT.with_borrow_mut(|left| left.takes(now())) {
        web_sys::console::log_1(&sentence.into());
    }
}

/// What goes wrong here, and not at anybody else's end: every line counts.
pub fn log_error(sentence: &str) {
    web_sys::console::error_1(&sentence.into());
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_console_is_not_filled_by_strangers() {
        let count = js_sys::eval(
            "(() => { const log = console.log; let lines = 0; console.log = () => { lines += 1; };
                return () => { console.log = log; return lines; }; })()",
        );
        let count: js_sys::Function = count.expect("a script").unchecked_into();
        (0..10_000).for_each(|_| log("cutting a link"));
        let lines = count.call0(&JsValue::NULL).expect("a script").as_f64();
        assert!(lines.is_some_and(|lines| (1.0..=300.0).contains(&lines)), "{lines:?}");
    }
}
