//! Shares as the relay takes them: what it asks of each node, what it counts, and whom it has enough of.
//!
//! One [`ShareOffice`] for the relay splits what the machine may spend on checking; each connection has a [`ShareDesk`].
//! What is asked of a node is in `terms`, the rules for a share in `tabchain_shared::mining::share`, the rate that follows
//! in `proven`. A forgery is scored, and after a few the connection is closed; what an honest node may do (a tip that has
//! just changed, a clock that is wrong, more shares than were wanted because it has become faster) only does not count.

mod terms;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tabchain_shared::mining::seen_shares::SeenShares;
use tabchain_shared::mining::share::{
    MAX_SHARES_PER_MESSAGE, MAX_SHARES_PER_SECOND, ProvenJob, SURPLUS, ShareError, Shares,
};
use tabchain_shared::node::Node;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{Address, CompactTarget, Header, NodeId, Target};
pub use terms::Proven;
use terms::{Allowance, Terms, Wish};

use crate::clock;
use crate::resident::Resident;
use crate::socket::Closing;

/// Of one core, for checking the shares of all nodes together.
const CHECKING_SHARE_OF_A_CORE: f64 = 0.05;
/// Checks a second for all nodes together, however fast a hash is: around it there is JSON to be read.
const MAX_CHECKS_PER_SECOND: f64 = 8_192.0;
/// Hashes that are timed to know how long one takes; the fastest counts.
const TIMED_HASHES: usize = 8;

/// Forgeries after which a connection is closed. An honest node makes none; a few leave room for one that is newer than
/// this relay.
const MAX_FORGERIES: u32 = 10;
/// Nodes that have left whose horizon is remembered, so that they cannot return to have shares counted twice.
const MAX_DEPARTED: usize = 4_096;

/// What all desks share.
#[derive(Debug)]
pub struct ShareOffice {
    checks_per_second: f64,
    /// Checks of all nodes together: what is asked of each follows from how many say that they mine, and words are cheap.
    checks: Mutex<Allowance>,
    /// Nodes that are asked for shares now.
    provers: AtomicUsize,
    counted: AtomicU64,
    uncounted: AtomicU64,
    forged: AtomicU64,
    departed: Mutex<Departed>,
}

/// For `/status`, since the process started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ShareStatus {
    /// Nodes that are asked for shares now.
    pub provers: usize,
    pub counted: u64,
    /// Too late, too early, or too many.
    pub uncounted: u64,
    /// Each stands for a message, of which nothing after it was read.
    pub forged: u64,
}

/// By node, the date of jobs from which on shares count when it returns.
#[derive(Debug, Default)]
struct Departed {
    horizons: HashMap<NodeId, u32>,
    order: VecDeque<NodeId>,
}

impl ShareOffice {
    /// Measures how long a check takes on this machine.
    pub fn new(algorithm: Algorithm) -> Self {
        let time_one = |byte: usize| {
            let begun = Instant::now();
            std::hint::black_box(algorithm.hash(&[u8::try_from(byte).unwrap_or(0); Header::SIZE]));
            begun.elapsed().as_secs_f64()
        };
        let seconds = (0..TIMED_HASHES).map(time_one).fold(f64::INFINITY, f64::min);
        Self::with_checks_per_second((CHECKING_SHARE_OF_A_CORE / seconds).min(MAX_CHECKS_PER_SECOND))
    }

    fn with_checks_per_second(checks_per_second: f64) -> Self {
        Self {
            checks_per_second,
            checks: Mutex::new(Allowance::new(Instant::now())),
            provers: AtomicUsize::new(0),
            counted: AtomicU64::new(0),
            uncounted: AtomicU64::new(0),
            forged: AtomicU64::new(0),
            departed: Mutex::default(),
        }
    }

    pub fn status(&self) -> ShareStatus {
        ShareStatus {
            provers: self.provers.load(Ordering::Relaxed),
            counted: self.counted.load(Ordering::Relaxed),
            uncounted: self.uncounted.load(Ordering::Relaxed),
            forged: self.forged.load(Ordering::Relaxed),
        }
    }

