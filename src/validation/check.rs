//! One comparison of the program with something known, and how it came out. Not the cases.

use serde::Serialize;

/// What the error of a check is measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// |got - expected| over the larger of 1 and |expected|.
    Relative,
    /// Standard errors of both together.
    StandardErrors,
}

/// One case, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Name of the case.
    pub case: String,
    /// The model or the part of the program that is tested.
    pub part: &'static str,
    /// Where the expected value comes from.
    pub source: String,
    /// How many numbers were compared.
    pub values: usize,
    /// The expected number with the largest error.
    pub expected: f64,
    /// What the program found instead.
    pub got: f64,
    /// The largest error.
    pub error: f64,
    /// The largest error allowed.
    pub tolerance: f64,
    /// Unit of error and tolerance.
    pub measure: Measure,
    /// Whether every number is within the tolerance, and there was at least one.
    pub passed: bool,
}

/// Collects the numbers of one case.
pub(super) struct Comparison {
    check: Check,
}

impl Comparison {
    /// A case whose numbers must agree to `tolerance`, relative above 1 and absolute below.
    pub fn exact(case: &str, part: &'static str, source: &str, tolerance: f64) -> Comparison {
        Comparison::new(case, part, source, tolerance, Measure::Relative)
    }

    /// A case whose numbers are estimates and must agree within four standard errors.
    pub fn estimate(case: &str, part: &'static str, source: &str) -> Comparison {
        Comparison::new(case, part, source, 4.0, Measure::StandardErrors)
    }

    fn new(case: &str, part: &'static str, source: &str, tolerance: f64, measure: Measure) -> Comparison {
        let (case, source) = (case.to_string(), source.to_string());
        let check = Check { case, part, source, values: 0, expected: 0.0, got: 0.0, error: -1.0, tolerance, measure, passed: true };
        Comparison { check }
    }

    fn enter(&mut self, expected: f64, got: f64, error: f64) {
        let c = &mut self.check;
        c.values += 1;
        // NaN is the largest error.
        if error > c.error || error.is_nan() {
            (c.expected, c.got, c.error) = (expected, got, if error.is_nan() { f64::INFINITY } else { error });
        }
        c.passed &= error <= c.tolerance;
    }

    /// One number.
    pub fn number(&mut self, expected: f64, got: f64) -> &mut Comparison {
        self.enter(expected, got, (got - expected).abs() / expected.abs().max(1.0));
        self
    }

    /// Numbers in order; a different count fails.
    pub fn numbers(&mut self, expected: &[f64], got: &[f64]) -> &mut Comparison {
        if expected.len() != got.len() || expected.is_empty() {
            self.enter(expected.len() as f64, got.len() as f64, f64::INFINITY);
        }
        expected.iter().zip(got).for_each(|(e, g)| {
            self.number(*e, *g);
        });
        self
    }

    /// Yes or no, as 1 and 0.
    pub fn flags(&mut self, expected: &[bool], got: &[bool]) -> &mut Comparison {
        let number = |flags: &[bool]| flags.iter().map(|f| f64::from(u8::from(*f))).collect::<Vec<_>>();
        self.numbers(&number(expected), &number(got))
    }

    /// An estimate with the standard error of its difference from the expected number.
    pub fn within(&mut self, expected: f64, got: f64, std_error: f64) -> &mut Comparison {
        let gap = (got - expected).abs();
        self.enter(expected, got, if gap == 0.0 { 0.0 } else { gap / std_error });
        self
    }

    /// The share `hits` of `n` trials as an estimate of a probability.
    pub fn share(&mut self, probability: f64, hits: u64, n: u64) -> &mut Comparison {
        let n = n as f64;
        self.within(probability, hits as f64 / n, (probability * (1.0 - probability) / n).sqrt())
    }

    /// The mean of a sample as an estimate.
    pub fn mean(&mut self, expected: f64, sample: &[f64]) -> &mut Comparison {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let variance = sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        self.within(expected, mean, (variance / n).sqrt())
    }

    /// The case, compared. One without numbers has not passed.
    pub fn done(self) -> Check {
        let passed = self.check.passed && self.check.values > 0;
        Check { passed, error: self.check.error.max(0.0), ..self.check }
    }
}
