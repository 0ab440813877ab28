//! What a command found: named values in the order in which a person wants to read them, and the verdict.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// Values by name. Names are `snake_case` and the same for people and programs.
#[derive(Debug, Default)]
pub struct Fields(Vec<(&'static str, Field)>);

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Field {
    Value(Value),
    Parts(Vec<Fields>),
}

impl Fields {
    pub fn add(&mut self, name: &'static str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("what is reported is plain data");
        self.0.push((name, Field::Value(value)));
    }

    pub fn add_parts(&mut self, name: &'static str, parts: Vec<Fields>) {
        self.0.push((name, Field::Parts(parts)));
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, field) in &self.0 {
            match field {
                Field::Value(value) => {
                    writeln!(f, "{:indent$}{name:width$}  {}", "", in_words(value))?;
                }
                Field::Parts(parts) => {
                    writeln!(f, "{:indent$}{name}", "")?;
                    for (number, part) in parts.iter().enumerate() {
                        if number > 0 {
                            writeln!(f)?;
                        }
                        part.write(f, indent + 2)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// In order, which serde's own maps would not keep.
impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, field)| (name, field)))
    }
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join(", "),
        // Memos and tags are strangers' text: whatever could steer a terminal is shown and not obeyed.
        Value::String(text) if !text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => format!("{text:?}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The fields of what was judged, and which rule it breaks.
#[derive(Debug, Default)]
pub struct Report {
    fields: Fields,
    refusal: Option<Refusal>,
}

#[derive(Debug)]
struct Refusal {
    /// What a sentence needs before the rule, such as `block 17 breaks a rule: `. Programs read it from the fields.
    place: String,
    /// Its name, a colon, and words.
    rule: String,
}

impl Report {
    pub fn valid(fields: Fields) -> Self {
        Self { fields, refusal: None }
    }

    /// Nothing can be said but what is wrong.
    pub fn refused(rule: impl Into<String>) -> Self {
        Self::default().refuse("", rule)
    }

    #[must_use]
    pub fn refuse(self, place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { refusal: Some(Refusal { place: place.into(), rule: rule.into() }), ..self }
    }

    /// What was done on top of the judgement.
    pub fn add(&mut self, name: &'static str, value: impl Serialize) {
        self.fields.add(name, value);
    }

    pub fn is_valid(&self) -> bool {
        self.refusal.is_none()
    }

    /// The sentence for a person.
    pub fn error(&self) -> Option<String> {
        self.refusal.as_ref().map(|Refusal { place, rule }| format!("{place}{rule}"))
    }

    /// One object on one line.
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Object<'a> {
            valid: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            error: Option<&'a str>,
            #[serde(flatten)]
            fields: &'a Fields,
        }
        let error = self.refusal.as_ref().map(|refusal| refusal.rule.as_str());
        let object = Object { valid: self.is_valid(), error, fields: &self.fields };
        serde_json::to_string(&object).expect("what is reported is plain data")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.write(f, 0)?;
        if self.is_valid() { writeln!(f, "valid") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let mut part = Fields::default();
        part.add("memo", "\u{1b}[2J\u{202e}");
        let mut fields = Fields::default();
        fields.add("zeta", 1);
        fields.add("alpha", None::<u32>);
        fields.add_parts("parts", vec![part]);
        fields
    }

    #[test]
    fn programs_get_the_same_names_in_the_same_order() {
        let json = Report::valid(fields()).to_json();
        assert!(json.starts_with(r#"{"valid":true,"zeta":1,"alpha":null,"parts":[{"memo":"#), "{json}");
        let refused = Report::valid(fields()).refuse("block 3: ", "high-hash: too high");
        assert!(refused.to_json().starts_with(r#"{"valid":false,"error":"high-hash: too high","#));
        assert_eq!(refused.error().as_deref(), Some("block 3: high-hash: too high"));
    }

    #[test]
    fn a_strangers_text_cannot_steer_the_terminal() {
        let text = Report::valid(fields()).to_string();
        assert_eq!(text, "zeta   1\nalpha  -\nparts\n  memo  \"\\u{1b}[2J\\u{202e}\"\nvalid\n");
    }
}
