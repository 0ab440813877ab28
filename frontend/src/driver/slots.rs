//! Which node this tab is. A slot names a database, and two tabs of one browser never share one.
//!
//! Web Locks would do this, but they do not exist on plain http. So tabs talk over a `BroadcastChannel`: one that wants
//! a slot says so with a random token; whoever owns a slot answers with its name; of two that want the same slot at the
//! same moment the lower token wins. After [`ANSWER_MILLIS`] without an objection the slot is taken.
//!
//! A worker that checks a long chain may be too busy to object in that time. So its page, whose thread never waits for the node,
//! answers beside it ([`Guard`]), from when the worker has its slot until there is to be no node in this tab any more. The page
//! goes on while a worker that failed is replaced, and hands the slot to the next one ([`Slot::take_over`]). The worker answers for
//! as long as it lives: after a reload that may be a moment longer than its page.
//!
//! A tab that its browser froze answers nobody, so another one may take its slot meanwhile. (Its worker cannot; its page, which
//! Chromium gives these messages all the same, is silent until it wakes.) When it wakes it asks who else has the slot before it does
//! anything else ([`Slot::is_still_ours`]). Of two owners the one that took the slot later stays: whichever of them hears of the
//! other first, both come to the same conclusion.

mod claims;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::browser;
pub use claims::{Held, Tenure};
use claims::{Ownership, Round, SlotMessage, nth_name};

const CHANNEL: &str = "tabchain-slots";
/// An idle tab answers in a few milliseconds; one that is busy validating may take longer.
const ANSWER_MILLIS: u32 = 200;
/// After a reload the old worker may own the slot for a moment longer.
const RELOAD_ROUNDS: u32 = 10;
const MAX_SLOT_CHARS: usize = 24;

/// A slot that is ours for as long as this value lives.
pub struct Slot {
    pub name: String,
    /// The address bar asked for this one, so this is what its node should be called.
    pub wished: bool,
    /// Absent where tabs cannot hear each other.
    desk: Option<Desk>,
}

/// A slot, and what was found out on the way to it.
pub struct Claimed {
    pub slot: Slot,
    /// The address bar asked for another one, which another tab is.
    pub wish_taken: bool,
    /// What other tabs of this browser were at that moment.
    pub others: BTreeSet<String>,
}

impl Slot {
    /// Takes the slot that the address bar asks for, else the one that this tab was before a reload, else a free one.
    pub async fn claim(wish: Option<String>, previous: Option<String>) -> Claimed {
        let wish = wish.as_deref().and_then(as_slot);
        let previous = previous.as_deref().and_then(as_slot);
        let Some(desk) = Desk::open(Standing::Silent) else {
            // Without it tabs cannot hear each other; being two nodes of one name is all that can go wrong here.
            let wished = wish.is_some();
            let name = wish.or(previous).unwrap_or_else(|| nth_name(0));
            let slot = Self { name, wished, desk: None };
            return Claimed { slot, wish_taken: false, others: BTreeSet::new() };
        };
        let mut candidates: Vec<(String, u32)> = Vec::new();
        if let Some(slot) = &wish {
            candidates.push((slot.clone(), if wish == previous { RELOAD_ROUNDS } else { 1 }));
        }
        if let Some(slot) = previous.filter(|previous| Some(previous) != wish.as_ref()) {
            candidates.push((slot, RELOAD_ROUNDS));
        }
        for (slot, rounds) in candidates {
            for _ in 0..rounds {
                if let Ok(others) = desk.try_for(&slot).await {
                    let wished = wish.as_ref() == Some(&slot);
                    let wish_taken = wish.is_some() && !wished;
                    let slot = Self { name: slot, wished, desk: Some(desk) };
                    return Claimed { slot, wish_taken, others };
                }
            }
        }
        let mut name = nth_name(0);
        loop {
            match desk.try_for(&name).await {
                Ok(others) => {
                    let slot = Self { name, wished: false, desk: Some(desk) };
                    return Claimed { slot, wish_taken: wish.is_some(), others };
                }
                Err(lost) => name = lost.next_free(),
            }
        }
    }

    /// Goes on as the slot of an earlier worker, for which the page has kept it.
    pub fn take_over(held: Held, wish: Option<String>) -> Self {
        let name = held.slot.clone();
        let wished = wish.as_deref().and_then(as_slot).as_ref() == Some(&name);
        let desk = Desk::open(Standing::Owner(Ownership::new(held)));
        if let Some(desk) = &desk {
            // Should the page have slept through the loss of it, whoever has it answers.
            desk.assert();
        }
        Self { name, wished, desk }
    }

