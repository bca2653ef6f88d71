//! Arithmetic on rows of 64 lanes: exp, ln, cosine and sine in turns, uniforms, Student-t draws by Bailey's
//! polar method. Not here: the generator (shocks), and what a draw is used for; `dispatch` picks the instruction set.
//!
//! Everything is plain add, multiply, divide, square root, compare and bit operations, each exactly specified
//! by IEEE 754, with no fused multiply-add and no call into libm: results are bit-identical on every
//! instruction set and platform. There is no branch and no table per lane, and everything is inlined, so that
//! LLVM vectorises it inside a caller compiled for AVX-512, AVX2 or less. Each scalar core has a row version
//! that is a loop over it. Polynomials are minimax fits (Remez exchange at 200 bits, coefficients rounded to
//! f64); the errors stated were measured against mpmath, and `tests/draws.rs` holds them.

mod dispatch;

pub use dispatch::Isa;
pub(crate) use dispatch::lane_kernel;

/// Lanes in a row: paths that are computed side by side.
pub const LANES: usize = 64;

/// One value per lane.
pub type Row = [f64; LANES];

/// A row with the same value in every lane.
#[inline(always)]
#[must_use]
pub const fn splat(x: f64) -> Row {
    [x; LANES]
}

/// A row from a function of the lane. Inlined with its function, so that it is compiled for the instructions of the kernel that calls it, which
/// `std::array::from_fn` is not.
#[inline(always)]
pub fn row(mut of: impl FnMut(usize) -> f64) -> Row {
    let mut out = [0.0; LANES];
    for l in 0..LANES {
        out[l] = of(l);
    }
    out
}

/// 1.5 · 2⁵²: adding it rounds to the nearest integer and leaves that integer in the low bits, which
/// vectorises where a conversion from f64 to i64 does not (AVX2).
const ROUNDING_SHIFT: f64 = 6_755_399_441_055_744.0;
/// Bits of 2⁵²: with a small integer or-ed in, the bits of 2⁵² plus that integer.
const TWO_POW_52_BITS: u64 = 0x4330_0000_0000_0000;
/// ln 2 to 32 significant bits, so that its product with an exponent is exact.
const LN2_HIGH: f64 = 0.693_147_180_369_123_8;
/// ln 2 less [`LN2_HIGH`].
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Above this e^x is more than the largest f64.
const EXP_OVERFLOW: f64 = 709.782_712_893_384;
/// Below this e^x is subnormal: ln 2⁻¹⁰²².
const EXP_UNDERFLOW: f64 = -708.396_418_532_264_1;

/// (e^r − 1 − r) / r² for |r| ≤ ½ ln 2; fit error 2⁻⁶¹·⁷ of r.
const EXP_COEFFICIENTS: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_77,
    0.041_666_666_666_666_7,
    0.008_333_333_333_321_615,
    0.001_388_888_888_886_684_3,
    0.000_198_412_698_861_59,
    2.480_158_736_054_879_4e-5,
    2.755_724_418_149_063e-6,
    2.755_724_276_467_693e-7,
    2.510_904_503_159_115_7e-8,
    2.092_444_209_961_348e-9,
];

/// (2 artanh s − 2 s) / s³ in s² for |s| ≤ (√2 − 1) / (√2 + 1); fit error 2⁻⁵⁸·⁵ of s² times this.
const LN_COEFFICIENTS: [f64; 7] = [
    0.666_666_666_666_673_4,
    0.399_999_999_994_143_2,
    0.285_714_287_424_747_25,
    0.222_221_985_634_979_44,
    0.181_835_648_661_305_17,
    0.153_140_358_470_622_13,
    0.147_961_053_406_341_94,
];

/// sin(2 π w) / w in w² for |w| ≤ ¼; fit error 2⁻⁶²·⁴ of sin.
const SINE_COEFFICIENTS: [f64; 9] = [
    std::f64::consts::TAU,
    -41.341_702_240_399_75,
    81.605_249_276_071_72,
    -76.705_859_752_634_61,
    42.058_693_915_280_7,
    -15.094_641_369_135_69,
    3.819_922_805_285_405,
    -0.717_685_440_844_423_4,
    0.100_714_942_238_228_86,
];

