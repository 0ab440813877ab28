//! Carries out what the node asks for.

use tabchain_shared::node::io::{Event, Output};
use tabchain_shared::wire::switchboard::NodeControl;

use super::Driver;
use super::resident::Asker;
use crate::bridge::FromWorker;
use crate::browser;

impl Driver {
    pub(super) fn carry_out(&mut self) {
        loop {
            let Some(output) = self.next_output() else {
                if self.act() {
                    continue;
                }
                break;
            };
            match output {
                Output::Send { peer, frame } => self.send(peer, frame.into_bytes()),
                Output::Disconnect { peer, reason } => {
                    browser::log(&format!("cutting a link: {reason}"));
                    self.links.cut(peer);
                    self.follow_links();
                }
                Output::SetTimer { timer, at } => self.timers.set(timer, at, self.happenings.clone()),
                Output::Store { id, changes } => {
                    if let Some(resident) = &mut self.resident {
                        resident.store(id, changes, &self.happenings);
                    }
                }
                Output::Load { id, keys } => {
                    if let Some(resident) = &mut self.resident {
                        resident.load(id, &keys, &self.happenings);
                    }
                }
                Output::Mine(job) => {
                    self.collect_shares_of(job);
                    self.miners.set_job(job, self.shares.target());
                    self.view_changed();
                }
                Output::Event(event) => self.node_said(event),
            }
        }
        self.send_gathered();
    }

    fn node_said(&mut self, event: Event) {
        match event {
            Event::Answer { id, answer } => match self.resident.as_mut().and_then(|resident| resident.asker(id)) {
                Some(Asker::Page(id)) => browser::post_to_parent(&FromWorker::Answer { id, answer }),
                Some(Asker::Host(id)) => self.uplink.send_control(NodeControl::Answer { id, answer }),
                None => {}
            },
            Event::Notice(sentence) => browser::log(&sentence),
            Event::TipChanged(_) | Event::Changed | Event::BlockMined(_) => {}
        }
        self.view_changed();
        self.report_changed();
    }
}
