//! The chart of docs/performance.md: what more of everything costs. Not the page around it.

use super::goals::machine;
use super::tables::{Fit, Tables, bytes_a_path, number, text};
use bubblerisk::charts::{self, Picture, Scaling, ScalingPanel};

/// Half width of the 95 % interval relative to the estimate, in percent, against the number of paths.
fn widths(t: &Tables, statistic: &str) -> Vec<(f64, f64)> {
    let rows = t.rows("accuracy.csv").iter().filter(|row| text(row, "statistic") == statistic);
    let width = |row| 50.0 * (number(row, "high_usd_bn") - number(row, "low_usd_bn")) / number(row, "value_usd_bn").abs();
    rows.map(|row| (number(row, "paths"), width(row))).filter(|p| p.1 > 0.0).collect()
}

fn panel(what: &str, across: &'static str, up: &'static str, points: Vec<(f64, f64)>, hoped: f64) -> ScalingPanel {
    let fit = Fit::of(&points);
    let title = fit.map_or_else(
        || what.to_string(),
        |f| format!("{what}: exponent {:.2} ± {:.2}", f.exponent, 2.0 * f.error).replace('-', "\u{2212}"),
    );
    ScalingPanel { title, across, up, fitted: fit.map(|f| [(f.from, f.at(f.from)), (f.to, f.at(f.to))]), points, hoped }
}

fn scaled(points: Vec<(f64, f64)>, factor: f64) -> Vec<(f64, f64)> {
    points.into_iter().map(|(x, y)| (x, y * factor)).collect()
}

/// The chart; none where nothing was measured.
pub fn picture(t: &Tables) -> Option<Picture> {
    let block = |sweep| scaled(t.points(sweep, "median_seconds"), 1e3);
    let points = t.points("memory", "peak_bytes");
    let mut memory = panel("Memory", "paths of two firms", "peak, MiB", scaled(points.clone(), 1.0 / f64::from(1 << 20)), 0.0);
    // A power law says nothing about a floor with a slope.
    memory.fitted = None;
    memory.title = bytes_a_path(&points).map_or("Memory".to_string(), |b| format!("Memory: {b:.0} bytes for one path more"));
    let panels = vec![
        panel("Time", "paths", "seconds", t.points("paths", "median_seconds"), 1.0),
        memory,
        panel("Interval", "paths", "± % of the expected loss", widths(t, "expected loss"), -0.5),
        panel("Firms", "firms, four contracts each", "ms for 64 paths", block("firms"), 1.0),
        panel("Contracts", "contracts among 50 firms", "ms for 64 paths", block("contracts"), 1.0),
        panel("Quarters", "quarters, 50 firms, 200 contracts", "ms for 64 paths", block("quarters"), 1.0),
    ];
    let steep = |(name, sweep): &(&str, &str)| {
        let fit = Fit::of(&t.points(sweep, "median_seconds"))?;
        (!fit.is_linear()).then(|| name.to_string())
    };
    let all = [("paths", "paths"), ("firms", "firms"), ("contracts", "contracts"), ("quarters", "quarters")];
    let worse: Vec<String> = all.iter().filter_map(steep).collect();
    let title = match worse.as_slice() {
        [] => "Time grows no faster than in proportion to paths, firms, contracts and quarters".to_string(),
        list => format!("Time grows faster than in proportion to {}, not to the rest", super::words::list(list)),
    };
    let subtitle = "Above: runs of the flagship on every core, a fifth of the paths in the variants too. Below: three worlds of systems made up from a seed, \
                    one thread. Medians; ± is two standard errors of the fit.";
    charts::scaling(&Scaling { name: "scale", title, subtitle: subtitle.into(), footer: machine(t, "scale.csv"), panels })
}
