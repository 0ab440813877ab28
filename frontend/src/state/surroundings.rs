//! What the page sees of its device, for the pauses: whether the tab is hidden, and the battery where a browser tells.
//!
//! `navigator.getBattery` exists in Chromium alone, and there only in secure contexts: not on a classroom's plain http. It
//! has no type in `web-sys`, so its properties are read by name.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::EventTarget;

use super::NodeState;
use crate::bridge::ToWorker;
use crate::terms::{Battery, Surroundings};

impl NodeState {
    /// Tells the worker of the device, now and whenever it changes.
    pub(super) fn follow_the_device(self) {
        let on_visibility = Closure::<dyn FnMut()>::new(move || {
            self.tell_surroundings();
            if !document().hidden() {
                self.tell(&ToWorker::Awake);
            }
        });
        let _ = document().add_event_listener_with_callback("visibilitychange", on_visibility.as_ref().unchecked_ref());
        // It lives as long as the page.
        on_visibility.forget();
        leptos::task::spawn_local(async move {
            if let Some(battery) = ask_for_battery().await {
                self.follow_battery(&battery);
            }
        });
    }

    pub(super) fn tell_surroundings(self) {
        let surroundings = Surroundings { hidden: document().hidden(), battery: self.battery.get_untracked() };
        self.tell(&ToWorker::Surroundings(surroundings));
    }

    fn follow_battery(self, battery: &EventTarget) {
        let read = {
            let battery = battery.clone();
            move || {
                self.battery.set(reading(&battery));
                self.tell_surroundings();
            }
        };
        read();
        let on_change = Closure::<dyn FnMut()>::new(read);
        for change in ["levelchange", "chargingchange"] {
            let _ = battery.add_event_listener_with_callback(change, on_change.as_ref().unchecked_ref());
        }
        on_change.forget();
    }
}

async fn ask_for_battery() -> Option<EventTarget> {
    let navigator = window().navigator();
    let ask: Function = Reflect::get(&navigator, &"getBattery".into()).ok()?.dyn_into().ok()?;
    let promise: Promise = ask.call0(&navigator).ok()?.dyn_into().ok()?;
    JsFuture::from(promise).await.ok().map(JsCast::unchecked_into)
}

fn reading(battery: &EventTarget) -> Option<Battery> {
    let property = |name: &str| Reflect::get(battery, &name.into()).ok();
    Some(Battery { level: property("level")?.as_f64()?, charging: property("charging")?.as_bool()? })
}
