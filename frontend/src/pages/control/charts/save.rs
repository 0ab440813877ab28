//! Files that a person takes away: a chart's figures and its picture. Both are made here; nothing goes anywhere.

use js_sys::encode_uri_component;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement, HtmlImageElement};

use super::chart::Chart;
use super::draw;
use crate::components::download::{download, download_text};

/// Canvas pixels to one of the picture's, for sharp letters.
const SHARPNESS: f64 = 3.0;

pub fn csv(chart: &Chart) {
    let iso = |millis: f64| String::from(js_sys::Date::new(&JsValue::from_f64(millis)).to_iso_string());
    download_text(&chart.csv(iso), "text/csv", &format!("tabchain-{}.csv", chart.name));
}

/// The browser draws the SVG once more, at three times its size.
pub fn png(chart: &Chart) {
    let name = format!("tabchain-{}.png", chart.name);
    let svg = draw::picture(chart);
    let Ok(image) = HtmlImageElement::new() else { return };
    let drawn = {
        let image = image.clone();
        Closure::once_into_js(move || {
            if let Some(canvas) = canvas(&image) {
                let save = Closure::once_into_js(move |blob: Option<Blob>| {
                    if let Some(blob) = blob {
                        download(&blob, &name);
                    }
                });
                let _ = canvas.to_blob(save.unchecked_ref());
            }
        })
    };
    image.set_onload(Some(drawn.unchecked_ref()));
    image.set_src(&format!("data:image/svg+xml,{}", String::from(encode_uri_component(&svg))));
}

fn canvas(image: &HtmlImageElement) -> Option<HtmlCanvasElement> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
    let (width, height) = (f64::from(image.natural_width()) * SHARPNESS, f64::from(image.natural_height()) * SHARPNESS);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture")]
    {
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
    }
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height).ok()?;
    Some(canvas)
}
