//! What becomes of the node's records and its key: read when it starts, written as it goes, and what is done when the
//! browser's storage fails.

use gloo_timers::callback::Timeout;
use tabchain_shared::node::io::{Answer, CommandId, Input, StoreId};

use super::storage::{Batch, in_time};
use super::{Driver, Happening};
use crate::bridge::{FromWorker, StorageProblem};
use crate::browser;

/// What has no number of its own, because it was no write of the node's.
const NO_WRITE: StoreId = StoreId(u64::MAX);

/// Between two attempts to store the key after the browser has cleared the storage.
const REOPEN_PAUSE_MILLIS: u32 = 500;

impl Driver {
    /// Gives the node a part of what it had stored, and asks for the next. The relay is answered when the node has it all.
    pub(super) fn records_read(&mut self, batch: Result<Batch, StorageProblem>) {
        let Some(resident) = &mut self.resident else { return };
        match batch {
            Ok(Batch { records, last_key: Some(key) }) => {
                self.feed(Input::RecordsLoaded(records));
                if let Some(resident) = &self.resident {
                    resident.read_records(Some(key), &self.happenings);
                }
                return self.view_changed();
            }
            Ok(Batch { last_key: None, .. }) => {}
            Err(reason) => {
                resident.storage.give_up(reason.clone());
                self.saving_failed(vec![NO_WRITE], &reason);
            }
        }
        self.feed(Input::AllRecordsLoaded);
        self.introduce_node();
        self.view_changed();
    }

    /// A transaction is over, well or not: full, or worse.
    pub(super) fn writes_ended(&mut self, ids: Vec<StoreId>, result: Result<(), StorageProblem>) {
        let Some(resident) = &mut self.resident else { return };
        resident.writes.ended();
        match result {
            Ok(()) => ids.into_iter().for_each(|id| self.feed(Input::Stored(id))),
            Err(reason) => {
                resident.storage.stop_writing(reason.clone());
                self.saving_failed(ids, &reason);
                return self.view_changed();
            }
        }
        if let Some(resident) = &mut self.resident {
            resident.begin_writes(&self.happenings);
        }
    }

    /// Nothing is saved any more, not these writes and not those that waited for them: who is about to be told that a payment
    /// is safe must not be.
    pub(super) fn saving_failed(&mut self, mut ids: Vec<StoreId>, reason: &StorageProblem) {
        let Some(resident) = &mut self.resident else { return };
        ids.extend(resident.writes.fail_waiting());
        for id in ids {
            self.feed(Input::StoreFailed { id, reason: reason.to_string() });
        }
    }

    /// A key that is not stored dies with the tab, whatever else may be stored.
    pub(super) fn identity_lost(&mut self, reason: StorageProblem) {
        if self.reopen_soon() {
            return;
        }
        let Some(resident) = &mut self.resident else { return };
        resident.storage.give_up(reason.clone());
        self.saving_failed(vec![NO_WRITE], &reason);
        self.view_changed();
    }

    /// The browser, or its person, has cleared what this page had stored. The key is still here and is stored again; the chain
    /// is fetched anew after a reload.
    pub(super) async fn storage_lost(&mut self) {
        let Some(resident) = &mut self.resident else { return };
        let reason = StorageProblem::Cleared;
        resident.storage.stop_writing(reason.clone());
        self.saving_failed(Vec::new(), &reason);
        let Some(resident) = &mut self.resident else { return };
        resident.storage.reopen(&self.happenings).await;
        if !resident.storage.is_memory_only() {
            resident.save_identity(&self.happenings);
        } else if self.reopen_soon() {
            return;
        }
        self.saving_failed(vec![NO_WRITE], &reason);
        self.view_changed();
    }

    /// Tries again if the browser was not done with clearing.
    fn reopen_soon(&self) -> bool {
        let again = self.resident.as_ref().is_some_and(|resident| resident.storage.may_reopen());
        if again {
            let happenings = self.happenings.clone();
            Timeout::new(REOPEN_PAUSE_MILLIS, move || happenings.tell(Happening::StorageLost)).forget();
        }
        again
    }

    /// Stores another key in place of the node's. The node itself goes on as it is; its page starts it anew.
    pub(super) async fn restore_key(&mut self, id: CommandId, phrase: &str) {
        let answer = match self.store_key(phrase).await {
            Ok(()) => Answer::Done,
            Err(reason) => Answer::Refused { reason },
        };
        browser::post_to_parent(&FromWorker::Answer { id, answer });
    }

    async fn store_key(&mut self, phrase: &str) -> Result<(), String> {
        let Some(resident) = self.resident.as_mut().filter(|_| self.slot.is_some()) else {
            return Err("this node is still looking for its network; try again in a moment".to_owned());
        };
        let identity = resident.identity.with_phrase(phrase)?;
        if resident.storage.is_memory_only() {
            return Err("nothing is saved in this browser, so the key would be lost at once".to_owned());
        }
        if let Err(reason) = in_time(resident.storage.write_identity(&identity)).await {
            // What hangs may be carried out yet, and this comes after it: the key stays what its person was told it is.
            let unchanged = resident.storage.write_identity(&resident.identity);
            wasm_bindgen_futures::spawn_local(async {
                let _ = unchanged.await;
            });
            return Err(reason.to_string());
        }
        // What is saved of it later must not bring the old key back.
        resident.identity = identity;
        Ok(())
    }
}
