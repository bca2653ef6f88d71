//! Payment clearing beside other programs: makes a random network and shocks, clears every shock, and leaves problem and answers for the others to read.
//!
//! `cargo bench --bench peers-clearing -- FOLDER N VECTORS`. Without these three, or with `--test`, it does nothing. `run-clearing` runs all programs.

#[path = "../common/mod.rs"]
mod common;

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use bubblerisk::clearing::FixedPoint;
use bubblerisk::clearing::one_shot::eisenberg_noe::{Outside, Recovery};
use bubblerisk::clearing::one_shot::{Edge, Network};
use bubblerisk::clearing::payments::{Claim, Class, Position, SOLVENT_TOLERANCE, Workspace, clear};
use bubblerisk::clearing::prepared::{self, Prepared};
use bubblerisk::lanes::{Isa, LANES, Row, splat};
use bubblerisk::shocks::philox::Philox;
use common::{below, unit};

const SEED: u64 = 20_260_701;
/// Debts to other firms that each firm draws; some fall on one creditor and are added.
const DEBTS: usize = 7;
/// Standard deviation of the logarithm of the factors on external assets, and the share of its variance that all firms have in common.
const SIGMA: f64 = 0.12;
const COMMON: f64 = 0.4;
/// Capital over external assets with everything paid, for few and for many firms: more firms need more for as few vectors with a default.
const CAPITAL: (f64, f64) = (0.22, 0.27);
/// Vectors that a thread takes at a time.
const CHUNK: usize = 4096;
/// Each time is the best of as many runs.
const RUNS: usize = 15;

/// A network whose debts to the outside rank with those to firms; `own` of the positions is set by each vector.
struct Problem {
    positions: Vec<Position>,
    claims: Vec<Claim>,
    /// External assets: one row of all firms for each vector.
    assets: Vec<f64>,
}

/// What is kept of each vector.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
struct Answer {
    /// Owed and not paid, all firms together.
    shortfall: f64,
    defaults: f64,
}

fn normal(stream: &mut Philox) -> f64 {
    (-2.0 * (1.0 - unit(stream)).ln()).sqrt() * (std::f64::consts::TAU * unit(stream)).cos()
}

fn problem(n: usize, vectors: usize) -> Problem {
    let mut stream = Philox::keyed(SEED, [n as u32, 0, 0]);
    let mut positions = vec![Position { recovery_own: 1.0, recovery_inflow: 1.0, ..Position::default() }; n];
    let mut claims: Vec<Claim> = Vec::new();
    let mut inflow = vec![0.0; n];
    for from in 0..n {
        for _ in 0..DEBTS {
            let to = (from + 1 + below(&mut stream, n - 1)) % n;
            let amount = 0.5 + unit(&mut stream);
            positions[from].hard += amount;
            inflow[to] += amount;
            match claims.iter_mut().find(|c| c.from == from as u32 && c.to == to as u32) {
                Some(claim) => claim.amount += amount,
                None => claims.push(Claim { from: from as u32, to: to as u32, amount, class: Class::Hard }),
            }
        }
    }
    let capital = if n < 100 { CAPITAL.0 } else { CAPITAL.1 };
    let mut planned = vec![0.0; n];
    for i in 0..n {
        // Whoever is owed less than it owes has external assets for the difference, so that nobody's capital is negative.
        planned[i] = 10.0 + 10.0 * unit(&mut stream) + (positions[i].hard - inflow[i]).max(0.0);
        positions[i].hard = inflow[i] + planned[i] * (1.0 - capital);
    }
    let mut assets = Vec::with_capacity(n * vectors);
    for _ in 0..vectors {
        let all = COMMON.sqrt() * normal(&mut stream);
        assets.extend(planned.iter().map(|x| x * (SIGMA * (all + (1.0 - COMMON).sqrt() * normal(&mut stream))).exp()));
    }
    Problem { positions, claims, assets }
}

