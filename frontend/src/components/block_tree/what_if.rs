//! What if this block had come earlier? The node's record of the fork goes to a worker of the lab, which replays it with that one
//! arrival changed; what comes back is told in words, and drawn beside what happened.

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::oneshot;
use leptos::prelude::*;
use serde::Deserialize;
use tabchain_shared::lab::what_if::{NoAnswer, WhatIf as Answer};
use tabchain_shared::node::fork_record::RecordedTip;
use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::BlockHash;
use wasm_bindgen::prelude::*;
use web_sys::MessageEvent;

use super::beside::Handle;
use super::source::Source;
use crate::browser;
use crate::text;
use crate::words;

const LOADER: &str = "/lab_worker_loader.js";
/// What is asked first.
const USUAL_SECONDS: &str = "2";

/// Of all that the lab says, what is waited for.
#[derive(Deserialize)]
enum Heard {
    WhatIf(Result<Answer, NoAnswer>),
}

#[component]
pub fn WhatIf(source: Source, theatre: Handle, block: BlockHash) -> impl IntoView {
    let seconds = RwSignal::new(USUAL_SECONDS.to_owned());
    let is_asking = RwSignal::new(false);
    let answer = RwSignal::new(None::<Result<Answer, String>>);
    let ask = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let millis = seconds.with_untracked(|text| millis(text));
        let Some(millis) = millis else { return answer.set(Some(Err(text!("tree-what-if-seconds")))) };
        is_asking.set(true);
        leptos::task::spawn_local(async move {
            let came = match source.fork(block).await {
                Ok(record) => replay(&record, block, millis).await,
                Err(reason) => Err(reason),
            };
            // The person may have closed the details meanwhile.
            is_asking.try_set(false);
            answer.try_set(Some(came));
        });
    };
    view! {
        <form class="what-if" on:submit=ask>
            <label>
                {text!("tree-what-if")}" "
                <input type="text" inputmode="decimal" size="4" data-test="what-if-seconds" prop:value=seconds
                    on:input=move |event| seconds.set(event_target_value(&event))/>
                " "{text!("tree-what-if-earlier")}
            </label>
            <button type="submit" class="quiet" data-test="what-if-ask" disabled=is_asking>{text!("tree-what-if-ask")}</button>
        </form>
        <div role="status">
            {move || answer.get().map(|answer| match answer {
                Ok(answer) => view! { <Told theatre answer/> }.into_any(),
                Err(reason) => view! { <p class="notice warn" data-test="what-if-failed">{words::sentence(&reason)}</p> }.into_any(),
            })}
        </div>
    }
}

/// A number of seconds as people write it, up to an hour; a minus means later.
fn millis(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', ".").replace('−', "-");
    // The browser's way to read a number: our own would bring a table of ten kilobytes. To it, nothing is 0.
    let seconds = if text.is_empty() { f64::NAN } else { JsValue::from(text).unchecked_into_f64() };
    #[expect(clippy::cast_possible_truncation, reason = "an hour at most")]
    (seconds.abs() <= 3_600.0).then(|| (seconds * 1_000.0).round() as i64)
}

/// Asks a worker of the lab, which ends with its answer. `record` is the node's own JSON.
async fn replay(record: &str, block: BlockHash, millis: i64) -> Result<Answer, String> {
    let failed = || text!("tree-what-if-failed");
    let worker = browser::start_worker(LOADER).map_err(|_| failed())?;
    let (sender, answer) = oneshot::channel();
    let sender = Rc::new(RefCell::new(Some(sender)));
    let question = format!(r#"{{"WhatIf":{{"record":{record},"block":"{block}","earlier_millis":{millis}}}}}"#);
    let on_message = {
        let (worker, sender) = (worker.clone(), Rc::clone(&sender));
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                Some(Heard::WhatIf(answer)) => {
                    // Nobody waits if it is not there.
                    sender.take().map(|sender| sender.send(answer));
                }
                // Its first word says that it listens.
                None => {
                    let _ = worker.post_message(&question.as_str().into());
                }
            }
        })
    };
    let on_error = Closure::<dyn FnMut()>::new(move || drop(sender.take()));
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    let answer = answer.await;
    worker.set_onmessage(None);
    worker.set_onerror(None);
    worker.terminate();
    answer.map_err(|_| failed())?.map_err(|error| error.to_string())
}

/// A stretch of time in which a node followed one tip.
struct Reign {
    from: Time,
    words: String,
    colour: Option<usize>,
    /// Of the whole picture.
    percent: f64,
}

