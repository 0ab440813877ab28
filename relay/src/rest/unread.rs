//! What answers hold of the relay's memory while they wait to be read. An answer may have megabytes, and who asks for it
//! decides when to take it: so each address has a share, and whoever takes nothing for long is cut.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Problem;
use crate::AppState;
use crate::places::Place;
use crate::server::Connection;

/// Bytes that may wait for one address: some of the longest answers, or a class that loads what it shows.
pub const MAX_UNREAD_PER_ADDRESS: usize = 64 * 1024 * 1024;
pub const MAX_UNREAD: usize = 256 * 1024 * 1024;
/// Shorter answers are not counted: what a connection holds for itself is as much.
const SHORT_BYTES: usize = 16 * 1024;
/// Handed to the connection at a time.
const PART_BYTES: usize = 64 * 1024;
/// A client that takes no part for this long is cut.
const STALL_LIMIT: Duration = Duration::from_secs(30);

/// Around whatever is answered in one piece.
pub async fn hold(State(relay): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(from)| from.ip());
    let connection = request.extensions().get::<Connection>().cloned();
    let response = next.run(request).await;
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    let (Some(address), Some(size)) = (address, size.filter(|size| *size > SHORT_BYTES)) else { return Ok(response) };
    let place = relay.unread.take_many(address, size).ok_or_else(|| {
        Problem::busy(
            "too much of what was answered waits to be read, by your address or by all; read it, and ask again",
        )
    })?;
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, size).await else { return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()) };
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    // One part waits while another is being sent.
    let (sender, receiver) = mpsc::channel(1);
    relay.tasks.spawn(async move {
        if hand_out(bytes, &sender, place).await == Handed::Stalled
            && let Some(connection) = connection
        {
            connection.end();
        }
    });
    let body = stream::unfold(receiver, async |mut receiver: mpsc::Receiver<Bytes>| {
        receiver.recv().await.map(|part| (Ok::<_, io::Error>(part), receiver))
    });
    Ok(Response::from_parts(parts, Body::from_stream(body)))
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handed {
    /// All of it was taken, or the client has left.
    Out,
    Stalled,
}

/// Holds its place until the last part is taken.
async fn hand_out(mut bytes: Bytes, client: &mpsc::Sender<Bytes>, _place: Place) -> Handed {
    while !bytes.is_empty() {
        let part = bytes.split_to(PART_BYTES.min(bytes.len()));
        match timeout(STALL_LIMIT, client.send(part)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => break,
            Err(_) => return Handed::Stalled,
        }
    }
    Handed::Out
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use hyper::service::Service;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::Relay;
    use crate::config::{Options, Settings};
    use crate::places::Places;

    const LONG: usize = 3 * PART_BYTES + 1;

    /// Whose answers are not read gets no more of them, and nobody else notices. What is read, or given up, counts no more.
    #[tokio::test]
    async fn who_reads_nothing_fills_its_own_share() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            port: Some(0),
            data_dir: Some(directory.path().to_owned()),
            network: Some("regtest".into()),
            ..Options::default()
        };
        let relay = Relay::start(Settings::resolve(options, Some("a-token-for-tests".into())).unwrap()).await.unwrap();
        let unread = Arc::new(Places::with_total(2 * LONG, 3 * LONG));
        let state = AppState { unread, ..relay.state().clone() };
        let router = Router::new().route("/long", get(async || vec![7; LONG])).route("/short", get(async || "short"));
        let service = TowerToHyperService::new(router.layer(from_fn_with_state(state, hold)));
        let ask = async |path: &str, last: u8| {
            let mut request = Request::get(path).body(Body::empty()).unwrap();
            let address = SocketAddr::from(([192, 0, 2, last], 1));
            request.extensions_mut().insert(ConnectInfo(address));
            let Ok(response) = service.call(request).await;
            response
        };
        let read = async |response: Response| to_bytes(response.into_body(), usize::MAX).await.unwrap();

        let held = [ask("/long", 1).await, ask("/long", 1).await];
        let refused = ask("/long", 1).await;
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.headers().contains_key(header::RETRY_AFTER));
        assert_eq!(read(ask("/short", 1).await).await, "short");
        let other = ask("/long", 2).await;
        assert_eq!(other.headers()[header::CONTENT_LENGTH], LONG.to_string());
        assert_eq!(ask("/long", 3).await.status(), StatusCode::SERVICE_UNAVAILABLE, "all together have a limit");
        assert_eq!(read(other).await, vec![7; LONG]);
        drop(held);
        for _ in 0..5 {
            // The place is given back by the one who hands out, a moment later.
            while ask("/long", 1).await.status() != StatusCode::OK {
                tokio::task::yield_now().await;
            }
        }
        relay.stop().await;
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_cut_and_its_share_is_free() {
        let places = Places::new(LONG);
        let address = IpAddr::from([192, 0, 2, 1]);
        let place = places.take_many(address, LONG).unwrap();
        let (sender, mut receiver) = mpsc::channel(1);
        assert_eq!(hand_out(vec![7; LONG].into(), &sender, place).await, Handed::Stalled);
        let place = places.take_many(address, LONG).expect("it is free");
        // Who takes a part now and then is slow, and served.
        receiver.recv().await.expect("what was handed out before");
        let slow = async {
            let mut taken = 0;
            while taken < LONG {
                tokio::time::sleep(STALL_LIMIT / 2).await;
                taken += receiver.recv().await.expect("there is more").len();
            }
        };
        assert_eq!(tokio::join!(hand_out(vec![7; LONG].into(), &sender, place), slow).0, Handed::Out);
    }
}
