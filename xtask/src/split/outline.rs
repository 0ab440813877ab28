//! Makes functions of code that did not run, out of the middle of functions that did, so that it can go to the rest as they can.
//!
//! What a branch leads to is one arm of a block: once control has not come to some operator of it, it does not come to those behind either.
//! So the operators from there to the end of the arm are a *region*: it has one beginning, and its exits are the end and the labels around it.
//! It becomes a function, which gets the locals that it reads and gives back those that it writes and somebody reads afterwards.
//! What it does stays the same, whether it runs or not.

mod liveness;
mod reading;
mod region;
#[cfg(test)]
mod tests;
mod writing;

use anyhow::Result;
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{CodeSection, Function, FunctionSection, Module, TypeSection};
use wasmparser::{
    CodeSectionReader, FuncToValidate, FunctionBody, FunctionSectionReader, Parser, TypeSectionReader, ValidPayload,
    Validator, ValidatorResources, WasmFeatures,
};

use super::program::{self, Program};
use super::types::Types;
use super::{Encoded, Same};
use reading::Code;

/// A program, whose cold regions are functions of their own, behind all others.
pub struct Outlined {
    pub wasm: Vec<u8>,
    /// The number of the first of these functions.
    pub first: u32,
}

/// `is_cold` is asked for the block of a function, both by their numbers. Only what is by `worth` bytes longer than the call that takes its
/// place is outlined.
pub fn outline(wasm: &[u8], program: &Program<'_>, worth: i64, is_cold: impl Fn(u32, u32) -> bool) -> Result<Outlined> {
    let first = program::count(&program.functions);
    let mut outlining =
        Outlining { types: Types::of(&program.types), bodies: Vec::new(), first, functions: Vec::new() };
    for (function, (body, to_validate)) in (program.imported_functions..).zip(bodies(wasm)?) {
        let code = Code::read(&body, to_validate, &program.types)?;
        let regions = region::find(&code, worth, |block| is_cold(function, block));
        let body = outlining.take_out(&code, &body, &regions).map_err(program::unreadable)?;
        outlining.bodies.push(body);
    }
    let mut module = Module::new();
    outlining.parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
    Ok(Outlined { wasm: module.finish(), first })
}

/// All bodies, and what it takes to understand them. Exceptions and calls that are returns are ways out of a region which this does not
/// know, and a program that has any is refused.
fn bodies(wasm: &[u8]) -> Result<Vec<(FunctionBody<'_>, FuncToValidate<ValidatorResources>)>> {
    let mut validator = Validator::new_with_features(WasmFeatures::WASM2);
    let mut bodies = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let ValidPayload::Func(to_validate, body) = validator.payload(&payload?)? {
            bodies.push((body, to_validate));
        }
    }
    Ok(bodies)
}

struct Outlining {
    types: Types,
    /// Of the program's functions, without their regions.
    bodies: Vec<Function>,
    first: u32,
    /// Each with its type.
    functions: Vec<(u32, Function)>,
}

impl Outlining {
    /// The function without its regions, which become functions.
    fn take_out(&mut self, code: &Code<'_>, body: &FunctionBody<'_>, regions: &[region::Region]) -> Encoded<Function> {
        let mut function = Same.new_function_with_parsed_locals(body)?;
        let mut here = 0;
        for region in regions {
            for operator in &code.operators[here..region.start] {
                function.instruction(&Same.instruction(operator.clone())?);
            }
            let number = self.first + program::count(&self.functions);
            let ty = self.types.number(writing::ty(code, region));
            let outlined = writing::function(code, region, &mut self.types)?;
            self.functions.push((ty, outlined));
            for instruction in writing::call(region, number, &mut self.types)? {
                function.instruction(&instruction);
            }
            here = region.end;
        }
        for operator in &code.operators[here..] {
            function.instruction(&Same.instruction(operator.clone())?);
        }
        Ok(function)
    }
}

impl Reencode for Outlining {
    type Error = anyhow::Error;

    fn parse_type_section(&mut self, types: &mut TypeSection, section: TypeSectionReader<'_>) -> Encoded<()> {
        utils::parse_type_section(self, types, section)?;
        for ty in self.types.added() {
            types.ty().func_type(&Same.func_type(ty.clone())?);
        }
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Encoded<()> {
        utils::parse_function_section(self, functions, section)?;
        for (ty, _) in &self.functions {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: CodeSectionReader<'_>) -> Encoded<()> {
        for function in self.bodies.iter().chain(self.functions.iter().map(|(_, function)| function)) {
            code.function(function);
        }
        Ok(())
    }
}
