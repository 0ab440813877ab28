//! What a tab's node says to the network and to its miners, recorded in its worker while it speaks.

use serde::Deserialize;
use tabchain_shared::mining::worker::Assignment;
use tabchain_shared::primitives::Decode;
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::ToRelay;

use crate::devtools::{DevTools, Worker};

/// Every byte that goes into a WebSocket, and every message of bytes to another worker, in hexadecimal digits.
const LISTEN: &str = "(() => {
    const tap = (globalThis.tapped = { sent: [], assigned: [] });
    const hex = (data) => {
        const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    };
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) { tap.sent.push(hex(data)); return send.call(this, data); };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (data, ...rest) {
        if (data instanceof Uint8Array) { tap.assigned.push(hex(data)); }
        return post.call(this, data, ...rest);
    };
})()";

/// What was recorded so far.
#[derive(Debug, Default)]
pub struct Heard {
    /// To other nodes.
    pub messages: Vec<Message>,
    /// To miners; what tells them to rest is left out.
    pub assignments: Vec<Assignment>,
}

/// Begins to record.
pub async fn listen(devtools: &mut DevTools, worker: &Worker) {
    devtools.evaluate(worker, LISTEN).await.expect("the script is sound");
}

pub async fn heard(devtools: &mut DevTools, worker: &Worker) -> Heard {
    #[derive(Deserialize)]
    struct Tapped {
        sent: Vec<String>,
        assigned: Vec<String>,
    }
    let tapped = devtools.evaluate(worker, "globalThis.tapped").await.expect("listening");
    let Tapped { sent, assigned } = serde_json::from_value(tapped).expect("as the script makes it");
    let bytes = |digits: &String| hex::decode(digits).expect("hexadecimal digits");
    let messages = sent.iter().filter_map(|digits| {
        let ToRelay::Carried { frame, .. } = ToRelay::from_bytes(&bytes(digits)).expect("our own") else { return None };
        Some(Message::from_frame(&frame).expect("our own"))
    });
    let assignments = assigned.iter().filter(|digits| !digits.is_empty());
    Heard {
        messages: messages.collect(),
        assignments: assignments.map(|digits| Assignment::from_bytes(&bytes(digits)).expect("our own")).collect(),
    }
}
