//! What the page says to its node, and what it is shown.

use tabchain_shared::node::io::{Answer, Command, CommandId};
use tabchain_shared::node::role::Role;

use super::resident::Asker;
use super::{Driver, Happening, VIEW_INTERVAL_CATCHING_UP_MILLIS, VIEW_INTERVAL_MILLIS};
use crate::bridge::{FromWorker, StorageProblem, StorageView, ToWorker, View};
use crate::browser;

impl Driver {
    pub(super) async fn page_said(&mut self, message: ToWorker) {
        match message {
            // A page says it once; a second time would be another tab's business. A node's worker judges for no page, and knocks are
            // answered where messages come in.
            ToWorker::Start { .. } | ToWorker::Judge { .. } | ToWorker::Knock => {}
            ToWorker::Command { id, command } => self.page_asked(id, command),
            ToWorker::Replace { id, txid, fee } => {
                let node = self.resident.as_ref().map(|resident| &resident.node);
                let Some(transfer) = node.and_then(|node| node.sign_replacement(&txid, fee)) else {
                    let reason = "this payment does not wait any more".to_owned();
                    return browser::post_to_parent(&FromWorker::Answer { id, answer: Answer::Refused { reason } });
                };
                self.page_asked(id, Command::Submit { transfer: Box::new(transfer) });
            }
            ToWorker::Tree { id, question } => self.tree_asked(id, question),
            ToWorker::SetOnline { online } => {
                if self.slot.is_some() && self.uplink.set_wanted(online) {
                    self.links.end_all();
                    self.connection_lost();
                }
            }
            ToWorker::SetRelays { addresses } => self.uplink.learn_relays(&addresses),
            ToWorker::SetFollowsHost { follows } => {
                if let Some(resident) = &mut self.resident {
                    resident.identity.follows_host = follows;
                    resident.save_identity(&self.happenings);
                    if !follows {
                        self.courtesy.forget_order();
                        self.release_all();
                        self.play(Role::Honest);
                    }
                    self.view_changed();
                    self.report_changed();
                }
            }
            ToWorker::SetMiners { count } => {
                self.miners.set_count(count);
                self.view_changed();
            }
            ToWorker::SetTerms { terms } => {
                if let Some(command) = self.courtesy.set_terms(terms)
                    && let Some(resident) = &mut self.resident
                {
                    let input = resident.command(command);
                    self.feed(input);
                }
                self.courtesy_changed();
            }
            ToWorker::Surroundings(surroundings) => {
                self.courtesy.set_surroundings(surroundings);
                self.courtesy_changed();
            }
            ToWorker::Channel(news) => self.channel_news(news),
            ToWorker::ShowPhrase => {
                if let Some(resident) = &self.resident {
                    browser::post_to_parent(&FromWorker::Phrase { words: resident.identity.phrase() });
                }
            }
            ToWorker::RestoreKey { id, phrase } => self.restore_key(id, &phrase).await,
            ToWorker::Awake => self.uplink.hurry(),
            ToWorker::Leave => {
                self.uplink.set_wanted(false);
                // Dropping it gives it back.
                self.slot = None;
                browser::worker_scope().close();
            }
        }
    }

    fn page_asked(&mut self, id: CommandId, command: Command) {
        let refused = |reason: &str| Answer::Refused { reason: reason.to_owned() };
        let answer = match &mut self.resident {
            Some(resident) if self.slot.is_some() => match self.courtesy.judge(&command) {
                Ok(()) => {
                    let input = resident.ask(Asker::Page(id), command);
                    return self.feed(input);
                }
                Err(answer) => answer,
            },
            Some(_) => refused(&StorageProblem::OpenElsewhere.to_string()),
            None => refused("this node is still looking for its network; try again in a moment"),
        };
        browser::post_to_parent(&FromWorker::Answer { id, answer });
    }

    pub(super) fn view_changed(&mut self) {
        self.view.ask(Happening::ViewDue, &self.happenings);
    }

    pub(super) fn show(&mut self) {
        self.view.done();
        let snapshot = self.resident.as_ref().map(|resident| resident.node.snapshot());
        let is_catching_up = snapshot.as_ref().is_some_and(|snapshot| snapshot.sync.is_catching_up());
        self.view.set_interval(if is_catching_up { VIEW_INTERVAL_CATCHING_UP_MILLIS } else { VIEW_INTERVAL_MILLIS });
        if let (Some(resident), Some(snapshot)) = (&mut self.resident, &snapshot)
            && resident.identity.name != snapshot.name
        {
            resident.identity.name.clone_from(&snapshot.name);
            resident.save_identity(&self.happenings);
        }
        let resident = self.resident.as_ref();
        let peers = snapshot.as_ref().map(|snapshot| snapshot.peers.as_slice()).unwrap_or_default();
        let name_of = |node| peers.iter().find(|peer| peer.node == node).map(|peer| peer.name.clone());
        let interference = self.faults.view(name_of);
        browser::post_to_parent(&FromWorker::View(Box::new(View {
            snapshot,
            wallet: resident.map(|resident| resident.node.wallet_view()),
            uplink: self.uplink.view(),
            direct: self.links.direct(),
            follows_host: resident.is_none_or(|resident| resident.identity.follows_host),
            interference,
            part: self.part_view(),
            miners: self.miners.view(),
            courtesy: self.courtesy.view(),
            // What another tab took over is not lost with this one.
            storage: resident
                .filter(|_| self.slot.is_some())
                .map_or(StorageView::Saving, |resident| resident.storage.view()),
            clock_ahead: self.clock_ahead,
        })));
    }
}
