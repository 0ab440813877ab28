//! Frames, when something has changed, and the node's answers for them.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement, ResizeObserver};

use super::Stage;
use super::asks::{RETRY_MILLIS, Want};
use crate::components::block_tree::model::Strip;
use crate::components::block_tree::paint::{Geometry, Theme, paint};
use crate::components::block_tree::source::Source;

/// Narrower pages show the chain upright.
const UPRIGHT_BELOW: f64 = 600.0;
/// What the person's system may ask for, at any time.
const PREFERENCES: [&str; 4] = [
    "(prefers-color-scheme: dark)",
    "(prefers-contrast: more)",
    "(forced-colors: active)",
    "(prefers-reduced-motion: reduce)",
];

/// The stage together with its canvas. Cheap to clone.
#[derive(Clone)]
pub struct Theatre(Rc<Inner>);

struct Inner {
    stage: RefCell<Stage>,
    source: Source,
    canvas: RefCell<Option<Canvas>>,
    is_frame_due: RefCell<bool>,
    is_closed: RefCell<bool>,
    timeout: RefCell<Option<gloo_timers::callback::Timeout>>,
}

struct Canvas {
    element: HtmlCanvasElement,
    frame: HtmlElement,
    context: CanvasRenderingContext2d,
    observer: ResizeObserver,
    /// Called when the size, or what the person's system asks for, is another one.
    measured: Closure<dyn FnMut()>,
}

pub fn now() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}

impl Theatre {
    pub fn new(mut stage: Stage, source: Source) -> Self {
        stage.set_has_others(matches!(source, Source::Relay(_)));
        Self(Rc::new(Inner {
            stage: RefCell::new(stage),
            source,
            canvas: RefCell::new(None),
            is_frame_due: RefCell::new(false),
            is_closed: RefCell::new(false),
            timeout: RefCell::new(None),
        }))
    }

