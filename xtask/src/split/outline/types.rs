//! The types of a program, and those that are new.

use wasmparser::FuncType;

pub struct Types {
    all: Vec<FuncType>,
    /// How many the program has.
    known: usize,
}

impl Types {
    pub fn of(program: &[FuncType]) -> Self {
        Self { all: program.to_vec(), known: program.len() }
    }

    pub fn number(&mut self, ty: FuncType) -> u32 {
        let number = self.all.iter().position(|known| *known == ty).unwrap_or_else(|| {
            self.all.push(ty);
            self.all.len() - 1
        });
        u32::try_from(number).expect("WebAssembly counts with 32 bits")
    }

    pub fn added(&self) -> &[FuncType] {
        &self.all[self.known..]
    }
}
