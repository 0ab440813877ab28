//! Takes a program of the browser apart: a first part, which runs at once, and a rest, which is loaded behind it.
//!
//! Both have one memory, and one number for every type, table and global. A function that went to the rest leaves a *stub* of its
//! type: it has the rest loaded if it is not here yet, then calls through a table, [`SLOTS`]. The rest imports from the first part
//! all that it uses; as it is instantiated, its functions fill the slots. So a function may be in either part, and what differs is
//! when it is here.
//!
//! Binaryen's wasm-split does the same, by a profile that fits one build, and its npm package is without it; leptos's
//! `wasm_split` cuts at functions that are marked and asynchronous. Reading and writing wasm is the Bytecode Alliance's
//! `wasmparser` and `wasm-encoder`.

mod first_part;
mod program;
mod rest;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ConstExpr, EntityType, ExportKind, GlobalType, Module, RefType, TableType, ValType};
use wasmparser::{Parser, Validator};

use first_part::FirstPart;
use program::Program;

/// What a program exports for its stubs to call: it returns when the rest is here.
const LOADER: &str = "load_rest";
/// The module of the rest's imports.
const FIRST_PART: &str = "first";
/// The first part's table of functions that are in the rest. `frontend/assets/rest.js` knows by it that there is a rest.
const SLOTS: &str = "~slots";
/// The first part's global that is not zero as soon as the slots are filled.
const IS_HERE: &str = "~is_here";

/// What [`take_apart`] makes of a program; without the names of its functions.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
}

/// Moves every function of whose plain name `is_later` says yes; where several have one name, all of them.
pub fn take_apart(wasm: &[u8], is_later: impl Fn(&str) -> bool) -> Result<Parts> {
    let program = Program::read(wasm)?;
    ensure!(
        program.memories.len() == 1,
        "a program of the browser has one memory, and this has {}",
        program.memories.len()
    );
    let loader = program.loader.with_context(|| format!("the program exports no `{LOADER}`"))?;
    // A stub that the loader ran into would call the loader.
    let stays = program.reached_from(loader)?;
    let later: BTreeSet<u32> = program
        .defined()
        .map(|(function, _)| function)
        .filter(|function| {
            !stays.contains(function) && program.plain_name(*function).is_some_and(|name| is_later(&name))
        })
        .collect();
    let mut reached_from_first = program.roots.clone();
    let mut used_by_rest = BTreeSet::new();
    for (function, body) in program.defined() {
        let called = program::called(body)?;
        if later.contains(&function) {
            used_by_rest.extend(called.difference(&later));
        } else {
            reached_from_first.extend(called);
        }
    }
    let stubs: Vec<u32> = later.intersection(&reached_from_first).copied().collect();
    let border = Border::of(&program, &used_by_rest, u32::try_from(stubs.len())?)?;
    let first = FirstPart::of(&program, &later, &stubs, &border, loader).encode(wasm)?;
    let rest = rest::encode(&program, &later, &stubs, &border)?;
    // What a toolchain may come to use and this does not know would be refused by browsers, and is by this.
    for (part, name) in [(&first, "first part"), (&rest, "rest")] {
        Validator::new().validate_all(part).with_context(|| format!("the {name} of the program is not valid"))?;
    }
    Ok(Parts { first, rest })
}

/// What the first part exports and the rest imports, both in this order.
struct Border {
    crossings: Vec<Crossing>,
    /// The rest's number of a function of the first part.
    functions: BTreeMap<u32, u32>,
}

struct Crossing {
    name: String,
    kind: ExportKind,
    /// In the first part.
    index: u32,
    ty: EntityType,
}

impl Border {
    fn of(program: &Program<'_>, used_by_rest: &BTreeSet<u32>, slots: u32) -> Result<Self> {
        let mut crossings = Vec::new();
        // The tilde keeps them apart from names in Rust.
        let mut cross =
            |name: String, kind, index, ty| crossings.push(Crossing { name: format!("~{name}"), kind, index, ty });
        for (number, function) in (0..).zip(used_by_rest) {
            let ty = EntityType::Function(program.functions[*function as usize]);
            cross(short_name(number), ExportKind::Func, *function, ty);
        }
        for (index, table) in (0..).zip(&program.tables) {
            let ty = EntityType::Table(Same.table_type(*table).map_err(program::unreadable)?);
            cross(format!("t{index}"), ExportKind::Table, index, ty);
        }
        for (index, memory) in (0..).zip(&program.memories) {
            let ty = EntityType::Memory(Same.memory_type(*memory).map_err(program::unreadable)?);
            cross(format!("m{index}"), ExportKind::Memory, index, ty);
        }
        for (index, global) in (0..).zip(&program.globals) {
            let ty = EntityType::Global(Same.global_type(*global).map_err(program::unreadable)?);
            cross(format!("g{index}"), ExportKind::Global, index, ty);
        }
        crossings.push(Crossing {
            name: SLOTS.to_owned(),
            kind: ExportKind::Table,
            index: program.slots(),
            ty: EntityType::Table(slots_type(slots)),
        });
        crossings.push(Crossing {
            name: IS_HERE.to_owned(),
            kind: ExportKind::Global,
            index: program.is_here(),
            ty: EntityType::Global(IS_HERE_TYPE),
        });
        Ok(Self { crossings, functions: used_by_rest.iter().copied().zip(0..).collect() })
    }
}

/// `f`, then the number in base 36: the first part has a thousand of these.
fn short_name(mut number: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit(number % 36, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().chain(['f']).rev().collect();
        }
    }
}

fn slots_type(slots: u32) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        minimum: slots.into(),
        maximum: Some(slots.into()),
        table64: false,
        shared: false,
    }
}

const IS_HERE_TYPE: GlobalType = GlobalType { val_type: ValType::I32, mutable: true, shared: false };

/// Writes what was read.
struct Same;

impl Reencode for Same {
    type Error = anyhow::Error;
}

/// The program, in which each function notes that it ran: `~0`, `~1` and so on, globals in the order of [`names`]. It pretends to
/// have a rest, so that what waits for one stays away.
pub fn note_what_runs(wasm: &[u8]) -> Result<Vec<u8>> {
    let program = Program::read(wasm)?;
    let mut noting = first_part::Noting::of(&program)?;
    let mut module = Module::new();
    noting.parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
    Ok(module.finish())
}

/// The plain names of a program's functions, in their order; empty where it has none.
pub fn names(wasm: &[u8]) -> Result<Vec<String>> {
    let program = Program::read(wasm)?;
    Ok(program.defined().map(|(function, _)| program.plain_name(function).unwrap_or_default()).collect())
}

/// A global that is zero at first.
fn add_global(globals: &mut wasm_encoder::GlobalSection) {
    globals.global(IS_HERE_TYPE, &ConstExpr::i32_const(0));
}

type Encoded<T> = Result<T, reencode::Error<anyhow::Error>>;
