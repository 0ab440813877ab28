//! The node's only contact with the browser: a loop that feeds the node what happens and carries out what it asks for.
//!
//! It decides nothing about the chain. What it does decide is the tab's own business: which node this tab is (`slots`),
//! how it stays connected (`socket`), what it keeps (`storage`), how many workers hash (`miners`) and whether they may
//! (`courtesy`). What they prove to the host is gathered by the core's `ShareCollector`.
//!
//! Here is the loop. What happens comes from the `page`, the `relay`, other tabs (`tab_to_tab`), the miners (`hashing`) and the
//! storage (`records`), or from a clock, which also tells that the tab slept (`sleep`); what the node then asks for is carried
//! out in `outputs`, as far as the part allows that the tab plays (`role`).

mod channels;
mod clock;
mod courtesy;
mod faults;
mod hashing;
mod links;
mod miners;
mod names;
mod outputs;
mod page;
mod path;
mod phrase;
mod records;
mod relay;
mod relays;
mod resident;
mod role;
mod sleep;
mod slots;
mod socket;
mod storage;
mod tab_to_tab;
mod tree;
mod writes;

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use gloo_timers::callback::Interval;
use tabchain_shared::chain::store::Record;
use tabchain_shared::mining::share_collector::ShareCollector;
use tabchain_shared::node::io::{Input, LoadId, StoreId, Time, Timer};
use tabchain_shared::wire::switchboard::{FanOut, NodeReport};

use crate::bridge::{ChannelId, FromWorker, StorageProblem, ToWorker};
use crate::browser;
use crate::rest;
use crate::terms::Terms;
use channels::{ChannelEvent, Channels, Handover};
use clock::{Pacer, Timers};
use courtesy::Courtesy;
use faults::Faults;
use links::Links;
pub use miners::MAX_MINERS;
pub use miners::build::Build;
use miners::{MinerEvent, Miners};
use resident::Resident;
use role::Part;
use slots::{Claimed, Slot};
pub use slots::{Guard, Held, Tenure};
use socket::{SocketEvent, Uplink};
use storage::Batch;

/// The page is shown eight views a second at most, which the eye takes as at once.
const VIEW_INTERVAL_MILLIS: u32 = 125;
/// And two while it catches up: hundreds of blocks come between two views, and to draw them at once is work and memory that the
/// same machine could check them with.
const VIEW_INTERVAL_CATCHING_UP_MILLIS: u32 = 500;
/// Shares go out together: twice a second, so that a message holds some and the relay has less to read.
const SHARES_INTERVAL_MILLIS: u32 = 500;
/// The relay tells everybody of a report, so it gets fewer.
const REPORT_INTERVAL_MILLIS: u32 = 250;
const TICK_MILLIS: u32 = 1_000;

/// Everything that can happen to the node's tab.
enum Happening {
    Page(ToWorker),
    /// From the connection of that number; an earlier one's are stale.
    Socket(u32, SocketEvent),
    /// From a channel to another tab, which may have been given up meanwhile.
    Channel(ChannelId, ChannelEvent),
    TimerFired(Timer),
    /// Frames were held back for a link's fault, and may go.
    FramesDue,
    Stored(Vec<StoreId>, Result<(), StorageProblem>),
    Loaded(LoadId, Vec<Option<Record>>),
    RecordsRead(Result<Batch, StorageProblem>),
    IdentityLost(StorageProblem),
    StorageLost,
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
    browser::on_message_from_parent(
        {
            let happenings = happenings.clone();
            move |message| match message {
                ToWorker::Knock => browser::post_to_parent(&FromWorker::Here),
                message => happenings.tell(Happening::Page(message)),
            }
        },
        {
            let happenings = happenings.clone();
            move |object| {
                if let Some(handover) = Handover::read(&object) {
                    handover.accept(&happenings);
                }
            }
        },
    );
    browser::post_to_parent(&FromWorker::Ready);
    wasm_bindgen_futures::spawn_local(drive(happenings, incoming));
    wasm_bindgen_futures::spawn_local(rest::load(|| ()));
}

