//! A second source: the hash of a tip that somebody else's page shows, typed in by the person. A node whose peers all keep the
//! network's chain from it cannot notice that by itself.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::primitives::BlockHash;

use crate::state::NodeState;

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
                    Answer::Refused { reason } => format!("Not compared: {reason}."),
                    Answer::Accepted { .. } | Answer::Done => {
                        "This node asks its peers for that block. If none of them shows it, an alarm comes up in half a minute."
                            .to_owned()
                    }
                });
            }),
        }
    };
    view! {
        <form class="field" on:submit=submit autocomplete="off">
            <label class="label" for="compare-tip">"Compare with another node's tip"</label>
            <span class="with-button">
                <input id="compare-tip" type="text" data-test="compare-tip" spellcheck="false" bind:value=typed
                    placeholder="height and hash, as its page shows them"/>
                <button type="submit" data-test="compare">"Compare"</button>
            </span>
            <p class="muted" role="status" data-test="compare-answer">{answer}</p>
        </form>
    }
}

/// A height and a hash, in that order.
fn read(text: &str) -> Result<(u32, BlockHash), String> {
    let mut words = text.split_whitespace();
    let (Some(height), Some(hash), None) = (words.next(), words.next(), words.next()) else {
        return Err("Type the block's height, a space, and its hash of 64 digits.".to_owned());
    };
    let height = height.replace(['#', '\u{202f}', ',', '.'], "");
    let height = height.parse().map_err(|_| format!("{height} is no height: it has only digits."))?;
    let hash = hash.parse().map_err(|_| "A hash has 64 digits, 0 to 9 and a to f.".to_owned())?;
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