/// Polynomial with coefficients from the constant up, by Horner's rule without fused operations.
#[inline(always)]
fn polynomial<const N: usize>(x: f64, coefficients: &[f64; N]) -> f64 {
    let mut sum = coefficients[N - 1];
    for term in (0..N - 1).rev() {
        sum = sum * x + coefficients[term];
    }
    sum
}

/// The lesser of two values; `b` where they do not compare (NaN, or zeros of either sign).
#[inline(always)]
#[must_use]
pub fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The greater of two values; `b` where they do not compare (NaN, or zeros of either sign).
#[inline(always)]
#[must_use]
pub fn greater(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// `x` held within `low ..= high`; a NaN stays NaN, and `high` wins where the bounds cross.
#[inline(always)]
#[must_use]
pub fn clamp_between(x: f64, low: f64, high: f64) -> f64 {
    let raised = if x < low { low } else { x };
    if raised > high { high } else { raised }
}

/// Splits e^x = 2ⁿ (1 + s) with |r| ≤ ½ ln 2: returns n in the low twelve bits (two's complement) and s = e^r − 1.
#[inline(always)]
fn split_exponent(x: f64) -> (u64, f64) {
    let shifted = x * std::f64::consts::LOG2_E + ROUNDING_SHIFT;
    let n = shifted - ROUNDING_SHIFT;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let s = r + (r * r) * polynomial(r, &EXP_COEFFICIENTS);
    (shifted.to_bits(), s)
}

/// e^x, within 1 ulp, exactly 1 at 0; +∞ above 709.78, NaN stays NaN.
///
/// Subnormal results are flushed: 0 below −708.396 (ln 2⁻¹⁰²²), and so at −∞.
#[inline(always)]
#[must_use]
pub fn exp(x: f64) -> f64 {
    let (n, s) = split_exponent(x);
    let scaled = f64::from_bits((1.0 + s).to_bits().wrapping_add(n << 52));
    let bounded = if x < EXP_UNDERFLOW { 0.0 } else { scaled };
    let bounded = if x > EXP_OVERFLOW { f64::INFINITY } else { bounded };
    if x.is_nan() { x } else { bounded }
}

/// e^x − 1, within 2 ulp also where it cancels, exactly 0 at 0; −1 at −∞, +∞ above 709.78, NaN stays NaN.
#[inline(always)]
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    // Below −50 the result rounds to −1 and 2ⁿ would leave the normal range.
    let raised = if x < -50.0 { -50.0 } else { x };
    let (n, s) = split_exponent(raised);
    // Half of 2ⁿ, since 2¹⁰²⁴ is not an f64 though e^x may still be one.
    let half = f64::from_bits(n.wrapping_add(1022) << 52);
    let result = 2.0 * (s * half + (half - 0.5));
    let bounded = if x > EXP_OVERFLOW { f64::INFINITY } else { result };
    if x.is_nan() { x } else { bounded }
}

/// Splits a positive normal x = 2ᵏ (1 + f) with 1 + f in [√½, √2): returns k and f, both exact.
#[inline(always)]
fn split_logarithm(x: f64) -> (f64, f64) {
    const BIAS: u64 = 1023 << 52;
    const OFFSET: u64 = BIAS - std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let bits = x.to_bits();
    let exponent = bits.wrapping_add(OFFSET) >> 52;
    let k = f64::from_bits(TWO_POW_52_BITS | exponent) - (4_503_599_627_370_496.0 + 1023.0);
    let mantissa = bits.wrapping_sub(exponent << 52).wrapping_add(BIAS);
    (k, f64::from_bits(mantissa) - 1.0)
}

/// Natural logarithm, within 1 ulp, exactly 0 at 1; NaN below 0, +∞ at +∞, NaN stays NaN.
///
/// Subnormal arguments count as 0 and give −∞. The form ln(1 + f) = f − (½ f² − s (½ f² + R(s²))), with
/// s = f / (2 + f), is that of Ng & Sun's fdlibm.
#[inline(always)]
#[must_use]
pub fn ln(x: f64) -> f64 {
    let (k, f) = split_logarithm(x);
    let s = f / (2.0 + f);
    let z = s * s;
    let remainder = z * polynomial(z, &LN_COEFFICIENTS);
    let half_square = 0.5 * f * f;
    let small = half_square - (s * (half_square + remainder) + k * LN2_LOW);
    let result = k * LN2_HIGH - (small - f);
    let result = if x < f64::MIN_POSITIVE { f64::NEG_INFINITY } else { result };
    let result = if x < 0.0 { f64::NAN } else { result };
    // Catches +∞, where the split is meaningless, and NaN.
    if x < f64::INFINITY { result } else { x }
}