    /// Asks around after a sleep: whether no other tab has taken the slot since. Takes a moment.
    pub async fn is_still_ours(&self) -> bool {
        let Some(desk) = &self.desk else { return true };
        desk.assert();
        TimeoutFuture::new(ANSWER_MILLIS).await;
        !self.is_lost()
    }

    /// Whether another tab is known to have taken it.
    pub fn is_lost(&self) -> bool {
        self.desk.as_ref().is_some_and(|desk| desk.held().is_none())
    }

    /// Since when it is ours. Absent where tabs cannot hear each other.
    pub fn tenure(&self) -> Option<Tenure> {
        Some(self.desk.as_ref()?.held()?.tenure)
    }
}

/// The page's voice for a slot that its worker has: it answers claims until it is dropped, or hears that another tab has the slot.
pub struct Guard(Desk);

impl Guard {
    /// `None` where tabs cannot hear each other.
    pub fn begin(held: Held) -> Option<Self> {
        Desk::open(Standing::Owner(Ownership::new(held))).map(Self)
    }

    /// While the tab is frozen its node does not run, and another tab may become it.
    pub fn set_silent(&self, silent: bool) {
        if let Standing::Owner(ownership) = &mut *self.0.standing.borrow_mut() {
            ownership.silent = silent;
        }
    }

    /// What the next worker of this page can take over; nothing if another tab has it now.
    pub fn held(&self) -> Option<Held> {
        self.0.held()
    }
}

/// A slot's name from what a person typed into the address bar.
fn as_slot(text: &str) -> Option<String> {
    let allowed = |c: &char| c.is_alphanumeric() || "-_ ".contains(*c);
    let slot: String = text.trim().chars().filter(allowed).take(MAX_SLOT_CHARS).collect();
    (!slot.is_empty()).then_some(slot)
}

/// Where this tab speaks with the others, for as long as this value lives.
struct Desk {
    channel: BroadcastChannel,
    standing: Rc<RefCell<Standing>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
}

enum Standing {
    Silent,
    Claiming(Round),
    Owner(Ownership),
}

impl Desk {
    /// `None` where tabs cannot hear each other.
    fn open(standing: Standing) -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let standing = Rc::new(RefCell::new(standing));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (channel, standing) = (channel.clone(), standing.clone());
            move |event: MessageEvent| {
                let Some(message) = SlotMessage::from_text(&event.data()) else { return };
                let reply = match &mut *standing.borrow_mut() {
                    Standing::Silent => None,
                    Standing::Claiming(round) => round.hear(message),
                    Standing::Owner(ownership) => ownership.hear(&message),
                };
                if let Some(reply) = reply {
                    let _ = channel.post_message(&reply.to_text());
                }
            }
        });
        channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Some(Self { channel, standing, _on_message: on_message })
    }

    /// A channel that fails is one on which nobody can object.
    fn say(&self, message: &SlotMessage) {
        let _ = self.channel.post_message(&message.to_text());
    }

    /// With what other tabs have, if the slot is ours now.
    async fn try_for(&self, slot: &str) -> Result<BTreeSet<String>, Round> {
        let token = u64::from_le_bytes(browser::random_bytes());
        let round = Round::new(slot.to_owned(), token);
        let claim = round.claim();
        *self.standing.borrow_mut() = Standing::Claiming(round);
        self.say(&claim);
        TimeoutFuture::new(ANSWER_MILLIS).await;
        let before = self.standing.replace(Standing::Silent);
        let others = match before {
            Standing::Claiming(round) if !round.is_won() => return Err(round),
            Standing::Claiming(round) => round.owned,
            _ => BTreeSet::new(),
        };
        let held = Held { slot: slot.to_owned(), tenure: Tenure { since: browser::now().0, token } };
        *self.standing.borrow_mut() = Standing::Owner(Ownership::new(held));
        // An owner that was frozen, and could not object, learns that it has lost its slot.
        self.assert();
        Ok(others)
    }

    /// The slot that is ours, unless another tab has it now.
    fn held(&self) -> Option<Held> {
        match &*self.standing.borrow() {
            Standing::Owner(ownership) if !ownership.lost => Some(ownership.held.clone()),
            _ => None,
        }
    }

    /// Says whose the slot is: whoever has it since later objects.
    fn assert(&self) {
        if let Some(held) = self.held() {
            self.say(&SlotMessage::Owned(held));
        }
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn names_from_the_address_bar_are_tamed() {
        assert_eq!(as_slot(" alice "), Some("alice".into()));
        assert_eq!(as_slot("<b>"), Some("b".into()));
        assert_eq!(as_slot("//"), None);
    }
}
