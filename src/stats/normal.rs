//! The standard normal distribution: density, distribution function, quantile. Not random numbers.
//!
//! The distribution function rests on the rational approximations of the error function by W. J. Cody (1969, "Rational
//! Chebyshev approximation for the error function", Math. Comp. 23), the quantile on Wichura (1988, algorithm AS 241, PPND16).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Density at `x`; 0 where `x` is not finite.
pub fn pdf(x: f64) -> f64 {
    if !x.is_finite() {
        return 0.0;
    }
    exp_minus_half_square(x) / (2.0 * PI).sqrt()
}

/// `P(Z <= x)`, to a relative accuracy of about 1e-15 in the body and 1e-13 in the far lower tail.
///
/// `None` if `x` is NaN.
pub fn cdf(x: f64) -> Option<f64> {
    (!x.is_nan()).then(|| 0.5 * erfc(-x * FRAC_1_SQRT_2, x))
}

/// The `x` with `P(Z <= x) = p`, to a relative accuracy of about 1e-15.
///
/// `None` unless `0 < p < 1`.
pub fn quantile(p: f64) -> Option<f64> {
    if !(p > 0.0 && p < 1.0) {
        return None;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return Some(q * rational(&CENTRE_TOP, &CENTRE_BOTTOM, r));
    }
    let r = (-p.min(1.0 - p).ln()).sqrt();
    let x = if r <= 5.0 { rational(&NEAR_TOP, &NEAR_BOTTOM, r - 1.6) } else { rational(&FAR_TOP, &FAR_BOTTOM, r - 5.0) };
    Some(if q < 0.0 { -x } else { x })
}

/// `exp(-x²/2)` with `x` split in a part of few bits, so that its square is exact, and a rest.
fn exp_minus_half_square(x: f64) -> f64 {
    if x.abs() > 40.0 {
        return 0.0;
    }
    let head = (x * 16.0).trunc() / 16.0;
    let rest = (x - head) * (x + head);
    (-0.5 * head * head).exp() * (-0.5 * rest).exp()
}

/// Complementary error function at `y = -x / √2`; `x` is given too because `exp(-y²)` is more exact from it.
fn erfc(y: f64, x: f64) -> f64 {
    let size = y.abs();
    if size <= 0.468_75 {
        return 1.0 - y * ratio(&ERF_TOP, &ERF_BOTTOM, y * y);
    }
    let tail = if size <= 4.0 {
        exp_minus_half_square(x) * ratio(&MID_TOP, &MID_BOTTOM, size)
    } else if size < 28.0 {
        let inverse = 1.0 / (size * size);
        let series = inverse * ratio(&TAIL_TOP, &TAIL_BOTTOM, inverse);
        exp_minus_half_square(x) * (1.0 / PI.sqrt() - series) / size
    } else {
        0.0
    };
    if y < 0.0 { 2.0 - tail } else { tail }
}

/// `top(x) / bottom(x)`, highest power first, `bottom` monic with its leading 1 left out.
fn ratio(top: &[f64], bottom: &[f64], x: f64) -> f64 {
    let above = top.iter().fold(0.0, |sum, c| sum * x + c);
    let below = bottom.iter().fold(1.0, |sum, c| sum * x + c);
    above / below
}

/// `top(x) / bottom(x)`, lowest power first.
fn rational(top: &[f64; 8], bottom: &[f64; 8], x: f64) -> f64 {
    let value = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * x + c);
    value(top) / value(bottom)
}

const ERF_TOP: [f64; 5] =
    [1.857_777_061_846_031_5e-1, 3.161_123_743_870_565_6, 1.138_641_541_510_501_6e2, 3.774_852_376_853_02e2, 3.209_377_589_138_469_5e3];
