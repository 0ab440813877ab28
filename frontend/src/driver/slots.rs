//! Which node this tab is. A slot names a database, and two tabs of one browser never share one.
//!
//! Web Locks would do this, but they do not exist on plain http. So tabs talk over a `BroadcastChannel`: one that wants
//! a slot says so with a random token; whoever owns a slot answers with its name; of two that want the same slot at the
//! same moment the lower token wins. After [`ANSWER_MILLIS`] without an objection the slot is taken.
//!
//! A tab that its browser froze answers nobody, so another one may take its slot meanwhile. When it wakes it asks who else
//! has the slot before it does anything else ([`Slot::is_still_ours`]). Of two owners the one that took the slot later stays:
//! whichever of them hears of the other first, both come to the same conclusion.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser;

const CHANNEL: &str = "tabchain-slots";
/// An idle tab answers in a few milliseconds; one that is busy validating may take longer.
const ANSWER_MILLIS: u32 = 200;
/// After a reload the old worker may own the slot for a moment longer.
const RELOAD_ROUNDS: u32 = 10;
/// What slots are called until the names run out; then `node-13` and so on.
const NAMES: [&str; 12] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];
const MAX_SLOT_CHARS: usize = 24;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum SlotMessage {
    /// I want this slot.
    Claim { slot: String, token: u64 },
    /// This slot is mine, and since when: every owner's answer to every claim, and what one that woke says itself.
    Owned { slot: String, tenure: Tenure },
}

/// As JSON: another tab's program may be of another version.
impl SlotMessage {
    fn to_text(&self) -> JsValue {
        serde_json::to_string(self).expect("names and numbers are plain data").into()
    }

    fn from_text(data: &JsValue) -> Option<Self> {
        serde_json::from_str(&data.as_string()?).ok()
    }
}

/// When a slot was taken, ms since 1970, and by whom if two were equally fast. The later tenure is the valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Tenure {
    since: u64,
    token: u64,
}

/// A slot that is ours for as long as this value lives.
pub struct Slot {
    pub name: String,
    /// The address bar asked for another one, which another tab is.
    pub wish_taken: bool,
    /// The address bar asked for this one, so this is what its node should be called.
    pub wished: bool,
    /// What other tabs of this browser were at that moment.
    pub others: BTreeSet<String>,
    /// Absent where tabs cannot hear each other.
    hold: Option<Hold>,
}

/// What an owner needs to defend its slot, or to learn that it has lost it.
struct Hold {
    channel: BroadcastChannel,
    tenure: Tenure,
    lost: Rc<Cell<bool>>,
}

impl Slot {
    /// Takes the slot that the address bar asks for, else the one that this tab was before a reload, else a free one.
    pub async fn claim(wish: Option<String>, previous: Option<String>) -> Self {
        let wish = wish.as_deref().and_then(as_slot);
        let previous = previous.as_deref().and_then(as_slot);
        let Ok(channel) = BroadcastChannel::new(CHANNEL) else {
            // Without it tabs cannot hear each other; being two nodes of one name is all that can go wrong here.
            let wished = wish.is_some();
            let name = wish.or(previous).unwrap_or_else(|| NAMES[0].to_owned());
            return Self { name, wish_taken: false, wished, others: BTreeSet::new(), hold: None };
        };
        let desk = Desk::new(&channel);
        let hold = |tenure| Some(Hold { channel: channel.clone(), tenure, lost: desk.lost.clone() });
        let mut candidates: Vec<(String, u32)> = Vec::new();
        if let Some(slot) = &wish {
            candidates.push((slot.clone(), if wish == previous { RELOAD_ROUNDS } else { 1 }));
        }
        if let Some(slot) = previous.filter(|previous| Some(previous) != wish.as_ref()) {
            candidates.push((slot, RELOAD_ROUNDS));
        }
        for (slot, rounds) in candidates {
            for _ in 0..rounds {
                if let Ok((tenure, others)) = desk.try_for(&slot).await {
                    let wished = wish.as_ref() == Some(&slot);
                    let wish_taken = wish.is_some() && !wished;
                    return Self { name: slot, wish_taken, wished, others, hold: hold(tenure) };
                }
            }
        }
        let mut name = NAMES[0].to_owned();
        loop {
            match desk.try_for(&name).await {
                Ok((tenure, others)) => {
                    return Self { name, wish_taken: wish.is_some(), wished: false, others, hold: hold(tenure) };
                }
                Err(lost) => name = lost.next_free(),
            }
        }
    }

