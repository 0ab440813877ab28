//! What a first visit loads (docs/decisions/0008-first-load.md): what of the page's program can come later, and the build step that takes
//! the program apart by that.
//!
//! `later.txt` lists functions, and blocks of functions, that did not run until a tab hashed, when somebody last looked with
//! `cargo xtask first-load`. It may be out of date: what is new stays in the first part, and what has become necessary is loaded when it
//! is called.

mod later;
mod names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::split::Described;
use crate::tools::{self, Tools};
use crate::{binary, cargo, execute, progress, root, split, web};
use later::Later;

const LATER: &str = "frontend/later.txt";
/// What imports from the program's own scripts begin with, in the script that wasm-bindgen writes for it.
const SNIPPETS: &str = "./snippets/";

/// The page's program in `dist/`, which trunk names by its content.
struct AppFiles {
    dist: PathBuf,
    /// `app-` and sixteen digits.
    name: String,
}

impl AppFiles {
    fn find(dist: &Path) -> Result<Self> {
        let files = fs::read_dir(dist).with_context(|| format!("listing {}", dist.display()))?;
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let mut programs = names.filter_map(|name| Some(name.strip_suffix("_bg.wasm")?.to_owned()));
        let name = programs.find(|name| name.starts_with("app-")).context("trunk left no program of the page")?;
        Ok(Self { dist: dist.to_owned(), name })
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.dist.join(format!("{}{ending}", self.name))
    }

    fn wasm(&self) -> Result<Vec<u8>> {
        let path = self.path("_bg.wasm");
        fs::read(&path).with_context(|| format!("reading {}", path.display()))
    }

    /// Puts another program in its place, under names of its own content, in the page too. The script of this program among the snippets,
    /// where it has a name for every content, gets such a name as well: an open page may start its node again when the relay has
    /// long had another version.
    fn replace(&self, first: &[u8], rest: Option<&[u8]>) -> Result<()> {
        let glue = fs::read_to_string(self.path(".js"))?;
        let (_, import) = glue.split_once(SNIPPETS).context("the program has no script of its own")?;
        let (snippet, _) = import.split_once(['"', '\'']).context("the name of the program's script ends")?;
        let snippet = format!("{SNIPPETS}{snippet}");
        let script = fs::read(self.dist.join(&snippet)).with_context(|| format!("reading {snippet}"))?;
        let mut content = Sha256::new();
        for part in [first, rest.unwrap_or_default(), glue.as_bytes(), &script] {
            content.update(part.len().to_be_bytes());
            content.update(part);
        }
        let new = Self { dist: self.dist.clone(), name: format!("app-{}", hex::encode(&content.finalize()[..8])) };
        // Where the script is loaded from; the wasm asks for it under the name that it had.
        let glue = ["from '", "from \""].into_iter().fold(glue, |glue, from| {
            glue.replace(&format!("{from}{snippet}"), &format!("{from}./{}_rest.js", new.name))
        });
        fs::write(new.path(".js"), glue)?;
        fs::write(new.path("_rest.js"), script)?;
        fs::write(new.path("_bg.wasm"), first)?;
        if let Some(rest) = rest {
            fs::write(new.path("_rest.wasm"), rest)?;
        }
        fs::remove_file(self.path(".js"))?;
        fs::remove_file(self.path("_bg.wasm"))?;
        let index = self.dist.join("index.html");
        let page = fs::read_to_string(&index)?;
        let page = page.replace(&snippet[1..], &format!("/{}_rest.js", new.name)).replace(&self.name, &new.name);
        let page = without_integrity(&page, &format!("{}_bg.wasm", new.name))?;
        fs::write(&index, without_integrity(&page, &format!("{}.js", new.name))?)?;
        Ok(())
    }
}

/// The page, whose link to that file tells no longer the digest that the file had.
fn without_integrity(page: &str, file: &str) -> Result<String> {
    let start = page.find(&format!("<link rel=\"modulepreload\" href=\"/{file}\""));
    let start = start.or_else(|| page.find(&format!("<link rel=\"preload\" href=\"/{file}\"")));
    let start = start.with_context(|| format!("the page does not preload {file}"))?;
    let end = start + page[start..].find('>').context("a link ends")?;
    let link = &page[start..end];
    let (before, digest) =
        link.split_once(" integrity=\"").with_context(|| format!("trunk gives no digest of {file}"))?;
    let (_, after) = digest.split_once('"').context("a digest ends")?;
    Ok([&page[..start], before, after, &page[end..]].concat())
}

