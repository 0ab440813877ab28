//! A relay to test against, and a node without a node in it: it proves a key and then says what the test wants.

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tabchain::config::{Options, Settings};
use tabchain::{Relay, clock};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{NetworkId, NodeId, SecretKey};
use tabchain_shared::wire;
use tabchain_shared::wire::switchboard::{
    Envelope, FromRelay, LinkEnd, LinkId, NodeControl, RelayControl, ToRelay, sign_challenge,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

pub const TOKEN: &str = "a-token-for-tests";
/// Anything that should happen happens within this; only a failing test waits so long.
pub const DEADLINE: Duration = Duration::from_mins(1);
/// Between two looks of who waits for something: a relay takes so many requests from one address, and no more.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A relay on a free port and a fresh directory, which goes with it.
pub struct TestRelay {
    pub relay: Relay,
    settings: Settings,
    /// Goes with it.
    data_dir: tempfile::TempDir,
}

impl TestRelay {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let options = Options {
            port: Some(0),
            data_dir: Some(data_dir.path().to_owned()),
            network: Some("regtest".into()),
            ..Options::default()
        };
        let mut settings = Settings::resolve(options, Some(TOKEN.into())).unwrap();
        change(&mut settings);
        Self { relay: Relay::start(settings.clone()).await.unwrap(), settings, data_dir }
    }

    /// Stops, and starts again on the same port and directory.
    pub async fn restart(self) -> Self {
        let Self { relay, mut settings, data_dir } = self;
        settings.port = relay.address().port();
        relay.stop().await;
        Self { relay: Relay::start(settings.clone()).await.unwrap(), settings, data_dir }
    }

    pub fn resident(&self) -> NodeId {
        self.relay.state().resident.id()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.relay.address())
    }

    /// Waits until so many nodes are connected.
    pub async fn wait_for_connections(&self, count: usize) {
        let are_there = || self.relay.state().switchboard.status().connections == count;
        wait(&format!("there are {count} connections"), are_there).await;
    }
}

/// Looks again and again.
pub async fn wait(what: &str, is_true: impl Fn() -> bool) {
    found(what, async || is_true().then_some(())).await;
}

/// Looks again and again until there is something, and returns it.
pub async fn found<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let mut tick = tokio::time::interval(LOOK_EVERY);
    let looking = async {
        loop {
            tick.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    timeout(DEADLINE, looking).await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
}

pub struct Client {
    pub id: NodeId,
    socket: WebSocketStream<TcpStream>,
}

/// What a client is told in the end.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    pub code: u16,
    pub reason: String,
}

/// What a node on regtest with nothing but genesis says first.
pub fn version(number: u8) -> wire::Message {
    let params = Params::regtest();
    wire::Message::Version(wire::Version {
        protocol: wire::message::PROTOCOL_VERSION,
        network: params.network_id(),
        public_key: SecretKey::from_seed([number; 32]).public_key(),
        is_relay: false,
        name: format!("node-{number}"),
        height: 0,
        tip: params.genesis().hash(),
        time: clock::now().0,
    })
}

/// What a test may get wrong in a handshake.
pub struct Hello {
    pub key: SecretKey,
    pub network: NetworkId,
    pub name: String,
    pub signed: Option<[u8; 32]>,
    pub channels: Vec<NodeId>,
}

impl Hello {
    pub fn new(number: u8) -> Self {
        let network = Params::regtest().network_id();
        let (name, channels) = (format!("node-{number}"), Vec::new());
        Self { key: SecretKey::from_seed([number; 32]), network, name, signed: None, channels }
    }
}

impl Client {
    /// A connection that has said nothing yet.
    pub async fn dial(relay: &TestRelay) -> Self {
        Self::try_dial(relay.relay.address()).await.expect("a place is free")
    }

    /// Says hello; the relay's answer is still to come.
    pub async fn greet(relay: &TestRelay, hello: Hello) -> Self {
        let mut client = Self::dial(relay).await;
        client.introduce(hello).await;
        client
    }

    async fn introduce(&mut self, hello: Hello) {
        let RelayControl::Challenge { challenge, params, .. } = self.control().await else { panic!("no challenge") };
        assert_eq!(params, Params::regtest());
        let Hello { key, network, name, signed, channels } = hello;
        self.id = key.public_key().node_id();
        let signature = sign_challenge(&key, network, &signed.unwrap_or(challenge));
        let public_key = key.public_key();
        let node_kind = NodeKind::Tab;
        self.say(NodeControl::Hello { network, public_key, signature, node_kind, name, channels }).await;
    }

    /// A connection that has said nothing yet, if the relay is there and has a place for it.
    pub async fn try_dial(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        let (socket, _) = client_async(format!("ws://{address}/ws"), stream).await.ok()?;
        Some(Self { id: NodeId::default(), socket })
    }