const ERF_BOTTOM: [f64; 4] = [2.360_129_095_234_412_1e1, 2.440_246_379_344_441_7e2, 1.282_616_526_077_372_3e3, 2.844_236_833_439_171e3];
const MID_TOP: [f64; 9] = [
    2.153_115_354_744_038_5e-8,
    5.641_884_969_886_701e-1,
    8.883_149_794_388_375,
    6.611_919_063_714_163e1,
    2.986_351_381_974_001e2,
    8.819_522_212_417_69e2,
    1.712_047_612_634_070_6e3,
    2.051_078_377_826_071_5e3,
    1.230_339_354_797_997_2e3,
];
const MID_BOTTOM: [f64; 8] = [
    1.574_492_611_070_983_5e1,
    1.176_939_508_913_125e2,
    5.371_811_018_620_099e2,
    1.621_389_574_566_690_2e3,
    3.290_799_235_733_459_6e3,
    4.362_619_090_143_247e3,
    3.439_367_674_143_721_6e3,
    1.230_339_354_803_749_4e3,
];
const TAIL_TOP: [f64; 6] = [
    1.631_538_713_730_209_8e-2,
    3.053_266_349_612_323_4e-1,
    3.603_448_999_498_044_4e-1,
    1.257_817_261_112_292_5e-1,
    1.608_378_514_874_228e-2,
    6.587_491_615_298_378e-4,
];
const TAIL_BOTTOM: [f64; 5] =
    [2.568_520_192_289_822, 1.872_952_849_923_460_5, 5.279_051_029_514_284e-1, 6.051_834_131_244_132e-2, 2.335_204_976_268_691_9e-3];

const CENTRE_TOP: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_BOTTOM: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const NEAR_TOP: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const NEAR_BOTTOM: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_TOP: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BOTTOM: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Known to 20 digits from an arbitrary-precision library (mpmath): x, Φ(x).
    const KNOWN: [(f64, f64); 16] = [
        (-37.5, 4.605353009581955e-308),
        (-20.0, 2.7536241186062337e-89),
        (-8.25, 7.919726314642477e-17),
        (-6.0, 9.86587645037698e-10),
        (-5.5, 1.8989562465887718e-08),
        (-4.125, 1.8536737846201994e-05),
        (-2.5, 0.006209665325776135),
        (-1.0, 0.15865525393145705),
        (-0.65625, 0.2558316413479339),
        (-0.25, 0.4012936743170763),
        (0.125, 0.5497382248301129),
        (0.5, 0.6914624612740131),
        (1.75, 0.9599408431361829),
        (3.0, 0.9986501019683699),
        (5.0, 0.9999997133484281),
        (8.0, 0.9999999999999993),
    ];

    #[test]
    fn known_values() {
        for (x, p) in KNOWN {
            let found = cdf(x).unwrap();
            assert!((found / p - 1.0).abs() < 2e-15, "cdf({x}) = {found:e}");
        }
    }

    #[test]
    fn quantile_and_cdf_undo_each_other() {
        for i in 1..400 {
            let x = -10.0 + 0.025 * f64::from(i);
            let back = quantile(cdf(x).unwrap()).unwrap();
            assert!((back - x).abs() < 4e-15 * x.abs().max(1.0), "{x} {back}");
        }
    }

    #[test]
    fn risk_measures_of_the_normal() {
        // Model, case C11.
        let var = quantile(0.99).unwrap();
        assert!((var - 2.326_347_874_0).abs() < 1e-10);
        assert!((pdf(var) / 0.01 - 2.665_214_220_3).abs() < 1e-9);
    }

    #[test]
    fn ends() {
        assert_eq!(cdf(f64::INFINITY), Some(1.0));
        assert_eq!(cdf(f64::NEG_INFINITY), Some(0.0));
        assert_eq!(cdf(0.0), Some(0.5));
        assert_eq!(cdf(f64::NAN), None);
        assert_eq!(pdf(f64::NAN), 0.0);
        assert_eq!(pdf(1e300), 0.0);
        assert_eq!(quantile(0.5), Some(0.0));
        assert_eq!((quantile(0.0), quantile(1.0)), (None, None));
    }
}
