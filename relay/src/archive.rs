//! Every block that the resident has accepted: from the node's memory if it is recent, else from the database.
//!
//! The node's loop only says where a block is. Reading and decoding old ones happens on threads for blocking work, so
//! that whoever browses the past holds nobody up.

use std::sync::Arc;

use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Node;
use tabchain_shared::node::snapshot::BlockPlace;
use tabchain_shared::primitives::BlockHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::Reader;

/// A block as the node's loop hands it out.
#[derive(Debug, Clone)]
pub struct Found {
    pub hash: BlockHash,
    pub place: BlockPlace,
    /// Absent: the database has it.
    body: Option<Arc<CheckedBlock>>,
}

impl Found {
    pub fn new(node: &Node, hash: BlockHash) -> Option<Self> {
        Some(Self { hash, place: node.block_place(&hash)?, body: node.chain().body(&hash).cloned() })
    }
}

/// Answers that are read at a time; others wait. Each may hold megabytes of blocks.
pub const MAX_READERS: usize = 8;
/// Answers that wait for that; further ones are asked to come back.
pub const MAX_WAITING: usize = 64;

/// Too many want to read old blocks at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many are reading old blocks; ask again in a few seconds")]
pub struct Busy;

/// Reads what the node's memory no longer holds. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Archive {
    reader: Reader,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Archive {
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            places: Arc::new(Semaphore::new(MAX_READERS)),
            queue: Arc::new(Semaphore::new(MAX_READERS + MAX_WAITING)),
        }
    }

    /// The bodies of blocks, in order, up to the first that cannot be read (as with a damaged database), or until they
    /// have `max_bytes` together; at least one.
    pub async fn bodies(&self, blocks: Vec<Found>, max_bytes: usize) -> Result<Vec<(Found, Arc<CheckedBlock>)>, Busy> {
        let turn = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| Busy)?;
        Ok(self.read(Some(turn), blocks, max_bytes).await)
    }

    /// The same for who is one of few, and waits as long as it takes.
    pub async fn bodies_in_turn(&self, blocks: Vec<Found>, max_bytes: usize) -> Vec<(Found, Arc<CheckedBlock>)> {
        self.read(None, blocks, max_bytes).await
    }

    async fn read(
        &self,
        turn: Option<OwnedSemaphorePermit>,
        blocks: Vec<Found>,
        max_bytes: usize,
    ) -> Vec<(Found, Arc<CheckedBlock>)> {
        let place = Arc::clone(&self.places).acquire_owned().await.expect("never closed");
        let reader = self.reader.clone();
        let read = move || {
            // Reading goes on when whoever asked hangs up, and so both are taken until it ends.
            let _taken = (place, turn);
            let mut bodies = Vec::with_capacity(blocks.len());
            let mut bytes = 0;
            for found in blocks {
                if bytes >= max_bytes {
                    break;
                }
                let stored =
                    || reader.block(found.place.height, found.hash).and_then(CheckedBlock::recall).map(Arc::new);
                let Some(body) = found.body.clone().or_else(stored) else { break };
                bytes += body.size();
                bodies.push((found, body));
            }
            bodies
        };
        // It ends early only with the process.
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }

    /// `None`: it cannot be read.
    pub async fn body(&self, found: Found) -> Result<Option<(Found, Arc<CheckedBlock>)>, Busy> {
        Ok(self.bodies(vec![found], usize::MAX).await?.pop())
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;

    use std::sync::mpsc;

    use futures::FutureExt;

    use super::*;
    use crate::store::Store;

    /// Who reads in turn waits; strangers beyond the queue are asked to come back, and are served later.
    #[tokio::test]
    async fn too_many_readers_are_asked_to_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&directory.path().join("chain.redb"), Params::regtest().network_id()).unwrap();
        let archive = Archive::new(store.reader());
        let all = u32::try_from(MAX_READERS + MAX_WAITING).unwrap();
        let held = archive.queue.try_acquire_many(all).expect("nobody reads yet");
        assert!(matches!(archive.bodies(Vec::new(), 1).await, Err(Busy)));
        assert!(archive.bodies_in_turn(Vec::new(), 1).await.is_empty());
        drop(held);
        assert!(archive.bodies(Vec::new(), 1).await.is_ok_and(|bodies| bodies.is_empty()));
    }

    /// Whoever asks and hangs up, again and again, has no more read at a time than who stays. One thread for blocking work,
    /// which is busy, stands for a slow disk.
    #[test]
    fn who_hangs_up_keeps_its_place_until_the_reading_ends() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let store = Store::open(&directory.path().join("chain.redb"), Params::regtest().network_id()).unwrap();
            let archive = Archive::new(store.reader());
            let (release, held) = mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || held.recv().is_err());
            for _ in 0..MAX_READERS {
                assert!(
                    archive.bodies(Vec::new(), 1).now_or_never().is_none(),
                    "it waits for the disk, and is given up"
                );
            }
            assert_eq!(archive.places.available_permits(), 0);
            let waiting = archive.bodies(Vec::new(), 1);
            drop(release);
            assert!(waiting.await.is_ok(), "places come back");
            assert!(busy.await.unwrap());
            let all = u32::try_from(MAX_READERS + MAX_WAITING).unwrap();
            drop(archive.queue.acquire_many(all).await.expect("so do turns"));
        });
    }
}
