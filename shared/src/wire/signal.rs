//! What the drivers of two tabs tell each other over the path that the relay carries, so that a data channel (WebRTC)
//! comes to stand between them and both know from which frame on it counts.
//!
//! A signal is JSON, as control messages are: there are few of them, and half of what they hold is text anyway
//! (session descriptions, RFC 8866, and ICE candidates, RFC 8839). Where they are used: docs/protocol.md, "Tab to tab".

use serde::{Deserialize, Serialize};

use super::pieces::MAX_PIECE_BYTES;

/// Candidates of each end that count in one attempt, those within its description among them. A machine with several
/// networks has about ten.
pub const MAX_CANDIDATES: usize = 48;

/// Tells the channels of a link apart; drawn anew by the offering side for each attempt, so that what is said of an
/// earlier one, even of a node's earlier life, is not taken for this one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelNumber(pub u32);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "Fields")]
pub enum Signal {
    /// From the end that speaks first on the link.
    Offer {
        channel: ChannelNumber,
        sdp: String,
    },
    Answer {
        channel: ChannelNumber,
        sdp: String,
    },
    /// One more address under which the sender may be reached.
    Candidate {
        channel: ChannelNumber,
        candidate: String,
    },
    /// Nothing will come of this attempt.
    Decline {
        channel: ChannelNumber,
    },
    /// All my later frames come over this channel.
    Switched {
        channel: ChannelNumber,
    },
    /// This link is new, and our frames go over this channel as before.
    Adopted {
        channel: ChannelNumber,
    },
    /// There is no channel any more: we begin anew on this link.
    Reset,
}

#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    #[error("signal: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a session description that wants more than a data channel")]
    NotOnlyData,
    #[error("a session description with {0} candidates")]
    TooManyCandidates(usize),
}

/// A signal as it is read, with the fields of all kinds: as a relay's control messages are (`switchboard/reading.rs`), and for the same
/// reason.
#[derive(Deserialize)]
struct Fields {
    kind: Kind,
    channel: Option<ChannelNumber>,
    sdp: Option<String>,
    candidate: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Offer,
    Answer,
    Candidate,
    Decline,
    Switched,
    Adopted,
    Reset,
}

impl TryFrom<Fields> for Signal {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let channel = fields.channel.ok_or("channel is missing");
        let sdp = fields.sdp.ok_or("sdp is missing");
        Ok(match fields.kind {
            Kind::Offer => Self::Offer { channel: channel?, sdp: sdp? },
            Kind::Answer => Self::Answer { channel: channel?, sdp: sdp? },
            Kind::Candidate => {
                Self::Candidate { channel: channel?, candidate: fields.candidate.ok_or("candidate is missing")? }
            }
            Kind::Decline => Self::Decline { channel: channel? },
            Kind::Switched => Self::Switched { channel: channel? },
            Kind::Adopted => Self::Adopted { channel: channel? },
            Kind::Reset => Self::Reset,
        })
    }
}

impl Signal {
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("signals are plain data")
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignalError> {
        let signal = serde_json::from_slice(bytes)?;
        match &signal {
            Self::Offer { sdp, .. } | Self::Answer { sdp, .. } if !is_only_data(sdp) => Err(SignalError::NotOnlyData),
            Self::Offer { sdp, .. } | Self::Answer { sdp, .. } if candidates_in(sdp) > MAX_CANDIDATES => {
                Err(SignalError::TooManyCandidates(candidates_in(sdp)))
            }
            _ => Ok(signal),
        }
    }
}

/// Whether a description has one section, for a data channel: a stranger has no business with sound and pictures.
fn is_only_data(sdp: &str) -> bool {
    let mut sections = sdp.lines().filter(|line| line.starts_with("m="));
    sections.next().is_some_and(|line| line.starts_with("m=application ")) && sections.next().is_none()
}

/// The candidates within a description, where RFC 8839 has them, too: each is an address that this end would try.
pub fn candidates_in(sdp: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with("a=candidate")).count()
}

