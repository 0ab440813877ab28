//! Reads what `/metrics` answers as strictly as Prometheus' own rules have it (text format 0.0.4), and panics at the first line
//! that breaks one.

use std::collections::{BTreeMap, BTreeSet};

/// One answer of `/metrics`.
#[derive(Debug, Default)]
pub struct Exposition {
    /// By name; of a histogram its parts are below `samples` only.
    pub families: BTreeMap<String, String>,
    /// By name and labels as they are written.
    samples: BTreeMap<(String, String), f64>,
}

impl Exposition {
    pub fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n') && !text.contains("\n\n") && !text.contains('\r'), "lines end in one line feed");
        let mut exposition = Self::default();
        let mut family: Option<String> = None;
        let mut described = BTreeSet::new();
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').unwrap_or_else(|| panic!("help says something: {line}"));
                assert!(is_name(name) && words.len() > 3, "{line}");
                assert!(described.insert(name.to_owned()), "described twice, or in two places: {line}");
                family = Some(name.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap_or_else(|| panic!("a type: {line}"));
                assert_eq!(family.as_deref(), Some(name), "HELP goes before TYPE: {line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                assert!(exposition.families.insert(name.into(), kind.into()).is_none(), "typed twice: {line}");
            } else {
                let family = family.as_deref().unwrap_or_else(|| panic!("a sample before any HELP: {line}"));
                exposition.add(line, family);
            }
        }
        exposition.check_histograms();
        exposition
    }

    fn add(&mut self, line: &str, family: &str) {
        let name_end = line.find(['{', ' ']).unwrap_or_else(|| panic!("a sample has a value: {line}"));
        let (name, rest) = line.split_at(name_end);
        let kind = self.families.get(family).unwrap_or_else(|| panic!("{family} has a type: {line}"));
        let part = name.strip_prefix(family).unwrap_or_else(|| panic!("a sample of {family}: {line}"));
        let parts: &[&str] = if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
        assert!(parts.contains(&part), "{line}");
        let (labels, value) = match rest.strip_prefix('{') {
            Some(rest) => rest.rsplit_once("} ").unwrap_or_else(|| panic!("braces close: {line}")),
            None => ("", &rest[1..]),
        };
        check_labels(labels, line);
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("a number: {line}"));
        assert!(kind == "gauge" || value >= 0.0, "{line}");
        assert!(self.samples.insert((name.into(), labels.into()), value).is_none(), "a series twice: {line}");
    }

    /// Buckets never fall, and the last one holds all.
    fn check_histograms(&self) {
        for family in self.families.iter().filter(|(_, kind)| *kind == "histogram").map(|(name, _)| name) {
            let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
            for ((name, labels), count) in &self.samples {
                if *name == format!("{family}_bucket") {
                    let le = label(labels, "le").unwrap_or_else(|| panic!("{name}{{{labels}}} has an upper bound"));
                    let others: Vec<&str> = labels.split(',').filter(|pair| !pair.starts_with("le=")).collect();
                    let bound = if le == "+Inf" { f64::INFINITY } else { le.parse().expect("a bound is a number") };
                    series.entry(others.join(",")).or_default().push((bound, *count));
                }
            }
            for (labels, mut buckets) in series {
                buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{family}{{{labels}}}: {buckets:?}");
                let (last, count) = *buckets.last().expect("a series has a bucket");
                assert!(last.is_infinite(), "{family}{{{labels}}} ends with +Inf");
                assert_eq!(Some(count), self.sample(&format!("{family}_count"), &labels), "{family}{{{labels}}}");
            }
        }
    }

    fn sample(&self, name: &str, labels: &str) -> Option<f64> {
        self.samples.get(&(name.into(), labels.into())).copied()
    }

    /// The sum of all series of that name whose labels contain `labels`; panics if there is none.
    pub fn sum(&self, name: &str, labels: &str) -> f64 {
        let mut found = self.series(name).filter(|(has, _)| has.contains(labels)).map(|(_, value)| value).peekable();
        assert!(found.peek().is_some(), "there is no {name}{{{labels}}}");
        found.sum()
    }

    /// The only series of that name.
    pub fn value(&self, name: &str) -> f64 {
        self.sum(name, "")
    }

    /// Labels and value of each series of that name.
    pub fn series(&self, name: &str) -> impl Iterator<Item = (&str, f64)> {
        self.samples
            .iter()
            .filter(move |((own, _), _)| own == name)
            .map(|((_, labels), value)| (labels.as_str(), *value))
    }

    pub fn has(&self, name: &str) -> bool {
        self.samples.keys().any(|(own, _)| own == name)
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The value of a label; values here hold no commas.
fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let pair = labels.split(',').find_map(|pair| pair.strip_prefix(name)?.strip_prefix("=\""))?;
    pair.strip_suffix('"')
}

fn check_labels(labels: &str, line: &str) {
    let mut names = BTreeSet::new();
    for pair in labels.split(',').filter(|_| !labels.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("a label has a value: {line}"));
        assert!(is_name(name) && names.insert(name), "{line}");
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        assert!(value.is_some_and(|value| !value.is_empty() && !value.contains(['"', '\\'])), "{line}");
    }
}
