//! Compiles the prelude's files, so that start-up only reads them.

use compile::{Options, SourceKind};
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=core");
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for entry in std::fs::read_dir("core").expect("the prelude's folder is here") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().expect("files have names").to_string_lossy().into_owned();
        if let Err(message) = write_image(&path, &name, Path::new(&folder)) {
            panic!("{}: {message}", path.display());
        }
    }
}

fn write_image(path: &Path, name: &str, folder: &Path) -> Result<(), String> {
    let source = std::fs::read(path).map_err(|error| error.to_string())?;
    let file = format!("<internal:{name}>");
    let options = Options { frozen_string_literal: Some(true), primitives: true, ..Options::new(&file, SourceKind::Required) };
    let compiled = compile::compile(&source, &options).map_err(|error| format!("{error:?}"))?;
    let image = bytecode::image::write(&compiled.function)?;
    std::fs::write(folder.join(format!("{name}.image")), image).map_err(|error| error.to_string())
}
