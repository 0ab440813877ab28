//! What a node is asked for: the share target, how it follows the node's speed, and how much of what comes is wanted.
//!
//! Time and the number of shares wanted come from the caller, so that the tests run in virtual time.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tabchain_shared::mining::share::{MAX_SHARES_PER_MESSAGE, SURPLUS, Shares, expected_hashes, share_target};
use tabchain_shared::primitives::{CompactTarget, Target};

use super::Refusal;
use crate::switchboard::proven::{ProvenRate, Reading, WINDOW};

/// A wish is adjusted when it is off by this factor, which is four standard deviations of a reading over ten seconds,
const RETARGET_RATIO: f64 = 1.25;
/// not more often than this,
const RETARGET_INTERVAL: Duration = Duration::from_secs(5);
/// unless it is off by as much as this,
const URGENT_RATIO: f64 = 2.0;
/// and then after this.
const URGENT_INTERVAL: Duration = Duration::from_millis(500);
/// What the wish follows: the shares of so long, if there are as many as this (12 %); before that, the node's claim.
const RETARGET_WINDOW: Duration = Duration::from_secs(10);
const RETARGET_SHARES: u32 = 64;
/// The target before still counts for so long: what it was asked for is under way.
const FORMER_TARGET_GRACE: Duration = Duration::from_secs(10);
/// But no more shares than are wanted in this time, seconds: as many as nodes have on their way, who hand in twice a second.
/// With more, whoever holds hashes back could hand in under the former target what misses the new one, and the rest under
/// the new.
const FORMER_TARGET_SHARES: f64 = 1.5;

/// A claim is doubted if it is so many times what is proven,
const DOUBTED_RATIO: f64 = 1.5;
/// if the shares are so many standard deviations fewer than it would give,
const DOUBTED_DEVIATIONS: f64 = 3.0;
/// and if that goes on for so long: after any rise of the rate, the last minute's shares reach two thirds of it in forty
/// seconds.
const DOUBT_AFTER: Duration = Duration::from_secs(45);

/// Messages a second. Twice a second, and with each new wish, a node sends one for each of its last four jobs at most.
const MESSAGES_PER_SECOND: f64 = 24.0;
/// Messages that may come at once after a connection was held up.
const MESSAGE_BURST: f64 = 80.0;

#[derive(Debug)]
pub struct Terms {
    wish: Option<Wish>,
    former: Option<Former>,
    mining: bool,
    claimed: f64,
    rate: ProvenRate,
    /// When the claim was last known not to exceed what is proven by far.
    fair_at: Instant,
    /// The host keeps it from the relay's own node, which then cannot know the blocks on which its shares stand.
    is_apart: bool,
    shares: Allowance,
    messages: Allowance,
}

/// What a node has proved, for `/peers`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Proven {
    /// Hashes per second.
    pub hashrate: f64,
    /// How many shares that rests on.
    pub shares: u32,
    /// The node claims far more, and it is neither luck nor a rate that has just risen.
    pub claim_doubted: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct Wish {
    bits: CompactTarget,
    pub target: Target,
    /// Hashes that a share takes on average.
    work: f64,
    since: Instant,
}

/// The wish before. It counts no longer once a share under the new one has come.
#[derive(Debug, Clone, Copy)]
struct Former {
    wish: Wish,
    until: Instant,
    /// Shares that are still taken.
    left: usize,
}

impl Terms {
    pub fn new(now: Instant) -> Self {
        Self {
            wish: None,
            former: None,
            mining: false,
            claimed: 0.0,
            rate: ProvenRate::default(),
            fair_at: now,
            is_apart: false,
            shares: Allowance::new(now),
            messages: Allowance::new(now),
        }
    }

    /// What the node says of itself. Returns whether it was mining before.
    pub fn claim(&mut self, mining: bool, hashrate: f64, now: Instant) -> bool {
        // What was said before was fair until now, or was not.
        self.weigh_claim(now);
        if !mining {
            self.rate.rest();
        }
        self.claimed = hashrate;
        let was_mining = std::mem::replace(&mut self.mining, mining);
        self.weigh_claim(now);
        was_mining
    }

