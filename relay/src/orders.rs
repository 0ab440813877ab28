//! What the host has ordered, kept over a restart: of the network its shape, links made and cut by hand, parts, and faults; of the relay's
//! own node whether it mines. Nothing that was acknowledged is lost, so an order is on the disk before it is answered.
//!
//! One small file, because the orders are one small value. The chain's database is the resident node's: its thread writes what that
//! node says, and a relay that may only read it any more still obeys its host.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tokio::sync::Mutex;

use crate::bus::message::Policy;
use crate::config::Settings;
use crate::files::write_atomically;
use crate::resident::{Resident, Stopped};
use crate::switchboard::Switchboard;
use crate::switchboard::topology::Shape;

/// In the data directory.
const FILE: &str = "orders.json";

/// Keeps the host's orders.
#[derive(Debug)]
pub struct Orders {
    file: PathBuf,
    switchboard: Arc<Switchboard>,
    started: Started,
    /// Held by whoever writes: the newest orders are written last.
    mining: Mutex<Option<KeptMining>>,
}

/// With what the command line has a process start. Another one than before counts as an order: it replaces the host's.
#[derive(Debug, Clone, Copy)]
pub struct Started {
    pub shape: Shape,
    pub mines: bool,
}

impl Started {
    pub fn with(settings: &Settings) -> Self {
        Self { shape: settings.topology, mines: settings.mine }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    started_as: Shape,
    orders: Policy,
    /// Absent before the first order to mine or to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mining: Option<KeptMining>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct KeptMining {
    /// Whether the process was started with `--mine`.
    started: bool,
    ordered: Mining,
}

/// What the relay's own node was ordered last.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mining {
    Goes { limit: Option<HashrateLimit> },
    Rests,
}

impl Mining {
    /// `None`: the command is about something else. An order for so many blocks ends with them, or with the process; nobody waits for the
    /// rest of them a week later.
    fn of(command: &Command) -> Option<Self> {
        match command {
            Command::StartMining { blocks: None, limit } => Some(Self::Goes { limit: *limit }),
            Command::StartMining { blocks: Some(_), .. } | Command::StopMining => Some(Self::Rests),
            _ => None,
        }
    }
}

