//! The list of what can come later: whole functions by their names, and blocks of functions.
//!
//! A line stands for a function and begins with its mark, which is short because names, with all their types, are a megabyte. If that is
//! all, the whole function can come later. Else numbers of its blocks follow, `3` or `5-8`, and the mark is of its code as well: when that has
//! changed, nobody knows any more what the numbers stood for, and the function stays whole.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::split::{Described, Fate};

/// In bytes: that two of ten thousand are alike is a matter of one to 10^11.
const MARK_LENGTH: usize = 8;

type Mark = String;

#[derive(Default, PartialEq, Debug)]
pub struct Later {
    functions: BTreeSet<Mark>,
    blocks: BTreeMap<Mark, BTreeSet<u32>>,
}

impl Later {
    /// What did not run. `ran` has the numbers of blocks, counted through all functions. Of several that have one mark, all count.
    pub fn of(functions: &[Described], ran: &BTreeSet<u32>) -> Self {
        let mut later = Self::default();
        let mut needed = BTreeSet::new();
        let mut needed_blocks: BTreeMap<Mark, BTreeSet<u32>> = BTreeMap::new();
        let mut first = 0;
        for function in functions {
            let blocks = (0..function.blocks).filter(|block| ran.contains(&(first + block)));
            needed_blocks.entry(mark_of_code(function)).or_default().extend(blocks);
            if ran.contains(&first) {
                needed.extend(function.name.as_deref());
            }
            first += function.blocks;
        }
        for function in functions {
            match function.name.as_deref() {
                Some(name) if !needed.contains(name) => _ = later.functions.insert(mark(name)),
                _ => {
                    let mark = mark_of_code(function);
                    let needed = &needed_blocks[&mark];
                    let blocks: BTreeSet<u32> = (0..function.blocks).filter(|block| !needed.contains(block)).collect();
                    if !blocks.is_empty() {
                        later.blocks.insert(mark, blocks);
                    }
                }
            }
        }
        later
    }

    pub fn read(text: &str) -> Result<Self> {
        let mut later = Self::default();
        for line in text.lines() {
            let (mark, blocks) = line.split_once(' ').unwrap_or((line, ""));
            if blocks.is_empty() {
                later.functions.insert(mark.to_owned());
                continue;
            }
            let blocks: Result<Vec<_>, std::num::ParseIntError> = (blocks.split(' '))
                .map(|range| {
                    let (first, last) = range.split_once('-').unwrap_or((range, range));
                    Ok(first.parse()?..=last.parse()?)
                })
                .collect();
            let blocks = blocks.with_context(|| format!("the line {line:?} has something else than numbers"))?;
            later.blocks.insert(mark.to_owned(), blocks.into_iter().flatten().collect());
        }
        Ok(later)
    }

    pub fn write(&self) -> String {
        let blocks = self.blocks.iter().map(|(mark, blocks)| format!("{mark}{}", ranges(blocks)));
        let lines: BTreeSet<String> = self.functions.iter().cloned().chain(blocks).collect();
        lines.into_iter().collect::<Vec<_>>().join("\n") + "\n"
    }

    /// What becomes of a program's functions; and how many lines stand for nothing in it.
    pub fn fates(&self, functions: &[Described]) -> (Vec<Fate>, usize) {
        let mut used = BTreeSet::new();
        let fates = functions.iter().map(|function| {
            if let Some(mark) = function.name.as_deref().and_then(|name| self.functions.get(&mark(name))) {
                used.insert(mark);
                return Fate::Later;
            }
            let Some((mark, blocks)) = self.blocks.get_key_value(&mark_of_code(function)) else { return Fate::Stays };
            used.insert(mark);
            Fate::LaterIn(blocks.clone())
        });
        let fates = fates.collect();
        (fates, self.lines() - used.len())
    }

    pub fn lines(&self) -> usize {
        self.functions.len() + self.blocks.len()
    }

    /// How many functions can come later, and how many blocks of others.
    pub fn counts(&self) -> (usize, usize) {
        (self.functions.len(), self.blocks.values().map(BTreeSet::len).sum())
    }
}

/// ` 3 5-8`.
fn ranges(numbers: &BTreeSet<u32>) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let text = |(first, last)| if first == last { format!(" {first}") } else { format!(" {first}-{last}") };
    ranges.into_iter().map(text).collect()
}

fn mark(name: &str) -> Mark {
    hex::encode(&Sha256::digest(name)[..MARK_LENGTH])
}

fn mark_of_code(function: &Described) -> Mark {
    let mut content = Sha256::new();
    let name = function.name.as_deref().unwrap_or_default();
    for part in [name.as_bytes(), &function.skeleton] {
        content.update(part.len().to_be_bytes());
        content.update(part);
    }
    hex::encode(&content.finalize()[..MARK_LENGTH])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: Option<&str>, skeleton: &[u8], blocks: u32) -> Described {
        Described { name: name.map(str::to_owned), skeleton: skeleton.to_vec(), blocks }
    }

    #[test]
    fn what_did_not_run_can_come_later_and_the_list_is_read_as_it_was_written() {
        let functions = [
            function(Some("runs in part"), &[1, 2], 9),
            function(Some("does not run"), &[1, 2], 3),
            function(None, &[1, 2], 2),
            function(Some("runs"), &[1], 1),
        ];
        let later = Later::of(&functions, &BTreeSet::from([0, 1, 2, 4, 14]));
        let text = later.write();
        assert_eq!(Later::read(&text).unwrap(), later);
        assert!(text.contains(&format!("{} 3 5-8\n", mark_of_code(&functions[0]))), "{text}");
        assert!(text.contains(&format!("{}\n", mark("does not run"))), "{text}");
        let (fates, unknown) = later.fates(&functions);
        assert!(matches!(&fates[0], Fate::LaterIn(blocks) if *blocks == BTreeSet::from([3, 5, 6, 7, 8])));
        assert!(matches!(fates[1], Fate::Later));
        assert!(
            matches!(&fates[2], Fate::LaterIn(blocks) if blocks.len() == 2),
            "it has no name, and is told by its code"
        );
        assert!(matches!(fates[3], Fate::Stays));
        assert_eq!(unknown, 0);
        assert!(Later::read("0123456789abcdef 3 x\n").is_err());
    }

    #[test]
    fn of_functions_with_one_mark_what_any_needs_stays() {
        let functions =
            [function(Some("twice"), &[1], 3), function(Some("twice"), &[1], 3), function(Some("twice"), &[2], 1)];
        let later = Later::of(&functions, &BTreeSet::from([0, 4]));
        let (fates, _) = later.fates(&functions);
        for fate in &fates[..2] {
            assert!(matches!(fate, Fate::LaterIn(blocks) if *blocks == BTreeSet::from([2])));
        }
        assert!(matches!(&fates[2], Fate::LaterIn(blocks) if *blocks == BTreeSet::from([0])), "nobody called this one");
    }

    #[test]
    fn a_function_that_has_changed_stays_whole() {
        let later = Later::of(&[function(Some("f"), &[1], 2)], &BTreeSet::from([0]));
        let (fates, unknown) = later.fates(&[function(Some("f"), &[1, 1], 2)]);
        assert!(matches!(fates[..], [Fate::Stays]));
        assert_eq!(unknown, 1);
    }
}
