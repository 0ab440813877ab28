//! Replays a target's corpus and mutations of it, the same ones each time.

use std::fs;
use std::path::{Path, PathBuf};

use tabchain_fuzz::mutation::{Random, mutant};
use tabchain_fuzz::{seeds, target};

/// Says which input it was when a target panics.
struct Report<'a> {
    target: &'a str,
    input: &'a [u8],
}

impl Drop for Report<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", self.target));
            let saved = fs::write(&path, self.input).is_ok();
            let place = if saved { path.display().to_string() } else { format!("{:02x?}", self.input) };
            eprintln!("the input that {} failed on: {place}", self.target);
        }
    }
}

/// All committed inputs, all seeds, and `mutants` mutations of both.
pub fn run(name: &str, mutants: usize) {
    let target = target(name).expect("such a target exists");
    let mut corpus = committed(name);
    assert!(!corpus.is_empty(), "the corpus of {name} is committed");
    corpus.extend(seeds::of(name));
    let run = |input: &[u8]| {
        let _report = Report { target: name, input };
        (target.run)(input);
    };
    for input in &corpus {
        run(input);
    }
    let mut random = Random::new(1);
    for _ in 0..mutants {
        run(&mutant(&corpus, target.max_len, &mut random));
    }
}

fn committed(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder is readable").path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("the file is readable")).collect()
}
