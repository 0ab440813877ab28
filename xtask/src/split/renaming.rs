//! A program under shorter names for what it imports and exports.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, ImportSectionReader, Parser, Payload, Validator};

use super::{Encoded, program};

/// The program, with new names in place of those that there are new ones for.
pub fn rename(wasm: &[u8], names: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut module = Module::new();
    Renaming(names).parse_core_module(&mut module, Parser::new(0), wasm).map_err(program::unreadable)?;
    let renamed = module.finish();
    Validator::new().validate_all(&renamed).context("the program under its short names is not valid")?;
    Ok(renamed)
}

/// What it imports from modules of which the first says yes, then what it exports under names of which the second does.
pub fn names(wasm: &[u8], is_import: impl Fn(&str) -> bool, is_export: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    names.extend(is_import(import.module).then(|| import.name.to_owned()));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    names.extend(is_export(export.name).then(|| export.name.to_owned()));
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

struct Renaming<'n>(&'n BTreeMap<String, String>);

impl Reencode for Renaming<'_> {
    type Error = anyhow::Error;

    fn parse_import_section(&mut self, imports: &mut ImportSection, section: ImportSectionReader<'_>) -> Encoded<()> {
        for import in section.into_imports() {
            let import = import?;
            let name = self.0.get(import.name).map_or(import.name, String::as_str);
            imports.import(import.module, name, self.entity_type(import.ty)?);
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Encoded<()> {
        let name = self.0.get(export.name).map_or(export.name, String::as_str);
        utils::parse_export(self, exports, Export { name, ..export })
    }
}
