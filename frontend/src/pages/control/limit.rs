//! The limit that a host types in: hashes per second, or a part of each machine; and those that nodes keep to.

use tabchain_shared::mining::HashrateLimit;

use crate::operator::Peer;
use crate::text;
use crate::words;

/// `None` for an empty field.
pub fn parse(text: &str) -> Result<Option<HashrateLimit>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = |text: &str| text.trim_end().parse::<f64>().map_err(|_| text!("control-limit-examples"));
    let limit = if let Some(percent) = text.strip_suffix('%') {
        HashrateLimit::MachineShare(number(percent)? / 100.0)
    } else if let Some(thousands) = text.strip_suffix(['k', 'K']) {
        HashrateLimit::HashesPerSecond(number(thousands)? * 1e3)
    } else if let Some(millions) = text.strip_suffix(['m', 'M']) {
        HashrateLimit::HashesPerSecond(number(millions)? * 1e6)
    } else {
        HashrateLimit::HashesPerSecond(number(text)?)
    };
    limit.check().map_err(|_| text!("control-limit-examples"))?;
    Ok(Some(limit))
}

/// `4 H/s`, or `25 %` of the machine.
pub fn in_words(limit: HashrateLimit) -> String {
    match limit {
        HashrateLimit::HashesPerSecond(rate) => words::hashrate(rate),
        HashrateLimit::MachineShare(share) => words::percent(share),
    }
}

/// What miners keep to now, whoever has ordered it. `None`: nobody has a limit.
pub fn in_force<'a>(peers: impl Iterator<Item = &'a Peer>) -> Option<String> {
    let limits: Vec<HashrateLimit> =
        peers.filter(|peer| peer.mining == Some(true)).filter_map(|peer| peer.limit).collect();
    let first = *limits.first()?;
    Some(if limits.iter().all(|limit| *limit == first) {
        text!("control-limit-in-force", count = limits.len(), limit = in_words(first))
    } else {
        text!("control-limit-several", count = limits.len())
    })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_limit_is_a_rate_or_a_part_of_the_machine() {
        for (text, limit) in [
            ("4", HashrateLimit::HashesPerSecond(4.0)),
            (" 0.5 ", HashrateLimit::HashesPerSecond(0.5)),
            ("20000", HashrateLimit::HashesPerSecond(20_000.0)),
            ("20k", HashrateLimit::HashesPerSecond(20_000.0)),
            ("1.5 M", HashrateLimit::HashesPerSecond(1_500_000.0)),
            ("25%", HashrateLimit::MachineShare(0.25)),
            ("100 %", HashrateLimit::MachineShare(1.0)),
        ] {
            assert_eq!(parse(text), Ok(Some(limit)), "{text}");
        }
        assert_eq!(parse("  "), Ok(None));
    }

    #[test]
    fn the_limit_in_force_is_that_of_those_who_mine() {
        let peer = |mining: bool, limit: Option<f64>| -> Peer {
            let limit = limit.map(HashrateLimit::HashesPerSecond);
            let told = serde_json::json!({
                "id": "0101010101010101", "name": "ada", "kind": "tab", "resident": false, "claim_doubted": false, "links": [],
                "mining": mining, "limit": limit,
            });
            serde_json::from_value(told).expect("what a relay tells of a node")
        };
        let said = |peers: &[Peer]| in_force(peers.iter());
        assert_eq!(said(&[peer(true, None), peer(false, Some(4.0))]), None);
        let same = said(&[peer(true, Some(40.0)), peer(true, Some(40.0)), peer(true, None)]).expect("there is one");
        assert!(same.contains("40.0 H/s") && same.contains('2'), "{same}");
        let several = said(&[peer(true, Some(40.0)), peer(true, Some(4.0))]).expect("there are two");
        assert!(several.contains('2') && !several.contains("H/s"), "{several}");
    }

    #[test]
    fn anything_else_is_answered_with_examples() {
        for text in ["0", "-4", "fast", "k", "%", "0%", "101%", "inf", "NaN", "4 H/s"] {
            assert!(parse(text).unwrap_err().contains("25%"), "{text}");
        }
    }
}
