//! A link as a QR code, drawn as one SVG path: always dark on white, because many cameras read nothing else.

use std::fmt::Write;

use leptos::prelude::*;
use qrcodegen::{QrCode as Code, QrCodeEcc};

/// Modules of white that the standard asks for around a code.
const QUIET_ZONE: i32 = 4;

#[component]
pub fn QrCode(
    #[prop(into)] text: Signal<String>,
    /// What it says, for those who cannot see it.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    move || {
        // Only a link of thousands of characters does not fit, and then there is no picture.
        let code = Code::encode_text(&text.read(), QrCodeEcc::Medium).ok()?;
        let size = code.size() + 2 * QUIET_ZONE;
        Some(view! {
            <svg class="qr" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label.clone()>
                <rect width=size height=size fill="#fff"/>
                <path d=path_of(&code) fill="#000" shape-rendering="crispEdges"/>
            </svg>
        })
    }
}

fn path_of(code: &Code) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            write!(path, "M{} {}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE).expect("a string takes everything");
        }
    }
    path
}