/// sin(2 π w) for |w| ≤ ¼.
#[inline(always)]
fn sine_quarter(w: f64) -> f64 {
    w * polynomial(w * w, &SINE_COEFFICIENTS)
}

/// cos(2 π u) for u in [0, 1], absolute error below 5·10⁻¹⁶; exactly 0 at ¼ and ¾.
///
/// One polynomial by folding: cos(2 π u) = sin(2 π (|u − ½| − ¼)).
#[inline(always)]
#[must_use]
pub fn cos_two_pi(u: f64) -> f64 {
    sine_quarter((u - 0.5).abs() - 0.25)
}

/// (sin(2 π u), cos(2 π u)) for u in [0, 1], absolute error of each below 5·10⁻¹⁶.
///
/// The sine is folded onto its rising quarter: sin(2 π u) = sin(2 π v), v = ½ − u, then |v| > ¼ onto ½ − |v|.
#[inline(always)]
#[must_use]
pub fn sincos_two_pi(u: f64) -> (f64, f64) {
    let v = 0.5 - u;
    let distance = v.abs();
    let folded = lesser(distance, 0.5 - distance).copysign(v);
    (sine_quarter(folded), sine_quarter(distance - 0.25))
}

/// (u + ½) · 2⁻³², exact, in the open interval (0, 1): a uniform from 32 random bits.
#[inline(always)]
#[must_use]
pub fn unit(u: u32) -> f64 {
    let sum = f64::from_bits(TWO_POW_52_BITS | u64::from(u));
    (sum - (4_503_599_627_370_496.0 - 0.5)) * (1.0 / 4_294_967_296.0)
}

/// ν (U^(−2/ν) − 1) for L = −2 ln U: the squared radius of a bivariate t, L itself where ν = +∞.
///
/// As ν (e^(L/ν) − 1), accurate also where U is close to 1 or ν is large.
#[inline(always)]
fn squared_radius(l: f64, nu: f64) -> f64 {
    if nu < f64::INFINITY { nu * exp_m1(l * (1.0 / nu)) } else { l }
}

/// A Student-t draw with `nu` > 0 degrees of freedom from two uniforms in (0, 1), `nu` = +∞ being the normal;
/// not scaled to unit variance (multiply by √((ν − 2)/ν) for that).
///
/// Bailey, "Polar generation of random variates with the t-distribution", Math. Comp. 62 (1994) 779:
/// T = √(ν (U^(−2/ν) − 1)) cos(2 π V), exactly t; its limit is Box & Muller's √(−2 ln U) cos(2 π V).
/// A `nu` ≤ 0 or NaN has no distribution and gives a meaningless value or NaN.
#[inline(always)]
#[must_use]
pub fn student_t_polar(radius_u: f64, angle_u: f64, nu: f64) -> f64 {
    squared_radius(-2.0 * ln(radius_u), nu).sqrt() * cos_two_pi(angle_u)
}

/// Two independent normals from two uniforms in (0, 1) (Box & Muller, 1958); the first is
/// [`student_t_polar`] with `nu` = +∞.
#[inline(always)]
#[must_use]
pub fn normal_pair(radius_u: f64, angle_u: f64) -> (f64, f64) {
    let radius = (-2.0 * ln(radius_u)).sqrt();
    let (sine, cosine) = sincos_two_pi(angle_u);
    (radius * cosine, radius * sine)
}

/// (ν + R²) (U^(−2/(ν+2)) − 1) for L = −2 ln U: the squared radius of the third component of a spherical t given
/// R² of the first two, L itself where ν = +∞.
#[inline(always)]
fn third_squared(l: f64, radius2: f64, nu: f64) -> f64 {
    if nu < f64::INFINITY { (nu + radius2) * exp_m1(l * (1.0 / (nu + 2.0))) } else { l }
}

