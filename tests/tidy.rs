//! What keeps the shared crate in shape and no compiler checks: the order of its layers, and what its sources never hold.

use std::fs;
use std::path::{Path, PathBuf};

/// The order of `shared/src/lib.rs`: each layer may use those before it. Exceptions are in [`allowed`].
const LAYERS: [&str; 9] = ["primitives", "pow", "consensus", "chain", "mempool", "mining", "wire", "node", "lab"];
const MAX_LINES: usize = 600;
/// Crates whose sources are kept in shape.
const CRATES: [&str; 5] = ["shared", "relay", "frontend", "tests", "xtask"];

struct Source {
    /// From the workspace's root on, with forward slashes.
    path: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}

/// Every Rust file below a folder of the workspace.
fn sources(folder: &str) -> Vec<Source> {
    let mut folders = vec![root().join(folder)];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("the folder is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The layer that a file of the shared crate belongs to; `None` for the map of them all.
fn layer(path: &str) -> Option<&str> {
    let inner = path.strip_prefix("shared/src/")?;
    let name = inner.split_once('/').map_or_else(|| inner.strip_suffix(".rs"), |(folder, _)| Some(folder))?;
    (name != "lib").then_some(name)
}

/// Whether a file may use `module`, a path below the crate such as `wire::message`.
fn allowed(path: &str, module: &str) -> bool {
    let own = layer(path).expect("only files of a layer ask");
    let used = module.split("::").next().expect("a path has a first part");
    if own == used {
        return true;
    }
    match path {
        // What the relay and a node say to each other speaks of the node's commands and of a network's parameters.
        "shared/src/wire/switchboard.rs" | "shared/src/wire/switchboard/reading.rs" => [
            "primitives",
            "consensus::Params",
            "mining::HashrateLimit",
            "mining::share",
            "node::io",
            "node::role",
            "node::snapshot",
        ]
        .iter()
        .any(|part| module.starts_with(part)),
        _ if own == "wire" => used == "primitives",
        _ => {
            let place = |name: &str| LAYERS.iter().position(|layer| *layer == name);
            place(used).is_some_and(|used| Some(used) < place(own))
        }
    }
}

/// The paths that a file uses below its own crate, those of unit tests left out: `crate::a::{b, c}` names `a::b` and
/// `a::c`.
fn used_modules(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests").next().expect("a split has a first part");
    let code: String =
        code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join(" ");
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut modules = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let (path, after) = rest.split_at(end);
        match after.strip_prefix('{') {
            Some(list) => modules.extend(names(list).iter().map(|name| format!("{path}{name}"))),
            None => modules.push(path.to_owned()),
        }
    }
    modules
}

/// What stands between commas up to the brace that closes a list; lists within it stay whole.
fn names(list: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0, 0);
    let mut names = Vec::new();
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                names.push(list[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[track_caller]
fn check_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// Lines of the sources that contain one of the words, as `path:line: word`.
fn lines_with(sources: &[Source], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            found.extend(
                words
                    .iter()
                    .filter(|word| line.contains(**word))
                    .map(|word| format!("{}:{}: {word}", source.path, number + 1)),
            );
        }
    }
    found
}

#[test]
fn layers_use_only_those_above_them() {
    let mut found = Vec::new();
    for source in sources("shared/src") {
        let Some(own) = layer(&source.path) else { continue };
        assert!(LAYERS.contains(&own), "{} belongs to no layer", source.path);
        let wrong = used_modules(&source.text).into_iter().filter(|module| !allowed(&source.path, module));
        found.extend(wrong.map(|module| format!("{} uses crate::{module}", source.path)));
    }
    check_none("a layer uses one below it", &found);
}

#[test]
fn imports_are_read_as_written() {
    let text = "
        use crate::primitives::{Block, BlockHash};
        use crate::{chain::{a, b}, node::io};
        // use crate::comment;
        fn f() -> crate::chain::TipChange { crate::pow::sha256d::x(1) }
        #[cfg(test)]\nmod tests { use crate::mining; }";
    let expected = [
        "primitives::Block",
        "primitives::BlockHash",
        "chain::{a, b}",
        "node::io",
        "chain::TipChange",
        "pow::sha256d::x",
    ];
    assert_eq!(used_modules(text), expected);
    assert!(allowed("shared/src/chain/ledger.rs", "consensus::Params"));
    assert!(!allowed("shared/src/chain/ledger.rs", "mempool::Mempool"));
    assert!(!allowed("shared/src/wire/message.rs", "consensus::Params"));
    assert!(allowed("shared/src/wire/switchboard.rs", "node::io::Time"));
    assert!(!allowed("shared/src/wire/switchboard.rs", "node::peers"));
    assert!(allowed("shared/src/lab/world.rs", "node::Node"));
    assert!(!allowed("shared/src/node/storage.rs", "lab::disk"));
}

/// The node is a value: it reads no clock, waits for nothing and shares nothing.
#[test]
fn the_shared_crate_has_no_clock_and_no_threads() {
    let words = ["std::time", "SystemTime", "Instant", "async ", "thread"];
    check_none("the same inputs must give the same outputs everywhere", &lines_with(&sources("shared/src"), &words));
}

#[test]
fn nothing_is_left_for_later() {
    // In pieces, so that this file may be read like the others.
    let words =
        ["TO".to_owned() + "DO", "FIX".to_owned() + "ME", "to".to_owned() + "do!", "unimple".to_owned() + "mented!"];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let sources: Vec<Source> = CRATES.iter().flat_map(|name| sources(name)).collect();
    check_none("do it, or leave it out", &lines_with(&sources, &words));
    let ignored = ["#[ig".to_owned() + "nore"];
    check_none("a test that nobody runs", &lines_with(&sources, &[&ignored[0]]));
}

#[test]
fn files_hold_one_idea() {
    let sources: Vec<Source> = CRATES.iter().flat_map(|name| sources(name)).collect();
    assert!(sources.len() > 30, "the sources were found");
    let file_name = |source: &Source| source.path.rsplit('/').next().expect("a path has a name").to_owned();
    let drawers =
        sources.iter().filter(|source| ["utils.rs", "util.rs", "mod.rs"].contains(&file_name(source).as_str()));
    check_none("name the concept", &drawers.map(|source| source.path.clone()).collect::<Vec<_>>());
    let is_source = |source: &&Source| source.path.contains("/src/");
    let long = sources.iter().filter(is_source).filter(|source| source.text.lines().count() > MAX_LINES);
    check_none("more than one idea", &long.map(|source| source.path.clone()).collect::<Vec<_>>());
}

/// The errors whose variants are rules, and where they are.
const RULES: [(&str, &str); 8] = [
    ("shared/src/primitives/encode.rs", "DecodeError"),
    ("shared/src/primitives/target.rs", "BitsError"),
    ("shared/src/consensus/header_rules.rs", "HeaderError"),
    ("shared/src/consensus/block_rules.rs", "BlockError"),
    ("shared/src/consensus/transaction_rules.rs", "TxError"),
    ("shared/src/consensus/params.rs", "ParamsError"),
    ("shared/src/chain.rs", "AcceptError"),
    ("shared/src/mempool.rs", "MempoolError"),
];

fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// The variants of an enum, each with the word before the colon of its text, if there is one.
fn variants(text: &str, name: &str) -> Vec<(String, Option<String>)> {
    let body = text.split(&format!("pub enum {name} {{\n")).nth(1).unwrap_or_else(|| panic!("no enum {name}"));
    let mut code = None;
    let mut variants = Vec::new();
    for line in body.lines().take_while(|line| *line != "}") {
        let Some(line) = line.strip_prefix("    ").filter(|line| !line.starts_with(' ')) else { continue };
        if let Some(text) = line.strip_prefix("#[error(\"") {
            let word = text.split_once(':').map(|(word, _)| word);
            let is_word = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || "-_0123456789".contains(c));
            code = word.filter(is_word).map(str::to_owned);
        } else if line.starts_with(char::is_uppercase) {
            let name = line.split(|c: char| !c.is_alphanumeric()).next().expect("a split has a first part");
            variants.push((name.to_owned(), code.take()));
        }
    }
    variants
}

