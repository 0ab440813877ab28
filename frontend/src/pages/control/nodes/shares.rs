//! "The attacker has 30 %": limits on hash rates with which one node has a given part of all. Limits only slow down, so either that
//! node is slowed or all the others are, whichever is needed.

use tabchain_shared::primitives::NodeId;

/// A hash rate below this says nothing.
const LEAST: f64 = 0.1;

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

/// Limits in hashes per second, for those nodes that need one. `rates` are what nodes prove now, in hashes per second.
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
