//! What is logged, and how: to the standard error, as text for people or as one JSON object a line for programs.

use std::io::{self, IsTerminal};
use std::panic;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

const DEFAULT_LEVEL: &str = "info";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    /// Directives as `RUST_LOG` has them; absent: those of `RUST_LOG`.
    pub level: Option<String>,
}

impl LogSettings {
    /// Refuses a level that makes no sense, before anything is logged.
    pub fn new(format: Option<LogFormat>, level: Option<String>) -> Result<Self> {
        if let Some(level) = &level {
            parse(level)?;
        }
        Ok(Self { format: format.unwrap_or_default(), level })
    }

    fn filter(&self) -> EnvFilter {
        let chosen = self.level.as_deref().and_then(|level| parse(level).ok());
        // RUST_LOG may have been set for another program; what makes no sense there is no reason not to start.
        chosen.or_else(|| EnvFilter::try_from_default_env().ok()).unwrap_or_else(|| EnvFilter::new(DEFAULT_LEVEL))
    }

    /// Logs from now on; once a process.
    pub fn start(&self) {
        let logger = tracing_subscriber::fmt().with_env_filter(self.filter()).with_writer(io::stderr);
        match self.format {
            LogFormat::Text => logger.with_ansi(io::stderr().is_terminal()).init(),
            LogFormat::Json => {
                logger.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
                // Nothing but JSON is to stand there.
                panic::set_hook(Box::new(|panicked| tracing::error!("{panicked}")));
            }
        }
    }
}

fn parse(level: &str) -> Result<EnvFilter> {
    EnvFilter::builder().parse(level).with_context(|| {
        format!(
            "--log-level {level}: write error, warn, info, debug or trace, or directives such as info,tabchain=debug"
        )
    })
}
