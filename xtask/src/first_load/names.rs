//! Short names for what the program and the script that wasm-bindgen wrote for it call each other by. wasm-bindgen puts a hash into
//! each, four hundred times, and noise is what nothing makes smaller: with the names, both are two hundredths longer.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::split;

/// The module of what the script gives.
const SCRIPT: &str = "./app_bg.js";
/// What the names of functions that only the script calls begin with: they are symbols of Rust.
const SYMBOL: &str = "_R";

/// The program and the script, under short names.
pub fn shorten(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = BTreeMap::new();
    for name in split::names_at_the_border(program, |module| module == SCRIPT, |export| export.starts_with(SYMBOL))? {
        let short = split::short_name(u32::try_from(names.len())?);
        names.insert(name, short);
    }
    Ok((split::rename(program, &names)?, rename(script, &names)))
}

/// The script, where each of the names is a word.
fn rename(script: &str, names: &BTreeMap<String, String>) -> String {
    let is_of_a_word = |character: char| character.is_ascii_alphanumeric() || ['_', '$'].contains(&character);
    // Each a word, which may be empty, and what is behind it.
    let words = script.split_inclusive(|character| !is_of_a_word(character));
    let renamed = words.map(|piece| {
        let word = piece.trim_end_matches(|character| !is_of_a_word(character));
        names.get(word).map_or_else(|| piece.to_owned(), |name| format!("{name}{}", &piece[word.len()..]))
    });
    renamed.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_and_script_agree_on_short_names() {
        let program = r#"(module
            (import "./app_bg.js" "__wbg_now_0123" (func $now))
            (import "./app_bg.js" "__wbg_now_01234" (func $again))
            (import "./snippets/rest.js" "load" (func $load))
            (func (export "_RNv_invoke") (call $now))
            (func (export "load_rest") (call $load)))"#;
        let script = "const imports = { __wbg_now_0123: function() {}, __wbg_now_01234: function() {} };
            wasm._RNv_invoke(); wasm.load_rest();";
        let (program, script) = shorten(&wat::parse_str(program).unwrap(), script).unwrap();
        let all = split::names_at_the_border(&program, |_| true, |_| true).unwrap();
        assert_eq!(all, ["f0", "f1", "load", "f2", "load_rest"]);
        let short = "const imports = { f0: function() {}, f1: function() {} };
            wasm.f2(); wasm.load_rest();";
        assert_eq!(script, short);
    }
}
