//! The lessons, which the page loads when they are wanted.

fn main() {
    tabchain_frontend::programs::run_lessons();
}
