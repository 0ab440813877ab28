//! `/learn`: short lessons on the tab's own node. Each has steps, and a step is taken when the node's state, or what was computed
//! here with the node's own code, proves that it was done; no button passes one.

mod chain;
mod difficulty;
mod fees;
mod fork;
mod hash;
mod keys;
mod merkle;
mod partition;
mod parts;
mod step;

use leptos::prelude::*;

use crate::app::set_title;
use crate::lessons::course::Course;
use crate::text;
use parts::Standing;
use step::Lesson;

/// Every lesson in the order in which they build on each other: its name in addresses, its steps, and its page.
struct Entry {
    id: &'static str,
    steps: usize,
    title: fn() -> String,
    /// What it is about, in a sentence or two.
    about: fn() -> String,
    page: fn(Lesson) -> AnyView,
}

static ENTRIES: [Entry; 8] = [
    Entry {
        id: "hash",
        steps: 3,
        title: || text!("learn-hash"),
        about: || text!("learn-hash-about"),
        page: |lesson| view! { <hash::Hash lesson/> }.into_any(),
    },
    Entry {
        id: "merkle",
        steps: 4,
        title: || text!("learn-merkle"),
        about: || text!("learn-merkle-about"),
        page: |lesson| view! { <merkle::Merkle lesson/> }.into_any(),
    },
    Entry {
        id: "chain",
        steps: 3,
        title: || text!("learn-chain"),
        about: || text!("learn-chain-about"),
        page: |lesson| view! { <chain::Chain lesson/> }.into_any(),
    },
    Entry {
        id: "keys",
        steps: 4,
        title: || text!("learn-keys"),
        about: || text!("learn-keys-about"),
        page: |lesson| view! { <keys::Keys lesson/> }.into_any(),
    },
    Entry {
        id: "fees",
        steps: 4,
        title: || text!("learn-fees"),
        about: || text!("learn-fees-about"),
        page: |lesson| view! { <fees::Fees lesson/> }.into_any(),
    },
    Entry {
        id: "fork",
        steps: 4,
        title: || text!("learn-fork"),
        about: || text!("learn-fork-about"),
        page: |lesson| view! { <fork::Fork lesson/> }.into_any(),
    },
    Entry {
        id: "difficulty",
        steps: 4,
        title: || text!("learn-difficulty"),
        about: || text!("learn-difficulty-about"),
        page: |lesson| view! { <difficulty::Difficulty lesson/> }.into_any(),
    },
    Entry {
        id: "partition",
        steps: 4,
        title: || text!("learn-partition"),
        about: || text!("learn-partition-about"),
        page: |lesson| view! { <partition::Partition lesson/> }.into_any(),
    },
];

/// The page at a path below `/learn`.
pub fn page(path: &str) -> AnyView {
    let wanted = path.trim_start_matches("/learn").trim_matches('/');
    match ENTRIES.iter().position(|entry| entry.id == wanted) {
        Some(number) => view! { <LessonPage number/> }.into_any(),
        None => view! { <Overview/> }.into_any(),
    }
}

#[component]
fn Overview() -> impl IntoView {
    set_title(&text!("learn-title"));
    let course = expect_context::<Course>();
    let card = |entry: &'static Entry| {
        let taken = Memo::new(move |_| course.progress.taken(entry.id).min(entry.steps));
        let told = move || match taken.get() {
            0 => text!("learn-steps", steps = entry.steps),
            taken if taken == entry.steps => text!("learn-learned"),
            taken => text!("learn-steps-taken", taken = taken, steps = entry.steps),
        };
        view! {
            <li class="card lesson-card" data-test="lesson" data-value=entry.id data-taken=move || taken.get().to_string()>
                <h2><a href=format!("/learn/{}", entry.id)>{(entry.title)()}</a></h2>
                <p>{(entry.about)()}</p>
                <p class="muted" data-done=move || (taken.get() == entry.steps).to_string()>{told}</p>
            </li>
        }
    };
    view! {
        <div class="learn">
            <h1>{text!("learn-title")}</h1>
            <p class="muted">{text!("learn-intro")}</p>
            <Standing/>
            <ol class="lessons">{ENTRIES.iter().map(card).collect_view()}</ol>
        </div>
    }
}

#[component]
fn LessonPage(
    /// Which one of [`ENTRIES`].
    number: usize,
) -> impl IntoView {
    let entry = &ENTRIES[number];
    let title = (entry.title)();
    set_title(&title);
    let course = expect_context::<Course>();
    let lesson = Lesson { id: entry.id, steps: entry.steps, progress: course.progress };
    let taken = move || lesson.taken();
    let told = move || match taken() {
        taken if taken == entry.steps => text!("learn-all-taken"),
        taken => text!("learn-steps-taken", taken = taken, steps = entry.steps),
    };
    let again = move |_| {
        lesson.progress.begin_again(entry.id);
        // What a step remembers of the node begins anew, too.
        let _ = window().location().reload();
    };
    let next = ENTRIES.get(number + 1).map(|next| {
        view! { <a class="button" href=format!("/learn/{}", next.id)>{text!("learn-next", lesson = (next.title)())}</a> }
    });
    view! {
        <article class="learn" aria-labelledby="lesson-title">
            <p><a href="/learn">{text!("learn-all")}</a></p>
            <h1 id="lesson-title" data-test="lesson-title" data-value=entry.id>{title}</h1>
            <p>{(entry.about)()}</p>
            <Standing/>
            <p class="lesson-told" role="status" data-test="taken" data-value=move || taken().to_string()>{told}</p>
            {(entry.page)(lesson)}
            <p class="buttons">
                {next}
                <button type="button" class="quiet" data-test="begin-again" disabled=move || taken() == 0 on:click=again>
                    {text!("learn-again")}
                </button>
            </p>
        </article>
    }
}
