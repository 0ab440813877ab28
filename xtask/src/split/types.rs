//! Types of functions, each with a number.

use std::collections::BTreeMap;

use wasmparser::FuncType;

use super::program;

pub struct Types {
    /// In the order of their numbers.
    all: Vec<FuncType>,
    /// Of several that are alike, the first.
    numbers: BTreeMap<FuncType, u32>,
    /// How many there were.
    known: usize,
}

impl Types {
    pub fn of(known: &[FuncType]) -> Self {
        let mut numbers = BTreeMap::new();
        for (ty, number) in known.iter().zip(0..) {
            numbers.entry(ty.clone()).or_insert(number);
        }
        Self { all: known.to_vec(), numbers, known: known.len() }
    }

    /// Of a type, which is a new one if there was none like it.
    pub fn number(&mut self, ty: FuncType) -> u32 {
        *self.numbers.entry(ty).or_insert_with_key(|ty| {
            self.all.push(ty.clone());
            program::count(&self.all) - 1
        })
    }

    /// The new ones.
    pub fn added(&self) -> &[FuncType] {
        &self.all[self.known..]
    }
}
