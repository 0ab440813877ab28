//! What the picture and its forms share: the network as last looked at, what is chosen, and what moves.

use std::collections::BTreeSet;

use leptos::prelude::*;
use tabchain_shared::primitives::NodeId;

use super::bend::{Bends, Curve, bends};
use super::layout::{Layout, Point, Size};
use super::model::{Model, TipColours};
use super::motion::Motion;
use super::watch::Watch;
use crate::operator::{Operator, Peer};
use crate::text;
use crate::words;

#[derive(Clone, Copy)]
pub struct Scene {
    pub peers: Signal<Vec<Peer>>,
    pub selected: RwSignal<BTreeSet<NodeId>>,
    pub operator: Operator,
    watch: Watch,
    /// Hears of each order that was carried out.
    told: Callback<String>,
    pub model: RwSignal<Model>,
    pub size: RwSignal<Size>,
    pub layout: Memo<Layout>,
    bends: Memo<Bends>,
    pub motion: StoredValue<Motion, LocalStorage>,
    /// Of the last frame, milliseconds.
    pub now: RwSignal<f64>,
    is_frame_due: StoredValue<bool>,
    /// The link that is looked at, by its ends.
    pub chosen: RwSignal<Option<[NodeId; 2]>>,
    /// The node that has the keyboard, or would have it.
    pub focus: RwSignal<Option<NodeId>>,
    /// A link that is being pulled.
    pub pull: RwSignal<Option<Pull>>,
    /// Of the last order: whether it was carried out, and words.
    pub answer: RwSignal<Option<(bool, String)>>,
}

/// A hand on a link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pull {
    pub ends: [NodeId; 2],
    pub from: Point,
    pub to: Point,
}

impl Pull {
    /// A press that has moved further is a pull, pixels.
    const SLACK: f64 = 6.0;
    /// A link that is pulled further than this tears.
    const TEARS: f64 = 56.0;

    pub fn is_press(&self) -> bool {
        self.from.distance(self.to) < Self::SLACK
    }

    pub fn tears(&self) -> bool {
        self.from.distance(self.to) >= Self::TEARS
    }
}

impl Scene {
    pub fn new(
        peers: Signal<Vec<Peer>>,
        selected: RwSignal<BTreeSet<NodeId>>,
        watch: Watch,
        told: Callback<String>,
    ) -> Self {
        let model = RwSignal::new(Model { parts: 1, ..Model::default() });
        let size = RwSignal::new(Size { width: 900.0, height: 480.0 });
        let layout = Memo::new(move |_| model.with(|model| Layout::of(model, size.get())));
        let lines =
            Memo::new(move |_| model.with(|model| model.lines.iter().map(|line| line.ends).collect::<Vec<_>>()));
        Self {
            peers,
            selected,
            operator: expect_context(),
            watch,
            told,
            model,
            size,
            layout,
            bends: Memo::new(move |_| layout.with(|layout| lines.with(|lines| bends(layout, lines)))),
            motion: StoredValue::new_local(Motion::default()),
            now: RwSignal::new(now()),
            is_frame_due: StoredValue::new(false),
            chosen: RwSignal::new(None),
            focus: RwSignal::new(None),
            pull: RwSignal::new(None),
            answer: RwSignal::new(None),
        }
    }

    /// Lets the picture follow what is seen and heard.
    pub fn follow(self) {
        let colours = StoredValue::new_local(TipColours::default());
        Effect::new(move |_| {
            let Some(model) = self.watch.topology.with(|topology| {
                let topology = topology.as_ref()?;
                self.peers.with(|peers| colours.try_update_value(|colours| Model::of(peers, topology, colours)))
            }) else {
                return;
            };
            let is_there = |id: &NodeId| model.dot(*id).is_some();
            if self.focus.get_untracked().is_some_and(|id| !is_there(&id)) {
                self.focus.set(None);
            }
            if self.chosen.get_untracked().is_some_and(|ends| model.line(ends).is_none()) {
                self.chosen.set(None);
            }
            let layout = Layout::of(&model, self.size.get_untracked());
            self.motion.update_value(|motion| {
                motion.still = wants_stillness();
                // Whoever is drawn has a place.
                motion.place(&layout, now());
                motion.hear(&model, now());
            });
            if *self.model.read_untracked() != model {
                self.model.set(model);
            }
            self.request_frame();
        });
        Effect::new(move |_| {
            self.layout.with(|layout| self.motion.update_value(|motion| motion.place(layout, now())));
            self.request_frame();
        });
    }

    /// Gives an order, tells how it went, and shows at once what it changed.
    pub fn order<Done: 'static>(
        self,
        order: impl Future<Output = Result<Done, String>> + 'static,
        words: impl FnOnce(Done) -> String + 'static,
    ) {
        leptos::task::spawn_local(async move {
            let answer = order.await;
            if self.answer.is_disposed() {
                return;
            }
            self.answer.set(Some(match answer {
                Ok(done) => {
                    let words = words(done);
                    self.told.run(words.clone());
                    (true, words)
                }
                Err(reason) => (false, words::sentence(&reason)),
            }));
            self.watch.look().await;
        });
    }

    pub fn cut(self, ends: [NodeId; 2]) {
        let [a, b] = self.model.with_untracked(|model| model.names(ends));
        self.order(self.operator.cut_link(ends), move |_| text!("network-cut-done", a = a, b = b));
    }

    pub fn make(self, ends: [NodeId; 2]) {
        let [a, b] = self.model.with_untracked(|model| model.names(ends));
        self.order(self.operator.make_link(ends), move |_| text!("network-linked", a = a, b = b));
    }

    pub fn toggle(self, id: NodeId) {
        self.selected.update(|selected| {
            if !selected.remove(&id) {
                selected.insert(id);
            }
        });
    }

    /// Where a node stands in this frame.
    pub fn at(self, id: NodeId) -> Point {
        let now = self.now.get();
        self.motion.with_value(|motion| motion.at(id, now))
    }

    /// The way of a link in this frame.
    pub fn way(self, ends: [NodeId; 2]) -> Curve {
        let bend = self.bends.with(|bends| bends.get(&ends).copied().unwrap_or(0.0));
        let [from, to] = ends.map(|end| self.at(end));
        Curve::bent(from, to, bend)
    }

    /// The colour of the tip that a node is shown to follow.
    pub fn colour_of(self, id: NodeId) -> Option<usize> {
        self.now.track();
        let tip = self.motion.with_value(|motion| motion.shown_tip(id));
        // A tip that all have left meanwhile has no colour of its own any more.
        self.model.with(|model| model.colour_of(tip))
    }

    pub fn request_frame(self) {
        if !self.is_frame_due.try_update_value(|due| std::mem::replace(due, true)).unwrap_or(true) {
            request_animation_frame(move || self.frame());
        }
    }

    fn frame(self) {
        if self.now.is_disposed() {
            return;
        }
        self.is_frame_due.set_value(false);
        let now = now();
        let goes_on = self.motion.try_update_value(|motion| motion.tick(now)).unwrap_or(false);
        self.now.set(now);
        if goes_on {
            self.request_frame();
        }
    }
}

/// What the person's system asks for; it may change at any time.
fn wants_stillness() -> bool {
    let wish = window().match_media("(prefers-reduced-motion: reduce)");
    wish.ok().flatten().is_some_and(|list| list.matches())
}

/// On a clock that is never set back, milliseconds.
pub fn now() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}
