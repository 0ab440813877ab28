//! The node's only contact with the browser: a loop that feeds the node what happens and carries out what it asks for.
//!
//! It decides nothing about the chain. What it does decide is the tab's own business: which node this tab is
//! (`slots`), how it stays connected (`socket`), what it keeps (`storage`), how many workers hash (`miners`) and whether
//! they may (`courtesy`). What they prove to the host is gathered by the core's `ShareCollector`.

mod clock;
mod courtesy;
mod links;
mod miners;
mod names;
mod resident;
mod slots;
mod socket;
mod storage;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use gloo_timers::callback::Interval;
use tabchain_shared::chain::store::Record;
use tabchain_shared::mining::share::Shares;
use tabchain_shared::mining::share_collector::ShareCollector;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::node::io::{Answer, Event, Input, LoadId, Output, StoreId, Time, Timer};
use tabchain_shared::primitives::CompactTarget;
use tabchain_shared::wire::switchboard::{FromRelay, NodeControl, NodeReport, RelayControl, carried};

use crate::bridge::{FromWorker, ToWorker, View};
use crate::browser;
use crate::terms::Terms;
use clock::{Pacer, Timers};
use courtesy::Courtesy;
use links::Links;
pub use miners::MAX_MINERS;
pub use miners::build::Build;
use miners::{MinerEvent, Miners};
use resident::{Asker, Resident};
use slots::Slot;
use socket::{REPLACED, SocketEvent, Uplink};

/// The page is shown eight views a second at most, which the eye takes as at once.
const VIEW_INTERVAL_MILLIS: u32 = 125;
/// Shares go out together: twice a second, so that a message holds some and the relay has less to read.
const SHARES_INTERVAL_MILLIS: u32 = 500;
/// The relay tells everybody of a report, so it gets fewer.
const REPORT_INTERVAL_MILLIS: u32 = 250;
const TICK_MILLIS: u32 = 1_000;
/// A tick this late means that the machine slept, and a connection from before it is probably dead.
const SLEEP_MILLIS: u64 = 15_000;
/// A tab that was frozen answers no claim on its slot, so two tabs can come to be the same node.
const OPEN_ELSEWHERE: &str = "this node is open in another tab; close one of them and reload";

/// Everything that can happen to the node's tab.
enum Happening {
    Page(ToWorker),
    /// From the connection of that number; an earlier one's are stale.
    Socket(u32, SocketEvent),
    TimerFired(Timer),
    Stored(StoreId, Result<(), String>),
    Loaded(LoadId, Vec<Option<Record>>),
    IdentityLost(String),
    Miner(MinerEvent),
    ViewDue,
    ReportDue,
    SharesDue,
    Tick,
}

/// Where everything reports to.
#[derive(Clone)]
struct Happenings(UnboundedSender<Happening>);

impl Happenings {
    fn tell(&self, happening: Happening) {
        // The receiver is gone only when the worker is closing.
        let _ = self.0.unbounded_send(happening);
    }
}

/// The program of the node worker.
pub fn run() {
    std::panic::set_hook(Box::new(|panic| {
        browser::log_error(&panic.to_string());
        browser::post_to_parent(&FromWorker::Fatal { reason: panic.to_string() });
    }));
    let (sender, incoming) = unbounded();
    let happenings = Happenings(sender);
    browser::on_message_from_parent({
        let happenings = happenings.clone();
        move |message| happenings.tell(Happening::Page(message))
    });
    browser::post_to_parent(&FromWorker::Ready);
    wasm_bindgen_futures::spawn_local(drive(happenings, incoming));
}

async fn drive(happenings: Happenings, mut incoming: UnboundedReceiver<Happening>) {
    let (wish, previous, terms) = loop {
        match incoming.next().await {
            Some(Happening::Page(ToWorker::Start { wish, previous, terms })) => break (wish, previous, terms),
            Some(_) => {}
            None => return,
        }
    };
    let slot = Slot::claim(wish, previous).await;
    browser::post_to_parent(&FromWorker::Started { slot: slot.name.clone(), wish_taken: slot.wish_taken });
    let ticks = happenings.clone();
    let _ticking = Interval::new(TICK_MILLIS, move || ticks.tell(Happening::Tick));
    let mut driver = Driver::new(slot, terms, happenings);
    driver.courtesy_changed();
    driver.uplink.connect();
    driver.view_changed();
    while let Some(happening) = incoming.next().await {
        driver.handle(happening).await;
        driver.carry_out();
    }
}

