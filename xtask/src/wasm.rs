//! Programs compiled to wasm apart from trunk, with SIMD instructions above all. Trunk compiles everything without them,
//! because a browser that does not know them refuses a module that contains one; what hashes is compiled a second time,
//! here, in a target directory of its own (other flags would otherwise undo the first build), and the page chooses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::tools::{Tools, WASM_TARGET};
use crate::{cargo, execute, target_dir};

/// Optimised for speed where the other programs are for size (Cargo.toml).
const PROFILE: &str = "miner";

pub struct Program {
    /// Cargo's arguments that choose it.
    pub choice: &'static [&'static str],
    /// Cargo's name for its file.
    pub built_as: &'static str,
    pub name: &'static str,
}

/// What a miner worker runs. Beside it stands trunk's build of the same, `miner_worker`.
pub const MINER: Program = Program {
    choice: &["--package", "tabchain-miner", "--bin", "miner_worker"],
    built_as: "miner_worker",
    name: "miner_worker_simd",
};

/// The loops that `cargo xtask bench pow` compares.
pub const POW_BENCH: Program = Program {
    choice: &["--package", "tabchain-pow-bench", "--lib"],
    built_as: "tabchain_pow_bench",
    name: "tabchain_pow_bench",
};

/// Which instructions a program may have.
#[derive(Clone, Copy)]
pub enum Instructions {
    /// Those that every browser knows.
    Plain,
    Simd,
}

impl Instructions {
    fn rustflags(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Simd => "-C target-feature=+simd128",
        }
    }

    fn build_dir(self) -> PathBuf {
        match self {
            Self::Plain => target_dir(),
            Self::Simd => target_dir().join("simd"),
        }
    }
}

/// Leaves `NAME.js`, `NAME_bg.wasm` and, as trunk does for a worker, `NAME_loader.js` in a folder.
pub fn build(tools: &Tools, program: &Program, instructions: Instructions, to: &Path) -> Result<()> {
    let build_dir = instructions.build_dir();
    execute(
        cargo()
            .args(["build", "--locked", "--profile", PROFILE, "--target", WASM_TARGET, "--target-dir"])
            .arg(&build_dir)
            .args(program.choice)
            // Takes the place of what trunk's build would get from RUSTFLAGS, and leaves build scripts alone.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", instructions.rustflags()),
    )?;
    let built = build_dir.join(WASM_TARGET).join(PROFILE).join(format!("{}.wasm", program.built_as));
    execute(
        Command::new("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-name", program.name, "--out-dir"])
            .arg(to)
            .arg(built)
            .env("PATH", &tools.path),
    )?;
    let bound = to.join(format!("{}_bg.wasm", program.name));
    execute(Command::new("wasm-opt").arg("-O3").arg(&bound).arg("-o").arg(&bound).env("PATH", &tools.path))?;
    let loader = to.join(format!("{}_loader.js", program.name));
    fs::write(&loader, format!("import init from './{}.js';await init();", program.name))
        .with_context(|| format!("writing {}", loader.display()))
}
