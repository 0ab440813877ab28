//! The page, and the node in its worker: one program, of which a tab starts two. They have much in common, and are loaded once.

fn main() {
    if web_sys::window().is_some() {
        tabchain_frontend::app::run();
    } else {
        tabchain_frontend::driver::run();
    }
}
