//! `cargo xtask bench pow`: builds what is compared (our loops as wasm, the packages of npm, the web app for its sizes) and
//! starts the program that measures, tests/src/bin/bench_pow.rs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::tools::{self, Tools, WASM_TARGET};
use crate::{bench, cargo, execute, progress, target_dir, web};

/// The rivals, pinned: a ratio to an unknown version says nothing.
const PACKAGES: [&str; 2] = ["hash-wasm@4.13.0", "@noble/hashes@2.4.0"];
/// Cargo's name for the library with our loops, and so its file's.
const LIBRARY: &str = "tabchain_pow_bench";

pub fn run() -> Result<()> {
    let tools = tools::web_tools()?;
    let chromium = tools::chromium()?;
    web::build(&tools)?;
    let dir = target_dir().join("pow-bench");
    let wasm = dir.join("wasm");
    progress::step("Building our hashing loops for wasm (usually 1 min at first)", || build_wasm(&tools, &wasm))?;
    let packages = dir.join("npm");
    progress::step("Installing what they are compared with, from npm (usually 5 s)", || install_packages(&packages))?;
    execute(
        bench("bench_pow")
            .env("CHROMIUM", chromium)
            .env("POW_BENCH_WASM", wasm)
            .env("POW_BENCH_PACKAGES", packages.join("node_modules")),
    )
}

/// With the flags and the optimiser that the miner worker is built with.
fn build_wasm(tools: &Tools, to: &Path) -> Result<()> {
    let build_dir = target_dir().join("simd");
    execute(
        cargo()
            .args(["build", "--package", "tabchain-pow-bench", "--lib", "--profile", "web", "--target", WASM_TARGET])
            .arg("--target-dir")
            .arg(&build_dir)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-C target-feature=+simd128"),
    )?;
    let built: PathBuf = build_dir.join(WASM_TARGET).join("web").join(format!("{LIBRARY}.wasm"));
    execute(
        Command::new("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-dir"])
            .arg(to)
            .arg(built)
            .env("PATH", &tools.path),
    )?;
    let bound = to.join(format!("{LIBRARY}_bg.wasm"));
    execute(Command::new("wasm-opt").arg("-O3").arg(&bound).arg("-o").arg(&bound).env("PATH", &tools.path))
}

fn install_packages(to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    execute(
        Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(to)
            .args(PACKAGES)
            .stdin(Stdio::null()),
    )
}
