//! What benches that fill docs/performance share: rounds, quartiles, peak memory, tables and the machine that they were taken on. Not here: what is measured.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use bubblerisk::lanes::Isa;

/// Tables that the page is made of, relative to the folder of the project.
const FOLDER: &str = "docs/performance";
/// Which table was taken on which machine.
const MACHINES: &str = "machines.csv";

/// Whether the answers are only to be looked at once, without measuring.
pub fn is_test() -> bool {
    has("--test")
}

/// Whether the tables are to be written.
pub fn is_writing() -> bool {
    has("--write") && !is_test()
}

/// Whether a flag was given.
pub fn has(flag: &str) -> bool {
    std::env::args().any(|a| a == flag)
}

/// The word after a flag.
pub fn value(flag: &str) -> Option<String> {
    std::env::args().skip_while(|a| a != flag).nth(1)
}

/// Seconds that a piece of work takes.
pub fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

/// Median and quartiles of a measurement that was repeated.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub low: f64,
    pub high: f64,
    pub rounds: usize,
}

impl Spread {
    /// Of at least one value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let last = values.len() - 1;
        Spread { median: values[values.len() / 2], low: values[last / 4], high: values[last - last / 4], rounds: values.len() }
    }

    /// The same in another unit.
    pub fn times(self, factor: f64) -> Spread {
        Spread { median: self.median * factor, low: self.low * factor, high: self.high * factor, ..self }
    }

    /// Median, lower quartile, upper quartile, rounds: the last columns of every table.
    pub fn fields(&self) -> String {
        format!("{},{},{},{}", short(self.median), short(self.low), short(self.high), self.rounds)
    }
}

/// Five significant digits: more would pretend.
pub fn short(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return v.to_string();
    }
    let digits = (4 - v.abs().log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{v:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// Largest memory that this process has had in physical memory so far, bytes; 0 where the system does not say.
pub fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.and_then(|l| l.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// The folder of the tables.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER)
}

/// Writes a table and notes the machine that it was taken on.
pub fn write(name: &str, header: &str, rows: &[String]) {
    fs::create_dir_all(folder()).expect("the folder of the tables can be made");
    let text: String = std::iter::once(header).chain(rows.iter().map(String::as_str)).map(|line| format!("{line}\n")).collect();
    fs::write(folder().join(name), text).expect("the table can be written");
    note_machine(name);
    println!("wrote {FOLDER}/{name}");
}

/// Writes rows into a table of several sweeps, in place of those of the same sweeps; the other sweeps stay as they were taken.
pub fn replace(name: &str, header: &str, rows: Vec<String>) {
    let sweep = |row: &str| row.split('"').nth(1).unwrap_or("").to_string();
    let old = fs::read_to_string(folder().join(name)).unwrap_or_default();
    let is_kept = |row: &&str| old.starts_with(header) && !rows.iter().any(|new| sweep(new) == sweep(row));
    let mut all: Vec<String> = old.lines().skip(1).filter(is_kept).map(String::from).collect();
    all.extend(rows);
    write(name, header, &all);
}

/// Puts the machine and the day beside the name of a table that was just taken.
pub fn note_machine(name: &str) {
    let path = folder().join(MACHINES);
    let old = fs::read_to_string(&path).unwrap_or_default();
    let mut rows: Vec<String> = old.lines().skip(1).filter(|l| l.split(',').next() != Some(name)).map(String::from).collect();
    rows.push(format!("{name},{},{},{},{},{}", cpu(), vector_bits(), cores(), rustc(), today()));
    rows.sort();
    let text: String = std::iter::once("table,cpu,vector_bits,cores,rustc,day".to_string()).chain(rows).map(|l| l + "\n").collect();
    fs::write(path, text).expect("the table of machines can be written");
}

fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|l| l.starts_with("model name"));
    line.and_then(|l| l.split_once(':')).map_or("unknown".into(), |x| x.1.trim().replace(',', " "))
}

/// Width of the vectors that the engine uses.
fn vector_bits() -> u32 {
    match Isa::detect() {
        Isa::Baseline => 128,
        Isa::Avx2 => 256,
        Isa::Avx512 => 512,
    }
}

/// Threads that the machine runs at once.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn rustc() -> String {
    let said = Command::new("rustc").arg("--version").output().map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    said.split_whitespace().nth(1).unwrap_or("unknown").to_string()
}

/// Today as year, month, day.
pub fn today() -> String {
    let said = Command::new("date").args(["-u", "+%F"]).output().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string());
    said.unwrap_or_default()
}
