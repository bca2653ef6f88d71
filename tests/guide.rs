//! The guide, docs/guide: every command in it is run and says what the page shows, every piece of a scenario is in a scenario file, its program is that of the
//! library's own page, and the links of all documents lead somewhere. Not the numbers themselves. `BUBBLERISK_BLESS=1` rewrites outputs and pictures.
//!
//! Each chapter is run in a folder of its own that holds `scenarios/` and `docs/guide/scenarios/`, from top to bottom:
//! - The lines of a block `sh` that begin with `bubblerisk` are run, without a shell: words, single quotes and a comment after ` # `. They end with exit code 0, or
//!   with the N of a comment `# exit code N`. Other lines, such as `cargo`, are for the reader.
//! - A block `text` right after it is what they print on both outputs, without blanks at the ends of lines. A line `…` stands for one or more lines left out. What
//!   is shown between two of them is a piece: as many lines as it has, from the first line that has the same letters, in the same order, as its own first line; a
//!   piece that no `…` follows goes on to the end. So numbers may change and the test writes the new ones, and only where words change a person must look.
//!   To write a new piece, put the beginning of its first line and ` …12`: the test makes twelve lines of it.
//! - A comment `<!-- picture: PATH -->` before an image is the file, left by the commands above, that the image is a copy of.

#[path = "common/shell.rs"]
mod shell;

use assert_cmd::cargo::cargo_bin;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn guide() -> PathBuf {
    root().join("docs/guide/src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn is_blessed() -> bool {
    std::env::var_os("BUBBLERISK_BLESS").is_some()
}

/// Every page of the book, from docs.
fn listed() -> Vec<String> {
    links(&read(&root().join("docs/SUMMARY.md"))).into_iter().map(|(_, link)| link).collect()
}

/// Names of the chapters, in the order of docs/SUMMARY.md.
fn chapters() -> Vec<String> {
    listed().iter().filter_map(|page| page.strip_prefix("guide/src/").map(str::to_string)).collect()
}

/// A line of a page outside of blocks, or a block: what stands after the opening fence, and its lines.
enum Piece {
    Line(String),
    Block(String, Vec<String>),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(info) => {
                out.push(Piece::Block(info.to_string(), lines.by_ref().take_while(|l| *l != "```").map(str::to_string).collect()))
            }
            None => out.push(Piece::Line(line.to_string())),
        }
    }
    out
}

fn written(list: &[Piece]) -> String {
    let one = |p: &Piece| match p {
        Piece::Line(line) => format!("{line}\n"),
        Piece::Block(info, lines) => format!("```{info}\n{}```\n", lines.iter().map(|l| format!("{l}\n")).collect::<String>()),
    };
    list.iter().map(one).collect()
}

/// Blocks of one language in the whole guide, with the chapter.
fn blocks(language: &str) -> Vec<(String, Vec<String>)> {
    let of = |chapter: String| {
        let list = pieces(&read(&guide().join(&chapter))).into_iter();
        list.filter_map(move |p| match p {
            Piece::Block(info, lines) if info == language => Some((chapter.clone(), lines)),
            _ => None,
        })
    };
    chapters().into_iter().flat_map(of).collect()
}

/// Runs a line of a block `sh`; what it printed on both outputs, in the order in which it did. Nothing if it is not for this program.
fn run(folder: &Path, line: &str) -> Vec<String> {
    let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
    let Some(arguments) = command.strip_prefix("bubblerisk ") else { return vec![] };
    let printed = folder.join("printed");
    let file = fs::File::create(&printed).unwrap();
    let mut program = shell::without_tastes(Command::new(cargo_bin!("bubblerisk")));
    program.current_dir(folder).args(shell::words(arguments)).stdin(std::process::Stdio::null());
    let status = program.stdout(file.try_clone().unwrap()).stderr(file).status().expect("the program starts");
    let text = read(&printed);
    let code = comment.split("exit code ").nth(1).map_or(0, |n| n.trim().parse().expect("an exit code"));
    assert_eq!(status.code(), Some(code), "{line}\n{text}");
    text.lines().map(|l| l.trim_end().to_string()).collect()
}

fn letters(line: &str) -> String {
    line.chars().filter(|c| c.is_alphabetic()).collect()
}

