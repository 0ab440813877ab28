//! What can become a function: the operators from somewhere in an arm to its end.

use std::collections::BTreeSet;

use wasmparser::{Operator, ValType};

use super::liveness::{Liveness, Locals};
use super::reading::{Code, Place};

pub struct Region {
    pub start: usize,
    /// Of the arm: its `else` or `end`, which stays.
    pub end: usize,
    /// The locals that it is given, and those that it gives back.
    pub given: Vec<u32>,
    pub given_back: Vec<u32>,
    /// The locals that it knows besides those it is given.
    pub own: Vec<u32>,
    /// Where it goes on; nowhere if it always traps. With several, it gives back the number of one.
    pub exits: Vec<Exit>,
    /// The operands that those of its exits bring which bring any; they bring the same.
    pub operands: Vec<ValType>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exit {
    pub way: Way,
    pub has_operands: bool,
}

/// Parameters of a function, and results, that browsers take (the limits of WebAssembly's JavaScript interface).
const MOST_VALUES: usize = 1_000;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Behind the arm.
    On,
    /// To a label, counted from the arm. The function's own is its return.
    To(u32),
}

/// The regions of a function that consist of cold blocks; of such that lie in each other, the outermost that is worth it.
pub fn find(code: &Code<'_>, worth: i64, is_cold: impl Fn(u32) -> bool) -> Vec<Region> {
    let mut seen = BTreeSet::new();
    let begins =
        |(_, place): &(usize, &Place)| place.operands == Some(0) && is_cold(place.block) && seen.insert(place.arm);
    let starts: Vec<usize> = code.places.iter().enumerate().filter(begins).map(|(start, _)| start).collect();
    let liveness = Liveness::of(code, &starts);
    let mut regions: Vec<Region> = Vec::new();
    for (start, live) in starts.into_iter().zip(&liveness.before) {
        if regions.last().is_none_or(|region| region.end <= start) {
            regions.extend(Region::at(code, start, live, &liveness).filter(|region| region.spares(code) >= worth));
        }
    }
    regions
}

impl Region {
    /// None where it cannot be called in a few words.
    fn at(code: &Code<'_>, start: usize, live: &Locals, liveness: &Liveness) -> Option<Self> {
        let arm = code.places[start].arm;
        let end = code.arms[arm].end;
        let mut touched = BTreeSet::new();
        let mut written = BTreeSet::new();
        let mut ways = BTreeSet::new();
        if code.places[end].operands.is_some() {
            ways.insert(Way::On);
        }
        for (operator, place) in code.operators[start..end].iter().zip(&code.places[start..end]) {
            match operator {
                Operator::LocalGet { local_index } => _ = touched.insert(*local_index),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                    touched.insert(*local_index);
                    written.insert(*local_index);
                }
                Operator::Return => _ = ways.insert(way_out(code, arm, 0)),
                _ => {}
            }
            for target in targets(operator) {
                let target = code.target(place.arm, target);
                ways.extend((target <= arm).then(|| way_out(code, arm, target)));
            }
        }
        let mut live_after = Locals::none(code.locals.len());
        let mut operands: &[ValType] = &[];
        let mut exits = Vec::new();
        for way in ways {
            let (live, brought) = match way {
                Way::On => (&liveness.behind[arm], &code.arms[arm].results),
                Way::To(depth) => {
                    let target = code.target(arm, depth);
                    (&liveness.at_label[target], &code.arms[target].label)
                }
            };
            live_after.add(live);
            if !brought.is_empty() && operands.is_empty() {
                operands = brought;
            } else if !brought.is_empty() && operands != brought {
                return None;
            }
            exits.push(Exit { way, has_operands: !brought.is_empty() });
        }
        // In the order of their types: so fewer functions have a type of their own.
        let by_type = |locals: BTreeSet<u32>| {
            let mut locals: Vec<u32> = locals.into_iter().collect();
            locals.sort_by_key(|local| code.locals[*local as usize]);
            locals
        };
        let (given, own) = touched.into_iter().partition(|local| live.contains(*local));
        let region = Self {
            start,
            end,
            given: by_type(given),
            given_back: by_type(written.into_iter().filter(|local| live_after.contains(*local)).collect()),
            own: by_type(own),
            exits,
            operands: operands.to_vec(),
        };
        (region.can_be_called() && region.can_be_told_apart()).then_some(region)
    }

    /// Whether browsers take a function with so many parameters and results.
    fn can_be_called(&self) -> bool {
        self.given.len() <= MOST_VALUES && self.operands.len() + 1 + self.given_back.len() <= MOST_VALUES
    }

    /// Whether one instruction of the caller can go to its exits.
    fn can_be_told_apart(&self) -> bool {
        let [first, others @ ..] = &self.exits[..] else { return true };
        let [second, more @ ..] = others else { return true };
        more.is_empty()
            || others.iter().all(|exit| exit.has_operands == second.has_operands)
                && match first.way {
                    Way::On => second.has_operands || !first.has_operands,
                    Way::To(_) => first.has_operands == second.has_operands,
                }
    }

    /// Whether one of its exits, the first, is the end of the arm.
    pub fn goes_on(&self) -> bool {
        self.exits.first().is_some_and(|exit| exit.way == Way::On)
    }

    /// How many bytes are fewer where it was; about.
    fn spares(&self, code: &Code<'_>) -> i64 {
        let locals = self.given.len() + self.given_back.len();
        let dispatch = match self.exits.len() {
            0 => 1,
            1 => 2,
            exits => 4 + exits,
        };
        let call = 6 + 2 * locals + dispatch;
        code.bytes(self.start, self.end).cast_signed() - i64::try_from(call).expect("not so many locals")
    }
}

/// The way from an arm to where the label of an arm around it leads.
fn way_out(code: &Code<'_>, arm: usize, target: usize) -> Way {
    if target == arm && !code.arms[arm].is_loop { Way::On } else { Way::To(code.depth(arm, target)) }
}

/// The labels that an operator branches to, counted from where it is.
fn targets(operator: &Operator<'_>) -> Vec<u32> {
    match operator {
        Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => vec![*relative_depth],
        Operator::BrTable { targets } => {
            let others = targets.targets().map(|target| target.expect("it was validated"));
            others.chain([targets.default()]).collect()
        }
        _ => Vec::new(),
    }
}
