//! On which terms mining may use this device: whether its person has agreed, and when miners rest although the node
//! wants to mine. The page asks the person and keeps the answers (`state/terms.rs`); the node worker goes by them
//! (`driver/courtesy.rs`). Here are only the types that both speak in.

use serde::{Deserialize, Serialize};

/// At this charge and below, a battery that is not being charged counts as low: the share at which most systems warn.
pub const LOW_BATTERY: f64 = 0.2;

/// What the person of this browser has decided, for every tab of this origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    pub agreement: Agreement,
    pub pause_when_hidden: bool,
    pub pause_on_low_battery: bool,
    /// Miner workers that a tab starts with; absent: one a core.
    pub miners: Option<u32>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { agreement: Agreement::default(), pause_when_hidden: false, pause_on_low_battery: true, miners: None }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Agreement {
    /// Never given.
    #[default]
    None,
    /// Taken back. The host's link no longer agrees in the person's place; the person is asked again.
    Withdrawn,
    /// The person was asked and said yes.
    Asked,
    /// The person opened the host's link for mining. The page says so until that was read.
    ByLink { read: bool },
}

impl Agreement {
    pub fn is_given(self) -> bool {
        !matches!(self, Self::None | Self::Withdrawn)
    }
}

/// What only the page can see of the device.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Surroundings {
    pub hidden: bool,
    /// Absent where the browser does not tell.
    pub battery: Option<Battery>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Battery {
    /// From 0 to 1.
    pub level: f64,
    pub charging: bool,
}

impl Battery {
    pub fn is_low(self) -> bool {
        self.level <= LOW_BATTERY && !self.charging
    }
}

/// Why miners rest although the node wants to mine. Ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pause {
    Hidden,
    LowBattery,
}

impl Terms {
    /// Why miners rest in these surroundings, if they do.
    pub fn pause(&self, surroundings: &Surroundings) -> Option<Pause> {
        if self.pause_on_low_battery && surroundings.battery.is_some_and(Battery::is_low) {
            Some(Pause::LowBattery)
        } else if self.pause_when_hidden && surroundings.hidden {
            Some(Pause::Hidden)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn battery(level: f64, charging: bool) -> Surroundings {
        Surroundings { hidden: false, battery: Some(Battery { level, charging }) }
    }

    #[test]
    fn a_low_battery_pauses_unless_it_is_charged_or_the_person_does_not_mind() {
        let terms = Terms::default();
        assert_eq!(terms.pause(&battery(0.2, false)), Some(Pause::LowBattery));
        assert_eq!(terms.pause(&battery(0.21, false)), None);
        assert_eq!(terms.pause(&battery(0.05, true)), None);
        assert_eq!(Terms { pause_on_low_battery: false, ..terms }.pause(&battery(0.05, false)), None);
        assert_eq!(terms.pause(&Surroundings::default()), None, "where the browser does not tell");
    }

    #[test]
    fn a_hidden_tab_pauses_only_if_that_was_wished() {
        let hidden = Surroundings { hidden: true, battery: None };
        assert_eq!(Terms::default().pause(&hidden), None);
        let terms = Terms { pause_when_hidden: true, ..Terms::default() };
        assert_eq!(terms.pause(&hidden), Some(Pause::Hidden));
        assert_eq!(terms.pause(&Surroundings::default()), None);
    }

    /// What an older or a newer page kept is read as far as it goes, and never as an agreement that nobody gave.
    #[test]
    fn what_is_missing_from_kept_terms_is_as_before_the_first_question() {
        let terms: Terms = serde_json::from_str(r#"{"pause_when_hidden":true,"of_a_later_page":1}"#).unwrap();
        assert_eq!(terms, Terms { pause_when_hidden: true, ..Terms::default() });
        assert!(!terms.agreement.is_given());
    }
}
