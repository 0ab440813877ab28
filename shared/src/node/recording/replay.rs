//! Lives a recorded life again: feeds the inputs to a new node, and holds each checkpoint against its state.

use super::entry::{Check, Content, Entry};
use super::reader::{Part, RecordingReader};
use super::{Ending, RecordingError};
use crate::node::{Node, Time};

/// Takes a recording in pieces of any size.
#[derive(Debug, Default)]
pub struct Replay {
    reader: RecordingReader,
    life: Option<Life>,
}

/// What has been replayed.
#[derive(Debug)]
pub struct Life {
    /// Where the inputs so far have led.
    pub node: Node,
    pub inputs: u64,
    /// Those that agreed, the one at the end included.
    pub checkpoints: u64,
    pub started: Time,
    /// Of the latest entry.
    pub latest: Time,
    pub ending: Ending,
}

impl Replay {
    pub fn new() -> Self {
        Self::default()
    }

    /// Replays what these bytes complete. After an error, [`Self::so_far`] tells how far it came.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), RecordingError> {
        while let Some(part) = self.reader.next_part(&mut bytes)? {
            match (part, &mut self.life) {
                (Part::Entry(entry), Some(life)) => life.follow(self.reader.entries(), entry)?,
                (Part::Start(start), _) => {
                    let node = Node::without_secret_key(start.config, start.params, start.public_key, start.time);
                    let (started, latest) = (start.time, start.time);
                    let ending = Ending::BrokenOff;
                    self.life = Some(Life { node, inputs: 0, checkpoints: 0, started, latest, ending });
                }
                (Part::Entry(_), None) => unreachable!("the start comes first"),
            }
        }
        Ok(())
    }

    pub fn so_far(&self) -> Option<&Life> {
        self.life.as_ref()
    }

    /// To be asked when the bytes have ended.
    pub fn finish(self) -> Result<Life, RecordingError> {
        self.life.ok_or(RecordingError::NoStart)
    }
}

impl Life {
    fn follow(&mut self, number: u64, Entry { time, content }: Entry) -> Result<(), RecordingError> {
        self.latest = time;
        match content {
            Content::Input(input) => {
                self.node.handle(time, input);
                // Carried out in the recorded life; what came of them is among the inputs.
                while self.node.poll_output().is_some() {}
                self.inputs += 1;
                Ok(())
            }
            Content::Checkpoint(check) => self.compare(number, time, check),
            Content::End(ending, check) => {
                self.ending = ending;
                self.compare(number, time, check)
            }
        }
    }

    fn compare(&mut self, entry: u64, time: Time, check: Check) -> Result<(), RecordingError> {
        let replayed = self.node.state_hash();
        if replayed != check.state {
            return Err(RecordingError::StateDiffers { entry, time, recorded: check.state, replayed });
        }
        self.checkpoints += 1;
        Ok(())
    }
}
