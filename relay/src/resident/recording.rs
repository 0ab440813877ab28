//! Writes the resident's life into a file, for `tabchain replay`. Recording is a favour to whoever looks for a fault: it
//! never holds the node up, and when the disk fails or falls behind it ends with a warning, not the node.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, SyncSender, TrySendError};
use std::thread::JoinHandle;

use anyhow::{Context, Result, bail};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Input, Time};
use tabchain_shared::node::recording::Recorder;

/// Recorded and not yet taken by the writing thread; a disk that falls further behind ends the recording.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug)]
pub struct Recording {
    path: PathBuf,
    recorder: Recorder,
    /// What the thread has not taken yet.
    waiting: Vec<u8>,
    /// Absent when the recording has ended.
    writer: Option<Writer>,
}

#[derive(Debug)]
struct Writer {
    /// Holds one piece; what comes meanwhile is gathered in the next.
    pieces: SyncSender<Vec<u8>>,
    thread: JoinHandle<()>,
}

impl Recording {
    /// Makes the file, which only its owner may read: it holds the node's seed.
    pub fn create(path: &Path, recorder: Recorder) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.open(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                bail!("--record {}: this file exists and is not overwritten; name a new one", path.display())
            }
            file => file.with_context(|| format!("--record {}: making the file", path.display()))?,
        };
        Self::start(path, file, recorder)
    }

    fn start(path: &Path, file: impl Write + Send + 'static, recorder: Recorder) -> Result<Self> {
        let (pieces, queue) = mpsc::sync_channel(1);
        let shown = path.display().to_string();
        let thread = std::thread::Builder::new()
            .name("recording".into())
            .spawn(move || {
                if let Err(error) = write(file, &queue) {
                    tracing::warn!("nothing more is recorded into {shown}: {error}");
                }
            })
            .context("starting a thread")?;
        let writer = Some(Writer { pieces, thread });
        Ok(Self { path: path.to_owned(), recorder, waiting: Vec::new(), writer })
    }

    /// Records an input and gives back what to feed to the node in its place. Never waits.
    pub fn record(&mut self, node: &Node, now: Time, input: Input) -> Input {
        if self.writer.is_none() {
            return input;
        }
        let was_recording = self.recorder.ending().is_none();
        let input = self.recorder.record(node, now, input);
        self.waiting.append(&mut self.recorder.take_bytes());
        let has_ended = self.recorder.ending().is_some();
        if has_ended && was_recording {
            let bytes = self.recorder.size();
            tracing::warn!(bytes, "nothing more is recorded into {}: its limit is reached", self.path.display());
        }
        self.hand_over();
        if has_ended && self.waiting.is_empty() {
            self.writer = None;
        }
        input
    }

    /// Waits until the thread has taken everything.
    pub fn flush(&mut self) {
        if let Some(writer) = &self.writer
            && !self.waiting.is_empty()
            && writer.pieces.send(mem::take(&mut self.waiting)).is_err()
        {
            self.writer = None;
        }
    }

    /// Ends the recording. When what is returned has run, which may take as long as the disk does, everything is written.
    pub fn finish(mut self, node: &Node, now: Time) -> impl FnOnce() + Send + 'static {
        self.recorder.finish(node, now);
        self.waiting.append(&mut self.recorder.take_bytes());
        move || {
            self.flush();
            if let Some(Writer { pieces, thread }) = self.writer {
                drop(pieces);
                thread.join().expect("the recording's thread does not panic");
            }
        }
    }

    /// Gives the thread what waits for it, if it is ready.
    fn hand_over(&mut self) {
        let Some(writer) = self.writer.as_ref().filter(|_| !self.waiting.is_empty()) else { return };
        match writer.pieces.try_send(mem::take(&mut self.waiting)) {
            Ok(()) => {}
            Err(TrySendError::Full(bytes)) if bytes.len() <= MAX_WAITING_BYTES => self.waiting = bytes,
            Err(TrySendError::Full(_)) => {
                tracing::warn!("nothing more is recorded into {}: the disk is too slow", self.path.display());
                self.writer = None;
            }
            // The thread has said why it ended.
            Err(TrySendError::Disconnected(_)) => self.writer = None,
        }
    }
}

/// Writes every piece as it comes, so that a crash loses little.
fn write(mut file: impl Write, pieces: &mpsc::Receiver<Vec<u8>>) -> io::Result<()> {
    for piece in pieces {
        file.write_all(&piece)?;
    }
    file.flush()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use tabchain_shared::consensus::Params;
    use tabchain_shared::node::Config;
    use tabchain_shared::node::io::PeerId;
    use tabchain_shared::node::recording::DEFAULT_MAX_BYTES;
    use tabchain_shared::node::snapshot::NodeKind;
    use tabchain_shared::primitives::SecretKey;

    use super::*;

    const START: Time = Time(1_800_000_000_000);
    const PATIENCE: Duration = Duration::from_mins(1);

    fn node_recorded_into(file: impl Write + Send + 'static) -> (Node, Recording) {
        let (config, params) = (Config::new("ada", NodeKind::Relay, 7), Params::regtest());
        let key = SecretKey::from_seed([1; 32]);
        let recorder = Recorder::new(config.clone(), params.clone(), key.public_key(), START, DEFAULT_MAX_BYTES);
        let recording = Recording::start(Path::new("the disk"), file, recorder).unwrap();
        (Node::new(config, params, key, START), recording)
    }

    fn frame(bytes: usize) -> Input {
        Input::FrameReceived { peer: PeerId(1), frame: vec![0; bytes].into() }
    }

    struct FullDisk;

    impl Write for FullDisk {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_ends_the_recording_and_inputs_still_reach_the_node() {
        let (node, mut recording) = node_recorded_into(FullDisk);
        let deadline = Instant::now() + PATIENCE;
        while recording.writer.is_some() {
            recording.record(&node, START, frame(10));
            assert!(Instant::now() < deadline, "the thread has ended, and the recording should");
        }
        assert!(matches!(recording.record(&node, START, frame(10)), Input::FrameReceived { .. }));
        recording.finish(&node, START)();
    }

    /// Writes nothing until the other end of the channel is dropped.
    struct StandingDisk(mpsc::Receiver<()>);

    impl Write for StandingDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_stands_still_does_not_hold_the_node_up() {
        let (go_on, disk) = mpsc::channel();
        let (node, mut recording) = node_recorded_into(StandingDisk(disk));
        let size = MAX_WAITING_BYTES / 16;
        for _ in 0..15 {
            recording.record(&node, START, frame(size));
        }
        assert!(recording.writer.is_some(), "so much may wait");
        for _ in 0..20 {
            recording.record(&node, START, frame(size));
        }
        assert!(recording.writer.is_none(), "so much may not");
        drop(go_on);
    }
}
