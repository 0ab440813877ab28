//! `cargo xtask test`: every check of the project, one after the other, and a table of the results at the end. A step
//! that fails does not hide the results of the others; only what builds on it is left out.

mod digest;
mod lanes;

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::digest::Digest;
use self::lanes::Program;
use crate::tools::{self, Tools, WASM_TARGET};
use crate::{binary, cargo, execute, progress, web};

/// Every crate that compiles for this machine; the page and its workers compile to wasm only.
const NATIVE: [&str; 7] =
    ["--workspace", "--exclude", "tabchain-frontend", "--exclude", "tabchain-lab", "--exclude", "tabchain-miner"];

/// The tests that drive a browser: targets of `tabchain-tests` with `test = false` in the manifest, so that a plain
/// `cargo test` needs no browser.
const BROWSER_TESTS: [&str; 2] = ["--test", "browser_*"];

/// Browsers at a time: each opens several tabs that mine, and waits for them most of the time. On a machine with one core there is one.
const BROWSER_LANES: usize = 2;

/// The browser tests that take longest: three and a half minutes, and one each. They go first, from the longest on, so that no lane begins
/// with one when the other has nothing left to do. The others take half a minute at most, in whatever order.
const LONG_BROWSER_TESTS: [&str; 3] = ["browser_roles", "browser_mining", "browser_webrtc"];

/// The test that drives Schemathesis, `test = false` for the same reason.
const INTERFACE_TEST: [&str; 2] = ["--test", "rest_schemathesis"];

/// The tests with a real NATS server between relays.
const BUS_TEST: [&str; 2] = ["--test", "bus_nats"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Format,
    Web,
    ClippyNative,
    ClippyWeb,
    Binary,
    Native,
    Interface,
    Bus,
    Wasm,
    Browser,
}

impl Step {
    const ALL: [Self; 10] = [
        Self::Format,
        Self::Web,
        Self::ClippyNative,
        Self::ClippyWeb,
        Self::Binary,
        Self::Native,
        Self::Interface,
        Self::Bus,
        Self::Wasm,
        Self::Browser,
    ];

    /// The word that selects it on the command line.
    fn word(self) -> &'static str {
        match self {
            Self::Format => "fmt",
            Self::Web => "web",
            Self::ClippyNative | Self::ClippyWeb => "clippy",
            Self::Binary => "binary",
            Self::Native => "native",
            Self::Interface => "interface",
            Self::Bus => "bus",
            Self::Wasm => "wasm",
            Self::Browser => "browser",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Format => "Formatting",
            Self::Web => "Web app",
            Self::ClippyNative => "Clippy, native crates",
            Self::ClippyWeb => "Clippy, web app and shared crate on wasm32",
            Self::Binary => "The tabchain binary (development profile)",
            Self::Native => "Native tests",
            Self::Interface => "Schemathesis on the REST interface (one minute)",
            Self::Bus => "Relays on a NATS server",
            Self::Wasm => "The core's and the page's tests on wasm32",
            Self::Browser => "Browser tests",
        }
    }

    /// The steps whose results it uses. The relay embeds the web app, so what compiles the relay needs `dist/`.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::Format | Self::Web | Self::ClippyWeb | Self::Wasm => &[],
            Self::ClippyNative | Self::Binary => &[Self::Web],
            Self::Native | Self::Interface | Self::Bus | Self::Browser => &[Self::Web, Self::Binary],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    LeftOut,
}

/// Runs the selected steps; an error when one of them fails.
pub fn run(words: &[String]) -> Result<()> {
    let selection = Selection::parse(words)?;
    let tools = tools::web_tools()?;
    let chromium =
        if selection.steps.contains(&Step::Browser) { Some(tools::chromium()?) } else { tools::find_chromium() };
    let session = Session { tools, chromium, filter: selection.filter, failures: RefCell::default() };

    let mut results: Vec<(Step, Outcome)> = Vec::new();
    for step in selection.steps {
        let passed = |needed: &Step| {
            results.iter().any(|(done, outcome)| done == needed && matches!(outcome, Outcome::Passed(_)))
        };
        let outcome = if step.needs().iter().all(passed) {
            let start = Instant::now();
            match progress::step(step.heading(), || session.run(step)) {
                Ok(()) => Outcome::Passed(start.elapsed()),
                Err(error) => {
                    eprintln!("error: {error:#}");
                    Outcome::Failed(start.elapsed())
                }
            }
        } else {
            Outcome::LeftOut
        };
        results.push((step, outcome));
    }
    summarise(&results, &session.failures.borrow())
}

