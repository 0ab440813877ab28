//! The part that runs at once: the program without what went to the rest. Who called a function of the rest by its number calls through the
//! table instead; who has its address calls a stub, which does.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, Instruction, Module,
    TableSection, TypeSection,
};
use wasmparser::{
    CodeSectionReader, CustomSectionReader, ExportSectionReader, FuncType, FunctionSectionReader, GlobalSectionReader,
    Operator, Parser, TableSectionReader, TypeSectionReader,
};

use super::program::{self, Program};
use super::types::Types;
use super::{Border, Encoded, Same, add_global, slots_type};

/// Bytes below the stack pointer in which LLVM has a function keep what it likes, as long as it calls no other
/// (`WebAssemblyFrameLowering::RedZoneSize`).
const RED_ZONE: i32 = 128;

pub struct FirstPart<'p> {
    program: &'p Program<'p>,
    border: &'p Border,
    loader: u32,
    stack_pointer: Option<u32>,
    /// The functions that it has, in their order, behind those that are imported.
    functions: Vec<Own>,
    /// Its numbers of the program's functions.
    numbers: BTreeMap<u32, u32>,
    /// And of the function that returns when the rest is here.
    waits: u32,
    /// Of the functions of the rest that it calls.
    slots: BTreeMap<u32, i32>,
    /// The types that it has.
    types: Types,
}

/// A function of the first part.
enum Own {
    /// A function of the program.
    Whole(u32),
    /// The stub of one of the rest.
    Stub { function: u32, slot: i32 },
    /// Returns when the rest is here.
    Waits,
}

impl<'p> FirstPart<'p> {
    /// `stubs` are the functions that have slots, in their order.
    pub fn of(
        program: &'p Program<'p>,
        later: &BTreeSet<u32>,
        stubs: &[u32],
        border: &'p Border,
        loader: u32,
    ) -> Result<Self> {
        let slots: BTreeMap<u32, i32> = stubs.iter().copied().zip(0..).collect();
        let mut functions = Vec::new();
        let mut numbers: BTreeMap<u32, u32> =
            (0..program.imported_functions).map(|function| (function, function)).collect();
        let number = |functions: &[Own]| program.imported_functions + program::count(functions);
        for (function, _) in program.defined() {
            // Who has its address does not know that it is one of those that are called by a slot.
            let needs_stub = program.roots.contains(&function) && slots.contains_key(&function);
            if needs_stub || !later.contains(&function) {
                numbers.insert(function, number(&functions));
                let own = match slots.get(&function) {
                    Some(slot) => Own::Stub { function, slot: *slot },
                    None => Own::Whole(function),
                };
                functions.push(own);
            }
        }
        let waits = number(&functions);
        functions.push(Own::Waits);
        let types = Types::of(&[]);
        let stack_pointer = program.stack_pointer()?;
        Ok(Self { program, border, loader, stack_pointer, functions, numbers, waits, slots, types })
    }

    pub fn encode(mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        // The types are written before that which uses them: the first time only says which they are.
        self.write(wasm)?;
        self.write(wasm)
    }

    fn write(&mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
        Ok(module.finish())
    }

    /// The type of a function of its own.
    fn ty(&self, own: &Own) -> FuncType {
        let of = |function: u32| self.program.functions[function as usize];
        match own {
            Own::Whole(function) | Own::Stub { function, .. } => self.program.types[of(*function) as usize].clone(),
            Own::Waits => FuncType::new([], []),
        }
    }

    fn body(&mut self, own: usize) -> Encoded<Function> {
        let program = self.program;
        match self.functions[own] {
            Own::Whole(function) => self.whole(function),
            Own::Stub { function, slot } => {
                let ty = program.functions[function as usize];
                let mut stub = Function::new([]);
                for parameter in 0..program::count(program.types[ty as usize].params()) {
                    stub.instruction(&Instruction::LocalGet(parameter));
                }
                self.call(&mut stub, function, slot)?;
                stub.instruction(&Instruction::End);
                Ok(stub)
            }
            Own::Waits => {
                let mut waits = Function::new([]);
                waits
                    .instruction(&Instruction::GlobalGet(self.program.is_here()))
                    .instruction(&Instruction::I32Eqz)
                    .instruction(&Instruction::If(BlockType::Empty));
                self.move_stack_pointer(&mut waits, Instruction::I32Sub);
                waits.instruction(&Instruction::Call(self.function_index(self.loader)?));
                self.move_stack_pointer(&mut waits, Instruction::I32Add);
                waits.instruction(&Instruction::End).instruction(&Instruction::End);
                Ok(waits)
            }
        }
    }

