//! What more than one page shows.

pub mod block_tree;
pub mod copyable;
pub mod download;
pub mod freeze;
pub mod palette;
pub mod qr_code;
pub mod rows;
pub mod topology;
