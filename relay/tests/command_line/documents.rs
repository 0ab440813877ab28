//! What the binary tells of itself, and what says how to start it: help, completions, man pages, every flag by its three names,
//! the service and the image.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use clap::{CommandFactory, Parser};
use tabchain::config::Cli;

use crate::started::directory;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect(path)
}

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_tabchain")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

fn text(arguments: &[&str]) -> String {
    String::from_utf8(run(arguments).stdout).unwrap()
}

/// The relay's flags, without those that clap adds.
fn flags() -> Vec<clap::Arg> {
    let is_ours = |argument: &&clap::Arg| argument.get_long().is_some_and(|name| !["help", "version"].contains(&name));
    Cli::command().get_arguments().filter(is_ours).cloned().collect()
}

#[test]
fn every_flag_has_its_name_in_the_environment_and_a_line_in_the_file() {
    // What each flag takes; a new one needs a line here.
    let example = |name: &str| match name {
        "port"
        | "degree"
        | "requests-per-second"
        | "messages-per-second"
        | "max-connections"
        | "max-connections-per-address"
        | "record-limit"
        | "drain"
        | "mine" => "7".to_owned(),
        "no-follow-host" => "true".into(),
        "topology" => "\"ring\"".into(),
        "log-format" => "\"json\"".into(),
        "join" => "[\"http://a:1\"]".into(),
        "bus" => "[\"nats://a\"]".into(),
        "advertise" => "\"http://a:1\"".into(),
        "ice-server" => "[\"stun:a\"]".into(),
        "trusted-proxy" => "[\"10.0.0.0/8\"]".into(),
        _ => "\"text\"".into(),
    };
    assert!(flags().len() > 20, "the flags were found");
    for flag in flags() {
        let name = flag.get_long().expect("it has one");
        let variable = format!("TABCHAIN_{}", name.replace('-', "_").to_uppercase());
        assert_eq!(flag.get_env().and_then(|name| name.to_str()), Some(variable.as_str()), "--{name}");
        assert!(flag.get_help().is_some(), "--{name} says what it does");
        if name == "config" {
            continue;
        }
        // What the file says is what counts, where nothing else is said.
        let file = format!("{name} = {}", example(name));
        let from_file: tabchain::config::Options =
            toml::from_str(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_ne!(from_file, tabchain::config::Options::default(), "{file} sets something");
        assert_eq!(tabchain::config::Options::default().or(from_file.clone()), from_file, "{file} is taken over");
    }
}

#[test]
fn help_tells_of_every_flag_and_every_command() {
    let help = text(&["--help"]);
    for flag in flags() {
        let name = flag.get_long().expect("it has one");
        assert!(help.contains(&format!("--{name}")), "{name}");
    }
    for command in Cli::command().get_subcommands() {
        assert!(help.contains(&format!("\n  {}", command.get_name())), "{}", command.get_name());
        let own = text(&[command.get_name(), "--help"]);
        let about = command.get_about().expect("it says what it does").to_string();
        assert!(own.starts_with(&about), "{own}");
        for argument in command.get_arguments() {
            let shown = argument
                .get_long()
                .map_or_else(|| argument.get_id().to_string().to_uppercase(), |name| format!("--{name}"));
            assert!(own.contains(&shown), "{} {shown}", command.get_name());
        }
    }
}

#[test]
fn shells_and_man_are_told_of_every_flag() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&["completions", shell]);
        assert!(script.contains("max-connections-per-address") && script.contains("backup"), "{shell}");
    }
    let page = text(&["man"]);
    assert!(page.contains(".TH tabchain 1") && page.contains("tls\\-cert"), "{page}");
    let folder = directory();
    run(&["man", folder.path().to_str().unwrap()]);
    for name in ["tabchain.1", "tabchain-serve.1", "tabchain-backup.1", "tabchain-completions.1"] {
        let page = fs::read_to_string(folder.path().join(name)).expect(name);
        assert!(page.contains(".SH NAME"), "{name}");
    }
}

/// The arguments of a command line that is to start a relay, held against our definition of it.
fn starts_a_relay(line: &[String]) {
    let parsed = Cli::try_parse_from(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
    assert!(matches!(parsed.into_command(), tabchain::config::Command::Serve(_)), "{line:?}");
}

#[test]
fn the_service_starts_a_relay() {
    let unit = read("docs/tabchain.service");
    let setting = |name: &str| {
        let value = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.unwrap_or_else(|| panic!("{name} is set"))
    };
    let line: Vec<String> = setting("ExecStart").split_whitespace().map(str::to_owned).collect();
    starts_a_relay(&line);
    // Whoever stops it waits longer than the relay takes.
    let position = line.iter().position(|word| word == "--drain").expect("it drains");
    let drain: u64 = line[position + 1].parse().expect("seconds");
    let patience: u64 = setting("TimeoutStopSec").parse().expect("seconds");
    assert!(patience > drain + 9, "{patience} s for {drain} s of draining and nine of stopping");
    for hardening in [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("StateDirectory", "tabchain"),
        ("CapabilityBoundingSet", ""),
    ] {
        assert_eq!(setting(hardening.0), hardening.1, "{}", hardening.0);
    }
}

#[test]
fn the_image_is_made_of_what_there_is_and_starts_a_relay() {
    let dockerfile = read("Dockerfile").replace("\\\n", " ");
    let instructions = |name: &str| {
        let found: Vec<String> = dockerfile
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .map(str::to_owned)
            .collect();
        found
    };
    let mut copied = 0;
    for copy in instructions("COPY") {
        let words: Vec<&str> = copy.split_whitespace().collect();
        if words[0].starts_with("--from=") {
            continue;
        }
        for source in &words[..words.len() - 1] {
            assert!(root().join(source).exists(), "COPY {source}");
            copied += 1;
        }
    }
    assert!(copied > 3, "the sources are copied");
    let ignored = read(".dockerignore");
    for folder in ["target", "dist", ".git"] {
        assert!(ignored.lines().any(|line| line == folder), "{folder} stays outside");
    }
    assert!(dockerfile.contains("cargo xtask build"), "it builds as everybody does");
    let list = |name: &str| -> Vec<String> {
        serde_json::from_str(&instructions(name).pop().expect(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    starts_a_relay(&[list("ENTRYPOINT"), list("CMD")].concat());
    let user = instructions("USER").pop().expect("it names a user");
    assert!(user != "root" && user != "0", "{user}");
    assert_eq!(instructions("VOLUME"), ["/data"]);
    // One release of Rust for everything.
    let toolchain = read("rust-toolchain.toml");
    let release =
        instructions("FROM")[0].split("rust:").nth(1).expect("rust's image").split('-').next().unwrap().to_owned();
    assert!(toolchain.contains(&format!("\"{release}")), "{release} is that of rust-toolchain.toml: {toolchain}");
}