/// What the words of the command line ask for.
#[derive(Debug, PartialEq, Eq)]
struct Selection {
    /// In the order of `Step::ALL`, with what they need.
    steps: Vec<Step>,
    /// Handed to the test programs, which run the tests whose names contain it.
    filter: Option<String>,
}

impl Selection {
    fn parse(words: &[String]) -> Result<Self> {
        let (names, filters): (Vec<&String>, Vec<&String>) =
            words.iter().partition(|word| Step::ALL.iter().any(|step| step.word() == word.as_str()));
        if filters.len() > 1 {
            bail!("one filter at a time, please: {filters:?}");
        }
        let filter = filters.first().map(|&filter| filter.clone());
        let chosen = |step: Step| match (names.is_empty(), &filter) {
            (true, None) => true,
            (true, Some(_)) => matches!(step, Step::Native | Step::Bus | Step::Wasm | Step::Browser),
            (false, _) => names.iter().any(|name| *name == step.word()),
        };
        let is_needed = |step: &Step| Step::ALL.iter().any(|other| chosen(*other) && other.needs().contains(step));
        let steps = Step::ALL.into_iter().filter(|step| chosen(*step) || is_needed(step)).collect();
        Ok(Self { steps, filter })
    }
}

/// What the steps have in common.
struct Session {
    tools: Tools,
    chromium: Option<PathBuf>,
    filter: Option<String>,
    /// What each failing test has said.
    failures: RefCell<Vec<String>>,
}

impl Session {
    fn run(&self, step: Step) -> Result<()> {
        match step {
            Step::Format => execute(cargo().args(["fmt", "--all", "--check"])),
            Step::Web => web::build(&self.tools),
            Step::ClippyNative => {
                let deny_warnings = ["--", "-D", "warnings"];
                execute(cargo().arg("clippy").args(NATIVE).arg("--all-targets").args(deny_warnings))?;
                // `--all-targets` passes over what has `test = false`.
                execute(
                    cargo()
                        .arg("clippy")
                        .args(NATIVE)
                        .args(BROWSER_TESTS)
                        .args(INTERFACE_TEST)
                        .args(BUS_TEST)
                        .args(deny_warnings),
                )
            }
            Step::ClippyWeb => execute(cargo().args([
                "clippy",
                "--package=tabchain-frontend",
                "--package=tabchain-lab",
                "--package=tabchain-miner",
                "--package=tabchain-shared",
                "--target",
                WASM_TARGET,
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])),
            // The tests are compiled along with the binary: with other packages selected, cargo would resolve other
            // features and compile most dependencies twice.
            Step::Binary => execute(cargo().arg("build").args(NATIVE).args(["--bins", "--tests"])),
            Step::Native => self.execute_tests(self.test().args(NATIVE).args(&self.filter)),
            Step::Wasm => {
                self.wasm_tests(&["--package", "tabchain-shared", "--tests"])?;
                // Apart, for the lab's package has the JSON of all others read another way.
                self.wasm_tests(&["--package", "tabchain-lab", "--lib"])?;
                self.wasm_tests(&["--package", "tabchain-frontend", "--package", "tabchain-miner", "--lib"])
            }
            Step::Interface => {
                let schemathesis = tools::schemathesis()?;
                self.execute_tests(self.test().args(NATIVE).args(INTERFACE_TEST).env("SCHEMATHESIS", schemathesis))
            }
            Step::Bus => self.execute_tests(
                self.test().args(NATIVE).args(BUS_TEST).args(&self.filter).env("NATS_SERVER", tools::nats_server()?),
            ),
            Step::Browser => self.browser_tests(),
        }
    }

