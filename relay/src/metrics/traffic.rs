//! What is given to the connections of nodes to be sent.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::{Registry, Unit};

/// Cheap to clone; the default counts for nobody.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    frames: Counter,
    bytes: Counter,
}

impl Traffic {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "WebSocket messages given to the connections of nodes, carried ones included";
        registry.register("frames_sent", help, self.frames.clone());
        let help = "Bytes of them, without what WebSocket and TLS add";
        registry.register_with_unit("frames_sent", help, Unit::Bytes, self.bytes.clone());
    }

    pub fn count(&self, frames: usize, bytes: usize) {
        self.frames.inc_by(frames as u64);
        self.bytes.inc_by(bytes as u64);
    }

    /// Frames and bytes so far.
    #[cfg(test)]
    pub fn sent(&self) -> [u64; 2] {
        [self.frames.get(), self.bytes.get()]
    }
}
