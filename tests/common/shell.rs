//! Commands as documents show them. Not how they are run.

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
