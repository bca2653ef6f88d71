//! `reverse`: what would have to happen for a condition to be met.

use super::args::{Reverse, Source};
use super::question::{self, About};
use super::saved::beside::REPLAY;
use bubblerisk::analysis::reverse;
use bubblerisk::engine::Run;
use bubblerisk::error::Result;
use bubblerisk::results::tables;
use bubblerisk::{charts, report, scenario};

/// Paths where --paths does not say.
const PATHS: u64 = 100_000;

pub fn reverse(args: &Reverse) -> Result<()> {
    let loaded = scenario::load_with(&args.source.scenario, &args.source.set, &args.source.without)?;
    let condition = reverse::parse(&args.when, &loaded.model)?;
    let engine = question::made_ready(&loaded.model)?;
    let run = Run::new(args.effort.paths.unwrap_or(PATHS), args.effort.seed);
    let bar = question::progress(&args.answer.talk, run.paths.end);
    let progress = |done: u64| {
        // A second look, at paths chosen by importance, makes the way longer.
        if bar.position() >= bar.length().unwrap_or(0) {
            bar.inc_length(run.paths.end);
        }
        bar.inc(done);
    };
    let found = reverse::reverse(&engine, &condition, &run, args.effort.threads, &progress)?;
    bar.finish_and_clear();
    let folder = question::folder(&args.answer, &loaded.model.name, "reverse")?;
    let written = [
        ("coordinates.csv", tables::coordinates_csv(&found)),
        ("paths.csv", tables::reverse_paths_csv(&found)),
        ("first-failures.csv", tables::first_failures_csv(&found)),
    ];
    let replay = replay(&args.source, args.effort.seed);
    let about = About { also: vec![(REPLAY, replay.clone().into())], ..About::new("reverse", &loaded.hash) };
    question::write(&folder, &about, &found, &written)?;
    let footer = question::footer(&loaded.model);
    if let Some(picture) = charts::reversal(&found, &footer) {
        charts::write(&picture, &folder)?;
    }
    question::say(&args.answer.talk, &folder, ("reversal", &found), &report::reverse::sections(&found, &replay))?;
    question::all_solved(found.failed_solves)
}

/// The command that replays a path of this run, without its number.
fn replay(source: &Source, seed: u64) -> String {
    let mut words = vec!["bubblerisk explain".to_string(), quoted(&source.scenario.display().to_string())];
    words.extend(source.set.iter().map(|o| format!("--set {}", quoted(&format!("{}={}", o.path, o.value)))));
    words.extend(source.without.iter().map(|d| format!("--without {}", quoted(d))));
    if seed != 1 {
        words.push(format!("--seed {seed}"));
    }
    words.join(" ") + " --path"
}

/// A word of a command as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-./=,:+@%".contains(c));
    if is_plain { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bubblerisk::scenario::Override;

    #[test]
    fn the_command_has_the_changes_of_the_scenario() {
        let change = Override { path: "purchase.*.take_or_pay".into(), value: "0.6".into() };
        let source = Source { scenario: "my file.toml".into(), set: vec![change], without: vec!["deal".into()] };
        assert_eq!(
            replay(&source, 7),
            "bubblerisk explain 'my file.toml' --set 'purchase.*.take_or_pay=0.6' --without deal --seed 7 --path"
        );
    }
}
