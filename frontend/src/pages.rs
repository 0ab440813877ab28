//! The pages, a file each.

pub mod control;
pub mod experiments;
pub mod explore;
pub mod lab;
pub mod learn;
pub mod live;
pub mod my_node;
pub mod not_found;
pub mod pow_lab;