/// A draw from the spherical three-dimensional t (zero location, unit scale matrix, one mixing variable for all
/// three components), from four uniforms in (0, 1); `nu` = +∞ gives three independent normals.
///
/// Exact, and without drawing the mixing variable. The first two components are a bivariate t: their angle is
/// uniform and independent of R², and P(R² > r) = (1 + r/ν)^(−ν/2), so R² = ν (U₁^(−2/ν) − 1). Dividing the
/// joint density, ∝ (1 + (R² + x²)/ν)^(−(ν+3)/2), by that of the first two leaves ∝ (1 + x²/(ν + R²))^(−(ν+3)/2)
/// for the third: it is √((ν + R²)/(ν + 2)) times a t with ν + 2 degrees of freedom (Ding, "On the conditional
/// distribution of the multivariate t distribution", Am. Stat. 70 (2016) 293), which Bailey's method draws from
/// U₃ and U₄. With ν + R² = ν e^(L₁/ν), that is √(ν e^(L₁/ν) (e^(L₃/(ν+2)) − 1)) cos(2 π U₄), L = −2 ln U.
#[inline(always)]
#[must_use]
pub fn spherical_t3(u: [f64; 4], nu: f64) -> [f64; 3] {
    let radius2 = squared_radius(-2.0 * ln(u[0]), nu);
    let third2 = third_squared(-2.0 * ln(u[2]), radius2, nu);
    let (sine, cosine) = sincos_two_pi(u[1]);
    let radius = radius2.sqrt();
    [radius * cosine, radius * sine, third2.sqrt() * cos_two_pi(u[3])]
}

/// [`exp`] of every lane.
#[inline(always)]
pub fn exp_row(x: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = exp(x[lane]);
    }
}

/// [`exp_m1`] of every lane.
#[inline(always)]
pub fn exp_m1_row(x: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = exp_m1(x[lane]);
    }
}

/// [`ln`] of every lane.
#[inline(always)]
pub fn ln_row(x: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = ln(x[lane]);
    }
}

/// [`cos_two_pi`] of every lane.
#[inline(always)]
pub fn cos_two_pi_row(u: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = cos_two_pi(u[lane]);
    }
}

/// [`sincos_two_pi`] of every lane.
#[inline(always)]
pub fn sincos_two_pi_row(u: &Row, sine: &mut Row, cosine: &mut Row) {
    for lane in 0..LANES {
        (sine[lane], cosine[lane]) = sincos_two_pi(u[lane]);
    }
}

/// Square root of every lane, exactly rounded; NaN below 0.
#[inline(always)]
pub fn sqrt_row(x: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = x[lane].sqrt();
    }
}

/// [`unit()`] of every lane.
#[inline(always)]
pub fn unit_row(words: &[u32; LANES], out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = unit(words[lane]);
    }
}

/// Squared radii of every lane, in stages: a loop per function keeps its constants in registers.
#[inline(always)]
fn squared_radius_row(words: &[u32; LANES], nu: f64, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = -2.0 * ln(unit(words[lane]));
    }
    if nu < f64::INFINITY {
        for value in out.iter_mut() {
            *value = squared_radius(*value, nu);
        }
    }
}

/// [`student_t_polar`] of every lane, straight from two rows of random words.
#[inline(always)]
pub fn student_t_row(radius: &[u32; LANES], angle: &[u32; LANES], nu: f64, out: &mut Row) {
    squared_radius_row(radius, nu, out);
    for lane in 0..LANES {
        out[lane] = out[lane].sqrt() * cos_two_pi(unit(angle[lane]));
    }
}

/// [`normal_pair`] of every lane, straight from two rows of random words.
#[inline(always)]
pub fn normal_pair_row(radius: &[u32; LANES], angle: &[u32; LANES], first: &mut Row, second: &mut Row) {
    for lane in 0..LANES {
        (first[lane], second[lane]) = normal_pair(unit(radius[lane]), unit(angle[lane]));
    }
}

/// [`spherical_t3`] of every lane, straight from the four words of a Philox block per lane.
#[inline(always)]
pub fn spherical_t3_row(words: &[[u32; LANES]; 4], nu: f64, out: &mut [Row; 3]) {
    let [first, second, third] = out;
    squared_radius_row(&words[0], nu, first);
    third_squared_row(&words[2], nu, first, third);
    for lane in 0..LANES {
        let (sine, cosine) = sincos_two_pi(unit(words[1][lane]));
        let radius = first[lane].sqrt();
        (first[lane], second[lane]) = (radius * cosine, radius * sine);
    }
    for lane in 0..LANES {
        third[lane] = third[lane].sqrt() * cos_two_pi(unit(words[3][lane]));
    }
}

