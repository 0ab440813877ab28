//! What happened on the network since the panel was opened, in lines: told by answers, and by comparing one look with the
//! next.

use std::collections::{HashSet, VecDeque};

use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::Snapshot;

use super::Network;
use crate::browser;
use crate::operator::Peer;
use crate::words;

/// Older lines are dropped.
const MAX_LINES: usize = 100;

#[derive(Clone, Copy)]
pub struct Journal {
    /// Newest first, each with a number that is never used again.
    lines: RwSignal<VecDeque<Line>>,
    written: StoredValue<u64>,
}

#[derive(Debug, Clone, PartialEq)]
struct Line {
    number: u64,
    at: Time,
    text: String,
}

impl Journal {
    pub fn new() -> Self {
        Self { lines: RwSignal::new(VecDeque::new()), written: StoredValue::new(0) }
    }

    pub fn write(self, text: String) {
        self.written.update_value(|written| *written += 1);
        let line = Line { number: self.written.get_value(), at: browser::now(), text };
        self.lines.update(|lines| {
            lines.push_front(line);
            lines.truncate(MAX_LINES);
        });
    }

    /// Writes down what is different from the last look. The first look is no news.
    pub fn compare(self, peers_before: &[Peer], peers: &[Peer], before: Option<&Snapshot>, now: &Snapshot) {
        if let Some(before) = before {
            for text in differences(peers_before, peers, before, now) {
                self.write(text);
            }
        }
    }
}

fn differences(peers_before: &[Peer], peers: &[Peer], before: &Snapshot, now: &Snapshot) -> Vec<String> {
    let mut news = Vec::new();
    let (ids_before, ids): (HashSet<_>, HashSet<_>) =
        (peers_before.iter().map(|peer| peer.id).collect(), peers.iter().map(|peer| peer.id).collect());
    news.extend(peers.iter().filter(|peer| !ids_before.contains(&peer.id)).map(|peer| format!("{} joined", peer.name)));
    news.extend(peers_before.iter().filter(|peer| !ids.contains(&peer.id)).map(|peer| format!("{} left", peer.name)));
    let known: HashSet<_> = before.blocks.iter().map(|block| block.hash).collect();
    for block in now.blocks.iter().rev().filter(|block| !known.contains(&block.hash)) {
        let standing = if block.active { "" } else { ", stale" };
        news.push(format!("Block {} by {}{standing}", words::grouped(block.height), block.tag));
    }
    if let Some(reorg) = now.last_reorg.as_ref().filter(|reorg| before.last_reorg.as_ref() != Some(reorg)) {
        news.push(format!(
            "Reorg: {} replaced by {}",
            words::counted(reorg.disconnected, "block", "blocks"),
            words::grouped(reorg.connected)
        ));
    }
    news
}

#[component]
pub fn JournalView() -> impl IntoView {
    let journal = expect_context::<Network>().journal;
    view! {
        <section class="card journal" aria-labelledby="journal-title">
            <h2 id="journal-title">"What happened"</h2>
            <ol class="rows" aria-live="polite">
                <For each=move || journal.lines.get() key=|line| line.number children=|line| view! {
                    <li><span class="muted">{words::time_of_day(line.at)}</span><span class="grow">{line.text}</span></li>
                }/>
            </ol>
            {move || journal.lines.read().is_empty().then(|| view! { <p class="empty">"Blocks, arrivals and answers appear here."</p> })}
        </section>
    }
}
