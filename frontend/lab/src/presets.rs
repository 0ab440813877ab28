//! The experiments in `docs/experiments`, which the command line runs as well.

use tabchain_shared::lab::experiment::Spec;

use crate::message::Preset;

const FILES: [(&str, &str); 12] = [
    ("double-spend", include_str!("../../../docs/experiments/double-spend.toml")),
    ("selfish", include_str!("../../../docs/experiments/selfish.toml")),
    ("selfish-links", include_str!("../../../docs/experiments/selfish-links.toml")),
    ("optimal", include_str!("../../../docs/experiments/optimal.toml")),
    ("stale-rate", include_str!("../../../docs/experiments/stale-rate.toml")),
    ("topology", include_str!("../../../docs/experiments/topology.toml")),
    ("propagation", include_str!("../../../docs/experiments/propagation.toml")),
    ("hashrate-step", include_str!("../../../docs/experiments/hashrate-step.toml")),
    ("partition", include_str!("../../../docs/experiments/partition.toml")),
    ("tournament", include_str!("../../../docs/experiments/tournament.toml")),
    ("censorship", include_str!("../../../docs/experiments/censorship.toml")),
    ("simblock", include_str!("../../../docs/experiments/simblock.toml")),
];

pub fn presets() -> Vec<Preset> {
    FILES.into_iter().map(|(name, text)| preset(name, text)).collect()
}

fn preset(name: &str, text: &str) -> Preset {
    let spec: Spec = toml::from_str(text).expect("a test reads every file that Tabchain brings along");
    let comment = text.lines().map_while(|line| line.strip_prefix("# "));
    Preset { name: name.to_owned(), purpose: comment.collect::<Vec<_>>().join(" "), spec }
}

/// A spec as a person writes it.
pub fn read(text: &str) -> Result<Spec, String> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| error.to_string())
    } else {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn every_preset_can_be_run_and_says_what_for() {
        for Preset { name, purpose, spec } in presets() {
            assert_eq!(spec.check(), Ok(()), "{name}");
            assert!(purpose.ends_with('.'), "{name}: {purpose}");
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(read(&json), Ok(spec), "{name}");
        }
    }

    #[wasm_bindgen_test]
    fn a_mistake_is_told_with_its_line() {
        let told = read("title = \"x\"\n[experiment.selfish]\nalphas = [0.3\n").unwrap_err();
        assert!(told.contains("line 3"), "{told}");
    }
}