    /// Changes the stage, and shows what came of it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Stage, f64) -> T) -> T {
        let result = change(&mut self.0.stage.borrow_mut(), now());
        self.request_frame();
        result
    }

    pub fn read<T>(&self, read: impl FnOnce(&Stage) -> T) -> T {
        read(&self.0.stage.borrow())
    }

    /// The canvas is there: `frame` is the element whose size it takes.
    pub fn open(&self, element: HtmlCanvasElement, frame: HtmlElement) {
        let Ok(Some(context)) = element.get_context("2d") else { return };
        let context: CanvasRenderingContext2d = context.unchecked_into();
        let measured = {
            let this = self.clone();
            Closure::<dyn FnMut()>::new(move || this.measure())
        };
        let Ok(observer) = ResizeObserver::new(measured.as_ref().unchecked_ref()) else { return };
        observer.observe(&frame);
        for query in PREFERENCES {
            if let Ok(Some(list)) = window().match_media(query) {
                let _ = list.add_event_listener_with_callback("change", measured.as_ref().unchecked_ref());
            }
        }
        *self.0.canvas.borrow_mut() = Some(Canvas { element, frame, context, observer, measured });
        self.measure();
    }

    pub fn close(&self) {
        *self.0.is_closed.borrow_mut() = true;
        if let Some(canvas) = self.0.canvas.borrow_mut().take() {
            canvas.observer.disconnect();
            for query in PREFERENCES {
                if let Ok(Some(list)) = window().match_media(query) {
                    let measured = canvas.measured.as_ref().unchecked_ref();
                    let _ = list.remove_event_listener_with_callback("change", measured);
                }
            }
        }
    }

    /// Size, colours and wishes may be others now.
    fn measure(&self) {
        if let Some(canvas) = &*self.0.canvas.borrow() {
            let (width, height) = (f64::from(canvas.frame.client_width()), f64::from(canvas.frame.client_height()));
            let ratio = window().device_pixel_ratio().max(1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a screen")]
            let pixels = |length: f64| (length * ratio).round() as u32;
            canvas.element.set_width(pixels(width));
            canvas.element.set_height(pixels(height));
            let _ = canvas.context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
            let style = window().get_computed_style(&canvas.frame).ok().flatten();
            let read = |name: &str| {
                style
                    .as_ref()
                    .and_then(|style| style.get_property_value(name).ok())
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            let is_wished = |query: &str| window().match_media(query).ok().flatten().is_some_and(|list| list.matches());
            let mut stage = self.0.stage.borrow_mut();
            stage.theme = Theme::read(read);
            stage.set_animates(!is_wished("(prefers-reduced-motion: reduce)"));
            let page = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(width);
            stage.set_geometry(Geometry { width, height, upright: page < UPRIGHT_BELOW }, now());
        }
        self.request_frame();
    }

    pub fn request_frame(&self) {
        if !self.0.is_frame_due.replace(true) {
            let this = self.clone();
            request_animation_frame(move || this.frame());
        }
    }

    fn frame(&self) {
        self.0.is_frame_due.replace(false);
        if *self.0.is_closed.borrow() {
            return;
        }
        let now = now();
        let goes_on = {
            let mut stage = self.0.stage.borrow_mut();
            let goes_on = stage.tick(now);
            if let Some(canvas) = &*self.0.canvas.borrow() {
                let strips: Vec<&Strip> = stage.strips.iter().rev().flatten().collect();
                let targets = paint(&canvas.context, &stage.picture(&strips, now));
                drop(strips);
                stage.targets = targets;
            }
            goes_on
        };
        self.ask(now);
        if goes_on {
            self.request_frame();
        }
    }

    /// Asks the node for what is missing, one thing at a time.
    fn ask(&self, now: f64) {
        let mut stage = self.0.stage.borrow_mut();
        let Some(want) = stage.want(now) else {
            let again = stage.looks_again_in(now);
            drop(stage);
            if let Some(millis) = again {
                self.again_after(millis);
            }
            return;
        };
        stage.asks.is_waiting = true;
        let reorgs = stage.asks.reorgs;
        if want == (Want::Overview { from: 0, to: u32::MAX }) {
            stage.asks.overview_at = Some(stage.model.height);
        }
        drop(stage);
        let this = self.clone();
        leptos::task::spawn_local(async move {
            let came = this.fetch(want, reorgs).await;
            let mut stage = this.0.stage.borrow_mut();
            stage.asks.is_waiting = false;
            if !came {
                stage.asks.retry_at = now_after(RETRY_MILLIS);
                if want == (Want::Overview { from: 0, to: u32::MAX }) {
                    stage.asks.overview_at = None;
                }
            }
            drop(stage);
            this.request_frame();
        });
    }

    /// Whether there was an answer.
    async fn fetch(&self, want: Want, reorgs: usize) -> bool {
        let source = self.0.source;
        match want {
            Want::Part { from, limit } => {
                let part = source.part(from, limit as usize).await;
                self.take_up(part, reorgs, |stage, part| stage.add_part(&part, from, limit))
            }
            Want::Others { from, limit } => {
                let part = source.part(from, limit as usize).await;
                self.take_up(part, reorgs, |stage, part| stage.add_others(&part, from, limit, now()))
            }
            Want::Overview { from, to } => {
                let overview = source.overview(from, to).await;
                let is_whole = from == 0 && to == u32::MAX;
                self.take_up(overview, reorgs, |stage, overview| stage.add_overview(&overview, is_whole))
            }
        }
    }

    /// Whether that is an answer. One from before a reorg is not used, and asked for again.
    fn take_up<T, E>(&self, answer: Result<T, E>, reorgs: usize, add: impl FnOnce(&mut Stage, T)) -> bool {
        let Ok(answer) = answer else { return false };
        let mut stage = self.0.stage.borrow_mut();
        if stage.asks.reorgs == reorgs && !*self.0.is_closed.borrow() {
            add(&mut stage, answer);
        }
        true
    }

    fn again_after(&self, millis: f64) {
        let this = self.clone();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
        let timeout = gloo_timers::callback::Timeout::new(millis as u32 + 1, move || this.request_frame());
        // The one before is not needed any more.
        *self.0.timeout.borrow_mut() = Some(timeout);
    }
}

fn now_after(millis: f64) -> f64 {
    now() + millis
}