impl Orders {
    /// Has the switchboard take up what was ordered before the restart. Another `--topology` than then sets the topology anew, as
    /// the host does: what was ordered is forgotten.
    pub fn take_up(data_dir: &Path, started: Started, switchboard: Arc<Switchboard>) -> Self {
        let file = data_dir.join(FILE);
        let kept = read(&file);
        let mining = kept.as_ref().and_then(|kept| kept.mining).filter(|mining| mining.started == started.mines);
        match kept {
            Some(Kept { started_as: before, orders, .. }) if before == started.shape => {
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
        Self { file, switchboard, started, mining: Mutex::new(mining) }
    }

    /// Makes durable what holds of the network now. Whoever has ordered something waits for it before it is answered.
    pub async fn keep(&self) -> io::Result<()> {
        let mining = self.mining.lock().await;
        self.write(*mining).await
    }

    /// Has the relay's own node do what a host orders, whichever relay's host it is.
    pub async fn give(&self, resident: &Resident, command: Command) -> Result<Answer, Stopped> {
        let Some(ordered) = Mining::of(&command) else { return resident.order(command).await };
        // Held meanwhile, so that of two orders at once the one that the node got last is kept.
        let mut mining = self.mining.lock().await;
        let answer = resident.order(command).await?;
        if answer != Answer::Done {
            return Ok(answer);
        }
        *mining = Some(KeptMining { started: self.started.mines, ordered });
        match self.write(*mining).await {
            Ok(()) => Ok(answer),
            Err(error) => {
                tracing::error!("the host's order about mining could not be kept: {error}");
                let reason = format!("it is done, but could not be kept for the relay's next start: {error}");
                Ok(Answer::Refused { reason })
            }
        }
    }

    /// Has the relay's own node do from the start what was ordered before the restart, or else what the command line says.
    pub async fn begin(&self, resident: &Resident) -> Result<(), Stopped> {
        if let Some(command) = self.at_start().await {
            resident.order(command).await?;
        }
        Ok(())
    }

    async fn at_start(&self) -> Option<Command> {
        let ordered = self.mining.lock().await.map(|mining| mining.ordered);
        if let Some(ordered) = ordered {
            tracing::info!(?ordered, "what the host ordered about mining before the restart holds");
        }
        match ordered {
            Some(Mining::Goes { limit }) => Some(Command::StartMining { blocks: None, limit }),
            Some(Mining::Rests) => None,
            None => self.started.mines.then_some(Command::StartMining { blocks: None, limit: None }),
        }
    }

    async fn write(&self, mining: Option<KeptMining>) -> io::Result<()> {
        let kept = Kept { started_as: self.started.shape, orders: self.switchboard.orders(), mining };
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

    const STAR: Started = Started { shape: Shape::Star, mines: false };

    fn switchboard(shape: Shape) -> Arc<Switchboard> {
        Arc::new(Switchboard::new(Params::regtest(), NodeId([0; 8]), shape, Vec::new()))
    }

    /// A process that is started in that directory.
    fn orders(directory: &Path, started: Started) -> Orders {
        Orders::take_up(directory, started, switchboard(started.shape))
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
        let before = orders(directory.path(), STAR);
        before.switchboard.take_up(&ordered());
        let nowhere = Orders { file: directory.path().join("elsewhere").join(FILE), ..orders(directory.path(), STAR) };
        nowhere.keep().await.unwrap_err();
        before.keep().await.unwrap();

        let after = orders(directory.path(), STAR);
        assert_eq!(after.switchboard.orders(), ordered());

        let other = orders(directory.path(), Started { shape: Shape::Mesh, ..STAR });
        assert_eq!(other.switchboard.orders(), switchboard(Shape::Mesh).orders());
    }

    /// Whether the node is to mine after a restart, for what it was ordered before it, if anything.
    #[tokio::test]
    async fn mining_goes_on_after_a_restart_if_that_was_the_last_order() {
        let limit = Some(HashrateLimit::HashesPerSecond(100.0));
        let go = |blocks, limit| Command::StartMining { blocks, limit };
        for (mines, last_order, goes_on) in [
            (false, None, None),
            (true, None, Some(go(None, None))),
            (false, Some(go(None, limit)), Some(go(None, limit))),
            (true, Some(go(None, limit)), Some(go(None, limit))),
            (true, Some(Command::StopMining), None),
            (false, Some(go(Some(3), None)), None),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let started = Started { mines, ..STAR };
            let before = orders(directory.path(), started);
            if let Some(last_order) = &last_order {
                let ordered = Mining::of(last_order).unwrap();
                *before.mining.lock().await = Some(KeptMining { started: mines, ordered });
            }
            before.keep().await.unwrap();
            assert_eq!(orders(directory.path(), started).at_start().await, goes_on, "{last_order:?}");
            // Who writes `--mine` now, or leaves it out, means it; and another shape is no word about mining.
            let otherwise = orders(directory.path(), Started { mines: !mines, ..STAR }).at_start().await;
            assert_eq!(otherwise, (!mines).then_some(go(None, None)), "{last_order:?}");
            let reshaped = orders(directory.path(), Started { shape: Shape::Mesh, mines }).at_start().await;
            assert_eq!(reshaped, goes_on, "{last_order:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let directory = tempfile::tempdir().unwrap();
        let unsound = Policy { groups: vec![Vec::new(); 99], ..ordered() };
        let unsound = serde_json::to_vec(&Kept { started_as: STAR.shape, orders: unsound, mining: None }).unwrap();
        for content in [b"".as_slice(), b"{}", b"\xff", &unsound] {
            std::fs::write(directory.path().join(FILE), content).unwrap();
            let after = orders(directory.path(), STAR);
            assert_eq!(after.switchboard.orders(), switchboard(STAR.shape).orders());
        }
    }
}
