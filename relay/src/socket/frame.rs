//! WebSocket frames as a server writes them: a few bytes of head, and the payload as it is, because only clients mask.
//!
//! So a frame for many receivers is one piece of memory, and each has a head of its own before it.

use axum::body::Bytes;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkId, carried_head};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};

use super::Closing;

/// Of an unmasked frame: two bytes, and eight more if they say that the length stands there.
const MAX_WEBSOCKET_HEAD_BYTES: usize = 10;
const MAX_HEAD_BYTES: usize = MAX_WEBSOCKET_HEAD_BYTES + CARRIED_HEAD_BYTES;
/// RFC 6455 allows a control frame 125 bytes, of which a close's code takes two.
const MAX_REASON_BYTES: usize = 123;

/// Bytes before a payload, from the first on; how many is for the message to say.
pub type Head = [u8; MAX_HEAD_BYTES];

/// What goes out over a socket. Cheap to clone: the payload is shared.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The WebSocket's head, and after it what stands before a carried frame, if that is not in the payload.
    head: Head,
    /// Of the first, and of both.
    head_ends: [u8; 2],
    payload: Bytes,
    /// Over which somebody else sent it.
    link: Option<LinkId>,
}

impl Outgoing {
    /// What this side itself says.
    pub fn message(payload: impl Into<Bytes>) -> Self {
        Self::new(OpCode::Data(Data::Binary), payload.into())
    }

    /// What came over a link and goes on as it is: a link has the same number at both ends.
    pub fn passed_on(link: LinkId, envelope: Bytes) -> Self {
        Self { link: Some(link), ..Self::message(envelope) }
    }

    /// A frame that others may be given as well.
    pub fn carried(link: LinkId, frame: Bytes) -> Self {
        let mut carried = Self::with_head(OpCode::Data(Data::Binary), CARRIED_HEAD_BYTES, frame);
        carried.address(link);
        carried
    }

    /// The same frame for another link.
    #[must_use]
    pub fn over(&self, link: LinkId) -> Self {
        let mut other = self.clone();
        other.address(link);
        other
    }

    pub fn ping() -> Self {
        Self::new(OpCode::Control(Control::Ping), Bytes::new())
    }

    pub fn pong(payload: Bytes) -> Self {
        Self::new(OpCode::Control(Control::Pong), payload)
    }

    pub fn close(closing: &Closing) -> Self {
        let reason = &closing.reason[..closing.reason.floor_char_boundary(MAX_REASON_BYTES)];
        let code = u16::from(CloseCode::from(closing.code)).to_be_bytes();
        Self::new(OpCode::Control(Control::Close), [&code, reason.as_bytes()].concat().into())
    }

    fn new(opcode: OpCode, payload: Bytes) -> Self {
        Self::with_head(opcode, 0, payload)
    }

    fn with_head(opcode: OpCode, carried_head_bytes: usize, payload: Bytes) -> Self {
        let mut head = [0; MAX_HEAD_BYTES];
        let length = (carried_head_bytes + payload.len()) as u64;
        let header = FrameHeader { opcode, ..FrameHeader::default() };
        let end = header.len(length);
        header.format(length, &mut &mut head[..]).expect("there is room for the longest head");
        let head_ends = [end, end + carried_head_bytes].map(|end| u8::try_from(end).expect("heads are short"));
        Self { head, head_ends, payload, link: None }
    }

    fn address(&mut self, link: LinkId) {
        self.head = self.head_over(link);
        self.link = Some(link);
    }

    /// What would stand before the payload if it went over that link.
    pub fn head_over(&self, link: LinkId) -> Head {
        let [start, end] = self.head_ends.map(usize::from);
        let mut head = self.head;
        head[start..end].copy_from_slice(&carried_head(link)[..end - start]);
        head
    }

    pub fn link(&self) -> Option<LinkId> {
        self.link
    }

