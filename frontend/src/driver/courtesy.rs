//! Whether this tab's miners may hash: never before the device's person has agreed, and not while they are to rest.
//!
//! The page reports the person's terms and what it sees of the device; here they are held against every command and
//! every job, so that a page that forgets to ask, or an order of the host, cannot make a device hash. An order that
//! comes too early is refused and remembered: it is carried out if the person agrees before the host has stopped it.

use tabchain_shared::node::io::{Answer, Command};

use crate::bridge::CourtesyView;
use crate::terms::{Surroundings, Terms};

const PERSON_MUST_AGREE: &str = "mining uses this device's processor, and its person has not agreed to that yet";
const PERSON_IS_ASKED: &str = "its person has not agreed to mine on that device yet; they are being asked";

pub struct Courtesy {
    terms: Terms,
    surroundings: Surroundings,
    /// The host's last order to mine that waits for the person's agreement.
    asked: Option<Command>,
    /// Orders that had to wait so far; tells the page of a new one.
    questions: u64,
}

impl Courtesy {
    pub fn new(terms: Terms) -> Self {
        Self { terms, surroundings: Surroundings::default(), asked: None, questions: 0 }
    }

    pub fn view(&self) -> CourtesyView {
        CourtesyView {
            agreed: self.has_agreement(),
            host_asks: self.asked.is_some().then_some(self.questions),
            pause: self.terms.pause(&self.surroundings),
        }
    }

    pub fn may_hash(&self) -> bool {
        self.has_agreement() && self.terms.pause(&self.surroundings).is_none()
    }

    /// Judges what the person asks of the node.
    pub fn judge(&self, command: &Command) -> Result<(), Answer> {
        match command {
            Command::StartMining { .. } | Command::MineOn { .. } if !self.has_agreement() => {
                Err(Answer::Refused { reason: PERSON_MUST_AGREE.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Judges what the host orders, and remembers an order that has to wait.
    pub fn judge_order(&mut self, command: &Command) -> Result<(), Answer> {
        match command {
            Command::StartMining { .. } if !self.has_agreement() => {
                self.asked = Some(command.clone());
                self.questions += 1;
                Err(Answer::Refused { reason: PERSON_IS_ASKED.to_owned() })
            }
            Command::StartMining { .. } | Command::StopMining => {
                self.asked = None;
                Ok(())
            }
            Command::Pay { .. }
            | Command::Submit { .. }
            | Command::Rename { .. }
            | Command::CompareTip { .. }
            | Command::MineOn { .. }
            | Command::Play { .. }
            | Command::ShowChain { .. } => Ok(()),
        }
    }

    /// Nobody may order this node any more.
    pub fn forget_order(&mut self) {
        self.asked = None;
    }

    /// Takes the person's new terms. Returns what the node is to do about them: carry out the order that waited for an
    /// agreement, or stop because it was withdrawn.
    pub fn set_terms(&mut self, terms: Terms) -> Option<Command> {
        let before = self.has_agreement();
        self.terms = terms;
        match (before, self.has_agreement()) {
            (false, true) => self.asked.take(),
            (true, false) => Some(Command::StopMining),
            _ => None,
        }
    }

    pub fn set_surroundings(&mut self, surroundings: Surroundings) {
        self.surroundings = surroundings;
    }

    fn has_agreement(&self) -> bool {
        self.terms.agreement.is_given()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use tabchain_shared::mining::HashrateLimit;

    use super::*;
    use crate::terms::{Agreement, Pause};

    const AGREED: Terms =
        Terms { agreement: Agreement::Asked, pause_when_hidden: true, pause_on_low_battery: true, miners: None };

    fn start(blocks: u32) -> Command {
        Command::StartMining { blocks: Some(blocks), limit: Some(HashrateLimit::HashesPerSecond(2.0)) }
    }

    fn is_refused(judgement: Result<(), Answer>, words: &str) -> bool {
        matches!(judgement, Err(Answer::Refused { reason }) if reason.contains(words))
    }

    #[test]
    fn nothing_hashes_before_the_person_has_agreed() {
        let mut courtesy = Courtesy::new(Terms::default());
        assert!(!courtesy.may_hash());
        assert!(is_refused(courtesy.judge(&start(1)), "has not agreed"));
        assert!(is_refused(courtesy.judge_order(&start(1)), "are being asked"));
        assert_eq!(courtesy.judge_order(&Command::StopMining), Ok(()), "stopping needs nobody's agreement");
        courtesy.set_terms(AGREED);
        assert!(courtesy.may_hash());
        assert_eq!(courtesy.judge(&start(1)), Ok(()));
        assert_eq!(courtesy.judge_order(&start(1)), Ok(()));
    }

    #[test]
    fn agreeing_carries_out_the_last_order_once() {
        let mut courtesy = Courtesy::new(Terms::default());
        assert!(courtesy.judge_order(&start(1)).is_err());
        let first = courtesy.view().host_asks;
        assert!(courtesy.judge_order(&start(2)).is_err());
        assert!(first.is_some() && courtesy.view().host_asks > first, "the page is told of each");
        assert_eq!(courtesy.set_terms(AGREED), Some(start(2)));
        assert_eq!(courtesy.view().host_asks, None);
        assert_eq!(courtesy.set_terms(Terms { miners: Some(1), ..AGREED }), None);
    }

    #[test]
    fn an_order_that_was_stopped_or_lost_its_force_is_not_carried_out() {
        let mut stopped = Courtesy::new(Terms::default());
        assert!(stopped.judge_order(&start(1)).is_err());
        assert_eq!(stopped.judge_order(&Command::StopMining), Ok(()));
        assert_eq!(stopped.set_terms(AGREED), None);
        let mut on_its_own = Courtesy::new(Terms::default());
        assert!(on_its_own.judge_order(&start(1)).is_err());
        on_its_own.forget_order();
        assert_eq!(on_its_own.set_terms(AGREED), None);
    }

    #[test]
    fn withdrawing_stops_and_asks_again() {
        let mut courtesy = Courtesy::new(AGREED);
        assert_eq!(courtesy.set_terms(Terms::default()), Some(Command::StopMining));
        assert!(!courtesy.may_hash());
        assert!(is_refused(courtesy.judge(&start(1)), "has not agreed"));
    }

    #[test]
    fn a_pause_ends_by_itself() {
        let mut courtesy = Courtesy::new(AGREED);
        courtesy.set_surroundings(Surroundings { hidden: true, battery: None });
        assert!(!courtesy.may_hash());
        assert_eq!(courtesy.view().pause, Some(Pause::Hidden));
        assert_eq!(courtesy.judge_order(&start(1)), Ok(()), "the order holds; the miners rest");
        courtesy.set_surroundings(Surroundings::default());
        assert!(courtesy.may_hash());
    }
}
