//! Where a relay is, as people write it.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a relay listens unless told otherwise.
pub const DEFAULT_PORT: u16 = 8000;
/// Where whatever serves https does.
const HTTPS_PORT: u16 = 443;

/// Host and port of a relay, and whether it speaks TLS. Shown as `http://host:port` or `https://host:port`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayAddress {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    host: String,
    port: u16,
    encrypted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayAddressError {
    #[error("write a relay's address like http://192.168.1.20:8000, or https://relay.example")]
    Malformed,
    #[error("give the relay's address alone, without a path behind it")]
    Path,
}

impl RelayAddress {
    /// Of the relay's WebSocket.
    pub fn websocket(&self) -> String {
        let scheme = if self.encrypted { "wss" } else { "ws" };
        format!("{scheme}://{}:{}/ws", self.host, self.port)
    }

    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// As certificates have it: without the brackets of IPv6.
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    pub fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.encrypted { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl FromStr for RelayAddress {
    type Err = RelayAddressError;

    fn from_str(text: &str) -> Result<Self, RelayAddressError> {
        let text = text.trim();
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let uri: Uri = with_scheme.parse().map_err(|_| RelayAddressError::Malformed)?;
        let encrypted = match uri.scheme_str() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return Err(RelayAddressError::Malformed),
        };
        let authority = uri.authority().ok_or(RelayAddressError::Malformed)?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(RelayAddressError::Malformed);
        }
        // The relay's own addresses, as someone may copy them from a log.
        if !matches!(uri.path(), "/" | "/ws") || uri.query().is_some() {
            return Err(RelayAddressError::Path);
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| RelayAddressError::Malformed)?,
            None if authority.as_str() == authority.host() => {
                if encrypted {
                    HTTPS_PORT
                } else {
                    DEFAULT_PORT
                }
            }
            // Something that is no port.
            None => return Err(RelayAddressError::Malformed),
        };
        if port == 0 {
            return Err(RelayAddressError::Malformed);
        }
        Ok(Self { host: authority.host().to_ascii_lowercase(), port, encrypted })
    }
}

impl Serialize for RelayAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RelayAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_written_in_several_ways() {
        for text in ["http://127.0.0.1:8001", "ws://127.0.0.1:8001/ws", "127.0.0.1:8001", " http://127.0.0.1:8001/ "] {
            assert_eq!(text.parse::<RelayAddress>().unwrap().to_string(), "http://127.0.0.1:8001", "{text}");
        }
        assert_eq!("Relay.Local".parse::<RelayAddress>().unwrap().to_string(), "http://relay.local:8000");
        assert_eq!("[::1]:9000".parse::<RelayAddress>().unwrap().websocket(), "ws://[::1]:9000/ws");
        let encrypted: RelayAddress = "https://Relay.example".parse().unwrap();
        assert_eq!((encrypted.to_string().as_str(), encrypted.host()), ("https://relay.example:443", "relay.example"));
        let encrypted: RelayAddress = "wss://[::1]:8443/ws".parse().unwrap();
        assert_eq!((encrypted.websocket().as_str(), encrypted.host()), ("wss://[::1]:8443/ws", "::1"));
    }

    #[test]
    fn what_is_no_address_is_refused_in_words() {
        use RelayAddressError::{Malformed, Path};
        for (text, error) in [
            ("", Malformed),
            ("http://", Malformed),
            ("ftp://relay:8000", Malformed),
            ("relay:99999", Malformed),
            ("relay:0", Malformed),
            ("http://user@relay:8000", Malformed),
            ("two words", Malformed),
            ("https://relay:0", Malformed),
            ("http://relay:8000/control", Path),
            ("http://relay:8000/?token=1", Path),
        ] {
            assert_eq!(text.parse::<RelayAddress>(), Err(error), "{text}");
        }
    }
}
