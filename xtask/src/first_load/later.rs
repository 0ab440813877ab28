//! The list of what can come later: whole functions, and code of others.
//!
//! A line stands for a function and begins with the mark of its name, which is short because names, with all their types, are a megabyte.
//! If that is all, the whole function can come later. Else marks of its blocks follow (`split::Described`). When some of a function is
//! changed, what is new stays in the first part, unless it looks
//! like what can come later, and of what is as it was the marks are the same.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use sha2::{Digest, Sha256};

use crate::split::{Described, Fate};

/// In bytes: that two of ten thousand are alike is a matter of one to 10^11.
const MARK_LENGTH: usize = 8;

type Mark = String;

/// Of each function's mark, the marks of its blocks; empty where all of it can come later.
#[derive(Default, PartialEq, Debug)]
pub struct Later(BTreeMap<Mark, BTreeSet<Mark>>);

/// What of a list stands for nothing in a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Stale {
    pub functions: usize,
    /// Functions and blocks that could have come later.
    pub marks: usize,
}

impl Later {
    /// What did not run. `ran` has the numbers of blocks, counted through all functions. Of several that have one mark, all count.
    pub fn of(functions: &[Described], ran: &BTreeSet<u32>) -> Self {
        // Of each name, whether a function ran, and the blocks that did and did not.
        let mut all: BTreeMap<&str, (bool, [BTreeSet<&Mark>; 2])> = BTreeMap::new();
        let mut number = 0;
        for function in functions {
            let (has_run, blocks) = all.entry(function.name.as_deref().unwrap_or_default()).or_default();
            *has_run |= ran.contains(&number);
            for block in &function.blocks {
                blocks[usize::from(ran.contains(&number))].extend(block);
                number += 1;
            }
        }
        let mut later = BTreeMap::new();
        for (name, (has_run, [cold, hot])) in all {
            let cold: BTreeSet<Mark> = cold.difference(&hot).map(|mark| (*mark).clone()).collect();
            // Functions without a name may be any.
            if !has_run && !name.is_empty() {
                later.insert(mark(name), BTreeSet::new());
            } else if !cold.is_empty() {
                later.insert(mark(name), cold);
            }
        }
        Self(later)
    }

    pub fn read(text: &str) -> Result<Self> {
        let mut later = BTreeMap::new();
        for line in text.lines() {
            let mut marks = line.split(' ').map(str::to_owned);
            let function = marks.next().unwrap_or_default();
            ensure!(function.len() == 2 * MARK_LENGTH, "the line {line:?} begins with no mark");
            later.insert(function, marks.collect());
        }
        Ok(Self(later))
    }

    pub fn write(&self) -> String {
        let line = |(function, blocks): (&Mark, &BTreeSet<Mark>)| {
            [function].into_iter().chain(blocks).map(String::as_str).collect::<Vec<_>>().join(" ") + "\n"
        };
        self.0.iter().map(line).collect()
    }

    /// What becomes of a program's functions; and what of the list stands for nothing in it.
    pub fn fates(&self, functions: &[Described]) -> (Vec<Fate>, Stale) {
        let (mut used, mut known) = (BTreeSet::new(), BTreeSet::new());
        let fates = functions.iter().map(|function| {
            let Some((function_mark, marks)) =
                self.0.get_key_value(&mark(function.name.as_deref().unwrap_or_default()))
            else {
                return Fate::Stays;
            };
            known.insert(function_mark);
            if marks.is_empty() {
                used.insert((function_mark, None));
                return Fate::Later;
            }
            let mut cold = BTreeSet::new();
            for (number, block) in (0..).zip(&function.blocks) {
                if let Some(mark) = block.as_ref().and_then(|block| marks.get(block)) {
                    used.insert((function_mark, Some(mark)));
                    cold.insert(number);
                }
            }
            Fate::LaterIn(cold)
        });
        let fates = fates.collect();
        (fates, Stale { functions: self.0.len() - known.len(), marks: self.marks() - used.len() })
    }

    /// Of how many functions it tells something.
    pub fn functions(&self) -> usize {
        self.0.len()
    }

    /// How many functions and blocks can come later.
    pub fn marks(&self) -> usize {
        self.0.values().map(|blocks| blocks.len().max(1)).sum()
    }
}

fn mark(name: &str) -> Mark {
    hex::encode(&Sha256::digest(name)[..MARK_LENGTH])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(name: &str, blocks: &[&str]) -> Described {
        let blocks = blocks.iter().map(|mark| (!mark.is_empty()).then(|| (*mark).to_owned()));
        Described { name: Some(name.to_owned()).filter(|name| !name.is_empty()), blocks: blocks.collect() }
    }

    /// The blocks that can come later; of a function that can as a whole, none is told.
    fn blocks(fate: &Fate) -> Option<Vec<u32>> {
        match fate {
            Fate::Stays => Some(Vec::new()),
            Fate::Later => None,
            Fate::LaterIn(blocks) => Some(blocks.iter().copied().collect()),
        }
    }

    #[test]
    fn what_did_not_run_can_come_later_and_the_list_is_read_as_it_was_written() {
        let functions = [
            function("runs in part", &["a", "b", "", "c", "b", "d"]),
            function("does not run", &["a", "b"]),
            function("", &["e"]),
            function("runs", &["a"]),
        ];
        // Of the first, the block that is like one that ran stays, and so does the one that is too short for a mark.
        let later = Later::of(&functions, &BTreeSet::from([0, 1, 9]));
        let text = later.write();
        assert_eq!(text.lines().count(), 3);
        assert!(text.contains(&format!("{} c d\n", mark("runs in part"))), "{text}");
        assert!(text.contains(&format!("{}\n", mark("does not run"))), "{text}");
        let later = Later::read(&text).unwrap();
        let (fates, stale) = later.fates(&functions);
        assert_eq!(fates.iter().map(blocks).collect::<Vec<_>>(), [Some(vec![3, 5]), None, Some(vec![0]), Some(vec![])]);
        assert_eq!((later.marks(), stale), (4, Stale { functions: 0, marks: 0 }));
        assert!(Later::read("0123 a\n").is_err());
    }

    #[test]
    fn of_functions_with_one_name_what_any_needs_stays() {
        let functions = [function("twice", &["a", "b", "c"]), function("twice", &["d", "b", "e"])];
        let (fates, _) = Later::of(&functions, &BTreeSet::from([0, 1])).fates(&functions);
        assert_eq!(fates.iter().map(blocks).collect::<Vec<_>>(), [Some(vec![2]), Some(vec![0, 2])]);
    }

    #[test]
    fn what_is_new_in_a_function_stays() {
        let later = Later::of(&[function("f", &["a", "b", "c"])], &BTreeSet::from([0]));
        let (fates, stale) = later.fates(&[function("f", &["a", "new", "c"])]);
        assert_eq!(fates.iter().map(blocks).collect::<Vec<_>>(), [Some(vec![2])]);
        assert_eq!(stale, Stale { functions: 0, marks: 1 });
        assert_eq!(later.fates(&[function("g", &["a"])]).1, Stale { functions: 1, marks: 2 });
    }
}