    /// Whether it is a message, and no ping, pong or close.
    pub fn is_data(&self) -> bool {
        self.head[0] & 0x0f == u8::from(OpCode::Data(Data::Binary))
    }

    /// Of the message, without the WebSocket's head.
    pub fn message_bytes(&self) -> usize {
        let [start, end] = self.head_ends.map(usize::from);
        end - start + self.payload.len()
    }

    /// All that is written, in two parts.
    pub fn parts(&self) -> [&[u8]; 2] {
        self.parts_behind(&self.head)
    }

    /// The same behind another head of the same length.
    pub fn parts_behind<'a>(&'a self, head: &'a Head) -> [&'a [u8]; 2] {
        [&head[..self.head_ends[1].into()], &self.payload]
    }

    pub fn wire_bytes(&self) -> usize {
        usize::from(self.head_ends[1]) + self.payload.len()
    }

    /// For a socket that makes its frames itself.
    pub fn into_message(self) -> Message {
        let [start, end] = self.head_ends.map(usize::from);
        Message::Binary(match &self.head[start..end] {
            [] => self.payload,
            head => [head, &self.payload].concat().into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::wire::switchboard::carried;
    use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, FrameSocket};
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};

    use super::*;

    /// What tungstenite writes as a server.
    fn by_tungstenite(message: Message) -> Vec<u8> {
        let mut socket = WebSocket::from_raw_socket(std::io::Cursor::new(Vec::new()), Role::Server, None);
        socket.send(message).expect("memory takes it");
        socket.get_ref().get_ref().clone()
    }

    fn written(outgoing: &Outgoing) -> Vec<u8> {
        let bytes = outgoing.parts().concat();
        assert_eq!(bytes.len(), outgoing.wire_bytes());
        bytes
    }

    /// At the borders of the three ways in which a length is written.
    #[test]
    fn frames_are_those_of_tungstenite() {
        let link = LinkId(0x0403_0201);
        for length in [0, 1, 120, 121, 125, 126, 65_530, 65_531, 65_535, 65_536, 4_000_000] {
            let payload = Bytes::from(vec![7; length]);
            let plain = Outgoing::message(payload.clone());
            assert_eq!(written(&plain), by_tungstenite(Message::Binary(payload.clone())), "{length}");
            assert_eq!((plain.message_bytes(), plain.link()), (length, None));
            let whole = Bytes::from(carried(link, &payload));
            let framed = Outgoing::carried(LinkId(9), payload).over(link);
            assert_eq!(written(&framed), by_tungstenite(Message::Binary(whole.clone())), "{length}");
            assert_eq!((framed.message_bytes(), framed.link()), (whole.len(), Some(link)));
            assert_eq!(framed.into_message(), Message::Binary(whole.clone()));
            assert_eq!(Outgoing::passed_on(link, whole.clone()).into_message(), Message::Binary(whole));
        }
    }

    #[test]
    fn control_frames_are_those_of_tungstenite() {
        assert_eq!(written(&Outgoing::ping()), by_tungstenite(Message::Ping(Bytes::new())));
        let payload = Bytes::from_static(b"are you there?");
        assert_eq!(written(&Outgoing::pong(payload.clone())), by_tungstenite(Message::Pong(payload)));
        let closing = Closing::TOO_SLOW;
        let frame = CloseFrame { code: CloseCode::from(closing.code), reason: closing.reason.as_ref().into() };
        assert_eq!(written(&Outgoing::close(&closing)), by_tungstenite(Message::Close(Some(frame))));
    }

    #[test]
    fn a_reason_that_is_too_long_is_cut_between_characters() {
        let closing = Closing { code: 1008, reason: "ü".repeat(100).into() };
        let bytes = written(&Outgoing::close(&closing));
        let frame = FrameSocket::new(std::io::Cursor::new(bytes)).read(None).expect("a frame").expect("whole");
        assert_eq!(&frame.payload()[2..], "ü".repeat(61).as_bytes());
    }
}
