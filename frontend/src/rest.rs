//! The rest of this program. `cargo xtask build` takes the program apart by what ran until a tab hashed (`xtask/src/first_load.rs`),
//! and the page and its worker load the rest behind the first part. Code may call what is in the rest at any time: it is then loaded
//! at once, and the thread waits. So nothing here is needed for what the program does, only for when.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::browser;
use crate::text;

/// When the relay did not send it. It is asked again, for as long as it takes.
const RETRY_MILLIS: u32 = 2_000;

#[wasm_bindgen(module = "/assets/rest.js")]
extern "C" {
    /// The address of the page's program; only where a page or its node's worker asks.
    #[wasm_bindgen(js_name = programUrl)]
    pub fn program() -> Option<String>;
    #[wasm_bindgen(js_name = isHere)]
    fn has_rest(exports: &JsValue) -> bool;
    #[wasm_bindgen(js_name = load, catch)]
    async fn fetch_and_join(exports: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = loadAtOnce)]
    fn load_rest_at_once(exports: &JsValue);
}

/// Returns when the rest is here; the thread does nothing else meanwhile. What stands for a function of the rest calls it. If the rest
/// does not come, the program is at its end: the page says so, and starts its worker anew.
pub fn load_at_once() {
    load_rest_at_once(&wasm_bindgen::exports());
}

/// Returns when the rest is here, however long that takes. Whenever it does not come, `late` is called.
pub async fn load(late: impl Fn()) {
    while !is_loaded().await {
        late();
        TimeoutFuture::new(RETRY_MILLIS).await;
    }
}

/// Asks for the rest once: whether it is here then.
pub async fn is_loaded() -> bool {
    let answer = fetch_and_join(&wasm_bindgen::exports()).await;
    if let Err(error) = &answer {
        browser::log(&format!("the rest of the program was not loaded: {error:?}"));
    }
    answer.is_ok()
}

/// What is not shown before the rest of the program is here, so that the first part does without the code for it.
#[component]
pub fn Behind(children: ChildrenFn) -> impl IntoView {
    let is_here = RwSignal::new(has_rest(&wasm_bindgen::exports()));
    let is_late = RwSignal::new(false);
    if !is_here.get_untracked() {
        wasm_bindgen_futures::spawn_local(async move {
            load(|| _ = is_late.try_set(true)).await;
            is_here.try_set(true);
        });
    }
    move || {
        if is_here.get() {
            children()
        } else if is_late.get() {
            view! { <p class="lonely" role="status" data-test="rest-is-late">{text!("frame-rest-late")}</p> }.into_any()
        } else {
            ().into_any()
        }
    }
}
