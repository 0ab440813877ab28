//! How many connections, streams or bytes one address holds, and all addresses together: an address is cheap to have only as
//! far as its owner was given others.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bits of an IPv6 address that a site is given at least, and within which it takes as many addresses as it likes (RFC 6177).
const IPV6_NETWORK_BITS: u32 = 64;

/// Counts what is taken, by the address that it was given to.
#[derive(Debug)]
pub struct Places {
    per_address: usize,
    in_all: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    by_address: HashMap<IpAddr, usize>,
    in_all: usize,
}

/// A place under the limits, free again when dropped.
#[derive(Debug)]
pub struct Place {
    taken: Arc<Mutex<Taken>>,
    address: IpAddr,
    count: usize,
}

impl Places {
    pub fn new(per_address: usize) -> Self {
        Self::with_total(per_address, usize::MAX)
    }

    pub fn with_total(per_address: usize, in_all: usize) -> Self {
        Self { per_address, in_all, taken: Arc::default() }
    }

    /// `None`: none is left.
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        self.take_many(address, 1)
    }

    /// So many at once, or `None`.
    pub fn take_many(&self, address: IpAddr, count: usize) -> Option<Place> {
        self.take_within(address, count, self.per_address)
    }

    /// For an address that speaks for many others: only all places together are limited.
    pub fn take_for_others(&self, address: IpAddr) -> Option<Place> {
        self.take_within(address, 1, usize::MAX)
    }

    /// How many are taken, by all together.
    pub fn taken(&self) -> usize {
        lock(&self.taken).in_all
    }

    fn take_within(&self, address: IpAddr, count: usize, per_address: usize) -> Option<Place> {
        let address = counted_address(address);
        let mut taken = lock(&self.taken);
        let held = taken.by_address.get(&address).copied().unwrap_or(0);
        let of_address = held.checked_add(count).filter(|sum| *sum <= per_address)?;
        taken.in_all = taken.in_all.checked_add(count).filter(|sum| *sum <= self.in_all)?;
        taken.by_address.insert(address, of_address);
        Some(Place { taken: Arc::clone(&self.taken), address, count })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all -= self.count;
        if let Some(held) = taken.by_address.get_mut(&self.address) {
            *held -= self.count;
            if *held == 0 {
                taken.by_address.remove(&self.address);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What stands for everyone who shares an address: an IPv4 address, also where it comes as IPv6, or an IPv6 network.
pub fn counted_address(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::MAX << (u128::BITS - IPV6_NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_and_an_ipv4_address_count_once_however_they_are_written() {
        let places = Places::new(1);
        let place = |address: &str| places.take(address.parse().expect("an address"));
        let held = [place("2001:db8::1"), place("192.0.2.1")];
        assert!(held.iter().all(Option::is_some));
        assert!(place("2001:db8::2").is_none() && place("2001:db8:0:0:ffff::1").is_none(), "the same network");
        assert!(place("::ffff:192.0.2.1").is_none(), "the same address");
        assert!(place("2001:db8:0:1::1").is_some() && place("192.0.2.2").is_some(), "others");
        drop(held);
        assert!(lock(&places.taken).by_address.is_empty());
    }

    #[test]
    fn whoever_finds_no_place_leaves_no_trace() {
        let places = Places::new(0);
        assert!(places.take(IpAddr::from([192, 0, 2, 1])).is_none());
        assert!(lock(&places.taken).by_address.is_empty());
    }

    #[test]
    fn all_addresses_together_have_a_limit_too() {
        let places = Places::with_total(2, 3);
        let take = |last: u8| places.take(IpAddr::from([192, 0, 2, last]));
        let held = [take(1), take(1), take(2)];
        assert!(held.iter().all(Option::is_some) && take(3).is_none());
        assert!(places.take_for_others(IpAddr::from([192, 0, 2, 4])).is_none(), "nor for many");
        drop(held);
        assert!(take(3).is_some());
    }

    #[test]
    fn who_speaks_for_many_has_only_the_limit_of_all() {
        let places = Places::with_total(1, 3);
        let proxy = || places.take_for_others(IpAddr::from([192, 0, 2, 9]));
        let held = [proxy(), proxy(), proxy()];
        assert!(held.iter().all(Option::is_some) && proxy().is_none());
        assert_eq!(places.taken(), 3);
    }

    #[test]
    fn many_are_taken_together_or_not_at_all() {
        let places = Places::with_total(10, 15);
        let take = |last: u8, count| places.take_many(IpAddr::from([192, 0, 2, last]), count);
        let held = [take(1, 7), take(2, 7)];
        assert!(held.iter().all(Option::is_some));
        assert!(take(1, 4).is_none() && take(3, 2).is_none() && take(3, usize::MAX).is_none());
        assert!(take(3, 1).is_some());
        drop(held);
        assert!(take(1, 10).is_some());
        assert!(lock(&places.taken).by_address.is_empty() && lock(&places.taken).in_all == 0);
    }
}
