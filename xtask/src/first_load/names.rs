//! Short names for what the program and the script that wasm-bindgen wrote for it call each other by. wasm-bindgen puts a hash into
//! each, four hundred times, and noise is what nothing makes smaller: with the names, both are two hundredths longer.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use crate::split;

/// The module of what the script gives.
const SCRIPT: &str = "./app_bg.js";
/// What the names of functions that only the script calls begin with: they are symbols of Rust.
const SYMBOL: &str = "_R";

/// The program and the script, under short names.
pub fn shorten(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let long = split::names_at_the_border(program, |module| module == SCRIPT, |export| export.starts_with(SYMBOL))?;
    let mut names = BTreeMap::new();
    for name in long {
        let short = split::short_name(u32::try_from(names.len())?);
        names.entry(name).or_insert(short);
    }
    // What the script calls otherwise than the program would be missed by browsers alone.
    let words: BTreeSet<&str> = script.split(|character| !is_of_a_word(character)).collect();
    let others = split::names_at_the_border(program, |module| module != SCRIPT, |_| false)?;
    for (name, short) in &names {
        ensure!(words.contains(name.as_str()), "the program's script does not say {name}");
        ensure!(!words.contains(short.as_str()), "the program's script says {short} already");
        ensure!(!others.contains(name), "another script than the program's gives {name} too");
    }
    ensure!(!names.is_empty(), "the program takes nothing from {SCRIPT}: what is its script called now?");
    Ok((split::rename(program, &names)?, rename(script, &names)))
}

fn is_of_a_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || ['_', '$'].contains(&character)
}

/// The script, where each of the names is a word.
fn rename(script: &str, names: &BTreeMap<String, String>) -> String {
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

    #[test]
    fn a_script_that_does_not_fit_is_refused() {
        let program = |imports: &str| wat::parse_str(format!("(module {imports})")).unwrap();
        let twice = program(
            r#"(import "./app_bg.js" "a" (func)) (import "./app_bg.js" "a" (func)) (import "./app_bg.js" "b" (func))"#,
        );
        let (_, script) = shorten(&twice, "({ a: 1, b: 2 })").unwrap();
        assert_eq!(script, "({ f0: 1, f1: 2 })");
        let one = program(r#"(import "./app_bg.js" "a" (func))"#);
        assert!(shorten(&one, "({ 'b': 1 })").is_err(), "it does not have it");
        assert!(shorten(&one, "let f0 = 5; ({ a: 1 })").is_err(), "it has the short one");
        let both = program(r#"(import "./app_bg.js" "a" (func)) (import "./snippets/rest.js" "a" (func))"#);
        assert!(shorten(&both, "({ a: 1 })").is_err(), "it would be renamed in one place");
        assert!(shorten(&program(""), "({})").is_err());
    }
}
