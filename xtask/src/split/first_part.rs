//! The part that runs at once: the program, with stubs for what went to the rest. And the program that notes what runs.

use std::collections::BTreeSet;

use anyhow::Result;
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    BlockType, CodeSection, ExportKind, ExportSection, Function, GlobalSection, Instruction, Module, TableSection,
};
use wasmparser::{
    CustomSectionReader, ExportSectionReader, FunctionBody, GlobalSectionReader, Parser, TableSectionReader,
};

use super::program::{self, Program};
use super::{Border, Encoded, SLOTS, add_global, slots_type};

pub struct FirstPart<'p> {
    program: &'p Program<'p>,
    later: &'p BTreeSet<u32>,
    stubs: &'p [u32],
    border: &'p Border,
    loader: u32,
    /// The function whose body comes next.
    next: u32,
}

impl<'p> FirstPart<'p> {
    pub fn of(
        program: &'p Program<'p>,
        later: &'p BTreeSet<u32>,
        stubs: &'p [u32],
        border: &'p Border,
        loader: u32,
    ) -> Self {
        Self { program, later, stubs, border, loader, next: program.imported_functions }
    }

    pub fn encode(mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
        Ok(module.finish())
    }

    /// Has the rest loaded if it is not here, and calls the function in the slot with what it was given.
    fn stub(&self, function: u32, slot: usize) -> Function {
        let ty = self.program.functions[function as usize];
        let mut stub = Function::new([]);
        stub.instruction(&Instruction::GlobalGet(self.program.is_here()))
            .instruction(&Instruction::I32Eqz)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::Call(self.loader))
            .instruction(&Instruction::End);
        for parameter in 0..program::count(self.program.types[ty as usize].params()) {
            stub.instruction(&Instruction::LocalGet(parameter));
        }
        stub.instruction(&Instruction::I32Const(i32::try_from(slot).expect("fewer slots than functions")))
            .instruction(&Instruction::CallIndirect { type_index: ty, table_index: self.program.slots() })
            .instruction(&Instruction::End);
        stub
    }
}

impl Reencode for FirstPart<'_> {
    type Error = anyhow::Error;

    fn parse_table_section(&mut self, tables: &mut TableSection, section: TableSectionReader<'_>) -> Encoded<()> {
        utils::parse_table_section(self, tables, section)?;
        tables.table(slots_type(program::count(self.stubs)));
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
            exports.export(&crossing.name, crossing.kind, crossing.index);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Encoded<()> {
        let function = self.next;
        self.next += 1;
        if !self.later.contains(&function) {
            return utils::parse_function_body(self, code, body);
        }
        if let Ok(slot) = self.stubs.binary_search(&function) {
            code.function(&self.stub(function, slot));
        } else {
            // Only the rest calls it. It keeps its place, so that the others keep their numbers.
            let mut gone = Function::new([]);
            gone.instruction(&Instruction::Unreachable).instruction(&Instruction::End);
            code.function(&gone);
        }
        Ok(())
    }

    /// The names: nobody needs them any more.
    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Encoded<()> {
        Ok(())
    }
}

/// Of [`super::note_what_runs`].
pub struct Noting {
    /// The global of the first function.
    first: u32,
    functions: u32,
    /// The functions whose bodies were written.
    written: u32,
}

impl Noting {
    pub fn of(program: &Program<'_>) -> Result<Self> {
        Ok(Self {
            first: program::count(&program.globals),
            functions: u32::try_from(program.bodies.len())?,
            written: 0,
        })
    }
}

impl Reencode for Noting {
    type Error = anyhow::Error;

    fn parse_global_section(&mut self, globals: &mut GlobalSection, section: GlobalSectionReader<'_>) -> Encoded<()> {
        utils::parse_global_section(self, globals, section)?;
        for _ in 0..self.functions {
            add_global(globals);
        }
        Ok(())
    }

    fn parse_export_section(&mut self, exports: &mut ExportSection, section: ExportSectionReader<'_>) -> Encoded<()> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(SLOTS, ExportKind::Memory, 0);
        for function in 0..self.functions {
            exports.export(&format!("~{function}"), ExportKind::Global, self.first + function);
        }
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Encoded<()> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function.instruction(&Instruction::I32Const(1)).instruction(&Instruction::GlobalSet(self.first + self.written));
        self.written += 1;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            function.instruction(&self.parse_instruction(&mut operators)?);
        }
        code.function(&function);
        Ok(())
    }
}
