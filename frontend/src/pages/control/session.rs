//! The session as a file (`shared/src/node/session.rs`): the chain as the relay gives it, what this page has computed from it, and what
//! it was told beside it. `tabchain verify` judges it.

use leptos::prelude::*;
use serde_json::Value;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::{BlockFigure, SESSION_FORMAT, SESSION_VERSION, Session};
use tabchain_shared::primitives::Header;
use tabchain_shared::wire::export::{ExportError, ExportReader};

use super::Network;
use super::events::Message;
use crate::browser;
use crate::components::download::download_text;
use crate::operator;
use crate::text;
use crate::words;

#[component]
pub fn SaveSession() -> impl IntoView {
    let network = expect_context::<Network>();
    let is_busy = RwSignal::new(false);
    let save = move |_| {
        is_busy.set(true);
        leptos::task::spawn_local(async move {
            match session(network).await {
                Ok(file) => download_text(&file, "application/json", &file_name(browser::now())),
                Err(reason) => network.journal.note(text!("control-session-failed", reason = words::sentence(&reason))),
            }
            is_busy.try_set(false);
        });
    };
    view! {
        <button type="button" class="quiet" data-test="save-session" title=text!("control-session-why") disabled=is_busy on:click=save>
            {text!("control-session-save")}
        </button>
    }
}

async fn session(network: Network) -> Result<String, String> {
    let params = operator::params().await?;
    // The chain first: what comes later is of a moment at which it may have grown, and says so by its tips.
    let chain = operator::get_bytes("/chain/export").await?;
    let headers = headers(&params, &chain).map_err(|error| error.to_string())?;
    let series = operator::series(Time(0)).await?;
    let peers: Vec<Value> = operator::get("/peers").await?;
    let session = Session {
        format: SESSION_FORMAT.to_owned(),
        version: SESSION_VERSION,
        saved: browser::now(),
        blocks: BlockFigure::of(0, headers, params.limit_target()),
        chain: hex::encode(chain),
        network: params,
        peers,
        events: network.journal.events().iter().filter_map(Message::to_json).collect::<Vec<_>>(),
        samples: series.samples,
        arrivals: series.arrivals,
    };
    serde_json::to_string(&session).map_err(|error| error.to_string())
}

fn headers(params: &Params, mut chain: &[u8]) -> Result<Vec<Header>, ExportError> {
    let mut reader = ExportReader::new(params.network_id(), params.max_block_bytes);
    let mut headers = Vec::new();
    while let Some(block) = reader.next_block(&mut chain)? {
        headers.push(block.header);
    }
    reader.finish()?;
    Ok(headers)
}

/// `tabchain-session-2026-03-02T08-15.json`
fn file_name(now: Time) -> String {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
    let date = String::from(js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(now.0 as f64)).to_iso_string());
    format!("tabchain-session-{}.json", date.get(..16).unwrap_or(&date).replace(':', "-"))
}