    /// A node that is in, where the relay may not be there yet.
    pub async fn try_join(address: SocketAddr, number: u8) -> Option<Self> {
        let mut client = Self::try_dial(address).await?;
        client.introduce(Hello::new(number)).await;
        matches!(client.control().await, RelayControl::Welcome { .. }).then_some(client)
    }

    /// A node that is in.
    pub async fn join(relay: &TestRelay, number: u8) -> Self {
        let mut client = Self::greet(relay, Hello::new(number)).await;
        assert_eq!(client.control().await, RelayControl::Welcome { node: relay.resident(), ice_servers: vec![] });
        client
    }

    pub async fn say(&mut self, control: NodeControl) {
        self.send(ToRelay::Control(control).to_bytes()).await;
    }

    pub async fn carry(&mut self, link: LinkId, frame: &[u8]) {
        self.send(ToRelay::Carried { link, frame: frame.to_vec() }.to_bytes()).await;
    }

    pub async fn send(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::Binary(bytes.into())).await.unwrap();
    }

    /// Messages that arrive together.
    pub async fn send_together(&mut self, messages: Vec<Message>) {
        for message in messages {
            self.socket.feed(message).await.unwrap();
        }
        self.socket.flush().await.unwrap();
    }

    /// A message that the relay may cut short.
    pub async fn try_send(&mut self, message: Message) {
        let _ = self.socket.send(message).await;
    }

    /// Bytes under the WebSocket, which a proper client would not send.
    pub async fn try_send_raw(&mut self, bytes: &[u8]) {
        let _ = self.socket.get_mut().write_all(bytes).await;
    }

    pub async fn receive(&mut self) -> FromRelay {
        match self.next().await {
            Ok(envelope) => envelope,
            Err(closed) => panic!("the relay closed: {closed:?}"),
        }
    }

    /// The next control message; carried frames (the resident's handshake) are passed over.
    pub async fn control(&mut self) -> RelayControl {
        loop {
            if let Envelope::Control(control) = self.receive().await {
                return control;
            }
        }
    }

    /// Waits for the link with that node. Returns it, and whether this end is to speak first.
    pub async fn link_with(&mut self, wanted: NodeId) -> (LinkId, bool) {
        loop {
            if let RelayControl::LinkUp { link, node, we_initiate } = self.control().await
                && node == wanted
            {
                return (link, we_initiate);
            }
        }
    }

    pub async fn link_down(&mut self) -> LinkId {
        self.link_end().await.0
    }

    /// The next end of a link, and why it ended.
    pub async fn link_end(&mut self) -> (LinkId, LinkEnd) {
        loop {
            if let RelayControl::LinkDown { link, reason } = self.control().await {
                return (link, reason);
            }
        }
    }

    pub async fn signal(&mut self, link: LinkId, signal: &[u8]) {
        self.send(ToRelay::Signal { link, signal: signal.to_vec() }.to_bytes()).await;
    }

    /// The next signal on any link.
    pub async fn signalled(&mut self) -> (LinkId, Vec<u8>) {
        loop {
            if let Envelope::Signal { link, signal } = self.receive().await {
                return (link, signal);
            }
        }
    }

    /// The next message of the node at the other end of that link.
    pub async fn heard(&mut self, link: LinkId) -> wire::Message {
        wire::Message::from_frame(&self.frame(link).await).unwrap()
    }

    pub async fn tell(&mut self, link: LinkId, message: wire::Message) {
        self.carry(link, &message.to_frame()).await;
    }

    /// Shakes hands with the resident as a node of that number would, speaking first.
    pub async fn meet_resident(&mut self, link: LinkId, number: u8) {
        self.tell(link, version(number)).await;
        assert!(matches!(self.heard(link).await, wire::Message::Version(_)));
        assert_eq!(self.heard(link).await, wire::Message::Verack);
        self.tell(link, wire::Message::Verack).await;
        assert!(matches!(self.heard(link).await, wire::Message::GetHeaders(_)));
    }

    /// The next frame on that link.
    pub async fn frame(&mut self, wanted: LinkId) -> Vec<u8> {
        loop {
            if let Envelope::Carried { link, frame } = self.receive().await
                && link == wanted
            {
                return frame;
            }
        }
    }

    /// Reads until the relay closes.
    pub async fn closed(&mut self) -> Closed {
        loop {
            if let Err(closed) = self.next().await {
                return closed;
            }
        }
    }

    /// Reads until the end, however it comes.
    pub async fn gone(&mut self) {
        while let Some(Ok(_)) = timeout(DEADLINE, self.socket.next()).await.expect("the relay goes") {}
    }

    /// What comes next, or the end.
    pub async fn next(&mut self) -> Result<FromRelay, Closed> {
        loop {
            match timeout(DEADLINE, self.socket.next()).await.expect("the relay says something in time") {
                Some(Ok(Message::Binary(bytes))) => return Ok(FromRelay::from_bytes(&bytes).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    return Err(Closed { code: frame.code.into(), reason: frame.reason.to_string() });
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("not a proper end: {other:?}"),
            }
        }
    }
}
