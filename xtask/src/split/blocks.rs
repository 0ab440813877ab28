//! The blocks of a function: stretches of operators that run if the first of them does, or stop for good on the way. The first begins with
//! the function, and one more behind each operator after which it may go on or not. They are numbered from 0 in every function.

use anyhow::Result;
use sha2::{Digest, Sha256};
use wasmparser::{FunctionBody, Operator};

/// Of a block's code, in bytes: a function has at most some thousands.
const MARK_LENGTH: usize = 3;

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

/// Of each block, what tells it from others of its function, also when something else in the function has changed: a mark of the code from
/// there to the end of the `block`, `loop` or side of an `if` that it is in. None where that is shorter than `least` bytes.
pub fn marks(body: &FunctionBody<'_>, least: u64) -> Result<Vec<Option<String>>> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut code = Vec::new();
    // Where a block begins and the code around it ends: in `code`, and in the function.
    let mut blocks: Vec<[(usize, u64); 2]> = Vec::new();
    // The blocks of each of the arms around, of which the end has not come.
    let mut arms: Vec<Vec<usize>> = vec![Vec::new()];
    let mut operators = body.get_operators_reader()?;
    let mut begins = true;
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        if std::mem::take(&mut begins) {
            arms.last_mut().expect("the function has not ended").push(blocks.len());
            blocks.push([(code.len(), offset); 2]);
        }
        match operator {
            Operator::Else | Operator::End => {
                for block in arms.pop().expect("an end for every beginning") {
                    blocks[block][1] = (code.len(), offset);
                }
            }
            _ => {}
        }
        if matches!(operator, Operator::Else | Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. }) {
            arms.push(Vec::new());
        }
        begins = ends_block(&operator);
        let from = usize::try_from(offset - start)?;
        code.extend(lasting(&bytes[from..usize::try_from(operators.original_position() - start)?]));
    }
    let mark = |[(from, begin), (to, end)]: [(usize, u64); 2]| {
        (end - begin >= least).then(|| hex::encode(&Sha256::digest(&code[from..to])[..MARK_LENGTH]))
    };
    Ok(blocks.into_iter().map(mark).collect())
}

/// What stays of an operator when other code changes: not numbers of functions, types and locals, nor addresses.
fn lasting(operator: &[u8]) -> &[u8] {
    let lasts = match operator[0] {
        // Branches.
        0x0c | 0x0d => true,
        // Loads and stores, unless it is far from the address that they are given to where they go.
        0x28..=0x3e => operator.len() <= 4,
        // Small numbers. Larger ones may be addresses.
        0x41 | 0x42 => operator.len() <= 2,
        _ => false,
    };
    // From 0xfb on, a second byte says what it is.
    let opcode = if operator[0] < 0xfb { 1 } else { 2 };
    if lasts { operator } else { &operator[..opcode] }
}
