//! `cargo xtask fuzz`: lets libFuzzer search for inputs that break the core's invariants (`tests/fuzz`). It compiles the
//! core so that it counts which of its branches an input reaches, which stable Rust can do, and keeps what it finds below
//! `target/fuzz` until it is asked to commit it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::{cargo, execute, progress, root, target_dir, tools};

/// Targets, their shares of the time when all are run, and the longest inputs that are tried. The deeper a target, the
/// longer it takes to find something.
const TARGETS: [(&str, u32, usize); 4] =
    [("bytes", 1, 4_096), ("texts", 1, 2_048), ("chain", 3, 512), ("node", 5, 1_024)];
const DEFAULT_MINUTES: u32 = 10;

/// Counters on every edge, a table of where they are, and the operands of comparisons: what cargo-fuzz asks for. No
/// sanitizer, because the code is safe Rust.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

#[derive(Debug, PartialEq, Eq)]
enum Wish {
    /// Minutes for all targets together.
    Search { targets: Vec<&'static str>, minutes: u32 },
    /// Runs one input, such as one that a search stopped at.
    Replay { target: &'static str, input: PathBuf },
    /// Replaces the committed corpus by the smallest part of what was found that reaches as much.
    Keep { targets: Vec<&'static str> },
}

pub fn run(arguments: &[String]) -> Result<()> {
    let wish = parse(arguments)?;
    let fuzz = build()?;
    match wish {
        Wish::Search { targets, minutes } => {
            let shares: u32 = targets.iter().map(|target| share(target)).sum();
            for target in targets {
                let time = Duration::from_secs(u64::from(minutes) * 60) * share(target) / shares;
                progress::step(&format!("Fuzzing {target} for {}", progress::in_words(time)), || {
                    search(&fuzz, target, time)
                })?;
            }
            println!(
                "\nNothing was found. `cargo xtask fuzz --keep` makes what these inputs reach part of every test run."
            );
            Ok(())
        }
        Wish::Replay { target, input } => {
            execute(program(&fuzz, target).env("TABCHAIN_FUZZ_TRACE", "1").arg(std::path::absolute(input)?))
        }
        Wish::Keep { targets } => targets.into_iter().try_for_each(|target| {
            progress::step(&format!("Minimising the corpus of {target}"), || keep(&fuzz, target))
        }),
    }
}

fn parse(arguments: &[String]) -> Result<Wish> {
    let mut targets: Vec<&'static str> = Vec::new();
    let (mut minutes, mut replay, mut keep) = (None, None, false);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--minutes" => {
                let number = arguments.next().and_then(|number| number.parse().ok()).filter(|number| *number > 0);
                minutes = Some(number.context("--minutes takes a whole number above 0")?);
            }
            "--replay" => replay = Some(PathBuf::from(arguments.next().context("--replay takes a file")?)),
            "--keep" => keep = true,
            name => match TARGETS.into_iter().find(|(target, ..)| *target == name) {
                Some((target, ..)) => targets.push(target),
                None => bail!("no target is called {name:?}; there are {}", TARGETS.map(|(name, ..)| name).join(", ")),
            },
        }
    }
    let all = || TARGETS.map(|(target, ..)| target).to_vec();
    let chosen = if targets.is_empty() { all() } else { targets.clone() };
    match (minutes, replay, keep, &targets[..]) {
        (None, Some(input), false, &[target]) => Ok(Wish::Replay { target, input }),
        (_, Some(_), _, _) => bail!("--replay takes one target and nothing else"),
        (None, None, true, _) => Ok(Wish::Keep { targets: chosen }),
        (Some(_), None, true, _) => bail!("first search for some --minutes, then --keep"),
        (minutes, None, false, _) => Ok(Wish::Search { targets: chosen, minutes: minutes.unwrap_or(DEFAULT_MINUTES) }),
    }
}

fn share(target: &str) -> u32 {
    TARGETS.into_iter().find(|(name, ..)| *name == target).map_or(1, |(_, share, _)| share)
}

