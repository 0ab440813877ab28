//! Reads the frames of a WebSocket's client out of the bytes that came: no socket, and nothing held but a message that has
//! begun.
//!
//! tungstenite keeps a buffer for each connection, and for as long as it lasts one of the largest message that ever came over
//! it; with ten thousand idle connections that is most of a relay's memory. Heads are read by it here as well.

use std::io::Cursor;
use std::sync::Arc;

use axum::body::Bytes;
use tabchain_shared::wire::switchboard::MAX_ENVELOPE_BYTES;
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Closing;
use super::pool::{Held, Pool};

/// Of a frame that a client masks.
const MAX_HEAD_BYTES: usize = 14;
/// RFC 6455, 5.5.
const MAX_CONTROL_FRAME_BYTES: u64 = 125;
/// What a close without a code stands for (RFC 6455, 7.1.5).
const NO_STATUS: u16 = 1005;

/// What came, in the order in which it came.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A whole binary message.
    Message(Bytes),
    /// A piece of one, or a pong.
    Nothing,
    Ping(Bytes),
    Close(Option<Closing>),
}

#[derive(Debug)]
pub struct Inbox {
    head: [u8; MAX_HEAD_BYTES],
    head_bytes: usize,
    frame: Option<Frame>,
    /// The message that has begun, of one frame or several.
    message: Vec<u8>,
    is_within_message: bool,
    held: Held,
}

/// One that has begun.
#[derive(Debug)]
struct Frame {
    is_final: bool,
    /// Absent: a piece of a message.
    control: Option<(Control, Vec<u8>)>,
    mask: [u8; 4],
    read: usize,
    missing: usize,
}

impl Inbox {
    pub fn new(pool: &Arc<Pool>) -> Self {
        Self {
            head: [0; MAX_HEAD_BYTES],
            head_bytes: 0,
            frame: None,
            message: Vec::new(),
            is_within_message: false,
            held: Held::new(pool),
        }
    }

    /// Whether a message has begun and is not complete.
    pub fn is_within_message(&self) -> bool {
        self.is_within_message
    }

