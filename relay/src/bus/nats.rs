//! The bus over NATS: two subjects a relay, one for everyone on the network and one of its own.
//!
//! The client finds its servers again by itself, for ever. While none is there, what is to go out is dropped and not kept:
//! old news would be worse than none, and who waits for room must not wait for a server.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, Subscriber};
use axum::body::Bytes;
use futures::stream::{PollNext, select_with_strategy};
use futures::{Stream, StreamExt};
use tabchain_shared::primitives::NetworkId;
use tokio::time::timeout;

use super::address::{BusAddress, BusCredentials};
use super::message::{Destination, Epoch, MAX_MESSAGE_BYTES};
use super::outgoing::Outgoing;

/// Messages that wait to be read from one subject; beyond, they are lost. Reading waits for nothing, so few ever do.
const MAX_WAITING: usize = 4_096;
/// A server that takes nothing for so long is as good as none.
const SLOW_SERVER: Duration = Duration::from_secs(1);
/// A server that answers none of two is left for another.
const PING_EVERY: Duration = Duration::from_secs(5);
/// For the last words.
const GOODBYE_GRACE: Duration = Duration::from_secs(1);
/// Between two attempts to reach a server, growing to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A connection, or the attempts to get one.
pub struct Nats {
    client: Client,
    network: NetworkId,
}

impl Nats {
    /// Returns at once, whether a server is there or not. What other relays send is in the stream: what they say to everyone
    /// before what they say to us, if both are there.
    pub async fn connect(
        addresses: &[BusAddress],
        network: NetworkId,
        epoch: Epoch,
        outgoing: Arc<Outgoing>,
    ) -> Result<(Self, impl Stream<Item = Bytes> + Send + Unpin + use<>)> {
        let servers: Vec<String> = addresses.iter().map(BusAddress::server).collect();
        let options = ConnectOptions::new()
            .name(format!("tabchain {epoch}"))
            .retry_on_initial_connect()
            .ping_interval(PING_EVERY)
            .subscription_capacity(MAX_WAITING)
            .reconnect_delay_callback(|attempts| {
                let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(8);
                LONGEST_PAUSE.min(Duration::from_millis(25) * 2_u32.pow(doublings))
            })
            .event_callback(move |event| {
                let outgoing = Arc::clone(&outgoing);
                async move { note(&event, &outgoing) }
            });
        // One secret for all servers of a cluster, as they have it.
        let options = match addresses.iter().find_map(|address| address.credentials.clone()) {
            Some(BusCredentials::Token(token)) => options.token(token),
            Some(BusCredentials::Password { user, password }) => options.user_and_password(user, password),
            None => options,
        };
        let client = options.connect(servers).await.context("--bus")?;
        let everyone = subscribe(&client, subject(network, Destination::Everyone)).await?;
        let ours = subscribe(&client, subject(network, Destination::One(epoch))).await?;
        let incoming = select_with_strategy(everyone, ours, |(): &mut ()| PollNext::Left);
        Ok((Self { client, network }, incoming.map(|message| message.payload)))
    }

    /// Sends what waits to go out, for ever.
    pub async fn send(&self, outgoing: &Outgoing) {
        loop {
            let (to, message) = outgoing.next().await;
            self.publish(to, message).await;
        }
    }

    /// Sends the rest.
    pub async fn finish(&self, outgoing: &Outgoing) {
        let last_words = async {
            while let Some((to, message)) = outgoing.take() {
                self.publish(to, message).await;
            }
            self.client.flush().await
        };
        // Others find out by themselves, if somewhat later.
        let _ = timeout(GOODBYE_GRACE, last_words).await;
    }

    async fn publish(&self, to: Destination, message: Bytes) {
        if self.client.connection_state() != State::Connected {
            return;
        }
        match timeout(SLOW_SERVER, self.client.publish(subject(self.network, to), message)).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => {
                tracing::warn!("the bus does not take a message (it has to take {MAX_MESSAGE_BYTES} bytes): {error}");
            }
        }
    }
}

async fn subscribe(client: &Client, subject: String) -> Result<Subscriber> {
    client.subscribe(subject).await.context("--bus: subscribing")
}

fn subject(network: NetworkId, to: Destination) -> String {
    match to {
        Destination::Everyone => format!("tabchain.{network}.everyone"),
        Destination::One(epoch) => format!("tabchain.{network}.relay.{epoch}"),
    }
}

fn note(event: &Event, outgoing: &Outgoing) {
    match event {
        Event::Connected => {
            outgoing.set_connected(true);
            tracing::info!("the bus is there");
        }
        Event::Disconnected | Event::Closed => {
            outgoing.set_connected(false);
            tracing::warn!("the bus is gone; this relay goes on alone until it is back");
        }
        // Each lost message is told of, and there may be many; what was lost is asked for again.
        Event::SlowConsumer(_) => tracing::debug!("the bus: {event}"),
        other => tracing::warn!("the bus: {other}"),
    }
}
