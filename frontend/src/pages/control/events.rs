//! The relay's `/events` as the panel follows them: over `fetch`, because a relay may want a token for reading, which a browser's own
//! `EventSource` cannot bring. After a break it goes on after the last event; when the panel is opened it begins with what has just
//! happened, as far as the relay remembers it.

mod stream;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use serde::Deserialize;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::NodeId;

use super::network::{Network, News};
use crate::operator;
use crate::text;
pub use stream::Message;
use stream::Parser;

/// Events of before, when the panel is opened.
const EARLIER: u64 = 200;
/// Between two tries.
const RETRY_MILLIS: u32 = 2_000;

/// Something that happened, as far as the panel tells of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happening {
    Block {
        height: u32,
        tag: String,
        transactions: usize,
    },
    Reorg {
        fork_height: u32,
        disconnected: usize,
        connected: usize,
    },
    Transaction(TransactionView),
    PeerConnected {
        node: NodeId,
        name: String,
    },
    PeerLeft {
        node: NodeId,
    },
    Links {
        made: usize,
        cut: usize,
        /// Not all of them, if they are many.
        made_pairs: Vec<[NodeId; 2]>,
        cut_pairs: Vec<[NodeId; 2]>,
    },
    Gap {},
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct When {
    #[serde(default)]
    at: Option<Time>,
}

impl Happening {
    /// What a message says, and when the relay heard of it. `None`: it makes no sense here.
    pub fn read(message: &Message) -> Option<(Option<Time>, Self)> {
        let value = message.to_json()?;
        let when = When::deserialize(&value).ok()?;
        Some((when.at, Self::deserialize(value).ok()?))
    }

    fn news(&self) -> News {
        match self {
            Self::Block { .. } | Self::Reorg { .. } | Self::Transaction(_) => News { of_chain: true, of_nodes: false },
            Self::PeerConnected { .. } | Self::PeerLeft { .. } => News { of_chain: false, of_nodes: true },
            Self::Gap { .. } => News { of_chain: true, of_nodes: true },
            Self::Links { .. } | Self::Unknown => News::default(),
        }
    }
}

impl Network {
    /// Listens for as long as the panel is open.
    pub fn listen(self) {
        leptos::task::spawn_local(async move {
            let mut last_id = None;
            let mut is_deaf = false;
            while !self.hears.is_disposed() {
                let outcome = self.listen_once(&mut last_id).await;
                if self.hears.is_disposed() {
                    return;
                }
                is_deaf &= !self.hears.get_untracked();
                self.hears.set(false);
                // Once for each break: every try would fill the list.
                if let Err(reason) = outcome
                    && !std::mem::replace(&mut is_deaf, true)
                {
                    self.journal.note(text!("control-events-broken", reason = reason));
                }
                TimeoutFuture::new(RETRY_MILLIS).await;
            }
        });
    }

    async fn listen_once(self, last_id: &mut Option<String>) -> Result<(), String> {
        let begins = last_id.is_none();
        let mut stream = operator::events(last_id.as_deref()).await?;
        let mut parser = Parser::default();
        while let Some(bytes) = stream.next_piece().await? {
            if self.hears.is_disposed() {
                break;
            }
            self.hears.set(true);
            for message in parser.take(&bytes).map_err(|()| text!("control-events-nonsense"))? {
                self.take(message);
            }
            let id = parser.last_id().map(ToOwned::to_owned);
            // The first answer only says where the relay is; from there one goes back a little.
            if let Some(earlier) = id.as_deref().filter(|_| begins).and_then(earlier) {
                *last_id = Some(earlier);
                stream.close();
                // Events name nodes by their ids; what is told once stays as it is told.
                self.look_at_nodes().await;
                return Box::pin(self.listen_once(last_id)).await;
            }
            *last_id = id.or(last_id.take());
        }
        stream.close();
        Ok(())
    }

    fn take(self, message: Message) {
        if let Some((at, happening)) = Happening::read(&message) {
            self.hear(happening.news());
            self.journal.tell(at, &happening);
        }
        self.journal.keep(message);
    }
}

/// An id is the relay's run and a number; where it stood some events ago, or at the very beginning.
fn earlier(id: &str) -> Option<String> {
    let (epoch, number) = id.split_once('-')?;
    let number: u64 = number.parse().ok()?;
    Some(format!("{epoch}-{}", number.saturating_sub(EARLIER)))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_panel_goes_back_no_further_than_the_beginning() {
        assert_eq!(earlier("5d1f03aa-417").as_deref(), Some("5d1f03aa-217"));
        assert_eq!(earlier("5d1f03aa-17").as_deref(), Some("5d1f03aa-0"));
        assert_eq!(earlier("nonsense"), None);
    }

    #[test]
    fn events_are_read_by_their_names() {
        let message =
            |name: &str, data: &str| Message { id: "5d1f03aa-1".into(), name: name.into(), data: data.into() };
        let node = NodeId([1; 8]);
        for (name, data, expected) in [
            (
                "block",
                r#"{"at":7,"height":3,"tag":"ada","transactions":2,"bytes":400}"#,
                Some((Some(Time(7)), Happening::Block { height: 3, tag: "ada".into(), transactions: 2 })),
            ),
            ("peer-left", r#"{"at":8,"node":"0101010101010101"}"#, Some((Some(Time(8)), Happening::PeerLeft { node }))),
            ("gap", r#"{"reason":"late"}"#, Some((None, Happening::Gap {}))),
            ("news-of-later", r#"{"at":9}"#, Some((Some(Time(9)), Happening::Unknown))),
            ("block", r#"{"at":7}"#, None),
            ("block", "7", None),
        ] {
            assert_eq!(Happening::read(&message(name, data)), expected, "{name} {data}");
        }
    }
}