    /// Takes from `bytes` up to the next thing that came; `None` when they are used up before.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Incoming>, Closing> {
        loop {
            let Some(frame) = &mut self.frame else {
                if !self.read_head(bytes)? {
                    return Ok(None);
                }
                continue;
            };
            let count = frame.missing.min(bytes.len());
            let (part, rest) = bytes.split_at(count);
            *bytes = rest;
            frame.missing -= count;
            let whole = frame.missing == 0;
            if let Some((_, payload)) = &mut frame.control {
                frame.read = unmask(part, frame.mask, frame.read, payload);
            } else {
                if !self.held.resize(self.message.len() + count) {
                    return Err(Closing::BUSY);
                }
                if whole && frame.is_final {
                    // In many small pieces it would be moved for each of them.
                    self.message.reserve_exact(count);
                }
                frame.read = unmask(part, frame.mask, frame.read, &mut self.message);
            }
            if !whole {
                return Ok(None);
            }
            let frame = self.frame.take().expect("it was just looked at");
            return self.complete(frame).map(Some);
        }
    }

    /// `false`: there is not all of it yet.
    fn read_head(&mut self, bytes: &mut &[u8]) -> Result<bool, Closing> {
        let before = self.head_bytes;
        let count = bytes.len().min(MAX_HEAD_BYTES - before);
        self.head[before..before + count].copy_from_slice(&bytes[..count]);
        let mut cursor = Cursor::new(&self.head[..before + count]);
        let Some((header, length)) = FrameHeader::parse(&mut cursor).map_err(|_| Closing::PROTOCOL)? else {
            self.head_bytes += count;
            *bytes = &bytes[count..];
            return Ok(false);
        };
        let head = usize::try_from(cursor.position()).expect("a head is short");
        *bytes = &bytes[head - before..];
        self.head_bytes = 0;
        self.begin(&header, length)?;
        Ok(true)
    }

    fn begin(&mut self, header: &FrameHeader, length: u64) -> Result<(), Closing> {
        let FrameHeader { is_final, rsv1, rsv2, rsv3, opcode, mask } = *header;
        let mask = mask.filter(|_| !(rsv1 || rsv2 || rsv3)).ok_or(Closing::PROTOCOL)?;
        let control = match opcode {
            OpCode::Control(kind) if is_final && length <= MAX_CONTROL_FRAME_BYTES => Some((kind, Vec::new())),
            OpCode::Data(Data::Binary) if !self.is_within_message => None,
            OpCode::Data(Data::Continue) if self.is_within_message => None,
            OpCode::Data(Data::Text) if !self.is_within_message => return Err(Closing::NOT_BINARY),
            OpCode::Control(_) | OpCode::Data(_) => return Err(Closing::PROTOCOL),
        };
        let room = if control.is_some() { MAX_ENVELOPE_BYTES } else { MAX_ENVELOPE_BYTES - self.message.len() };
        let missing = usize::try_from(length).ok().filter(|length| *length <= room).ok_or(Closing::TOO_LARGE)?;
        self.is_within_message |= control.is_none();
        self.frame = Some(Frame { is_final, control, mask, read: 0, missing });
        Ok(())
    }

    fn complete(&mut self, frame: Frame) -> Result<Incoming, Closing> {
        Ok(match frame.control {
            None if frame.is_final => {
                self.is_within_message = false;
                self.held.resize(0);
                Incoming::Message(std::mem::take(&mut self.message).into())
            }
            None | Some((Control::Pong, _)) => Incoming::Nothing,
            Some((Control::Ping, payload)) => Incoming::Ping(payload.into()),
            Some((Control::Close, payload)) => Incoming::Close(read_close(&payload)?),
            Some((Control::Reserved(_), _)) => return Err(Closing::PROTOCOL),
        })
    }
}