    /// Whether the host keeps it from the relay's own node. Who was apart has time to prove its claim anew.
    pub fn set_apart(&mut self, is_apart: bool, now: Instant) {
        if std::mem::replace(&mut self.is_apart, is_apart) && !is_apart {
            self.fair_at = now;
        }
    }

    pub fn is_mining(&self) -> bool {
        self.mining
    }

    /// What it has proved; `None` if it was never asked.
    pub fn proven(&self, now: Instant) -> Option<Proven> {
        self.wish?;
        let Reading { hashrate, shares } = self.rate.reading(now);
        // Also of a node that says nothing any more.
        let claim_doubted = !self.is_apart && self.is_doubtful(now) && now > self.fair_at + DOUBT_AFTER;
        Some(Proven { hashrate, shares, claim_doubted })
    }

    /// Shares that passed every rule.
    pub fn count(&mut self, now: Instant, shares: u32, wish: Wish) {
        self.rate.count(now, shares, f64::from(shares) * wish.work);
        self.weigh_claim(now);
    }

    fn weigh_claim(&mut self, now: Instant) {
        if !self.is_doubtful(now) {
            self.fair_at = now;
        }
    }

    /// Whether the claim is far above what is proven, and the shares are fewer than luck explains.
    fn is_doubtful(&self, now: Instant) -> bool {
        let Some(wish) = self.wish.filter(|_| self.mining) else { return false };
        let Reading { hashrate, shares } = self.rate.reading(now);
        let expected = self.claimed / wish.work * WINDOW.as_secs_f64();
        self.claimed > DOUBTED_RATIO * hashrate && expected - f64::from(shares) > DOUBTED_DEVIATIONS * expected.sqrt()
    }

    /// The target to ask for from now on, if it differs enough from the last one.
    pub fn next_wish(&mut self, now: Instant, shares_per_second: f64) -> Option<CompactTarget> {
        let hashrate = self.hashrate(now);
        // Written so that what is no number asks for nothing.
        if !(self.mining && hashrate > 0.0) {
            return None;
        }
        let bits = share_target(hashrate, shares_per_second);
        let target = bits.to_target().expect("a share target is one");
        let next = Wish { bits, target, work: expected_hashes(target), since: now };
        if let Some(wish) = self.wish {
            let ratio = (next.work / wish.work).max(wish.work / next.work);
            let interval = if ratio >= URGENT_RATIO { URGENT_INTERVAL } else { RETARGET_INTERVAL };
            if ratio < RETARGET_RATIO || now < wish.since + interval {
                return None;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let left = (FORMER_TARGET_SHARES * shares_per_second).ceil() as usize;
            self.former = Some(Former { wish, until: now + FORMER_TARGET_GRACE, left });
        }
        self.wish = Some(next);
        Some(bits)
    }

    /// What the node's shares say of late; while they are few, or when the node has just become much faster, its claim.
    /// Whoever claims too much gets a target under which few shares are found.
    fn hashrate(&self, now: Instant) -> f64 {
        let recent = self.rate.estimate(now, RETARGET_WINDOW);
        let telling = recent.shares >= RETARGET_SHARES && self.claimed < URGENT_RATIO * recent.hashrate;
        if telling { recent.hashrate } else { self.claimed }
    }

    /// Which wish a message answers, and how many of its shares are wanted.
    pub fn open(&mut self, shares: &Shares, now: Instant, per_second: f64) -> Result<(Wish, usize), Refusal> {
        let sent = shares.found.len();
        if sent > MAX_SHARES_PER_MESSAGE {
            return Err(Refusal::TooMany(sent));
        }
        if self.messages.take(1, now, MESSAGES_PER_SECOND, MESSAGE_BURST) == 0 {
            return Err(Refusal::Flood);
        }
        let (wish, wanted) = match (self.wish, &mut self.former) {
            (Some(wish), former) if wish.bits == shares.target => {
                // The node knows of it now; to choose afterwards which target a hash was found under would be cheating.
                *former = None;
                (wish, sent)
            }
            (_, Some(Former { wish, until, left })) if wish.bits == shares.target && now < *until => {
                let wanted = sent.min(*left);
                *left -= wanted;
                (*wish, wanted)
            }
            _ => return Err(Refusal::UnaskedTarget(shares.target)),
        };
        #[expect(clippy::cast_precision_loss)]
        let burst = MAX_SHARES_PER_MESSAGE as f64;
        Ok((wish, self.shares.take(wanted, now, SURPLUS * per_second, burst)))
    }
}

/// So many a second, and a burst now and then (a token bucket).
#[derive(Debug)]
pub struct Allowance {
    left: f64,
    since: Instant,
}

impl Allowance {
    pub fn new(now: Instant) -> Self {
        Self { left: f64::INFINITY, since: now }
    }