/// Compiles the program in a directory of its own, for a target that is named: build scripts and macros stay as they are.
fn build() -> Result<PathBuf> {
    tools::cxx_compiler()?;
    let host = tools::host()?;
    let directory = target_dir().join("fuzz");
    progress::step("Building the targets with coverage counters (usually 2 min at first, 20 s later)", || {
        execute(
            cargo()
                .args(["build", "--profile", "fuzz", "--package", "tabchain-fuzz", "--features", "libfuzzer"])
                .args(["--bin", "fuzz", "--target", &host, "--target-dir"])
                .arg(&directory)
                .env_remove("CARGO_ENCODED_RUSTFLAGS")
                .env("RUSTFLAGS", COVERAGE),
        )
    })?;
    Ok(directory.join(host).join("fuzz/fuzz"))
}

fn program(fuzz: &Path, target: &str) -> Command {
    let mut command = Command::new(fuzz);
    command.current_dir(root()).env("TABCHAIN_FUZZ_TARGET", target);
    command
}

/// Where a search keeps its inputs, from one run to the next.
fn found(target: &str) -> PathBuf {
    target_dir().join("fuzz/corpus").join(target)
}

fn committed(target: &str) -> PathBuf {
    root().join("tests/fuzz/corpus").join(target)
}

fn search(fuzz: &Path, target: &str, time: Duration) -> Result<()> {
    let (corpus, findings) = (found(target), target_dir().join("fuzz/findings").join(target));
    fs::create_dir_all(&findings).with_context(|| format!("making {}", findings.display()))?;
    execute(cargo().args(["run", "--quiet", "--package", "tabchain-fuzz", "--bin", "seeds", target]).arg(&corpus))?;
    let max_len = TARGETS.into_iter().find(|(name, ..)| *name == target).map_or(0, |(.., max_len)| max_len);
    let processes = std::thread::available_parallelism().map_or(1, usize::from);
    let result = execute(
        program(fuzz, target)
            .arg(format!("-fork={processes}"))
            .arg(format!("-max_total_time={}", time.as_secs()))
            .arg(format!("-max_len={max_len}"))
            .arg("-timeout=20")
            // With a slash at the end, as it is a prefix.
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args([corpus, committed(target)]),
    );
    result.with_context(|| {
        format!(
            "{target} stopped at an input, which is in {}; `cargo xtask fuzz {target} --replay FILE` shows the panic",
            findings.display()
        )
    })
}

fn keep(fuzz: &Path, target: &str) -> Result<()> {
    let (from, to) = (found(target), committed(target));
    ensure!(from.is_dir(), "nothing was searched for {target} yet");
    let smallest = target_dir().join("fuzz/smallest");
    if smallest.exists() {
        fs::remove_dir_all(&smallest)?;
    }
    fs::create_dir_all(&smallest)?;
    execute(program(fuzz, target).args(["-set_cover_merge=1", "-use_counters=0"]).args([&smallest, &from, &to]))?;
    fs::remove_dir_all(&to)?;
    fs::create_dir_all(&to)?;
    for entry in fs::read_dir(&smallest)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Option<Wish> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn wishes_are_told_apart() {
        let all = TARGETS.map(|(target, ..)| target).to_vec();
        assert_eq!(wish(""), Some(Wish::Search { targets: all.clone(), minutes: DEFAULT_MINUTES }));
        assert_eq!(wish("node --minutes 3"), Some(Wish::Search { targets: vec!["node"], minutes: 3 }));
        assert_eq!(wish("--keep"), Some(Wish::Keep { targets: all }));
        assert_eq!(wish("node --replay x"), Some(Wish::Replay { target: "node", input: "x".into() }));
        for wrong in ["nodes", "--minutes", "--minutes 0", "--replay x", "node --keep --minutes 1", "node --replay"] {
            assert_eq!(wish(wrong), None, "{wrong}");
        }
    }

    /// The list is written a second time, so that xtask need not be compiled with the core.
    #[test]
    fn targets_are_those_of_the_package() {
        let source = fs::read_to_string(root().join("tests/fuzz/src/lib.rs")).unwrap().replace('_', "");
        let named = |(name, _, max_len): (&str, u32, usize)| {
            source.contains(&format!("Target {{ name: \"{name}\", run: {name}::run, maxlen: {max_len} }}"))
        };
        assert!(TARGETS.into_iter().all(named));
        assert_eq!(source.matches("Target { name:").count(), TARGETS.len());
    }
}
