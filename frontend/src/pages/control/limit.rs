//! The limit that a host types in: hashes per second, or a part of each machine.

use tabchain_shared::mining::HashrateLimit;

use crate::text;

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
    fn anything_else_is_answered_with_examples() {
        for text in ["0", "-4", "fast", "k", "%", "0%", "101%", "inf", "NaN", "4 H/s"] {
            assert!(parse(text).unwrap_err().contains("25%"), "{text}");
        }
    }
}