    /// Takes `wanted`, or as many as there are.
    pub fn take(&mut self, wanted: usize, now: Instant, per_second: f64, burst: f64) -> usize {
        let elapsed = now.saturating_duration_since(self.since).as_secs_f64();
        self.since = now;
        self.left = (self.left + elapsed * per_second).min(burst);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let taken = wanted.min(self.left as usize);
        #[expect(clippy::cast_precision_loss)]
        let spent = taken as f64;
        self.left -= spent;
        taken
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::mining::share::JobProof;

    use super::*;

    const PER_SECOND: f64 = 32.0;

    /// A node's desk in virtual time.
    struct Virtual {
        terms: Terms,
        now: Instant,
        /// Of the next share, what is done.
        owed: f64,
    }

    impl Virtual {
        fn claiming(hashrate: f64) -> Self {
            let now = Instant::now();
            let mut terms = Terms::new(now);
            terms.mining = true;
            terms.claimed = hashrate;
            Self { terms, now, owed: 0.0 }
        }

        /// The work that a share is wanted to have, if the wish changes.
        fn wish(&mut self) -> Option<f64> {
            let bits = self.terms.next_wish(self.now, PER_SECOND)?;
            Some(expected_hashes(bits.to_target().unwrap()))
        }

        /// Hashes for so long, as evenly as luck never is. Returns the wishes on the way.
        fn hash_for(&mut self, seconds: u32, hashrate: f64) -> Vec<f64> {
            let mut wishes = Vec::new();
            for _ in 0..seconds * 2 {
                self.now += Duration::from_millis(500);
                let wish = self.terms.wish.expect("it was asked");
                self.owed += hashrate / wish.work / 2.0;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let found = self.owed as usize;
                self.owed = self.owed.fract();
                let message = message(wish.bits, found.min(MAX_SHARES_PER_MESSAGE));
                let (wish, wanted) = self.terms.open(&message, self.now, PER_SECOND).unwrap();
                self.terms.count(self.now, u32::try_from(wanted).unwrap(), wish);
                wishes.extend(self.wish());
            }
            wishes
        }
    }

    fn message(target: CompactTarget, shares: usize) -> Shares {
        let params = Params::regtest();
        let proof = JobProof::of(&params.genesis()).expect("it begins with a coinbase");
        Shares { proof, target, found: vec![(1, 0); shares], hidden: Vec::new() }
    }

    #[track_caller]
    fn assert_near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 0.11, "{found} instead of {expected}");
    }

    #[test]
    fn who_does_not_hash_is_asked_for_nothing() {
        for claim in [0.0, -5.0, f64::NAN] {
            assert_eq!(Virtual::claiming(claim).wish(), None, "{claim}");
        }
        let mut idle = Virtual::claiming(1000.0);
        idle.terms.mining = false;
        assert_eq!(idle.wish(), None);
    }

