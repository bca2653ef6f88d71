//! Puts pictures into files: whole or not at all. Not the pictures.

use super::Picture;
use crate::error::{Error, Result};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A picture that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// File stem.
    pub name: &'static str,
    /// The finding.
    pub title: String,
    /// Alternative text.
    pub alt: String,
    /// SVG, PNG and CSV, in this order.
    pub files: Vec<PathBuf>,
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::File { action, path, source }
}

pub(super) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(failed("make", folder))
}

/// Writes beside the target and renames, so that a reader never sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = fs::File::create(&part).and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()));
    let done = written.and_then(|()| fs::rename(&part, path));
    done.map_err(|source| {
        let _ = fs::remove_file(&part);
        failed("write", path)(source)
    })
}

/// Writes one picture as SVG, PNG and CSV.
pub(super) fn write(picture: &Picture, folder: &Path) -> Result<Drawn> {
    let png = picture.png()?;
    let svg = picture.svg();
    let contents: [(&str, &[u8]); 3] = [("svg", svg.as_bytes()), ("png", &png), ("csv", picture.data_csv.as_bytes())];
    let mut files = Vec::new();
    for (extension, bytes) in contents {
        let path = folder.join(format!("{}.{extension}", picture.name));
        write_whole(&path, bytes)?;
        files.push(path);
    }
    Ok(Drawn { name: picture.name, title: picture.title.clone(), alt: picture.alt.clone(), files })
}
