//! libFuzzer's program: it calls the target that the environment names, again and again, and watches what it reaches.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tabchain_fuzz::Target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("TABCHAIN_FUZZ_TARGET").expect("TABCHAIN_FUZZ_TARGET names a target");
    tabchain_fuzz::target(&name).expect("such a target exists")
});

fuzz_target!(|data: &[u8]| (TARGET.run)(data));