/// Clears the vectors of `assets` one after another. With `try_full` the kernel sees only those in which somebody is short if everybody pays: the way
/// of the engine.
fn clear_chunk(problem: &Problem, assets: &[f64], try_full: bool, answers: &mut [Answer], work: &mut Workspace) {
    let n = problem.positions.len();
    let mut inflow = vec![0.0; n];
    problem.claims.iter().for_each(|c| inflow[c.to as usize] += c.amount);
    let solvent_from: Vec<f64> = problem.positions.iter().map(|p| p.hard * (1.0 - SOLVENT_TOLERANCE)).collect();
    let mut positions = problem.positions.clone();
    for (own, answer) in assets.chunks_exact(n).zip(answers) {
        *answer = Answer::default();
        if try_full && !own.iter().zip(&inflow).zip(&solvent_from).fold(false, |short, ((own, x), from)| short | (own + x < *from)) {
            continue;
        }
        positions.iter_mut().zip(own).for_each(|(p, own)| p.own = *own);
        let solved = clear(&positions, &problem.claims, FixedPoint::Greatest, work);
        assert!(solved.converged, "{solved:?}");
        for (paid, owed) in work.payments.iter().zip(&positions) {
            answer.shortfall += owed.hard - paid.hard;
            answer.defaults += f64::from(u8::from(paid.defaulted));
        }
    }
}

/// The same debts, prepared.
fn prepare(problem: &Problem) -> Prepared {
    let debts: Vec<Edge> = problem.claims.iter().map(|c| Edge { from: c.from, to: c.to, amount: c.amount }).collect();
    let mut outside: Vec<f64> = problem.positions.iter().map(|p| p.hard).collect();
    debts.iter().for_each(|e| outside[e.from as usize] -= e.amount);
    let network = Network { external_assets: vec![0.0; outside.len()], external_liabilities: outside, debts, stakes: vec![] };
    Prepared::new(&network, Outside::PariPassu, Recovery::FULL).expect("the network can be cleared")
}

/// The same assets for the prepared network: for each 64 vectors a row of lanes for each firm, as paths are drawn. No program's layout is made in its time. Lanes without a vector have firms that cannot fail.
fn in_lanes(problem: &Problem) -> Vec<Row> {
    let n = problem.positions.len();
    let mut rows = Vec::new();
    for block in problem.assets.chunks(LANES * n) {
        let start = rows.len();
        rows.resize(start + n, splat(f64::INFINITY));
        for (lane, own) in block.chunks_exact(n).enumerate() {
            rows[start..].iter_mut().zip(own).for_each(|(row, own)| row[lane] = *own);
        }
    }
    rows
}

/// Clears the blocks of 64 vectors of `rows` on the prepared network.
fn clear_lanes(network: &Prepared, isa: Isa, rows: &[Row], answers: &mut [Answer], work: &mut prepared::Workspace) {
    answers.fill(Answer::default());
    let solved = network.clear(isa, rows, work).expect("assets are numbers");
    assert!(solved.converged, "{solved:?}");
    for failure in &work.failures {
        let answer = &mut answers[failure.shock as usize];
        answer.shortfall += failure.unpaid;
        answer.defaults += 1.0;
    }
}

/// Answers to as many vectors, and microseconds per vector. Threads take the assets, in either layout, in chunks of `CHUNK` vectors, `length` entries each;
/// each has memory of its own, which it keeps.
fn clear_all<T: Sync, W: Default>(
    vectors: usize,
    assets: &[T],
    length: usize,
    threads: usize,
    clear_chunk: impl Fn(&[T], &mut [Answer], &mut W) + Sync,
) -> (Vec<Answer>, f64) {
    let mut answers = vec![Answer::default(); vectors];
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = Instant::now();
        let chunks = Mutex::new(assets.chunks(length).zip(answers.chunks_mut(CHUNK)));
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut work = W::default();
                    loop {
                        let next = chunks.lock().expect("no thread failed").next();
                        let Some((assets, answers)) = next else { break };
                        clear_chunk(assets, answers, &mut work);
                    }
                });
            }
        });
        best = best.min(start.elapsed().as_secs_f64());
    }
    (answers, best * 1e6 / vectors as f64)
}

