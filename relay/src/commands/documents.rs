//! `tabchain completions` and `tabchain man`: what shells and `man` want to know, made from the same definition as `--help`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::NOT_JUDGED;
use crate::config::Cli;

/// Print completions for a shell
///
/// For example `tabchain completions bash > ~/.local/share/bash-completion/completions/tabchain`.
#[derive(Debug, Args)]
pub struct Completions {
    shell: Shell,
}

impl Completions {
    pub fn run(&self) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "tabchain", &mut script);
        print(&script)
    }
}

/// Print the man page, or write one for every command
///
/// For example `tabchain man | man -l -`.
#[derive(Debug, Args)]
pub struct Man {
    /// Where tabchain.1 and a page for each command are written [default: tabchain.1 is printed]
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

impl Man {
    pub fn run(&self) -> ExitCode {
        let Some(directory) = &self.directory else {
            let mut page = Vec::new();
            Page::new(Cli::command()).render(&mut page).expect("a vector takes whatever is written");
            return print(&page);
        };
        match write_pages(directory) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::from(NOT_JUDGED)
            }
        }
    }
}

fn write_pages(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    clap_mangen::generate_to(Cli::command(), directory).with_context(|| format!("writing to {}", directory.display()))
}

fn print(text: &[u8]) -> ExitCode {
    // Whoever reads may have read enough.
    let _ = io::stdout().write_all(text);
    ExitCode::SUCCESS
}
