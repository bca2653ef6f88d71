//! Writes docs/performance.md and its chart from the tables under docs/performance with `-- --write`; `-- --history LABEL` adds a line to the history,
//! `-- --taken TABLE` notes the machine of a table that a script took. Without these it only makes the page. No measuring.

#[path = "measure/mod.rs"]
mod measure;
mod page;

use page::Tables;
use std::fs;
use std::io::Write;

fn main() {
    if let Some(table) = measure::value("--taken") {
        return measure::note_machine(&table);
    }
    if let Some(label) = measure::value("--history") {
        return add_to_history(&label);
    }
    let folder = measure::folder();
    let tables = Tables::read(&folder);
    let (text, picture) = (page::page(&tables), page::picture(&tables));
    assert!(text.starts_with("<!--") && text.contains("## Take it again"), "the page has a beginning and an end");
    if !measure::is_writing() {
        return;
    }
    fs::write(folder.with_extension("md"), text).expect("the page can be written");
    if let Some(picture) = picture {
        fs::write(folder.join("scale.svg"), picture.svg()).expect("the chart can be written");
        fs::write(folder.join("scale.png"), picture.png().expect("the chart is drawn")).expect("the chart can be written");
    }
    println!("wrote docs/performance.md");
}

/// One line more of what has been measured over time.
fn add_to_history(label: &str) {
    let path = measure::folder().join("history.csv");
    let line = page::history_line(&Tables::read(&measure::folder()), &measure::today(), label);
    let mut file = fs::OpenOptions::new().append(true).open(path).expect("there is a history");
    writeln!(file, "{line}").expect("the history can be written");
}
