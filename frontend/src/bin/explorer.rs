//! The explorer, which the page loads when it is wanted.

fn main() {
    tabchain_frontend::programs::run_explorer();
}
