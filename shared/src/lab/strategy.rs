//! What a miner does with its blocks, as small rules over two branches: how many blocks its own has above the fork, how many the
//! public one has, and whether a match would count. Who carries a rule out (a simulated miner, a tab, a native node) only has
//! to count blocks and to publish.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::node::role::KnownTable;

/// Longest branches that a [`Table`] may speak of.
pub const MAX_LONGEST: usize = 100;

/// What a miner may do with its branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Give the own branch up, and mine on the public one.
    Adopt,
    /// Publish one block more than the public branch has, so that everybody follows.
    Override,
    /// Publish as many blocks as the public branch has, so that those follow who hear of them first.
    Match,
    /// Go on mining in private.
    Wait,
}

/// What a match is worth at the moment. The order is that of the letters in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fork {
    /// The last block was the miner's own: everybody has known the public branch for long.
    Irrelevant,
    /// The last block was another's, and is still on its way.
    Relevant,
    /// The own branch was published as a match, and neither has been outgrown.
    Active,
}

impl Fork {
    pub const ALL: [Self; 3] = [Self::Irrelevant, Self::Relevant, Self::Active];
}

/// What a withholding miner remembers of its race with the public branch, beside the length of the two.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    fork: Fork,
}

impl Default for Race {
    fn default() -> Self {
        Self { fork: Fork::Irrelevant }
    }
}

impl Race {
    /// The miner has found a block.
    pub fn found(&mut self) {
        if self.fork != Fork::Active {
            self.fork = Fork::Irrelevant;
        }
    }

    /// The public branch has another last block; `is_own`: of the miner's own branch.
    pub fn public_moved(&mut self, is_own: bool) {
        self.fork = if is_own { Fork::Irrelevant } else { Fork::Relevant };
    }

    /// What the strategy does with `own` blocks above the fork against `others` public ones. A match that it asks for is on then.
    pub fn decide(&mut self, strategy: &Strategy, own: usize, others: usize) -> Action {
        let action = strategy.action(own, others, self.fork);
        match action {
            Action::Match => self.fork = Fork::Active,
            Action::Adopt => self.fork = Fork::Irrelevant,
            Action::Override | Action::Wait => {}
        }
        action
    }

    /// The own branch was published as a match, and neither has been outgrown.
    pub fn is_matched(&self) -> bool {
        self.fork == Fork::Active
    }
}

/// How the blocks of one miner are treated by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Strategy {
    /// Publishes each block at once.
    Honest,
    /// Eyal & Sirer 2014, algorithm 1 ("SM1").
    Selfish,
    /// Any table of adopt, override, match and wait, as text or by the name of one that comes along.
    Table(Table),
    /// Pays with one branch, and mines another one in secret that takes the payment back.
    DoubleSpend {
        /// How many blocks the merchant waits for.
        confirmations: u32,
        /// Ends an attempt when the secret branch is so many blocks shorter.
        give_up: u32,
    },
    /// Mines on the best header, whether or not there is a valid block to it yet; such blocks are empty.
    HeadersOnly,
    /// Mines honestly, and passes on no block of the first miner, the `victim` of a tournament.
    Censor,
}

impl Strategy {
    /// What it does with `own` blocks of its own above the fork and `others` public ones. Strategies that keep nothing back wait.
    pub fn action(&self, own: usize, others: usize, fork: Fork) -> Action {
        match self {
            Self::Honest | Self::HeadersOnly | Self::Censor => Action::Wait,
            Self::Selfish => selfish(own, others, fork),
            Self::Table(table) => table.action(own, others, fork),
            Self::DoubleSpend { confirmations, give_up } => {
                double_spend(own, others, *confirmations as usize, *give_up as usize)
            }
        }
    }

    /// Whether it ever keeps a block back.
    pub fn withholds(&self) -> bool {
        matches!(self, Self::Selfish | Self::Table(_) | Self::DoubleSpend { .. })
    }
}

