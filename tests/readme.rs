//! The README shows what the program says: its summary and its chart are those of the first command, bit for bit. `BUBBLERISK_BLESS=1` rewrites them.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

const OPEN: &str = "<!-- summary -->\n";
const CLOSE: &str = "<!-- /summary -->";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Runs the README's first command into a folder of the test's own; its summary without the line that names the folder, and its exceedance curve.
fn first_command() -> (String, String) {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bubblerisk"));
    command.current_dir(root()).args(["run", "scenarios/amazon-openai.toml", "--output"]).arg(&output);
    let done = command.output().expect("the program starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("Files: ")).map(str::trim_end).collect();
    (kept.join("\n").trim_end().to_string(), read(&output.join("amazon-openai/charts/exceedance.svg")))
}

/// The finding sections 1 and 2 in sight, the rest to be opened.
fn block(summary: &str) -> String {
    let cut = summary.find("\n3. ").unwrap_or(summary.len());
    let (seen, folded) = summary.split_at(cut);
    format!(
        "{OPEN}```text\n{}\n```\n\n<details><summary>The rest of the summary</summary>\n\n```text\n{}\n```\n\n</details>\n",
        seen.trim_end(),
        folded.trim()
    )
}

#[test]
fn the_readme_shows_what_the_first_command_says() {
    let (summary, chart) = first_command();
    let (page, picture) = (root().join("README.md"), root().join("docs/exceedance.svg"));
    let text = read(&page);
    let (from, to) = (text.find(OPEN).expect("a place for the summary"), text.find(CLOSE).expect("its end"));
    let expected = format!("{}{}{}", &text[..from], block(&summary), &text[to..]);
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        std::fs::write(&page, expected).unwrap();
        std::fs::write(&picture, chart).unwrap();
        return;
    }
    assert!(text == expected, "README.md shows an older summary: run this test with BUBBLERISK_BLESS=1");
    assert!(read(&picture) == chart, "docs/exceedance.svg is an older chart: run this test with BUBBLERISK_BLESS=1");
}
