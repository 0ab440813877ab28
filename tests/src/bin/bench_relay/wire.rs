//! The bytes of a WebSocket's client: as little work as can be, for what the generator spends the server lacks.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::net::TcpStream;

/// Read at once, for whoever reads.
const READ_BYTES: usize = 256 * 1024;

pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Connects and asks for a WebSocket. The answer's head is read; what follows it is for the caller.
pub async fn upgrade(address: SocketAddr, path: &str) -> io::Result<Rc<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    write_all(&stream, request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        stream.readable().await?;
        let mut byte = [0];
        match stream.try_read(&mut byte) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => head.extend(byte),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    if !head.starts_with(b"HTTP/1.1 101") {
        return Err(io::Error::other(String::from_utf8_lossy(&head).into_owned()));
    }
    Ok(Rc::new(stream))
}

pub async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is there, once something is; 0 bytes are the end.
pub async fn read<T>(stream: &TcpStream, mut take: impl FnMut(&[u8]) -> T) -> io::Result<T> {
    loop {
        stream.readable().await?;
        let taken = SCRATCH.with_borrow_mut(|scratch| stream.try_read(scratch).map(|count| take(&scratch[..count])));
        match taken {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            taken => return taken,
        }
    }
}

/// A frame of a client, whose mask of zeros leaves the payload as it is.
pub fn frame(opcode: u8, payload: &[&[u8]]) -> Vec<u8> {
    let length: usize = payload.iter().map(|part| part.len()).sum();
    let mut bytes = Vec::with_capacity(14 + length);
    bytes.push(0x80 | opcode);
    match length {
        0..=125 => bytes.push(0x80 | u8::try_from(length).expect("less than 126")),
        126..=0xffff => {
            bytes.push(0x80 | 0x7e);
            bytes.extend(u16::try_from(length).expect("two bytes").to_be_bytes());
        }
        _ => {
            bytes.push(0x80 | 0x7f);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    for part in payload {
        bytes.extend(*part);
    }
    bytes
}

/// Cuts a stream into its items, without a copy of those that come whole.
#[derive(Debug, Default)]
pub struct Splitter {
    begun: Vec<u8>,
}

impl Splitter {
    /// `size`: how long the item is that begins so, if enough of it is there to tell.
    pub fn feed(&mut self, mut bytes: &[u8], size: fn(&[u8]) -> Option<usize>, mut each: impl FnMut(&[u8])) {
        while !self.begun.is_empty() {
            // Byte by byte until the length can be told.
            let wanted = size(&self.begun).map_or(1, |size| size - self.begun.len());
            let (part, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.begun.extend(part);
            bytes = rest;
            if size(&self.begun) == Some(self.begun.len()) {
                each(&self.begun);
                self.begun.clear();
            } else if bytes.is_empty() {
                return;
            }
        }
        while let Some(size) = size(bytes).filter(|size| *size <= bytes.len()) {
            each(&bytes[..size]);
            bytes = &bytes[size..];
        }
        self.begun.extend(bytes);
    }
}

/// Of a frame as a server writes it.
pub fn frame_size(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? & 0x7f {
        126 => Some(4 + usize::from(u16::from_be_bytes(*bytes.get(2..4)?.first_chunk()?))),
        127 => Some(10 + usize::try_from(u64::from_be_bytes(*bytes.get(2..10)?.first_chunk()?)).expect("it fits")),
        short => Some(2 + usize::from(short)),
    }
}

/// Kind and payload of a whole one.
pub fn open(frame: &[u8]) -> (u8, &[u8]) {
    let head = match frame[1] & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    (frame[0] & 0x0f, &frame[head..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_whatever_pieces_they_come_in() {
        let payloads = [vec![1; 3], vec![2; 200], vec![3; 70_000], vec![]];
        let mut bytes = Vec::new();
        for payload in &payloads {
            // A server's frame is a client's without the mask.
            let mut frame = frame(BINARY, &[payload]);
            let mask = frame.len() - payload.len() - 4;
            frame.drain(mask..mask + 4);
            frame[1] &= 0x7f;
            bytes.extend(frame);
        }
        for size in [1, 2, 3, 7, 100, 1_000, 100_000] {
            let (mut splitter, mut found) = (Splitter::default(), Vec::new());
            for piece in bytes.chunks(size) {
                splitter.feed(piece, frame_size, |frame| found.push(open(frame).1.to_vec()));
            }
            assert_eq!(found, payloads, "{size}");
        }
    }
}
