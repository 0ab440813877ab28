//! `cargo xtask bench pow`: builds what is compared (our loops as wasm, the packages of npm, the web app for its sizes) and
//! starts the program that measures, `bench_pow` among the tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::tools::Tools;
use crate::wasm::{self, Instructions};
use crate::{bench, execute, progress, target_dir, tools, web};

/// The rivals, pinned: a ratio to an unknown version says nothing.
const PACKAGES: [&str; 2] = ["hash-wasm@4.13.0", "@noble/hashes@2.4.0"];

pub fn run() -> Result<()> {
    let tools = tools::web_tools()?;
    let chromium = tools::chromium()?;
    web::build(&tools)?;
    let wasm = build(&tools)?;
    let packages = target_dir().join("pow-bench").join("npm");
    progress::step("Installing what they are compared with, from npm (usually 5 s)", || {
        install_packages(&PACKAGES, &packages)
    })?;
    execute(
        bench("bench_pow")
            .env("CHROMIUM", chromium)
            .env("POW_BENCH_WASM", wasm)
            .env("POW_BENCH_PACKAGES", packages.join("node_modules")),
    )
}

/// What benchmarks run as wasm; answers its folder, in which each build has one of its own.
pub fn build(tools: &Tools) -> Result<PathBuf> {
    let wasm = target_dir().join("pow-bench").join("wasm");
    progress::step("Building what is measured as wasm (usually 1 min at first)", || {
        wasm::build(tools, &wasm::POW_BENCH, Instructions::Plain, &wasm.join("plain"))?;
        wasm::build(tools, &wasm::POW_BENCH, Instructions::Simd, &wasm.join("simd"))
    })?;
    Ok(wasm)
}

/// Puts packages of npm below a folder.
pub fn install_packages(packages: &[&str], to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    execute(
        Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(to)
            .args(packages)
            .stdin(Stdio::null()),
    )
}
