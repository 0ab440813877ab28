//! The program that notes what runs: each of its blocks writes to a byte of a memory that only they know.

use anyhow::Result;
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, Instruction, MemArg, MemArgTarget, MemorySection, MemoryType,
    Module,
};
use wasmparser::{ExportSectionReader, FunctionBody, MemorySectionReader, Parser};

use super::program::{self, Program};
use super::{Encoded, SLOTS, blocks};

/// The memory's name: its first byte is of the first block of the first function that has a body, and so on, and is 1 if that ran.
const RAN: &str = "~ran";
const PAGE_BYTES: u32 = 65_536;

/// The program, in which each block notes that it ran. It pretends to have a rest, so that what waits for one stays away.
pub fn encode(wasm: &[u8]) -> Result<Vec<u8>> {
    let program = Program::read(wasm)?;
    let mut blocks = 0;
    for (_, body) in program.defined() {
        blocks += blocks::count(body)?;
    }
    let mut noting = Noting { memory: program::count(&program.memories), blocks, begun: 0 };
    let mut module = Module::new();
    noting.parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
    Ok(module.finish())
}

struct Noting {
    memory: u32,
    blocks: u32,
    /// The blocks that were written, at least in part.
    begun: u32,
}

impl Noting {
    fn note(&mut self, function: &mut Function) {
        function.instruction(&Instruction::I32Const(0)).instruction(&Instruction::I32Const(1)).instruction(
            &Instruction::I32Store8(MemArg {
                offset: self.begun.into(),
                align: 0,
                target: MemArgTarget::Memory(self.memory),
                ordering: None,
            }),
        );
        self.begun += 1;
    }
}

impl Reencode for Noting {
    type Error = anyhow::Error;

    fn parse_memory_section(&mut self, memories: &mut MemorySection, section: MemorySectionReader<'_>) -> Encoded<()> {
        utils::parse_memory_section(self, memories, section)?;
        let pages = u64::from(self.blocks.div_ceil(PAGE_BYTES));
        memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        Ok(())
    }

    fn parse_export_section(&mut self, exports: &mut ExportSection, section: ExportSectionReader<'_>) -> Encoded<()> {
        utils::parse_export_section(self, exports, section)?;
        exports.export(SLOTS, ExportKind::Memory, 0);
        exports.export(RAN, ExportKind::Memory, self.memory);
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Encoded<()> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        self.note(&mut function);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let operator = operators.read()?;
            let ends_block = blocks::ends_block(&operator);
            function.instruction(&self.instruction(operator)?);
            if ends_block && !operators.eof() {
                self.note(&mut function);
            }
        }
        code.function(&function);
        Ok(())
    }
}
