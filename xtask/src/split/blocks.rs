//! The blocks of a function: stretches of operators of which none branches, so that either all run or none. The first begins with the
//! function, and one more behind each operator after which it may go on or not. They are numbered from 0 in every function.

use anyhow::Result;
use wasmparser::{FunctionBody, Operator};

/// Whether a block begins behind this operator; not where the function ends.
pub fn ends_block(operator: &Operator<'_>) -> bool {
    use Operator::{BrIf, BrOnCast, BrOnCastFail, BrOnNonNull, BrOnNull, Else, End, If};
    matches!(
        operator,
        If { .. }
            | Else
            | End
            | BrIf { .. }
            | BrOnNull { .. }
            | BrOnNonNull { .. }
            | BrOnCast { .. }
            | BrOnCastFail { .. }
    )
}

/// How many blocks a function has.
pub fn count(body: &FunctionBody<'_>) -> Result<u32> {
    let mut blocks = 0;
    for operator in body.get_operators_reader()? {
        // The last operator is an end, and the first block has none before it.
        blocks += u32::from(ends_block(&operator?));
    }
    Ok(blocks)
}

/// The opcodes of a function, one after the other.
pub fn skeleton(body: &FunctionBody<'_>) -> Result<Vec<u8>> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut skeleton = Vec::new();
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (_, offset) = operators.read_with_offset()?;
        let opcode = &bytes[usize::try_from(offset - start)?..];
        // From 0xfb on, a second byte says which.
        skeleton.extend(&opcode[..if opcode[0] < 0xfb { 1 } else { 2 }]);
    }
    Ok(skeleton)
}
