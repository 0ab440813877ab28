//! The page.

fn main() {
    tabchain_frontend::app::run();
}