    #[test]
    fn the_first_wish_follows_the_claim_and_a_steady_node_is_left_alone() {
        let mut node = Virtual::claiming(6_400.0);
        assert_near(node.wish().unwrap(), 200.0);
        assert!(node.hash_for(60, 6_400.0).is_empty());
        // Slower than it is asked for: every hash is a share.
        assert_near(Virtual::claiming(3.0).wish().unwrap(), 1.0);
    }

    #[test]
    fn the_wish_follows_what_is_proven_rather_than_the_claim() {
        let mut node = Virtual::claiming(3_200.0);
        node.wish().unwrap();
        let wishes = node.hash_for(30, 6_400.0);
        assert_near(*wishes.last().unwrap(), 200.0);
        assert!(wishes.len() <= 6, "a wish every five seconds at most: {wishes:?}");
    }

    #[test]
    fn a_node_that_becomes_much_faster_is_asked_for_harder_shares_at_once() {
        let mut node = Virtual::claiming(320.0);
        node.wish().unwrap();
        node.hash_for(30, 320.0);
        node.terms.claimed = 3.2e6;
        node.now += Duration::from_secs(1);
        assert_near(node.wish().unwrap(), 100_000.0);
        // Its claim falls behind its shares: what is too much does not count, and the wish gets there all the same.
        let mut modest = Virtual::claiming(320.0);
        modest.wish().unwrap();
        let wishes = modest.hash_for(60, 3.2e5);
        assert_near(*wishes.last().unwrap(), 10_000.0);
    }

    #[test]
    fn a_node_that_becomes_much_slower_is_asked_for_easier_shares() {
        let mut node = Virtual::claiming(64_000.0);
        node.wish().unwrap();
        node.hash_for(30, 64_000.0);
        node.terms.claimed = 640.0;
        let wishes = node.hash_for(30, 640.0);
        assert_near(*wishes.last().unwrap(), 20.0);
    }

    #[test]
    fn a_claim_is_doubted_when_shares_contradict_it_for_long() {
        let doubted = |node: &Virtual| node.terms.proven(node.now).expect("it was asked").claim_doubted;
        let mut honest = Virtual::claiming(640.0);
        honest.wish().unwrap();
        honest.hash_for(60, 640.0);
        // Ten times as fast from one moment to the next.
        honest.terms.claim(true, 6_400.0, honest.now);
        for _ in 0..60 {
            honest.hash_for(1, 6_400.0);
            assert!(!doubted(&honest), "a rate that rises is not proven at once");
        }
        let mut boaster = Virtual::claiming(6_400.0);
        boaster.wish().unwrap();
        boaster.hash_for(40, 640.0);
        assert!(!doubted(&boaster), "not yet");
        boaster.hash_for(20, 640.0);
        assert!(doubted(&boaster));
        boaster.terms.claim(true, 640.0, boaster.now);
        assert!(!doubted(&boaster), "a claim that was corrected");

        // The host's own partition makes nobody a boaster.
        let mut parted = Virtual::claiming(6_400.0);
        parted.wish().unwrap();
        parted.terms.set_apart(true, parted.now);
        parted.hash_for(120, 0.0);
        assert!(!doubted(&parted), "its shares cannot be judged");
        parted.terms.set_apart(false, parted.now);
        parted.hash_for(44, 0.0);
        assert!(!doubted(&parted), "it has as much time as anybody");
        parted.hash_for(2, 0.0);
        assert!(doubted(&parted));

        // One report, and then nothing.
        let mut silent = Virtual::claiming(0.0);
        silent.now += Duration::from_mins(2);
        silent.terms.claim(true, 1e6, silent.now);
        silent.wish().unwrap();
        assert!(!doubted(&silent), "it was asked a moment ago");
        silent.now += Duration::from_secs(50);
        assert_eq!(silent.terms.proven(silent.now).unwrap().shares, 0);
        assert!(doubted(&silent), "a claim without any proof");
        silent.terms.claim(false, 0.0, silent.now);
        assert!(!doubted(&silent));
    }

