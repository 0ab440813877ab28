//! Experiments through the real binary: files that are wrong, the same seed twice, reports that hold and reports that do not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tabchain_shared::lab::experiment::Spec;

use super::{Outcome, run, tabchain};

const SMALL: &str = "title = \"small\"\nseed = 7\nruns = 2\n\n[experiment.double-spend]\nshares = [0.3]\nconfirmations = [1, 2]\n\
                     attempts = 20\n";

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder for files")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of letters")
}

/// Runs a file of this content; its results are beside it.
fn simulate(folder: &Path, content: &str, more: &[&str]) -> (PathBuf, Outcome) {
    let file = folder.join("small.toml");
    fs::write(&file, content).unwrap();
    let arguments = [&["simulate", text(&file), "--out", text(folder), "--json"], more].concat();
    (folder.join("small.report.json"), run(&arguments))
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (first, second) = (directory(), directory());
    let (report, outcome) = simulate(first.path(), SMALL, &[]);
    let json = outcome.is_valid();
    assert_eq!((&json["worlds"], &json["of_worlds"]), (&Value::from(4), &Value::from(4)));
    let (again, _) = simulate(second.path(), SMALL, &[]);
    for kind in ["report.json", "csv", "svg"] {
        let read = |path: &Path| fs::read(path.with_file_name(format!("small.{kind}"))).unwrap();
        assert_eq!(read(&report), read(&again), "{kind}");
    }
    let csv = fs::read_to_string(report.with_file_name("small.csv")).unwrap();
    assert!(
        csv.starts_with("confirmations,q,figure,unit,estimate,low,high,sample,runs,theory,source\r\n1,0.3,success,,"),
        "{csv}"
    );
    let (other, _) = simulate(second.path(), SMALL, &["--seed", "8"]);
    assert_ne!(fs::read(&report).unwrap(), fs::read(&other).unwrap());
}

/// Of an experiment that would take minutes, what is done when somebody presses Ctrl-C is kept, whole and marked as a part.
#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_worlds_that_are_done() {
    let folder = directory();
    let file = folder.path().join("small.toml");
    let shares = "shares = [0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24, 0.26, 0.28]";
    let content = SMALL.replace("shares = [0.3]", shares).replace("runs = 2", "runs = 2000");
    fs::write(&file, content).unwrap();
    let mut child = tabchain(&["simulate", text(&file), "--out", text(folder.path()), "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut said = BufReader::new(child.stderr.take().expect("piped")).lines();
    let first = said.by_ref().map(Result::unwrap).find(|line| line.starts_with("simulating: world ")).unwrap();
    assert_eq!(first, "simulating: world 400 of 40000", "a hundredth");
    let process = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
    kill_process(process, Signal::INT).unwrap();
    assert!(said.map(Result::unwrap).any(|line| line.starts_with("Stopping")));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let worlds = json["worlds"].as_u64().unwrap();
    assert!((400..40_000).contains(&worlds) && json["of_worlds"] == 40_000, "{json}");
    // The same worlds as of an experiment of so many, for each setting.
    let csv = fs::read_to_string(folder.path().join("small.csv")).unwrap();
    let table: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let runs = table[0].iter().position(|name| *name == "runs").unwrap();
    let successes: Vec<&Vec<&str>> = table.iter().filter(|row| row[2] == "success").collect();
    let sum = |column: usize| successes.iter().map(|row| row[column].parse().unwrap_or(0)).sum::<u64>();
    assert_eq!((successes.len(), sum(runs)), (20, worlds));
    let sample = table[0].iter().position(|name| *name == "sample").unwrap();
    assert_eq!(sum(sample), 20 * worlds, "attempts, of no world a part");
    run(&["verify-report", text(&folder.path().join("small.report.json")), "--json"]).refuses("partial", "a part");
}

#[test]
fn a_report_holds_until_somebody_changes_it() {
    let folder = directory();
    let (report, _) = simulate(folder.path(), SMALL, &[]);
    let verify = || run(&["verify-report", text(&report), "--json"]);
    let json = verify().is_valid();
    assert_eq!(json["seed"], 7);
    let sealed = fs::read_to_string(&report).unwrap();
    // A figure is changed, and the seal is not.
    let figure = "\"successes\": ";
    let at = sealed.find(figure).unwrap() + figure.len();
    let mut changed = sealed.clone();
    changed.replace_range(at..=at, if sealed[at..].starts_with('9') { "8" } else { "9" });
    fs::write(&report, &changed).unwrap();
    let refusal = verify().refuses("broken-seal", "a figure was changed");
    // Whoever changes the figure can compute the digest anew; but not what the experiment gives.
    let words = refusal["error"].as_str().unwrap();
    let digest = words.rsplit(' ').next().unwrap();
    let old = serde_json::from_str::<Value>(&sealed).unwrap()["digest"].as_str().unwrap().to_owned();
    fs::write(&report, changed.replace(&old, digest)).unwrap();
    verify().refuses("differs", "sealed anew");
    fs::write(&report, "{}").unwrap();
    verify().refuses("no-report", "an empty object");
}

#[test]
fn a_wrong_file_gets_the_line_and_the_reason() {
    let folder = directory();
    let said = |content: &str| {
        let (_, outcome) = simulate(folder.path(), content, &[]);
        assert_eq!(outcome.code, 2, "{}", outcome.stdout);
        outcome.json()["error"].as_str().unwrap().to_owned()
    };
    let error = said(&SMALL.replace("shares = [0.3]", "shares = [0.3, 0.6]"));
    assert!(error.contains("line 6") && error.contains("shares: from 0.01 to 0.49"), "{error}");
    let error = said(&SMALL.replace("attempts", "atempts"));
    assert!(error.contains("line 8") && error.contains("atempts"), "{error}");
    let error = said(&SMALL.replace("double-spend", "double-spending"));
    assert!(error.contains("line 5") && error.contains("double-spending"), "{error}");
    let error = said("{\"title\": \"t\",\n\"experiment\": {\"propagation\": {\"hops\": 0}}}");
    assert!(error.contains("line 2") && error.contains("hops: from 1 to 200"), "{error}");
    let table = "title = \"t\"\n[experiment.selfish]\nstrategy = { table = \"www\\nwww\" }\n";
    assert!(said(table).contains("a table has as many cells a line as it has lines"), "{}", said(table));
}

/// Each shipped experiment is sound, and its kind runs in small.
#[test]
fn every_shipped_experiment_can_be_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/experiments");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    assert!(files.len() >= 10, "{files:?}");
    for file in files {
        let spec: Spec = toml::from_str(&fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(spec.check(), Ok(()), "{}", file.display());
    }
}
