//! A worker that does nothing but hash.

fn main() {
    tabchain_miner::run();
}
