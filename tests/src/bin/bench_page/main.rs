//! Figures of the page, printed by `cargo xtask bench page`, each beside its goal: what the first link loads and how soon it is there,
//! how long the page is deaf while a class mines, and how smoothly the fork tree moves.
//!
//! A real relay and a real Chromium, all on this one machine: what else it does shows in the figures.

mod first_load;
mod frames;
mod long_tasks;

#[tokio::main]
async fn main() {
    first_load::sizes();
    first_load::times().await;
    long_tasks::run().await;
    frames::run().await;
}