/// Algorithm 1 of Eyal & Sirer, read as a table: with a lead of two blocks or more each public block is met by one of the own, with
/// a lead of one everything is published, and whoever is behind gives up.
fn selfish(own: usize, others: usize, fork: Fork) -> Action {
    if others == 0 {
        Action::Wait
    } else if others > own {
        Action::Adopt
    } else if own == others + 1 {
        Action::Override
    } else if fork == Fork::Relevant {
        Action::Match
    } else {
        Action::Wait
    }
}

/// The first block is mined before the payment is made, as Rosenfeld has it; until there is one, every other block ends the attempt.
fn double_spend(own: usize, others: usize, confirmations: usize, give_up: usize) -> Action {
    if own == 0 && others > 0 || others >= own + give_up {
        Action::Adopt
    } else if others >= confirmations && own > others && own > 0 {
        Action::Override
    } else {
        Action::Wait
    }
}

/// An action for each state up to branches of a length; beyond it the miner overrides if it can, and adopts otherwise.
///
/// As text: a line for each number of own blocks from 0 up, in it a cell for each number of public ones from 0 up, in each cell
/// three letters, for a match that is irrelevant, relevant and active. The letters are `a`dopt, `o`verride, `m`atch, `w`ait, and
/// `*` for what cannot come about. What follows a `#` is a remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Table {
    longest: usize,
    actions: Vec<Action>,
}

/// What is wrong with a table's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("the table has no lines; each needs as many cells of three letters as there are lines")]
    Empty,
    #[error("the table has {0} lines, and branches of {MAX_LONGEST} blocks are the longest that it may speak of")]
    TooLong(usize),
    #[error("line {line}: {found} cells, not {expected}: a table has as many cells a line as it has lines")]
    Cells { line: usize, found: usize, expected: usize },
    #[error("line {line}, cell {cell}: write three of the letters a, o, m, w and *, not `{text}`")]
    Letters { line: usize, cell: usize, text: String },
    #[error("line {line}, cell {cell}: to override, the own branch must be longer")]
    Override { line: usize, cell: usize },
    #[error("line {line}, cell {cell}: a match needs an own branch as long as the public one, and a new public block")]
    Match { line: usize, cell: usize },
}

impl Table {
    /// One that comes along. The best answer to α = 0.35 and γ = 0 is that of `theory::optimal::solve(0.35, 0.0, 60)`, for branches of
    /// up to 60 blocks, and that to α = 0.4 and γ = 0.5 of `solve(0.4, 0.5, 30)`.
    pub fn known(table: KnownTable) -> Self {
        let text = match table {
            KnownTable::Optimal35And0 => include_str!("strategy/optimal_35_0.txt"),
            KnownTable::Optimal40And50 => include_str!("strategy/optimal_40_50.txt"),
        };
        text.parse().expect("a table of ours is sound")
    }

    /// The same for a miner that gives its branch up whenever that is the shorter one.
    #[must_use]
    pub fn without_trailing(&self) -> Self {
        Self::from_fn(
            self.longest,
            |own, others, fork| {
                if others > own { Action::Adopt } else { self.action(own, others, fork) }
            },
        )
    }

    pub fn from_fn(longest: usize, mut action: impl FnMut(usize, usize, Fork) -> Action) -> Self {
        let mut actions = Vec::new();
        for own in 0..=longest {
            for others in 0..=longest {
                actions.extend(Fork::ALL.map(|fork| action(own, others, fork)));
            }
        }
        Self { longest, actions }
    }

    pub fn longest(&self) -> usize {
        self.longest
    }

    pub fn action(&self, own: usize, others: usize, fork: Fork) -> Action {
        if own > self.longest || others > self.longest {
            return if own > others { Action::Override } else { Action::Adopt };
        }
        self.actions[(own * (self.longest + 1) + others) * 3 + fork as usize]
    }
}

