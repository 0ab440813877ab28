//! How many REST requests one address may make: what a stranger asks for costs the node's loop a moment each time.
//!
//! A class shares one address, so the default leaves thirty pages room to reload at once. The operator is not counted, and
//! the WebSocket has limits of its own (`switchboard/door`). The buckets are those of the crate `governor` (GCRA).

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::AppState;
use crate::operator::Role;
use crate::places::counted_address;
use crate::rest::Problem;

/// Requests a second from one address, unless the host says otherwise.
pub const DEFAULT_REQUESTS_PER_SECOND: u32 = 200;
/// Seconds of that rate that may come at once: each page begins with a dozen files.
const BURST_SECONDS: NonZeroU32 = NonZeroU32::new(10).expect("10 is not 0");
/// Addresses that are remembered; further ones share one bucket until others are forgotten.
const MAX_ADDRESSES: usize = 65_536;
/// After so many requests, addresses are forgotten whose bucket is full again.
const FORGET_EVERY: u64 = 8_192;
/// Stands for all addresses beyond [`MAX_ADDRESSES`].
const OTHERS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The buckets of all addresses.
#[derive(Debug)]
pub struct RequestRate {
    /// Absent: no limit.
    limiter: Option<DefaultKeyedRateLimiter<IpAddr>>,
    requests: AtomicU64,
}

impl RequestRate {
    /// 0 means no limit.
    pub fn new(per_second: u32) -> Self {
        let quota = |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(BURST_SECONDS));
        let limiter = NonZeroU32::new(per_second).map(|rate| RateLimiter::keyed(quota(rate)));
        Self { limiter, requests: AtomicU64::new(0) }
    }

    /// Counts a request; an error says how long to wait.
    pub fn count(&self, address: IpAddr) -> Result<(), Duration> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.requests.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        let address = if limiter.len() < MAX_ADDRESSES { counted_address(address) } else { OTHERS };
        limiter.check_key(&address).map_err(|refusal| refusal.wait_time_from(DefaultClock::default().now()))
    }
}

/// In front of every route but the WebSocket.
pub async fn limit_requests(State(relay): State<AppState>, request: Request, next: Next) -> Result<Response, Problem> {
    let address = request.extensions().get::<ConnectInfo<std::net::SocketAddr>>().map(|ConnectInfo(from)| from.ip());
    if let Some(address) = address
        && request.uri().path() != "/ws"
        && relay.access.role(request.headers()) != Role::Operator
        && let Err(wait) = relay.request_rate.count(address)
    {
        let seconds = wait.as_secs() + 1;
        let detail = format!(
            "too many requests from {}: ask again in {seconds} s; the host can allow more with --requests-per-second",
            counted_address(address)
        );
        let value = HeaderValue::from(seconds);
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).with_header_value(header::RETRY_AFTER, value));
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    const BOB: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn who_asks_too_much_waits_and_others_do_not() {
        let rate = RequestRate::new(1);
        assert!((0..BURST_SECONDS.get()).all(|_| rate.count(ADA).is_ok()), "a burst");
        // However slow the machine, there comes a second with more than one request in it.
        let wait = (0..1_000).find_map(|_| rate.count(ADA).err()).expect("too many");
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
        assert!(rate.count(BOB).is_ok());
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let rate = RequestRate::new(0);
        assert!((0..100_000).all(|_| rate.count(ADA).is_ok()));
    }

    #[test]
    fn addresses_are_forgotten_and_no_more_than_so_many_remembered() {
        let rate = RequestRate::new(1_000);
        let last = u32::try_from(MAX_ADDRESSES).unwrap() + 10_000;
        assert!((0..last).all(|number| rate.count(IpAddr::V4(Ipv4Addr::from_bits(number))).is_ok()));
        assert!(rate.limiter.as_ref().unwrap().len() <= MAX_ADDRESSES + 1);
    }
}