/// What a block should show of an output, given which parts it shows now.
fn cut(shown: &[String], output: &[String]) -> Result<Vec<String>, String> {
    if shown.is_empty() {
        return Ok(output.to_vec());
    }
    let (mut made, mut at) = (Vec::new(), 0);
    let parts: Vec<&[String]> = shown.split(|l| l == "…").collect();
    for (k, part) in parts.iter().enumerate() {
        let Some(first) = part.first() else { continue };
        let (first, count, is_beginning) = match first.rsplit_once(" …") {
            Some((text, n)) => (text, n.parse().map_err(|_| format!("no number after the … of \"{first}\""))?, true),
            None => (first.as_str(), part.len(), false),
        };
        let start = if k == 0 {
            0
        } else {
            let name = letters(first);
            let is_it = |l: &String| if is_beginning { letters(l).starts_with(&name) } else { letters(l) == name };
            let found = output.iter().skip(at).position(|l| is_it(l) && !name.is_empty());
            at + found.ok_or_else(|| format!("nothing like \"{first}\" in\n{}", output[at..].join("\n")))?
        };
        if start > at {
            made.push("…".to_string());
        }
        at = if k + 1 == parts.len() { output.len() } else { (start + count).min(output.len()) };
        made.extend_from_slice(&output[start..at]);
    }
    if at < output.len() {
        made.push("…".to_string());
    }
    Ok(made)
}

/// A folder in which a chapter is run.
fn scratch(chapter: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guide").join(chapter.trim_end_matches(".md"));
    let _ = fs::remove_dir_all(&folder);
    for from in ["scenarios", "docs/guide/scenarios"] {
        fs::create_dir_all(folder.join(from)).unwrap();
        for entry in fs::read_dir(root().join(from)).unwrap().map(Result::unwrap).filter(|e| e.path().is_file()) {
            fs::copy(entry.path(), folder.join(from).join(entry.file_name())).unwrap();
        }
    }
    folder
}

/// Runs a chapter. Returns the page as it should be.
fn played(chapter: &str) -> String {
    let folder = scratch(chapter);
    let mut list = pieces(&read(&guide().join(chapter)));
    let (mut said, mut picture) = (None, None);
    for piece in &mut list {
        match piece {
            Piece::Block(info, lines) if info == "sh" => said = Some(lines.iter().flat_map(|l| run(&folder, l)).collect::<Vec<_>>()),
            Piece::Block(info, lines) if info == "text" => {
                if let Some(output) = said.take() {
                    *lines = cut(lines, &output).unwrap_or_else(|e| panic!("{chapter}: {e}"));
                }
            }
            Piece::Line(line) if line.is_empty() => {}
            Piece::Line(line) => {
                said = None;
                if let Some(from) = line.strip_prefix("<!-- picture: ").and_then(|l| l.strip_suffix(" -->")) {
                    picture = Some(folder.join(from));
                } else if let Some(from) = picture.take() {
                    same_picture(&from, line, chapter);
                }
            }
            Piece::Block(..) => said = None,
        }
    }
    written(&list)
}

/// Holds the image that a line names against the chart that it is a copy of, or makes the copy.
fn same_picture(from: &Path, line: &str, chapter: &str) {
    let (_, link) = links(line).into_iter().next().unwrap_or_else(|| panic!("{chapter}: no image after the comment that names a picture"));
    let to = guide().join(&link);
    if is_blessed() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, &to).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
    }
    assert!(read(from) == read(&to), "{chapter}: {link} is an older chart: run this test with BUBBLERISK_BLESS=1");
}

#[test]
fn every_command_says_what_the_page_shows() {
    let run = |chapter: String| {
        std::thread::spawn(move || {
            let (path, made) = (guide().join(&chapter), played(&chapter));
            if is_blessed() {
                return fs::write(path, made).unwrap();
            }
            let text = read(&path);
            let first = text.lines().zip(made.lines()).find(|(a, b)| a != b);
            assert!(text == made, "{chapter} is older than the program ({first:?}): run this test with BUBBLERISK_BLESS=1");
        })
    };
    let running: Vec<_> = chapters().into_iter().map(run).collect();
    let failed = running.into_iter().filter_map(|r| r.join().err()).count();
    assert_eq!(failed, 0, "chapters, above");
}

#[test]
fn output_is_cut_as_the_first_lines_of_this_file_say() {
    let lines = |text: &str| text.split('/').map(str::to_string).collect::<Vec<_>>();
    let output = lines("a 1/b 2/c 3/d 4/e 5");
    for (shown, expected) in [
        ("a 1/…", "a 1/…"),
        ("a 7/…/d 9/e 9", "a 1/…/d 4/e 5"),
        ("…/c 0/…", "…/c 3/…"),
        ("…/b …3/…", "…/b 2/c 3/d 4/…"),
        ("…/d", "…/d 4/e 5"),
        ("a/b/c/…/d", "a 1/b 2/c 3/d 4/e 5"),
    ] {
        assert_eq!(cut(&lines(shown), &output).unwrap(), lines(expected), "{shown}");
    }
    assert!(cut(&lines("…/x/…"), &output).is_err() && cut(&lines("…/3/…"), &output).is_err());
    assert_eq!(cut(&[], &output).unwrap(), output);
}

