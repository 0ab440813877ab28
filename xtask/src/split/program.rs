//! A module, as far as taking it apart needs it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow, bail, ensure};
use wasm_encoder::reencode;
use wasmparser::{
    ConstExpr, ElementItems, Export, ExternalKind, FuncType, FunctionBody, GlobalType, KnownCustom, MemoryType, Name,
    Operator, Parser, Payload, TableType, TypeRef, ValType,
};

use super::LOADER;

/// All numbers count what is imported first.
#[derive(Default)]
pub struct Program<'a> {
    pub types: Vec<FuncType>,
    /// The type of each function.
    pub functions: Vec<u32>,
    pub imported_functions: u32,
    pub bodies: Vec<FunctionBody<'a>>,
    pub tables: Vec<TableType>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<GlobalType>,
    /// The functions that are called from outside, or through a table.
    pub roots: BTreeSet<u32>,
    pub loader: Option<u32>,
    names: BTreeMap<u32, &'a str>,
}

impl<'a> Program<'a> {
    pub fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut program = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            program.read_section(payload?)?;
        }
        Ok(program)
    }

    fn read_section(&mut self, section: Payload<'a>) -> Result<()> {
        match section {
            Payload::TypeSection(types) => {
                self.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    match import?.ty {
                        TypeRef::Func(ty) => self.functions.push(ty),
                        TypeRef::Table(table) => self.tables.push(table),
                        TypeRef::Memory(memory) => self.memories.push(memory),
                        TypeRef::Global(global) => self.globals.push(global),
                        other => bail!("an import of a kind that is not expected: {other:?}"),
                    }
                }
                self.imported_functions = u32::try_from(self.functions.len())?;
            }
            Payload::FunctionSection(types) => {
                for ty in types {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    self.tables.push(table?.ty);
                }
            }
            Payload::MemorySection(memories) => {
                self.memories.extend(memories.into_iter().collect::<Result<Vec<_>, _>>()?);
            }
            Payload::GlobalSection(globals) => {
                for global in globals {
                    let global = global?;
                    self.globals.push(global.ty);
                    self.read_constant(&global.init_expr)?;
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    self.read_export(export?);
                }
            }
            Payload::StartSection { func, .. } => {
                self.roots.insert(func);
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    match element?.items {
                        ElementItems::Functions(functions) => {
                            self.roots.extend(functions.into_iter().collect::<Result<Vec<_>, _>>()?);
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                self.read_constant(&expression?)?;
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    for part in names {
                        if let Name::Function(functions) = part? {
                            for naming in functions {
                                let naming = naming?;
                                self.names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// It may be a function, which then anybody may call.
    fn read_constant(&mut self, constant: &ConstExpr<'_>) -> Result<()> {
        for operator in constant.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator? {
                self.roots.insert(function_index);
            }
        }
        Ok(())
    }

    fn read_export(&mut self, export: Export<'_>) {
        if export.kind == ExternalKind::Func {
            self.roots.insert(export.index);
            if export.name == LOADER {
                self.loader = Some(export.index);
            }
        }
    }

    /// The functions that have a body, and it.
    pub fn defined(&self) -> impl Iterator<Item = (u32, &FunctionBody<'a>)> {
        (self.imported_functions..).zip(&self.bodies)
    }

    pub fn body(&self, function: u32) -> FunctionBody<'a> {
        self.bodies[(function - self.imported_functions) as usize].clone()
    }

    /// A function, and all that is called because it is.
    pub fn reached_from(&self, function: u32) -> Result<BTreeSet<u32>> {
        let mut reached = BTreeSet::from([function]);
        let mut to_look_at = vec![function];
        while let Some(function) = to_look_at.pop() {
            if function >= self.imported_functions {
                let called = called(&self.body(function))?;
                to_look_at.extend(called.into_iter().filter(|called| reached.insert(*called)));
            }
        }
        Ok(reached)
    }

    /// Demangled, without what differs between two builds of one source: the hashes of crates and symbols, and wasm-bindgen's.
    pub fn plain_name(&self, function: u32) -> Option<String> {
        let name = self.names.get(&function)?;
        // wasm-bindgen puts words behind the symbol that it makes another of.
        let (symbol, words) = name.split_once(' ').unwrap_or((name, ""));
        let symbol = symbol.split(".llvm.").next().unwrap_or(symbol);
        let plain = format!("{:#}", rustc_demangle::demangle(symbol));
        let plain = match plain.rsplit_once('_') {
            Some((imported, hash)) if imported.contains("__wbg_") && is_hash(hash) => imported,
            _ => &plain,
        };
        Some(if words.is_empty() { plain.to_owned() } else { format!("{plain} {words}") })
    }

    /// The one global that a program changes: below where it points, its functions keep what has no room in locals.
    pub fn stack_pointer(&self) -> Result<Option<u32>> {
        let mut changing = (0..).zip(&self.globals).filter(|(_, global)| global.mutable);
        let stack_pointer = changing.next();
        ensure!(
            changing.next().is_none() && stack_pointer.is_none_or(|(_, global)| global.content_type == ValType::I32),
            "a program changes its stack pointer and no other global: which of this one's is that?"
        );
        Ok(stack_pointer.map(|(number, _)| number))
    }

    /// The number of the table that the first part and the rest have more than the program; and of the global.
    pub fn slots(&self) -> u32 {
        count(&self.tables)
    }

    pub fn is_here(&self) -> u32 {
        count(&self.globals)
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Of a section: WebAssembly counts with 32 bits.
pub fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("a module was read that has these")
}

/// The functions that one calls or takes the address of.
pub fn called(body: &FunctionBody<'_>) -> Result<BTreeSet<u32>> {
    let mut called = BTreeSet::new();
    for operator in body.get_operators_reader()? {
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator?
        {
            called.insert(function_index);
        }
    }
    Ok(called)
}

/// An error of writing again what was read.
pub fn unreadable(error: reencode::Error<anyhow::Error>) -> anyhow::Error {
    anyhow!("{error}")
}
