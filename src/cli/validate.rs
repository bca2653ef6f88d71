//! `validate`: everything that the program is tested against, its table, its page and its charts.

use super::args::Validate;
use super::{console, interrupt};
use bubblerisk::charts;
use bubblerisk::error::{Error, Result};
use bubblerisk::results::files;
use bubblerisk::validation::{self, Finding, Report};
use std::fmt::Write as _;

pub fn validate(args: &Validate) -> Result<()> {
    if !args.scenarios.is_dir() {
        return Err(Error::Usage(format!(
            "{} is not a folder; expected that of the shipped scenarios: run this in the folder of the project, or name it with --scenarios",
            args.scenarios.display()
        )));
    }
    let report = Report::run(&args.scenarios)?;
    let page = args.output.join("validation.md");
    let pictures = args.output.join("validation");
    interrupt::make_folder(&args.output)?;
    interrupt::make_folder(&pictures)?;
    interrupt::begin_writing();
    files::write_whole(&page, validation::page(&report).as_bytes())?;
    for picture in report.pictures() {
        charts::write(&picture, &pictures)?;
    }
    interrupt::end_writing();
    if args.talk.json {
        let value = serde_json::to_value(&report).map_err(|e| Error::NotConverged(format!("the report cannot be written as JSON: {e}")))?;
        console::say_json(&value)?;
    } else if !args.talk.quiet {
        console::say(&text(&report, &page.display().to_string()))?;
    }
    if report.passed() { Ok(()) } else { Err(Error::NotConverged("some checks that must agree do not; they are marked FAIL".into())) }
}

fn text(report: &Report, page: &str) -> String {
    let mut out = String::new();
    for (heading, _, checks) in report.groups() {
        let _ = write!(out, "{heading}\n\n{}\n", validation::text(checks));
    }
    out += &findings("Telecom 2001-2002, bands set before the first run", &report.telecom);
    out += &findings("Drawdown of 2022 and 27 January 2025", &report.stresses);
    let passed = report.checks().filter(|c| c.passed).count();
    let _ = writeln!(
        out,
        "{passed} of {} checks that must agree do; {} of {} demonstrations of nothing hold.\nPage: {page}",
        report.checks().count(),
        report.nulls.iter().filter(|n| n.passed).count(),
        report.nulls.len()
    );
    out
}

fn findings(heading: &str, list: &[Finding]) -> String {
    let mut out = format!("{heading}\n\n");
    for f in list {
        let _ = writeln!(
            out,
            "{:<28} {:>10.4} ({:.4} to {:.4})  {}",
            f.band.id,
            f.found.value,
            f.found.low,
            f.found.high,
            if f.is_hit { "hit" } else { "miss" }
        );
    }
    out + "\n"
}
