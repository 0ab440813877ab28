//! One connection to another relay, on which our resident is a node like any other.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures::SinkExt;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::{Answer, CommandId};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{NodeId, SecretKey};
use tabchain_shared::wire::switchboard::{FromRelay, NodeControl, RelayControl, ToRelay, sign_challenge};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::RelayAddress;
use super::connect::{Stream, Trust, connect};
use crate::orders::Orders;
use crate::resident::{Carrier, CarrierId, Resident};
use crate::socket::{self, Closing, Ended, Listener, Outbox, OutboxBudget, Patience};

/// From the first packet to the `Welcome`.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Four reports a second at most: a host's panel does not need more.
const REPORT_INTERVAL: Duration = Duration::from_millis(250);
/// A relay that sends this many messages that we do not understand is not one.
const MAX_MALFORMED: u32 = 10;

/// Why a relay could not be joined. Each is a sentence for the person who gave the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    #[error("nothing answers at {address}: {error}")]
    Unreachable { address: RelayAddress, error: String },
    #[error("{address} answers, but not as a Tabchain relay: {error}")]
    NotARelay { address: RelayAddress, error: String },
    #[error("{address} serves the network {theirs}, this relay serves {ours}")]
    OtherNetwork { address: RelayAddress, theirs: String, ours: String },
    #[error("{address} refuses: {reason}")]
    Refused { address: RelayAddress, reason: String },
    #[error("the relay is stopping")]
    Stopping,
}

impl JoinError {
    /// Whether the same address may answer differently in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

type Socket = WebSocketStream<Box<dyn Stream>>;

/// A relay that was reached and has introduced itself.
pub struct Greeted {
    address: RelayAddress,
    socket: Socket,
    challenge: [u8; 32],
    /// Of the network that it serves; they have passed their check.
    pub params: Params,
}

/// What our node needs to enter.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub key: SecretKey,
    pub params: Params,
    /// Whose certificates it believes of others.
    pub trust: Trust,
}

/// Connects, and reads which network is served there.
pub async fn greet(address: &RelayAddress, trust: &Trust) -> Result<Greeted, JoinError> {
    let unreachable = |error: &str| JoinError::Unreachable { address: address.clone(), error: error.to_owned() };
    let greeting = async {
        let stream = connect(address, trust).await.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => JoinError::NotARelay { address: address.clone(), error: error.to_string() },
            _ => unreachable(&error.to_string()),
        })?;
        let not_a_relay =
            |error: WebSocketError| JoinError::NotARelay { address: address.clone(), error: error.to_string() };
        let (mut socket, _) =
            client_async_with_config(address.websocket(), stream, Some(socket::limits())).await.map_err(not_a_relay)?;
        let (challenge, params) = match receive(address, &mut socket).await? {
            RelayControl::Challenge { challenge, params, .. } => (challenge, params),
            other => return Err(unexpected(address, &other)),
        };
        params.check().map_err(|error| JoinError::NotARelay { address: address.clone(), error: error.to_string() })?;
        Ok(Greeted { address: address.clone(), socket, challenge, params })
    };
    timeout(HANDSHAKE_TIMEOUT, greeting).await.unwrap_or_else(|_| Err(unreachable("no answer within 10 seconds")))
}

