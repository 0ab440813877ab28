//! A second source: the hash of a tip that somebody else's page shows, typed in by the person. A node whose peers all keep the
//! network's chain from it cannot notice that by itself.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::primitives::BlockHash;

use crate::state::NodeState;
use crate::text;

#[component]
pub fn CompareTips() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let typed = RwSignal::new(String::new());
    let answer = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        match read(&typed.read_untracked()) {
            Err(reason) => answer.set(reason),
            Ok((height, hash)) => state.ask(Command::CompareTip { hash, height }, move |outcome| {
                answer.set(match outcome {
                    Answer::Refused { reason } => text!("my-node-compare-refused", reason = reason),
                    Answer::Accepted { .. } | Answer::Done | Answer::Chain { .. } => {
                        text!("my-node-compare-asked")
                    }
                });
            }),
        }
    };
    view! {
        <form class="field" on:submit=submit autocomplete="off">
            <label class="label" for="compare-tip">{text!("my-node-compare")}</label>
            <span class="with-button">
                <input id="compare-tip" type="text" data-test="compare-tip" spellcheck="false" bind:value=typed
                    placeholder=text!("my-node-compare-hint")/>
                <button type="submit" data-test="compare">{text!("my-node-compare-button")}</button>
            </span>
            <p class="muted" role="status" data-test="compare-answer">{answer}</p>
        </form>
    }
}

/// A height and a hash, in that order.
fn read(text: &str) -> Result<(u32, BlockHash), String> {
    let mut words = text.split_whitespace();
    let (Some(height), Some(hash), None) = (words.next(), words.next(), words.next()) else {
        return Err(text!("my-node-compare-both"));
    };
    let height: String = height.chars().filter(|c| !"#,.\u{a0}\u{202f}".contains(*c)).collect();
    let height = height.parse().map_err(|_| text!("my-node-compare-no-height", height = height))?;
    let hash = hash.parse().map_err(|_| text!("my-node-compare-no-hash"))?;
    Ok((height, hash))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let hash = "00".repeat(31) + "ff";
        let (height, read_hash) = read(&format!(" 1204  {hash} ")).unwrap();
        assert_eq!((height, read_hash.to_string()), (1_204, hash.clone()));
        for (text, about) in
            [(hash.clone(), "height"), (format!("x {hash}"), "only digits"), ("7 00ff".to_owned(), "64 digits")]
        {
            assert!(read(&text).unwrap_err().contains(about), "{text}");
        }
    }
}