#[component]
fn Told(theatre: Handle, answer: Answer) -> impl IntoView {
    let name = move |hash: &BlockHash| {
        theatre.with_value(|theatre| {
            theatre.read(|stage| {
                let block = stage.model.block(hash)?;
                let words = text!("tree-by", height = block.height, name = stage.model.miner_name(block));
                Some((words, block.miner.map(|miner| stage.model.miners[miner].colour)))
            })
        })
    };
    let named = move |hash: &BlockHash| name(hash).unwrap_or_else(|| (words::short_hash(hash), None));
    let tip_at = |tips: &[RecordedTip], time: Time| tips.iter().rev().find(|tip| tip.at <= time).map(|tip| tip.hash);
    let time = words::moment;

    let verdict = match answer.parts {
        None => text!("tree-what-if-same"),
        Some(parts) => {
            let [was, would] = [&answer.recorded, &answer.changed].map(|tips| tip_at(tips, parts));
            let [was, would] =
                [was, would].map(|tip| tip.map_or_else(|| text!("tree-what-if-none"), |hash| named(&hash).0));
            let at = time(parts);
            match answer.meets {
                Some(meets) => {
                    text!("tree-what-if-until", time = at, would = would, was = was, until = time(meets))
                }
                None => text!("tree-what-if-for-good", time = at, would = would, was = was),
            }
        }
    };
    let notes = [
        answer.waited.then(|| text!("tree-what-if-waited", time = time(answer.arrives))),
        answer.before_its_date.then(|| text!("tree-what-if-dated")),
        (!answer.doubtful.is_empty()).then(|| text!("tree-what-if-doubtful", count = answer.doubtful.len())),
        answer.parts.map(|_| text!("tree-what-if-others")),
    ];
    let starts = [&answer.recorded, &answer.changed].map(|tips| tips.first().map(|tip| tip.at));
    let start = starts.into_iter().flatten().min().unwrap_or(answer.end);
    let row = |class: &'static str, label: String, tips: &[RecordedTip]| {
        let reigns = reigns(tips, start, answer.end).into_iter().map(|(from, percent, hash)| {
            let (words, colour) = hash.map_or_else(|| (String::new(), None), |hash| named(&hash));
            Reign { from, words, colour, percent }
        });
        view! {
            <div class=format!("what-if-row {class}")>
                <b>{label}</b>
                <ol data-test=format!("what-if-{class}")>{reigns.map(Reign::show).collect_view()}</ol>
            </div>
        }
    };
    let rows = [
        row("was", text!("tree-what-if-was"), &answer.recorded),
        row("would", text!("tree-what-if-would"), &answer.changed),
    ];
    view! {
        <p data-test="what-if-verdict">{verdict}</p>
        {notes.into_iter().flatten().map(|note| view! { <p class="muted small">{note}</p> }).collect_view()}
        <div class="what-if-rows">{rows}</div>
    }
}

impl Reign {
    fn show(self) -> impl IntoView {
        let Self { from, words, colour, percent } = self;
        let colour = colour.map_or_else(String::new, |colour| format!("--colour:var(--miner-{colour});"));
        let title = format!("{} {words}", words::moment(from));
        view! { <li style=format!("{colour}flex-grow:{percent:.2}") title=title>{words}</li> }
    }
}

/// For each tip since when, for which part of the whole time in percent, and which; the fork point before the first of all has none.
fn reigns(tips: &[RecordedTip], start: Time, end: Time) -> Vec<(Time, f64, Option<BlockHash>)> {
    let ends = tips.iter().skip(1).map(|tip| tip.at).chain([end]);
    let first = tips.first().map_or(end, |tip| tip.at);
    let before = (first > start).then_some((start, first, None));
    let all = before.into_iter().chain(tips.iter().zip(ends).map(|(tip, end)| (tip.at, end, Some(tip.hash))));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of hours")]
    let percent = |from: Time, to: Time| 100.0 * to.millis_since(from) as f64 / end.millis_since(start).max(1) as f64;
    // The last one may just have begun, and is seen all the same.
    all.map(|(from, to, hash)| (from, percent(from, to).max(1.0), hash)).collect()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn seconds_are_read_as_people_write_them() {
        let read = ["2", " 2.5 ", "0,1", "-3", "−3", "3601", "two", ""].map(millis);
        assert_eq!(read, [Some(2_000), Some(2_500), Some(100), Some(-3_000), Some(-3_000), None, None, None]);
    }

    #[test]
    fn tips_share_the_time_in_which_they_were_followed() {
        let hash = BlockHash([1; 32]);
        let tips = [20, 80].map(|at| RecordedTip { at: Time(at), hash });
        let reigns = reigns(&tips, Time(0), Time(100));
        let shares: Vec<_> =
            reigns.iter().map(|(from, part, hash)| (from.0, part.to_string(), hash.is_some())).collect();
        assert_eq!(shares, [(0, "20".into(), false), (20, "60".into(), true), (80, "20".into(), true)]);
    }
}
