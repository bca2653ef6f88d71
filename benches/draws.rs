//! Speed of random numbers, from a Philox word to all drivers of a path.
//!
//! Goals, on one core with 512-bit vectors: a Philox word under 1 ns, a normal under 2 ns, a t draw under 6 ns, and a quarter of all drivers of a path
//! under 40 ns for each firm: a small part of what the three worlds that share them cost (see `quarter.rs`).

mod common;

use std::hint::black_box;

use bubblerisk::lanes::{self, Isa, LANES, Row};
use bubblerisk::shocks::philox::{philox_lanes, philox4x32};
use bubblerisk::shocks::{Drivers, Parameters, consecutive};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use multiversion::multiversion;

type Words = [[u32; LANES]; 4];

const KEY: [u32; 2] = [7, 11];

fn counters() -> [u32; LANES] {
    std::array::from_fn(|l| l as u32)
}

#[multiversion(targets = "simd")]
fn words(counter: &[u32; LANES], quarter: u32, out: &mut Words) {
    philox_lanes(counter, quarter, 5, 0, KEY, out);
}

#[multiversion(targets = "simd")]
fn normals(words: &Words, out: &mut [Row; 4]) {
    let [a, b, c, d] = out;
    lanes::normal_pair_row(&words[0], &words[1], a, b);
    lanes::normal_pair_row(&words[2], &words[3], c, d);
}

#[multiversion(targets = "simd")]
fn t_draws(words: &Words, nu: f64, out: &mut [Row; 2]) {
    let [a, b] = out;
    lanes::student_t_row(&words[0], &words[1], nu, a);
    lanes::student_t_row(&words[2], &words[3], nu, b);
}

fn philox(c: &mut Criterion) {
    let counter = counters();
    let mut out = [[0; LANES]; 4];
    words(&counter, 3, &mut out);
    for lane in 0..LANES {
        assert_eq!(out.map(|w| w[lane]), philox4x32([lane as u32, 3, 5, 0], KEY), "a lane is the block of its counter");
    }
    let mut group = c.benchmark_group("draws/philox");
    group.throughput(Throughput::Elements(4 * LANES as u64));
    group.bench_function("word", |b| b.iter(|| words(black_box(&counter), 3, &mut out)));
    group.finish();
}

/// Mean and mean square of many draws.
fn moments(mut draw: impl FnMut(&Words, &mut Vec<f64>)) -> (f64, f64) {
    let (mut values, mut block) = (Vec::new(), [[0; LANES]; 4]);
    for quarter in 0..2_000 {
        words(&counters(), quarter, &mut block);
        draw(&block, &mut values);
    }
    let n = values.len() as f64;
    (values.iter().sum::<f64>() / n, values.iter().map(|x| x * x).sum::<f64>() / n)
}

fn variates(c: &mut Criterion) {
    let (mut four, mut two) = ([[0.0; LANES]; 4], [[0.0; LANES]; 2]);
    let (mean, square) = moments(|w, values| {
        normals(w, &mut four);
        values.extend(four.iter().flatten());
    });
    // 512,000 draws: bounds of five standard errors, 1/sqrt(n) and sqrt(2/n).
    assert!(mean.abs() < 0.007 && (square - 1.0).abs() < 0.010, "normals: mean {mean}, mean square {square}");
    let (mean, square) = moments(|w, values| {
        t_draws(w, 5.0, &mut two);
        values.extend(two.iter().flatten());
    });
    // Variance 5/3, kurtosis 9: the mean square of 256,000 draws has a standard error of 0.0093.
    assert!(mean.abs() < 0.013 && (square - 5.0 / 3.0).abs() < 0.047, "t: mean {mean}, mean square {square}");

    let mut block = [[0; LANES]; 4];
    words(&counters(), 3, &mut block);
    let mut group = c.benchmark_group("draws/variate");
    group.throughput(Throughput::Elements(4 * LANES as u64));
    group.bench_function("normal", |b| b.iter(|| normals(black_box(&block), &mut four)));
    group.throughput(Throughput::Elements(2 * LANES as u64));
    group.bench_function("t5", |b| b.iter(|| t_draws(black_box(&block), 5.0, &mut two)));
    group.finish();
}

fn drivers(c: &mut Criterion) {
    let model = common::synthetic(16, 80, 24, 1);
    let parameters = Parameters::central(&model);
    let widest = Drivers::of_block(&model, &parameters, 1, &consecutive(0), Isa::detect());
    for isa in Isa::available() {
        let same = Drivers::of_block(&model, &parameters, 1, &consecutive(0), isa);
        assert_eq!(widest.revenue_factor, same.revenue_factor, "every instruction set draws the same bits");
        assert_eq!(widest.sentiment, same.sentiment);
    }
    assert!(widest.revenue_factor.iter().flatten().all(|x| x.is_finite() && *x > 0.0));
    let mut group = c.benchmark_group("draws/drivers");
    // One element is one quarter of one path for one firm.
    group.throughput(Throughput::Elements((LANES * 24 * 16) as u64));
    group.bench_function("firm-quarter", |b| {
        b.iter(|| Drivers::of_block(&model, &parameters, 1, &consecutive(black_box(64)), Isa::detect()))
    });
    group.finish();
}

criterion_group! { name = benches; config = common::settings(); targets = philox, variates, drivers }
criterion_main!(benches);
