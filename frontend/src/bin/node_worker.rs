//! The worker that holds the node.

fn main() {
    tabchain_frontend::driver::run();
}
