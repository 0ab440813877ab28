//! Writes a target's seeds into a folder, for a search to begin with: `seeds TARGET FOLDER`.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(target), Some(folder)) = (arguments.next(), arguments.next().map(PathBuf::from)) else {
        panic!("usage: seeds TARGET FOLDER");
    };
    std::fs::create_dir_all(&folder)?;
    for (number, seed) in tabchain_fuzz::seeds::of(&target).iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}
