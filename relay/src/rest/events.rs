//! `/events`: what happens in the network, as server-sent events, for as long as a client listens.
//!
//! A client that connects again says what it had last (`Last-Event-ID`, which browsers send by themselves) and gets what has
//! come since, or a `gap` if that is gone. Events come out of one ring (`events.rs`), so a client that reads slowly is only
//! behind, until the ring has moved past it: then it gets a `gap` as its last event. One that reads nothing is cut.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Extension;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Problem;
use crate::AppState;
use crate::events::{Gap, Happening, Listener};
use crate::server::Connection;

/// Streams of one address: behind it there may be a whole class.
pub const MAX_STREAMS_PER_ADDRESS: usize = 64;
pub const MAX_STREAMS: usize = 1_024;
/// Events that wait for one client's connection, beside what the ring holds for all.
const WAITING_EVENTS: usize = 16;
/// A client that takes nothing for this long while something waits for it is cut.
const STALL_LIMIT: Duration = Duration::from_secs(30);
/// How often a comment shows that the connection is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a client should wait before it connects again.
const RETRY: Duration = Duration::from_secs(2);
const RETRY_AFTER: &str = "10";

/// What happens, as it happens
///
/// Server-sent events: `block`, `reorg`, `transaction`, `peer-connected`, `peer-left` and `links`, each with JSON. A block or
/// a transaction is told when it is stored. `Last-Event-ID` resumes after an event; if the relay no longer knows what came
/// after it, the stream begins with an event `gap` that says so in words.
#[utoipa::path(get, path = "/events", tag = "network",
    params(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was received", example = "5d1f03aa-17")),
    responses(
        (status = 200, description = "A stream without end", body = Happening, content_type = "text/event-stream"),
        (status = 429, description = "This address holds too many streams"),
    ))]
pub async fn events(
    State(relay): State<AppState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    connection: Option<Extension<Connection>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = relay.event_streams.take(address.ip()).ok_or_else(|| {
        let detail = format!(
            "at most {MAX_STREAMS_PER_ADDRESS} streams of events are sent to one address, and {MAX_STREAMS} in all; close one first"
        );
        Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).with_header(header::RETRY_AFTER, RETRY_AFTER)
    })?;
    let last_seen = headers.get("last-event-id").map(|id| id.to_str().unwrap_or("not text"));
    let (listener, gap) = relay.switchboard.events().listen(last_seen);
    let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
    let tasks = relay.tasks.clone();
    tasks.spawn(async move {
        let told = tokio::select! {
            told = tell(listener, gap, &sender) => told,
            () = sender.closed() => Told::Left,
            () = relay.stop.cancelled() => Told::Left,
        };
        if told == Told::Stalled
            && let Some(Extension(connection)) = connection
        {
            connection.end();
        }
        drop(place);
    });
    let events = stream::unfold(receiver, async |mut receiver: mpsc::Receiver<Event>| {
        let event = receiver.recv().await?;
        Some((Ok::<_, Infallible>(event), receiver))
    });
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE).text("alive");
    Ok(([(header::CACHE_CONTROL, "no-store")], Sse::new(events).keep_alive(keep_alive)).into_response())
}

/// How telling ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// The client has left, or is too far behind and was told so.
    Left,
    /// It takes nothing any more.
    Stalled,
}

async fn tell(mut listener: Listener, gap: Option<Gap>, client: &mpsc::Sender<Event>) -> Told {
    let mut event = match gap {
        Some(gap) => gap_event(&listener, gap),
        // An id without data is no event, and from then on what a browser resumes after: whoever is cut off before the first
        // event misses none. A proxy passes on the head of the answer with it.
        None => Event::default().comment("listening").id(listener.position()),
    };
    event = event.retry(RETRY);
    loop {
        match timeout(STALL_LIMIT, client.send(event)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Told::Left,
            Err(_) => return Told::Stalled,
        }
        event = match listener.next().await {
            Ok(next) => Event::default().id(listener.id(&next)).event(next.name).data(&next.data),
            Err(gap) => {
                let last = gap_event(&listener, gap);
                return match timeout(STALL_LIMIT, client.send(last)).await {
                    Ok(_) => Told::Left,
                    Err(_) => Told::Stalled,
                };
            }
        };
    }
}

fn gap_event(listener: &Listener, gap: Gap) -> Event {
    let data = serde_json::json!({ "reason": gap.to_string() }).to_string();
    // Whoever resumes after this is not told of the same gap twice.
    Event::default().event("gap").data(data).id(listener.position())
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::io::Time;
    use tabchain_shared::primitives::NodeId;

    use super::*;
    use crate::events::{Events, MAX_KEPT_EVENTS};

    fn publish(events: &Events, count: usize) {
        for _ in 0..count {
            events.publish(Time(0), &Happening::PeerLeft { node: NodeId([0; 8]) });
        }
    }

    /// A client whose connection takes nothing, with more waiting for it than the channel holds.
    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut() {
        let events = Events::default();
        let (sender, _receiver) = mpsc::channel(WAITING_EVENTS);
        let (listener, gap) = events.listen(None);
        publish(&events, WAITING_EVENTS + 1);
        assert_eq!(tell(listener, gap, &sender).await, Told::Stalled);
    }

    /// The ring moves past a client that reads, but too slowly.
    #[tokio::test]
    async fn who_is_too_far_behind_is_told_so_and_let_go() {
        let events = Events::default();
        let (sender, mut receiver) = mpsc::channel(WAITING_EVENTS);
        let (listener, gap) = events.listen(None);
        publish(&events, MAX_KEPT_EVENTS + 1);
        let told = tokio::join!(tell(listener, gap, &sender), async {
            let mut last = None;
            for _ in 0..2 {
                last = receiver.recv().await;
            }
            last
        });
        let (Told::Left, Some(last)) = told else { panic!("{told:?}") };
        let response = Sse::new(stream::iter([Ok::<_, Infallible>(last)])).into_response();
        let text = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(text.starts_with(b"event: gap\n"), "{text:?}");
    }

    #[tokio::test]
    async fn who_has_left_is_told_nothing_more() {
        let events = Events::default();
        let (sender, receiver) = mpsc::channel(WAITING_EVENTS);
        drop(receiver);
        let (listener, gap) = events.listen(None);
        assert_eq!(tell(listener, gap, &sender).await, Told::Left);
    }
}
