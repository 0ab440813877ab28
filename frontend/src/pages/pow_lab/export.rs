//! What people take away from a run: a table, and a picture of the chart. Both are made here and given to the browser as a
//! download; nothing goes anywhere.

use leptos::prelude::*;
use tabchain_shared::pow::Algorithm;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, CanvasRenderingContext2d, HtmlCanvasElement};

use super::figures::{Figures, Place, csv};
use super::{Lab, chart};
use crate::components::download::{download, download_text};
use crate::text;
use crate::words;

#[component]
pub fn Export() -> impl IntoView {
    let lab = expect_context::<Lab>();
    let nothing = move || lab.is_running.get() || !lab.figures.read().has_any();
    let as_csv = move |_| {
        let text = csv(&lab.figures.read_untracked(), |place| lab.machine(place), &time(lab));
        download_text(&text, "text/csv", "tabchain-pow.csv");
    };
    let as_png = move |_| {
        if let Some(canvas) = Picture::new(&lab.figures.read_untracked()).and_then(|picture| picture.draw(lab)) {
            let save = Closure::once_into_js(|blob: Option<Blob>| {
                if let Some(blob) = blob {
                    download(&blob, "tabchain-pow.png");
                }
            });
            let _ = canvas.to_blob(save.unchecked_ref());
        }
    };
    view! {
        <p class="buttons">
            <button type="button" data-test="export-csv" disabled=nothing on:click=as_csv>{text!("lab-save-csv")}</button>
            <button type="button" data-test="export-png" disabled=nothing on:click=as_png>{text!("lab-save-png")}</button>
        </p>
    }
}

/// When the run began, by ISO 8601.
fn time(lab: Lab) -> String {
    let time = lab.measured.get_untracked().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
    let date = js_sys::Date::new(&JsValue::from_f64(time.0 as f64));
    date.to_iso_string().into()
}

/// Canvas pixels to one of the picture's, for sharp letters.
const SHARPNESS: f64 = 2.0;
const WIDTH: f64 = 900.0;
const MARGIN: f64 = 28.0;
const HEAD: f64 = 72.0;
const LANE: f64 = 92.0;
const FOOT: f64 = 70.0;
/// Where bars begin, and how wide the longest is.
const BARS: (f64, f64) = (160.0, 440.0);
/// Always dark on white: it will be printed, or put on a slide.
const INK: &str = "#161b24";
const MUTED: &str = "#596273";
const LINE: &str = "#dde1e8";
const FONT: &str = "system-ui, sans-serif";

/// The chart once more, drawn by hand: a page cannot photograph itself.
struct Picture<'a> {
    figures: &'a Figures,
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl<'a> Picture<'a> {
    fn new(figures: &'a Figures) -> Option<Self> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.unchecked_into();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let pixels = |length: f64| (length * SHARPNESS) as u32;
        canvas.set_width(pixels(WIDTH));
        canvas.set_height(pixels(Self::height()));
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
        context.scale(SHARPNESS, SHARPNESS).ok()?;
        Some(Self { figures, canvas, context })
    }

    #[expect(clippy::cast_precision_loss, reason = "a handful of algorithms")]
    fn height() -> f64 {
        HEAD + LANE * Algorithm::LIVE.len() as f64 + FOOT
    }

    /// `None` where the browser cannot draw text.
    fn draw(self, lab: Lab) -> Option<HtmlCanvasElement> {
        self.fill("#ffffff", (0.0, 0.0), (WIDTH, Self::height()));
        self.text(&text!("lab-picture-title"), (MARGIN, 40.0), &format!("650 22px {FONT}"), INK)?;
        let bottom = Self::height() - FOOT;
        for (at, name) in self.figures.scale().marks() {
            let x = BARS.0 + at * BARS.1;
            self.fill(LINE, (x, HEAD - 8.0), (1.0, bottom - HEAD + 12.0));
            self.text(name, (x - 14.0, bottom + 22.0), &format!("12px {FONT}"), MUTED)?;
        }
        let mut top = HEAD;
        for (index, algorithm) in Algorithm::LIVE.iter().enumerate() {
            self.text(chart::title(*algorithm), (MARGIN, top + 16.0), &format!("650 15px {FONT}"), INK)?;
            for (place, colour) in Place::ALL.into_iter().zip(["#1d56d8", "#b86e00"]) {
                let y = top + if place == Place::Device { 26.0 } else { 52.0 };
                self.text(&place.name(), (MARGIN, y + 15.0), &format!("13px {FONT}"), MUTED)?;
                let Some(figure) = self.figures.get(index, place) else { continue };
                let length = self.figures.scale().length(figure.hashrate) * BARS.1;
                self.fill(colour, (BARS.0, y), (length, 20.0));
                let figure = format!("{}  ({})", words::hashrate(figure.hashrate), figure.kernel);
                self.text(&figure, (BARS.0 + length + 8.0, y + 15.0), &format!("13px {FONT}"), INK)?;
            }
            top += LANE;
        }
        let relay = lab.machine(Place::Relay);
        let foot = text!("lab-picture-foot", time = time(lab), machine = relay.name);
        self.text(&foot, (MARGIN, Self::height() - 16.0), &format!("12px {FONT}"), MUTED)?;
        Some(self.canvas)
    }

    fn fill(&self, colour: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        self.context.set_fill_style_str(colour);
        self.context.fill_rect(x, y, width, height);
    }

    fn text(&self, text: &str, (x, y): (f64, f64), font: &str, colour: &str) -> Option<()> {
        self.context.set_font(font);
        self.context.set_fill_style_str(colour);
        self.context.fill_text(text, x, y).ok()
    }
}