    /// Past the red zone. A function that calls none keeps what it has there without moving the pointer, and a part of it that went to
    /// the rest has made it one that calls: the loader must not write there.
    fn move_stack_pointer(&self, function: &mut Function, direction: Instruction<'_>) {
        if let Some(stack_pointer) = self.stack_pointer {
            function
                .instruction(&Instruction::GlobalGet(stack_pointer))
                .instruction(&Instruction::I32Const(RED_ZONE))
                .instruction(&direction)
                .instruction(&Instruction::GlobalSet(stack_pointer));
        }
    }

    fn whole(&mut self, function: u32) -> Encoded<Function> {
        let body = self.program.body(function);
        let mut whole = self.new_function_with_parsed_locals(&body)?;
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            if let Operator::Call { function_index } = operator
                && !self.numbers.contains_key(&function_index)
                && let Some(slot) = self.slots.get(&function_index).copied()
            {
                self.call(&mut whole, function_index, slot)?;
            } else {
                whole.instruction(&self.instruction(operator)?);
            }
        }
        Ok(whole)
    }

    /// Waits for the rest and calls one of its functions with what is on the stack.
    fn call(&mut self, caller: &mut Function, function: u32, slot: i32) -> Encoded<()> {
        let type_index = self.type_index(self.program.functions[function as usize])?;
        caller
            .instruction(&Instruction::Call(self.waits))
            .instruction(&Instruction::I32Const(slot))
            .instruction(&Instruction::CallIndirect { type_index, table_index: self.program.slots() });
        Ok(())
    }
}

impl Reencode for FirstPart<'_> {
    type Error = anyhow::Error;

    fn function_index(&mut self, function: u32) -> Encoded<u32> {
        let missing = || reencode::Error::UserError(anyhow!("function {function} is not in the first part"));
        self.numbers.get(&function).copied().ok_or_else(missing)
    }

    fn type_index(&mut self, ty: u32) -> Encoded<u32> {
        Ok(self.types.number(self.program.types[ty as usize].clone()))
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, _: TypeSectionReader<'_>) -> Encoded<()> {
        for ty in self.types.added() {
            types.ty().func_type(&Same.func_type(ty.clone())?);
        }
        Ok(())
    }

    fn parse_function_section(&mut self, functions: &mut FunctionSection, _: FunctionSectionReader<'_>) -> Encoded<()> {
        for own in 0..self.functions.len() {
            let ty = self.ty(&self.functions[own]);
            functions.function(self.types.number(ty));
        }
        Ok(())
    }

    fn parse_table_section(&mut self, tables: &mut TableSection, section: TableSectionReader<'_>) -> Encoded<()> {
        utils::parse_table_section(self, tables, section)?;
        tables.table(slots_type(self.border.slots));
        Ok(())
    }

    fn parse_global_section(&mut self, globals: &mut GlobalSection, section: GlobalSectionReader<'_>) -> Encoded<()> {
        utils::parse_global_section(self, globals, section)?;
        add_global(globals);
        Ok(())
    }

    fn parse_export_section(&mut self, exports: &mut ExportSection, section: ExportSectionReader<'_>) -> Encoded<()> {
        utils::parse_export_section(self, exports, section)?;
        for crossing in &self.border.crossings {
            let index = match crossing.kind {
                ExportKind::Func => self.function_index(crossing.index)?,
                _ => crossing.index,
            };
            exports.export(&crossing.name, crossing.kind, index);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Encoded<()> {
        for own in 0..self.functions.len() {
            code.function(&self.body(own)?);
        }
        Ok(())
    }

    /// The names: nobody needs them any more.
    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Encoded<()> {
        Ok(())
    }
}