    /// To look at a hash first and then to say under which of two targets it was found would double the rate.
    #[test]
    fn the_former_target_counts_until_the_new_one_is_known_and_not_for_long() {
        let mut node = Virtual::claiming(320.0);
        node.wish().unwrap();
        let former = node.terms.wish.unwrap().bits;
        node.terms.claimed = 32_000.0;
        node.now += Duration::from_secs(1);
        node.wish().unwrap();
        let current = node.terms.wish.unwrap().bits;
        let open =
            |state: &mut Terms, bits, now| state.open(&message(bits, 1), now, PER_SECOND).map(|(wish, _)| wish.bits);
        let other = CompactTarget(0x1e00_ffff);
        assert_eq!(open(&mut node.terms, other, node.now), Err(Refusal::UnaskedTarget(other)));
        assert_eq!(open(&mut node.terms, former, node.now), Ok(former));
        let late = node.now + FORMER_TARGET_GRACE;
        assert_eq!(open(&mut node.terms, former, late), Err(Refusal::UnaskedTarget(former)));
        assert_eq!(open(&mut node.terms, current, node.now), Ok(current));
        assert_eq!(open(&mut node.terms, former, node.now), Err(Refusal::UnaskedTarget(former)));
        assert!(!Refusal::UnaskedTarget(former).is_forgery());
    }

    #[test]
    fn more_than_was_wanted_does_not_count_and_a_flood_is_scored() {
        let mut node = Virtual::claiming(1e6);
        node.wish().unwrap();
        let bits = node.terms.wish.unwrap().bits;
        let wanted = |node: &mut Virtual, shares| {
            node.terms.open(&message(bits, shares), node.now, PER_SECOND).map(|(_, wanted)| wanted)
        };
        assert_eq!(wanted(&mut node, MAX_SHARES_PER_MESSAGE), Ok(256), "a burst");
        assert_eq!(wanted(&mut node, 100), Ok(0));
        node.now += Duration::from_millis(500);
        assert_eq!(wanted(&mut node, 100), Ok(64), "four times 32 a second");
        let too_many = wanted(&mut node, MAX_SHARES_PER_MESSAGE + 1).unwrap_err();
        assert_eq!(too_many, Refusal::TooMany(257));
        let mut messages = 0;
        while wanted(&mut node, 1) != Err(Refusal::Flood) {
            messages += 1;
            assert!(messages < 100, "nothing stops a flood");
        }
        assert!(messages > 50, "a burst of messages is no flood: {messages}");
        assert!(Refusal::Flood.is_forgery() && too_many.is_forgery() && !Refusal::Surplus(1).is_forgery());
        node.now += Duration::from_secs(1);
        assert_eq!(wanted(&mut node, 1), Ok(1));
    }

    /// Hashes that are held back until two targets count are handed in under both: those that miss the harder one first.
    #[test]
    fn who_waits_with_its_hashes_proves_no_more_than_it_did() {
        const DONE: f64 = 25_600.0;
        let mut node = Virtual::claiming(3_200.0);
        node.wish().unwrap();
        let easy = node.terms.wish.unwrap();
        node.now += Duration::from_secs(8);
        node.terms.claim(true, 320_000.0, node.now);
        node.wish().unwrap();
        let hard = node.terms.wish.unwrap();
        let mut credited = 0.0;
        for (wish, done) in [(easy, DONE * (1.0 - easy.work / hard.work)), (hard, DONE)] {
            node.now += Duration::from_secs(1);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let found = (done / wish.work) as usize;
            let (counted, wanted) = node.terms.open(&message(wish.bits, found), node.now, PER_SECOND).unwrap();
            credited += counted.work * f64::from(u32::try_from(wanted).unwrap());
        }
        assert!(credited < 1.2 * DONE, "{credited} hashes are proven by {DONE}");
    }
}
