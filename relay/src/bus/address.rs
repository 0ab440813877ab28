//! Where the bus is, and where browsers reach a relay, as people write them.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use axum::http::Uri;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a NATS server listens unless told otherwise.
const DEFAULT_PORT: u16 = 4222;
/// Longest address of pages, bytes. A browser's origin has a name of at most 253.
const MAX_PAGE_ADDRESS_BYTES: usize = 280;

/// A NATS server, with what it takes to be let in. Shown without that.
#[derive(Clone, PartialEq, Eq)]
pub struct BusAddress {
    is_encrypted: bool,
    /// Host and port.
    authority: String,
    pub credentials: Option<BusCredentials>,
}

/// Never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum BusCredentials {
    Token(String),
    Password { user: String, password: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusAddressError {
    #[error("write the bus as nats://HOST:4222, nats://USER:PASSWORD@HOST:4222, or with tls:// in front")]
    Malformed,
    #[error("percent signs in the bus's name or password are not followed by the digits of UTF-8 text")]
    Percent,
}

impl BusAddress {
    /// For the client, which is told the credentials apart and may log what it connects to.
    pub fn server(&self) -> String {
        format!("{}://{}", if self.is_encrypted { "tls" } else { "nats" }, self.authority)
    }
}

impl fmt::Display for BusAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.server())
    }
}

impl fmt::Debug for BusAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = if self.credentials.is_some() { " (with credentials)" } else { "" };
        write!(f, "{self}{hidden}")
    }
}

impl FromStr for BusAddress {
    type Err = BusAddressError;

    fn from_str(text: &str) -> Result<Self, BusAddressError> {
        let uri: Uri = text.trim().parse().map_err(|_| BusAddressError::Malformed)?;
        let is_encrypted = match uri.scheme_str() {
            Some("nats") => false,
            Some("tls") => true,
            _ => return Err(BusAddressError::Malformed),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(BusAddressError::Malformed);
        }
        let authority = uri.authority().ok_or(BusAddressError::Malformed)?;
        let (user, place) = match authority.as_str().rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority.as_str()),
        };
        let port = match authority.port_u16() {
            Some(0) => return Err(BusAddressError::Malformed),
            Some(port) => port,
            None if place == authority.host() => DEFAULT_PORT,
            // Something that is no port.
            None => return Err(BusAddressError::Malformed),
        };
        if authority.host().is_empty() {
            return Err(BusAddressError::Malformed);
        }
        let credentials = match user.map(|user| user.split_once(':').ok_or(user)) {
            None => None,
            Some(Ok((user, password))) => {
                Some(BusCredentials::Password { user: decode(user)?, password: decode(password)? })
            }
            Some(Err(token)) => Some(BusCredentials::Token(decode(token)?)),
        };
        Ok(Self { is_encrypted, authority: format!("{}:{port}", authority.host()), credentials })
    }
}

fn decode(text: &str) -> Result<String, BusAddressError> {
    if text.is_empty() {
        return Err(BusAddressError::Malformed);
    }
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| BusAddressError::Percent)?;
    Ok(decoded.into_owned())
}

impl<'de> Deserialize<'de> for BusAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Where browsers reach a relay's pages: what they call an origin, such as `https://class.example`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageAddress(String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write the address as browsers show it, like http://192.168.1.20:8000 or https://class.example")]
pub struct PageAddressError;

impl PageAddress {
    /// Where a relay that listens on one address can be reached. One that listens everywhere does not know.
    pub fn of_listener(address: SocketAddr, is_encrypted: bool) -> Option<Self> {
        let scheme = if is_encrypted { "https" } else { "http" };
        (!address.ip().is_unspecified()).then(|| format!("{scheme}://{address}").parse().ok()).flatten()
    }
}

impl fmt::Display for PageAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PageAddress {
    type Err = PageAddressError;

    fn from_str(text: &str) -> Result<Self, PageAddressError> {
        let text = text.trim();
        let uri: Uri = text.parse().map_err(|_| PageAddressError)?;
        let (scheme, usual_port) = match uri.scheme_str() {
            Some("http") => ("http", 80),
            Some("https") => ("https", 443),
            _ => return Err(PageAddressError),
        };
        let authority = uri.authority().ok_or(PageAddressError)?;
        let host = authority.host().to_ascii_lowercase();
        let plain = matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.as_str().contains('@');
        if !plain || host.is_empty() || text.len() > MAX_PAGE_ADDRESS_BYTES {
            return Err(PageAddressError);
        }
        // A browser leaves the usual port out.
        match authority.port_u16() {
            Some(0) => Err(PageAddressError),
            Some(port) if port != usual_port => Ok(Self(format!("{scheme}://{host}:{port}"))),
            None if authority.as_str().len() != host.len() && !authority.as_str().ends_with(']') => {
                Err(PageAddressError)
            }
            _ => Ok(Self(format!("{scheme}://{host}"))),
        }
    }
}

impl Serialize for PageAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PageAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bus_is_a_server_and_perhaps_a_secret_that_is_not_shown() {
        let parse = |text: &str| text.parse::<BusAddress>();
        let plain = parse("nats://bus.example").unwrap();
        assert_eq!(plain.server(), "nats://bus.example:4222");
        assert!(plain.credentials.is_none());
        assert_eq!(parse("tls://[::1]:4333/").unwrap().server(), "tls://[::1]:4333");
        let secret = parse("nats://ada:s%2Fcret@bus:1").unwrap();
        let password = BusCredentials::Password { user: "ada".into(), password: "s/cret".into() };
        assert!(secret.server() == "nats://bus:1" && secret.credentials == Some(password));
        let token = BusCredentials::Token("t0ken".into());
        assert!(parse("nats://t0ken@bus:1").unwrap().credentials == Some(token));
        for shown in [format!("{secret}"), format!("{secret:?}"), format!("{:?}", Some(&secret))] {
            assert!(!shown.contains("cret@") && !shown.contains("s/cret") && !shown.contains("ada"), "{shown}");
        }
        for wrong in
            ["bus", "http://bus", "nats://", "nats://bus:0", "nats://bus:x", "nats://bus/path", "nats://:p@bus"]
        {
            assert_eq!(parse(wrong), Err(BusAddressError::Malformed), "{wrong}");
        }
        assert_eq!(parse("nats://a:%ff@bus"), Err(BusAddressError::Percent));
    }

    #[test]
    fn pages_are_named_as_browsers_name_their_origin() {
        let parse = |text: &str| text.parse::<PageAddress>().map(|address| address.to_string());
        for (text, origin) in [
            ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
            (" https://Class.Example/ ", "https://class.example"),
            ("http://a:80", "http://a"),
            ("https://a:443", "https://a"),
            ("https://a:80", "https://a:80"),
            ("http://[::1]:8000", "http://[::1]:8000"),
            ("http://[::1]", "http://[::1]"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(origin), "{text}");
        }
        for wrong in
            ["a:8000", "ws://a", "http://", "http://a/path", "http://a?x", "http://u@a", "http://a:0", "http://a:x"]
        {
            assert_eq!(parse(wrong), Err(PageAddressError), "{wrong}");
        }
        assert!(parse(&format!("http://{}", "a".repeat(300))).is_err());
    }
}
