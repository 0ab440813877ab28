//! `GET /events` of a real relay: what is told, when, and how a listener goes on where it was.

use std::collections::VecDeque;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tabchain::rest::events::MAX_STREAMS_PER_ADDRESS;
use tabchain_shared::primitives::SecretKey;
use tabchain_tests::host::{Host, directory};

/// Anything that should come comes within this; only a failing test waits so long.
const DEADLINE: Duration = Duration::from_mins(1);

/// An event as a browser would hand it out.
#[derive(Debug, Clone, Default)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

/// Reads a stream of events.
struct Listener {
    response: Response,
    text: String,
    read: VecDeque<Event>,
    /// What a browser would send when it connects again.
    last_event_id: String,
}

impl Listener {
    async fn start(host: &Host, last_event_id: Option<&str>) -> Self {
        let mut request = host.http.get(host.url("/events"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.expect("the relay answers");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, text: String::new(), read: VecDeque::new(), last_event_id: String::new() }
    }

    /// `None`: the relay has ended the stream.
    async fn try_next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            self.read_on().await?;
        }
    }

    /// Takes what comes next, an event or not. `None`: the relay has ended the stream.
    async fn read_on(&mut self) -> Option<()> {
        let chunk = tokio::time::timeout(DEADLINE, self.response.chunk()).await.expect("something comes in time");
        let chunk = chunk.expect("the stream is whole")?;
        self.text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        while let Some(end) = self.text.find("\n\n") {
            let block: String = self.text.drain(..end + 2).collect();
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
            if !field("id:").is_empty() {
                self.last_event_id = field("id:").into();
            }
            if !field("data:").is_empty() {
                let data = serde_json::from_str(field("data:")).expect("JSON");
                self.read.push_back(Event { name: field("event:").into(), id: field("id:").into(), data });
            }
        }
        Some(())
    }

    async fn next(&mut self) -> Event {
        self.try_next().await.expect("the stream goes on")
    }

    /// The next event of that name; others may come between.
    async fn wait_for(&mut self, name: &str) -> Event {
        loop {
            let event = self.next().await;
            if event.name == name {
                return event;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_and_payments_are_told_when_they_are_stored() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let mut listener = Listener::start(&host, None).await;
    host.mine_a_block().await;
    let block = listener.next().await;
    assert_eq!((block.name.as_str(), &block.data["height"], &block.data["tag"]), ("block", &json!(1), &json!("host")));
    // Whatever was told is on disk: a relay that is started on that data has it.
    let hash = block.data["hash"].as_str().unwrap().to_owned();
    assert_eq!(host.get_json(&format!("/blocks/{hash}")).await["height"], 1);

    let receiver = SecretKey::from_seed([1; 32]).public_key().address().to_string();
    let body = json!({ "sender": "host", "receiver": receiver, "amount": "2.5" });
    let answer = host.post("/new-transaction", &body).await.json();
    let payment = listener.next().await;
    assert_eq!((payment.name.as_str(), &payment.data["txid"]), ("transaction", &answer["txid"]));
    assert_eq!(payment.data["amount"], "2.5");
    let number = |event: &Event| event.id.rsplit('-').next().unwrap().parse::<u64>().unwrap();
    assert_eq!(number(&payment), number(&block) + 1, "ids count up");
    host.relay.stop().await;
    assert!(listener.try_next().await.is_none(), "stopping ends the stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_goes_on_where_it_was_but_not_over_a_restart() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let mut listener = Listener::start(&host, None).await;
    host.mine_a_block().await;
    let first = listener.next().await;
    drop(listener);
    host.mine_a_block().await;
    host.mine_a_block().await;
    let mut resumed = Listener::start(&host, Some(&first.id)).await;
    assert_eq!([resumed.next().await.data["height"].clone(), resumed.next().await.data["height"].clone()], [2, 3]);
    for (id, words) in [("nonsense", "not one of this relay's"), ("00000000-5", "started anew")] {
        let gap = Listener::start(&host, Some(id)).await.next().await;
        assert_eq!(gap.name, "gap");
        assert!(gap.data["reason"].as_str().unwrap().contains(words), "{gap:?}");
    }
    host.relay.stop().await;
    let host = Host::start(&data_dir).await;
    let mut later = Listener::start(&host, Some(&first.id)).await;
    let gap = later.next().await;
    assert!(gap.name == "gap" && gap.data["reason"].as_str().unwrap().contains("started anew"), "{gap:?}");
    // And then what happens from now on.
    host.mine_a_block().await;
    assert_eq!(later.wait_for("block").await.data["height"], 4);
    host.relay.stop().await;
}

/// As a browser does whose connection is lost before the first event: it sends what it was last given as an id.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_cut_off_before_the_first_event_misses_none() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let mut listener = Listener::start(&host, None).await;
    listener.read_on().await.expect("the stream goes on");
    assert!(!listener.last_event_id.is_empty() && listener.read.is_empty(), "an id comes first, and is no event");
    let id = listener.last_event_id.clone();
    drop(listener);
    host.mine_a_block().await;
    let mut again = Listener::start(&host, Some(&id)).await;
    let event = again.next().await;
    assert_eq!((event.name.as_str(), &event.data["height"]), ("block", &json!(1)));
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_and_goes_is_told() {
    let (one, two) = (directory(), directory());
    let host = Host::start(&one).await;
    let other = Host::start_as("other", "regtest", &two).await;
    let mut listener = Listener::start(&host, None).await;
    let joined = other.post("/register-with", &json!({ "address": host.url("") })).await;
    assert_eq!(joined.status, StatusCode::OK, "{}", joined.text());
    let id = other.relay.state().resident.id().to_string();
    let connected = listener.wait_for("peer-connected").await;
    assert_eq!((&connected.data["node"], &connected.data["name"]), (&json!(id), &json!("other")));
    let links = listener.wait_for("links").await;
    assert_eq!((&links.data["made"], &links.data["cut"]), (&json!(1), &json!(0)));
    assert!(links.data["made_pairs"][0].as_array().unwrap().contains(&json!(id)));
    other.relay.stop().await;
    assert_eq!(listener.wait_for("peer-left").await.data["node"], id.as_str());
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_have_a_limit_and_places_come_back() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let mut held = Vec::new();
    for _ in 0..MAX_STREAMS_PER_ADDRESS {
        held.push(Listener::start(&host, None).await);
    }
    host.get("/events").await.assert_problem(429, "close one first", "one too many");
    held.pop();
    tabchain_tests::eventually("a place is free again", async || {
        let response = host.http.get(host.url("/events")).send().await.expect("the relay answers");
        if response.status() == StatusCode::OK { Ok(()) } else { Err(response.status().to_string()) }
    })
    .await;
    drop(held);
    host.relay.stop().await;
}