impl Greeted {
    /// Proves who we are. Returns the connection and the other relay's own node.
    pub async fn enter(mut self, credentials: &Credentials, name: String) -> Result<Session, JoinError> {
        let Credentials { key, params, .. } = credentials;
        let (theirs, ours) = (self.params.network_id(), params.network_id());
        if theirs != ours {
            return Err(JoinError::OtherNetwork {
                address: self.address,
                theirs: format!("{} ({theirs})", self.params.name),
                ours: format!("{} ({ours})", params.name),
            });
        }
        let hello = NodeControl::Hello {
            network: ours,
            public_key: key.public_key(),
            signature: sign_challenge(key, ours, &self.challenge),
            node_kind: NodeKind::Relay,
            name,
            channels: Vec::new(),
        };
        let bytes = ToRelay::Control(hello).to_bytes();
        let unreachable = |error: String| JoinError::Unreachable { address: self.address.clone(), error };
        let entering = async {
            self.socket.send(Message::Binary(bytes.into())).await.map_err(|error| unreachable(error.to_string()))?;
            match receive(&self.address, &mut self.socket).await? {
                RelayControl::Welcome { node, .. } => Ok(node),
                RelayControl::Refused { reason } => Err(JoinError::Refused { address: self.address.clone(), reason }),
                other => Err(unexpected(&self.address, &other)),
            }
        };
        let relay = timeout(HANDSHAKE_TIMEOUT, entering)
            .await
            .unwrap_or_else(|_| Err(unreachable("no answer within 10 seconds".into())))?;
        Ok(Session { socket: self.socket, relay })
    }
}

async fn receive(address: &RelayAddress, socket: &mut Socket) -> Result<RelayControl, JoinError> {
    let not_a_relay = |error: String| JoinError::NotARelay { address: address.clone(), error };
    let bytes = socket::next_message(socket).await.map_err(|closing| {
        not_a_relay(closing.map_or("it closed the connection".into(), |it| it.reason.into_owned()))
    })?;
    match FromRelay::from_bytes(&bytes) {
        Ok(FromRelay::Control(control)) => Ok(control),
        Ok(FromRelay::Carried { .. } | FromRelay::Signal { .. }) => {
            Err(not_a_relay("it sends frames before the handshake".into()))
        }
        Err(error) => Err(not_a_relay(error.to_string())),
    }
}

fn unexpected(address: &RelayAddress, control: &RelayControl) -> JoinError {
    tracing::debug!(?control, "unexpected in a handshake");
    JoinError::NotARelay { address: address.clone(), error: "its handshake is not the one we know".into() }
}

/// A connection on which our node is welcome.
pub struct Session {
    socket: Socket,
    /// The other relay's own node.
    pub relay: NodeId,
}

/// What a session needs of this process.
pub struct Surroundings<'a> {
    pub via: CarrierId,
    pub resident: &'a Resident,
    /// Where what the host orders of it is kept.
    pub orders: &'a Arc<Orders>,
    pub follows_host: bool,
    pub tasks: &'a TaskTracker,
    pub stop: &'a CancellationToken,
}

impl Session {
    /// Carries for the resident until the connection ends. Returns why it ended.
    pub async fn run(self, surroundings: Surroundings<'_>) -> Ended {
        let Surroundings { via, resident, orders, follows_host, tasks, stop } = surroundings;
        let outbox = Arc::new(Outbox::new(OutboxBudget::default()));
        resident.carrier_up(via, Carrier::Joined(Arc::clone(&outbox))).await;
        let mut conversation =
            Conversation { via, resident, orders, follows_host, tasks, outbox: Arc::clone(&outbox), malformed: 0 };
        let patience = Patience::default();
        let ended = tokio::select! {
            ended = socket::pump(self.socket, &outbox, &patience, stop, &mut conversation) => ended,
            // Only a node that has stopped has nothing to report.
            () = send_reports(resident, &outbox, follows_host) => Ended::Here(Closing::STOPPING),
        };
        resident.carrier_down(via).await;
        ended
    }
}

