//! Takes a program of the browser apart: a first part, which runs at once, and a rest, which is loaded behind it.
//!
//! Both have one memory, and one number for every table and global. Who calls a function that went to the rest has it loaded if it is
//! not here yet, then calls through a table, [`SLOTS`]. The rest imports from the first part all that it uses; as it is instantiated,
//! its functions fill the slots. So a function may be in either part, and what differs is when it is here. Of a function that runs, parts
//! that do not can go to the rest as well: they become functions first ([`outline`]).
//!
//! Binaryen's wasm-split does the same, by a profile that fits one build, and its npm package is without it; leptos's
//! `wasm_split` cuts at functions that are marked and asynchronous. Reading and writing wasm is the Bytecode Alliance's
//! `wasmparser` and `wasm-encoder`.

mod blocks;
mod first_part;
mod noting;
mod outline;
mod program;
mod renaming;
mod rest;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{ConstExpr, EntityType, ExportKind, GlobalType, RefType, TableType, ValType};
use wasmparser::Validator;

use first_part::FirstPart;
use program::Program;
pub use renaming::{names as names_at_the_border, rename};

/// What a program exports for its stubs to call: it returns when the rest is here.
const LOADER: &str = "load_rest";
/// The module of the rest's imports.
const FIRST_PART: &str = "first";
/// The first part's table of functions that are in the rest. `frontend/assets/rest.js` knows by it that there is a rest.
const SLOTS: &str = "~slots";
/// The first part's global that is not zero as soon as the slots are filled.
const IS_HERE: &str = "~is_here";

/// By how much code has to be longer than the call of it to go to the rest alone: less is not worth the stub.
const WORTH_BYTES: i64 = 12;

/// What [`take_apart`] makes of a program; without the names of its functions.
pub struct Parts {
    pub first: Vec<u8>,
    pub rest: Vec<u8>,
}

/// What becomes of a function.
pub enum Fate {
    /// It stays in the first part.
    Stays,
    /// It goes to the rest.
    Later,
    /// It stays without what it does in these of its blocks ([`blocks`]), which goes to the rest.
    LaterIn(BTreeSet<u32>),
}

/// Moves functions and blocks. There is a fate for each function that has a body, in their order.
pub fn take_apart(wasm: &[u8], fates: &[Fate]) -> Result<Parts> {
    let program = Program::read(wasm)?;
    ensure!(
        program.memories.len() == 1,
        "a program of the browser has one memory, and this has {}",
        program.memories.len()
    );
    let loader = program.loader.with_context(|| format!("the program exports no `{LOADER}`"))?;
    // A stub that the loader ran into would call the loader.
    let stays = program.reached_from(loader)?;
    let fate = |function: u32| {
        let fate = &fates[(function - program.imported_functions) as usize];
        if stays.contains(&function) { &Fate::Stays } else { fate }
    };
    let outlined = outline::outline(wasm, &program, WORTH_BYTES, |function, block| match fate(function) {
        Fate::LaterIn(blocks) => blocks.contains(&block),
        Fate::Stays | Fate::Later => false,
    })?;
    let whole_later =
        program.defined().map(|(function, _)| function).filter(|function| matches!(fate(*function), Fate::Later));
    let mut later: BTreeSet<u32> = whole_later.collect();
    let wasm = &outlined.wasm;
    let program = Program::read(wasm)?;
    later.extend(outlined.first..program::count(&program.functions));
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
    let first = FirstPart::of(&program, &later, &stubs, &border, loader)?.encode(wasm)?;
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
    /// How many functions of the rest the first part calls.
    slots: u32,
    /// The rest's number of a function of the first part.
    functions: BTreeMap<u32, u32>,
}

struct Crossing {
    name: String,
    kind: ExportKind,
    /// Of a function, the program's.
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
        Ok(Self { crossings, slots, functions: used_by_rest.iter().copied().zip(0..).collect() })
    }
}

/// `f`, then the number in base 36: the first part has a thousand of these.
pub fn short_name(mut number: u32) -> String {
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

/// The program, in which each block notes that it ran ([`noting`]).
pub fn note_what_runs(wasm: &[u8]) -> Result<Vec<u8>> {
    noting::encode(wasm)
}

/// What is known of a function that has a body.
pub struct Described {
    /// Its plain name, if it has one.
    pub name: Option<String>,
    /// Of each of its blocks ([`blocks`]) a mark; none where it would not be worth to have it come later.
    pub blocks: Vec<Option<String>>,
}

/// Of all functions of a program that have a body, in their order.
pub fn describe(wasm: &[u8]) -> Result<Vec<Described>> {
    let program = Program::read(wasm)?;
    let describe = |(function, body)| {
        let blocks = blocks::marks(body, WORTH_BYTES.unsigned_abs())?;
        Ok(Described { name: program.plain_name(function), blocks })
    };
    program.defined().map(describe).collect()
}

/// A global that is zero at first.
fn add_global(globals: &mut wasm_encoder::GlobalSection) {
    globals.global(IS_HERE_TYPE, &ConstExpr::i32_const(0));
}

type Encoded<T> = Result<T, reencode::Error<anyhow::Error>>;
