//! docs/questions.md: the nine questions that people ask, each with a command and what it says, bit for bit. `BUBBLERISK_BLESS=1` rewrites the page.

#[path = "common/shell.rs"]
mod shell;

use assert_cmd::Command;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A command and the headings of the sections of its output that the page shows; all where none is named.
struct Asked {
    command: &'static str,
    shown: &'static [&'static str],
}

struct Question {
    asked: &'static str,
    /// What to know before reading the answer.
    note: &'static str,
    commands: &'static [Asked],
}

const QUESTIONS: [Question; 9] = [
    Question {
        asked: "If OpenAI pays only half of what it committed, what happens to Oracle, CoreWeave, Nvidia, and to their lenders?",
        note: "The scenario scripts it and switches chance off: one exact path, so that no number has an interval. Losses are against a plan whose own growth to 2031 \
               is an assumption.",
        commands: &[Asked {
            command: "run scenarios/openai-pays-half.toml",
            shown: &["1. What the firms together lose", "2. Who fails", "4. Which promises are not kept", "5. Through which channel"],
        }],
    },
    Question {
        asked: "Does the Amazon deal raise or lower the risk: of OpenAI, of Amazon, of the system?",
        note: "Four answers, since what stands in the place of a deal decides: the 10 bn taken out, the 10 bn doubled, the purchases from AWS made elsewhere, and not made at \
               all. Every difference is taken path by path on the same shocks.",
        commands: &[
            Asked {
                command: "compare scenarios/amazon-openai.toml --without amazon-openai-10 --scale amazon-openai-10=2 --paths 20000",
                shown: &[],
            },
            Asked { command: "compare scenarios/amazon-openai.toml --without openai-aws --no-replacement --paths 20000", shown: &[] },
        ],
    },
    Question {
        asked: "How much of a supplier's revenue is paid with its own or its peers' money? Which loop carries it, and what is left if that loop is cut?",
        note: "Known before any simulation. Money is fungible: each share is given least, in proportion, and most; quote no one of them alone.",
        commands: &[Asked {
            command: "inspect scenarios/amazon-openai.toml --cut 1",
            shown: &[
                "1. Whose dollars they are",
                "2. What comes back to suppliers who invest",
                "3. Along which loops",
                "7. What is left after a cut",
            ],
        }],
    },
    Question {
        asked: "What is the chance and size of a bust, by when; which firm fails first; who is systemic; who cannot fail?",
        note: "How often busts come is an assumption: quote what holds given a bust beside what holds over all paths.",
        commands: &[Asked {
            command: "run scenarios/amazon-openai.toml --paths 20000",
            shown: &["1. What the firms together lose", "2. Who fails", "5. Who hurts whom"],
        }],
    },
    Question {
        asked: "How much worse does the circle make it, compared with the same shocks where counterparties perform, or with an arm's-length investor?",
        note: "A vector, never one number: amplification differs by loss, by condition and by the world it is measured against.",
        commands: &[
            Asked { command: "run scenarios/amazon-openai.toml --paths 20000", shown: &["3. How much worse the circle makes it"] },
            Asked { command: "attribute scenarios/amazon-openai.toml --paths 8192", shown: &[] },
        ],
    },
    Question {
        asked: "Which uncertain input (an undisclosed term, an unsigned deal, a plan) drives the tail?",
        note: "Run here with a fraction of the usual effort, to be checked often; without the flags it takes two minutes on two cores and tells more inputs apart.",
        commands: &[
            Asked { command: "sensitivity scenarios/amazon-openai.toml --paths 512 --trajectories 8 --rows 32 --draws 64", shown: &[] },
            Asked { command: "attribute scenarios/amazon-openai.toml --deals --permutations 16", shown: &[] },
        ],
    },
    Question {
        asked: "What would have to happen for X to fail? (the most likely combination, in plain words)",
        note: "The most likely path is one path: `explain` replays it, every transfer of it.",
        commands: &[Asked { command: "reverse scenarios/amazon-openai.toml --when 'default(oracle)' --paths 20000", shown: &[] }],
    },
    Question {
        asked: "Does buying from several vendors (Trainium, TPU, in-house, Nvidia) lower the risk or only move it?",
        note: "Two scenarios that differ only in the chips that the big buyers plan to buy: all from Nvidia, or spread as they are.",
        commands: &[Asked { command: "compare scenarios/single-vendor.toml scenarios/multi-vendor.toml --paths 20000", shown: &[] }],
    },
    Question {
        asked: "How does it compare with the telecom bust of 2000-2002?",
        note: "A replay of that bust by the same program, with bands that were written down before the first run; what it hit and missed is in [validation.md](validation.md). \
               Vendors then lent to weak customers and were indebted themselves; now the investors are rich in cash and buy shares.",
        commands: &[Asked {
            command: "run scenarios/telecom-2000.toml --paths 20000",
            shown: &["1. What the firms together lose", "2. Who fails", "3. How much worse the circle makes it"],
        }],
    },
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn said(asked: &Asked) -> String {
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join("questions");
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bubblerisk"));
    command.current_dir(root()).args(shell::words(asked.command)).arg("--output").arg(output);
    let done = command.output().expect("the program starts");
    assert!(done.status.success(), "{}: {}", asked.command, String::from_utf8_lossy(&done.stderr));
    chosen(&String::from_utf8(done.stdout).unwrap(), asked)
}

/// The statements of the sections that are shown, in sight, and their tables, to be opened; a line for the sections that are left out.
fn chosen(text: &str, asked: &Asked) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|l| !l.starts_with("Files: ") && !l.starts_with("Written to ")).collect();
    let is_heading = |k: usize| {
        let rule = lines.get(k + 1).copied().unwrap_or("");
        !rule.is_empty() && (rule.chars().all(|c| c == '=') || rule.chars().all(|c| c == '-')) && !lines[k].is_empty()
    };
    let starts: Vec<usize> = (0..lines.len()).filter(|&k| is_heading(k)).collect();
    let (mut seen, mut folded, mut found) = (String::new(), String::new(), 0);
    for (n, &start) in starts.iter().enumerate() {
        if !asked.shown.is_empty() && !asked.shown.contains(&lines[start]) {
            continue;
        }
        found += 1;
        let section = &lines[start..starts.get(n + 1).copied().unwrap_or(lines.len())];
        let statements = section.iter().position(|l| l.is_empty()).unwrap_or(section.len());
        let _ = writeln!(seen, "{}\n", section[..statements].join("\n"));
        let _ = writeln!(folded, "{}\n", section[statements..].join("\n").trim());
    }
    let wanted = if asked.shown.is_empty() { starts.len() } else { asked.shown.len() };
    assert_eq!(found, wanted, "{}: sections {:?}", asked.command, starts.iter().map(|&k| lines[k]).collect::<Vec<_>>());
    let left = starts.len() - found;
    if left > 0 {
        let _ = writeln!(seen, "({left} more {} left out here)", if left == 1 { "section" } else { "sections" });
    }
    let paragraphs: Vec<&str> = folded.split("\n\n").map(str::trim_end).filter(|p| !p.trim().is_empty()).collect();
    let tables = format!("<details><summary>Tables</summary>\n\n```text\n{}\n```\n\n</details>\n", paragraphs.join("\n\n"));
    format!("```text\n{}\n```\n\n{}", seen.trim_end(), if paragraphs.is_empty() { String::new() } else { tables })
}

fn page() -> String {
    let mut out = String::from(
        "# Nine questions\n\n\
         Each with a command, and with what it says: every line below is the program's own, checked by `tests/questions.rs`. After ± stands the 95 % interval of the \
         simulation, not of the assumptions; every number holds for this model and this scenario, as of its date, and nothing is advice. Tables, charts and JSON of each \
         answer are in `output/<scenario>/`. `bubblerisk` is `cargo run --release --`.\n",
    );
    for (k, q) in QUESTIONS.iter().enumerate() {
        let _ = write!(out, "\n## {}. {}\n\n{}\n", k + 1, q.asked, q.note);
        for asked in q.commands {
            let _ = write!(out, "\n```sh\nbubblerisk {}\n```\n\n{}", asked.command, said(asked));
        }
    }
    out
}

#[test]
fn the_page_says_what_the_commands_say() {
    let (path, expected) = (root().join("docs/questions.md"), page());
    if std::env::var_os("BUBBLERISK_BLESS").is_some() {
        std::fs::write(&path, expected).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let first = written.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(written == expected, "docs/questions.md is older than the program ({first:?}): run this test with BUBBLERISK_BLESS=1");
}
