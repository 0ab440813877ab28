//! The short runs of the targets that need not be alone.

#[path = "support/short_run.rs"]
mod short_run;

#[test]
fn texts_are_refused_or_read_again() {
    short_run::run("texts", 60_000);
}

#[test]
fn the_chain_is_the_models() {
    short_run::run("chain", 2_000);
}

#[test]
fn a_node_survives_its_peers() {
    short_run::run("node", 2_000);
}
