//! What the relay says, and what it is told: who this node is, which links there are, what the host orders.

use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Command;
use tabchain_shared::wire::switchboard::{FromRelay, LinkTransport, NodeControl, RelayControl, Separation};

use super::resident::Resident;
use super::socket::{REPLACED, SocketEvent};
use super::{Driver, Happening};
use crate::bridge::{FromWorker, StorageProblem};
use crate::browser;

impl Driver {
    pub(super) async fn socket_said(&mut self, event: SocketEvent) {
        match event {
            SocketEvent::Message(FromRelay::Carried { link, frame }) => {
                self.links.frame_carried(link, frame);
                self.follow_links();
            }
            SocketEvent::Message(FromRelay::Signal { link, signal }) => self.signalled(link, &signal),
            SocketEvent::Message(FromRelay::Control(control)) => self.relay_said(control).await,
            SocketEvent::Unreadable(error) => {
                if self.uplink.cannot_read(&error) {
                    self.connection_lost();
                }
            }
            SocketEvent::Closed { code: REPLACED, .. } => self.replaced(),
            SocketEvent::Closed { reason, .. } => {
                self.uplink.closed(&reason);
                self.connection_lost();
            }
            SocketEvent::RetryDue => self.uplink.connect(),
        }
    }

    async fn relay_said(&mut self, control: RelayControl) {
        match control {
            RelayControl::Challenge { challenge, params, time } => {
                self.clock_ahead = browser::now().0.cast_signed().saturating_sub(time.0.cast_signed());
                if self.slot.is_none() {
                    return;
                }
                if let Err(error) = params.check() {
                    self.uplink.refuse(format!("The relay's network has rules that no node can follow: {error}."));
                    return self.connection_lost();
                }
                if self.resident.is_none() {
                    self.start_node(params.clone()).await;
                }
                if let Some(resident) = &mut self.resident {
                    resident.challenge = Some((params, challenge));
                }
                self.introduce_node();
                self.view_changed();
            }
            RelayControl::Welcome { ice_servers, .. } => {
                self.channels.set_ice_servers(ice_servers);
                self.links.relay_welcomed(browser::now());
                self.uplink.welcome();
                self.last_report = None;
                self.report_changed();
                self.view_changed();
            }
            RelayControl::Relays { addresses } => {
                self.uplink.learn_relays(&addresses);
                self.view_changed();
            }
            RelayControl::Refused { reason } => {
                self.uplink.refuse(reason);
                self.connection_lost();
            }
            RelayControl::LinkUp { link, node, we_initiate } => {
                self.links.up(link, node, we_initiate, browser::now());
                // If it is to do more than a link does, that is said next.
                self.set_fault(node, None);
                self.follow_links();
            }
            RelayControl::LinkFault { link, fault } => self.fault_ordered(link, fault),
            RelayControl::Apart(separation) => {
                self.faults.set_separation(separation);
                self.view_changed();
            }
            RelayControl::LinkDown { link, reason } => {
                self.links.down(link, reason, browser::now());
                self.follow_links();
            }
            RelayControl::ShareTarget { bits } => self.prove_under(Some(bits)),
            RelayControl::Order { id, command: Command::Play { role } } => {
                let answer = self.play_for_host(role);
                self.uplink.send_control(NodeControl::Answer { id, answer });
            }
            RelayControl::Order { id, command } => {
                if let Some(answer) = self.part.refusal(&command) {
                    return self.uplink.send_control(NodeControl::Answer { id, answer });
                }
                let Some(resident) = &mut self.resident else { return };
                match resident.order(id, command, &mut self.courtesy) {
                    Ok(input) => self.feed(input),
                    Err(answer) => self.uplink.send_control(NodeControl::Answer { id, answer }),
                }
                self.view_changed();
            }
        }
    }

    /// Starts the node on this network, and has the page remember it for a worker that would have to take this one's place.
    pub(super) async fn start_node(&mut self, params: Params) {
        let Some(slot) = &self.slot else { return };
        self.resident = Some(Resident::start(params.clone(), slot, &self.happenings).await);
        browser::post_to_parent(&FromWorker::Network(Box::new(params)));
    }

    /// Answers the relay's challenge, once the node knows its own chain: peers would give it what it has.
    pub(super) fn introduce_node(&mut self) {
        let Some(resident) = self.resident.as_mut().filter(|resident| !resident.node.is_loading()) else { return };
        match resident.challenge.take() {
            Some((params, challenge)) => match resident.hello(&params, &challenge, self.links.direct()) {
                Ok(hello) => self.uplink.send_control(hello),
                Err(problem) => self.uplink.refuse(problem),
            },
            // It took so long that the relay has hung up.
            None => self.uplink.hurry(),
        }
    }

    /// Every link went with the connection, but for those that have a channel, and so did the relay's wish.
    pub(super) fn connection_lost(&mut self) {
        if let Some(resident) = &mut self.resident {
            resident.challenge = None;
        }
        if self.shares.target().is_some() {
            self.prove_under(None);
        }
        self.links.relay_lost();
        self.faults.set_separation(Separation::default());
        self.follow_links();
        self.view_changed();
    }

    /// Another tab is this node now, and two that write to one database and sign with one key would contradict each
    /// other. This one ends for good; coming back would only push the other out.
    pub(super) fn replaced(&mut self) {
        // Dropping it leaves the answers to claims to the other tab.
        self.slot = None;
        self.uplink.set_wanted(false);
        if let Some(resident) = &mut self.resident {
            let stop = resident.retire();
            self.feed(stop);
            self.saving_failed(Vec::new(), &StorageProblem::OpenElsewhere);
        }
        self.courtesy.forget_order();
        self.links.end_all();
        self.connection_lost();
        browser::post_to_parent(&FromWorker::Ended);
    }

    pub(super) fn report_changed(&mut self) {
        self.report.ask(Happening::ReportDue, &self.happenings);
    }

    pub(super) fn send_report(&mut self) {
        self.report.done();
        let Some(resident) = &self.resident else { return };
        let mut report = resident.node.report(resident.identity.follows_host);
        let direct = self.links.direct();
        for link in &mut report.links {
            link.faulty = report.follows_host && self.faults.has(link.node);
            if direct.contains(&link.node) {
                link.transport = LinkTransport::Webrtc;
            }
        }
        self.cover(&mut report);
        if self.uplink.is_welcomed() && self.last_report.as_ref() != Some(&report) {
            self.uplink.send_control(NodeControl::Report(report.clone()));
            self.last_report = Some(report);
        }
    }
}
