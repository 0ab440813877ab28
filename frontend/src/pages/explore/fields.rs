//! A header's fields: their values for people, and what they are good for.

use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::{Decode, Header};

use super::block::Specimen;
use super::bytes::colour;
use super::meaning;
use crate::explore::anatomy::Meaning;
use crate::text;
use crate::words;

const FIELDS: [Meaning; 6] =
    [Meaning::Version, Meaning::PrevBlockhash, Meaning::MerkleRoot, Meaning::Time, Meaning::Bits, Meaning::Nonce];

#[component]
pub fn HeaderFields(specimen: Specimen) -> impl IntoView {
    let header = Memo::new(move |_| {
        let bytes = specimen.bytes.read();
        bytes.get(..Header::SIZE).and_then(|bytes| Header::from_bytes(bytes).ok())
    });
    let value = move |meaning| {
        let header = header.get()?;
        specimen.found.with_value(|found| Some(value(&found.params, &header, meaning)))
    };
    let row = |(place, field): (usize, Meaning)| {
        view! {
            <tr>
                <th scope="row"><span class="swatch" style=colour(place)></span>{meaning::name(field)}</th>
                <td class="hash">{move || value(field)}</td>
                <td class="muted">{meaning::purpose(field)}</td>
            </tr>
        }
    };
    view! { <table class="fields"><tbody>{FIELDS.into_iter().enumerate().map(row).collect_view()}</tbody></table> }
}

fn value(params: &Params, header: &Header, meaning: Meaning) -> String {
    match meaning {
        Meaning::Version => format!("{:08x}", header.version),
        Meaning::PrevBlockhash => header.prev_blockhash.to_string(),
        Meaning::MerkleRoot => header.merkle_root.to_string(),
        Meaning::Time => format!("{} ({})", header.time, words::day_and_time(Time(u64::from(header.time) * 1_000))),
        Meaning::Bits => match header.bits.to_target() {
            Ok(target) => {
                let difficulty = words::difficulty(target.difficulty(params.limit_target()));
                text!("explore-bits", bits = header.bits.to_string(), difficulty = difficulty)
            }
            Err(error) => format!("{} ({error})", header.bits),
        },
        Meaning::Nonce => words::grouped(header.nonce),
        // No other meaning is in a header.
        _ => String::new(),
    }
}
