//! One `RTCPeerConnection` with one data channel.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{AbortHandle, abortable};
use gloo_timers::callback::Timeout;
use js_sys::Array;
use tabchain_shared::wire::switchboard::IceServer;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    RtcConfiguration, RtcDataChannel, RtcDataChannelEvent, RtcIceCandidateInit, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

use super::ToNode;
use super::forward::Forward;
use crate::bridge::{ChannelId, ChannelNews};

/// A connection that hears nothing from the other side for some seconds is `disconnected`, and `failed` half a minute
/// later. So long, ms, it may recover: a dropped packet or two, a change of network. Meanwhile frames wait that the
/// relay could carry.
const RECOVERY_MILLIS: u32 = 5_000;

pub enum Role {
    /// Makes the channel.
    Offer,
    /// Gets it.
    Answer { offer: String },
}

/// What the other side says later.
enum Remote {
    Answer(String),
    Candidate(String),
}

/// Dropping it closes it.
pub struct Connection {
    /// Absent where the browser makes none; the worker has been told.
    peer: Option<RtcPeerConnection>,
    remote: UnboundedSender<Remote>,
    negotiation: Option<AbortHandle>,
    _forward: Rc<RefCell<Option<Forward>>>,
    _handlers: Option<Handlers>,
}

struct Handlers {
    _candidate: Closure<dyn FnMut(RtcPeerConnectionIceEvent)>,
    _state: Closure<dyn FnMut()>,
    _channel: Closure<dyn FnMut(RtcDataChannelEvent)>,
}

impl Connection {
    pub fn start(id: ChannelId, ice_servers: &[IceServer], role: Role, to_worker: &ToNode) -> Self {
        let (remote, incoming) = unbounded();
        let forward = Rc::new(RefCell::new(None));
        let peer = match configuration(ice_servers).and_then(|it| RtcPeerConnection::new_with_configuration(&it)) {
            Ok(peer) => peer,
            // Switched off, by its person or by whoever runs the machine.
            Err(error) => {
                to_worker.tell(ChannelNews::Ended { channel: id, reason: in_words(&error) });
                return Self { peer: None, remote, negotiation: None, _forward: forward, _handlers: None };
            }
        };
        let handlers = Handlers {
            _candidate: tell_candidates(&peer, id, to_worker),
            _state: watch_state(&peer, id, to_worker),
            _channel: hand_over_channel(&peer, id, to_worker, &forward),
        };
        if matches!(role, Role::Offer) {
            // Ordered and reliable, as channels are unless asked otherwise.
            hand_over(id, peer.create_data_channel("tabchain"), to_worker, &forward);
        }
        let (negotiation, handle) = abortable({
            let (peer, to_worker) = (peer.clone(), to_worker.clone());
            async move {
                if let Err(error) = negotiate(&peer, id, role, incoming, &to_worker).await {
                    to_worker.tell(ChannelNews::Ended { channel: id, reason: in_words(&error) });
                }
            }
        });
        wasm_bindgen_futures::spawn_local(async {
            // Aborted by whoever closes the connection, who needs no word of it.
            let _ = negotiation.await;
        });
        Self { peer: Some(peer), remote, negotiation: Some(handle), _forward: forward, _handlers: Some(handlers) }
    }

    pub fn answered(&self, answer: String) {
        // Nobody listens any more once negotiation failed, of which the worker has been told.
        let _ = self.remote.unbounded_send(Remote::Answer(answer));
    }

    pub fn reachable_at(&self, candidate: String) {
        let _ = self.remote.unbounded_send(Remote::Candidate(candidate));
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Chromium never settles what is under way when a connection is closed, so negotiation would hold on to it for
        // the page's life, and of some five hundred Chromium makes no more.
        if let Some(negotiation) = &self.negotiation {
            negotiation.abort();
        }
        if let Some(peer) = &self.peer {
            peer.set_onicecandidate(None);
            peer.set_onconnectionstatechange(None);
            peer.set_ondatachannel(None);
            peer.close();
        }
    }
}

