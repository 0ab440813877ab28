//! What tabs say to each other about slots, and what each concludes from what it hears. No clock and no channel.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

/// What slots are called until the names run out; then `node-13` and so on.
const NAMES: [&str; 12] =
    ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum SlotMessage {
    /// I want this slot.
    Claim { slot: String, token: u64 },
    /// This slot is mine, and since when: every owner's answer to every claim, and what one that woke says itself.
    Owned(Held),
}

/// As JSON: another tab's program may be of another version.
impl SlotMessage {
    pub fn to_text(&self) -> JsValue {
        serde_json::to_string(self).expect("names and numbers are plain data").into()
    }

    pub fn from_text(data: &JsValue) -> Option<Self> {
        serde_json::from_str(&data.as_string()?).ok()
    }
}

/// A slot that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub slot: String,
    pub tenure: Tenure,
}

/// When a slot was taken, ms since 1970, and by whom if two were equally fast. The later tenure is the valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tenure {
    pub since: u64,
    pub token: u64,
}

/// A slot that is held, until its owner hears of a later one.
#[derive(Debug)]
pub(super) struct Ownership {
    pub held: Held,
    pub lost: bool,
    /// Answers nobody, because the tab is frozen. It hears on who takes the slot.
    pub silent: bool,
}

impl Ownership {
    pub fn new(held: Held) -> Self {
        Self { held, lost: false, silent: false }
    }

    /// What is to be answered.
    pub fn hear(&mut self, message: &SlotMessage) -> Option<SlotMessage> {
        let Held { slot, tenure } = &self.held;
        let is_answered = match message {
            SlotMessage::Claim { .. } => true,
            // Of this very tenure speaks the other voice of this tab, page or worker.
            SlotMessage::Owned(other) if other.slot == *slot && other.tenure != *tenure => {
                self.lost |= other.tenure > *tenure;
                true
            }
            SlotMessage::Owned(_) => false,
        };
        (is_answered && !self.lost && !self.silent).then(|| SlotMessage::Owned(self.held.clone()))
    }
}

/// One attempt to get one slot, and what was heard meanwhile.
#[derive(Debug)]
pub(super) struct Round {
    slot: String,
    token: u64,
    pub owned: BTreeSet<String>,
    /// Tokens of others that want the same slot now.
    rivals: BTreeSet<u64>,
}

impl Round {
    pub fn new(slot: String, token: u64) -> Self {
        Self { slot, token, owned: BTreeSet::new(), rivals: BTreeSet::new() }
    }

    pub fn claim(&self) -> SlotMessage {
        SlotMessage::Claim { slot: self.slot.clone(), token: self.token }
    }

    /// What is to be answered.
    pub fn hear(&mut self, message: SlotMessage) -> Option<SlotMessage> {
        match message {
            SlotMessage::Owned(held) => {
                self.owned.insert(held.slot);
                None
            }
            // A rival that came later has not heard this claim.
            SlotMessage::Claim { slot, token } if slot == self.slot && self.rivals.insert(token) => Some(self.claim()),
            SlotMessage::Claim { .. } => None,
        }
    }

    pub fn is_won(&self) -> bool {
        !self.owned.contains(&self.slot) && self.rivals.iter().all(|rival| self.token < *rival)
    }

    /// Where to try next. Rivals that lost together spread out by their tokens, so that a class that opens its tabs in
    /// one moment has settled after a few rounds.
    pub fn next_free(&self) -> String {
        let rank = self.rivals.iter().filter(|rival| **rival < self.token).count();
        (0..).map(nth_name).filter(|name| !self.owned.contains(name)).nth(rank).expect("there is no end of names")
    }
}

pub(super) fn nth_name(index: usize) -> String {
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
        round.hear(SlotMessage::Owned(Held { slot: "alice".into(), tenure }));
        round.hear(SlotMessage::Owned(Held { slot: "carol".into(), tenure }));
        assert!(!round.is_won());
        assert_eq!(round.next_free(), "bob");
    }

    fn owner(slot: &str, since: u64) -> Ownership {
        Ownership::new(Held { slot: slot.into(), tenure: Tenure { since, token: 9 } })
    }

    fn says(ownership: &Ownership) -> SlotMessage {
        SlotMessage::Owned(ownership.held.clone())
    }

    /// CASES 91: whichever speaks first, and whether both slept or one.
    #[test]
    fn of_two_owners_the_later_one_stays() {
        let claim = SlotMessage::Claim { slot: "alice".into(), token: 0 };
        let (mut slept, mut newer) = (owner("alice", 1), owner("alice", 2));
        let answer = newer.hear(&says(&slept)).expect("the newer one objects");
        assert_eq!(slept.hear(&answer), None);
        assert_eq!((slept.lost, newer.lost), (true, false));
        assert_eq!(slept.hear(&claim), None, "it is not its own any more");

        let (mut slept, mut newer) = (owner("alice", 1), owner("alice", 2));
        let answer = slept.hear(&says(&newer));
        assert_eq!((answer, newer.hear(&says(&owner("alice", 1))).is_some()), (None, true));
        assert_eq!((slept.lost, newer.lost), (true, false));

        let mut other = owner("bob", 1);
        assert_eq!(other.hear(&says(&owner("alice", 2))), None, "another slot's business");
        assert!(!other.lost);
    }

    /// CASES 91: they hear each other, too.
    #[test]
    fn page_and_worker_answer_for_one_slot_and_lose_it_together() {
        let (mut worker, mut page) = (owner("alice", 1), owner("alice", 1));
        let claim = SlotMessage::Claim { slot: "alice".into(), token: 0 };
        let answer = page.hear(&claim).expect("the page objects, whatever its worker does");
        assert_eq!(worker.hear(&answer), None);
        assert_eq!(worker.hear(&claim), Some(answer));
        assert_eq!((worker.lost, page.lost), (false, false));
        let newer = says(&owner("alice", 2));
        assert_eq!((worker.hear(&newer), page.hear(&newer)), (None, None));
        assert_eq!((worker.lost, page.lost), (true, true));
    }

    /// CASES 91: browsers that freeze a tab may let its page hear, and answer for a node that does not run.
    #[test]
    fn a_frozen_page_hears_and_does_not_answer() {
        let claim = SlotMessage::Claim { slot: "alice".into(), token: 0 };
        let mut page = owner("alice", 1);
        page.silent = true;
        assert_eq!((page.hear(&claim), page.lost), (None, false));
        page.silent = false;
        assert_eq!(page.hear(&claim), Some(says(&page)), "nobody took it meanwhile");
        page.silent = true;
        page.hear(&says(&owner("alice", 2)));
        page.silent = false;
        assert_eq!((page.hear(&claim), page.lost), (None, true));
    }

    /// A tab that stays open over a relay's upgrade speaks with newer ones.
    #[test]
    fn what_tabs_say_is_read_by_all_versions() {
        let text = |message: &SlotMessage| message.to_text().as_string();
        let claim = SlotMessage::Claim { slot: "alice".into(), token: 7 };
        assert_eq!(text(&claim).as_deref(), Some(r#"{"Claim":{"slot":"alice","token":7}}"#));
        let owned = says(&owner("alice", 1));
        let expected = r#"{"Owned":{"slot":"alice","tenure":{"since":1,"token":9}}}"#;
        assert_eq!(text(&owned).as_deref(), Some(expected));
        assert_eq!(SlotMessage::from_text(&expected.into()), Some(owned));
    }

    #[test]
    fn there_is_no_end_of_names() {
        assert_eq!([nth_name(0), nth_name(12)], ["alice", "node-13"]);
    }
}
