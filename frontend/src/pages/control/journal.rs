//! What happened on the network, in lines: the relay's events, and the answers to the host's orders.

use std::collections::{HashMap, VecDeque};

use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::{Address, NodeId};

use super::Network;
use super::events::{Happening, Message};
use crate::browser;
use crate::operator::Peer;
use crate::text;
use crate::words;

/// Older lines are dropped, and so are older events: the relay keeps no more of them.
const MAX_LINES: usize = 300;
/// More links that are made or cut at once are counted.
const MAX_NAMED_LINKS: usize = 3;
const MAX_EVENTS: usize = 4_096;

/// What a line is about, so that one can look at some alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Blocks,
    Nodes,
    Payments,
    Orders,
}

impl Topic {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Blocks, "blocks"), (Self::Nodes, "nodes"), (Self::Payments, "payments"), (Self::Orders, "orders")];

    fn name(self) -> String {
        match self {
            Self::Blocks => text!("control-topic-blocks"),
            Self::Nodes => text!("control-topic-nodes"),
            Self::Payments => text!("control-topic-payments"),
            Self::Orders => text!("control-topic-orders"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Line {
    number: u64,
    at: Time,
    topic: Topic,
    text: String,
}

/// Nodes and addresses that have been here.
#[derive(Debug, Default)]
struct Names {
    nodes: HashMap<NodeId, String>,
    addresses: HashMap<Address, String>,
}

#[derive(Clone, Copy)]
pub struct Journal {
    /// Newest first, each with a number that is never used again.
    lines: RwSignal<VecDeque<Line>>,
    written: StoredValue<u64>,
    /// As they came, for whoever saves the session.
    events: StoredValue<VecDeque<Message>>,
    names: StoredValue<Names>,
}

impl Journal {
    pub fn new() -> Self {
        Self {
            lines: RwSignal::new(VecDeque::new()),
            written: StoredValue::new(0),
            events: StoredValue::new(VecDeque::new()),
            names: StoredValue::new(Names::default()),
        }
    }

    /// What the host should know at once: an order's answer, or why something did not work.
    pub fn note(self, text: String) {
        self.write(browser::now(), Topic::Orders, text);
    }

    fn write(self, at: Time, topic: Topic, text: String) {
        self.written.update_value(|written| *written += 1);
        let line = Line { number: self.written.get_value(), at, topic, text };
        self.lines.update(|lines| {
            lines.push_front(line);
            lines.truncate(MAX_LINES);
        });
    }

    /// An event, in words.
    pub fn tell(self, at: Option<Time>, happening: &Happening) {
        if let Happening::PeerConnected { node, name } = happening {
            self.names.update_value(|names| drop(names.nodes.insert(*node, name.clone())));
        }
        if let Some((topic, text)) = self.names.with_value(|names| in_words(happening, names)) {
            self.write(at.unwrap_or_else(browser::now), topic, text);
        }
    }

    pub fn keep(self, message: Message) {
        self.events.update_value(|events| {
            if events.len() == MAX_EVENTS {
                events.pop_front();
            }
            events.push_back(message);
        });
    }

    pub fn events(self) -> Vec<Message> {
        self.events.with_value(|events| events.iter().cloned().collect())
    }

    /// Events name nodes by their ids, and payments by addresses.
    pub fn learn_names(self, peers: &[Peer]) {
        self.names.update_value(|names| {
            for peer in peers {
                names.nodes.insert(peer.id, peer.name.clone());
                if let Some(address) = peer.address {
                    names.addresses.insert(address, peer.name.clone());
                }
            }
        });
    }
}

fn in_words(happening: &Happening, names: &Names) -> Option<(Topic, String)> {
    let node = |id: &NodeId| names.nodes.get(id).cloned().unwrap_or_else(|| id.to_string());
    let owner =
        |address: Address| names.addresses.get(&address).cloned().unwrap_or_else(|| words::short_address(&address));
    Some(match happening {
        Happening::Block { height, tag, transactions } => {
            let payments = transactions.saturating_sub(1);
            let text = text!("control-event-block", height = *height, miner = tag.clone(), payments = payments);
            (Topic::Blocks, text)
        }
        Happening::Reorg { fork_height, disconnected, connected } => {
            let (lost, won) = (*disconnected, *connected);
            (Topic::Blocks, text!("control-event-reorg", lost = lost, won = won, height = *fork_height))
        }
        Happening::Transaction(transaction) => {
            let from = transaction.sender.map(owner).unwrap_or_default();
            let (amount, to) = (words::coins(transaction.amount), owner(transaction.recipient));
            (Topic::Payments, text!("control-event-payment", amount = amount, from = from, to = to))
        }
        Happening::PeerConnected { name, .. } => (Topic::Nodes, text!("control-event-joined", name = name.clone())),
        Happening::PeerLeft { node: id } => (Topic::Nodes, text!("control-event-left", name = node(id))),
        Happening::Links { made, cut, made_pairs, cut_pairs } => {
            let listed = |pairs: &[[NodeId; 2]]| {
                let names = pairs.iter().map(|pair| pair.each_ref().map(node).join(" – "));
                Some(names.collect::<Vec<_>>().join(", ")).filter(|names| !names.is_empty())
            };
            let listing = || {
                let cut = listed(cut_pairs).map(|links| text!("control-event-unlinked", links = links));
                let made = listed(made_pairs).map(|links| text!("control-event-linked", links = links));
                cut.into_iter().chain(made).collect::<Vec<_>>().join("; ")
            };
            // The ends of some are not told, and then a number says more than nothing.
            let text = Some(listing()).filter(|text| made + cut <= MAX_NAMED_LINKS && !text.is_empty());
            let text = text.unwrap_or_else(|| text!("control-event-links", made = *made, cut = *cut));
            (Topic::Nodes, text)
        }
        Happening::Gap {} => (Topic::Orders, text!("control-event-gap")),
        Happening::Unknown => return None,
    })
}

#[component]
pub fn JournalView() -> impl IntoView {
    let network = expect_context::<Network>();
    let journal = network.journal;
    let topic = RwSignal::new(None::<Topic>);
    let lines = Memo::new(move |_| {
        let topic = topic.get();
        let frozen = network.freeze.since();
        let wanted =
            |line: &&Line| topic.is_none_or(|topic| line.topic == topic) && frozen.is_none_or(|since| line.at <= since);
        journal.lines.with(|lines| lines.iter().filter(wanted).cloned().collect::<Vec<_>>())
    });
    let answer = Memo::new(move |_| {
        let newest = |lines: &VecDeque<Line>| {
            lines.iter().find(|line| line.topic == Topic::Orders).map(|line| line.text.clone())
        };
        journal.lines.with(newest)
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        topic.set(Topic::ALL.iter().find(|(_, value)| *value == chosen).map(|(topic, _)| *topic));
    };
    view! {
        <section class="card journal" aria-labelledby="journal-title">
            <div class="card-head">
                <h2 id="journal-title">{text!("control-journal")}</h2>
                <select class="small" data-test="journal-topic" aria-label=text!("control-journal-topic") on:change=choose>
                    <option value="">{text!("control-topic-all")}</option>
                    {Topic::ALL.map(|(topic, value)| view! { <option value=value>{topic.name()}</option> })}
                </select>
            </div>
            // Only answers are read out: payments may come many times a second.
            <p class="visually-hidden" role="status">{move || answer.get()}</p>
            <ol class="rows" tabindex="0" aria-label=text!("control-journal") data-test="journal">
                <For each=move || lines.get() key=|line| line.number children=|line| view! {
                    <li><span class="muted">{words::time_of_day(line.at)}</span><span class="grow">{line.text}</span></li>
                }/>
            </ol>
            {move || lines.read().is_empty().then(|| view! { <p class="empty">{text!("control-journal-empty")}</p> })}
        </section>
    }
}
