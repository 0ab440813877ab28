//! The time machine: a slider over what a node remembers. While it is not at its end, the tree is drawn as the node knew it then, and
//! who else followed which tip, as far as the relay has heard.

use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::timeline::Past;
use tabchain_shared::primitives::NodeId;

use super::beside::Handle;
use super::model::{Known, Then};
use super::source::Source;
use super::{Believer, Witness};
use crate::browser;
use crate::components::rows::rows;
use crate::state::Clock;
use crate::text;
use crate::words;

/// Parts of a timeline that are asked for: more than any node remembers.
const MAX_PARTS: usize = 16;

#[derive(Clone, Copy)]
pub struct LookBack {
    theatre: Handle,
    witnesses: Signal<Vec<Witness>>,
    whose: RwSignal<Option<NodeId>>,
    /// The moment that is shown; absent: now.
    at: RwSignal<Option<Time>>,
    span: RwSignal<Span>,
    failed: RwSignal<Option<String>>,
    memory: StoredValue<Memory>,
}

/// Of the slider.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    /// Absent until it is known from when on there is a past to look at.
    since: Option<Time>,
    /// Where it ended when one began to look back.
    end: Time,
}

struct Memory {
    source: Source,
    /// As it was when one began to look back.
    past: Option<Past>,
    /// A task fetches and shows what is wanted.
    is_busy: bool,
}

impl LookBack {
    pub fn new(theatre: Handle, source: Source, witnesses: Signal<Vec<Witness>>) -> Self {
        Self {
            theatre,
            witnesses,
            whose: RwSignal::new(None),
            at: RwSignal::new(None),
            span: RwSignal::default(),
            failed: RwSignal::new(None),
            memory: StoredValue::new(Memory { source, past: None, is_busy: false }),
        }
    }

    /// The moment that is shown, unless it is the present.
    pub fn moment(self) -> Option<Time> {
        self.at.get()
    }

    /// Learns from when on there is a past to look at.
    fn find_beginning(self, whose: Option<NodeId>) {
        let Some(source) = self.source() else { return };
        leptos::task::spawn_local(async move {
            // A part behind its end says since when the others are.
            let Ok(part) = source.timeline(whose, u32::MAX).await else { return };
            if self.whose.try_get_untracked() == Some(whose) {
                self.span.update(|span| span.since = Some(part.since));
            }
        });
    }

    /// Absent when the page is another one by now.
    fn source(self) -> Option<Source> {
        self.memory.try_with_value(|memory| memory.source)
    }

    fn look_at(self, whose: Option<NodeId>) {
        self.memory.update_value(|memory| memory.past = None);
        self.whose.set(whose);
        self.show();
    }

    fn go_to(self, time: Time) {
        self.at.set(Some(time));
        self.show();
    }

    fn leave_present(self) {
        if self.at.get_untracked().is_none() {
            self.span.update(|span| span.end = browser::now());
            self.memory.update_value(|memory| memory.past = None);
        }
    }

    fn return_to_present(self) {
        self.failed.set(None);
        self.theatre.with_value(|theatre| theatre.change(|stage, now| stage.look_back(None, &[], now)));
        self.at.set(None);
    }

    /// To the next moment at which something happened, or the one before.
    fn step(self, back: bool) {
        self.leave_present();
        let from = self.at.get_untracked().unwrap_or_else(|| self.span.get_untracked().end);
        leptos::task::spawn_local(async move {
            if !self.load().await {
                return;
            }
            let moment = self.memory.try_with_value(|memory| {
                let past = memory.past.as_ref()?;
                if back { past.last_before(from) } else { past.next_after(from) }
            });
            let Some(moment) = moment else { return };
            match moment {
                Some(moment) => self.go_to(moment),
                None if back => {}
                None => self.return_to_present(),
            }
        });
    }

    fn wanted(self) -> Option<(Time, Option<NodeId>)> {
        Some((self.at.try_get_untracked()??, self.whose.try_get_untracked()?))
    }

    /// Shows what is wanted, and what is wanted meanwhile.
    fn show(self) {
        let was_busy = self.memory.try_update_value(|memory| std::mem::replace(&mut memory.is_busy, true));
        if was_busy != Some(false) {
            return;
        }
        leptos::task::spawn_local(async move {
            while let Some(wanted) = self.wanted() {
                if !self.load().await || self.wanted().is_none() {
                    break;
                }
                self.draw(wanted.0, None);
                let Some(source) = self.source() else { break };
                let others = source.tips_at(wanted.0).await;
                if self.wanted() == Some(wanted) {
                    self.draw(wanted.0, Some(others));
                    break;
                }
            }
            self.memory.try_update_value(|memory| memory.is_busy = false);
        });
    }

    /// Fetches the timeline, unless it is here. Whether it is.
    async fn load(self) -> bool {
        let Some(is_here) = self.memory.try_with_value(|memory| memory.past.is_some()) else { return false };
        let Some(whose) = self.whose.try_get_untracked().filter(|_| !is_here) else { return is_here };
        let Some(source) = self.source() else { return false };
        match fetch(source, whose).await {
            Ok(past) => {
                if self.whose.try_get_untracked() == Some(whose) {
                    self.failed.set(None);
                    self.span.update(|span| span.since = Some(past.since));
                    self.memory.update_value(|memory| memory.past = Some(past));
                }
                true
            }
            Err(reason) => {
                self.failed.try_set(Some(reason));
                false
            }
        }
    }

