//! Files that a page makes for the person to keep.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// A browser has taken a download long before.
const DOWNLOAD_MILLIS: u32 = 10_000;

/// `kind`: the media type.
pub fn download_text(text: &str, kind: &str, name: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options) {
        download(&blob, name);
    }
}

pub fn download(blob: &Blob, name: &str) {
    let (Ok(url), Ok(link)) = (Url::create_object_url_with_blob(blob), document().create_element("a")) else { return };
    let link: HtmlAnchorElement = link.unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    gloo_timers::callback::Timeout::new(DOWNLOAD_MILLIS, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}
