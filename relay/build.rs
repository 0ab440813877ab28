//! The web app is embedded from `dist/`. Without one the relay still compiles, and its page says what to do. The page `/docs`
//! needs two files of Swagger UI, which come in a crate as a zip archive: they are taken out as they are compressed there, with
//! the few bytes around them that make them gzip files.

use std::fs;
use std::io::{Cursor, Read, Result};
use std::path::Path;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::{CompressionMethod, ZipArchive};

const DOCS_FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];
/// Deflate, no name, no date, unknown system (RFC 1952, section 2.3).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

fn main() -> Result<()> {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rerun-if-changed=build.rs");

    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for name in DOCS_FILES {
        fs::write(Path::new(&out).join(format!("{name}.gz")), gzip(&mut archive, name)?)?;
    }
    Ok(())
}

fn gzip(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>> {
    let suffix = format!("/dist/{name}");
    let is_wanted = |path: &&str| path.ends_with(&suffix) && path.matches('/').count() == 2;
    let path = archive.file_names().find(is_wanted).expect("the archive holds Swagger UI").to_owned();
    let index = archive.index_for_name(&path).expect("the name comes from the archive");
    let mut file = archive.by_index_raw(index)?;
    assert!(file.compression() == CompressionMethod::DEFLATE, "{path} is not deflated");
    let mut content = GZIP_HEAD.to_vec();
    file.read_to_end(&mut content)?;
    content.extend(file.crc32().to_le_bytes());
    let size = u32::try_from(file.size()).expect("far below 4 GiB");
    content.extend(size.to_le_bytes());
    Ok(content)
}
