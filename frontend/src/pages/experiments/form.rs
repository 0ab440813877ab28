//! The settings of an experiment as fields, made from the spec itself: whatever the core lets one set can be set here, under the name
//! that a file has for it.

use leptos::prelude::*;
use serde_json::{Map, Value, json};
use tabchain_shared::lab::experiment::Spec;

use super::presets::setting_label;
use super::session::{Refusal, Session};
use crate::text;

/// How a setting is written in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Number,
    Text,
    /// Separated by commas.
    Numbers,
    /// As JSON.
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: String,
    pub shape: Shape,
    pub text: RwSignal<String>,
    is_of_plan: bool,
}

impl Field {
    fn new(name: &str, value: &Value, is_of_plan: bool) -> Self {
        let (shape, text) = written(value);
        Self { name: name.to_owned(), shape, text: RwSignal::new(text), is_of_plan }
    }
}

fn written(value: &Value) -> (Shape, String) {
    match value {
        Value::Number(number) => (Shape::Number, number.to_string()),
        Value::String(text) => (Shape::Text, text.clone()),
        Value::Array(items) if items.iter().all(Value::is_number) => {
            (Shape::Numbers, items.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))
        }
        Value::Null => (Shape::Other, String::new()),
        other => (Shape::Other, other.to_string()),
    }
}

/// Empty is nothing.
fn read(text: &str, shape: Shape) -> Result<Value, String> {
    let number = |text: &str| match serde_json::from_str(text.trim()) {
        Ok(Value::Number(number)) => Ok(Value::Number(number)),
        _ => Err(text!("experiments-not-a-number", text = text.trim())),
    };
    match shape {
        Shape::Number => number(text),
        Shape::Text => Ok(text.trim().into()),
        Shape::Numbers if text.trim().is_empty() => Ok(json!([])),
        Shape::Numbers => text.split(',').map(number).collect::<Result<Vec<_>, _>>().map(Value::Array),
        Shape::Other if text.trim().is_empty() => Ok(Value::Null),
        Shape::Other => serde_json::from_str(text).map_err(|error| error.to_string()),
    }
}

/// The kind of experiment, and its fields.
pub fn of(spec: &Spec) -> (String, Vec<Field>) {
    let mut spec = serde_json::to_value(spec).expect("a spec is plain data");
    let plan = spec.as_object_mut().and_then(|spec| spec.remove("experiment")).unwrap_or_default();
    let (kind, settings) = plan.as_object().and_then(|plan| plan.iter().next()).expect("a plan is of one kind");
    let all = |values: &Value, is_of_plan| -> Vec<Field> {
        let values = values.as_object().into_iter().flatten();
        values.map(|(name, value)| Field::new(name, value, is_of_plan)).collect()
    };
    let fields = [all(settings, true), all(&spec, false)].concat();
    // What an experiment varies is what most people come for.
    let (varied, rest): (Vec<Field>, Vec<Field>) = fields.into_iter().partition(|field| field.shape == Shape::Numbers);
    (kind.clone(), [varied, rest].concat())
}

/// The spec that the fields make, or which one is wrong.
pub fn spec(kind: &str, fields: &[Field]) -> Result<Spec, Refusal> {
    let (mut spec, mut settings) = (Map::new(), Map::new());
    for field in fields {
        let refused = |reason| Refusal { setting: Some(field.name.clone()), reason };
        let value = read(&field.text.get_untracked(), field.shape).map_err(refused)?;
        if field.is_of_plan { &mut settings } else { &mut spec }.insert(field.name.clone(), value);
    }
    spec.insert("experiment".to_owned(), json!({ kind: settings }));
    serde_json::from_value(spec.into()).map_err(|error| Refusal { setting: None, reason: error.to_string() })
}

#[component]
pub fn Form() -> impl IntoView {
    let session = expect_context::<Session>();
    let run = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if !session.is_running() {
            session.run();
        }
    };
    view! {
        <form id="experiment-form" on:submit=run>
            <div class="experiment-fields">
                {move || session.fields.get().into_iter().map(|field| view! { <FieldView field/> }).collect_view()}
            </div>
            <p class="answer" role="alert" data-tone="bad" data-test="experiment-refusal">
                {move || session.refusal.get().map(|refusal| match refusal.setting {
                    Some(setting) => format!("{}: {}", setting_label(&setting), refusal.reason),
                    None => refusal.reason,
                })}
            </p>
            // So that Enter in a field runs it.
            <button type="submit" hidden></button>
        </form>
    }
}

#[component]
fn FieldView(field: Field) -> impl IntoView {
    let session = expect_context::<Session>();
    let Field { name, shape, text, .. } = field;
    let id = format!("setting-{name}");
    let mark = format!("setting-{name}");
    let is_wrong = {
        let name = name.clone();
        move || session.refusal.with(|it| it.as_ref().is_some_and(|it| it.setting.as_deref() == Some(name.as_str())))
    };
    let label = setting_label(&name);
    // What it is called in a file, for whoever writes one.
    let title = (label != name).then(|| name.clone());
    let wide = shape == Shape::Other || name == "title";
    let hint = match shape {
        Shape::Numbers => Some(text!("experiments-several")),
        Shape::Number | Shape::Text | Shape::Other => None,
    };
    let mode = if shape == Shape::Number { "decimal" } else { "text" };
    view! {
        <div class="field" class:wide=wide>
            <label for=id.clone() title=title>{label}</label>
            <input id=id type="text" inputmode=mode autocomplete="off" spellcheck="false" data-test=mark prop:value=text
                disabled=move || session.is_running() aria-invalid=move || is_wrong().to_string()
                on:input=move |event| text.set(event_target_value(&event))/>
            {hint.map(|hint| view! { <span class="muted">{hint}</span> })}
        </div>
    }
}
