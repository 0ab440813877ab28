//! Who asked, when a reverse proxy stands in front: `X-Forwarded-For` (and `-Proto`, `-Host`) or `Forwarded` (RFC 7239).
//!
//! Anyone can send these headers, so they count only on connections from proxies that the host trusts (`--trusted-proxy`), and
//! of the addresses in them only the last that no trusted proxy has: each proxy appends the address that it saw, and what
//! stands before an untrusted one is that one's word. The result takes the place of the connection's address for everything
//! that is counted by address above the connection itself.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Addresses of proxies: one, or a network of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyNetwork(IpNet);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a proxy's address, such as 10.0.0.7 or ::1, or a network of them, such as 10.0.0.0/24")]
pub struct ProxyNetworkError;

impl FromStr for ProxyNetwork {
    type Err = ProxyNetworkError;

    fn from_str(text: &str) -> Result<Self, ProxyNetworkError> {
        let text = text.trim();
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| ProxyNetworkError)
    }
}

impl fmt::Display for ProxyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for ProxyNetwork {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a request says of its way here, as far as it is to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub address: SocketAddr,
    /// Whether the client spoke TLS to the first proxy; `None`: nobody says so.
    pub encrypted: Option<bool>,
    /// The host that the client asked for, if a proxy had to write it down.
    pub host: Option<HeaderValue>,
}

/// The proxies that a host trusts.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub fn new(networks: impl IntoIterator<Item = ProxyNetwork>) -> Self {
        Self(networks.into_iter().map(|ProxyNetwork(network)| network).collect())
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from that `peer` has sent.
    pub fn origin(&self, peer: SocketAddr, headers: &HeaderMap) -> Origin {
        if !self.contains(peer.ip()) {
            return Origin { address: peer, encrypted: None, host: None };
        }
        let forwarded = Forwarded::of(headers);
        let old = headers.contains_key(FORWARDED_FOR).then(|| self.client(peer.ip(), x_forwarded_for(headers)));
        let new = headers.contains_key(header::FORWARDED).then(|| self.client(peer.ip(), forwarded.clients()));
        let address = match (old, new) {
            // A proxy that writes one of the two passes the other on as the client sent it. Who makes them differ counts as
            // the proxy itself.
            (Some(old), Some(new)) if old != new => peer.ip(),
            (Some(address), _) | (None, Some(address)) => address,
            (None, None) => peer.ip(),
        };
        let address = if address == peer.ip() { peer } else { SocketAddr::new(address, 0) };
        let proto = last_value(headers, &FORWARDED_PROTO).or_else(|| forwarded.last("proto"));
        let encrypted = proto.map(|proto| proto.eq_ignore_ascii_case("https") || proto.eq_ignore_ascii_case("wss"));
        let host = last_value(headers, &FORWARDED_HOST).or_else(|| forwarded.last("host"));
        Origin { address, encrypted, host: host.and_then(|host| HeaderValue::from_str(&host).ok()) }
    }

    /// The last address that no trusted proxy has; where an entry is none (`unknown`, `_hidden`, nonsense), the proxy that
    /// wrote it.
    fn client(&self, peer: IpAddr, hops: Vec<String>) -> IpAddr {
        let mut client = peer;
        for hop in hops.iter().rev() {
            let Some(address) = address_in(hop) else { break };
            client = address;
            if !self.contains(address) {
                break;
            }
        }
        client
    }
}

/// All lines of a header as one list, in order.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter();
    // What is no text names nobody, and keeps its place.
    lines.flat_map(|line| line.to_str().unwrap_or("?").split(',')).map(|item| item.trim().to_owned()).collect()
}

fn x_forwarded_for(headers: &HeaderMap) -> Vec<String> {
    list(headers, &FORWARDED_FOR)
}

fn last_value(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    list(headers, name).pop().filter(|value| !value.is_empty())
}

/// The elements of `Forwarded`, one for each proxy, each with its pairs.
#[derive(Debug)]
struct Forwarded(Vec<Vec<(String, String)>>);

impl Forwarded {
    fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::FORWARDED).iter().map(|line| line.to_str().unwrap_or("?"));
        Self(lines.flat_map(|line| split_unquoted(line, ',')).map(|element| pairs(&element)).collect())
    }

    /// One for each proxy; empty where it names nobody.
    fn clients(&self) -> Vec<String> {
        self.0.iter().map(|element| value(element, "for").unwrap_or_default()).collect()
    }

    fn last(&self, name: &str) -> Option<String> {
        value(self.0.last()?, name)
    }
}

fn pairs(element: &str) -> Vec<(String, String)> {
    let pairs = split_unquoted(element, ';');
    let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), unquoted(value.trim()))).collect()
}

fn value(element: &[(String, String)], wanted: &str) -> Option<String> {
    element.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
}

/// Splits at a separator that does not stand between quotes.
fn split_unquoted(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for c in text.chars() {
        if c == separator && !quoted {
            parts.push(String::new());
            continue;
        }
        if c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && c == '\\' && !escaped;
        parts.last_mut().expect("there is always a part").push(c);
    }
    parts
}

fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inner) => inner.replace('\\', ""),
        None => value.to_owned(),
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let address = bare.parse().ok().or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> TrustedProxies {
        let networks = ["10.0.0.0/8", "::1", "2001:db8:ffff::/48", "127.0.0.1"];
        TrustedProxies::new(networks.map(|network| network.parse().expect("a network")))
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("a header's value"));
        }
        headers
    }

    #[track_caller]
    fn check(peer: &str, lines: &[(&'static str, &str)], expected: &str) {
        let peer = SocketAddr::new(peer.parse().expect("an address"), 4711);
        let origin = proxies().origin(peer, &headers(lines));
        assert_eq!(origin.address.ip(), expected.parse::<IpAddr>().expect("an address"), "{peer} {lines:?}");
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        let lines = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1;proto=https;host=evil.example")];
        check("198.51.100.7", &lines, "198.51.100.7");
        check("2001:db8::7", &lines, "2001:db8::7");
        let origin = proxies().origin("198.51.100.7:80".parse().unwrap(), &headers(&lines));
        assert_eq!((origin.encrypted, origin.host), (None, None));
        let nobody_trusted = TrustedProxies::default().origin("127.0.0.1:80".parse().unwrap(), &headers(&lines));
        assert_eq!(nobody_trusted.address, "127.0.0.1:80".parse().unwrap());
    }

    #[test]
    fn the_last_address_that_is_not_a_proxys_counts() {
        for (peer, value, expected) in [
            ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
            // What the client wrote itself stands on the left.
            ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9, 192.0.2.1, 10.0.0.2,10.9.9.9", "192.0.2.1"),
            ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
            ("::1", "2001:db8::5, 2001:db8:ffff::1", "2001:db8::5"),
            ("10.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"),
            ("10.0.0.1", "192.0.2.1:4711", "192.0.2.1"),
            // Only proxies: the first of them asked for itself.
            ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            check(peer, &[("x-forwarded-for", value)], expected);
        }
        check(
            "10.0.0.1",
            &[("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "192.0.2.1, 10.0.0.2")],
            "192.0.2.1",
        );
        check("10.0.0.1", &[], "10.0.0.1");
    }

    #[test]
    fn garbage_names_nobody() {
        for value in ["unknown", "192.0.2.1, nonsense", "192.0.2.1, ", "192.0.2.1, 300.1.1.1", "192.0.2.1, \u{e9}"] {
            check("10.0.0.1", &[("x-forwarded-for", value)], "10.0.0.1");
        }
        check("10.0.0.1", &[("x-forwarded-for", "192.0.2.1, unknown, 10.0.0.2")], "10.0.0.2");
        for value in ["for=_hidden", "for=unknown", "for=\"", ";;;,,,", "for=[::1", "for", "proto=https"] {
            check("10.0.0.1", &[("forwarded", value)], "10.0.0.1");
        }
    }

    #[test]
    fn forwarded_is_read_as_the_rfc_has_it() {
        for (value, expected) in [
            ("for=192.0.2.1", "192.0.2.1"),
            ("For=\"[2001:db8::5]:4711\";Proto=https;by=203.0.113.43", "2001:db8::5"),
            ("for=203.0.113.9;host=\"a,b;c\", for=192.0.2.1", "192.0.2.1"),
            ("for=192.0.2.1, for=10.0.0.2", "192.0.2.1"),
        ] {
            check("10.0.0.1", &[("forwarded", value)], expected);
        }
    }

    /// A proxy that writes one of the headers lets the other through.
    #[test]
    fn two_headers_that_differ_are_not_believed() {
        let spoofed = ("forwarded", "for=203.0.113.9");
        check("10.0.0.1", &[("x-forwarded-for", "192.0.2.1"), spoofed], "10.0.0.1");
        check("10.0.0.1", &[("x-forwarded-for", "203.0.113.9"), spoofed], "203.0.113.9");
    }

    #[test]
    fn what_the_client_asked_for_is_taken_from_the_last_proxy() {
        let origin = |lines: &[(&'static str, &str)]| {
            let Origin { encrypted, host, .. } = proxies().origin("10.0.0.1:80".parse().unwrap(), &headers(lines));
            (encrypted, host.map(|host| host.to_str().expect("ASCII").to_owned()))
        };
        let written = [("x-forwarded-proto", "http, https"), ("x-forwarded-host", "evil.example, relay.example")];
        assert_eq!(origin(&written), (Some(true), Some("relay.example".into())));
        assert_eq!(
            origin(&[("forwarded", "host=\"relay.example:8443\";proto=http")]),
            (Some(false), Some("relay.example:8443".into()))
        );
        assert_eq!(origin(&[("x-forwarded-for", "192.0.2.1")]), (None, None));
    }

    #[test]
    fn a_network_is_written_as_usual() {
        for (text, shown) in [("10.0.0.7", "10.0.0.7/32"), (" 10.0.0.0/24 ", "10.0.0.0/24"), ("::1", "::1/128")] {
            assert_eq!(text.parse::<ProxyNetwork>().unwrap().to_string(), shown);
        }
        for wrong in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.1:80"] {
            assert_eq!(wrong.parse::<ProxyNetwork>(), Err(ProxyNetworkError), "{wrong}");
        }
    }
}
