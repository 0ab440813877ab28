//! Answers that come bit by bit: the relay's `/events`.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamDefaultReader;

use super::{problem, reading, unanswered, unreachable};

/// An answer that comes bit by bit.
pub struct Pieces(ReadableStreamDefaultReader);

impl Pieces {
    /// `None` at its end.
    pub async fn next_piece(&mut self) -> Result<Option<Vec<u8>>, String> {
        let read = JsFuture::from(self.0.read()).await.map_err(|_| unanswered())?;
        let value = js_sys::Reflect::get(&read, &"value".into()).unwrap_or_default();
        Ok(value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec))
    }

    /// The relay need not go on.
    pub fn close(self) {
        let _ = self.0.cancel();
    }
}

/// What happens, after an event or from now on.
pub async fn events(after: Option<&str>) -> Result<Pieces, String> {
    let request = reading("/events", "text/event-stream");
    let request = match after {
        Some(id) => request.header("Last-Event-ID", id),
        None => request,
    };
    let response = request.send().await.map_err(unreachable)?;
    if !response.ok() {
        return Err(problem(response).await);
    }
    let stream = response.body().ok_or_else(unanswered)?;
    Ok(Pieces(stream.get_reader().unchecked_into()))
}
