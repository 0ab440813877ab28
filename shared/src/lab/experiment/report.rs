//! A sealed report: what was run, with what, and what came of it, in one JSON file that anybody can run again.
//!
//! The seal is a SHA-256 digest over everything else in the file. It shows that the file is as it was written; that the results are
//! true is shown by running the spec again, which must give the same bytes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Experiment, Results, Spec, SpecError};

/// Of the file's form.
pub const FORMAT: u32 = 1;
/// Of the software that ran it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub format: u32,
    /// Of Tabchain, that ran it.
    pub version: String,
    pub spec: Spec,
    pub results: Results,
    /// The results as a picture (SVG).
    pub picture: String,
    /// SHA-256 over the JSON of all the above, as hexadecimal digits.
    pub digest: String,
}

/// Why a report is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("it is no report: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("its form is number {0}, and this is only known to number {FORMAT}; take a newer version")]
    Format(u32),
    #[error("it was changed after it was sealed: its digest is {found}, and what it says has {expected}")]
    Digest { found: String, expected: String },
    #[error("its experiment cannot be run: {0}")]
    Spec(#[from] SpecError),
    #[error("it holds a part of the experiment only, {done} of {jobs} worlds; run it to its end")]
    Partial { done: usize, jobs: usize },
    #[error("run again, it does not come out as it says: {0}")]
    Differs(String),
}

impl Report {
    /// Seals results.
    pub fn seal(spec: Spec, results: Results) -> Self {
        let picture = crate::lab::plot::picture(&spec, &results);
        let mut report =
            Self { format: FORMAT, version: VERSION.to_owned(), spec, results, picture, digest: String::new() };
        report.digest = report.expected_digest();
        report
    }

    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("a report is plain data");
        json.push('\n');
        json
    }

    /// Reads a report, and checks all that can be checked without running it again.
    pub fn from_json(json: &str) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_str(json)?;
        if report.format != FORMAT {
            return Err(ReportError::Format(report.format));
        }
        let expected = report.expected_digest();
        if report.digest != expected {
            return Err(ReportError::Digest { found: report.digest, expected });
        }
        report.spec.check()?;
        let progress = report.results.progress;
        if !report.results.is_complete() || progress.jobs != report.spec.jobs() {
            return Err(ReportError::Partial { done: progress.done, jobs: report.spec.jobs() });
        }
        Ok(report)
    }

    /// Whether the results of running [`Self::spec`] again are those that it holds.
    pub fn check_against(&self, results: &Results) -> Result<(), ReportError> {
        let again = Self { version: self.version.clone(), ..Self::seal(self.spec.clone(), results.clone()) };
        if again.expected_digest() == self.digest {
            return Ok(());
        }
        Err(ReportError::Differs(self.difference(&again)))
    }

    /// The first figure that differs, in words.
    fn difference(&self, again: &Self) -> String {
        for (row, other) in self.results.rows.iter().zip(&again.results.rows) {
            let parameters = row.parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.value));
            let place = parameters.collect::<Vec<_>>().join(", ");
            if (&row.parameters, row.runs) != (&other.parameters, other.runs) {
                return format!("the row {place} is another one");
            }
            for (figure, again) in row.figures.iter().zip(&other.figures) {
                if figure != again {
                    let number = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| value.to_string());
                    let (said, found) = (number(figure.estimate), number(again.estimate));
                    return format!("{} at {place} is said to be {said}, and is {found}", figure.name);
                }
            }
        }
        if self.results.rows.len() != again.results.rows.len() {
            return format!("it has {} rows, and there are {}", self.results.rows.len(), again.results.rows.len());
        }
        if self.picture != again.picture {
            return "the picture does not show the results".to_owned();
        }
        let version = if self.version == VERSION { "" } else { ", and it was made by another version" };
        format!("the numbers behind the figures differ{version}")
    }

    fn expected_digest(&self) -> String {
        let unsealed = Self { digest: String::new(), ..self.clone() };
        hex::encode(Sha256::digest(serde_json::to_vec(&unsealed).expect("a report is plain data")))
    }
}

impl Experiment {
    /// The sealed report, if everything is done.
    pub fn report(&self) -> Option<Report> {
        let results = self.results();
        results.is_complete().then(|| Report::seal(self.spec.clone(), results))
    }
}
