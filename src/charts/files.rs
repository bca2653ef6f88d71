//! Puts pictures into files: whole or not at all. Not the pictures.

use super::Picture;
use crate::error::Result;
use crate::results::files::write_whole;
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