    /// Shares a second that each node is asked for.
    fn shares_per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss)]
        let provers = self.provers.load(Ordering::Relaxed).max(1) as f64;
        (self.checks_per_second / provers).min(MAX_SHARES_PER_SECOND)
    }

    /// As many of these checks as may be done now: a second's surplus at once, so that nodes may hand in together.
    fn allow(&self, wanted: usize, now: Instant) -> usize {
        let per_second = SURPLUS * self.checks_per_second;
        #[expect(clippy::cast_precision_loss)]
        let burst = per_second.max(MAX_SHARES_PER_MESSAGE as f64);
        // No code that holds the lock can leave it half changed.
        self.checks.lock().unwrap_or_else(PoisonError::into_inner).take(wanted, now, per_second, burst)
    }

    fn departed(&self) -> MutexGuard<'_, Departed> {
        // No code that holds the lock can leave it half changed.
        self.departed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Departed {
    fn remember(&mut self, node: NodeId, horizon: u32) {
        if horizon == 0 {
            return;
        }
        if let Some(known) = self.horizons.get_mut(&node) {
            *known = horizon.max(*known);
            return;
        }
        self.horizons.insert(node, horizon);
        self.order.push_back(node);
        if self.order.len() > MAX_DEPARTED
            && let Some(oldest) = self.order.pop_front()
        {
            self.horizons.remove(&oldest);
        }
    }
}

/// Takes the shares of one connection.
#[derive(Debug)]
pub struct ShareDesk {
    office: Arc<ShareOffice>,
    node: NodeId,
    /// Whom its jobs must pay.
    recipient: Address,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    terms: Terms,
    seen: SeenShares,
    forgeries: u32,
}

/// Why a message of shares, or the end of it, does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("{0}")]
    Share(#[from] ShareError),
    #[error("unasked-target: shares under {0} are not wanted now")]
    UnaskedTarget(CompactTarget),
    #[error("surplus: {0} shares more than were wanted")]
    Surplus(usize),
    #[error("too-many-shares: {0} in one message, {MAX_SHARES_PER_MESSAGE} are allowed")]
    TooMany(usize),
    #[error("flood: more messages than were asked for")]
    Flood,
}

impl Refusal {
    fn is_forgery(&self) -> bool {
        match self {
            Self::Share(error) => error.is_forgery(),
            Self::UnaskedTarget(_) | Self::Surplus(_) => false,
            Self::TooMany(_) | Self::Flood => true,
        }
    }
}

impl ShareDesk {
    /// For a node that has proved to own `recipient`.
    pub fn new(office: Arc<ShareOffice>, node: NodeId, recipient: Address) -> Self {
        let earliest = office.departed().horizons.get(&node).copied().unwrap_or(0);
        let state = Mutex::new(State {
            terms: Terms::new(Instant::now()),
            seen: SeenShares::from_horizon(earliest),
            forgeries: 0,
        });
        Self { office, node, recipient, state }
    }

    /// What the node has proved. `None`: it was never asked.
    pub fn proven(&self, now: Instant) -> Option<Proven> {
        self.state().terms.proven(now)
    }

    /// Whether the host keeps the node from the relay's own.
    pub fn set_apart(&self, is_apart: bool) {
        self.state().terms.set_apart(is_apart, Instant::now());
    }

    /// What the node says of itself. One that wants to mine and whose miners rest has nothing to prove.
    pub fn claim(&self, mining: bool, hashrate: f64) {
        let mining = mining && hashrate > 0.0;
        let was_mining = self.state().terms.claim(mining, hashrate, Instant::now());
        match (was_mining, mining) {
            (false, true) => self.office.provers.fetch_add(1, Ordering::Relaxed),
            (true, false) => self.office.provers.fetch_sub(1, Ordering::Relaxed),
            (true, true) | (false, false) => return,
        };
    }

