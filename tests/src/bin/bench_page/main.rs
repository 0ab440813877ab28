//! Figures of the page, printed by `cargo xtask bench page`, each beside its goal: what the first link loads and how soon it is there,
//! how long the page is deaf while a class mines, and how smoothly the fork tree moves.
//!
//! A real relay and a real Chromium, all on this one machine: what else it does shows in the figures.

mod first_load;
mod frames;
mod long_tasks;

/// What can be measured alone: its name is the program's argument.
const PARTS: [&str; 3] = ["load", "tasks", "frames"];

#[tokio::main]
async fn main() {
    let is_wanted = tabchain_tests::wanted_part(&PARTS);
    if is_wanted("load") {
        first_load::sizes();
        first_load::times().await;
    }
    if is_wanted("tasks") {
        long_tasks::run().await;
    }
    if is_wanted("frames") {
        frames::run().await;
    }
}
