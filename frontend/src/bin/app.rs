//! The page, and the node in its worker: one program, of which a tab starts two. They have much in common, and are loaded once.

use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    if web_sys::window().is_some() {
        tabchain_frontend::app::run();
    } else {
        tabchain_frontend::driver::run();
    }
}

/// What `cargo xtask build` has called where the program needs a function of its rest: see [`tabchain_frontend::rest`].
#[wasm_bindgen]
pub fn load_rest() {
    tabchain_frontend::rest::load_at_once();
}