    /// `others`: who followed what; absent if that has still to come.
    fn draw(self, at: Time, others: Option<Vec<Believer>>) {
        self.memory.with_value(|memory| {
            let Some(past) = &memory.past else { return };
            let belief = past.at(at);
            let Some(tip) = belief.tip else { return };
            let name = self.witnesses.with_untracked(|all| all.first().map(|witness| witness.name.clone()));
            let own = name.filter(|_| !past.reported);
            let own = own.map(|name| Believer { name, tip: tip.hash, height: tip.height });
            let believers: Vec<Believer> = own.into_iter().chain(others.into_iter().flatten()).collect();
            let known = if past.reported {
                Known::Below(past.tips_until(at))
            } else {
                Known::AllBut { later: belief.later, announced: belief.announced }
            };
            let then = Then { tip, known };
            self.theatre
                .with_value(|theatre| theatre.change(|stage, now| stage.look_back(Some(then), &believers, now)));
        });
    }

    /// Where the slider is, in seconds of its length.
    fn place(self, now: Time) -> (u64, u64) {
        let span = self.span.get();
        let since = span.since.unwrap_or(now);
        let end = if self.at.get().is_some() { span.end } else { now };
        let length = end.millis_since(since).div_ceil(1_000).max(1);
        (self.at.get().map_or(length, |at| at.millis_since(since) / 1_000), length)
    }

    fn words(self, clock: Clock) -> String {
        if let Some(reason) = self.failed.get() {
            return words::sentence(&reason);
        }
        let Some(at) = self.at.get() else {
            let since = self.span.get().since;
            return since
                .map_or_else(String::new, |since| text!("tree-past-present", since = words::time_of_day(since)));
        };
        let (time, ago) = (words::moment(at), words::ago(clock.millis_since(at)));
        let teller = self.whose.get().and_then(|whose| {
            self.witnesses.with(|all| all.iter().find(|it| it.node == Some(whose)).map(|it| it.name.clone()))
        });
        match teller {
            Some(name) => text!("tree-past-said", time = time, ago = ago, name = name),
            None => text!("tree-past-at", time = time, ago = ago),
        }
    }
}

/// All that a node remembers.
async fn fetch(source: Source, whose: Option<NodeId>) -> Result<Past, String> {
    let beginning = source.timeline(whose, 0).await?;
    let mut next = beginning.next;
    let mut past = Past::new(beginning);
    for _ in 1..MAX_PARTS {
        let Some(from) = next else { break };
        let further = source.timeline(whose, from).await?;
        past.extend(&further);
        next = further.next;
    }
    Ok(past)
}

#[component]
pub fn PastSlider(
    past: LookBack,
    witnesses: Signal<Vec<Witness>>,
    /// Of the tip; absent until there is a node.
    #[prop(into)]
    height: Signal<Option<u32>>,
) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let is_there = Memo::new(move |_| height.get().is_some());
    Effect::new(move |_| {
        let whose = past.whose.get();
        if is_there.get() {
            past.find_beginning(whose);
        }
    });
    let is_now = move || past.at.get().is_none();
    let words = move || past.words(clock);
    let at = move || past.at.get().map_or_else(String::new, |at| at.0.to_string());
    let place = Memo::new(move |_| past.place(clock.0.get()));
    let slide = move |event| {
        let Ok(seconds) = event_target_value(&event).parse::<u64>() else { return };
        let Some(since) = past.span.get_untracked().since else { return };
        if seconds >= place.get_untracked().1 {
            past.return_to_present();
        } else {
            past.leave_present();
            past.go_to(since.plus_millis(seconds * 1_000));
        }
    };
    let has_many = Memo::new(move |_| witnesses.with(|all| all.len() > 1));
    view! {
        <div class="tree-past" class:back=move || !is_now() role="group" aria-label=text!("tree-past")>
            <Show when=move || has_many.get()><Whose past witnesses/></Show>
            <button type="button" class="quiet" data-test="tree-earlier" disabled=move || !is_there.get()
                aria-label=text!("tree-past-earlier") title=text!("tree-past-earlier")
                on:click=move |_| past.step(true)>"‹"</button>
            <input type="range" min="0" step="1" max=move || place.get().1.to_string()
                prop:value=move || place.get().0.to_string() disabled=move || past.span.get().since.is_none()
                aria-label=text!("tree-past") aria-valuetext=words data-test="tree-slider" on:input=slide/>
            <button type="button" class="quiet" data-test="tree-later" disabled=is_now
                aria-label=text!("tree-past-later") title=text!("tree-past-later")
                on:click=move |_| past.step(false)>"›"</button>
            <button type="button" class="quiet" data-test="tree-now" disabled=is_now
                on:click=move |_| past.return_to_present()>{text!("tree-past-now")}</button>
            <span class="tree-past-words" data-test="tree-past" data-at=at>{words}</span>
        </div>
    }
}

/// Whose past is looked at.
#[component]
fn Whose(past: LookBack, witnesses: Signal<Vec<Witness>>) -> impl IntoView {
    let value = |node: Option<NodeId>| node.map_or_else(String::new, |node| node.to_string());
    view! {
        <select class="small" data-test="tree-witness" aria-label=text!("tree-past-whose")
            prop:value=move || value(past.whose.get())
            on:change=move |event| past.look_at(event_target_value(&event).parse().ok())>
            {rows(
                move || witnesses.get(),
                move |witness| format!("{} {}", value(witness.node), witness.name),
                move |witness| view! { <option value=value(witness.node)>{witness.name}</option> },
            )}
        </select>
    }
}
