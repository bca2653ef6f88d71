//! Draws held to theory: the errors stated in `lanes`, equality of every instruction set, and the
//! distributions that come out of `shocks::philox`. Not here: special cases (unit tests beside the code).
//!
//! Seeds are fixed, so nothing here is flaky; a bound of "false alarm 1e-6" says how rarely an honest
//! generator would fail it under a new seed.

#[path = "common/cases.rs"]
mod cases;

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use bubblerisk::lanes::{self, LANES, Row};
use bubblerisk::model::name_hash;
use bubblerisk::shocks::philox::{Philox, philox_lanes, philox4x32};
use multiversion::multiversion;
use proptest::prelude::*;
use rand::Rng;
use rand_distr::{Distribution, Gamma, StandardNormal};

type Words = [[u32; LANES]; 4];

// ---------------------------------------------------------------- errors of the elementary functions

/// Distance in representable values; 0 for two NaN, huge for one.
fn ulps(a: f64, b: f64) -> u64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        return 0;
    }
    if a.is_nan() || b.is_nan() || (a < 0.0) != (b < 0.0) {
        return u64::MAX;
    }
    a.to_bits().abs_diff(b.to_bits())
}

fn uniform(stream: &mut Philox) -> f64 {
    (stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

fn holds_references(name: &str, function: fn(f64) -> f64, table: &[(u64, u64)], limit: u64) {
    for &(x, expected) in table {
        let (x, expected) = (f64::from_bits(x), f64::from_bits(expected));
        let got = function(x);
        assert!(ulps(got, expected) <= limit, "{name}({x:e}) = {got:e}");
    }
}

#[test]
fn references_hold() {
    holds_references("exp", lanes::exp, EXP_REFERENCES, 1);
    holds_references("exp_m1", lanes::exp_m1, EXP_M1_REFERENCES, 2);
    holds_references("ln", lanes::ln, LN_REFERENCES, 1);
    for &(u, expected) in COS_REFERENCES {
        let (u, expected) = (f64::from_bits(u), f64::from_bits(expected));
        assert!((lanes::cos_two_pi(u) - expected).abs() < 5e-16, "{u}");
        assert!((lanes::sincos_two_pi(u).1 - expected).abs() < 5e-16, "{u}");
    }
}

/// The standard library is within 1 ulp of the truth, so a difference of 2 (3) allows 1 (2) to ours.
#[test]
fn a_million_points_agree_with_the_standard_library() {
    let mut stream = Philox::keyed(1, [0; 3]);
    for _ in 0..1_000_000 {
        let x = 1418.0 * uniform(&mut stream) - 708.3;
        let near = 4.0 * uniform(&mut stream) - 2.0;
        let tiny = near * (-40.0 * uniform(&mut stream)).exp();
        let any = 2.0_f64.powf(2040.0 * uniform(&mut stream) - 1020.0);
        for v in [x, near, tiny] {
            assert!(ulps(lanes::exp(v), v.exp()) <= 2, "exp({v:e})");
            assert!(ulps(lanes::exp_m1(v), v.exp_m1()) <= 3, "exp_m1({v:e})");
        }
        for v in [any, 1.0 + 0.4 * near, 1.0 + 0.4 * tiny] {
            assert!(ulps(lanes::ln(v), v.ln()) <= 2, "ln({v:e})");
        }
    }
}

/// The reference rounds 2 π u before it takes the cosine, which costs it up to 4.5e-16; hence 1e-15.
#[test]
fn a_million_angles_agree_with_the_standard_library() {
    let mut stream = Philox::keyed(2, [0; 3]);
    for _ in 0..1_000_000 {
        let u = uniform(&mut stream);
        let (sine, cosine) = lanes::sincos_two_pi(u);
        assert_eq!(lanes::cos_two_pi(u).to_bits(), cosine.to_bits());
        assert!((cosine - (TAU * u).cos()).abs() < 1e-15, "cos {u}");
        assert!((sine - (TAU * u).sin()).abs() < 1e-15, "sin {u}");
        assert!((sine * sine + cosine * cosine - 1.0).abs() < 2e-15);
    }
}

// ---------------------------------------------------------------- rows, and every instruction set

/// Everything a row can do, so that one comparison covers all of it.
#[derive(Clone, PartialEq, Debug)]
struct Everything {
    words: Words,
    rows: Vec<Vec<u64>>,
}

#[inline(always)]
fn everything_in_rows(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    let mut words = [[0; LANES]; 4];
    philox_lanes(counter0, 11, 12, 13, [14, 15], &mut words);
    let mut rows = [[0.0; LANES]; 14];
    let [a, b, c, d, e, f, g, h, i, j, t, spherical @ ..] = &mut rows;
    lanes::exp_row(x, a);
    lanes::exp_m1_row(x, b);
    lanes::ln_row(x, c);
    lanes::unit_row(&words[0], d);
    lanes::cos_two_pi_row(d, e);
    lanes::sincos_two_pi_row(d, f, g);
    lanes::sqrt_row(x, h);
    lanes::normal_pair_row(&words[0], &words[1], i, j);
    lanes::student_t_row(&words[2], &words[3], nu, t);
    lanes::spherical_t3_row(&words, nu, spherical);
    let rows = rows.map(|row| row.map(bits).to_vec()).to_vec();
    Everything { words, rows }
}

/// Bits of a value, one pattern for every NaN: IEEE 754 leaves their sign and payload open.
fn bits(x: f64) -> u64 {
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

#[inline(never)]
fn baseline(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    everything_in_rows(counter0, x, nu)
}

#[multiversion(targets("x86_64+sse3+ssse3+sse4.1+sse4.2"))]
fn sse4(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    everything_in_rows(counter0, x, nu)
}

// With FMA allowed, to show that nothing is fused.
#[multiversion(targets("x86_64+avx+avx2+bmi1+bmi2+fma"))]
fn avx2(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    everything_in_rows(counter0, x, nu)
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+fma"))]
fn avx512(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    everything_in_rows(counter0, x, nu)
}

#[multiversion(targets = "simd")]
fn whatever_is_best(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    everything_in_rows(counter0, x, nu)
}

/// The slow, obvious twin: one lane at a time.
fn everything_in_scalars(counter0: &[u32; LANES], x: &Row, nu: f64) -> Everything {
    let mut words = [[0; LANES]; 4];
    let mut rows = vec![vec![0; LANES]; 14];
    for lane in 0..LANES {
        let block = philox4x32([counter0[lane], 11, 12, 13], [14, 15]);
        let u = block.map(lanes::unit);
        let (sine, cosine) = lanes::sincos_two_pi(u[0]);
        let (first, second) = lanes::normal_pair(u[0], u[1]);
        let spherical = lanes::spherical_t3(u, nu);
        let values = [
            lanes::exp(x[lane]),
            lanes::exp_m1(x[lane]),
            lanes::ln(x[lane]),
            u[0],
            lanes::cos_two_pi(u[0]),
            sine,
            cosine,
            x[lane].sqrt(),
            first,
            second,
            lanes::student_t_polar(u[2], u[3], nu),
            spherical[0],
            spherical[1],
            spherical[2],
        ];
        for (row, value) in rows.iter_mut().zip(values) {
            row[lane] = bits(value);
        }
        for (row, word) in words.iter_mut().zip(block) {
            row[lane] = word;
        }
    }
    Everything { words, rows }
}

/// Arguments over the whole range of f64, specials included, and of moderate size.
fn arguments(stream: &mut Philox, specials: bool) -> Row {
    let mut x = [0.0; LANES];
    for value in &mut x {
        *value = if specials && stream.next_u32() & 3 == 0 { f64::from_bits(stream.next_u64()) } else { 1600.0 * uniform(stream) - 800.0 };
    }
    if specials {
        x[..8].copy_from_slice(&[0.0, -0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324, 1e308]);
    }
    x
}

#[test]
fn every_width_gives_the_scalar_bits() {
    let mut stream = Philox::keyed(3, [0; 3]);
    for turn in 0..2000 {
        let counter0 = [0; LANES].map(|_: u32| stream.next_u32());
        let x = arguments(&mut stream, turn & 1 == 0);
        let nu = [5.0, f64::INFINITY, 2.1, 1e6][turn % 4];
        let expected = everything_in_scalars(&counter0, &x, nu);
        for (width, function) in [
            ("baseline", baseline as fn(&[u32; LANES], &Row, f64) -> Everything),
            ("sse4", sse4),
            ("avx2", avx2),
            ("avx512", avx512),
            ("simd", whatever_is_best),
        ] {
            assert!(function(&counter0, &x, nu) == expected, "{width}, turn {turn}");
        }
    }
}

/// A digest of the bits of everything (multiplied as FNV-1a does and rotated, else sign bits cancel in pairs): what a seed gives must not change with a release, a compiler or a
/// processor. If it changes on purpose, every saved run changes with it.
#[test]
fn draws_never_change() {
    let mut stream = Philox::keyed(4, [0; 3]);
    let mut digest: u64 = 0xcbf2_9ce4_8422_2325;
    for turn in 0..64 {
        let counter0 = [0; LANES].map(|_: u32| stream.next_u32());
        let x = arguments(&mut stream, turn & 1 == 0);
        let everything = whatever_is_best(&counter0, &x, [5.0, f64::INFINITY, 3.5][turn % 3]);
        for value in everything.rows.into_iter().flatten() {
            digest = (digest ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        }
    }
    assert_eq!(digest, 0x8124_ff81_f8fd_c01c, "{digest:#x}");
}

// ---------------------------------------------------------------- distributions

/// Calls `visit` with the words of `blocks` rows of 64 Philox blocks of stream `kind`.
fn visit_blocks(blocks: u32, kind: u32, mut visit: impl FnMut(&Words)) {
    let mut counter0 = [0; LANES];
    let mut words = [[0; LANES]; 4];
    for block in 0..blocks {
        for (lane, word) in counter0.iter_mut().enumerate() {
            *word = block * LANES as u32 + lane as u32;
        }
        philox_lanes(&counter0, kind, 0, 0, [2026, 1], &mut words);
        visit(&words);
    }
}

/// `rows` · 128 Student-t draws.
fn student_draws(rows: u32, nu: f64) -> Vec<f64> {
    let mut draws = Vec::with_capacity(rows as usize * 2 * LANES);
    let mut row = [0.0; LANES];
    visit_blocks(rows, 1, |words| {
        lanes::student_t_row(&words[0], &words[1], nu, &mut row);
        draws.extend_from_slice(&row);
        lanes::student_t_row(&words[2], &words[3], nu, &mut row);
        draws.extend_from_slice(&row);
    });
    draws
}

/// `rows` · 64 spherical draws.
fn spherical_draws(rows: u32, nu: f64) -> Vec<[f64; 3]> {
    let mut draws = Vec::with_capacity(rows as usize * LANES);
    let mut row = [[0.0; LANES]; 3];
    visit_blocks(rows, 2, |words| {
        lanes::spherical_t3_row(words, nu, &mut row);
        draws.extend((0..LANES).map(|lane| [row[0][lane], row[1][lane], row[2][lane]]));
    });
    draws
}

/// Kolmogorov-Smirnov at false alarm 1e-6: sup |F_n − F| √n stays below √(½ ln(2 / 1e-6)).
fn assert_follows(name: &str, mut sample: Vec<f64>, cdf: impl Fn(f64) -> f64) {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let mut distance = 0.0_f64;
    for (rank, &x) in sample.iter().enumerate() {
        let f = cdf(x);
        let above = (rank + 1) as f64 / n - f;
        let below = f - rank as f64 / n;
        assert!(above.is_finite(), "{name}: {x}");
        distance = distance.max(above).max(below);
    }
    let limit = ((2.0_f64 / 1e-6).ln() / 2.0).sqrt();
    let statistic = distance * n.sqrt();
    assert!(statistic < limit, "{name}: {statistic:.3} of {limit:.3}");
}

/// Cdf of a density on `from ..= to` known up to a factor: Simpson's rule on a grid, linear in between.
fn integrate(density: impl Fn(f64) -> f64, from: f64, to: f64) -> impl Fn(f64) -> f64 {
    const STEPS: usize = 20_000;
    let step = (to - from) / STEPS as f64;
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for cell in 0..STEPS {
        let left = from + step * cell as f64;
        sum += density(left) + 4.0 * density(left + step / 2.0) + density(left + step);
        sums.push(sum);
    }
    move |x| {
        let place = ((x - from) / step).clamp(0.0, STEPS as f64 - 0.5);
        let cell = place as usize;
        let rise = sums[cell + 1] - sums[cell];
        (sums[cell] + (place - cell as f64) * rise) / sum
    }
}

/// Student-t cdf by quadrature: with t = √ν tan θ its density is ∝ cos^(ν−1) θ.
fn student_cdf(nu: f64) -> impl Fn(f64) -> f64 {
    let angle = integrate(move |a| a.cos().max(0.0).powf(nu - 1.0), -FRAC_PI_2, FRAC_PI_2);
    move |t| angle((t / nu.sqrt()).atan())
}

/// Student-t cdf for ν = 5 in closed form (Abramowitz & Stegun 26.7.3).
fn student_5_cdf(t: f64) -> f64 {
    let (sine, cosine) = (t / 5.0_f64.sqrt()).atan().sin_cos();
    let angle = sine.atan2(cosine);
    0.5 + (angle + sine * (cosine + 2.0 / 3.0 * cosine.powi(3))) / PI
}

/// Normal cdf by its series (Marsaglia, J. Stat. Software 11 (2004) 4).
fn normal_cdf(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while (sum + term) != sum || odd < 20.0 {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + sum * (-0.5 * x * x).exp() / TAU.sqrt()
}

/// Mean over 100 batches with its standard error, so that no variance need be known.
fn batch_mean(values: impl ExactSizeIterator<Item = f64>) -> (f64, f64) {
    let size = values.len() / 100;
    let mut batches = [0.0; 100];
    for (place, value) in values.enumerate().take(100 * size) {
        batches[place / size] += value / size as f64;
    }
    let mean = batches.iter().sum::<f64>() / 100.0;
    let squares: f64 = batches.iter().map(|batch| (batch - mean).powi(2)).sum();
    (mean, (squares / 99.0 / 100.0).sqrt())
}

/// False alarm about 1e-5 for a mean of batches that is nearly normal.
fn assert_mean(name: &str, values: impl ExactSizeIterator<Item = f64>, expected: f64) {
    let (mean, error) = batch_mean(values);
    let distance = (mean - expected) / error;
    assert!(distance.abs() < 4.5, "{name}: {mean} is {distance:.2} errors from {expected}");
}

#[test]
fn student_draws_follow_student() {
    let closed = student_5_cdf;
    let quadrature = student_cdf(5.0);
    for t in [-9.0, -1.5, -0.1, 0.0, 0.7, 3.0, 40.0] {
        assert!((closed(t) - quadrature(t)).abs() < 1e-7);
    }
    assert_follows("t5", student_draws(8192, 5.0), closed);
    for nu in [1.0, 2.5, 3.5, 30.0, 1e4] {
        assert_follows(&format!("t{nu}"), student_draws(8192, nu), student_cdf(nu));
    }
    assert_follows("normal", student_draws(8192, f64::INFINITY), normal_cdf);
}

/// Without the cancellation-free form, a large ν would lose the radius entirely.
#[test]
fn student_with_large_nu_is_normal() {
    assert_follows("t1e12", student_draws(8192, 1e12), normal_cdf);
}

#[test]
fn moments_of_normals_and_students() {
    let normals = student_draws(1 << 15, f64::INFINITY);
    for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0), (6, 15.0)] {
        let powers = normals.iter().map(|x| x.powi(power));
        assert_mean(&format!("normal moment {power}"), powers, expected);
    }
    let students = student_draws(1 << 15, 9.0);
    for (power, expected) in [(1, 0.0), (2, 9.0 / 7.0), (3, 0.0), (4, 3.0 * 81.0 / 35.0)] {
        let powers = students.iter().map(|x| x.powi(power));
        assert_mean(&format!("t9 moment {power}"), powers, expected);
    }
}

#[test]
fn pairs_of_normals_are_independent() {
    let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
    let mut pairs = Vec::new();
    visit_blocks(1 << 14, 3, |words| {
        lanes::normal_pair_row(&words[0], &words[1], &mut first, &mut second);
        pairs.extend(first.into_iter().zip(second));
    });
    assert_mean("product", pairs.iter().map(|(x, y)| x * y), 0.0);
    assert_mean("squares", pairs.iter().map(|(x, y)| x * x * y * y), 1.0);
    assert_follows("second of a pair", pairs.iter().map(|pair| pair.1).collect(), normal_cdf);
}

/// P(|Z| > 4) and P(|Z| > 6) of a t5 scaled to unit variance, by quadrature of its density.
#[test]
fn tails_of_unit_variance_t5() {
    let draws = student_draws(1 << 16, 5.0);
    let n = draws.len() as f64;
    assert!(n >= 4e6);
    for (threshold, expected) in [(4.0, 0.003_572_826_296), (6.0, 0.000_573_245_142)] {
        let beyond = draws.iter().filter(|t| (*t * 0.6_f64.sqrt()).abs() > threshold).count();
        let error = (expected * (1.0 - expected) / n).sqrt();
        let distance = (beyond as f64 / n - expected) / error;
        assert!(distance.abs() < 4.0, "beyond {threshold}: {distance:.2} errors");
    }
}

/// |X|² / 3 is F(3, ν): with |X|² = ν tan² θ the density of θ is ∝ sin² θ cos^(ν−1) θ.
#[test]
fn spherical_radius_follows_f() {
    for nu in [2.5, 5.0, 8.0, 100.0] {
        let angle = integrate(move |a| a.sin().powi(2) * a.cos().max(0.0).powf(nu - 1.0), 0.0, FRAC_PI_2);
        let squares: Vec<f64> = spherical_draws(16384, nu).iter().map(|x| x.iter().map(|v| v * v).sum()).collect();
        assert_follows(&format!("radius, nu {nu}"), squares, |r2: f64| angle((r2 / nu).sqrt().atan()));
    }
}

/// Any two of the three are a bivariate t: P(R² > r) = (1 + r/ν)^(−ν/2), and their angle is uniform.
#[test]
fn spherical_components_are_exchangeable() {
    for nu in [2.5, 8.0] {
        let draws = spherical_draws(16384, nu);
        for component in 0..3 {
            let marginal = draws.iter().map(|x| x[component]).collect();
            assert_follows(&format!("component {component}, nu {nu}"), marginal, student_cdf(nu));
        }
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let squares = draws.iter().map(|x| x[i] * x[i] + x[j] * x[j]).collect();
            let cdf = |r2: f64| 1.0 - (1.0 + r2 / nu).powf(-nu / 2.0);
            assert_follows(&format!("radius {i}{j}, nu {nu}"), squares, cdf);
            let angles = draws.iter().map(|x| x[i].atan2(x[j])).collect();
            assert_follows(&format!("angle {i}{j}, nu {nu}"), angles, |a| 0.5 + a / TAU);
        }
    }
}

/// One mixing variable W: E X_i² X_j² = E W² = ν² / ((ν−2)(ν−4)), a correlation of squares of 1/(ν−1), and
/// E |X_i X_j| = (2/π) E W. Taken at ν = 20, where the eighth moment exists, and at ν = 8.
#[test]
fn spherical_components_share_their_mixing() {
    for (nu, squares) in [(20.0_f64, true), (8.0, false)] {
        let draws = spherical_draws(1 << 15, nu);
        let mixing = nu / (nu - 2.0);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            let name = format!("{i}{j}, nu {nu}");
            let products = draws.iter().map(|x| x[i] * x[j]);
            assert_mean(&format!("product {name}"), products, 0.0);
            let sizes = draws.iter().map(|x| (x[i] * x[j]).abs());
            assert_mean(&format!("size {name}"), sizes, mixing * 2.0 / PI);
            if squares {
                let fourth = draws.iter().map(|x| (x[i] * x[j]).powi(2));
                let expected = nu * nu / ((nu - 2.0) * (nu - 4.0));
                assert_mean(&format!("squares {name}"), fourth, expected);
                let (correlation, theory) = (correlation_of_squares(&draws, i, j), 1.0 / (nu - 1.0));
                assert!((correlation - theory).abs() < 0.005, "{name}: {correlation}");
            }
        }
    }
}

fn correlation_of_squares(draws: &[[f64; 3]], i: usize, j: usize) -> f64 {
    let n = draws.len() as f64;
    let mean = |f: &dyn Fn(&[f64; 3]) -> f64| draws.iter().map(f).sum::<f64>() / n;
    let (a, b) = (mean(&|x| x[i] * x[i]), mean(&|x| x[j] * x[j]));
    let covariance = mean(&|x| (x[i] * x[i] - a) * (x[j] * x[j] - b));
    let variances = mean(&|x| (x[i] * x[i] - a).powi(2)) * mean(&|x| (x[j] * x[j] - b).powi(2));
    covariance / variances.sqrt()
}

#[test]
fn infinite_nu_gives_three_independent_normals() {
    let draws = spherical_draws(1 << 14, f64::INFINITY);
    for component in 0..3 {
        let marginal = draws.iter().map(|x| x[component]).collect();
        assert_follows(&format!("component {component}"), marginal, normal_cdf);
    }
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        assert_mean("product", draws.iter().map(|x| x[i] * x[j]), 0.0);
        assert_mean("squares", draws.iter().map(|x| (x[i] * x[j]).powi(2)), 1.0);
    }
}

/// `rand_distr` samples from the stream: a rejection sampler and a two-parameter law.
#[test]
fn rare_draws_come_from_rand_distr() {
    let mut stream = Philox::keyed(7, [1, 2, 3]);
    let normals: Vec<f64> = (0..500_000).map(|_| StandardNormal.sample(&mut stream)).collect();
    assert_follows("ziggurat", normals, normal_cdf);
    let gamma = Gamma::new(2.0, 3.0).expect("a gamma with positive parameters");
    let gammas: Vec<f64> = (0..500_000).map(|_| gamma.sample(&mut stream)).collect();
    assert_follows("gamma", gammas, |x: f64| 1.0 - (1.0 + x / 3.0) * (-x / 3.0).exp());
}

// ---------------------------------------------------------------- properties

proptest! {
    #![proptest_config(cases::usual())]

    #[test]
    fn any_argument_of_exp(x in any::<f64>()) {
        let expected = x.exp();
        if expected.is_normal() || !expected.is_finite() {
            prop_assert!(ulps(lanes::exp(x), expected) <= 2);
        } else {
            prop_assert_eq!(lanes::exp(x), 0.0);
        }
        prop_assert!(ulps(lanes::exp_m1(x), x.exp_m1()) <= 3);
    }

    #[test]
    fn any_argument_of_ln(x in any::<f64>()) {
        if x.is_subnormal() && x > 0.0 {
            prop_assert_eq!(lanes::ln(x), f64::NEG_INFINITY);
        } else {
            prop_assert!(ulps(lanes::ln(x), x.ln()) <= 2);
        }
    }

    #[test]
    fn any_word_is_a_uniform_strictly_inside(word in any::<u32>()) {
        let u = lanes::unit(word);
        prop_assert!(u > 0.0 && u < 1.0);
        prop_assert_eq!(u, (f64::from(word) + 0.5) / 4_294_967_296.0);
    }

    #[test]
    fn any_draw_is_finite(words in any::<[u32; 4]>(), nu in 1.0..1e9_f64) {
        let u = words.map(lanes::unit);
        prop_assert!(lanes::student_t_polar(u[0], u[1], nu).is_finite());
        prop_assert!(lanes::spherical_t3(u, nu).iter().all(|x| x.is_finite()));
    }

    #[test]
    fn a_stream_is_its_key_and_words(seed in any::<u64>(), words in any::<[u32; 3]>()) {
        let [w0, w1, w2] = words;
        let key = [seed as u32, (seed >> 32) as u32];
        let mut stream = Philox::keyed(seed, words);
        let first = [0; 4].map(|_: u32| stream.next_u32());
        prop_assert_eq!(first, philox4x32([w0, w1, w2, 0], key));
        prop_assert_ne!(first, philox4x32([w0, w1, w2, 1], key));
    }

    #[test]
    fn a_letter_more_is_another_name(name in ".{0,12}", letter in any::<char>()) {
        let longer = format!("{name}{letter}");
        prop_assert_ne!(name_hash(&name), name_hash(&longer));
    }
}

// ---------------------------------------------------------------- references

/// (bits of x, bits of e^x to the nearest f64), by mpmath at 200 bits; so are the tables that follow.
const EXP_REFERENCES: &[(u64, u64)] = &[
    (0xc086_2266_6666_6666, 0x0011_9e98_b83d_e7a3),
    (0xc07f_4400_0000_0000, 0x12d3_9634_f3ad_26d0),
    (0xc059_0666_6666_6666, 0x36e8_0562_8c2e_465c),
    (0xc042_c000_0000_0000, 0x3c8d_d5c5_6630_1ec8),
    (0xc024_9999_9999_999a, 0x3f01_a228_59e0_dc35),
    (0xc000_0000_0000_0000, 0x3fc1_52aa_a3bf_81cc),
    (0xbff0_0000_0000_0000, 0x3fd7_8b56_362c_ef38),
    (0xbfd6_2eb1_c432_ca58, 0x3fe6_a077_3cd6_78a4),
    (0xbfb9_9999_9999_999a, 0x3fec_f46d_99d5_2b3a),
    (0xbe11_2e0b_e826_d695, 0x3fef_ffff_ff76_8fa1),
    (0x3cd2_03af_9ee7_5616, 0x3ff0_0000_0000_0005),
    (0x3f84_7ae1_47ae_147b, 0x3ff0_292a_5d2f_2226),
    (0x3fd6_2e33_eff1_9503, 0x3ff6_a099_138a_089d),
    (0x3fd6_2eb1_c432_ca58, 0x3ff6_a0c5_906b_c779),
    (0x3fe0_0000_0000_0000, 0x3ffa_6129_8e1e_069c),
    (0x3ff0_0000_0000_0000, 0x4005_bf0a_8b14_5769),
    (0x4004_0000_0000_0000, 0x4028_5d6f_d931_e0bb),
    (0x4024_0000_0000_0000, 0x40d5_829d_cf95_0560),
    (0x4056_2ccc_cccc_cccd, 0x47ef_4705_bbff_ae5c),
    (0x4072_c4cc_cccc_cccd, 0x5b02_e9c6_cabf_8f3f),
    (0x4084_5000_0000_0000, 0x7a8a_f11c_8c4d_d193),
    (0x4086_2d99_9999_999a, 0x7fed_75ae_7a50_ee14),
];
const EXP_M1_REFERENCES: &[(u64, u64)] = &[
    (0xc048_8000_0000_0000, 0xbff0_0000_0000_0000),
    (0xc034_8000_0000_0000, 0xbfef_ffff_ff54_2e28),
    (0xc008_0000_0000_0000, 0xbfee_6824_f333_14f5),
    (0xbfe6_6666_6666_6666, 0xbfe0_1bf9_2311_555f),
    (0xbfd6_2eb1_c432_ca58, 0xbfd2_bf11_8653_0eb9),
    (0xbfd6_2d0e_5604_1893, 0xbfd2_bde8_ef85_5314),
    (0xbf50_624d_d2f1_a9fc, 0xbf50_6035_21ca_c48c),
    (0xbddb_7cdf_d9d7_bdbb, 0xbddb_7cdf_d9d1_d693),
    (0x3bc7_9ca1_0c92_4223, 0x3bc7_9ca1_0c92_4223),
    (0x3d71_9799_812d_ea11, 0x3d71_9799_812d_f3bd),
    (0x3ee4_f8b5_88e3_68f1, 0x3ee4_f8bc_681c_dfb6),
    (0x3fc9_9999_9999_999a, 0x3fcc_56ec_f2c5_6468),
    (0x3fd6_2e33_eff1_9503, 0x3fda_8264_4e28_2273),
    (0x3fd6_353f_7ced_9168, 0x3fda_8c5b_7353_2fff),
    (0x3fe6_147a_e147_ae14, 0x3fef_cc84_8499_ccb6),
    (0x3ff0_a3d7_0a3d_70a4, 0x3ffd_4479_0f5e_d3cf),
    (0x3ff8_0000_0000_0000, 0x400b_da7f_cc9f_8a83),
    (0x4014_0000_0000_0000, 0x4062_6d38_9970_338f),
    (0x4046_8000_0000_0000, 0x43fe_4cf7_66fe_49be),
    (0x4079_0000_0000_0000, 0x6400_e398_d7d0_1704),
    (0x4086_2d99_9999_999a, 0x7fed_75ae_7a50_ee14),
];
const LN_REFERENCES: &[(u64, u64)] = &[
    (0x0010_0000_0000_0000, 0xc086_232b_dd7a_bcd2),
    (0x01a5_6e1f_c2f8_f359, 0xc085_9634_47f8_7fb5),
    (0x3bc7_9ca1_0c92_4223, 0xc047_069e_2aa2_aa5b),
    (0x3de0_0000_0000_0000, 0xc036_dfb5_16f2_0bbf),
    (0x3ee4_f8b5_88e3_68f1, 0xc027_069e_2aa2_aa5b),
    (0x3fb9_9999_9999_999a, 0xc002_6bb1_bbb5_5515),
    (0x3fe0_0000_0000_0000, 0xbfe6_2e42_fefa_39ef),
    (0x3fe6_a090_2de0_0d1b, 0xbfd6_2e6b_3842_a25e),
    (0x3fe6_a0a5_2695_95ff, 0xbfd6_2e2f_e738_33b5),
    (0x3fec_cccc_cccc_cccd, 0xbfba_f8e8_210a_415c),
    (0x3fef_f7ce_d916_872b, 0xbf50_6467_0d97_9b73),
    (0x3fef_ffff_fff0_0000, 0xbde0_0000_0004_0000),
    (0x3fef_ffff_ffff_ffff, 0xbca0_0000_0000_0000),
    (0x3ff0_0000_0000_0001, 0x3caf_ffff_ffff_ffff),
    (0x3ff0_0068_db8b_ac71, 0x3f1a_368d_0657_fcd4),
    (0x3ff1_9999_9999_999a, 0x3fb8_663f_793c_46cc),
    (0x3ff6_a09a_aa3a_d18d, 0x3fd6_2e38_6e3d_e80f),
    (0x3ff6_a0f9_096b_b98c, 0x3fd6_2f43_58c0_3e8a),
    (0x4000_0000_0000_0000, 0x3fe6_2e42_fefa_39ef),
    (0x4005_bf0a_8b14_5769, 0x3ff0_0000_0000_0000),
    (0x4024_0000_0000_0000, 0x4002_6bb1_bbb5_5516),
    (0x40c8_1cd6_c8b4_3958, 0x4022_d795_5979_1e31),
    (0x54b2_49ad_2594_c37d, 0x406c_c845_b54b_54f2),
    (0x7fee_42d1_3077_3b76, 0x4086_2dd0_8fdc_6f88),
];
const COS_REFERENCES: &[(u64, u64)] = &[
    (0x0000_0000_0000_0000, 0x3ff0_0000_0000_0000),
    (0x3de0_0000_0000_0000, 0x3ff0_0000_0000_0000),
    (0x3f84_7ae1_47ae_147b, 0x3fef_efd5_bfe4_43fe),
    (0x3fb9_9999_9999_999a, 0x3fe9_e377_9b97_f4a8),
    (0x3fc0_0000_0000_0000, 0x3fe6_a09e_667f_3bcd),
    (0x3fc9_9999_9999_999a, 0x3fd3_c6ef_372f_e94e),
    (0x3fcf_ffff_2940_6b2a, 0x3ea5_1537_0f9c_8fd9),
    (0x3fd0_0000_0000_0000, 0x0000_0000_0000_0000),
    (0x3fd0_a3d7_0a3d_70a4, 0xbfb0_130a_1be0_937d),
    (0x3fd8_0000_0000_0000, 0xbfe6_a09e_667f_3bcd),
    (0x3fdf_5c28_f5c2_8f5c, 0xbfef_efd5_bfe4_43fe),
    (0x3fe0_0000_0000_0000, 0xbff0_0000_0000_0000),
    (0x3fe0_51eb_851e_b852, 0xbfef_efd5_bfe4_43fe),
    (0x3fe3_3333_3333_3333, 0xbfe9_e377_9b97_f4a8),
    (0x3fe7_ae14_7ae1_47ae, 0xbfb0_130a_1be0_937d),
    (0x3fe8_0000_35af_e535, 0x3ea5_1537_0f6a_4be3),
    (0x3fe9_9999_9999_999a, 0x3fd3_c6ef_372f_e954),
    (0x3fec_cccc_cccc_cccd, 0x3fe9_e377_9b97_f4a8),
    (0x3fef_ae14_7ae1_47ae, 0x3fef_efd5_bfe4_43fe),
    (0x3fef_ffff_fff0_0000, 0x3ff0_0000_0000_0000),
];
