//! Bytes in hexadecimal, coloured by what they mean. Those of a block on the table can be changed: by pressing one, or as in any
//! hex editor.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::block::Specimen;
use super::meaning;
use crate::explore::anatomy::{Field, Part};
use crate::text;

/// How many colours the style sheet has for fields.
const COLOURS: usize = 8;

/// Bytes that can be changed.
#[component]
pub fn Bytes(part: Part, specimen: Specimen) -> impl IntoView {
    // Where the keyboard is: one stop for the tab key, and arrows from there.
    let current = RwSignal::new(part.bytes.start);
    let range = part.bytes.clone();
    let fields = part.fields.clone();
    let on_key = move |event: KeyboardEvent| {
        let at = current.get_untracked();
        let field = fields.iter().position(|field| field.bytes.contains(&at)).unwrap_or(0);
        let key = event.key();
        let next = match key.as_str() {
            "ArrowRight" => at + 1,
            "ArrowLeft" => at.saturating_sub(1).max(range.start),
            "ArrowDown" => fields.get(field + 1).map_or(range.end - 1, |field| field.bytes.start),
            "ArrowUp" => fields[field.saturating_sub(1)].bytes.start,
            "Home" => range.start,
            "End" => range.end - 1,
            digit => match digit.chars().next().and_then(|digit| digit.to_digit(16)).filter(|_| digit.len() == 1) {
                Some(digit) if !event.ctrl_key() && !event.meta_key() && !event.alt_key() => {
                    event.prevent_default();
                    let digit = u8::try_from(digit).expect("a digit is below 16");
                    return change(specimen, at, |byte| byte << 4 | digit);
                }
                _ => return,
            },
        };
        event.prevent_default();
        let next = next.min(range.end - 1);
        current.set(next);
        focus(next);
    };
    let field = move |(place, field): (usize, &Field)| {
        let name = meaning::name(field.meaning);
        let title = name.clone();
        let byte = move |at: usize| {
            let name = name.clone();
            let now = move || specimen.bytes.with(|bytes| bytes.get(at).copied().unwrap_or_default());
            let before = specimen.found.with_value(|found| found.bytes[at]);
            view! {
                <button
                    type="button"
                    id=format!("byte-{at}")
                    class="byte"
                    class=("changed", move || now() != before)
                    tabindex=move || if current.get() == at { "0" } else { "-1" }
                    aria-label=move || text!("explore-byte", field = name.as_str(), at = at, value = format!("{:02x}", now()))
                    on:focus=move |_| current.set(at)
                    on:click=move |_| change(specimen, at, |byte| byte.wrapping_add(1))
                >
                    {move || format!("{:02x}", now())}
                </button>
            }
        };
        view! {
            <span class="field-bytes" title=title style=colour(place)>
                {field.bytes.clone().map(byte).collect_view()}
            </span>
        }
    };
    view! {
        <div class="hex" role="group" aria-label=text!("explore-bytes") data-test="bytes" on:keydown=on_key>
            {part.fields.iter().enumerate().map(field).collect_view()}
        </div>
        <FieldLegend fields=part.fields/>
    }
}

/// Bytes that stay as they are.
#[component]
pub fn StillBytes(part: Part, bytes: Vec<u8>) -> impl IntoView {
    let field = |(place, field): (usize, &Field)| {
        view! {
            <span class="field-bytes" title=meaning::name(field.meaning) style=colour(place)>
                {hex::encode(&bytes[field.bytes.clone()])}
            </span>
        }
    };
    view! {
        <div class="hex still" role="group" aria-label=text!("explore-bytes")>{part.fields.iter().enumerate().map(field).collect_view()}</div>
        <FieldLegend fields=part.fields.clone()/>
    }
}

/// Which colour is which field.
#[component]
fn FieldLegend(fields: Vec<Field>) -> impl IntoView {
    let entry = |(place, field): (usize, Field)| {
        view! { <li style=colour(place)><span class="swatch"></span>{meaning::name(field.meaning)}</li> }
    };
    view! { <ul class="legend">{fields.into_iter().enumerate().map(entry).collect_view()}</ul> }
}

pub fn colour(place: usize) -> String {
    format!("--colour:var(--miner-{})", place % COLOURS)
}

fn change(specimen: Specimen, at: usize, change: impl FnOnce(u8) -> u8) {
    specimen.bytes.update(|bytes| {
        if let Some(byte) = bytes.get_mut(at) {
            *byte = change(*byte);
        }
    });
}

fn focus(at: usize) {
    let byte = document().get_element_by_id(&format!("byte-{at}"));
    if let Some(byte) = byte.and_then(|byte| byte.dyn_into::<HtmlElement>().ok()) {
        let _ = byte.focus();
    }
}
