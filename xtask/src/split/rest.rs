//! The part that is loaded behind: the bodies of its functions, with the numbers that functions have here.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, ConstExpr, ElementSection, Elements, Function, FunctionSection, ImportSection, Instruction, Module,
    StartSection, TypeSection,
};

use super::program::{self, Program};
use super::{Border, Encoded, FIRST_PART};

pub fn encode(program: &Program<'_>, later: &BTreeSet<u32>, stubs: &[u32], border: &Border) -> Result<Vec<u8>> {
    let mut numbers = Numbers(border.functions.clone());
    let first_own = u32::try_from(border.functions.len())?;
    numbers.0.extend(later.iter().copied().zip(first_own..));

    let mut types = TypeSection::new();
    for ty in &program.types {
        types.ty().func_type(&numbers.func_type(ty.clone()).map_err(program::unreadable)?);
    }
    let start_type = program::count(&program.types);
    types.ty().function([], []);

    let mut imports = ImportSection::new();
    for crossing in &border.crossings {
        imports.import(FIRST_PART, &crossing.name, crossing.ty);
    }

    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for function in later {
        functions.function(program.functions[*function as usize]);
        numbers.parse_function_body(&mut code, program.body(*function)).map_err(program::unreadable)?;
    }
    // Last: a module's start follows the filling of its tables.
    functions.function(start_type);
    let mut start = Function::new([]);
    start
        .instruction(&Instruction::I32Const(1))
        .instruction(&Instruction::GlobalSet(program.is_here()))
        .instruction(&Instruction::End);
    code.function(&start);

    let mut elements = ElementSection::new();
    let slots: Vec<u32> = stubs.iter().map(|function| numbers.0[function]).collect();
    elements.active(Some(program.slots()), &ConstExpr::i32_const(0), Elements::Functions(slots.into()));

    let mut module = Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&functions)
        .section(&StartSection { function_index: first_own + u32::try_from(later.len())? })
        .section(&elements)
        .section(&code);
    Ok(module.finish())
}

/// The rest's numbers of the program's functions. Tables, globals and types have the program's.
struct Numbers(BTreeMap<u32, u32>);

impl Reencode for Numbers {
    type Error = anyhow::Error;

    fn function_index(&mut self, function: u32) -> Encoded<u32> {
        let missing = || reencode::Error::UserError(anyhow!("function {function} does not cross the border"));
        self.0.get(&function).copied().ok_or_else(missing)
    }
}