impl std::str::FromStr for Table {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let without_remark = |line: &'_ str| line.split('#').next().unwrap_or_default().trim().to_owned();
        let lines: Vec<(usize, String)> =
            (1..).zip(text.lines().map(without_remark)).filter(|(_, line)| !line.is_empty()).collect();
        let size = lines.len();
        if size == 0 {
            return Err(TableError::Empty);
        }
        if size > MAX_LONGEST + 1 {
            return Err(TableError::TooLong(size));
        }
        let mut actions = Vec::with_capacity(size * size * 3);
        for (own, (line, text)) in lines.iter().enumerate() {
            let cells: Vec<&str> = text.split_whitespace().collect();
            if cells.len() != size {
                return Err(TableError::Cells { line: *line, found: cells.len(), expected: size });
            }
            for (others, text) in cells.into_iter().enumerate() {
                actions.extend(read_cell(text, own, others, *line)?);
            }
        }
        Ok(Self { longest: size - 1, actions })
    }
}

fn read_cell(text: &str, own: usize, others: usize, line: usize) -> Result<[Action; 3], TableError> {
    let cell = others + 1;
    let wrong = || TableError::Letters { line, cell, text: text.to_owned() };
    let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| wrong())?;
    let mut actions = [Action::Adopt; 3];
    for ((letter, fork), action) in letters.into_iter().zip(Fork::ALL).zip(&mut actions) {
        *action = match letter {
            b'a' | b'*' => Action::Adopt,
            b'o' if own <= others => return Err(TableError::Override { line, cell }),
            b'o' => Action::Override,
            b'm' if own < others || others == 0 || fork != Fork::Relevant => {
                return Err(TableError::Match { line, cell });
            }
            b'm' => Action::Match,
            b'w' => Action::Wait,
            _ => return Err(wrong()),
        };
    }
    Ok(actions)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.actions.chunks((self.longest + 1) * 3) {
            for (index, cell) in line.chunks(3).enumerate() {
                let space = if index == 0 { "" } else { " " };
                let letters: String = cell.iter().map(|action| action.letter()).collect();
                write!(f, "{space}{letters}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Action {
    fn letter(self) -> char {
        match self {
            Self::Adopt => 'a',
            Self::Override => 'o',
            Self::Match => 'm',
            Self::Wait => 'w',
        }
    }
}

impl TryFrom<String> for Table {
    type Error = TableError;

    fn try_from(text: String) -> Result<Self, TableError> {
        match KnownTable::ALL.into_iter().find(|table| table.name() == text.trim()) {
            Some(table) => Ok(Self::known(table)),
            None => text.parse(),
        }
    }
}

impl From<Table> for String {
    fn from(table: Table) -> Self {
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_table_is_read_as_it_is_written() {
        let table = Table::from_fn(6, selfish);
        assert_eq!(table.to_string().parse(), Ok(table.clone()));
        assert_eq!(table.action(2, 1, Fork::Relevant), Action::Override);
        assert_eq!(table.action(9, 8, Fork::Relevant), Action::Override, "beyond the table");
        assert_eq!(table.action(8, 9, Fork::Relevant), Action::Adopt);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_mistake_in_a_table_is_named_with_its_place() {
        let read = |text: &str| text.parse::<Table>();
        assert_eq!(read("# nothing\n\n"), Err(TableError::Empty));
        assert_eq!(read(&"www\n".repeat(102)), Err(TableError::TooLong(102)));
        assert_eq!(read("www\n\nwww"), Err(TableError::Cells { line: 1, found: 1, expected: 2 }));
        assert_eq!(read("www aaa\nwww wx*"), Err(TableError::Letters { line: 2, cell: 2, text: "wx*".into() }));
        assert_eq!(read("www aaa\nwww ww"), Err(TableError::Letters { line: 2, cell: 2, text: "ww".into() }));
        assert_eq!(read("www oaa\nwww www"), Err(TableError::Override { line: 1, cell: 2 }));
        assert_eq!(read("www aaa\nwww wwm"), Err(TableError::Match { line: 2, cell: 2 }));
        assert!(read("www aaa # behind\nooo *mw").is_ok());
    }
}