    /// A new wish to tell the node of, if it is time for one.
    pub fn next_wish(&self, now: Instant) -> Option<CompactTarget> {
        self.state().terms.next_wish(now, self.office.shares_per_second())
    }

    /// The node leaves, or is replaced by a newer connection: what counted here will not count again there.
    pub fn depart(&self) {
        let horizon = self.state().seen.horizon();
        self.office.departed().remember(self.node, horizon);
    }

    /// Counts what is good; `Err` when it is time to part.
    pub async fn hand_in(&self, resident: &Resident, shares: Shares) -> Result<(), Closing> {
        let outcome = self.examine(resident, shares).await;
        self.office.counted.fetch_add(outcome.counted, Ordering::Relaxed);
        let Some(refusal) = outcome.refusal else { return Ok(()) };
        tracing::debug!(node = %self.node, "shares refused: {refusal}");
        if !refusal.is_forgery() {
            self.office.uncounted.fetch_add(outcome.uncounted, Ordering::Relaxed);
            return Ok(());
        }
        self.office.forged.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        state.forgeries += 1;
        if state.forgeries < MAX_FORGERIES { Ok(()) } else { Err(Closing::FORGED_SHARES) }
    }

    async fn examine(&self, resident: &Resident, mut shares: Shares) -> Outcome {
        let sent = shares.found.len() as u64;
        let refused = |refusal| Outcome { counted: 0, uncounted: sent, refusal: Some(refusal) };
        let (wish, wanted) = match self.open(&shares, Instant::now()) {
            Ok(opened) => opened,
            Err(refusal) => return refused(refusal),
        };
        let surplus = shares.found.len() - wanted;
        shares.found.truncate(wanted);
        let (proof, hidden) = (shares.proof, shares.hidden);
        let (recipient, now) = (self.recipient, clock::now().seconds());
        let judged = resident.query(move |node: &Node| proof.check(&hidden, node.chain(), recipient, now)).await;
        let job = match judged {
            Ok(Ok(job)) => job,
            Ok(Err(error)) => return refused(error.into()),
            // The relay is stopping.
            Err(_) => return Outcome::default(),
        };
        if let Err(error) = self.state().seen.check_date(job.date()) {
            return refused(error.into());
        }
        // An algorithm that is made to be slow would hold up other connections.
        let checked = tokio::task::spawn_blocking(move || check_all(job, &shares.found, wish.target)).await;
        // It is given up when the relay stops.
        let Ok((hashes, error)) = checked else { return Outcome::default() };
        let (counted, repeated) = self.state().count(Instant::now(), job.date(), &hashes, wish);
        let refusal = repeated.or(error).map(Refusal::Share);
        let refusal = refusal.or((surplus > 0).then_some(Refusal::Surplus(surplus)));
        Outcome { counted, uncounted: sent - counted, refusal }
    }

