//! Tables of what was measured: parameters, estimates with their bands, and what theory says.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::{Figure, Measure, Progress};
use crate::lab::theory::Band;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    pub progress: Progress,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub parameters: Vec<Parameter>,
    /// Worlds that are in it.
    pub runs: usize,
    pub figures: Vec<Measured>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    pub name: String,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    pub name: String,
    pub unit: String,
    pub measure: Measure,
    pub estimate: Option<f64>,
    /// With 99 % confidence.
    pub band: Option<Band>,
    pub theories: Vec<Theory>,
}

/// A prediction, and whose it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Theory {
    pub source: String,
    pub value: f64,
}

impl Row {
    pub(super) fn new(
        parameters: Vec<(&'static str, Value)>,
        runs: usize,
        figures: &[Figure],
        measured: &[Measure],
        theories: impl Fn(usize) -> Vec<(&'static str, f64)>,
    ) -> Self {
        let parameter = |(name, value): (&str, Value)| Parameter { name: name.to_owned(), value };
        let theory = |(source, value): (&str, f64)| Theory { source: source.to_owned(), value };
        let figures = figures.iter().zip(measured).enumerate().map(|(index, (figure, measure))| Measured {
            name: figure.name.to_owned(),
            unit: figure.unit.to_owned(),
            measure: *measure,
            estimate: measure.estimate(),
            band: measure.band(),
            theories: theories(index).into_iter().map(theory).collect(),
        });
        Self { parameters: parameters.into_iter().map(parameter).collect(), runs, figures: figures.collect() }
    }

    /// A figure by its name.
    pub fn figure(&self, name: &str) -> Option<&Measured> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// A parameter that is a number, by its name.
    pub fn number(&self, name: &str) -> Option<f64> {
        let parameter = self.parameters.iter().find(|parameter| parameter.name == name)?;
        match parameter.value {
            Value::Number(number) => Some(number),
            Value::Text(_) => None,
        }
    }
}

impl Measured {
    pub fn theory(&self) -> Option<f64> {
        self.theories.first().map(|theory| theory.value)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Results {
    pub fn is_complete(&self) -> bool {
        self.progress.done == self.progress.jobs
    }

    /// Comma-separated (RFC 4180): a line of names, then a line for each row and figure.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        let Some(first) = self.rows.first() else { return csv };
        for parameter in &first.parameters {
            let _ = write!(csv, "{},", cell(&parameter.name));
        }
        csv.push_str("figure,unit,estimate,low,high,sample,runs,theory,source\r\n");
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        for row in &self.rows {
            for figure in &row.figures {
                for parameter in &row.parameters {
                    let _ = write!(csv, "{},", cell(&parameter.value.to_string()));
                }
                let theory = figure.theories.first();
                let _ = write!(
                    csv,
                    "{},{},{},{},{},{},{},{},{}\r\n",
                    cell(&figure.name),
                    cell(&figure.unit),
                    number(figure.estimate),
                    number(figure.band.map(|band| band.low)),
                    number(figure.band.map(|band| band.high)),
                    figure.measure.sample(),
                    row.runs,
                    number(theory.map(|theory| theory.value)),
                    cell(theory.map_or("", |theory| &theory.source)),
                );
            }
        }
        csv
    }
}

fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
