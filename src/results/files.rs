//! Files written whole or not at all, and the names of folders. Not what is in them.

use crate::error::{Error, Result};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Turns a failure of the file system into the library's error.
pub fn failed(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_path_buf();
    move |source| Error::File { action, path, source }
}

/// Writes beside the target and renames, so that a reader never sees half a file.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = fs::File::create(&part).and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()));
    written.and_then(|()| fs::rename(&part, path)).map_err(|source| {
        let _ = fs::remove_file(&part);
        failed("write", path)(source)
    })
}

/// Makes a folder, and makes sure that files can be written into it.
pub fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    let probe = folder.join(format!(".{}.part", std::process::id()));
    fs::File::create(&probe).and_then(|_| fs::remove_file(&probe)).map_err(failed("write into", folder))
}

/// Removes a file that an earlier run left; that there is none is no fault.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", path)(e)),
        _ => Ok(()),
    }
}

/// The folder of a run: the scenario's name, of which only what is safe in every file system is kept.
pub fn run_folder(output: &Path, scenario: &str) -> PathBuf {
    let keep = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = scenario.trim().chars().map(keep).take(80).collect();
    let name = name.trim_matches(['.', '-']);
    output.join(if name.is_empty() { "scenario" } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_output_folder() {
        assert_eq!(run_folder(Path::new("o"), "../../etc/x"), Path::new("o/etc-x"));
        assert_eq!(run_folder(Path::new("o"), "ai ring 2026"), Path::new("o/ai-ring-2026"));
        assert_eq!(run_folder(Path::new("o"), ".."), Path::new("o/scenario"));
    }
}