#[test]
fn every_piece_of_a_scenario_is_in_a_scenario_file() {
    let folder = root().join("docs/guide/scenarios");
    let files: Vec<String> = fs::read_dir(folder).unwrap().map(|e| read(&e.unwrap().path())).collect();
    assert!(!blocks("toml").is_empty());
    for (chapter, lines) in blocks("toml") {
        let piece = lines.join("\n");
        assert!(files.iter().any(|f| f.contains(&piece)), "{chapter}: in no file of docs/guide/scenarios:\n{piece}");
    }
}

#[test]
fn the_program_of_the_guide_is_that_of_the_library() {
    let library: Vec<String> = read(&root().join("src/lib.rs")).lines().map_while(|l| l.strip_prefix("//!").map(str::to_string)).collect();
    let page: String = library.iter().map(|l| format!("{}\n", l.strip_prefix(' ').unwrap_or(l))).collect();
    let programs = blocks("rust");
    assert_eq!(programs.len(), 1);
    let program = format!("```rust\n{}\n```\n", programs[0].1.join("\n"));
    assert!(page.contains(&program), "{} and src/lib.rs differ", programs[0].0);
}

/// Links of a text outside of blocks and code: the line, and where to.
fn links(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for piece in pieces(text) {
        let Piece::Line(line) = piece else { continue };
        let plain: String = line.split('`').step_by(2).collect::<Vec<_>>().join("x");
        for after in plain.split("](").skip(1) {
            let link = after.split(')').next().unwrap_or_default();
            out.push((line.clone(), link.split_whitespace().next().unwrap_or_default().to_string()));
        }
    }
    out
}

/// Anchors of a page: those written in it, and those that a forge makes of headings.
fn anchors(text: &str) -> Vec<String> {
    let (mut out, mut seen) = (Vec::new(), HashMap::<String, usize>::new());
    for piece in pieces(text) {
        let Piece::Line(line) = piece else { continue };
        out.extend(line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next().map(str::to_string)));
        let heading = line.trim_start_matches('#');
        if heading.len() < line.len() && heading.starts_with(' ') {
            let kept = |c: char| c.is_alphanumeric() || c == '-' || c == '_' || c == ' ';
            let slug: String = heading.trim().to_lowercase().chars().filter(|c| kept(*c)).map(|c| if c == ' ' { '-' } else { c }).collect();
            let count = seen.entry(slug.clone()).and_modify(|n| *n += 1).or_insert(0);
            out.push(if *count == 0 { slug } else { format!("{slug}-{count}") });
        }
    }
    out
}

fn markdown_of(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path());
    let mut list: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "md")).collect();
    list.sort();
    list
}

#[test]
fn links_between_documents_lead_somewhere() {
    let pages: Vec<PathBuf> = ["", "docs", "docs/guide/src", "scenarios"].iter().flat_map(|f| markdown_of(f)).collect();
    let mut broken = Vec::new();
    for page in &pages {
        let text = read(page);
        for (_, link) in links(&text).into_iter().filter(|(_, l)| !l.starts_with("https://") && !l.starts_with("http://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let is_there = target.exists() && (anchor.is_empty() || anchors(&read(&target)).iter().any(|a| a == anchor));
            if !is_there {
                broken.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn the_summary_lists_every_page() {
    let (listed, docs) = (listed(), root().join("docs"));
    let pages = ["docs", "docs/guide/src"].into_iter().flat_map(markdown_of);
    let names = pages.map(|p| p.strip_prefix(&docs).unwrap().to_string_lossy().into_owned());
    let missing: Vec<String> = names.filter(|n| n != "SUMMARY.md" && !listed.contains(n)).collect();
    assert!(missing.is_empty(), "not in SUMMARY.md: {missing:?}");
}

#[test]
fn files_that_pages_name_are_there() {
    let folders = ["src/", "tests/", "docs/", "benches/", "scenarios/", ".ci/"];
    let mut missing = Vec::new();
    for page in ["CONTRIBUTING.md", "ARCHITECTURE.md"].map(|p| root().join(p)).into_iter().chain(markdown_of("docs/guide/src")) {
        for piece in pieces(&read(&page)) {
            let Piece::Line(line) = piece else { continue };
            let named = line.split('`').skip(1).step_by(2).filter(|w| folders.iter().any(|f| w.starts_with(f)) && !w.contains(' '));
            let gone = named.filter(|w| !w.contains("NAME") && !root().join(w).exists()).map(str::to_string);
            missing.extend(gone.map(|w| format!("{}: {w}", page.strip_prefix(root()).unwrap().display())));
        }
    }
    assert!(missing.is_empty(), "files that are not there:\n{}", missing.join("\n"));
}