/// Takes the page's program in `dist/` apart.
pub fn take_apart(dist: &Path) -> Result<()> {
    let app = AppFiles::find(dist)?;
    let path = root().join(LATER);
    let later = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let later = Later::read(&later).with_context(|| format!("reading {LATER}"))?;
    let wasm = app.wasm()?;
    let (fates, stale) = later.fates(&split::describe(&wasm)?);
    ensure!(
        2 * stale.functions <= later.functions(),
        "of {} functions in {LATER} the program has {} not; `cargo xtask first-load` writes it anew",
        later.functions(),
        stale.functions
    );
    let parts = split::take_apart(&wasm, &fates)?;
    println!(
        "    {} bytes at once, {} later; {} of {} marks in {LATER} stand for nothing",
        parts.first.len(),
        parts.rest.len(),
        stale.marks,
        later.marks()
    );
    let glue = app.path(".js");
    let (first, script) = names::shorten(&parts.first, &fs::read_to_string(&glue)?)?;
    fs::write(&glue, script)?;
    app.replace(&first, Some(&parts.rest))
}

/// Looks what runs until a tab hashes, and writes the list anew.
pub fn measure() -> Result<()> {
    let tools = tools::web_tools()?;
    let chromium = tools::chromium()?;
    let functions = build_noting(&tools)?;
    progress::step("Building the tabchain binary with it", || {
        execute(cargo().args(["build", "--package", "tabchain"]))
    })?;
    let ran = progress::step("Opening first links (usually 1 min)", || {
        let mut look = cargo();
        look.args(["run", "--quiet", "--package", "tabchain-tests", "--bin", "what_runs"])
            .env("TABCHAIN_BINARY", binary("debug"))
            .env("CHROMIUM", chromium)
            .env("RUST_LOG", "error");
        let output = look.stderr(std::process::Stdio::inherit()).output().context("starting what_runs")?;
        ensure!(output.status.success(), "what_runs failed ({})", output.status);
        let numbers = String::from_utf8(output.stdout).context("numbers")?;
        numbers.lines().map(|line| line.parse().context("a number")).collect::<Result<BTreeSet<u32>>>()
    })?;
    let later = Later::of(&functions, &ran);
    println!(
        "\n{} blocks of {} functions ran; {} functions and blocks of others can come later",
        ran.len(),
        functions.len(),
        later.marks()
    );
    fs::write(root().join(LATER), later.write())?;
    println!("Written to {LATER}. The next `cargo xtask build` takes the program apart by it.");
    Ok(())
}

/// Makes `dist/` with a program that notes what runs; answers what its functions are.
fn build_noting(tools: &Tools) -> Result<Vec<Described>> {
    let dist = root().join("dist");
    web::build_unfinished(tools, &dist)?;
    let app = AppFiles::find(&dist)?;
    let wasm = app.wasm()?;
    app.replace(&split::note_what_runs(&wasm)?, None)?;
    // A page that sends it a port gets the numbers of what ran in it.
    let loader = dist.join("node_worker_loader.js");
    let script = fs::read_to_string(&loader)?;
    let (before, after) = script.split_once("await init(").context("the worker's loader starts the program")?;
    fs::write(&loader, format!("{before}const notes = await init({after}\n{ANSWER}"))?;
    split::describe(&wasm)
}

const ANSWER: &str = "addEventListener('message', ({ data }) =>
  data.whatRan?.postMessage(Array.from(new Uint8Array(notes['~ran'].buffer)).flatMap((ran, block) => (ran ? [block] : []))));
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_link_to_the_file_loses_its_digest() {
        let link = |rel: &str, file: &str, digest: &str| format!(r#"<link rel="{rel}" href="/{file}"{digest}>"#);
        let (script, other) =
            (link("modulepreload", "a.js", ""), link("preload", "b.wasm", r#" integrity="sha384-b""#));
        let page = format!("{}{other}</head>", link("modulepreload", "a.js", r#" integrity="sha384-a""#));
        assert_eq!(without_integrity(&page, "a.js").unwrap(), format!("{script}{other}</head>"));
        assert!(without_integrity(&page, "c.js").is_err(), "there is no such link");
        assert!(without_integrity(&format!("{script}{other}"), "a.js").is_err(), "and not the digest of another one");
    }
}
