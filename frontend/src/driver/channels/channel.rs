//! One data channel at the worker's end: the channel itself, or a port behind which the page forwards it, where a
//! browser cannot hand it over (`crate::connections`).

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort, RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use super::super::{Happening, Happenings};
use crate::bridge::{ChannelId, LOW_WATER_BYTES, PORT_CLOSED, PORT_OPEN};

pub enum ChannelEvent {
    /// The page has handed it over.
    Arrived(Channel),
    Open,
    Message(Vec<u8>),
    /// What was sent is gone but for a little.
    Drained,
    Closed,
}

/// Dropping it closes it and silences its events.
pub struct Channel {
    end: End,
    _closures: Vec<Closure<dyn FnMut(MessageEvent)>>,
}

enum End {
    Direct(RtcDataChannel),
    Forwarded {
        port: MessagePort,
        posted: f64,
        /// How much of that the page says is gone.
        gone: Rc<Cell<f64>>,
    },
}

/// What the page hands over: the number of a channel, and the channel or a port.
pub struct Handover {
    id: ChannelId,
    object: JsValue,
}

impl Handover {
    /// `None` for what is none: a browser extension may post to a page's workers.
    pub fn read(data: &JsValue) -> Option<Self> {
        let pair = data.dyn_ref::<Array>()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the page got it from this worker")]
        let id = ChannelId(pair.get(0).as_f64()? as u32);
        Some(Self { id, object: pair.get(1) })
    }

    /// Listens to it. To be called in the event that brought it: its own events come right after.
    pub fn accept(self, happenings: &Happenings) {
        let Self { id, object } = self;
        let channel = match object.dyn_into::<RtcDataChannel>() {
            Ok(channel) => Channel::direct(id, channel, happenings),
            Err(object) => match object.dyn_into::<MessagePort>() {
                Ok(port) => Channel::forwarded(id, port, happenings),
                Err(_) => return,
            },
        };
        let is_open = matches!(&channel.end, End::Direct(inner) if inner.ready_state() == RtcDataChannelState::Open);
        happenings.tell(Happening::Channel(id, ChannelEvent::Arrived(channel)));
        if is_open {
            happenings.tell(Happening::Channel(id, ChannelEvent::Open));
        }
    }
}

impl Channel {
    fn direct(id: ChannelId, channel: RtcDataChannel, happenings: &Happenings) -> Self {
        let telling = |event: fn(MessageEvent) -> ChannelEvent| {
            let happenings = happenings.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |happened| {
                happenings.tell(Happening::Channel(id, event(happened)));
            })
        };
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW_WATER_BYTES);
        // What is no bytes is a message without any, and so against the protocol.
        let on_message = telling(|event| ChannelEvent::Message(bytes_of(&event.data()).unwrap_or_default()));
        let on_open = telling(|_| ChannelEvent::Open);
        let on_low = telling(|_| ChannelEvent::Drained);
        let on_close = telling(|_| ChannelEvent::Closed);
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        channel.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        channel.set_onbufferedamountlow(Some(on_low.as_ref().unchecked_ref()));
        channel.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Self { end: End::Direct(channel), _closures: vec![on_message, on_open, on_low, on_close] }
    }

    fn forwarded(id: ChannelId, port: MessagePort, happenings: &Happenings) -> Self {
        let gone = Rc::new(Cell::new(0.0));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (happenings, gone) = (happenings.clone(), gone.clone());
            move |event: MessageEvent| {
                let data = event.data();
                let event = if let Some(bytes) = data.as_f64() {
                    gone.set(bytes);
                    ChannelEvent::Drained
                } else {
                    match data.as_string().as_deref() {
                        Some(PORT_OPEN) => ChannelEvent::Open,
                        Some(PORT_CLOSED) => ChannelEvent::Closed,
                        _ => ChannelEvent::Message(bytes_of(&data).unwrap_or_default()),
                    }
                };
                happenings.tell(Happening::Channel(id, event));
            }
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { end: End::Forwarded { port, posted: 0.0, gone }, _closures: vec![on_message] }
    }

    /// Bytes that are on their way out of this browser.
    pub fn buffered(&self) -> usize {
        match &self.end {
            End::Direct(channel) => channel.buffered_amount() as usize,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few megabytes")]
            End::Forwarded { posted, gone, .. } => (posted - gone.get()) as usize,
        }
    }

    /// What cannot be sent is lost with its channel, and the closing tells the path.
    pub fn send(&mut self, piece: &[u8]) {
        match &mut self.end {
            End::Direct(channel) => {
                let _ = channel.send_with_u8_array(piece);
            }
            End::Forwarded { port, posted, .. } => {
                let buffer = Uint8Array::from(piece).buffer();
                *posted += f64::from(buffer.byte_length());
                let _ = port.post_message_with_transferable(&buffer, &Array::of1(&buffer));
            }
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        match &self.end {
            End::Direct(channel) => {
                channel.set_onmessage(None);
                channel.set_onopen(None);
                channel.set_onbufferedamountlow(None);
                channel.set_onclose(None);
                channel.close();
            }
            // The page closes the channel behind it.
            End::Forwarded { port, .. } => {
                port.set_onmessage(None);
                port.close();
            }
        }
    }
}

fn bytes_of(data: &JsValue) -> Option<Vec<u8>> {
    data.dyn_ref::<ArrayBuffer>().map(|buffer| Uint8Array::new(buffer).to_vec())
}
