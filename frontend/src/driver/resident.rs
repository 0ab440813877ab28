//! The node that lives in this tab, together with what belongs to it alone: its storage, its identity, and who waits
//! for which answer.

use std::collections::HashMap;

use tabchain_shared::chain::RecentLimits;
use tabchain_shared::chain::store::{Change, Key};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, CommandId, Input, LoadId, StoreId};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{NetworkId, NodeId};
use tabchain_shared::wire::switchboard::{MAX_CHANNELS, NodeControl, sign_challenge};
use wasm_bindgen::JsValue;

use super::courtesy::Courtesy;
use super::slots::Slot;
use super::storage::{Identity, Storage};
use super::writes::Writes;
use super::{Happening, Happenings, names};
use crate::bridge::StorageProblem;
use crate::browser;

/// Who gave a command, and how they number it.
pub enum Asker {
    Page(CommandId),
    Host(CommandId),
}

pub struct Resident {
    pub node: Node,
    pub storage: Storage,
    pub writes: Writes,
    pub identity: Identity,
    network: NetworkId,
    /// What the relay asked while the node read its records.
    pub challenge: Option<(Params, [u8; 32])>,
    waiting: HashMap<CommandId, Asker>,
    last_command: u64,
}

impl Resident {
    /// Opens the slot's database for this network, makes its node, and begins to read what the node had stored.
    pub async fn start(params: Params, slot: &Slot, happenings: &Happenings) -> Self {
        let network = params.network_id();
        let mut storage = Storage::open(network, &slot.name, happenings).await;
        let known = storage.load_identity().await;
        let is_new = known.is_none();
        let identity = known.unwrap_or_else(|| {
            let name = if slot.wished { slot.name.clone() } else { names::draw() };
            Identity::new(name)
        });
        let seed = u64::from_le_bytes(browser::random_bytes());
        let mut config = Config::new(identity.name.clone(), NodeKind::Tab, seed);
        if storage.is_memory_only() {
            // What leaves the node's memory would be lost.
            config.recent = RecentLimits::NONE;
        }
        let mut node = Node::new(config, params, identity.key(), browser::now());
        // From now on it knows that there may be more.
        node.handle(browser::now(), Input::RecordsLoaded(Vec::new()));
        let resident = Self {
            node,
            storage,
            writes: Writes::default(),
            identity,
            network,
            challenge: None,
            waiting: HashMap::new(),
            last_command: 0,
        };
        if is_new {
            resident.save_identity(happenings);
        }
        resident.read_records(None, happenings);
        resident
    }

    /// The answer to a relay's challenge, or why this node has no business there. `channels`: with whom it has any.
    pub fn hello(
        &self,
        params: &Params,
        challenge: &[u8; 32],
        mut channels: Vec<NodeId>,
    ) -> Result<NodeControl, String> {
        if params.network_id() != self.network {
            return Err(format!(
                "The relay runs another network now, {}. Reload this page to join it; this node's chain is kept.",
                params.name
            ));
        }
        let key = self.identity.key();
        channels.truncate(MAX_CHANNELS);
        Ok(NodeControl::Hello {
            network: self.network,
            public_key: key.public_key(),
            signature: sign_challenge(&key, self.network, challenge),
            node_kind: NodeKind::Tab,
            name: self.identity.name.clone(),
            channels,
        })
    }

    /// A command for the node, whose answer [`Self::asker`] will know where to send.
    pub fn ask(&mut self, asker: Asker, command: Command) -> Input {
        self.last_command += 1;
        let id = CommandId(self.last_command);
        self.waiting.insert(id, asker);
        Input::Command { id, command }
    }

    /// A command of the driver's own, for whose answer nobody waits.
    pub fn command(&mut self, command: Command) -> Input {
        self.last_command += 1;
        Input::Command { id: CommandId(self.last_command), command }
    }

    /// Whether the host may order anything here.
    pub fn may_order(&self) -> Result<(), Answer> {
        if self.identity.follows_host {
            return Ok(());
        }
        let reason = "this tab does not follow the host: its person has switched that off".to_owned();
        Err(Answer::Refused { reason })
    }

    /// The host's order as a command, or the answer of a node that does not take it.
    pub fn order(&mut self, id: CommandId, command: Command, courtesy: &mut Courtesy) -> Result<Input, Answer> {
        if !command.only_asks() {
            self.may_order()?;
        }
        if !command.may_be_ordered() {
            return Err(Answer::Refused { reason: "only the person at this tab may do that".to_owned() });
        }
        courtesy.judge_order(&command)?;
        Ok(self.ask(Asker::Host(id), command))
    }

    /// Another tab is this node now: nothing more is stored, and the returned command ends the mining.
    pub fn retire(&mut self) -> Input {
        self.storage.give_up(StorageProblem::OpenElsewhere);
        self.command(Command::StopMining)
    }

    /// Who waits for this answer; asked once for each.
    pub fn asker(&mut self, id: CommandId) -> Option<Asker> {
        self.waiting.remove(&id)
    }

    pub fn store(&mut self, id: StoreId, changes: Vec<Change>, happenings: &Happenings) {
        self.writes.push(id, changes);
        self.begin_writes(happenings);
    }

    /// Begins the next transaction, unless it has to wait for the last one.
    pub fn begin_writes(&mut self, happenings: &Happenings) {
        if let Some((ids, changes)) = self.writes.next() {
            self.write(ids, &changes, happenings);
        }
    }

    fn write(&self, ids: Vec<StoreId>, changes: &[Change], happenings: &Happenings) {
        let written = self.storage.write(changes);
        let happenings = happenings.clone();
        wasm_bindgen_futures::spawn_local(async move {
            happenings.tell(Happening::Stored(ids, written.await));
        });
    }

    pub fn load(&mut self, id: LoadId, keys: &[Key], happenings: &Happenings) {
        while let Some((ids, changes)) = self.writes.next_at_once() {
            self.write(ids, &changes, happenings);
        }
        let read = self.storage.read(keys);
        let happenings = happenings.clone();
        wasm_bindgen_futures::spawn_local(async move {
            happenings.tell(Happening::Loaded(id, read.await));
        });
    }

    pub fn read_records(&self, last_key: Option<JsValue>, happenings: &Happenings) {
        let read = self.storage.read_records(last_key);
        let happenings = happenings.clone();
        wasm_bindgen_futures::spawn_local(async move {
            happenings.tell(Happening::RecordsRead(read.await));
        });
    }

    pub fn save_identity(&self, happenings: &Happenings) {
        let written = self.storage.write_identity(&self.identity);
        let happenings = happenings.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if let Err(reason) = written.await {
                happenings.tell(Happening::IdentityLost(reason));
            }
        });
    }
}
