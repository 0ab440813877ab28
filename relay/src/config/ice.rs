//! STUN and TURN servers, as a host writes them. Browsers take a server apart again (RFC 7064 and 7065) and refuse a whole
//! connection for one that they cannot read, so mistakes are named here, before any tab sees them.

use std::net::Ipv6Addr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Deserializer};
use tabchain_shared::wire::switchboard::IceServer;

/// Browsers ask all of them and grow slow with more than a few; the welcome, which names them, has room for these.
pub const MAX_ICE_SERVERS: usize = 8;
/// Longest address as written, bytes.
const MAX_BYTES: usize = 512;

/// One server; what is behind it is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IceAddress(IceServer);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IceAddressError {
    #[error("write stun:HOST:PORT or turn:USER:PASSWORD@HOST:PORT (or stuns:, turns:), without slashes")]
    Scheme,
    #[error("a TURN server needs a name and a password: write turn:USER:PASSWORD@HOST:PORT")]
    NoCredential,
    #[error("a STUN server takes no name and no password: write stun:HOST:PORT")]
    Credential,
    #[error("the host is a name, an IPv4 address, or an IPv6 address in brackets, and the port behind it a number")]
    Host,
    #[error("behind a TURN server's host and port there may be ?transport=udp or ?transport=tcp, and nothing else")]
    Transport,
    #[error("percent signs in the name or password are not followed by the digits of UTF-8 text")]
    Percent,
    #[error("the address has more than {MAX_BYTES} bytes")]
    Long,
}

impl From<IceAddress> for IceServer {
    fn from(IceAddress(server): IceAddress) -> Self {
        server
    }
}

impl FromStr for IceAddress {
    type Err = IceAddressError;

    fn from_str(text: &str) -> Result<Self, IceAddressError> {
        let text = text.trim();
        if text.len() > MAX_BYTES {
            return Err(IceAddressError::Long);
        }
        let (scheme, rest) = text.split_once(':').ok_or(IceAddressError::Scheme)?;
        let scheme = scheme.to_ascii_lowercase();
        let is_turn = match scheme.as_str() {
            "stun" | "stuns" => false,
            "turn" | "turns" => true,
            _ => return Err(IceAddressError::Scheme),
        };
        if rest.starts_with("//") {
            return Err(IceAddressError::Scheme);
        }
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (username, credential) = match (is_turn, user) {
            (true, Some(user)) => {
                let (name, password) = user.split_once(':').ok_or(IceAddressError::NoCredential)?;
                if name.is_empty() || password.is_empty() {
                    return Err(IceAddressError::NoCredential);
                }
                (Some(decode(name)?), Some(decode(password)?))
            }
            (true, None) => return Err(IceAddressError::NoCredential),
            (false, Some(_)) => return Err(IceAddressError::Credential),
            (false, None) => (None, None),
        };
        let (authority, query) = match place.split_once('?') {
            Some((authority, query)) => (authority, Some(query)),
            None => (place, None),
        };
        if !is_authority(authority) {
            return Err(IceAddressError::Host);
        }
        match query {
            None => {}
            Some("transport=udp" | "transport=tcp") if is_turn => {}
            Some(_) => return Err(IceAddressError::Transport),
        }
        Ok(Self(IceServer { urls: vec![format!("{scheme}:{place}")], username, credential }))
    }
}

fn decode(text: &str) -> Result<String, IceAddressError> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| IceAddressError::Percent)?;
    // What is no escape stays as it is; a lone percent sign is a mistake.
    let escapes_end_well = text
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit()));
    if escapes_end_well { Ok(decoded.into_owned()) } else { Err(IceAddressError::Percent) }
}

/// A host and perhaps a port.
fn is_authority(text: &str) -> bool {
    let is_port =
        |port: &str| port.bytes().all(|digit| digit.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if let Some(bracketed) = text.strip_prefix('[') {
        return bracketed.split_once(']').is_some_and(|(address, after)| {
            address.parse::<Ipv6Addr>().is_ok() && (after.is_empty() || after.strip_prefix(':').is_some_and(is_port))
        });
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    is_name && !host.is_empty() && port.is_none_or(is_port)
}

impl<'de> Deserialize<'de> for IceAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_taken_apart_as_a_browser_wants_them() {
        let stun = |url: &str| IceServer { urls: vec![url.into()], username: None, credential: None };
        for (text, server) in [
            ("stun:stun.example:3478", stun("stun:stun.example:3478")),
            (" STUNS:10.0.0.7 ", stun("stuns:10.0.0.7")),
            ("stun:[2001:db8::1]:3478", stun("stun:[2001:db8::1]:3478")),
            (
                "turn:ada:s%40crets%3A%C3%A9:x@turn.example:3478?transport=tcp",
                IceServer {
                    urls: vec!["turn:turn.example:3478?transport=tcp".into()],
                    username: Some("ada".into()),
                    credential: Some("s@crets:é:x".into()),
                },
            ),
        ] {
            assert_eq!(text.parse(), Ok(IceAddress(server)), "{text}");
        }
    }

    /// Each mistake has its own sentence.
    #[test]
    fn what_a_browser_would_refuse_is_refused() {
        use IceAddressError as E;
        let long = format!("stun:{}", "h".repeat(MAX_BYTES));
        for (text, error) in [
            ("", E::Scheme),
            ("stun.example", E::Scheme),
            ("http:stun.example", E::Scheme),
            ("stun://stun.example", E::Scheme),
            ("turn:turn.example:3478", E::NoCredential),
            ("turn:ada@turn.example", E::NoCredential),
            ("turn:ada:@turn.example", E::NoCredential),
            ("stun:ada:secret@stun.example", E::Credential),
            ("stun:", E::Host),
            ("stun:a b", E::Host),
            ("stun:host:0", E::Host),
            ("stun:host:+1", E::Host),
            ("stun:host:70000", E::Host),
            ("stun:[::1", E::Host),
            ("stun:[nonsense]", E::Host),
            ("stun:[::1]x", E::Host),
            ("stun:host?transport=udp", E::Transport),
            ("turn:a:b@host?transport=sctp", E::Transport),
            ("turn:a:b%@host", E::Percent),
            ("turn:a:b%ff@host", E::Percent),
            (long.as_str(), E::Long),
        ] {
            assert_eq!(text.parse::<IceAddress>(), Err(error), "{text}");
        }
    }
}
