//! The short run of the target that counts memory. It is alone in its program: other tests allocate too.

#[path = "support/short_run.rs"]
mod short_run;

#[test]
fn strangers_bytes_are_refused_or_encode_again() {
    short_run::run("bytes", 150_000);
}
