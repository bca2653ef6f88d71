//! Cases of money that goes round: the worked example of three firms (docs/methods.md, section 9), and the loop gain of C5 as a loop. No engine.

use super::TOLERANCE;
use crate::circularity::{LONGEST, MOST_LOOPS, MoneyKind, MoneyTable, loops, round_trip, trace};
use crate::error::Result;
use crate::validation::check::{Check, Comparison};
use crate::validation::systems::{circle_of_three, transfer};

const FINN: &str = "Finn (1976), Leontief (1936)";

pub(super) fn checks() -> Result<Vec<Check>> {
    Ok(vec![traced(), returned(), looped()])
}

fn traced() -> Check {
    let t = trace(&circle_of_three());
    let mut c = Comparison::exact("C18", "origin of dollars, cycling index, spectral radius", FINN, TOLERANCE);
    c.numbers(&[65.0, 145.0, 160.0], &t.inflow_usd_bn);
    c.numbers(&[0.035_809_018_6, 0.035_809_018_6, 0.012_228_260_9], &t.recycling);
    c.number(0.025_611_934_2, t.finn).number(0.263_127_396_1, t.spectral_radius);
    c.numbers(&[0.521_320_495_2, 0.851_444_291_6, 0.962_861_072_9], &[0, 1, 2].map(|i| t.origin[i][0]));
    c.numbers(&[0.478_679_504_8, 0.148_555_708_4, 0.037_138_927_1], &[0, 1, 2].map(|i| t.origin[i][1]));
    c.flags(&[true], &[t.converged]);
    c.done()
}

/// Of the 10 of Chip: by hand 10 · 45/65 · 40/145 in proportion, all 10 at most, nothing at least (Lab spends 20 elsewhere).
fn returned() -> Check {
    let r = round_trip(&circle_of_three(), 2, None);
    let mut c = Comparison::exact("C18", "round trip: least, in proportion, most", "by hand, docs/methods.md, section 9", TOLERANCE);
    c.numbers(&[0.0, 1.909_814_323_6, 10.0], &[r.lower_usd_bn, r.pro_rata_usd_bn, r.upper_usd_bn]);
    c.numbers(&[0.047_745_358_090, 0.25], &[r.pro_rata_usd_bn, r.upper_usd_bn].map(|v| v / r.network_revenue_usd_bn));
    c.done()
}

/// A circle in which 0.7, 0.5 and 0.3 are passed on of a dollar that enters at the first firm.
fn looped() -> Check {
    let flow = [1.117_318_435_8, 0.782_122_905_0, 0.391_061_452_5];
    let x = [1.0, 0.7, 0.35].map(|v| v / (1.0 - 0.105));
    let transfers =
        [0.7, 0.5, 0.3].iter().enumerate().map(|(i, pass)| transfer(i, (i + 1) % 3, MoneyKind::Purchase, pass * x[i])).collect();
    let sources = vec![[1.0, 0.0, 0.0, 0.0], [0.0; 4], [0.0; 4]];
    let table = MoneyTable { label: "year".into(), transfers, sources };
    let t = trace(&table);
    let found = loops(&table, &[], LONGEST, MOST_LOOPS).loops;
    let mut c = Comparison::exact("C5", "loop gain: as a loop of money", FINN, TOLERANCE);
    c.numbers(&flow, &t.inflow_usd_bn).number(0.105, t.finn);
    c.numbers(&[0.105], &found.iter().map(|l| l.gain).collect::<Vec<_>>());
    c.numbers(&[1.117_318_435_8], &found.iter().map(|l| l.multiplier).collect::<Vec<_>>());
    c.done()
}
