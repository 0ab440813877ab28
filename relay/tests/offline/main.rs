//! The commands that need no relay, through the real binary: what `inspect` says of one header, block or transaction, and
//! which exported chains and saved sessions `verify` refuses, where, and by which rule.

mod inspect;
mod session;
mod simulate;
mod verify;

#[path = "../../../shared/tests/support/workshop.rs"]
mod workshop;

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

/// How the binary ended, and what it said.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Outcome {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("not JSON: {:?} {:?}", self.stdout, self.stderr))
    }

    /// A JSON answer that refuses: exit code 1, and the name of that rule before the colon.
    #[track_caller]
    fn refuses(&self, rule: &str, what: &str) -> Value {
        let json = self.json();
        assert_eq!((self.code, &json["valid"]), (1, &Value::Bool(false)), "{what}: {json}");
        let error = json["error"].as_str().expect("an error");
        assert!(error.starts_with(&format!("{rule}: ")), "{what}: {error:?} should begin with {rule:?}");
        json
    }

    #[track_caller]
    fn is_valid(&self) -> Value {
        assert_eq!(self.code, 0, "{} {}", self.stdout, self.stderr);
        let json = self.json();
        assert_eq!(json["valid"], true, "{json}");
        json
    }
}

fn tabchain(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabchain"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TABCHAIN_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Outcome {
    run_with_input(arguments, &[])
}

fn run_with_input(arguments: &[&str], input: &[u8]) -> Outcome {
    let mut command = tabchain(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    // It may end before it has read all: it stops at the first wrong block.
    let _ = child.stdin.take().expect("piped").write_all(input);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("not killed");
    Outcome { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn help_names_every_command_and_option() {
    let help = run(&["--help"]).stdout;
    for word in ["serve", "inspect", "verify"] {
        assert!(help.contains(word), "{word}");
    }
    for (command, words) in [
        (
            "inspect",
            &["header", "block", "transaction", "--network", "--json", "bitcoin-header", "@FILE", "Exit codes"][..],
        ),
        ("verify", &["FILE", "--network", "--json", "/chain/export", "Exit codes"]),
    ] {
        let help = run(&[command, "--help"]).stdout;
        for word in words {
            assert!(help.contains(word), "{command} --help should name {word}");
        }
    }
}

/// Wrong usage and unreadable inputs are told apart from what is invalid.
#[test]
fn what_was_not_judged_ends_with_2() {
    for arguments in [
        &["inspect"][..],
        &["inspect", "header"],
        &["inspect", "coin", "00"],
        &["inspect", "header", "00", "--network", "no-such-network"],
        &["inspect", "block", "00", "--network", "bitcoin-header"],
        &["inspect", "block", "@/no/such/file"],
        &["verify"],
        &["verify", "/no/such/file"],
        &["verify", "-", "--network", "/no/such/file.toml"],
    ] {
        let outcome = run(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("error: "), "{arguments:?}: {}", outcome.stderr);
    }
    let outcome = run(&["verify", "/no/such/file", "--json"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.json()["error"].as_str().unwrap().starts_with("not-judged: reading /no/such/file"));
}