    /// Asks around after a sleep: whether no other tab has taken the slot since. Takes a moment.
    pub async fn is_still_ours(&self) -> bool {
        let Some(hold) = &self.hold else { return true };
        let owned = SlotMessage::Owned { slot: self.name.clone(), tenure: hold.tenure };
        let _ = hold.channel.post_message(&owned.to_text());
        TimeoutFuture::new(ANSWER_MILLIS).await;
        !self.is_lost()
    }

    /// Whether another tab is known to have taken it.
    pub fn is_lost(&self) -> bool {
        self.hold.as_ref().is_some_and(|hold| hold.lost.get())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(hold) = &self.hold {
            hold.channel.close();
        }
    }
}

/// A slot's name from what a person typed into the address bar.
fn as_slot(text: &str) -> Option<String> {
    let allowed = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    let slot: String = text.trim().chars().filter(allowed).take(MAX_SLOT_CHARS).collect();
    (!slot.is_empty()).then_some(slot)
}

/// Where this tab speaks with the others.
struct Desk<'a> {
    channel: &'a BroadcastChannel,
    standing: Rc<RefCell<Standing>>,
    /// Set when an owner hears of a later one.
    lost: Rc<Cell<bool>>,
}

enum Standing {
    Silent,
    Claiming(Round),
    Owner(Ownership),
}

impl<'a> Desk<'a> {
    fn new(channel: &'a BroadcastChannel) -> Self {
        let standing = Rc::new(RefCell::new(Standing::Silent));
        let lost = Rc::new(Cell::new(false));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (channel, standing, lost) = (channel.clone(), standing.clone(), lost.clone());
            move |event: MessageEvent| {
                let Some(message) = SlotMessage::from_text(&event.data()) else { return };
                let reply = match &mut *standing.borrow_mut() {
                    Standing::Silent => None,
                    Standing::Claiming(round) => round.hear(message),
                    Standing::Owner(ownership) => {
                        let reply = ownership.hear(&message);
                        lost.set(ownership.lost);
                        reply
                    }
                };
                if let Some(reply) = reply {
                    let _ = channel.post_message(&reply.to_text());
                }
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // The owner answers for as long as its worker lives.
        on_message.forget();
        Self { channel, standing, lost }
    }

    /// With what other tabs have, if the slot is ours now.
    async fn try_for(&self, slot: &str) -> Result<(Tenure, BTreeSet<String>), Round> {
        let token = u64::from_le_bytes(browser::random_bytes());
        let round = Round::new(slot.to_owned(), token);
        let claim = round.claim();
        *self.standing.borrow_mut() = Standing::Claiming(round);
        // A channel that fails is one on which nobody can object.
        let _ = self.channel.post_message(&claim.to_text());
        TimeoutFuture::new(ANSWER_MILLIS).await;
        let mut standing = self.standing.borrow_mut();
        match std::mem::replace(&mut *standing, Standing::Silent) {
            Standing::Claiming(round) if !round.is_won() => Err(round),
            before => {
                let others = if let Standing::Claiming(round) = before { round.owned } else { BTreeSet::new() };
                let tenure = Tenure { since: browser::now().0, token };
                let ownership = Ownership { slot: slot.to_owned(), tenure, lost: false };
                // An owner that was too busy to object learns that it has lost its slot.
                let _ = self.channel.post_message(&ownership.owned().to_text());
                *standing = Standing::Owner(ownership);
                Ok((tenure, others))
            }
        }
    }
}

/// A slot that is held, until its owner hears of a later one.
#[derive(Debug)]
struct Ownership {
    slot: String,
    tenure: Tenure,
    lost: bool,
}

impl Ownership {
    fn owned(&self) -> SlotMessage {
        SlotMessage::Owned { slot: self.slot.clone(), tenure: self.tenure }
    }

    fn hear(&mut self, message: &SlotMessage) -> Option<SlotMessage> {
        let is_answered = match message {
            SlotMessage::Claim { .. } => true,
            SlotMessage::Owned { slot, tenure } if *slot == self.slot && *tenure != self.tenure => {
                self.lost |= *tenure > self.tenure;
                true
            }
            SlotMessage::Owned { .. } => false,
        };
        (is_answered && !self.lost).then(|| self.owned())
    }
}

/// One attempt to get one slot, and what was heard meanwhile.
#[derive(Debug)]
struct Round {
    slot: String,
    token: u64,
    owned: BTreeSet<String>,
    /// Tokens of others that want the same slot now.
    rivals: BTreeSet<u64>,
}

impl Round {
    fn new(slot: String, token: u64) -> Self {
        Self { slot, token, owned: BTreeSet::new(), rivals: BTreeSet::new() }
    }