/// Describes this side and takes in what the other says, one step after the other, for as long as the connection is
/// there.
async fn negotiate(
    peer: &RtcPeerConnection,
    id: ChannelId,
    role: Role,
    mut incoming: UnboundedReceiver<Remote>,
    to_worker: &ToNode,
) -> Result<(), JsValue> {
    let local = match role {
        Role::Offer => JsFuture::from(peer.create_offer()).await?,
        Role::Answer { offer } => {
            JsFuture::from(peer.set_remote_description(&description(RtcSdpType::Offer, &offer))).await?;
            JsFuture::from(peer.create_answer()).await?
        }
    };
    let local: RtcSessionDescriptionInit = local.unchecked_into();
    // First this, since candidates come from the next step on.
    to_worker.tell(ChannelNews::Described { channel: id, sdp: local.get_sdp().unwrap_or_default() });
    JsFuture::from(peer.set_local_description(&local)).await?;
    while let Some(said) = incoming.next().await {
        match said {
            Remote::Answer(answer) => {
                JsFuture::from(peer.set_remote_description(&description(RtcSdpType::Answer, &answer))).await?;
            }
            Remote::Candidate(candidate) => {
                let candidate = RtcIceCandidateInit::new(&candidate);
                // The only section.
                candidate.set_sdp_m_line_index(Some(0));
                // One that is of no use, a kind of address that this browser does not know, leaves the others.
                let _ = JsFuture::from(peer.add_ice_candidate_with_opt_rtc_ice_candidate_init(Some(&candidate))).await;
            }
        }
    }
    Ok(())
}

fn description(kind: RtcSdpType, sdp: &str) -> RtcSessionDescriptionInit {
    let description = RtcSessionDescriptionInit::new(kind);
    description.set_sdp(sdp);
    description
}

fn configuration(ice_servers: &[IceServer]) -> Result<RtcConfiguration, JsValue> {
    let servers = serde_json::to_string(ice_servers).expect("addresses are plain data");
    let text = format!(r#"{{"iceServers":{servers}}}"#);
    js_sys::JSON::parse(&text).map(JsCast::unchecked_into)
}

fn tell_candidates(
    peer: &RtcPeerConnection,
    id: ChannelId,
    to_worker: &ToNode,
) -> Closure<dyn FnMut(RtcPeerConnectionIceEvent)> {
    let to_worker = to_worker.clone();
    let closure = Closure::<dyn FnMut(RtcPeerConnectionIceEvent)>::new(move |event: RtcPeerConnectionIceEvent| {
        // None, or an empty one, says that there are no more; nobody waits for that.
        if let Some(candidate) = event.candidate().map(|it| it.candidate()).filter(|it| !it.is_empty()) {
            to_worker.tell(ChannelNews::Candidate { channel: id, candidate });
        }
    });
    peer.set_onicecandidate(Some(closure.as_ref().unchecked_ref()));
    closure
}

/// Tells when the connection is lost. (A channel that the other side closes says so itself.)
fn watch_state(peer: &RtcPeerConnection, id: ChannelId, to_worker: &ToNode) -> Closure<dyn FnMut()> {
    let (watched, to_worker) = (peer.clone(), to_worker.clone());
    // Dropping the timeout cancels it.
    let recovering: Cell<Option<Timeout>> = Cell::new(None);
    let closure = Closure::<dyn FnMut()>::new(move || {
        let ended = |reason: &str| ChannelNews::Ended { channel: id, reason: reason.to_owned() };
        recovering.set(match watched.connection_state() {
            RtcPeerConnectionState::Failed | RtcPeerConnectionState::Closed => {
                to_worker.tell(ended("the connection failed"));
                None
            }
            RtcPeerConnectionState::Disconnected => {
                let (to_worker, news) = (to_worker.clone(), ended("the other side has gone silent"));
                Some(Timeout::new(RECOVERY_MILLIS, move || to_worker.tell(news)))
            }
            _ => None,
        });
    });
    peer.set_onconnectionstatechange(Some(closure.as_ref().unchecked_ref()));
    closure
}

fn hand_over_channel(
    peer: &RtcPeerConnection,
    id: ChannelId,
    to_worker: &ToNode,
    forward: &Rc<RefCell<Option<Forward>>>,
) -> Closure<dyn FnMut(RtcDataChannelEvent)> {
    let (to_worker, forward) = (to_worker.clone(), forward.clone());
    let mut is_first = true;
    let closure = Closure::<dyn FnMut(RtcDataChannelEvent)>::new(move |event: RtcDataChannelEvent| {
        if std::mem::take(&mut is_first) {
            hand_over(id, event.channel(), &to_worker, &forward);
        } else {
            // Nobody asked for another.
            event.channel().close();
        }
    });
    peer.set_ondatachannel(Some(closure.as_ref().unchecked_ref()));
    closure
}

/// A channel can be transferred only in the task in which it came to be.
fn hand_over(id: ChannelId, channel: RtcDataChannel, to_worker: &ToNode, forward: &Rc<RefCell<Option<Forward>>>) {
    let message = Array::of2(&id.0.into(), &channel);
    if to_worker.0.post_message_with_transfer(&message, &Array::of1(&channel)).is_err() {
        *forward.borrow_mut() = Forward::start(id, channel, &to_worker.0);
    }
}

fn in_words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| String::from(error.message()))
}
