//! Reading text from disk with limits: size before content, UTF-8, and errors that say what to do. No grammar.

use std::io::Read;
use std::path::Path;

use super::findings::{At, Findings, nearest, quoted};

/// Largest scenario file or table.
pub(super) const MOST_BYTES: u64 = 16 << 20;
/// Largest table of drivers.
pub(super) const MOST_DRIVER_BYTES: u64 = 256 << 20;

/// Reads a text file as a source. `named_at` is where another file names it. A fault is noted, and nothing is returned.
pub(super) fn read(findings: &mut Findings, path: &Path, named_at: Option<At>, most_bytes: u64) -> Option<u32> {
    let mut fail = |found: String, expected: &str, hint: &str| match named_at {
        Some(at) => findings.error(at, found, expected, hint),
        None => findings.file_error(path, found, expected, hint),
    };
    let shown = path.display();
    let metadata = match std::fs::metadata(path) {
        Ok(m) => m,
        Err(e) => {
            let hint = neighbour(path).unwrap_or_else(|| "paths inside a file are taken against its folder".into());
            fail(format!("cannot read {shown}: {e}"), "a file that exists and may be read", &hint);
            return None;
        }
    };
    if let Some((found, hint)) = other_thing(path, metadata.is_dir(), named_at.is_none()) {
        fail(found, if named_at.is_none() { "a scenario file (TOML)" } else { "a file" }, &hint);
        return None;
    }
    let too_large = |bytes: u64| format!("{shown} has {} MB", bytes / 1_000_000);
    let limit = format!("at most {} MB", most_bytes >> 20);
    if metadata.len() > most_bytes {
        fail(too_large(metadata.len()), &limit, "is this the right file?");
        return None;
    }
    let mut bytes = Vec::new();
    // Devices and pipes have no length beforehand.
    let result = std::fs::File::open(path).and_then(|f| f.take(most_bytes + 1).read_to_end(&mut bytes));
    if let Err(e) = result {
        fail(format!("cannot read {shown}: {e}"), "a file that exists and may be read", "");
        return None;
    }
    if bytes.len() as u64 > most_bytes {
        fail(too_large(bytes.len() as u64), &limit, "is this the right file?");
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(findings.add_source(path, without_mark(text))),
        Err(e) => {
            let at = e.utf8_error().valid_up_to();
            let line = e.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            fail(
                format!("{shown} is not UTF-8: byte {at}, in line {line}"),
                "text in UTF-8",
                "save it as UTF-8 in the editor or spreadsheet",
            );
            None
        }
    }
}

/// What a path that is no scenario is instead, and what to do with it; nothing if it may be one. Files that another file names may be tables.
fn other_thing(path: &Path, is_folder: bool, is_scenario: bool) -> Option<(String, String)> {
    let shown = path.display();
    if is_folder {
        let is_run = ["results.json", "manifest.json"].iter().any(|name| path.join(name).is_file());
        return Some(match (is_run, is_scenario) {
            (true, true) => (
                format!("{shown} is the folder of a saved run"),
                format!("to see it again: `bubblerisk report {shown}` or `bubblerisk charts {shown}`"),
            ),
            (_, true) => (format!("{shown} is a folder"), scenarios_in(path)),
            (_, false) => (format!("{shown} is a folder"), String::new()),
        });
    }
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).filter(|_| is_scenario)?;
    match extension.as_str() {
        "csv" | "tsv" => {
            let hint = format!(
                "a scenario names tables under [tables], such as purchases = \"{}\"; a list of edges is for `bubblerisk clear MODEL --network {shown}`",
                path.file_name().unwrap_or_default().to_string_lossy()
            );
            Some((format!("{shown} is a table (CSV), not a scenario"), hint))
        }
        "json" => {
            let hint = "the results of a run are for `bubblerisk report` and `bubblerisk charts`; a scenario is written in TOML: `bubblerisk new my.toml`";
            Some((format!("{shown} is JSON, not a scenario"), hint.to_string()))
        }
        _ => None,
    }
}

/// The scenario files of a folder, to choose from.
fn scenarios_in(folder: &Path) -> String {
    const SHOWN: usize = 12;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(10_000).map(|e| e.path());
    let mut files: Vec<String> = entries.filter(|p| p.extension().is_some_and(|e| e == "toml")).map(|p| p.display().to_string()).collect();
    files.sort();
    match files.len() {
        0 => "there is no .toml file in it; `bubblerisk new my.toml` writes a scenario to begin with".to_string(),
        n => format!(
            "in it: {}{}",
            files[..n.min(SHOWN)].join(", "),
            if n > SHOWN { format!(" and {} more", n - SHOWN) } else { String::new() }
        ),
    }
}

/// The text without the byte-order mark that some editors write first.
pub(super) fn without_mark(text: String) -> String {
    text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text)
}

/// A file of the same folder with a similar name.
fn neighbour(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).ok()?;
    let names: Vec<String> = entries.flatten().take(1000).map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    nearest(&wanted, names.iter().map(String::as_str)).map(|n| format!("did you mean {}?", quoted(n)))
}
