//! What the lab's page and its worker say to each other, as JSON text.

use serde::{Deserialize, Serialize};
use tabchain_shared::lab::experiment::{Results, Spec};
use tabchain_shared::lab::what_if::{NoAnswer, Question, WhatIf};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ToLab {
    /// Run this, instead of whatever runs.
    Run(Box<Spec>),
    /// What a file says: a spec, in TOML or JSON, or a report, which is run again.
    Read(String),
    /// Another arrival of a block in a fork. Anybody may ask, whatever else runs.
    WhatIf(Box<Question>),
    /// What is done by now is wanted, and no more.
    Stop,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FromLab {
    /// First message: what can be chosen.
    Ready {
        presets: Vec<Preset>,
    },
    /// A file's spec, which can be run.
    Spec(Box<Spec>),
    /// The file, or the spec, cannot be run. `setting`: which one is to be changed, if it is one.
    Refused {
        setting: Option<String>,
        reason: String,
    },
    /// So far; told a few times a second.
    Measured(Box<Measured>),
    /// The end of a run, unless it was stopped.
    Done {
        csv: String,
        report: String,
    },
    /// How far the repetition of a report is.
    Repeated {
        done: usize,
        jobs: usize,
    },
    WhatIf(Result<WhatIf, NoAnswer>),
    /// A report holds, or why it does not.
    Judged {
        title: String,
        doubt: Option<String>,
    },
}

/// An experiment that Tabchain brings along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Of its file in `docs/experiments`, without the ending.
    pub name: String,
    /// What it finds out, in a sentence.
    pub purpose: String,
    pub spec: Spec,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub results: Results,
    /// SVG.
    pub picture: String,
}
