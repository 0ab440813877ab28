//! What a region becomes: a function, and the call of it.

use std::collections::BTreeMap;

use wasm_encoder::reencode::Reencode;
use wasm_encoder::{BlockType, Function, HeapType, Instruction};
use wasmparser::{FuncType, ValType};

use super::reading::Code;
use super::region::{Exit, Region, Way};
use crate::split::types::Types;
use crate::split::{Encoded, Same};

/// The type of a region's function: what it gives back are operands, the number of its exit, locals.
pub fn ty(code: &Code<'_>, region: &Region) -> FuncType {
    let of = |locals: &[u32]| locals.iter().map(|local| code.locals[*local as usize]).collect::<Vec<_>>();
    let number = (region.exits.len() > 1).then_some(ValType::I32);
    let results = region.operands.iter().copied().chain(number).chain(of(&region.given_back));
    FuncType::new(of(&region.given), results)
}

/// The function.
pub fn function(code: &Code<'_>, region: &Region, types: &mut Types) -> Encoded<Function> {
    let given_and_own = || region.given.iter().chain(&region.own);
    let numbers: BTreeMap<u32, u32> = given_and_own().copied().zip(0..).collect();
    let own = region.own.iter().map(|local| Ok((1, Same.val_type(code.locals[*local as usize])?)));
    let mut function = Function::new(own.collect::<Encoded<Vec<_>>>()?);
    for exit in region.exits.iter().rev() {
        function.instruction(&Instruction::Block(block_type(exit, region, types)?));
    }
    let mut depth: u32 = 0;
    for operator in &code.operators[region.start..region.end] {
        let instruction = match Same.instruction(operator.clone())? {
            Instruction::LocalGet(local) => Instruction::LocalGet(numbers[&local]),
            Instruction::LocalSet(local) => Instruction::LocalSet(numbers[&local]),
            Instruction::LocalTee(local) => Instruction::LocalTee(numbers[&local]),
            Instruction::Br(target) => Instruction::Br(inside(code, region, depth, target)),
            Instruction::BrIf(target) => Instruction::BrIf(inside(code, region, depth, target)),
            Instruction::BrTable(targets, default) => {
                let targets = targets.iter().map(|target| inside(code, region, depth, *target));
                Instruction::BrTable(targets.collect(), inside(code, region, depth, default))
            }
            Instruction::Return => {
                Instruction::Br(inside(code, region, depth, depth + code.depth(code.places[region.start].arm, 0)))
            }
            other => other,
        };
        match instruction {
            Instruction::Block(_) | Instruction::Loop(_) | Instruction::If(_) => depth += 1,
            Instruction::End => depth -= 1,
            _ => {}
        }
        function.instruction(&instruction);
    }
    if !region.goes_on() {
        // Where nothing comes to, there may still be code that leaves something on the stack.
        function.instruction(&Instruction::Unreachable);
    }
    for (number, exit) in (0..).zip(&region.exits) {
        function.instruction(&Instruction::End);
        if !exit.has_operands {
            for ty in &region.operands {
                function.instruction(&nothing(*ty));
            }
        }
        if region.exits.len() > 1 {
            function.instruction(&Instruction::I32Const(number));
        }
        for local in &region.given_back {
            function.instruction(&Instruction::LocalGet(numbers[local]));
        }
        function.instruction(&Instruction::Return);
    }
    function.instruction(&Instruction::End);
    Ok(function)
}

/// The call that takes its place, and the way on.
pub fn call(region: &Region, function: u32, types: &mut Types) -> Encoded<Vec<Instruction<'static>>> {
    let goes_on = region.goes_on();
    // One more label, for where it goes on.
    let needs_block = goes_on && region.exits.len() > 2;
    let label = |exit: &Exit| match exit.way {
        Way::On => 0,
        Way::To(depth) => depth + u32::from(needs_block),
    };
    let mut call = Vec::new();
    if needs_block {
        call.push(Instruction::Block(block_type(&region.exits[1], region, types)?));
    }
    call.extend(region.given.iter().map(|local| Instruction::LocalGet(*local)));
    call.push(Instruction::Call(function));
    call.extend(region.given_back.iter().rev().map(|local| Instruction::LocalSet(*local)));
    match &region.exits[..] {
        [] => call.push(Instruction::Unreachable),
        [_] if goes_on => {}
        [only] => call.push(Instruction::Br(label(only))),
        [_, other] if goes_on => call.push(Instruction::BrIf(label(other))),
        [one, other] => call.extend([Instruction::BrIf(label(other)), Instruction::Br(label(one))]),
        [exits @ .., last] => {
            call.push(Instruction::BrTable(exits.iter().map(label).collect(), label(last)));
        }
    }
    if needs_block {
        call.push(Instruction::End);
    }
    if goes_on && !region.exits[0].has_operands {
        // What another exit would have brought.
        call.extend(region.operands.iter().map(|_| Instruction::Drop));
    }
    Ok(call)
}

/// The label in the function, of what was a label in the region `depth` blocks deep.
fn inside(code: &Code<'_>, region: &Region, depth: u32, target: u32) -> u32 {
    if target < depth {
        return target;
    }
    let arm = code.places[region.start].arm;
    let way = match target - depth {
        0 if !code.arms[arm].is_loop => Way::On,
        out => Way::To(out),
    };
    let exit = region.exits.iter().position(|exit| exit.way == way).expect("all ways out were looked for");
    depth + u32::try_from(exit).expect("a function has not so many labels")
}

/// Of a block that has what an exit brings.
fn block_type(exit: &Exit, region: &Region, types: &mut Types) -> Encoded<BlockType> {
    Ok(match &region.operands[..] {
        _ if !exit.has_operands => BlockType::Empty,
        [one] => BlockType::Result(Same.val_type(*one)?),
        several => BlockType::FunctionType(types.number(FuncType::new([], several.iter().copied()))),
    })
}

/// A value that nobody looks at.
fn nothing(ty: ValType) -> Instruction<'static> {
    match ty {
        ValType::I32 => Instruction::I32Const(0),
        ValType::I64 => Instruction::I64Const(0),
        ValType::F32 => Instruction::F32Const(0.0.into()),
        ValType::F64 => Instruction::F64Const(0.0.into()),
        ValType::V128 => Instruction::V128Const(0),
        ValType::Ref(ty) if ty.is_func_ref() => Instruction::RefNull(HeapType::FUNC),
        ValType::Ref(_) => Instruction::RefNull(HeapType::EXTERN),
    }
}
