//! Where a browser cannot transfer a data channel to the worker, the page carries its messages over a port. It keeps
//! none back: how much may be under way is the worker's business, which is told of every byte that has left.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::prelude::*;
use web_sys::{
    MessageChannel, MessageEvent, MessagePort, RtcDataChannel, RtcDataChannelState, RtcDataChannelType, Worker,
};

use crate::bridge::{ChannelId, LOW_WATER_BYTES, PORT_CLOSED, PORT_OPEN};

/// Dropping it closes the channel.
pub struct Forward {
    channel: RtcDataChannel,
    port: MessagePort,
    _handlers: [Closure<dyn FnMut(MessageEvent)>; 5],
}

impl Forward {
    /// `None` where the worker cannot be given a port either; the attempt then ends by itself.
    pub fn start(id: ChannelId, channel: RtcDataChannel, worker: &Worker) -> Option<Self> {
        let pair = MessageChannel::new().ok()?;
        let (port, theirs) = (pair.port1(), pair.port2());
        worker.post_message_with_transfer(&Array::of2(&id.0.into(), &theirs), &Array::of1(&theirs)).ok()?;

        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        channel.set_buffered_amount_low_threshold(LOW_WATER_BYTES);
        let on_open = posting(&port, |_| PORT_OPEN.into());
        let on_close = posting(&port, |_| PORT_CLOSED.into());
        let on_message = posting(&port, |event| event.data());
        let sent = Rc::new(Cell::new(0.0));
        let on_low = posting(&port, {
            let sent = sent.clone();
            move |_| sent.get().into()
        });
        let from_worker = Closure::<dyn FnMut(MessageEvent)>::new({
            let (channel, port) = (channel.clone(), port.clone());
            move |event: MessageEvent| {
                if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                    sent.set(sent.get() + f64::from(buffer.byte_length()));
                    // What a closed channel does not take is lost with it, and its closing tells the worker.
                    let _ = channel.send_with_array_buffer(&buffer);
                    if channel.buffered_amount() <= LOW_WATER_BYTES {
                        let _ = port.post_message(&sent.get().into());
                    }
                }
            }
        });
        channel.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        channel.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        channel.set_onbufferedamountlow(Some(on_low.as_ref().unchecked_ref()));
        port.set_onmessage(Some(from_worker.as_ref().unchecked_ref()));
        if channel.ready_state() == RtcDataChannelState::Open {
            let _ = port.post_message(&PORT_OPEN.into());
        }
        Some(Self { channel, port, _handlers: [on_open, on_close, on_message, on_low, from_worker] })
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.channel.set_onopen(None);
        self.channel.set_onclose(None);
        self.channel.set_onmessage(None);
        self.channel.set_onbufferedamountlow(None);
        self.channel.close();
        self.port.set_onmessage(None);
        self.port.close();
    }
}

/// Posts something to the worker whenever something happens.
fn posting(port: &MessagePort, what: impl Fn(MessageEvent) -> JsValue + 'static) -> Closure<dyn FnMut(MessageEvent)> {
    let port = port.clone();
    Closure::<dyn FnMut(MessageEvent)>::new(move |event| {
        // Fails only for what cannot be cloned, and these can.
        let _ = port.post_message(&what(event));
    })
}