/// Tells the host what `/peers` should show, whenever it changes. Ends when the resident does.
async fn send_reports(resident: &Resident, outbox: &Outbox, follows_host: bool) {
    let mut changes = resident.changes();
    let mut last = None;
    loop {
        let Ok(report) = resident.report(follows_host).await else { return };
        if last.as_ref() != Some(&report) {
            outbox.push(ToRelay::Control(NodeControl::Report(report.clone())).to_bytes());
            last = Some(report);
        }
        tokio::time::sleep(REPORT_INTERVAL).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

struct Conversation<'a> {
    via: CarrierId,
    resident: &'a Resident,
    orders: &'a Arc<Orders>,
    follows_host: bool,
    tasks: &'a TaskTracker,
    outbox: Arc<Outbox>,
    malformed: u32,
}

impl Listener for Conversation<'_> {
    async fn message(&mut self, envelope: Bytes) -> Result<(), Closing> {
        match FromRelay::from_bytes(&envelope) {
            Ok(FromRelay::Carried { link, frame }) => self.resident.frame(self.via, link, frame).await,
            // A tab there would like a channel; this process opens none, and the frames stay carried.
            Ok(FromRelay::Signal { .. }) => {}
            Ok(FromRelay::Control(control)) => match control {
                RelayControl::LinkUp { link, node, we_initiate } => {
                    self.resident.link_up(self.via, link, node, we_initiate).await;
                }
                RelayControl::LinkDown { link, .. } => self.resident.link_down(self.via, link).await,
                RelayControl::LinkFault { link, fault } => {
                    // An order like any other: a node that does not follow the host sends as before.
                    if self.follows_host {
                        // Another build may allow more than this one can do.
                        let fault = fault.filter(|fault| fault.check().is_ok());
                        tracing::info!(?fault, "the host orders what a link does");
                        self.resident.link_fault(self.via, link, fault).await;
                    }
                }
                RelayControl::Apart(separation) => tracing::info!(?separation, "the host decides who is linked"),
                RelayControl::Order { id, command } => self.order(id, command),
                RelayControl::ShareTarget { bits } => self.resident.share_target(self.via, bits).await,
                // Whom this node has joined is its own host's business.
                RelayControl::Relays { .. } => {}
                RelayControl::Challenge { .. } | RelayControl::Welcome { .. } | RelayControl::Refused { .. } => {
                    return self.malformed();
                }
            },
            Err(error) => {
                tracing::debug!("malformed message from a joined relay: {error}");
                return self.malformed();
            }
        }
        Ok(())
    }
}

impl Conversation<'_> {
    fn order(&self, id: CommandId, command: Command) {
        let (resident, orders, outbox) = (self.resident.clone(), Arc::clone(self.orders), Arc::clone(&self.outbox));
        let follows_host = self.follows_host;
        // Its answer may wait for the store; frames must not wait for it.
        self.tasks.spawn(async move {
            let answer = if let Some(reason) = refusal(follows_host, &command) {
                Answer::Refused { reason: reason.into() }
            } else {
                if !command.only_asks() {
                    tracing::info!(?command, "the host orders");
                }
                let answer = orders.give(&resident, command).await;
                answer.unwrap_or_else(|stopped| Answer::Refused { reason: stopped.to_string() })
            };
            outbox.push(ToRelay::Control(NodeControl::Answer { id, answer }).to_bytes());
        });
    }

    fn malformed(&mut self) -> Result<(), Closing> {
        self.malformed += 1;
        if self.malformed < MAX_MALFORMED { Ok(()) } else { Err(Closing::MALFORMED) }
    }
}

/// Why this node does not carry out an order of a joined relay's host; `None`: it does. The same rules as in a tab.
fn refusal(follows_host: bool, command: &Command) -> Option<&'static str> {
    if !follows_host && !command.only_asks() {
        Some("this node does not follow the host")
    } else if !command.may_be_ordered() {
        Some("only this node's own host may do that")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::{Address, Amount, Memo};

    use super::*;

    #[test]
    fn a_joined_host_may_have_this_node_pay_and_mine_and_nothing_else() {
        let pay = Command::Pay { recipient: Address([1; 20]), amount: Amount::COIN, fee: None, memo: Memo::default() };
        for command in [pay, Command::StartMining { blocks: Some(1), limit: None }, Command::StopMining] {
            assert_eq!(refusal(true, &command), None, "{command:?}");
            assert!(refusal(false, &command).is_some_and(|reason| reason.contains("does not follow")), "{command:?}");
        }
        assert_eq!(refusal(false, &Command::ShowChain { above: Vec::new() }), None, "it only asks");
        let rename = Command::Rename { name: "mallory's".into() };
        assert!(refusal(true, &rename).is_some_and(|reason| reason.contains("own host")));
    }
}
