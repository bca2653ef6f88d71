//! The program called as a user calls it, in a folder with the starter scenario. Not what is asked of it.
// Each test file uses a part of it.
#![allow(dead_code)]

#[path = "shell.rs"]
mod shell;

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The program in a folder.
pub fn program(folder: &Path) -> Command {
    let mut command = shell::without_tastes(std::process::Command::new(assert_cmd::cargo::cargo_bin!("bubblerisk")));
    command.current_dir(folder);
    Command::from_std(command)
}

/// What a call left: exit code, standard output, standard error.
pub struct Left {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// What the program leaves when it is called.
pub fn call(folder: &Path, args: &[&str]) -> Left {
    let output = program(folder).args(args).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
    let left = Left { code: output.status.code().expect("the program ends by itself"), out: text(output.stdout), err: text(output.stderr) };
    assert!(!left.err.contains("panicked"), "{}", left.err);
    assert!(!left.err.contains('\u{1b}') && !left.out.contains('\u{1b}'), "a colour or a bar where there is no terminal");
    left
}

/// A folder of the test's own, with the starter scenario in it.
pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    assert_eq!(call(&path, &["new", "my.toml"]).code, 0);
    path
}

/// A text as JSON.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in {text}"))
}

/// A file's text.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}
