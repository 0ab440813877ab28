//! A frame as it is handed from node to driver and back: its bytes, and what they say, shared by all that hold it.
//!
//! A new tip is announced to every peer with the same bytes, and where many nodes live in one memory, as in the lab, each of them
//! would decode and hash these again. Here both are done once, when somebody asks for them first. What a frame says follows from
//! its bytes alone, so that nobody can tell whether it was asked before.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::{Message, MessageError};
use crate::primitives::{BlockHash, Header};

/// The bytes of a message. A clone is the same frame, and costs nothing.
#[derive(Clone)]
pub struct Frame(Arc<Contents>);

struct Contents {
    bytes: Vec<u8>,
    says: Says,
    /// Of the headers in it.
    hashes: OnceLock<Hashes>,
}

/// What the bytes say.
enum Says {
    /// They were made of it.
    This(Message),
    /// As it was found when somebody asked.
    Decoded(OnceLock<Result<Message, MessageError>>),
}

/// Almost always it is one, and that has its place beside the message.
enum Hashes {
    One([BlockHash; 1]),
    Several(Vec<BlockHash>),
}

impl Frame {
    fn new(bytes: Vec<u8>, says: Says) -> Self {
        Self(Arc::new(Contents { bytes, says, hashes: OnceLock::new() }))
    }

    pub fn message(&self) -> Result<&Message, &MessageError> {
        match &self.0.says {
            Says::This(message) => Ok(message),
            Says::Decoded(decoded) => decoded.get_or_init(|| Message::from_frame(&self.0.bytes)).as_ref(),
        }
    }

    /// The message for whoever keeps parts of it: without a copy, unless somebody else holds this frame.
    pub fn into_message(self) -> Result<Message, MessageError> {
        match Arc::try_unwrap(self.0) {
            Ok(Contents { says: Says::This(message), .. }) => Ok(message),
            Ok(Contents { says: Says::Decoded(decoded), bytes, .. }) => {
                decoded.into_inner().unwrap_or_else(|| Message::from_frame(&bytes))
            }
            Err(shared) => Self(shared).message().cloned().map_err(Clone::clone),
        }
    }

    /// Of the headers that a message carries, in its order; of other messages none.
    pub fn block_hashes(&self) -> &[BlockHash] {
        self.block_hashes_known_by(|_| None)
    }

    /// The same for whoever knows the hashes of some headers already: what is known is not hashed.
    pub fn block_hashes_known_by(&self, known: impl Fn(&Header) -> Option<BlockHash>) -> &[BlockHash] {
        let headers = match self.message() {
            Ok(Message::Headers(headers)) => &headers[..],
            Ok(Message::Block(block)) => std::slice::from_ref(&block.header),
            Ok(Message::CompactBlock(compact)) => std::slice::from_ref(&compact.header),
            _ => return &[],
        };
        let hash = |header: &Header| known(header).unwrap_or_else(|| header.hash());
        let hashes = self.0.hashes.get_or_init(|| match headers {
            [header] => Hashes::One([hash(header)]),
            several => Hashes::Several(several.iter().map(hash).collect()),
        });
        match hashes {
            Hashes::One(one) => one,
            Hashes::Several(several) => several,
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        Arc::try_unwrap(self.0).map_or_else(|shared| shared.bytes.clone(), |contents| contents.bytes)
    }
}

impl From<Message> for Frame {
    fn from(message: Message) -> Self {
        Self::new(message.to_frame(), Says::This(message))
    }
}

/// Whatever somebody has sent; nothing is known of it yet.
impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes, Says::Decoded(OnceLock::new()))
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Frame").field(&self.0.bytes).finish()
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.bytes == other.0.bytes
    }
}

impl Eq for Frame {}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;

    #[wasm_bindgen_test(unsupported = test)]
    fn it_says_the_same_whether_it_was_made_of_bytes_or_of_a_message() {
        let genesis = Params::regtest().genesis();
        for message in [Message::Headers(vec![genesis.header; 3]), Message::Block(Box::new(genesis)), Message::Ping(7)]
        {
            let [made, read] = [Frame::from(message.clone()), Frame::from(message.to_frame())];
            assert_eq!(made, read);
            assert_eq!((made.message(), made.block_hashes()), (read.message(), read.block_hashes()));
            assert_eq!(read.clone().into_message().as_ref(), Ok(&message), "shared");
            assert_eq!(read.into_message(), Ok(message), "its last holder");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn bytes_that_say_nothing_are_an_error_as_often_as_one_asks() {
        let frame = Frame::from(vec![6, 9]);
        for _ in 0..2 {
            assert!(matches!(frame.message(), Err(MessageError::Malformed { name: "headers", .. })));
        }
        assert!(frame.block_hashes().is_empty());
        assert_eq!(frame.into_bytes(), [6, 9]);
    }
}