/// Appends what was masked. `read`: how much of the frame came before; the answer is how much has come now.
fn unmask(part: &[u8], mask: [u8; 4], read: usize, out: &mut Vec<u8>) -> usize {
    let mut mask = mask;
    mask.rotate_left(read % 4);
    let start = out.len();
    out.extend_from_slice(part);
    let (words, rest) = out[start..].as_chunks_mut::<4>();
    let word = u32::from_ne_bytes(mask);
    for bytes in words {
        *bytes = (u32::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    read + part.len()
}

fn read_close(payload: &[u8]) -> Result<Option<Closing>, Closing> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(None) } else { Err(Closing::PROTOCOL) };
    };
    let code = u16::from_be_bytes(*code);
    let reason = std::str::from_utf8(reason).map_err(|_| Closing::PROTOCOL)?;
    if code == NO_STATUS {
        return Err(Closing::PROTOCOL);
    }
    Ok(Some(Closing { code, reason: reason.to_owned().into() }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame as Theirs};
    use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocket};

    use super::*;

    /// What tungstenite writes as a client.
    fn from_client(messages: impl IntoIterator<Item = Message>) -> Vec<u8> {
        let mut socket = WebSocket::from_raw_socket(Cursor::new(Vec::new()), Role::Client, None);
        for message in messages {
            socket.send(message).expect("memory takes it");
        }
        socket.get_ref().get_ref().clone()
    }

    fn inbox() -> Inbox {
        Inbox::new(&Arc::default())
    }

    /// All that comes of bytes in pieces of that size.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<Incoming>, Closing> {
        let (mut inbox, mut came) = (inbox(), Vec::new());
        for mut piece in bytes.chunks(piece) {
            while let Some(incoming) = inbox.next(&mut piece)? {
                came.push(incoming);
            }
            assert!(piece.is_empty());
        }
        Ok(came)
    }

    fn piece(bytes: &[u8], is_first: bool, is_last: bool) -> Message {
        let kind = if is_first { Data::Binary } else { Data::Continue };
        Message::Frame(Theirs::message(bytes.to_vec(), OpCode::Data(kind), is_last))
    }

    proptest! {
        /// Whatever a client sends, in whatever pieces it arrives, is read as it was meant.
        #[test]
        fn what_a_client_writes_is_read(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..400), 0..8),
            size in 1_usize..500,
        ) {
            let bytes = from_client(payloads.iter().cloned().map(Message::binary));
            let expected: Vec<_> = payloads.into_iter().map(|payload| Incoming::Message(payload.into())).collect();
            prop_assert_eq!(read(&bytes, size), Ok(expected));
        }

        /// CASES 15: any bytes end in an error or are used up, and never make a message larger than one may be.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), size in 1_usize..50) {
            let _ = read(&bytes, size);
        }
    }

    #[test]
    fn control_frames_come_between_the_pieces_of_a_message() {
        let closing = CloseFrame { code: 1001.into(), reason: "bye".into() };
        let bytes = from_client([
            piece(b"one ", true, false),
            Message::Ping(Bytes::from_static(b"?")),
            piece(b"", false, false),
            Message::Pong(Bytes::new()),
            piece(b"message", false, true),
            Message::Close(Some(closing)),
        ]);
        for size in 1..bytes.len() {
            let expected = [
                Incoming::Nothing,
                Incoming::Ping(Bytes::from_static(b"?")),
                Incoming::Nothing,
                Incoming::Nothing,
                Incoming::Message(Bytes::from_static(b"one message")),
                Incoming::Close(Some(Closing { code: 1001, reason: "bye".into() })),
            ];
            assert_eq!(read(&bytes, size).unwrap(), expected, "{size}");
        }
    }

    /// Each of these breaks one rule of RFC 6455, or one of ours. Masks are zero.
    #[test]
    fn what_no_client_may_send_is_refused() {
        let cases: [(&str, &[u8], Closing); 12] = [
            ("without a mask", &[0x82, 0x00], Closing::PROTOCOL),
            ("compressed", &[0xc2, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("of a reserved kind", &[0x83, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("of a reserved kind of control", &[0x8b, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("a ping in pieces", &[0x09, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("a ping of 126 bytes", &[0x89, 0xfe, 0, 126, 0, 0, 0, 0], Closing::PROTOCOL),
            ("goes on without a beginning", &[0x80, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("begins within", &[0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0], Closing::PROTOCOL),
            ("half a close code", &[0x88, 0x81, 0, 0, 0, 0, 3], Closing::PROTOCOL),
            ("a code that only stands for none", &[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed], Closing::PROTOCOL),
            ("text", &[0x81, 0x80, 0, 0, 0, 0], Closing::NOT_BINARY),
            ("too large", &[0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], Closing::TOO_LARGE),
        ];
        for (what, bytes, closing) in cases {
            for size in 1..=bytes.len() {
                assert_eq!(read(bytes, size), Err(closing.clone()), "{what}, {size}");
            }
        }
    }

    /// CASES 9: room is made for what has come, not for what was promised.
    #[test]
    fn a_head_alone_takes_no_memory() {
        let mut inbox = inbox();
        let head = [&[0x82, 0xff][..], &(MAX_ENVELOPE_BYTES as u64).to_be_bytes(), &[0; 4], &[7; 100]].concat();
        assert_eq!(inbox.next(&mut &head[..]), Ok(None));
        assert!(inbox.is_within_message() && inbox.message.capacity() < 1_000);
    }

    #[test]
    fn nothing_is_kept_of_a_message_that_is_complete() {
        let mut inbox = inbox();
        let bytes = from_client([Message::binary(vec![7; 1_000_000])]);
        let Ok(Some(Incoming::Message(message))) = inbox.next(&mut &bytes[..]) else { panic!("it is whole") };
        assert_eq!(message.len(), 1_000_000);
        assert_eq!((inbox.message.capacity(), inbox.is_within_message()), (0, false));
    }
}
