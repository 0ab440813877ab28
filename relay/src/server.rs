//! The HTTP server below the router: connections from strangers, and what each may take of our time and memory.
//!
//! axum's own server has no limits, so this one is made of what that is made of (hyper): a head has a size and a time, and
//! connections are counted, by address and in all, from before their TLS handshake on. A handler can end its connection (a
//! listener that stopped reading), and whoever takes the connection over (a WebSocket) holds its place on. Handlers find the
//! client's address as `ConnectInfo`: behind a trusted proxy it is the one that the proxy names.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::{Metrics, Refusal};
use crate::places::{Place, Places};
use crate::proxy::TrustedProxies;
use crate::rest::problem::Document;
use crate::tls::{Tls, TlsError};

/// Connections of all addresses together, those of nodes included, unless the host says otherwise.
pub const DEFAULT_CONNECTIONS: usize = 16_384;
/// For one WebSocket that an address may hold, so many connections of any kind: browsers open up to six for files.
const CONNECTIONS_PER_SOCKET: usize = 4;
/// A request's line and headers together, bytes; whoever sends more is answered 431. hyper takes no smaller limit.
pub const MAX_HEAD_BYTES: usize = 8 * 1024;
/// A head must be complete within this time, a TLS handshake, too; an idle connection is closed after it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// After a failure to accept that is not the other side's (no more file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// For whoever finds no place.
static FULL: LazyLock<String> = LazyLock::new(|| {
    let detail =
        "no connection is free: your address holds too many, or all addresses together do; ask again in a few seconds";
    let body = Document::new(StatusCode::SERVICE_UNAVAILABLE, detail.into()).to_json();
    let (kind, length) = (Document::CONTENT_TYPE, body.len());
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: {kind}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
});

/// What strangers' connections are measured against.
#[derive(Debug, Clone, Copy)]
pub struct ServerLimits {
    pub connections: usize,
    /// For one address: this many nodes have room beside a browser's other connections.
    pub sockets_per_address: usize,
    pub head_timeout: Duration,
}

/// The connection that a request came over, as handlers find it among the request's extensions.
#[derive(Debug, Clone)]
pub struct Connection {
    _held: Arc<Held>,
    ended: CancellationToken,
}

/// What a connection takes up for as long as it, or what became of it, lasts.
#[derive(Debug)]
struct Held {
    _place: Place,
    metrics: Arc<Metrics>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.metrics.connections.dec();
    }
}

impl Connection {
    fn new(place: Place, metrics: Arc<Metrics>) -> Self {
        metrics.accepted.inc();
        metrics.connections.inc();
        Self { _held: Arc::new(Held { _place: place, metrics }), ended: CancellationToken::new() }
    }

    /// Cuts the connection, whatever is still to be sent: for a client that takes nothing.
    pub fn end(&self) {
        self.ended.cancel();
    }
}

/// Marks a request that is known to have come over TLS, here or as far as a trusted proxy.
#[derive(Debug, Clone, Copy)]
pub struct Encrypted;

/// Serves connections. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    pub router: Router,
    pub limits: ServerLimits,
    /// Absent: plain HTTP.
    pub tls: Option<Tls>,
    pub proxies: TrustedProxies,
    pub metrics: Arc<Metrics>,
}

impl Server {
    /// Serves until `stop`, and then lets running requests end, for so long.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken, grace: Duration) {
        let per_address = self.limits.sockets_per_address.saturating_mul(CONNECTIONS_PER_SOCKET);
        let places = Places::with_total(per_address, self.limits.connections);
        let connections = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, address)) => {
                    if let Some(place) = self.place(&places, address) {
                        // Small frames must not wait for more of them.
                        let _ = stream.set_nodelay(true);
                        let connection = Connection::new(place, Arc::clone(&self.metrics));
                        connections.spawn(self.clone().attend(stream, address, connection, stop.clone()));
                    } else {
                        self.metrics.refused(Refusal::NoPlace);
                        // Whoever expects TLS would not understand.
                        if self.tls.is_none() {
                            turn_away(&stream);
                        }
                    }
                }
                Err(error) if is_of_the_other_side(&error) => {}
                Err(error) => {
                    tracing::error!("no connection can be accepted: {error}");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        connections.close();
        // Who has not ended by then is cut off by the end of the process.
        let _ = timeout(grace, connections.wait()).await;
    }

    /// A proxy's connections are those of many: what each of its clients may take is counted by request.
    fn place(&self, places: &Places, address: SocketAddr) -> Option<Place> {
        let is_proxy = self.proxies.contains(address.ip());
        if is_proxy { places.take_for_others(address.ip()) } else { places.take(address.ip()) }
    }

    /// One connection, to its end.
    async fn attend(self, stream: TcpStream, address: SocketAddr, connection: Connection, stop: CancellationToken) {
        let Some(tls) = &self.tls else { return self.converse(stream, address, connection, stop).await };
        let handshake = tokio::select! {
            handshake = timeout(self.limits.head_timeout, tls.accept(stream)) => handshake,
            () = stop.cancelled() => return,
        };
        match handshake {
            Ok(Ok(stream)) => self.converse(stream, address, connection, stop).await,
            Ok(Err(TlsError::Plain)) => self.metrics.refused(Refusal::PlainHttp),
            Ok(Err(TlsError::Failed(error))) => {
                tracing::debug!(%address, "no TLS: {error}");
                self.metrics.refused(Refusal::TlsHandshake);
            }
            Err(_) => self.metrics.refused(Refusal::TlsHandshake),
        }
    }

    async fn converse<S>(self, stream: S, address: SocketAddr, connection: Connection, stop: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, limits, tls, proxies, .. } = self;
        let ended = connection.ended.clone();
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |mut request: Request<Incoming>| {
            let origin = proxies.origin(address, request.headers());
            if let Some(host) = origin.host {
                request.headers_mut().insert(header::HOST, host);
            }
            let extensions = request.extensions_mut();
            if origin.encrypted.unwrap_or(tls.is_some()) {
                extensions.insert(Encrypted);
            }
            extensions.insert(ConnectInfo(origin.address));
            extensions.insert(connection.clone());
            router.call(request)
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout).max_buf_size(MAX_HEAD_BYTES);
        let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
        let mut stopping = false;
        loop {
            tokio::select! {
                outcome = serving.as_mut() => {
                    if let Err(error) = outcome {
                        // Strangers can make this happen as often as they like.
                        tracing::debug!(%address, "a connection failed: {error}");
                    }
                    return;
                }
                () = ended.cancelled() => return,
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    serving.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

fn turn_away(stream: &TcpStream) {
    // Without waiting, and never mind if it does not arrive. A new socket has room for so few bytes.
    let _ = stream.try_write(FULL.as_bytes());
}

/// Whoever hangs up between knocking and being let in.
fn is_of_the_other_side(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