    fn claim(&self) -> SlotMessage {
        SlotMessage::Claim { slot: self.slot.clone(), token: self.token }
    }

    fn hear(&mut self, message: SlotMessage) -> Option<SlotMessage> {
        match message {
            SlotMessage::Owned { slot, .. } => {
                self.owned.insert(slot);
                None
            }
            // A rival that came later has not heard this claim.
            SlotMessage::Claim { slot, token } if slot == self.slot && self.rivals.insert(token) => Some(self.claim()),
            SlotMessage::Claim { .. } => None,
        }
    }

    fn is_won(&self) -> bool {
        !self.owned.contains(&self.slot) && self.rivals.iter().all(|rival| self.token < *rival)
    }

    /// Where to try next. Rivals that lost together spread out by their tokens, so that a class that opens its tabs in
    /// one moment has settled after a few rounds.
    fn next_free(&self) -> String {
        let rank = self.rivals.iter().filter(|rival| **rival < self.token).count();
        (0..).map(nth_name).filter(|name| !self.owned.contains(name)).nth(rank).expect("there is no end of names")
    }
}

fn nth_name(index: usize) -> String {
    NAMES.get(index).map_or_else(|| format!("node-{}", index + 1), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Lets all tabs hear each other until nobody has anything to say.
    fn talk(rounds: &mut [Round]) {
        let mut said: Vec<(usize, SlotMessage)> =
            rounds.iter().enumerate().map(|(speaker, round)| (speaker, round.claim())).collect();
        while let Some((speaker, message)) = said.pop() {
            for (listener, round) in rounds.iter_mut().enumerate() {
                if listener != speaker {
                    said.extend(round.hear(message.clone()).map(|reply| (listener, reply)));
                }
            }
        }
    }

    #[test]
    fn of_simultaneous_claims_the_lowest_token_wins_and_the_others_spread_out() {
        let mut rounds: Vec<Round> = [7, 3, 9].map(|token| Round::new("alice".into(), token)).into();
        talk(&mut rounds);
        assert_eq!(rounds.iter().map(Round::is_won).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(rounds[0].next_free(), "bob");
        assert_eq!(rounds[2].next_free(), "carol");
    }

    #[test]
    fn an_owner_keeps_its_slot_against_any_token() {
        let mut round = Round::new("alice".into(), 0);
        let tenure = Tenure { since: 1, token: 1 };
        round.hear(SlotMessage::Owned { slot: "alice".into(), tenure });
        round.hear(SlotMessage::Owned { slot: "carol".into(), tenure });
        assert!(!round.is_won());
        assert_eq!(round.next_free(), "bob");
    }

    /// CASES 91: whichever speaks first, and whether both slept or one.
    #[test]
    fn of_two_owners_the_later_one_stays() {
        let owner = |since| Ownership { slot: "alice".into(), tenure: Tenure { since, token: 9 }, lost: false };
        let (mut slept, mut newer) = (owner(1), owner(2));
        let answer = newer.hear(&slept.owned()).expect("the newer one objects");
        assert_eq!(slept.hear(&answer), None);
        assert_eq!((slept.lost, newer.lost), (true, false));
        assert_eq!(
            slept.hear(&SlotMessage::Claim { slot: "alice".into(), token: 0 }),
            None,
            "it is not its own any more"
        );

        let (mut slept, mut newer) = (owner(1), owner(2));
        let answer = slept.hear(&newer.owned());
        assert_eq!((answer, newer.hear(&owner(1).owned()).is_some()), (None, true));
        assert_eq!((slept.lost, newer.lost), (true, false));

        let mut other = Ownership { slot: "bob".into(), ..owner(1) };
        assert_eq!(other.hear(&owner(2).owned()), None, "another slot's business");
        assert!(!other.lost);
    }

    #[test]
    fn names_from_the_address_bar_are_tamed() {
        assert_eq!(as_slot(" alice "), Some("alice".into()));
        assert_eq!(as_slot("<b>"), Some("b".into()));
        assert_eq!(as_slot("//"), None);
        assert_eq!(nth_name(12), "node-13");
    }
}
