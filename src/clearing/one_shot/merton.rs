//! Closed forms for one firm whose assets follow a geometric Brownian motion: default at maturity (Merton 1974) and at a barrier looked at all the time
//! (Black & Cox 1976). Rates and volatilities are per year, times in years; money in one unit.

use crate::stats::normal;

/// Distribution function of the normal law; 0.5 where the argument is not a number, which the callers exclude.
pub(super) fn phi(x: f64) -> f64 {
    normal::cdf(x).unwrap_or(0.5)
}

/// A firm with one zero-coupon debt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merton {
    /// Value of its assets now.
    pub assets: f64,
    /// Face value of its debt.
    pub debt: f64,
    /// Drift of the assets per year: the rate of interest for prices, the expected growth for physical probabilities.
    pub drift: f64,
    /// Volatility of the assets per year.
    pub volatility: f64,
    /// Time to maturity in years.
    pub years: f64,
}

impl Merton {
    fn spread_of_log(&self) -> f64 {
        self.volatility * self.years.sqrt()
    }

    /// Distance to default d2: standard deviations of log assets between their mean at maturity and the debt.
    pub fn distance_to_default(&self) -> f64 {
        ((self.assets / self.debt).ln() + (self.drift - 0.5 * self.volatility * self.volatility) * self.years) / self.spread_of_log()
    }

    /// Probability that assets are below the debt at maturity.
    pub fn default_probability(&self) -> f64 {
        phi(-self.distance_to_default())
    }

    /// Value of equity now: a call on the assets.
    pub fn equity(&self) -> f64 {
        let d2 = self.distance_to_default();
        self.assets * phi(d2 + self.spread_of_log()) - self.debt * (-self.drift * self.years).exp() * phi(d2)
    }

    /// Yield of the debt above the rate of interest, per year.
    pub fn spread(&self) -> f64 {
        -((self.assets - self.equity()) / self.debt).ln() / self.years - self.drift
    }

    /// Volatility of equity per year.
    pub fn equity_volatility(&self) -> f64 {
        phi(self.distance_to_default() + self.spread_of_log()) * self.volatility * self.assets / self.equity()
    }

    /// Probability that assets touch `barrier` at any time before maturity.
    pub fn first_passage_probability(&self, barrier: f64) -> f64 {
        if barrier >= self.assets {
            return 1.0;
        }
        let m = self.drift - 0.5 * self.volatility * self.volatility;
        let (b, spread) = ((barrier / self.assets).ln(), self.spread_of_log());
        let image = (2.0 * m * b / (self.volatility * self.volatility)).exp();
        phi((b - m * self.years) / spread) + image * phi((b + m * self.years) / spread)
    }

    /// The firm whose equity has this value and volatility: assets and their volatility found together by fixed-point steps on both equations. None if
    /// they are not found within 10,000 steps.
    pub fn of_equity(equity: f64, equity_volatility: f64, debt: f64, rate: f64, years: f64) -> Option<Merton> {
        let discounted = debt * (-rate * years).exp();
        let mut m = Merton {
            assets: equity + discounted,
            debt,
            drift: rate,
            volatility: equity_volatility * equity / (equity + discounted),
            years,
        };
        for _ in 0..10_000 {
            let d2 = m.distance_to_default();
            let delta = phi(d2 + m.spread_of_log());
            let assets = m.assets - (m.equity() - equity) / delta;
            let volatility = equity_volatility * equity / (assets * delta);
            let step = (assets - m.assets).abs() / assets + (volatility - m.volatility).abs() / volatility;
            m = Merton { assets, volatility, ..m };
            if !(assets > 0.0 && volatility > 0.0) {
                return None;
            }
            if step <= 1e-15 {
                return Some(m);
            }
        }
        None
    }
}
