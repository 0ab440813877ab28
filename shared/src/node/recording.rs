//! A node's life as bytes: how it started, every input that it was given, and now and then the hash of its state.
//!
//! A driver puts a [`Recorder`] in front of its node, and [`replay::Replay`] feeds what was recorded to a new node, here or
//! on another machine. No secret key is ever recorded: an order to pay is replaced by the transfer that the node signs for it.
//! The node's seed is recorded; whoever reads it can foresee the node's salts, but only until the node starts anew.
//!
//! `docs/protocol.md` has the bytes. A recording that breaks off, as in a crash, is sound up to there.

pub mod entry;
pub mod reader;
pub mod replay;

use std::fmt;

use entry::{Check, Content, Entry, Start};
use sha2::{Digest, Sha256};

use super::io::{Command, Input, Time};
use super::{Config, Node};
use crate::consensus::Params;
use crate::primitives::{DecodeError, Encode, PublicKey};

/// The first bytes; the last of them is the version.
pub const MAGIC: [u8; 8] = *b"tab-rec\x03";
/// A recording that would grow beyond this ends, unless its driver chose another limit.
pub const DEFAULT_MAX_BYTES: u64 = 256 * 1024 * 1024;
/// Inputs between two checkpoints.
pub const CHECKPOINT_INTERVAL: u32 = 1_000;
/// Largest entry. The largest input is sixteen blocks of four megabytes, read back from the store; one that is larger all
/// the same ends the recording.
pub const MAX_ENTRY_BYTES: usize = 80 * 1024 * 1024;
/// Of an entry, before it.
const LENGTH_BYTES: usize = 4;
/// Of the recording so far, at the end of every checkpoint.
const DIGEST_BYTES: usize = 32;
/// What a checkpoint and the end take, both being due at once.
const RESERVED_BYTES: u64 = 2 * 96;

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The node was stopped, or its driver stopped recording.
    Stopped,
    /// The limit was reached; the node went on.
    Limit,
    /// The bytes end before the recording does, as after a crash or a write that failed.
    BrokenOff,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "stopped",
            Self::Limit => "limit reached",
            Self::BrokenOff => "broken off",
        })
    }
}

/// Why bytes are not a sound recording. Entries are numbered from 1; the start is number 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    #[error("not-a-recording: the file does not begin as a recording does")]
    NotARecording,
    #[error("other-version: the recording is of version {found}, this program reads version {}", MAGIC[7])]
    OtherVersion { found: u8 },
    #[error("no-start: the file ends before the node has started")]
    NoStart,
    #[error("too-long: entry {entry} claims {length} bytes, the limit is {MAX_ENTRY_BYTES}")]
    TooLong { entry: u64, length: u32 },
    #[error("undecodable: entry {entry}: {error}")]
    Undecodable { entry: u64, error: DecodeError },
    #[error("damaged: some byte up to entry {entry} (time {}) is not what was recorded", time.0)]
    Damaged { entry: u64, time: Time },
    #[error("bytes-after-the-end: the recording ends with entry {entry}, and bytes follow")]
    BytesAfterEnd { entry: u64 },
    #[error(
        "state-differs: at entry {entry} (time {}) the recorded node had state {}, this one has {}",
        time.0, hex::encode(recorded), hex::encode(replayed)
    )]
    StateDiffers { entry: u64, time: Time, recorded: [u8; 32], replayed: [u8; 32] },
}

/// Stands between a driver and its node. Makes bytes; writing them is the driver's part ([`Recorder::take_bytes`]).
#[derive(Debug)]
pub struct Recorder {
    /// Not yet taken.
    pending: Vec<u8>,
    /// Over every byte so far.
    digest: Sha256,
    size: u64,
    max_bytes: u64,
    since_checkpoint: u32,
    ending: Option<Ending>,
}

impl Recorder {
    /// Begins a recording of the node that [`Node::new`] made of the same values at that time.
    pub fn new(config: Config, params: Params, public_key: PublicKey, time: Time, max_bytes: u64) -> Self {
        let mut recorder =
            Self { pending: Vec::new(), digest: Sha256::new(), size: 0, max_bytes, since_checkpoint: 0, ending: None };
        recorder.append(&MAGIC);
        recorder.append(&framed(&Start { config, params, public_key, time }));
        recorder
    }

    /// Records an input and gives back what to feed to the node in its place. Call when all earlier inputs are handled.
    pub fn record(&mut self, node: &Node, now: Time, input: Input) -> Input {
        if self.ending.is_some() {
            return input;
        }
        if self.since_checkpoint == CHECKPOINT_INTERVAL {
            self.check(node, now, Content::Checkpoint);
            self.since_checkpoint = 0;
        }
        let entry = Entry { time: now, content: Content::Input(signed(node, input)) };
        let bytes = framed(&entry);
        let Content::Input(input) = entry.content else { unreachable!("it was made of an input") };
        let size = self.size + bytes.len() as u64 + RESERVED_BYTES;
        if size > self.max_bytes || bytes.len() > LENGTH_BYTES + MAX_ENTRY_BYTES {
            self.end(node, now, Ending::Limit);
        } else {
            self.append(&bytes);
            self.since_checkpoint += 1;
        }
        input
    }

    /// Ends the recording with a checkpoint, unless it has ended.
    pub fn finish(&mut self, node: &Node, now: Time) {
        if self.ending.is_none() {
            self.end(node, now, Ending::Stopped);
        }
    }

    /// Why nothing is recorded any more.
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// Bytes recorded so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// What was recorded since this was last called, for the driver to write.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.pending)
    }

    fn end(&mut self, node: &Node, now: Time, ending: Ending) {
        self.ending = Some(ending);
        self.check(node, now, |check| Content::End(ending, check));
    }

    fn check(&mut self, node: &Node, now: Time, content: impl FnOnce(Check) -> Content) {
        let check = Check { state: node.state_hash(), file: [0; DIGEST_BYTES] };
        let mut bytes = framed(&Entry { time: now, content: content(check) });
        let place = bytes.len() - DIGEST_BYTES;
        let digest = self.digest.clone().chain_update(&bytes[..place]).finalize();
        bytes[place..].copy_from_slice(&digest);
        self.append(&bytes);
    }

    fn append(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        self.pending.extend_from_slice(bytes);
    }
}

/// An order to pay as the transfer that the node signs for it: what is replayed without the secret key.
fn signed(node: &Node, input: Input) -> Input {
    match input {
        Input::Command { id, command: Command::Pay { recipient, amount, fee, memo } } => {
            let command = match node.sign_payment(recipient, amount, fee, memo.clone()) {
                Some(transfer) => Command::Submit { transfer: Box::new(transfer) },
                // Refused, now and in every replay.
                None => Command::Pay { recipient, amount, fee, memo },
            };
            Input::Command { id, command }
        }
        other => other,
    }
}

/// A value behind its length.
fn framed(value: &impl Encode) -> Vec<u8> {
    let mut bytes = vec![0; LENGTH_BYTES];
    value.encode(&mut bytes);
    // Saturated only by what is far above the limit of an entry and therefore not recorded.
    let length = u32::try_from(bytes.len() - LENGTH_BYTES).unwrap_or(u32::MAX);
    bytes[..LENGTH_BYTES].copy_from_slice(&length.to_le_bytes());
    bytes
}
