//! The laws of ARCHITECTURE.md held against the source: which room names which, where threads, randomness and unsafe code live, how long things are.
//!
//! The map of rooms is read from the table in ARCHITECTURE.md itself, so that the page cannot go stale. The source is read as text: comments and
//! strings are blanked, test modules are cut out, and what is left is looked at word by word.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most lines of a file and of a function.
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 60;
/// Rooms that may speak to a terminal and end the program.
const PROGRAM: [&str; 2] = ["cli", "main"];

/// One source file, its path relative to `src` with slashes.
struct Source {
    path: String,
    text: String,
    /// The text with comments, strings and test modules blanked; lines stay where they are.
    code: String,
}

impl Source {
    /// The room that the file belongs to: its folder, or its own name.
    fn room(&self) -> &str {
        self.path.split('/').next().map_or("", |first| first.trim_end_matches(".rs"))
    }

    /// How many modules deep the file lies: 1 for the root of a room.
    fn depth(&self) -> usize {
        self.path.split('/').filter(|part| *part != "mod.rs").count()
    }

    fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        words(&self.code)
    }

    fn line_of(&self, byte: usize) -> usize {
        1 + self.code[..byte].matches('\n').count()
    }

    fn place(&self, byte: usize) -> String {
        format!("src/{}:{}", self.path, self.line_of(byte))
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file of the crate, in order of path.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("src can be read") {
            let path = entry.expect("src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(source(&path));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20, "the source is found");
    found
}

fn source(path: &Path) -> Source {
    let text = std::fs::read_to_string(path).expect("a source file is text");
    let code = without_tests(&without_comments(&text));
    let inside = path.strip_prefix(root().join("src")).expect("a file of src");
    let path = inside.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    Source { path, text, code }
}

/// Number of bytes of the comment, string or character at the start of `rest`, 0 if it is plain code.
fn opaque(rest: &str, after_word: bool) -> usize {
    let to = |end: Option<usize>| end.unwrap_or(rest.len());
    if rest.starts_with("//") {
        return to(rest.find('\n'));
    }
    if rest.starts_with("/*") {
        return to(rest.find("*/").map(|at| at + 2));
    }
    let hashes = rest.strip_prefix('r').map_or(0, |r| r.len() - r.trim_start_matches('#').len());
    if !after_word && rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
        let close = format!("\"{}", "#".repeat(hashes));
        let start = 2 + hashes;
        return to(rest[start..].find(&close).map(|at| start + at + close.len()));
    }
    let quote = match rest.chars().next() {
        Some('"') => '"',
        // A character, not a lifetime: 'x' or '\…'.
        Some('\'') if rest[1..].starts_with('\\') || rest.chars().nth(2) == Some('\'') => '\'',
        _ => return 0,
    };
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The text with everything that is no code replaced by spaces.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_word = code.chars().last().is_some_and(is_word);
        let length = opaque(rest, after_word).max(first.len_utf8());
        let (piece, tail) = rest.split_at(length);
        if piece.chars().count() == 1 {
            code.push(first);
        } else {
            code.extend(piece.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = tail;
    }
    code
}

/// The code with what follows `#[cfg(test)]` blanked, up to the end of its block.
fn without_tests(code: &str) -> String {
    let mut left = code.to_string();
    while let Some(start) = left.find("#[cfg(test)]") {
        let end = block_end(&left, start).or_else(|| left[start..].find(';').map(|at| start + at + 1)).unwrap_or(left.len());
        let blank: String = left[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        left.replace_range(start..end, &blank);
    }
    left
}

/// Byte after the block that opens first after `start`; none if a semicolon comes before it.
fn block_end(code: &str, start: usize) -> Option<usize> {
    let mut depth = 0;
    let mut brackets = 0;
    for (at, c) in code[start..].char_indices() {
        match c {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            ';' if depth == 0 && brackets == 0 => return None,
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(start + at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words of a text with the byte that each starts at.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |n| start + n);
        at = end;
        Some((start, &text[start..end]))
    })
}

/// First words of a path or of each path of a group: `model::Csr` gives model, `{error::Result, stats}` gives error and stats.
fn heads(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else {
        return words(rest).next().filter(|(at, _)| *at == 0).map(|(_, w)| w).into_iter().collect();
    };
    let (mut depth, mut fresh, mut found) = (1, true, Vec::new());
    let mut skip_to = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => fresh = true,
            c if fresh && is_word(c) && at >= skip_to => {
                let word = words(&group[at..]).next().map_or("", |(_, w)| w);
                found.push(word);
                skip_to = at + word.len();
                fresh = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Every room that a file names: after `crate::`, the crate's own name, or a chain of `super::` that leaves the room.
fn named_rooms(source: &Source) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut supers = 0;
    for (at, word) in source.words() {
        let rest = source.code[at + word.len()..].strip_prefix("::");
        supers = if word == "super" { supers + 1 } else { 0 };
        let leaves = match word {
            "crate" | "bubblerisk" => true,
            "super" => supers >= source.depth(),
            _ => false,
        };
        if let (true, Some(rest)) = (leaves, rest) {
            found.extend(heads(rest).into_iter().map(|room| (at, room)));
        }
    }
    found
}

/// The table of ARCHITECTURE.md: rooms in order, and the rooms that each may name.
fn map() -> (Vec<String>, BTreeMap<String, Vec<String>>) {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md can be read");
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_string).collect::<Vec<_>>();
    let (mut order, mut may_name) = (Vec::new(), BTreeMap::new());
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "a row of the map has three cells: {row}");
        for room in names(cells[0]) {
            order.push(room.clone());
            may_name.insert(room, names(cells[2]));
        }
    }
    assert!(order.len() > 8, "the map is found");
    (order, may_name)
}

#[track_caller]
fn none(what: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{what}:\n  {}", offenders.join("\n  "));
}

#[test]
fn the_map_goes_one_way() {
    let (order, may_name) = map();
    let before = |room: &String, other: &String| order.iter().position(|r| r == other) < order.iter().position(|r| r == room);
    let wrong = may_name.iter().flat_map(|(room, others)| {
        others.iter().filter(|&other| !order.contains(other) || !before(room, other)).map(move |other| format!("{room} may name {other}"))
    });
    none("rooms that may name a room that is not above them in the table", wrong.collect());
}

#[test]
fn the_library_lists_its_rooms_in_the_order_of_the_map() {
    let (order, _) = map();
    let sources = sources();
    let library = sources.iter().find(|s| s.path == "lib.rs").expect("there is a library");
    let listed: Vec<&str> = library.code.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let expected: Vec<&str> = order.iter().map(String::as_str).filter(|room| listed.contains(room)).collect();
    assert_eq!(listed, expected, "lib.rs lists exactly rooms of the map, in its order");
}

#[test]
fn every_room_names_only_rooms_that_it_may() {
    let (order, may_name) = map();
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|s| s.path != "lib.rs") {
        let room = source.room();
        let Some(allowed) = may_name.get(room) else {
            offenders.push(format!("src/{} is in no room of the map", source.path));
            continue;
        };
        for (at, named) in named_rooms(source) {
            let known = order.iter().any(|r| r == named);
            if known && named != room && !allowed.iter().any(|a| a == named) {
                offenders.push(format!("{} names {named}", source.place(at)));
            }
        }
    }
    none("rooms that name a room which they may not", offenders);
}

