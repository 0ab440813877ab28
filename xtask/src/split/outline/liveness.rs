//! Which locals are still read: backwards through a function, until nothing changes any more.

use wasmparser::Operator;

use super::reading::Code;

/// Of one function.
pub struct Liveness {
    /// In the order of the arms: what is read after a branch to the label.
    pub at_label: Vec<Locals>,
    /// And behind the arm, which for a loop is another place.
    pub behind: Vec<Locals>,
    /// What is read from an operator on, in the order of those that were asked for.
    pub before: Vec<Locals>,
}

impl Liveness {
    /// `wanted` are operators, in their order.
    pub fn of(code: &Code<'_>, wanted: &[usize]) -> Self {
        let none = Locals::none(code.locals.len());
        let mut liveness = Self {
            at_label: vec![none.clone(); code.arms.len()],
            behind: vec![none.clone(); code.arms.len()],
            before: vec![none; wanted.len()],
        };
        while liveness.pass(code, wanted) {}
        liveness
    }

    /// Whether more is known of a loop now, which may change what is before it.
    fn pass(&mut self, code: &Code<'_>, wanted: &[usize]) -> bool {
        let mut is_news = false;
        let mut wanted = wanted.iter().enumerate().rev().peekable();
        let mut live = Locals::none(code.locals.len());
        // Of each `if` around, what is read from its other side on.
        let mut others = Vec::new();
        for (here, operator) in code.operators.iter().enumerate().rev() {
            let arm = code.places[here].arm;
            match operator {
                Operator::End => {
                    self.behind[arm].clone_from(&live);
                    if !code.arms[arm].is_loop {
                        self.at_label[arm].clone_from(&live);
                    }
                    others.push(live.clone());
                }
                Operator::Else => {
                    let behind = others.pop().expect("an end for every else");
                    self.behind[arm].clone_from(&behind);
                    self.at_label[arm].clone_from(&behind);
                    others.push(std::mem::replace(&mut live, behind));
                }
                Operator::If { .. } => live.add(&others.pop().expect("an end for every if")),
                Operator::Block { .. } => _ = others.pop(),
                Operator::Loop { .. } => {
                    others.pop();
                    let inside = code.places[here + 1].arm;
                    is_news |= self.at_label[inside] != live;
                    self.at_label[inside].clone_from(&live);
                }
                Operator::Br { relative_depth } => live.clone_from(&self.at_label[code.target(arm, *relative_depth)]),
                Operator::BrIf { relative_depth } => live.add(&self.at_label[code.target(arm, *relative_depth)]),
                Operator::BrTable { targets } => {
                    live.clone_from(&self.at_label[code.target(arm, targets.default())]);
                    for target in targets.targets() {
                        live.add(&self.at_label[code.target(arm, target.expect("it was validated"))]);
                    }
                }
                Operator::Return | Operator::Unreachable => live = Locals::none(code.locals.len()),
                Operator::LocalGet { local_index } => live.insert(*local_index),
                Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => live.remove(*local_index),
                _ => {}
            }
            if let Some((number, _)) = wanted.next_if(|(_, wanted)| **wanted == here) {
                self.before[number].clone_from(&live);
            }
        }
        is_news
    }
}

/// Some of a function's locals.
#[derive(Clone, PartialEq, Eq)]
pub struct Locals(Vec<u64>);

impl Locals {
    pub fn none(of: usize) -> Self {
        Self(vec![0; of.div_ceil(64)])
    }

    pub fn insert(&mut self, local: u32) {
        self.0[local as usize / 64] |= 1 << (local % 64);
    }

    fn remove(&mut self, local: u32) {
        self.0[local as usize / 64] &= !(1 << (local % 64));
    }

    pub fn contains(&self, local: u32) -> bool {
        self.0[local as usize / 64] & (1 << (local % 64)) != 0
    }

    pub fn add(&mut self, others: &Self) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word |= other;
        }
    }
}
