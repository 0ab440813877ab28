//! Lessons are taken on the tab's own node, which the page has; they themselves are a program of their own
//! ([`crate::programs`]). So the page hands over what its node shows and carries out what a learner does ([`host`]), in messages
//! ([`wire`]) that hold the same types as those between page and node worker. The program's end is [`course`]; what has been
//! learned is kept in [`progress`].

pub mod course;
pub mod host;
pub mod progress;
pub mod wire;
