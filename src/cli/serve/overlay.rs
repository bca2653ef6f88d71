//! A setting as a scenario file that extends the one that is served: its text, and saving it beside. No simulation.

use super::controls::Setting;
use super::folder_of;
use bubblerisk::error::{Error, Result};
use bubblerisk::scenario;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Longest name of a scenario.
const LONGEST_NAME: usize = 64;

/// The file that says the difference.
pub fn text(scenario: &Path, name: &str, setting: &Setting) -> Result<String> {
    check(name)?;
    let base = scenario.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut out = format!("# The difference to {base} that was set with sliders (bubblerisk serve).\n\n[scenario]\n");
    out += &format!("extends = {}\nname = {}\n", toml::Value::from(base), toml::Value::from(name));
    if !setting.without.is_empty() {
        out += &format!("remove = {}\n", toml::Value::from(setting.without.clone()));
    }
    if !setting.set.is_empty() {
        out += "\n[scenario.set]\n";
        for change in &setting.set {
            out += &format!("{} = {}\n", toml::Value::from(change.path.clone()), change.value);
        }
    }
    Ok(out)
}

/// Writes it into the scenario's folder, under a name that is not taken; `base` is the name of the scenario itself, whose results it would write over.
pub fn save(scenario: &Path, name: &str, base: &str, setting: &Setting) -> Result<PathBuf> {
    if name == base {
        return Err(Error::Usage(format!(
            "name={name}: the scenario itself is called so, and its results would be written over; choose another name"
        )));
    }
    let text = text(scenario, name, setting)?;
    let path = folder_of(scenario).join(format!("{name}.toml"));
    let fail = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Usage(format!("{} is there already: choose another name", path.display())),
        _ => Error::File { action: "write", path: path.clone(), source },
    };
    let mut file = std::fs::File::create_new(&path).map_err(fail)?;
    file.write_all(text.as_bytes()).map_err(fail)?;
    // What cannot be read again was not saved.
    if let Err(e) = scenario::load(&path) {
        let _ = std::fs::remove_file(&path);
        return Err(e);
    }
    Ok(path)
}

fn check(name: &str) -> Result<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(Error::Usage(format!("name={name}: expected 1 to {LONGEST_NAME} small letters, digits, `-` and `_`")))
}