/// What stands between backticks in a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// Rows of the tables of `docs/consensus.md`: three cells, the last one naming tests.
fn consensus_rows(document: &str) -> Vec<[String; 3]> {
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---"));
    let cells = |row: &str| -> [String; 3] {
        let cells: Vec<String> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("three cells a row, not {cells:?}"))
    };
    rows.map(cells).filter(|[_, _, tests]| tests != "tests").collect()
}

/// The comment above a test that a document names as `file::function`; `None` when there is no such test.
fn comment_of_test(name: &str) -> Option<String> {
    let (file, function) = name.split_once("::")?;
    let folder = if file.contains('/') { "" } else { "shared/tests/" };
    let text = read(&format!("{folder}{file}.rs"))?;
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let begins = |line: &&str| line.trim_start_matches("async ").starts_with(&format!("fn {function}("));
    let at = lines.iter().position(begins)?;
    let attribute = lines[at.checked_sub(1)?];
    if !attribute.starts_with("#[") || !attribute.contains("test") {
        return None;
    }
    let comment = lines[..at - 1].iter().rev().map_while(|line| line.strip_prefix("///"));
    Some(comment.collect::<Vec<_>>().into_iter().rev().collect())
}

/// Asked "what makes a block invalid?", one may also read `docs/consensus.md`.
#[test]
fn every_rule_is_documented_with_its_test() {
    let document = read("docs/consensus.md").expect("the document is there");
    let rows = consensus_rows(&document);
    let mut missing = Vec::new();
    for (path, name) in RULES {
        let variants = variants(&read(path).expect(path), name);
        assert!(variants.len() > 2, "{name} was read");
        for (variant, code) in variants {
            let error = format!("{name}::{variant}");
            let expected: Vec<&str> = [Some(error.as_str()), code.as_deref()].into_iter().flatten().collect();
            if !rows.iter().any(|[_, cell, _]| quoted(cell) == expected) {
                missing.push(expected.join(" "));
            }
        }
    }
    check_none("a rule is not in docs/consensus.md, or under another code", &missing);
    let mut untested = Vec::new();
    for [what, error, tests] in &rows {
        let tests = quoted(tests);
        if tests.is_empty() {
            untested.push(format!("{what}: no test"));
        }
        for test in tests {
            match comment_of_test(test) {
                None => untested.push(format!("{what}: no test {test}")),
                // Rows of the last table begin with a number, which the test's comment repeats.
                Some(comment) => {
                    let mut words = comment.split(|c: char| !c.is_alphanumeric());
                    if what.parse::<u32>().is_ok() && !(comment.contains("CASES") && words.any(|word| word == what)) {
                        untested.push(format!("{what}: the comment of {test} does not say so ({error})"));
                    }
                }
            }
        }
    }
    check_none("a row of docs/consensus.md", &untested);
}

#[test]
fn variants_and_rows_are_read_as_written() {
    let text = "pub enum E {\n    #[error(\"{0}\")]\n    A(#[from] F),\n    /// Why.\n    #[error(\"b-c: d\")]\n    B {\n        x: u8,\n    },\n    C,\n}\n";
    let expected = [("A", None), ("B", Some("b-c")), ("C", None)];
    assert_eq!(variants(text, "E"), expected.map(|(name, code)| (name.to_owned(), code.map(str::to_owned))));
    let table = "| rule | error | tests |\n| --- | --- | --- |\n| r | `E::B` `b-c` | `f::t` `g::u` |\ntext\n";
    let rows = consensus_rows(table);
    assert_eq!(rows.len(), 1);
    assert_eq!((quoted(&rows[0][1]), quoted(&rows[0][2])), (vec!["E::B", "b-c"], vec!["f::t", "g::u"]));
    assert_eq!(comment_of_test("tests/tidy::no_such_test"), None);
    assert_eq!(comment_of_test("tests/tidy::quoted"), None, "a function, and no test");
    let own = comment_of_test("tests/tidy::every_rule_is_documented_with_its_test").unwrap();
    assert!(own.contains("what makes a block invalid"));
}
