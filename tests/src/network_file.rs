//! Networks of a file's making, for scenarios that no built-in network suits. Their targets stay as they are.

use std::path::Path;

use tabchain_shared::pow::Algorithm;

/// A target that takes 2^48 hashes: on such a network nobody finds a block.
pub const NOBODY_MEETS: &str = "1a00ffff";
pub const MET_IN_64_HASHES: &str = "2003ffff";
/// Every other hash meets it.
pub const ALMOST_NONE: &str = "207fffff";

/// Writes one into `folder` and returns its path, as `--network` takes it.
pub fn write(folder: &Path, algorithm: Algorithm, bits: &str) -> String {
    write_dated(folder, algorithm, bits, 7_200)
}

/// The same of a network whose nodes take blocks that are dated so many seconds ahead.
pub fn write_dated(folder: &Path, algorithm: Algorithm, bits: &str, max_future_seconds: u32) -> String {
    let algorithm = algorithm.name();
    let text = format!(
        r#"
name = "from-a-file"
algorithm = "{algorithm}"
spacing = 10
limit = "{bits}"
start_bits = "{bits}"
subsidy = 50
halving_interval = 210000
max_block_bytes = 1000000
max_future_seconds = {max_future_seconds}
genesis_time = 1767225600
genesis_message = "A network of a file's making"
"#
    );
    let path = folder.join("network.toml");
    std::fs::write(&path, text).expect("the folder is writable");
    path.to_str().expect("a plain path").to_owned()
}
