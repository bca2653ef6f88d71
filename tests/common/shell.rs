//! Commands as documents show them, and what of the shell around the tests must not reach them. Not how they are run.
// Each test file uses a part of it.
#![allow(dead_code)]

use std::process::Command;

/// A command without the variables by which whoever runs the tests asks for colours, for none, or for another width.
pub fn without_tastes(mut command: Command) -> Command {
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// Words of a command as a shell splits them: single quotes keep theirs together.
pub fn words(command: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (k, piece) in command.split('\'').enumerate() {
        if k % 2 == 1 {
            out.push(piece.to_string());
        } else {
            out.extend(piece.split_whitespace().map(str::to_string));
        }
    }
    out
}