async fn drive(happenings: Happenings, mut incoming: UnboundedReceiver<Happening>) {
    let (wish, previous, held, terms, network, online) = loop {
        match incoming.next().await {
            Some(Happening::Page(ToWorker::Start { wish, previous, held, terms, network, online })) => {
                break (wish, previous, held, terms, network, online);
            }
            Some(Happening::Page(ToWorker::Judge { id, question })) => {
                browser::post_to_parent(&FromWorker::Judged { id, reply: question.answer() });
            }
            Some(_) => {}
            None => return,
        }
    };
    let slot = if let Some(held) = held {
        Slot::take_over(held, wish)
    } else {
        let Claimed { slot, wish_taken, others } = Slot::claim(wish, previous).await;
        let (name, tenure) = (slot.name.clone(), slot.tenure());
        let others = others.into_iter().collect();
        browser::post_to_parent(&FromWorker::Started { slot: name, tenure, wish_taken, others });
        slot
    };
    let ticks = happenings.clone();
    let _ticking = Interval::new(TICK_MILLIS, move || ticks.tell(Happening::Tick));
    let mut driver = Driver::new(slot, terms, happenings);
    driver.courtesy_changed();
    if let Some(network) = network {
        // In place of a worker that failed, or away from the network: there may be no relay, and the node need not wait for it.
        driver.start_node(*network).await;
    }
    if online {
        driver.uplink.connect();
    } else {
        driver.uplink.set_wanted(false);
    }
    driver.view_changed();
    while let Some(happening) = incoming.next().await {
        driver.notice_sleep().await;
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
    faults: Faults,
    channels: Channels,
    /// Absent until the relay has said which network this is, or the page, which heard it from an earlier worker.
    resident: Option<Resident>,
    /// That the host has this tab play.
    part: Part,
    timers: Timers,
    miners: Miners,
    courtesy: Courtesy,
    view: Pacer,
    report: Pacer,
    shares: ShareCollector,
    hand_in: Pacer,
    last_report: Option<NodeReport>,
    /// Frames for the relay, until the node has no more to say.
    gathered: FanOut,
    last_happening: Time,
    clock_ahead: i64,
}

impl Driver {
    fn new(slot: Slot, terms: Terms, happenings: Happenings) -> Self {
        Self {
            slot: Some(slot),
            uplink: Uplink::new(happenings.clone()),
            links: Links::default(),
            faults: Faults::default(),
            channels: Channels::default(),
            resident: None,
            part: Part::default(),
            timers: Timers::default(),
            miners: Miners::new(happenings.clone()),
            courtesy: Courtesy::new(terms),
            view: Pacer::new(VIEW_INTERVAL_MILLIS),
            report: Pacer::new(REPORT_INTERVAL_MILLIS),
            shares: ShareCollector::default(),
            hand_in: Pacer::new(SHARES_INTERVAL_MILLIS),
            last_report: None,
            gathered: FanOut::default(),
            last_happening: browser::now(),
            clock_ahead: 0,
            happenings,
        }
    }

    async fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Page(message) => self.page_said(message).await,
            Happening::Socket(connection, event) if self.uplink.is_current(connection) => self.socket_said(event).await,
            Happening::Socket(..) => {}
            Happening::Channel(id, event) => self.channel_event(id, event),
            Happening::TimerFired(timer) => self.feed(Input::TimerFired(timer)),
            Happening::FramesDue => self.send_due(),
            Happening::Stored(ids, result) => self.writes_ended(ids, result),
            Happening::Loaded(id, records) => self.feed(Input::Loaded { id, records }),
            Happening::RecordsRead(batch) => self.records_read(batch),
            Happening::IdentityLost(reason) => self.identity_lost(reason),
            Happening::StorageLost => self.storage_lost().await,
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

    fn tick(&mut self) {
        // A node that reads its records lets the relay wait.
        let is_silent = self.resident.as_ref().is_none_or(|resident| !resident.node.is_loading());
        if is_silent && self.uplink.is_stuck(browser::now()) {
            self.uplink.connect();
            self.connection_lost();
        }
        self.tend_channels();
        if let Some(hashrate) = self.miners.measure() {
            self.feed(Input::HashrateMeasured(hashrate));
        }
    }

    fn feed(&mut self, input: Input) {
        if let (Some(veil), Input::FrameReceived { peer, frame }) = (self.part.veil(), &input)
            && !veil.heard(*peer, frame)
        {
            return;
        }
        if let Some(resident) = &mut self.resident {
            resident.node.handle(browser::now(), input);
        }
    }
}
