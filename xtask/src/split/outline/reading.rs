//! A function as outlining looks at it: its operators, and of each what is around it.

use anyhow::{Context, Result};
use wasmparser::{
    BinaryReader, BlockType, FuncToValidate, FuncType, FuncValidatorAllocations, FunctionBody, Operator, ValType,
    ValidatorResources,
};

use crate::split::blocks;

pub struct Code<'a> {
    pub operators: Vec<Operator<'a>>,
    /// Of each operator, and one more behind the last.
    offsets: Vec<u64>,
    pub places: Vec<Place>,
    /// The first is the whole function.
    pub arms: Vec<Arm>,
    /// With the parameters, which are the first.
    pub locals: Vec<ValType>,
}

/// What is true before an operator.
pub struct Place {
    /// Its block's number.
    pub block: u32,
    /// The innermost arm's number.
    pub arm: usize,
    /// How many values the arm has put on the stack; none where nothing can get to.
    pub operands: Option<usize>,
}

/// The inside of a `block`, a `loop` or one side of an `if`.
pub struct Arm {
    pub parent: Option<usize>,
    pub is_loop: bool,
    /// What a branch to its label brings.
    pub label: Vec<ValType>,
    /// What it leaves on the stack.
    pub results: Vec<ValType>,
    /// The operator that ends it, its `else` or its `end`.
    pub end: usize,
}

impl<'a> Code<'a> {
    pub fn read(
        body: &FunctionBody<'a>,
        to_validate: FuncToValidate<ValidatorResources>,
        types: &[FuncType],
    ) -> Result<Self> {
        let ty = &types[to_validate.ty as usize];
        let mut validator = to_validate.into_validator(FuncValidatorAllocations::default());
        let mut reader: BinaryReader<'_> = body.get_binary_reader();
        validator.read_locals(&mut reader)?;
        let locals = (0..validator.len_locals()).map(|local| validator.get_local_type(local));
        let locals = locals.collect::<Option<_>>().context("they were counted")?;
        let whole =
            Arm { parent: None, is_loop: false, label: ty.results().to_vec(), results: ty.results().to_vec(), end: 0 };
        let mut code =
            Self { operators: Vec::new(), offsets: Vec::new(), places: Vec::new(), arms: vec![whole], locals };
        let (mut block, mut arm) = (0, 0);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let (operator, offset) = operators.read_with_offset()?;
            let frame = validator.get_control_frame(0).context("a function ends with its last operator")?;
            let height = validator.operand_stack_height() as usize;
            let operands = (!frame.unreachable).then(|| height - frame.height);
            code.places.push(Place { block, arm, operands });
            validator.op(offset, &operator)?;
            let here = code.operators.len();
            match &operator {
                Operator::Block { blockty } | Operator::Loop { blockty } | Operator::If { blockty } => {
                    let is_loop = matches!(operator, Operator::Loop { .. });
                    let (parameters, results) = of_block(*blockty, types);
                    let label = if is_loop { parameters } else { results.clone() };
                    code.arms.push(Arm { parent: Some(arm), is_loop, label, results, end: 0 });
                    arm = code.arms.len() - 1;
                }
                Operator::Else => {
                    let then = &mut code.arms[arm];
                    then.end = here;
                    let other = Arm {
                        parent: then.parent,
                        is_loop: false,
                        label: then.label.clone(),
                        results: then.results.clone(),
                        end: 0,
                    };
                    code.arms.push(other);
                    arm = code.arms.len() - 1;
                }
                Operator::End => {
                    code.arms[arm].end = here;
                    arm = code.arms[arm].parent.unwrap_or_default();
                }
                _ => {}
            }
            block += u32::from(blocks::ends_block(&operator));
            code.operators.push(operator);
            code.offsets.push(offset);
        }
        code.offsets.push(operators.original_position());
        Ok(code)
    }

    /// How long operators are.
    pub fn bytes(&self, start: usize, end: usize) -> u64 {
        self.offsets[end] - self.offsets[start]
    }

    /// The number that the label of an arm around it has in an arm.
    pub fn depth(&self, mut arm: usize, around: usize) -> u32 {
        let mut depth = 0;
        while arm != around {
            arm = self.arms[arm].parent.expect("it is around it");
            depth += 1;
        }
        depth
    }

    /// The arm whose label has a number in an arm.
    pub fn target(&self, mut arm: usize, depth: u32) -> usize {
        for _ in 0..depth {
            arm = self.arms[arm].parent.expect("a valid label");
        }
        arm
    }
}

/// What a block takes from the stack, and leaves there.
fn of_block(ty: BlockType, types: &[FuncType]) -> (Vec<ValType>, Vec<ValType>) {
    match ty {
        BlockType::Empty => (Vec::new(), Vec::new()),
        BlockType::Type(ty) => (Vec::new(), vec![ty]),
        BlockType::FuncType(ty) => (types[ty as usize].params().to_vec(), types[ty as usize].results().to_vec()),
    }
}