    fn browser_tests(&self) -> Result<()> {
        let mut places = self.places();
        places.extend([("AXE_CORE", tools::axe_core()?), ("NATS_SERVER", tools::nats_server()?)]);
        let mut cargo = self.test();
        cargo.args(["--no-run", "--message-format=json-render-diagnostics"]).args(NATIVE).args(BROWSER_TESTS);
        let built = cargo.stderr(Stdio::inherit()).output().context("starting cargo")?;
        if !built.status.success() {
            bail!("the tests do not compile ({})", built.status);
        }
        let mut programs = Program::read_all(&String::from_utf8(built.stdout).context("cargo's messages")?)?;
        lanes::put_first(&mut programs, &LONG_BROWSER_TESTS)?;
        let count = programs.len();
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let filter = &self.filter;
        let outcome = lanes::run(programs, BROWSER_LANES.min(cores), |program| {
            program.envs(places.clone()).args(["--test-threads", "1"]).args(filter);
        })?;
        self.failures.borrow_mut().extend(outcome.failures);
        if !outcome.failed.is_empty() {
            bail!("{} of {count} test programs failed: {}", outcome.failed.len(), outcome.failed.join(", "));
        }
        Ok(())
    }

    /// Runs tests, shows what they print, and keeps what the failing ones have said for the end.
    fn execute_tests(&self, command: &mut Command) -> Result<()> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("starting cargo")?;
        let mut digest = Digest::default();
        for line in BufReader::new(child.stdout.take().context("piped")?).lines() {
            let line = line?;
            println!("{line}");
            digest.read(&line);
        }
        let status = child.wait()?;
        self.failures.borrow_mut().extend(digest.failures);
        if !status.success() {
            bail!("the tests failed ({status})");
        }
        Ok(())
    }

    fn wasm_tests(&self, what: &[&str]) -> Result<()> {
        self.execute_tests(
            self.test()
                .args(what)
                .args(["--target", WASM_TARGET])
                .args(&self.filter)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &self.tools.test_runner),
        )
    }

    /// `cargo test`, which tells the tests where the binary and the browser are.
    fn test(&self) -> Command {
        let mut command = cargo();
        // One failing test program must not hide the results of the others.
        command.args(["test", "--no-fail-fast"]).envs(self.places());
        command
    }

    fn places(&self) -> Vec<(&'static str, PathBuf)> {
        let chromium = self.chromium.clone().map(|chromium| ("CHROMIUM", chromium));
        [("TABCHAIN_BINARY", binary("debug"))].into_iter().chain(chromium).collect()
    }
}

fn summarise(results: &[(Step, Outcome)], failures: &[String]) -> Result<()> {
    for failure in failures {
        println!("\n{failure}");
    }
    println!("\n==> Summary");
    for (step, outcome) in results {
        let (result, time) = match outcome {
            Outcome::Passed(time) => ("passed", progress::in_words(*time)),
            Outcome::Failed(time) => ("FAILED", progress::in_words(*time)),
            Outcome::LeftOut => ("left out", String::new()),
        };
        println!("    {:<45} {result:<9} {time:>13}", step.heading());
    }
    let failed = results.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).count();
    if failed > 0 {
        bail!("{failed} of {} steps failed", results.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, steps: &[Step], filter: Option<&str>) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let expected = Selection { steps: steps.to_vec(), filter: filter.map(str::to_owned) };
        assert_eq!(Selection::parse(&words).unwrap(), expected, "cargo xtask test {line}");
    }

    #[test]
    fn words_select_steps_and_tests() {
        use Step::{Binary, Browser, Bus, ClippyNative, ClippyWeb, Format, Interface, Native, Wasm, Web};
        check("", &Step::ALL, None);
        check("fmt", &[Format], None);
        check("clippy", &[Web, ClippyNative, ClippyWeb], None);
        check("wasm mempool", &[Wasm], Some("mempool"));
        check("interface", &[Web, Binary, Interface], None);
        check("bus", &[Web, Binary, Bus], None);
        check("mempool", &[Web, Binary, Native, Bus, Wasm, Browser], Some("mempool"));
        assert!(Selection::parse(&["one".to_owned(), "two".to_owned()]).is_err());
    }

    #[test]
    fn a_step_comes_after_what_it_needs() {
        for (position, step) in Step::ALL.iter().enumerate() {
            assert!(step.needs().iter().all(|needed| Step::ALL[..position].contains(needed)), "{step:?}");
        }
    }
}