struct Driver {
    /// Absent once another tab is this node, or the page goes away.
    slot: Option<Slot>,
    happenings: Happenings,
    uplink: Uplink,
    links: Links,
    /// Absent until the relay has said which network this is.
    resident: Option<Resident>,
    timers: Timers,
    miners: Miners,
    courtesy: Courtesy,
    view: Pacer,
    report: Pacer,
    shares: ShareCollector,
    hand_in: Pacer,
    last_report: Option<NodeReport>,
    last_tick: Time,
    clock_ahead: i64,
}

impl Driver {
    fn new(slot: Slot, terms: Terms, happenings: Happenings) -> Self {
        Self {
            slot: Some(slot),
            uplink: Uplink::new(happenings.clone()),
            links: Links::default(),
            resident: None,
            timers: Timers::default(),
            miners: Miners::new(happenings.clone()),
            courtesy: Courtesy::new(terms),
            view: Pacer::new(VIEW_INTERVAL_MILLIS),
            report: Pacer::new(REPORT_INTERVAL_MILLIS),
            shares: ShareCollector::default(),
            hand_in: Pacer::new(SHARES_INTERVAL_MILLIS),
            last_report: None,
            last_tick: browser::now(),
            clock_ahead: 0,
            happenings,
        }
    }

    async fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Page(message) => self.page_said(message),
            Happening::Socket(connection, event) if self.uplink.is_current(connection) => self.socket_said(event).await,
            Happening::Socket(..) => {}
            Happening::TimerFired(timer) => self.feed(Input::TimerFired(timer)),
            Happening::Stored(id, Ok(())) => self.feed(Input::Stored(id)),
            Happening::Stored(id, Err(reason)) => {
                if let Some(resident) = &mut self.resident {
                    resident.storage.give_up(reason.clone());
                }
                self.feed(Input::StoreFailed { id, reason });
                self.view_changed();
            }
            Happening::Loaded(id, records) => self.feed(Input::Loaded { id, records }),
            Happening::IdentityLost(reason) => {
                if let Some(resident) = &mut self.resident {
                    resident.storage.give_up(reason.clone());
                    // Of no write of the node's; it has to know all the same.
                    self.feed(Input::StoreFailed { id: StoreId(u64::MAX), reason });
                    self.view_changed();
                }
            }
            Happening::Miner(event) => {
                if let Some(solution) = self.miners.handle(event) {
                    self.solution_found(solution);
                }
            }
            Happening::ViewDue => self.show(),
            Happening::ReportDue => self.send_report(),
            Happening::SharesDue => {
                self.hand_in.done();
                let shares = self.shares.take();
                self.hand_in_shares(shares);
            }
            Happening::Tick => self.tick(),
        }
    }

    fn page_said(&mut self, message: ToWorker) {
        match message {
            // A page says it once; a second time would be another tab's business.
            ToWorker::Start { .. } => {}
            ToWorker::Command { id, command } => {
                let refused = |reason: &str| Answer::Refused { reason: reason.to_owned() };
                let answer = match &mut self.resident {
                    Some(resident) if self.slot.is_some() => match self.courtesy.judge(&command) {
                        Ok(()) => {
                            let input = resident.ask(Asker::Page(id), command);
                            return self.feed(input);
                        }
                        Err(answer) => answer,
                    },
                    Some(_) => refused(OPEN_ELSEWHERE),
                    None => refused("this node is still looking for its network; try again in a moment"),
                };
                browser::post_to_parent(&FromWorker::Answer { id, answer });
            }
            ToWorker::SetOnline { online } => {
                if self.slot.is_some() && self.uplink.set_wanted(online) {
                    self.connection_lost();
                }
            }
            ToWorker::SetFollowsHost { follows } => {
                if let Some(resident) = &mut self.resident {
                    resident.identity.follows_host = follows;
                    resident.save_identity(&self.happenings);
                    if !follows {
                        self.courtesy.forget_order();
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
            ToWorker::Awake => self.uplink.hurry(),
            ToWorker::Leave => {
                self.uplink.set_wanted(false);
                // Dropping it gives it back.
                self.slot = None;
                browser::worker_scope().close();
            }
        }
    }

    async fn socket_said(&mut self, event: SocketEvent) {
        match event {
            SocketEvent::Message(FromRelay::Carried { link, frame }) => {
                if let Some(peer) = self.links.peer(link) {
                    self.feed(Input::FrameReceived { peer, frame });
                }
            }
            // This build opens no channels of its own.
            SocketEvent::Message(FromRelay::Signal { .. }) => {}
            SocketEvent::Message(FromRelay::Control(control)) => self.relay_said(control).await,
            SocketEvent::Unreadable(error) => {
                if self.uplink.cannot_read(&error) {
                    self.connection_lost();
                }
            }
            SocketEvent::Closed { code: REPLACED } => self.replaced(),
            SocketEvent::Closed { .. } => {
                self.uplink.closed();
                self.connection_lost();
            }
            SocketEvent::RetryDue => self.uplink.connect(),
        }
    }

    async fn relay_said(&mut self, control: RelayControl) {
        match control {
            RelayControl::Challenge { challenge, params, time } => {
                self.clock_ahead = browser::now().0.cast_signed().saturating_sub(time.0.cast_signed());
                let Some(slot) = &self.slot else { return };
                if let Err(error) = params.check() {
                    self.uplink.refuse(format!("The relay's network has rules that no node can follow: {error}."));
                    return self.connection_lost();
                }
                if self.resident.is_none() {
                    self.resident = Some(Resident::start(params.clone(), slot, &self.happenings).await);
                }
                let Some(resident) = &self.resident else { return };
                match resident.hello(&params, &challenge) {
                    Ok(hello) => self.uplink.send_control(hello),
                    Err(problem) => self.uplink.refuse(problem),
                }
                self.view_changed();
            }
            RelayControl::Welcome { .. } => {
                self.uplink.welcome();
                self.last_report = None;
                self.report_changed();
                self.view_changed();
            }
            RelayControl::Refused { reason } => {
                self.uplink.refuse(reason);
                self.connection_lost();
            }
            RelayControl::LinkUp { link, node, we_initiate } => {
                let peer = self.links.up(link);
                self.feed(Input::PeerConnected { peer, node, we_initiated: we_initiate });
            }
            RelayControl::LinkDown { link, .. } => {
                if let Some(peer) = self.links.down(link) {
                    self.feed(Input::PeerDisconnected { peer });
                }
            }
            RelayControl::ShareTarget { bits } => self.prove_under(Some(bits)),
            RelayControl::Order { id, command } => {
                let Some(resident) = &mut self.resident else { return };
                match resident.order(id, command, &mut self.courtesy) {
                    Ok(input) => self.feed(input),
                    Err(answer) => self.uplink.send_control(NodeControl::Answer { id, answer }),
                }
                self.view_changed();
            }
        }
    }

    fn tick(&mut self) {
        let now = browser::now();
        let slept = now.millis_since(self.last_tick) > SLEEP_MILLIS;
        self.last_tick = now;
        if self.uplink.is_stuck(now) || slept && self.uplink.is_wanted() {
            self.uplink.connect();
            self.connection_lost();
        }
        if let Some(hashrate) = self.miners.measure() {
            self.feed(Input::HashrateMeasured(hashrate));
        }
    }

    fn feed(&mut self, input: Input) {
        if let Some(resident) = &mut self.resident {
            resident.node.handle(browser::now(), input);
        }
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.resident.as_mut().and_then(|resident| resident.node.poll_output()) {
            match output {
                Output::Send { peer, frame } => {
                    if let Some(link) = self.links.link(peer) {
                        self.uplink.send(&carried(link, &frame));
                    }
                }
                Output::Disconnect { peer, reason } => {
                    browser::log(&format!("cutting a link: {reason}"));
                    if let Some(link) = self.links.cut(peer) {
                        self.uplink.send_control(NodeControl::Unlink { link });
                    }
                }
                Output::SetTimer { timer, at } => self.timers.set(timer, at, self.happenings.clone()),
                Output::Store { id, changes } => {
                    if let Some(resident) = &self.resident {
                        resident.store(id, &changes, &self.happenings);
                    }
                }
                Output::Load { id, keys } => {
                    if let Some(resident) = &self.resident {
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
    }

    /// Has the miners rest while they may not hash. What they measured before must not stand meanwhile.
    fn courtesy_changed(&mut self) {
        let may_hash = self.courtesy.may_hash();
        self.miners.set_paused(!may_hash);
        if !may_hash {
            self.feed(Input::HashrateMeasured(0.0));
        }
        self.view_changed();
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

    /// From now on the miners look for hashes that meet this, too; `None`: for blocks alone.
    fn prove_under(&mut self, target: Option<CompactTarget>) {
        let shares = self.shares.wish(target);
        self.hand_in_shares(shares);
        self.collect_shares_of(self.miners.job());
        self.miners.set_share_target(self.shares.target());
    }

    fn collect_shares_of(&mut self, job: Option<Job>) {
        if let (Some(job), Some(resident)) = (job, &self.resident) {
            self.shares.job(job, || resident.node.job_proof(job.id));
        }
    }

    fn solution_found(&mut self, solution: Solution) {
        if self.shares.found(solution) {
            self.feed(Input::NonceFound(solution));
        }
        if self.shares.has_shares() {
            self.hand_in.ask(Happening::SharesDue, &self.happenings);
        }
    }

    fn hand_in_shares(&mut self, shares: Vec<Shares>) {
        if self.uplink.is_welcomed() {
            for shares in shares {
                self.uplink.send_control(NodeControl::Shares(shares));
            }
        }
    }

    /// Another tab is this node now, and two that write to one database and sign with one key would contradict each
    /// other. This one ends for good; coming back would only push the other out.
    fn replaced(&mut self) {
        // Dropping it leaves the answers to claims to the other tab.
        self.slot = None;
        self.uplink.set_wanted(false);
        if let Some(resident) = &mut self.resident {
            let stop = resident.retire(OPEN_ELSEWHERE);
            self.feed(stop);
        }
        self.courtesy.forget_order();
        self.connection_lost();
        browser::post_to_parent(&FromWorker::Fatal { reason: OPEN_ELSEWHERE.to_owned() });
    }

    /// Every link went with the connection, and so did the relay's wish.
    fn connection_lost(&mut self) {
        if self.shares.target().is_some() {
            self.prove_under(None);
        }
        for peer in self.links.clear() {
            self.feed(Input::PeerDisconnected { peer });
        }
        self.view_changed();
    }

    fn view_changed(&mut self) {
        self.view.ask(Happening::ViewDue, &self.happenings);
    }

    fn report_changed(&mut self) {
        self.report.ask(Happening::ReportDue, &self.happenings);
    }

    fn show(&mut self) {
        self.view.done();
        let snapshot = self.resident.as_ref().map(|resident| resident.node.snapshot());
        if let (Some(resident), Some(snapshot)) = (&mut self.resident, &snapshot)
            && resident.identity.name != snapshot.name
        {
            resident.identity.name.clone_from(&snapshot.name);
            resident.save_identity(&self.happenings);
        }
        let resident = self.resident.as_ref();
        browser::post_to_parent(&FromWorker::View(Box::new(View {
            snapshot,
            uplink: self.uplink.view(),
            follows_host: resident.is_none_or(|resident| resident.identity.follows_host),
            miners: self.miners.view(),
            courtesy: self.courtesy.view(),
            // What another tab took over is not lost with this one.
            memory_only: resident
                .filter(|_| self.slot.is_some())
                .and_then(|resident| resident.storage.memory_only())
                .map(str::to_owned),
            clock_ahead: self.clock_ahead,
        })));
    }

    fn send_report(&mut self) {
        self.report.done();
        let Some(resident) = &self.resident else { return };
        let report = resident.node.report(resident.identity.follows_host);
        if self.uplink.is_welcomed() && self.last_report.as_ref() != Some(&report) {
            self.uplink.send_control(NodeControl::Report(report.clone()));
            self.last_report = Some(report);
        }
    }
}
