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
        "shared/src/wire/switchboard.rs" => ["primitives", "consensus::Params", "node::io", "node::snapshot"]
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
