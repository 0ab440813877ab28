//! Makes `dist/`: trunk compiles the page and its workers, `wasm` the miner a second time, `first_load` takes the page's program
//! apart, then every file that is worth it gets a brotli twin (`.br`) that the relay sends as it is. A stamp over inputs and
//! outputs spares all this when nothing has changed.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use crate::tools::Tools;
use crate::wasm::{self, Instructions};
use crate::{execute, first_load, progress, root, target_dir};

/// What the web app is made of, seen from the root.
const INPUTS: [&str; 13] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "frontend",
    "index.html",
    "rust-toolchain.toml",
    "shared",
    "xtask/src/first_load",
    "xtask/src/first_load.rs",
    "xtask/src/split",
    "xtask/src/split.rs",
    "xtask/src/wasm.rs",
];

/// What compresses well. The rest (images, fonts) is compressed already.
const COMPRESSIBLE: [&str; 7] = ["css", "ftl", "html", "js", "json", "svg", "wasm"];

/// Brings `dist/` up to date.
pub fn build(tools: &Tools) -> Result<()> {
    let dist = root().join("dist");
    let stamp_file = target_dir().join("web.stamp");
    // Taken before the build: a file that is edited meanwhile then counts as changed the next time.
    let inputs = fingerprint(&INPUTS.map(|input| root().join(input)))?;
    // Either may be missing; then they do not agree.
    if let (Ok(left), Ok(now)) = (fs::read_to_string(&stamp_file), stamp(inputs, &dist))
        && left == now
    {
        println!("\n==> The web app in dist/ is up to date");
        return Ok(());
    }
    build_unfinished(tools, &dist)?;
    progress::step("Taking the page's program apart (usually 1 s)", || first_load::take_apart(&dist))?;
    progress::step("Compressing the web app (usually 5 s)", || compress(&dist))?;
    fs::write(&stamp_file, stamp(inputs, &dist)?).with_context(|| format!("writing {}", stamp_file.display()))
}

/// All programs, that of the page whole and with its names, and nothing compressed.
pub fn build_unfinished(tools: &Tools, dist: &Path) -> Result<()> {
    progress::step("Building the web app with trunk (usually 2 min at first, 30 s later)", || {
        execute(&mut trunk_build(tools))
    })?;
    // After trunk, which empties dist/.
    progress::step("Building the miner again, with SIMD (usually 40 s at first, 5 s later)", || {
        wasm::build(tools, &wasm::MINER, Instructions::Simd, dist)
    })
}

fn trunk_build(tools: &Tools) -> Command {
    let mut trunk = Command::new("trunk");
    trunk.args(["build", "--release"]).current_dir(root()).env("PATH", &tools.path);
    // By custom any value of NO_COLOR counts; trunk takes only `true` and `false`.
    if env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    trunk
}

/// Puts `file.br` beside each file of `dist` that gets smaller by it.
fn compress(dist: &Path) -> Result<()> {
    for file in files_below(dist)? {
        if !file.extension().is_some_and(|extension| COMPRESSIBLE.iter().any(|known| extension == *known)) {
            continue;
        }
        let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut content.as_slice(), &mut compressed, &parameters)
            .with_context(|| format!("compressing {}", file.display()))?;
        println!(
            "    {}: {} bytes, {} compressed",
            file.strip_prefix(dist).unwrap_or(&file).display(),
            content.len(),
            compressed.len()
        );
        if compressed.len() < content.len() {
            let mut twin = file.into_os_string();
            twin.push(".br");
            fs::write(&twin, compressed).with_context(|| format!("writing {}", twin.display()))?;
        }
    }
    Ok(())
}

/// Two builds with the same stamp have the same inputs, and nobody has touched what the build left (as `trunk serve`
/// does, which writes an uncompressed development build to the same place).
fn stamp(inputs: u64, dist: &Path) -> Result<String> {
    Ok(format!("inputs {inputs:016x} outputs {:016x}\n", fingerprint(&[dist.to_owned()])?))
}

/// Depends on the names and the contents of all files below the paths; not on times, which a checkout changes.
fn fingerprint(paths: &[PathBuf]) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for file in files_below(path)? {
            let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            for part in [file.as_os_str().as_encoded_bytes(), &content] {
                hasher.write_usize(part.len());
                hasher.write(part);
            }
        }
    }
    Ok(hasher.finish())
}

/// The path itself when it is a file, else every file below it, in a fixed order.
fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .with_context(|| format!("listing {}", path.display()))?;
    entries.sort();
    let nested = entries.iter().map(|entry| files_below(entry)).collect::<Result<Vec<_>>>()?;
    Ok(nested.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of its own for each test, removed when the test ends.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("tabchain-xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("nested")).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, content: &str) {
            fs::write(self.0.join(name), content).unwrap();
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn fingerprint_sees_contents_names_and_new_files_but_not_times() {
        let scratch = Scratch::new("fingerprint");
        let now = || fingerprint(std::slice::from_ref(&scratch.0)).unwrap();
        scratch.write("nested/a", "one");
        let first = now();

        scratch.write("nested/a", "two");
        assert_ne!(now(), first, "another content");
        scratch.write("nested/a", "one");
        assert_eq!(now(), first, "the old content, written later");
        scratch.write("b", "");
        assert_ne!(now(), first, "a new file");
    }

    #[test]
    fn compressing_leaves_a_twin_that_decompresses_to_the_file() {
        let scratch = Scratch::new("compress");
        let program = "let answer = 42;".repeat(10);
        scratch.write("nested/app.js", &program);
        scratch.write("tiny.js", "1");
        scratch.write("photo.png", &program);
        compress(&scratch.0).unwrap();

        let compressed = fs::read(scratch.0.join("nested/app.js.br")).unwrap();
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut compressed.as_slice(), &mut text).unwrap();
        assert_eq!(text, program.as_bytes());
        assert!(!scratch.0.join("tiny.js.br").exists(), "it would be larger");
        assert!(!scratch.0.join("photo.png.br").exists(), "not a kind that compresses");
    }
}
