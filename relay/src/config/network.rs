//! Which network to serve: a built-in one by its name, or a file that a host brings.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tabchain_shared::consensus::{Params, ParamsError};
use tabchain_shared::primitives::NetworkId;

/// The network of that name, or in that file.
pub fn load(name_or_file: &str) -> Result<Params> {
    if let Some(params) = Params::built_in().into_iter().find(|params| params.name == name_or_file) {
        return Ok(params);
    }
    let path = Path::new(name_or_file);
    if !path.exists() {
        let names = Params::built_in().map(|params| params.name).join(", ");
        bail!("--network {name_or_file}: there is no such file, and the built-in networks are {names}");
    }
    let text = fs::read_to_string(path).with_context(|| format!("reading the network file {name_or_file}"))?;
    parse(&text).with_context(|| format!("the network file {name_or_file}"))
}

/// The built-in network with that id.
pub fn by_id(id: NetworkId) -> Option<Params> {
    Params::built_in().into_iter().find(|params| params.network_id() == id)
}

/// A network's name as a part of the names of files.
pub fn file_name(params: &Params) -> String {
    params.name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-").to_ascii_lowercase()
}

fn parse(text: &str) -> Result<Params> {
    let params: Params = toml::from_str(text)?;
    if let Err(error) = params.check() {
        match line_of(text, &error) {
            Some(line) => bail!("line {line}: {error}"),
            None => bail!("{error}"),
        }
    }
    Ok(params)
}

/// Errors begin with the name of the parameter that is wrong, so its line can be shown.
fn line_of(text: &str, error: &ParamsError) -> Option<usize> {
    let message = error.to_string();
    let name = message.split([':', ' ']).next()?;
    let position = text
        .lines()
        .position(|line| line.trim_start().strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')));
    position.map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network file as a host would write it.
    const FILE: &str = r#"
name = "monday"
algorithm = "sha256d"
spacing = 5
half_life = 60
limit = "207fffff"
start_bits = "1f00ffff"
subsidy = 10
halving_interval = 1000
max_block_bytes = 100000
max_future_seconds = 60
genesis_time = 1767225600
genesis_message = "Monday's class"
"#;

    #[test]
    fn a_host_may_bring_a_network() {
        let params = parse(FILE).unwrap();
        assert_eq!((params.name.as_str(), params.spacing), ("monday", 5));
        for built_in in Params::built_in() {
            assert_eq!(load(&built_in.name).unwrap(), built_in);
            assert_eq!(by_id(built_in.network_id()), Some(built_in));
        }
        assert_eq!(by_id(params.network_id()), None);
        assert_eq!(file_name(&Params { name: "../Monday 8:00".into(), ..params }), "---monday-8-00");
    }

    #[test]
    fn a_mistake_is_shown_with_its_line() {
        for (right, wrong, words) in [
            ("spacing = 5", "spacing = 0", "line 4: spacing"),
            ("start_bits = \"1f00ffff\"", "start_bits = \"2100ffff\"", "line 7: start_bits"),
            ("subsidy = 10", "subsidy = 1000000", "line 8: subsidy"),
            ("spacing = 5", "spacing = \"five\"", "line 4"),
            ("spacing = 5", "spaces = 5", "line 4"),
            ("spacing = 5\n", "", "missing field `spacing`"),
            ("\"sha256d\"", "\"md5\"", "line 3"),
            ("\"sha256d\"", "\"md5\"", "it has sha256d, scrypt, argon2id and blake3"),
            ("\"sha256d\"", "\"oracle\"", "line 3: algorithm"),
        ] {
            let error = format!("{:#}", parse(&FILE.replace(right, wrong)).unwrap_err());
            assert!(error.contains(words), "{error:?} should contain {words:?}");
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = load("no-such-network").unwrap_err().to_string();
        assert!(error.contains("classroom, scrypt, argon2id, blake3, regtest"), "{error}");
    }
}
