//! What the host has ordered of the network, kept over a restart: its shape, links made and cut by hand, parts, and faults. Nothing
//! that was acknowledged is lost, so an order is on the disk before it is answered.
//!
//! One small file, because the orders are one small value. The chain's database is the resident node's: its thread writes what that
//! node says, and a relay that may only read it any more still obeys its host.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::bus::message::Policy;
use crate::files::write_atomically;
use crate::switchboard::Switchboard;
use crate::switchboard::topology::Shape;

/// In the data directory.
const FILE: &str = "orders.json";

/// Keeps the host's orders.
#[derive(Debug)]
pub struct Orders {
    file: PathBuf,
    /// With which shape this process was started.
    started_as: Shape,
    /// Held by whoever writes: the newest orders are written last.
    writing: Mutex<()>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    started_as: Shape,
    orders: Policy,
}

impl Orders {
    /// Has the switchboard take up what was ordered before the restart. Another `--topology` than then sets the topology anew, as
    /// the host does: what was ordered is forgotten.
    pub fn take_up(data_dir: &Path, started_as: Shape, switchboard: &Switchboard) -> Self {
        let file = data_dir.join(FILE);
        match read(&file) {
            Some(Kept { started_as: before, orders }) if before == started_as => {
                tracing::info!(
                    shape = ?orders.shape,
                    made = orders.linked.len(),
                    cut = orders.apart.len(),
                    groups = orders.groups.len(),
                    faults = orders.faults.len(),
                    "what the host ordered before the restart holds"
                );
                switchboard.take_up(&orders);
            }
            Some(_) => tracing::info!("--topology is another one than before; what the host ordered then is forgotten"),
            None => {}
        }
        Self { file, started_as, writing: Mutex::default() }
    }

    /// Makes durable what holds now. Whoever has ordered something waits for it before it is answered.
    pub async fn keep(&self, switchboard: &Switchboard) -> io::Result<()> {
        let _turn = self.writing.lock().await;
        let kept = Kept { started_as: self.started_as, orders: switchboard.orders() };
        let (file, content) = (self.file.clone(), serde_json::to_vec(&kept).expect("orders are plain data"));
        tokio::task::spawn_blocking(move || write_atomically(&file, &content)).await.map_err(io::Error::other)?
    }
}

/// What no host can have ordered is left out whole.
fn read(file: &Path) -> Option<Kept> {
    let text = match std::fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!("{} cannot be read: {error}", file.display());
            return None;
        }
    };
    match serde_json::from_slice::<Kept>(&text) {
        Ok(kept) if kept.orders.is_sound() => Some(kept),
        Ok(_) => {
            tracing::warn!("{} holds orders that no host can have given; they are left out", file.display());
            None
        }
        Err(error) => {
            tracing::warn!("{} is left out: {error}", file.display());
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::primitives::NodeId;
    use tabchain_shared::wire::link_fault::LinkFault;

    use super::*;
    use crate::bus::message::PolicyVersion;

    const STAR: Shape = Shape::Star;

    fn switchboard(shape: Shape) -> Switchboard {
        Switchboard::new(Params::regtest(), NodeId([0; 8]), shape, Vec::new())
    }

    fn ordered() -> Policy {
        let pair = |a, b| [NodeId([a; 8]), NodeId([b; 8])];
        Policy {
            version: PolicyVersion::INITIAL,
            shaped: PolicyVersion::INITIAL,
            shape: Shape::Ring,
            linked: vec![pair(1, 2)],
            apart: vec![pair(3, 4)],
            groups: vec![vec![NodeId([5; 8])]],
            faults: vec![(pair(1, 2), LinkFault { delay: 40, ..LinkFault::default() })],
        }
    }

    #[tokio::test]
    async fn what_was_ordered_holds_after_a_restart_unless_the_command_line_says_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        let before = switchboard(STAR);
        before.take_up(&ordered());
        Orders::take_up(&directory.path().join("elsewhere"), STAR, &before).keep(&before).await.unwrap_err();
        Orders::take_up(directory.path(), STAR, &before).keep(&before).await.unwrap();

        let after = switchboard(STAR);
        Orders::take_up(directory.path(), STAR, &after);
        assert_eq!(after.orders(), ordered());

        let other = switchboard(Shape::Mesh);
        Orders::take_up(directory.path(), Shape::Mesh, &other);
        assert_eq!(other.orders(), switchboard(Shape::Mesh).orders());
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let unsound = Policy { groups: vec![Vec::new(); 99], ..ordered() };
        let unsound = serde_json::to_vec(&Kept { started_as: STAR, orders: unsound }).unwrap();
        for content in [b"".as_slice(), b"{}", b"\xff", &unsound] {
            std::fs::write(directory.path().join(FILE), content).unwrap();
            let after = switchboard(STAR);
            Orders::take_up(directory.path(), STAR, &after);
            assert_eq!(after.orders(), switchboard(STAR).orders());
        }
    }
}