    /// Which wish a message answers, and how many of its shares are checked.
    fn open(&self, shares: &Shares, now: Instant) -> Result<(Wish, usize), Refusal> {
        let (wish, wanted) = self.state().terms.open(shares, now, self.office.shares_per_second())?;
        Ok((wish, self.office.allow(wanted, now)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can leave it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ShareDesk {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.terms.is_mining() {
            self.office.provers.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// What became of a message.
#[derive(Debug, Default)]
struct Outcome {
    counted: u64,
    uncounted: u64,
    refusal: Option<Refusal>,
}

/// The hashes of the shares before the first one that is none.
fn check_all(job: ProvenJob, found: &[(u32, u32)], target: Target) -> (Vec<[u8; 32]>, Option<ShareError>) {
    let mut hashes = Vec::with_capacity(found.len());
    for share in found {
        match job.check_share(*share, target) {
            Ok(hash) => hashes.push(hash),
            Err(error) => return (hashes, Some(error)),
        }
    }
    (hashes, None)
}

impl State {
    /// Counts what was not counted before. Returns how many these are, and what ended it early.
    fn count(&mut self, now: Instant, date: u32, hashes: &[[u8; 32]], wish: Wish) -> (u64, Option<ShareError>) {
        let mut counted = 0;
        let mut repeated = None;
        for hash in hashes {
            if let Err(error) = self.seen.insert(date, hash) {
                repeated = Some(error);
                break;
            }
            counted += 1;
        }
        if counted > 0 {
            self.terms.count(now, counted, wish);
        }
        (counted.into(), repeated)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tabchain_shared::consensus::Params;
    use tabchain_shared::mining::share::JobProof;

    use super::*;

    #[test]
    fn the_office_splits_what_the_machine_can_check() {
        let office = Arc::new(ShareOffice::with_checks_per_second(100.0));
        let desks: Vec<ShareDesk> = (0..10)
            .map(|number| ShareDesk::new(Arc::clone(&office), NodeId([number; 8]), Address([number; 20])))
            .collect();
        assert!((office.shares_per_second() - 32.0).abs() < 1e-9, "nobody mines yet");
        for desk in &desks {
            desk.claim(true, 5.0);
            desk.claim(true, 6.0);
        }
        assert!((office.shares_per_second() - 10.0).abs() < 1e-9);
        desks[0].claim(false, 0.0);
        assert_eq!(office.status().provers, 9);
        drop(desks);
        assert_eq!(office.status().provers, 0);
        assert!(ShareOffice::new(Algorithm::Sha256d).checks_per_second > 1.0);
    }

    #[test]
    fn who_returns_is_counted_from_the_horizon_on_and_memory_of_those_who_left_is_bounded() {
        let office = Arc::new(ShareOffice::with_checks_per_second(100.0));
        let desk = |number: u16| {
            let mut id = [0; 8];
            id[..2].copy_from_slice(&number.to_le_bytes());
            ShareDesk::new(Arc::clone(&office), NodeId(id), Address([0; 20]))
        };
        let first = desk(1);
        first.state().seen.insert(50, &[1; 32]).unwrap();
        first.depart();
        let again = desk(1);
        assert_eq!(again.state().seen.check_date(50), Err(ShareError::OldJob { date: 50, earliest: 51 }));
        // The older connection ends after the newer one.
        again.state().seen.insert(60, &[2; 32]).unwrap();
        again.depart();
        first.depart();
        assert_eq!(desk(1).state().seen.horizon(), 61);
        for number in 2..5_000 {
            let other = desk(number);
            other.state().seen.insert(1, &[3; 32]).unwrap();
            other.depart();
        }
        let departed = office.departed();
        assert_eq!((departed.horizons.len(), departed.order.len()), (MAX_DEPARTED, MAX_DEPARTED));
    }

    /// Nodes that say they rest still have their last target; what the office checks does not depend on their word.
    #[test]
    fn nodes_that_say_they_rest_are_not_checked_beyond_the_machines_share() {
        let office = Arc::new(ShareOffice::with_checks_per_second(100.0));
        let proof = JobProof::of(&Params::regtest().genesis()).expect("it begins with a coinbase");
        let start = Instant::now();
        let messages: Vec<(ShareDesk, Shares)> = (0..50)
            .map(|number| {
                let desk = ShareDesk::new(Arc::clone(&office), NodeId([number; 8]), Address([number; 20]));
                desk.claim(true, 1.0);
                let target = desk.next_wish(start).expect("it mines");
                desk.claim(false, 0.0);
                (
                    desk,
                    Shares {
                        proof: proof.clone(),
                        target,
                        found: vec![(1, 0); MAX_SHARES_PER_MESSAGE],
                        hidden: Vec::new(),
                    },
                )
            })
            .collect();
        let checked = |seconds| -> usize {
            let now = start + Duration::from_secs(seconds);
            messages.iter().map(|(desk, shares)| desk.open(shares, now).expect("asked for").1).sum()
        };
        assert_eq!(
            [checked(1), checked(2), checked(4)],
            [400; 3],
            "four times the machine's share, with no more saved up"
        );
    }
}
