//! The program's end: the node as it is now, and what a learner has it do.

use std::collections::HashMap;

use futures_channel::oneshot;
use leptos::prelude::*;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, CommandId};
use tabchain_shared::node::payments::PaymentView;
use tabchain_shared::node::snapshot::{BlockView, PeerView, Snapshot};
use tabchain_shared::primitives::{Amount, Block, BlockHash, Decode, Transfer, Txid};

use super::progress::Progress;
use super::wire::{ToLessons, ToPage, on_page, tell_page};
use crate::bridge::{TreeAnswer, TreeQuestion, UplinkState, View};
use crate::state;

#[derive(Clone, Copy)]
pub struct Course {
    view: RwSignal<Option<View>>,
    pub network: RwSignal<Option<Params>>,
    pub progress: Progress,
    waiting: StoredValue<HashMap<CommandId, oneshot::Sender<ToLessons>>, LocalStorage>,
    last_question: StoredValue<u64>,
}

impl Course {
    pub fn begin() -> Self {
        let course = Self {
            view: RwSignal::new(None),
            network: RwSignal::new(None),
            progress: Progress::load(),
            waiting: StoredValue::new_local(HashMap::new()),
            last_question: StoredValue::new(0),
        };
        // It lives as long as the page.
        let _ = on_page(move |message| course.receive(message));
        tell_page(&ToPage::Ready);
        course
    }

    fn receive(self, message: ToLessons) {
        match message {
            ToLessons::Shown { view, network } => {
                if self.network.with_untracked(|known| known.as_ref() != network.as_deref()) {
                    self.network.set(network.map(|network| *network));
                }
                self.view.set(Some(*view));
            }
            ToLessons::Answer { id, .. } | ToLessons::Tree { id, .. } => {
                let asker = self.waiting.try_update_value(|waiting| waiting.remove(&id)).flatten();
                if let Some(asker) = asker {
                    // The step that asked may be gone.
                    let _ = asker.send(message);
                }
            }
        }
    }

    pub fn snapshot<T>(self, read: impl Fn(&Snapshot) -> T + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        state::snapshot_of(self.view, read)
    }

    pub fn field<T>(self, read: impl Fn(&View) -> T + Send + Sync + 'static) -> Memo<Option<T>>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        state::field_of(self.view, read)
    }

    /// What `read` gives when the node is first seen from here on, however the node goes on.
    pub fn at_first<T>(self, read: impl Fn(&Snapshot) -> T + Send + Sync + 'static) -> Signal<Option<T>>
    where
        T: Clone + PartialEq + Send + Sync + 'static,
    {
        let now = self.snapshot(read);
        let first = RwSignal::new(now.get_untracked());
        Effect::new(move |_| {
            let now = now.get();
            if first.with_untracked(Option::is_none) && now.is_some() {
                first.set(now);
            }
        });
        first.into()
    }

    /// The newest blocks of the active chain above a height, the highest first.
    pub fn blocks_above(self, height: Signal<Option<u32>>) -> Memo<Vec<BlockView>> {
        let blocks = self.snapshot(|snapshot| snapshot.blocks.clone());
        Memo::new(move |_| {
            let Some(height) = height.get() else { return Vec::new() };
            let blocks = blocks.get().unwrap_or_default();
            blocks.into_iter().filter(|block| block.active && block.height > height).collect()
        })
    }

    /// This node's payments.
    pub fn payments(self) -> Memo<Vec<PaymentView>> {
        let payments = self.field(|view| view.wallet.as_ref().map(|wallet| wallet.payments.clone()));
        Memo::new(move |_| payments.get().flatten().unwrap_or_default())
    }

    pub fn is_offline(self) -> Memo<bool> {
        let offline = self.field(|view| view.uplink.state == UplinkState::Offline);
        let peers = self.snapshot(|snapshot| snapshot.peers.len());
        Memo::new(move |_| offline.get() == Some(true) && peers.get() == Some(0))
    }

    /// Whether there are peers, and none of them shows a block that this node's chain does not have: whoever is behind on it takes
    /// over the rest, and need not say so. What a peer showed long ago says nothing of where it is now.
    pub fn is_agreed(self) -> Memo<bool> {
        let agreed = self.snapshot(|snapshot| {
            let oldest = snapshot.blocks.last().map_or(0, |block| block.height);
            let is_ours = |peer: &PeerView| {
                let shown = snapshot.blocks.iter().find(|block| block.hash == peer.tip);
                shown.map_or(peer.height < oldest, |block| block.active)
            };
            !snapshot.peers.is_empty() && snapshot.peers.iter().all(is_ours)
        });
        Memo::new(move |_| agreed.get() == Some(true))
    }

    pub async fn command(self, command: Command) -> Answer {
        self.answer(|id| ToPage::Command { id, command }).await
    }

    pub async fn replace(self, txid: Txid, fee: Amount) -> Answer {
        self.answer(|id| ToPage::Replace { id, txid, fee }).await
    }

    /// A block that the node's memory holds.
    pub async fn block(self, hash: BlockHash) -> Option<Block> {
        match self.tree(TreeQuestion::Body { hash }).await? {
            TreeAnswer::Body(bytes) => Block::from_bytes(&bytes).ok(),
            _ => None,
        }
    }

    /// A transfer that waits.
    pub async fn transfer(self, txid: Txid) -> Option<Transfer> {
        match self.tree(TreeQuestion::Transfer { txid }).await? {
            TreeAnswer::Transfer(transfer) => Some(*transfer),
            _ => None,
        }
    }

    async fn answer(self, question: impl FnOnce(CommandId) -> ToPage) -> Answer {
        match self.ask(question).await {
            Some(ToLessons::Answer { answer, .. }) => answer,
            _ => Answer::Refused { reason: "the node does not answer".to_owned() },
        }
    }

    async fn tree(self, question: TreeQuestion) -> Option<TreeAnswer> {
        match self.ask(|id| ToPage::Tree { id, question }).await? {
            ToLessons::Tree { answer, .. } => answer,
            _ => None,
        }
    }

    async fn ask(self, question: impl FnOnce(CommandId) -> ToPage) -> Option<ToLessons> {
        self.last_question.update_value(|last| *last += 1);
        let id = CommandId(self.last_question.get_value());
        let (sender, answer) = oneshot::channel();
        self.waiting.update_value(|waiting| {
            waiting.insert(id, sender);
        });
        tell_page(&question(id));
        answer.await.ok()
    }
}

/// Takes the learner's node off the network, or back onto it.
pub fn set_online(online: bool) {
    tell_page(&ToPage::SetOnline { online });
}

/// Asks the person whether this device may mine.
pub fn ask_to_mine() {
    tell_page(&ToPage::AskToMine);
}
