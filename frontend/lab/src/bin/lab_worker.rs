//! A worker that runs experiments.

fn main() {
    tabchain_lab::run();
}