/// Places outside `home` where one of `banned` is a word.
fn words_outside(home: &str, banned: &[&str]) -> Vec<String> {
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|s| !s.path.starts_with(home)) {
        offenders.extend(source.words().filter(|(_, w)| banned.contains(w)).map(|(at, w)| format!("{} names {w}", source.place(at))));
    }
    offenders
}

#[test]
fn threads_live_in_one_file() {
    none("threads outside engine/batches.rs", words_outside("engine/batches.rs", &["rayon"]));
}

#[test]
fn randomness_lives_in_one_room() {
    none("randomness outside shocks", words_outside("shocks/", &["rand", "rand_distr"]));
}

#[test]
fn the_web_lives_in_one_folder() {
    none("the web outside cli/serve", words_outside("cli/serve/", &["axum", "tokio", "tokio_stream"]));
}

#[test]
fn unsafe_code_lives_in_one_file() {
    none("unsafe code outside lanes/dispatch.rs", words_outside("lanes/dispatch.rs", &["unsafe"]));
}

#[test]
fn the_library_neither_prints_nor_panics() {
    const MACROS: [&str; 8] = ["print", "println", "eprint", "eprintln", "dbg", "panic", "todo", "unimplemented"];
    let mut offenders = Vec::new();
    for source in sources().iter().filter(|s| !PROGRAM.contains(&s.room())) {
        for (at, word) in source.words() {
            let (before, after) = (&source.code[..at], &source.code[at + word.len()..]);
            let called = MACROS.contains(&word) && after.starts_with('!') && !after.starts_with("!=");
            let unwrapped = word == "unwrap" && before.ends_with('.') && after.starts_with('(');
            if called || unwrapped {
                offenders.push(format!("{} says {word}", source.place(at)));
            }
        }
    }
    none("printing or panicking in the library", offenders);
}

#[test]
fn every_file_says_first_what_is_in_it() {
    none(
        "files whose first line does not begin with //!",
        sources().iter().filter(|s| !s.text.starts_with("//!")).map(|s| s.path.clone()).collect(),
    );
}

#[test]
fn files_are_short() {
    let long = |s: &Source| (s.text.lines().count() > FILE_LINES).then(|| format!("src/{}: {} lines", s.path, s.text.lines().count()));
    none("files that are too long", sources().iter().filter_map(long).collect());
}

#[test]
fn functions_are_short() {
    let mut offenders = Vec::new();
    for source in &sources() {
        for (at, _) in source.words().filter(|(_, word)| *word == "fn") {
            let name = words(&source.code[at + 2..]).next().filter(|(gap, _)| source.code[at + 2..at + 2 + gap].trim().is_empty());
            // Without a name it is a type, without a block a declaration.
            let (Some((_, name)), Some(end)) = (name, block_end(&source.code, at)) else { continue };
            let lines = source.line_of(end) - source.line_of(at) + 1;
            if lines > FUNCTION_LINES {
                offenders.push(format!("{} {name}: {lines} lines", source.place(at)));
            }
        }
    }
    none("functions that are too long", offenders);
}

#[test]
fn the_reader_of_source_reads_source() {
    let text = "use crate::{error::{A, B}, stats}; // crate::cli\nlet s = \"crate::cli\"; let r = r#\"crate::\"cli\"#; let c = '\"'; crate::model::x::<'a>();\n";
    let source = Source { path: "model/mod.rs".into(), text: text.into(), code: without_comments(text) };
    assert_eq!(named_rooms(&source).into_iter().map(|(_, room)| room).collect::<Vec<_>>(), ["error", "stats", "model"]);
    let up = "use super::stats; fn f() { super::super::x() }\n#[cfg(test)]\nmod tests { use crate::cli; }\nfn g() {}\n";
    let source = Source { path: "model/keys.rs".into(), text: up.into(), code: without_tests(&without_comments(up)) };
    assert_eq!(named_rooms(&source).into_iter().map(|(_, room)| room).collect::<Vec<_>>(), ["x"]);
    assert!(source.code.contains("fn g") && !source.code.contains("cli"));
}
