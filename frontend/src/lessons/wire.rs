//! What the page and the lessons say to each other, as events of the window: both run on its main thread, each in a memory of its
//! own.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, CommandId};
use tabchain_shared::primitives::{Amount, Txid};
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit};

use crate::bridge::{Pack, TreeAnswer, TreeQuestion, View, pack, unpack};

const TO_LESSONS: &str = "tabchain-to-lessons";
const TO_PAGE: &str = "tabchain-to-page";

#[derive(Debug, Clone, PartialEq)]
pub enum ToLessons {
    /// How the node is now. `network`: its rules, once they are known.
    Shown {
        view: Box<View>,
        network: Option<Box<Params>>,
    },
    Answer {
        id: CommandId,
        answer: Answer,
    },
    Tree {
        id: CommandId,
        answer: Option<TreeAnswer>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ToPage {
    /// The lessons listen; what was said before is lost.
    Ready,
    Command {
        id: CommandId,
        command: Command,
    },
    Replace {
        id: CommandId,
        txid: Txid,
        fee: Amount,
    },
    Tree {
        id: CommandId,
        question: TreeQuestion,
    },
    SetOnline {
        online: bool,
    },
    /// Ask the person whether this device may mine.
    AskToMine,
}

pub fn tell_lessons(message: &ToLessons) {
    dispatch(TO_LESSONS, message);
}

pub fn tell_page(message: &ToPage) {
    dispatch(TO_PAGE, message);
}

/// Until the handle is removed.
pub fn on_lessons(receive: impl Fn(ToPage) + 'static) -> WindowListenerHandle {
    listen(TO_PAGE, receive)
}

pub fn on_page(receive: impl Fn(ToLessons) + 'static) -> WindowListenerHandle {
    listen(TO_LESSONS, receive)
}

fn dispatch(name: &str, message: &impl Pack) {
    let details = CustomEventInit::new();
    details.set_detail(&pack(message));
    if let Ok(event) = CustomEvent::new_with_event_init_dict(name, &details) {
        let _ = window().dispatch_event(&event);
    }
}

fn listen<Message: Pack>(name: &str, receive: impl Fn(Message) + 'static) -> WindowListenerHandle {
    window_event_listener_untyped(name, move |event| {
        if let Some(message) = unpack(&event.unchecked_ref::<CustomEvent>().detail()) {
            receive(message);
        }
    })
}
