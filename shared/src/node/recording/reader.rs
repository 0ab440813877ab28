//! Reads a recording that comes in pieces of any size. Holds one entry at most, and makes room for it as it comes.

use sha2::{Digest, Sha256};

use super::entry::{Content, Entry, Start};
use super::{DIGEST_BYTES, LENGTH_BYTES, MAGIC, MAX_ENTRY_BYTES, RecordingError};
use crate::primitives::Decode;

/// What comes next in a recording.
#[derive(Debug)]
pub enum Part {
    /// First, and once.
    Start(Box<Start>),
    Entry(Entry),
}

#[derive(Debug, Default)]
pub struct RecordingReader {
    /// What has come of the next part, its length included.
    pending: Vec<u8>,
    /// Over every byte before that.
    digest: Sha256,
    /// Entries read; `None` before the start.
    entries: Option<u64>,
    has_magic: bool,
    has_ended: bool,
}

impl RecordingReader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Entries read so far; the start is none.
    pub fn entries(&self) -> u64 {
        self.entries.unwrap_or(0)
    }

    /// Whether the last entry was read.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Takes from `input` what belongs to the next part, and returns that when it is complete. `None`: `input` is used up.
    /// After an error there is nothing more to read.
    pub fn next_part(&mut self, input: &mut &[u8]) -> Result<Option<Part>, RecordingError> {
        if !self.read_magic(input)? {
            return Ok(None);
        }
        let entry = self.entries.map_or(0, |entries| entries + 1);
        if self.has_ended {
            return if input.is_empty() { Ok(None) } else { Err(RecordingError::BytesAfterEnd { entry: entry - 1 }) };
        }
        self.take(input, LENGTH_BYTES);
        let Some(length) = self.pending.first_chunk().map(|length| u32::from_le_bytes(*length)) else {
            return Ok(None);
        };
        if length as usize > MAX_ENTRY_BYTES {
            return Err(RecordingError::TooLong { entry, length });
        }
        let size = LENGTH_BYTES + length as usize;
        self.take(input, size);
        if self.pending.len() < size {
            return Ok(None);
        }
        let part = self.decode().map_err(|error| RecordingError::Undecodable { entry, error })?;
        if let Part::Entry(Entry { time, content: Content::Checkpoint(check) | Content::End(_, check) }) = &part
            && self.digest.clone().chain_update(&self.pending[..size - DIGEST_BYTES]).finalize()[..] != check.file
        {
            return Err(RecordingError::Damaged { entry, time: *time });
        }
        self.has_ended = matches!(part, Part::Entry(Entry { content: Content::End(..), .. }));
        self.digest.update(&self.pending);
        self.pending.clear();
        self.entries = Some(entry);
        Ok(Some(part))
    }

    fn decode(&self) -> Result<Part, crate::primitives::DecodeError> {
        let bytes = &self.pending[LENGTH_BYTES..];
        Ok(match self.entries {
            None => Part::Start(Box::new(Start::from_bytes(bytes)?)),
            Some(_) => Part::Entry(Entry::from_bytes(bytes)?),
        })
    }

    /// Whether the first bytes are all here; an error as soon as one of them is wrong.
    fn read_magic(&mut self, input: &mut &[u8]) -> Result<bool, RecordingError> {
        if self.has_magic {
            return Ok(true);
        }
        self.take(input, MAGIC.len());
        let (name, version) = self.pending.split_at(self.pending.len().min(MAGIC.len() - 1));
        if !MAGIC.starts_with(name) {
            return Err(RecordingError::NotARecording);
        }
        match version {
            [] => Ok(false),
            [version, ..] if *version == MAGIC[7] => {
                self.digest.update(MAGIC);
                self.pending.clear();
                self.has_magic = true;
                Ok(true)
            }
            [found, ..] => Err(RecordingError::OtherVersion { found: *found }),
        }
    }

    /// Moves bytes from `input` until `size` of the part are here, or `input` is used up.
    fn take(&mut self, input: &mut &[u8], size: usize) {
        let missing = size.saturating_sub(self.pending.len());
        let (taken, rest) = input.split_at(missing.min(input.len()));
        self.pending.extend_from_slice(taken);
        *input = rest;
    }
}
