//! What can be said of a circle of money before any simulation: where each firm's dollars come from, how much of a supplier's money comes back, along which
//! loops, and how concentrated it all is. Pure measures of plain tables: no plan, no shocks, no files.

mod concentration;
mod flows;
mod loops;
mod maxflow;
mod roundtrip;
mod trace;

pub use concentration::{Concentration, Coverage, Holding, concentration, gross_over_net, hurt};
pub use flows::{MoneyKind, MoneyTable, SOURCES, Source, Transfer};
pub use loops::{Class, Found, Instrument, LONGEST, Link, Loop, MOST_LOOPS, Tie, loops};
pub use roundtrip::{RoundTrip, financed_sales, overlap, round_trip};
pub use trace::{Tracing, spectral_radius, trace};
