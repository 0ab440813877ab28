//! "The attacker has 30 %": limits on hash rates with which one node has a given part of all. Limits only slow down, so either that
//! node is slowed or all the others are, whichever is needed.

use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::primitives::NodeId;
use tiny_sort::unstable;

use crate::operator::Peer;

/// A hash rate below this says nothing.
const LEAST: f64 = 0.1;

/// Of so many, what a node proves is off by an eighth. With fewer it has just begun, or slowed down.
const ENOUGH_SHARES: u32 = 64;
/// A node's word counts up to so many times what most of the others hash: nobody is to stop a class by a number.
const MOST_AT_ONCE: f64 = 16.0;

/// Why there is no such limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPlan {
    /// A part is above 0 and below 100 percent.
    BadShare,
    /// The node proves no hash rate.
    NodeRests,
    /// Nobody else does.
    OthersRest,
}

/// Percent, as typed in, as a part of one.
pub fn parse(text: &str) -> Result<f64, NoPlan> {
    let text = text.trim().trim_end_matches('%').trim_end().replace(',', ".");
    let percent: f64 = text.parse().map_err(|_| NoPlan::BadShare)?;
    if percent > 0.0 && percent < 100.0 { Ok(percent / 100.0) } else { Err(NoPlan::BadShare) }
}

/// What each node is taken to hash, in hashes per second: what it proves, or else, while its shares are few, what it says; and no more
/// than the limit that it keeps to. Who mines for some seconds has proven a part of it only, and who has just been slowed down still
/// proves more: limits by that would give a share that nobody asked for.
pub fn rates(peers: &[Peer]) -> Vec<(NodeId, f64)> {
    let rate = |peer: &Peer, most_at_once: f64| {
        let proven = peer.proven_hashrate?;
        let is_young = peer.proven_shares.is_some_and(|shares| shares < ENOUGH_SHARES);
        let said = peer.hashrate.filter(|_| is_young && !peer.claim_doubted).unwrap_or(0.0);
        let limit = if let Some(HashrateLimit::HashesPerSecond(limit)) = peer.limit { limit } else { f64::INFINITY };
        Some((peer.id, proven.max(said.min(most_at_once)).min(limit)))
    };
    let said = peers.iter().filter_map(|peer| rate(peer, f64::INFINITY)).map(|(_, rate)| rate);
    let mut said: Vec<f64> = said.filter(|rate| *rate >= LEAST).collect();
    unstable::sort_by(&mut said, f64::total_cmp);
    // Of two in the middle the lower.
    let most_at_once = said.get(said.len().saturating_sub(1) / 2).map_or(0.0, |middle| middle * MOST_AT_ONCE);
    peers.iter().filter_map(|peer| rate(peer, most_at_once)).collect()
}

