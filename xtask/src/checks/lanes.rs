//! Test programs side by side, in lanes. A lane runs one program after the other, and a program its tests one after the other: tabs
//! that mine share the machine with few others.
//!
//! While a program runs, only the outcomes of its tests are printed, each with its program's name. What else it says comes as one
//! piece when it ends, so that two programs' words never stand between each other.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::digest::Digest;
use crate::progress;

/// A program of tests that cargo has built.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    name: String,
    executable: PathBuf,
    /// Where cargo would start it.
    folder: PathBuf,
}

impl Program {
    /// The programs among cargo's messages (`--message-format=json`), by their names.
    pub fn read_all(messages: &str) -> Result<Vec<Self>> {
        let mut programs = Vec::new();
        for line in messages.lines() {
            let message: Value = serde_json::from_str(line).with_context(|| format!("cargo said {line:?}"))?;
            if let (Some("compiler-artifact"), Some(true), Some(executable)) =
                (message["reason"].as_str(), message["profile"]["test"].as_bool(), message["executable"].as_str())
            {
                let name = message["target"]["name"].as_str().context("a target has a name")?.to_owned();
                let manifest = PathBuf::from(message["manifest_path"].as_str().context("a package has a manifest")?);
                let folder = manifest.parent().context("a manifest lies in a folder")?.to_owned();
                programs.push(Self { name, executable: executable.into(), folder });
            }
        }
        programs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(programs)
    }
}

/// Puts the programs of these names first, in this order.
pub fn put_first(programs: &mut [Program], names: &[&str]) -> Result<()> {
    for name in names {
        ensure!(programs.iter().any(|program| program.name == *name), "there are no tests in {name} to begin with");
    }
    programs.sort_by_key(|program| names.iter().position(|name| *name == program.name).unwrap_or(names.len()));
    Ok(())
}

/// What became of all programs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The names of programs that failed.
    pub failed: Vec<String>,
    /// What each failing test has said.
    pub failures: Vec<String>,
}

/// Runs all programs, so many at a time. `prepare` adds environment and arguments.
pub fn run(programs: Vec<Program>, lanes: usize, prepare: impl Fn(&mut Command) + Sync) -> Result<Outcome> {
    let waiting = Mutex::new(VecDeque::from(programs));
    let outcome = Mutex::new(Outcome::default());
    let lane = || -> Result<()> {
        loop {
            let Some(program) = waiting.lock().expect("no lane panics").pop_front() else { return Ok(()) };
            let mut command = Command::new(&program.executable);
            command.current_dir(&program.folder);
            prepare(&mut command);
            let (passed, digest) = attend(&program.name, &mut command)?;
            let mut outcome = outcome.lock().expect("no lane panics");
            outcome.failures.extend(digest.failures);
            if !passed {
                outcome.failed.push(program.name);
            }
        }
    };
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().expect("no lane panics"))
    })?;
    Ok(outcome.into_inner().expect("no lane panics"))
}

/// Runs one program and prints what it says; answers whether it passed.
fn attend(name: &str, command: &mut Command) -> Result<(bool, Digest)> {
    let start = Instant::now();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting {name}"))?;
    let mut errors = child.stderr.take().context("piped")?;
    // Read beside the other, or the program would wait for one of them to be read.
    let errors = thread::spawn(move || {
        let mut bytes = Vec::new();
        errors.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned())
    });
    let (mut digest, mut held) = (Digest::default(), String::new());
    for line in BufReader::new(child.stdout.take().context("piped")?).lines() {
        let line = line?;
        digest.read(&line);
        match line.strip_prefix("test ").filter(|_| line.contains(" ... ")) {
            Some(test) => println!("test {name}::{test}"),
            None if line.is_empty() && (held.is_empty() || held.ends_with("\n\n")) => {}
            None => held = held + &line + "\n",
        }
    }
    let status = child.wait()?;
    held += &errors.join().expect("reading does not panic")?;
    // A filter leaves most programs nothing to do.
    if !(status.success() && held.starts_with("running 0 tests")) {
        let time = progress::in_words(start.elapsed());
        println!("\n     {name} ended after {time} ({status})\n{}\n", held.trim_end());
    }
    Ok((status.success(), digest))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn program(name: &str) -> Program {
        Program { name: name.into(), executable: "/t/x-0".into(), folder: "/w".into() }
    }

    #[test]
    fn programs_of_tests_are_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"b"},"profile":{"test":true},"executable":"/t/x-0"}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"a library"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"a program"},"profile":{"test":false},"executable":"/t/y"}
{"reason":"compiler-artifact","manifest_path":"/w/Cargo.toml","target":{"name":"a"},"profile":{"test":true},"executable":"/t/x-0"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(Program::read_all(messages).unwrap(), [program("a"), program("b")]);
        assert!(Program::read_all("warning: something").is_err());
    }

    #[test]
    fn long_programs_begin_and_the_others_keep_their_order() {
        let mut programs = ["a", "b", "c", "d"].map(program);
        put_first(&mut programs, &["c", "b"]).unwrap();
        assert_eq!(programs, ["c", "b", "a", "d"].map(program));
        assert!(put_first(&mut programs, &["long gone"]).is_err());
    }

    /// The programs are shells here. Each waits for the other, so both have to run at once.
    #[cfg(unix)]
    #[test]
    fn lanes_run_side_by_side_and_a_failure_hides_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let meeting = folder.path().join("meeting");
        assert!(Command::new("mkfifo").arg(&meeting).status().unwrap().success());
        let scripts = [
            (
                "fails",
                "cat ../meeting; echo '---- t stdout ----\nleft: 1\n\nfailures:\n    t'; echo a log >&2; exit 101",
            ),
            ("passes", "echo here > ../meeting; echo 'running 1 test'; echo 'test t ... ok'"),
        ];
        let programs = scripts.map(|(name, script)| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("tests"), script).unwrap();
            Program { name: name.into(), executable: "/bin/sh".into(), folder }
        });
        let outcome = run(programs.into(), 2, |command| _ = command.arg("tests")).unwrap();
        assert_eq!(outcome.failed, ["fails"]);
        assert_eq!(outcome.failures, ["---- t stdout ----\nleft: 1\n"]);
    }
}