/// Writes an array of f64, little-endian, in NumPy's format 1.0.
fn write_npy(path: &Path, shape: &str, numbers: impl Iterator<Item = f64>) -> std::io::Result<()> {
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({shape}), }}");
    let padded = (10 + header.len() + 1).next_multiple_of(64) - 10;
    header = format!("{header:<width$}\n", width = padded - 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    numbers.for_each(|x| bytes.extend(x.to_le_bytes()));
    fs::write(path, bytes)
}

fn write(folder: &Path, problem: &Problem, answers: &[Answer]) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let (n, vectors, debts) = (problem.positions.len(), answers.len(), problem.claims.len());
    let edges = problem.claims.iter().flat_map(|c| [f64::from(c.from), f64::from(c.to), c.amount]);
    write_npy(&folder.join("debts.npy"), &format!("{debts}, 3"), edges)?;
    write_npy(&folder.join("owed.npy"), &format!("{n},"), problem.positions.iter().map(|p| p.hard))?;
    write_npy(&folder.join("assets.npy"), &format!("{vectors}, {n}"), problem.assets.iter().copied())?;
    write_npy(&folder.join("shortfall.npy"), &format!("{vectors},"), answers.iter().map(|a| a.shortfall))?;
    write_npy(&folder.join("defaults.npy"), &format!("{vectors},"), answers.iter().map(|a| a.defaults))
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let plain: Vec<&String> = given.iter().filter(|a| !a.starts_with("--")).collect();
    let [folder, n, vectors] = plain[..] else { return };
    if given.iter().any(|a| a == "--test") {
        return;
    }
    let problem = problem(n.parse().expect("N is a number"), vectors.parse().expect("VECTORS is a number"));
    let (firms, vectors) = (problem.positions.len(), problem.assets.len() / problem.positions.len());
    let one_by_one = |threads: usize, try_full: bool| {
        clear_all(vectors, &problem.assets, CHUNK * firms, threads, |assets, answers, work: &mut Workspace| {
            clear_chunk(&problem, assets, try_full, answers, work);
        })
    };
    let mut answers = vec![Answer::default(); vectors];
    clear_chunk(&problem, &problem.assets, false, &mut answers, &mut Workspace::default());
    write(Path::new(folder), &problem, &answers).expect("the folder can be written");
    describe(&problem, &answers);
    for (name, try_full) in [("bubblerisk: kernel for every vector", false), ("bubblerisk: full payment first, as the engine", true)] {
        for threads in [1, 2] {
            let (found, time) = one_by_one(threads, try_full);
            assert!(found == answers, "{name}, {threads} threads: other answers");
            println!("{name}\t{n}\t{threads}\t{time:.4}");
        }
    }
    let (network, isa, rows) = (prepare(&problem), Isa::detect(), in_lanes(&problem));
    for threads in [1, 2] {
        let clear = |rows: &[Row], answers: &mut [Answer], work: &mut prepared::Workspace| clear_lanes(&network, isa, rows, answers, work);
        let (found, time) = clear_all(vectors, &rows, CHUNK / LANES * firms, threads, clear);
        let near = |a: &Answer, b: &Answer| (a.shortfall - b.shortfall).abs() <= 1e-9 * b.shortfall.max(1.0) && a.defaults == b.defaults;
        assert!(found.iter().zip(&answers).all(|(a, b)| near(a, b)), "prepared network, {threads} threads: other answers");
        println!("bubblerisk: prepared network, lanes\t{n}\t{threads}\t{time:.4}");
    }
}

fn describe(problem: &Problem, answers: &[Answer]) {
    let short: Vec<&Answer> = answers.iter().filter(|a| a.defaults > 0.0).collect();
    let mean = short.iter().map(|a| a.defaults).sum::<f64>() / short.len() as f64;
    let share = 100.0 * short.len() as f64 / answers.len() as f64;
    println!(
        "# {} firms, {} debts, {} vectors: {share:.1} % with defaults, {mean:.2} firms in each of these",
        problem.positions.len(),
        problem.claims.len(),
        answers.len()
    );
}
