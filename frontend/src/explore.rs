//! Blocks taken apart and judged in this browser, with the same code that a node judges them with. What the relay is asked for is
//! bytes; what it says of them is not used.
//!
//! `anatomy` says which bytes mean what, `judge` which rules they keep, `source` brings them here. The rules are in the node
//! worker's program, so that a page which shows no block does not load them: `judge_worker` starts one that runs no node.

pub mod anatomy;
pub mod judge;
pub mod judge_worker;
pub mod source;
