//! What a host does to a link, to be applied by the node at each end to what it sends: delay, jitter, loss, bandwidth.
//!
//! A value and what follows from it, without clock and chance: the lab's simulated links ([`Line`]) and the drivers of live
//! nodes ([`HeldFrames`]) bring both. Frames stay in order, as every carrier promises, and *loss* means that a frame is
//! never sent; what that costs, nodes repair as they do on any bad link (docs/protocol.md, "Faults"). A link that is cut is
//! no fault of this kind: there is none.

mod held;
mod line;

pub use held::{HeldFrames, MAX_HELD_BYTES, MAX_HELD_BYTES_A_LINK, MAX_WAIT_MILLIS};
pub use line::Line;

use serde::{Deserialize, Serialize};

/// Most that a host can delay a link by, ms. Together with [`MAX_JITTER_MILLIS`] and [`MAX_WAIT_MILLIS`] a ping is answered
/// within the minute after which a node gives a link up.
pub const MAX_DELAY_MILLIS: u32 = 5_000;
/// Most that may be added to the delay by chance, ms.
pub const MAX_JITTER_MILLIS: u32 = 5_000;
/// Narrowest link, bytes a second: a small block takes a second there, and a ping hundredths.
pub const MIN_BANDWIDTH: u32 = 1_000;

/// What a link does to frames, the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LinkFault {
    /// On the way, at least; milliseconds each way, at most 5 000.
    #[cfg_attr(feature = "openapi", schema(maximum = 5_000))]
    pub delay: u32,
    /// Up to so much more, drawn for each frame; milliseconds, at most 5 000. Frames stay in order.
    #[cfg_attr(feature = "openapi", schema(maximum = 5_000))]
    pub jitter: u32,
    /// The part of the frames that never arrive, from 0 to 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub loss: f64,
    /// Bytes a second, at least 1 000; a frame waits for those before it. Absent: as fast as the link is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1_000))]
    pub bandwidth: Option<u32>,
}

/// Why a link cannot be made to do this, in words for the host.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LinkFaultError {
    #[error("delay: {0} ms; at most {MAX_DELAY_MILLIS} ms are possible")]
    Delay(u32),
    #[error("jitter: {0} ms; at most {MAX_JITTER_MILLIS} ms are possible")]
    Jitter(u32),
    #[error("loss: {0}; write a part of all frames, from 0 to 1")]
    Loss(f64),
    #[error(
        "bandwidth: {0} bytes a second; at least {MIN_BANDWIDTH} are possible, and to stop everything cut the link"
    )]
    Bandwidth(u32),
    #[error("no delay, no jitter, no loss and no limit is no fault; to take one away use DELETE")]
    Nothing,
}

impl LinkFault {
    /// Whether a host can have ordered it.
    pub fn check(&self) -> Result<(), LinkFaultError> {
        match *self {
            Self { delay, .. } if delay > MAX_DELAY_MILLIS => Err(LinkFaultError::Delay(delay)),
            Self { jitter, .. } if jitter > MAX_JITTER_MILLIS => Err(LinkFaultError::Jitter(jitter)),
            Self { loss, .. } if !(0.0..=1.0).contains(&loss) => Err(LinkFaultError::Loss(loss)),
            Self { bandwidth: Some(bandwidth), .. } if bandwidth < MIN_BANDWIDTH => {
                Err(LinkFaultError::Bandwidth(bandwidth))
            }
            fault if fault == Self::default() => Err(LinkFaultError::Nothing),
            _ => Ok(()),
        }
    }

    /// On the way: the delay and a part of the jitter. `draw` is from 0 to 1, without 1.
    fn on_the_way(&self, draw: f64) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 5 001, and not negative")]
        let jitter = (draw * (f64::from(self.jitter) + 1.0)) as u64;
        u64::from(self.delay) + jitter.min(u64::from(self.jitter))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_fault_is_within_its_bounds() {
        let worst = LinkFault { delay: 5_000, jitter: 5_000, loss: 1.0, bandwidth: Some(1_000) };
        assert_eq!(worst.check(), Ok(()));
        assert_eq!(LinkFault { delay: 5_001, ..worst }.check(), Err(LinkFaultError::Delay(5_001)));
        assert_eq!(LinkFault { jitter: 5_001, ..worst }.check(), Err(LinkFaultError::Jitter(5_001)));
        for loss in [-0.1, 1.1, f64::INFINITY] {
            assert_eq!(LinkFault { loss, ..worst }.check(), Err(LinkFaultError::Loss(loss)));
        }
        assert!(LinkFault { loss: f64::NAN, ..worst }.check().is_err());
        assert_eq!(LinkFault { bandwidth: Some(999), ..worst }.check(), Err(LinkFaultError::Bandwidth(999)));
        assert_eq!(LinkFault::default().check(), Err(LinkFaultError::Nothing));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_left_out_is_no_fault_and_what_is_unknown_is_refused() {
        let read = |text| serde_json::from_str::<LinkFault>(text);
        assert_eq!(read("{\"delay\":2000}").unwrap(), LinkFault { delay: 2_000, ..LinkFault::default() });
        assert!(read("{\"latency\":2000}").is_err());
        assert!(read("{\"delay\":-1}").is_err());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn jitter_adds_from_nothing_to_all_of_itself() {
        let fault = LinkFault { delay: 100, jitter: 10, ..LinkFault::default() };
        let below_one = 1.0 - f64::EPSILON / 2.0;
        assert_eq!([0.0, 0.5, below_one].map(|draw| fault.on_the_way(draw)), [100, 105, 110]);
    }
}