/// Squared radii of the third component of [`spherical_t3`], given those of the first two.
#[inline(always)]
fn third_squared_row(words: &[u32; LANES], nu: f64, radius2: &Row, out: &mut Row) {
    for lane in 0..LANES {
        out[lane] = -2.0 * ln(unit(words[lane]));
    }
    if nu < f64::INFINITY {
        for lane in 0..LANES {
            out[lane] = third_squared(out[lane], radius2[lane], nu);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_special_cases() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp(710.0), f64::INFINITY);
        assert_eq!(exp(1e300), f64::INFINITY);
        assert_eq!(exp(-709.0), 0.0);
        assert_eq!(exp(-1e300), 0.0);
        assert!(exp(EXP_OVERFLOW).is_finite());
        assert!(exp(EXP_UNDERFLOW).is_normal());
        assert!(exp(f64::NAN).is_nan());
        assert!(exp(-f64::NAN).is_nan());
    }

    #[test]
    fn exp_m1_special_cases() {
        assert_eq!(exp_m1(0.0), 0.0);
        assert_eq!(exp_m1(1e-300), 1e-300);
        assert_eq!(exp_m1(f64::NEG_INFINITY), -1.0);
        assert_eq!(exp_m1(-60.0), -1.0);
        assert_eq!(exp_m1(710.0), f64::INFINITY);
        assert_eq!(exp_m1(f64::INFINITY), f64::INFINITY);
        assert!(exp_m1(EXP_OVERFLOW).is_finite());
        assert!(exp_m1(f64::NAN).is_nan());
    }

    #[test]
    fn ln_special_cases() {
        assert_eq!(ln(1.0).to_bits(), 0);
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(1e-310), f64::NEG_INFINITY);
        assert!(ln(f64::MIN_POSITIVE).is_finite());
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert!(ln(-1.0).is_nan());
        assert!(ln(-1e-320).is_nan());
        assert!(ln(f64::NEG_INFINITY).is_nan());
        assert!(ln(f64::NAN).is_nan());
        assert!(ln(-f64::NAN).is_nan());
    }

    #[test]
    fn quarter_turns() {
        assert_eq!(cos_two_pi(0.25), 0.0);
        assert_eq!(cos_two_pi(0.75), 0.0);
        for (u, sine, cosine) in [(0.0, 0.0, 1.0), (0.25, 1.0, 0.0), (0.5, 0.0, -1.0)] {
            let (s, c) = sincos_two_pi(u);
            assert!((s - sine).abs() < 1e-15 && (c - cosine).abs() < 1e-15);
        }
        let (s, c) = sincos_two_pi(0.75);
        assert!((s + 1.0).abs() < 1e-15 && c == 0.0);
    }

    #[test]
    fn unit_is_open_and_exact() {
        let step = 2.0_f64.powi(-32);
        assert_eq!(unit(0), 0.5 * step);
        assert_eq!(unit(u32::MAX), 1.0 - 0.5 * step);
        assert_eq!(unit(1 << 31), 0.5 + 0.5 * step);
    }

    #[test]
    fn comparisons_choose() {
        assert_eq!(lesser(1.0, 2.0), 1.0);
        assert_eq!(greater(1.0, 2.0), 2.0);
        assert_eq!(lesser(f64::NAN, 2.0), 2.0);
        assert_eq!(clamp_between(3.0, 0.0, 1.0), 1.0);
        assert_eq!(clamp_between(-3.0, 0.0, 1.0), 0.0);
        assert!(clamp_between(f64::NAN, 0.0, 1.0).is_nan());
    }

    #[test]
    fn large_nu_tends_to_the_normal() {
        for u in [unit(0), 1e-3, 0.5, 0.999, unit(u32::MAX)] {
            let normal = student_t_polar(u, 0.1, f64::INFINITY);
            let nearly = student_t_polar(u, 0.1, 1e15);
            assert!((nearly / normal - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn infinite_nu_gives_box_muller_and_a_third_normal() {
        let u = [0.3, 0.6, 0.2, 0.9];
        let [x, y, z] = spherical_t3(u, f64::INFINITY);
        assert_eq!(x, student_t_polar(0.3, 0.6, f64::INFINITY));
        assert!((x * x + y * y + 2.0 * ln(0.3)).abs() < 1e-14);
        assert_eq!(z, student_t_polar(0.2, 0.9, f64::INFINITY));
    }
}