/// Limits in hashes per second, for those nodes that need one. `rates` are what nodes hash now, in hashes per second.
pub fn plan(rates: &[(NodeId, f64)], node: NodeId, share: f64) -> Result<Vec<(NodeId, f64)>, NoPlan> {
    let own: f64 = rates.iter().filter(|(id, _)| *id == node).map(|(_, rate)| rate).sum();
    let others: f64 = rates.iter().filter(|(id, _)| *id != node).map(|(_, rate)| rate).sum();
    if own < LEAST {
        return Err(NoPlan::NodeRests);
    }
    if others < LEAST {
        return Err(NoPlan::OthersRest);
    }
    let wanted = others * share / (1.0 - share);
    if wanted <= own {
        return Ok(vec![(node, wanted)]);
    }
    let slower = own / wanted;
    let limited = rates.iter().filter(|(id, rate)| *id != node && *rate >= LEAST);
    Ok(limited.map(|(id, rate)| (*id, rate * slower)).collect())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn id(number: u8) -> NodeId {
        NodeId([number; 8])
    }

    /// The node's part when everybody keeps to the limits.
    fn part(rates: &[(NodeId, f64)], node: NodeId, limits: &[(NodeId, f64)]) -> f64 {
        let rate = |(id, rate): &(NodeId, f64)| {
            limits.iter().find(|(limited, _)| limited == id).map_or(*rate, |(_, limit)| limit.min(*rate))
        };
        let all: f64 = rates.iter().map(rate).sum();
        rates.iter().filter(|(id, _)| *id == node).map(rate).sum::<f64>() / all
    }

    #[test]
    fn one_node_has_its_part_and_as_few_as_possible_are_slowed() {
        let rates = [(id(1), 100.0), (id(2), 100.0), (id(3), 50.0), (id(4), 0.0)];
        for share in [0.01, 0.3, 0.39, 0.41, 0.51, 0.9, 0.999] {
            let limits = plan(&rates, id(1), share).unwrap();
            assert!((part(&rates, id(1), &limits) - share).abs() < 1e-9, "{share}: {limits:?}");
            let expected = if share < 0.4 { vec![id(1)] } else { vec![id(2), id(3)] };
            assert_eq!(limits.iter().map(|(id, _)| *id).collect::<Vec<_>>(), expected, "{share}");
            assert!(limits.iter().all(|(_, limit)| *limit > 0.0));
        }
    }

    #[test]
    fn a_rate_is_what_is_proven_or_said_for_now() {
        let told =
            |proven: Option<f64>, shares: Option<u32>, said: f64, doubted: bool, limit: Option<HashrateLimit>| {
                let told = serde_json::json!({
                    "id": id(1), "name": "ada", "kind": "tab", "resident": false, "claim_doubted": doubted, "links": [],
                    "hashrate": said, "proven_hashrate": proven, "proven_shares": shares, "limit": limit,
                });
                serde_json::from_value::<Peer>(told).expect("what a relay tells of a node")
            };
        let peer = |proven, shares, said, doubted, limit| {
            rates(&[told(proven, shares, said, doubted, limit)]).first().map(|(_, rate)| *rate)
        };
        let slow = Some(HashrateLimit::HashesPerSecond(3.0));
        assert_eq!(peer(Some(90.0), Some(2_000), 500.0, false, None), Some(90.0), "words are cheap");
        assert_eq!(peer(Some(0.4), Some(9), 3.0, false, slow), Some(3.0), "it has just begun");
        assert_eq!(peer(Some(0.4), Some(9), 3.0, true, None), Some(0.4));
        assert_eq!(peer(Some(0.4), Some(9), 500.0, false, slow), Some(3.0));
        assert_eq!(peer(Some(90.0), Some(2_000), 3.0, false, slow), Some(3.0), "it was slowed down");
        assert_eq!(peer(Some(80.0), None, 0.0, false, None), Some(80.0), "the relay's own node");
        assert_eq!(peer(None, None, 5.0, false, None), None);
        let class = [(Some(900), 40.0, 40.0), (Some(0), 0.0, 1e308), (Some(9), 0.4, 30.0)];
        let class = class.map(|(shares, proven, said)| told(Some(proven), shares, said, false, None));
        assert_eq!(rates(&class).iter().map(|(_, rate)| *rate).collect::<Vec<_>>(), [40.0, 640.0, 30.0]);
    }

    #[test]
    fn without_hash_rates_there_is_nothing_to_share() {
        assert_eq!(plan(&[(id(1), 0.0), (id(2), 5.0)], id(1), 0.3), Err(NoPlan::NodeRests));
        assert_eq!(plan(&[(id(1), 5.0)], id(1), 0.3), Err(NoPlan::OthersRest));
        assert_eq!(parse(" 30 % "), Ok(0.3));
        assert_eq!(parse("2,5"), Ok(0.025));
        for text in ["", "0", "100", "-3", "many", "NaN", "inf"] {
            assert_eq!(parse(text), Err(NoPlan::BadShare), "{text}");
        }
    }
}
