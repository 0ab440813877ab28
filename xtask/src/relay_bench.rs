//! `cargo xtask bench relay`: installs what the relay is compared with and starts the program that measures, `bench_relay` among
//! the tests.

use anyhow::Result;

use crate::pow_bench::install_packages;
use crate::{bench, binary, build, execute, progress, target_dir, tools};

/// The rival of npm, pinned: a ratio to an unknown version says nothing.
const PACKAGE: &str = "ws@8.23.0";

/// All of it, or the part that the argument names.
pub fn run(part: &[String]) -> Result<()> {
    build()?;
    let nats_server = tools::nats_server()?;
    let packages = target_dir().join("relay-bench").join("npm");
    progress::step("Installing what it is compared with, from npm (usually 3 s)", || {
        install_packages(&[PACKAGE], &packages)
    })?;
    execute(
        bench("bench_relay")
            .arg("--")
            .args(part)
            .env("TABCHAIN_BINARY", binary("release"))
            .env("NATS_SERVER", nats_server)
            .env("WS_PACKAGES", packages.join("node_modules"))
            // What it says of each of thousands of connections would be measured, too, and stand between the figures.
            .env("RUST_LOG", "error"),
    )
}
