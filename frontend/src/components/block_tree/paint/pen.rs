//! A canvas as the picture uses it: rounded boxes, lines, texts, and the mark of each colour.

use std::f64::consts::{FRAC_PI_2, TAU};

use js_sys::{Array, Math};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

use crate::components::palette::COLOURS;

/// The page's colours, as its style sheet has them now: light, dark or the system's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Theme {
    pub ink: String,
    pub muted: String,
    pub surface: String,
    pub line: String,
    pub line_strong: String,
    pub accent: String,
    pub good_tint: String,
    pub good: String,
    pub neutral: String,
    pub miners: Vec<String>,
    pub font: String,
}

impl Theme {
    /// `read` gives the value of a property of the style sheet.
    pub fn read(read: impl Fn(&str) -> String) -> Self {
        Self {
            ink: read("--ink"),
            muted: read("--muted"),
            surface: read("--surface"),
            line: read("--line"),
            line_strong: read("--line-strong"),
            accent: read("--accent"),
            good_tint: read("--good-tint"),
            good: read("--good"),
            neutral: read("--miner-neutral"),
            miners: (0..COLOURS).map(|colour| read(&format!("--miner-{colour}"))).collect(),
            font: read("--text"),
        }
    }

    pub fn miner(&self, colour: Option<usize>) -> &str {
        colour.and_then(|colour| self.miners.get(colour)).unwrap_or(&self.neutral)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub fn around(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x: x - width / 2.0, y: y - height / 2.0, width, height }
    }

    pub fn contains(&self, x: f64, y: f64) -> bool {
        (self.x..=self.x + self.width).contains(&x) && (self.y..=self.y + self.height).contains(&y)
    }

    pub fn grown(&self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }
}

/// Drawing fails only for numbers that are none, and then a stroke is missing.
pub struct Pen<'a> {
    pub context: &'a CanvasRenderingContext2d,
    pub font: &'a str,
}

impl Pen<'_> {
    pub fn alpha(&self, alpha: f64) {
        self.context.set_global_alpha(alpha.clamp(0.0, 1.0));
    }

    fn outline(&self, rect: &Rect, radius: f64) {
        let Rect { x, y, width, height } = *rect;
        let radius = radius.min(width / 2.0).min(height / 2.0).max(0.0);
        self.context.begin_path();
        self.context.move_to(x + radius, y);
        let (right, bottom) = (x + width, y + height);
        for (corner, next) in
            [((right, y), (right, bottom)), ((right, bottom), (x, bottom)), ((x, bottom), (x, y)), ((x, y), (right, y))]
        {
            let _ = self.context.arc_to(corner.0, corner.1, next.0, next.1, radius);
        }
        self.context.close_path();
    }

    pub fn fill(&self, rect: &Rect, radius: f64, colour: &str) {
        self.outline(rect, radius);
        self.context.set_fill_style_str(colour);
        self.context.fill();
    }

    pub fn stroke(&self, rect: &Rect, radius: f64, colour: &str, width: f64, dash: &[f64]) {
        self.outline(rect, radius);
        self.stroke_path(colour, width, dash);
    }

    fn stroke_path(&self, colour: &str, width: f64, dash: &[f64]) {
        self.context.set_stroke_style_str(colour);
        self.context.set_line_width(width);
        let _ = self.context.set_line_dash(&dash.iter().copied().map(JsValue::from_f64).collect::<Array>());
        self.context.stroke();
    }

    pub fn line(&self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64, dash: &[f64]) {
        self.context.begin_path();
        self.context.move_to(from.0, from.1);
        self.context.line_to(to.0, to.1);
        self.stroke_path(colour, width, dash);
    }

    /// From one point to another with a soft bend, leaving along the chain.
    pub fn bend(&self, from: (f64, f64), to: (f64, f64), upright: bool, colour: &str, width: f64, dash: &[f64]) {
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        let (first, second) =
            if upright { ((from.0, middle.1), (to.0, middle.1)) } else { ((middle.0, from.1), (middle.0, to.1)) };
        self.context.begin_path();
        self.context.move_to(from.0, from.1);
        self.context.bezier_curve_to(first.0, first.1, second.0, second.1, to.0, to.1);
        self.stroke_path(colour, width, dash);
    }

    pub fn ring(&self, x: f64, y: f64, radius: f64, colour: &str, width: f64) {
        self.context.begin_path();
        let _ = self.context.arc(x, y, radius, 0.0, TAU);
        self.stroke_path(colour, width, &[]);
    }

    /// `align`: `left` or `center`.
    pub fn text(&self, text: &str, at: (f64, f64), size: f64, weight: u32, colour: &str, align: &str) {
        self.context.set_font(&format!("{weight} {size:.1}px {}", self.font));
        self.context.set_text_align(align);
        self.context.set_text_baseline("middle");
        self.context.set_fill_style_str(colour);
        let _ = self.context.fill_text(text, at.0, at.1);
    }

    /// The width of a text in the font that was used last.
    pub fn width_of(&self, text: &str, size: f64, weight: u32) -> f64 {
        self.context.set_font(&format!("{weight} {size:.1}px {}", self.font));
        self.context.measure_text(text).map_or(0.0, |metrics| metrics.width())
    }

    /// Each colour has its own mark, so that nobody needs to see the colour.
    pub fn mark(&self, number: usize, x: f64, y: f64, size: f64, colour: &str) {
        let half = size / 2.0;
        let corners = |corners: usize, turn: f64| {
            self.context.begin_path();
            for corner in 0..corners {
                #[expect(clippy::cast_precision_loss, reason = "a few corners")]
                let angle = turn + TAU * corner as f64 / corners as f64;
                self.context.line_to(x + half * Math::cos(angle), y + half * Math::sin(angle));
            }
            self.context.close_path();
        };
        self.context.set_fill_style_str(colour);
        match number % COLOURS {
            0 => {
                self.context.begin_path();
                let _ = self.context.arc(x, y, half * 0.9, 0.0, TAU);
                self.context.fill();
            }
            1 => self.context.fill_rect(x - half * 0.8, y - half * 0.8, size * 0.8, size * 0.8),
            2 => {
                corners(3, -FRAC_PI_2);
                self.context.fill();
            }
            3 => {
                corners(4, 0.0);
                self.context.fill();
            }
            4 => self.ring(x, y, half * 0.7, colour, size * 0.25),
            5 => {
                self.context.fill_rect(x - half, y - size * 0.14, size, size * 0.28);
                self.context.fill_rect(x - size * 0.14, y - half, size * 0.28, size);
            }
            6 => {
                corners(3, FRAC_PI_2);
                self.context.fill();
            }
            _ => {
                self.context.fill_rect(x - half, y - half * 0.75, size, size * 0.26);
                self.context.fill_rect(x - half, y + half * 0.25, size, size * 0.26);
            }
        }
    }
}
