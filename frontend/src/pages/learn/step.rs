//! One step of a lesson: open once those before it are taken, and taken when its proof holds.

use leptos::prelude::*;

use crate::lessons::progress::Progress;
use crate::text;

#[derive(Clone, Copy)]
pub struct Lesson {
    pub id: &'static str,
    pub steps: usize,
    pub progress: Progress,
}

impl Lesson {
    pub fn taken(self) -> usize {
        self.progress.taken(self.id).min(self.steps)
    }

    /// Takes the step once `proof` holds; for use inside that step, which is there only while it is open.
    pub fn take_when(self, step: usize, proof: impl Fn() -> bool + 'static) {
        Effect::new(move |_| {
            if proof() {
                self.progress.take(self.id, step);
            }
        });
    }
}

#[component]
pub fn Step(lesson: Lesson, number: usize, title: String, children: ChildrenFn) -> impl IntoView {
    let is_taken = Memo::new(move |_| lesson.taken() >= number);
    let is_open = Memo::new(move |_| lesson.taken() + 1 >= number);
    let state = move || match (is_taken.get(), is_open.get()) {
        (true, _) => "taken",
        (false, true) => "open",
        (false, false) => "closed",
    };
    let spoken = move || match (is_taken.get(), is_open.get()) {
        (true, _) => text!("learn-step-taken"),
        (false, true) => text!("learn-step-open"),
        (false, false) => text!("learn-step-closed"),
    };
    let said = move || match is_taken.get() {
        false => String::new(),
        true if number == lesson.steps => text!("learn-step-last"),
        true => text!("learn-step-next", next = number + 1),
    };
    let heading = format!("step-{number}");
    let headed_by = heading.clone();
    view! {
        <section class="card step" data-state=state aria-labelledby=headed_by>
            <h2 id=heading>
                <span class="step-number" aria-hidden="true">{move || if is_taken.get() { "✓".to_owned() } else { number.to_string() }}</span>
                {title}" "<span class="muted" data-test=format!("step-{number}") data-value=state>{spoken}</span>
            </h2>
            <Show when=move || is_open.get()>{children()}</Show>
            <p class="step-said" role="status">{said}</p>
        </section>
    }
}