/// The largest message that the author of this description takes on a channel, bytes, and no more than
/// [`MAX_PIECE_BYTES`]. RFC 8841, 6.1: 0 is any size, and who says nothing takes 64 KiB.
pub fn max_message_bytes(sdp: &str) -> usize {
    match sdp.lines().find_map(|line| line.strip_prefix("a=max-message-size:")?.trim().parse().ok()) {
        None | Some(0) => MAX_PIECE_BYTES,
        Some(bytes) => MAX_PIECE_BYTES.min(bytes),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    const CHANNEL: ChannelNumber = ChannelNumber(7);
    const SDP: &str = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=max-message-size:262144\r\n";

    #[wasm_bindgen_test(unsupported = test)]
    fn signals_are_written_as_documented() {
        let candidate = "candidate:1 1 udp 2113937151 192.0.2.7 51234 typ host";
        for (signal, text) in [
            (
                Signal::Offer { channel: CHANNEL, sdp: "v=0\r\nm=application 9 …".into() },
                r#"{"kind":"offer","channel":7,"sdp":"v=0\r\nm=application 9 …"}"#,
            ),
            (
                Signal::Answer { channel: CHANNEL, sdp: "v=0\r\nm=application 9 …".into() },
                r#"{"kind":"answer","channel":7,"sdp":"v=0\r\nm=application 9 …"}"#,
            ),
            (
                Signal::Candidate { channel: CHANNEL, candidate: candidate.into() },
                r#"{"kind":"candidate","channel":7,"candidate":"candidate:1 1 udp 2113937151 192.0.2.7 51234 typ host"}"#,
            ),
            (Signal::Decline { channel: CHANNEL }, r#"{"kind":"decline","channel":7}"#),
            (Signal::Switched { channel: CHANNEL }, r#"{"kind":"switched","channel":7}"#),
            (Signal::Adopted { channel: CHANNEL }, r#"{"kind":"adopted","channel":7}"#),
            (Signal::Reset, r#"{"kind":"reset"}"#),
        ] {
            assert_eq!(String::from_utf8(signal.to_bytes()).unwrap(), text);
            assert_eq!(Signal::from_bytes(text.as_bytes()).unwrap(), signal);
            assert!(include_str!("../../../docs/protocol.md").contains(&format!("| `{text}` |")), "{text}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_no_signal_is_refused() {
        for bytes in [&b""[..], b"{", b"{\"kind\":\"shout\"}", b"{\"kind\":\"switched\",\"channel\":-1}", b"\xff"] {
            assert!(matches!(Signal::from_bytes(bytes), Err(SignalError::Json(_))), "{bytes:?}");
        }
        let deep = [b"{\"kind\":".as_slice(), &[b'['; 10_000]].concat();
        assert!(Signal::from_bytes(&deep).is_err());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_description_with_sound_or_pictures_is_refused() {
        for extra in ["m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"] {
            let offer = Signal::Offer { channel: CHANNEL, sdp: format!("{SDP}{extra}") };
            assert!(matches!(Signal::from_bytes(&offer.to_bytes()), Err(SignalError::NotOnlyData)), "{extra}");
        }
        let plain = Signal::Answer { channel: CHANNEL, sdp: SDP.into() };
        assert!(Signal::from_bytes(&plain.to_bytes()).is_ok());
        let empty = Signal::Answer { channel: CHANNEL, sdp: "v=0\r\n".into() };
        assert!(Signal::from_bytes(&empty.to_bytes()).is_err());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_description_with_more_candidates_than_count_is_refused() {
        let line = "a=candidate:1 1 udp 2113937151 192.0.2.7 51234 typ host\r\n";
        let with = |count| SDP.to_owned() + &line.repeat(count);
        assert_eq!(candidates_in(&with(3)), 3);
        let (channel, most, too_many) = (CHANNEL, with(MAX_CANDIDATES), with(MAX_CANDIDATES + 1));
        for fine in [Signal::Offer { channel, sdp: most.clone() }, Signal::Answer { channel, sdp: most }] {
            assert_eq!(Signal::from_bytes(&fine.to_bytes()).unwrap(), fine);
        }
        for refused in [Signal::Offer { channel, sdp: too_many.clone() }, Signal::Answer { channel, sdp: too_many }] {
            let error = Signal::from_bytes(&refused.to_bytes()).unwrap_err();
            assert!(matches!(error, SignalError::TooManyCandidates(49)), "{error}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_largest_message_is_what_the_other_end_takes() {
        assert_eq!(max_message_bytes(SDP), MAX_PIECE_BYTES);
        for (line, bytes) in [("a=max-message-size:1200", 1_200), ("a=max-message-size:0", 65_536), ("a=mid:0", 65_536)]
        {
            assert_eq!(max_message_bytes(&format!("v=0\r\n{line}\r\n")), bytes);
        }
        assert_eq!(max_message_bytes("a=max-message-size:many"), MAX_PIECE_BYTES);
    }
}
