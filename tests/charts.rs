//! Every chart from made-up results: written, well-formed, finite, the right size, and readable at extremes. Not the numbers of a real run.

use bubblerisk::charts;
use bubblerisk::model::{Kind, Stage};
use bubblerisk::results::*;
use bubblerisk::stats::Estimate;
use std::path::{Path, PathBuf};

const PATHS: u64 = 100_000;
const BUSTS: u64 = 34_000;
const HORIZON: usize = 24;

/// A small generator of repeatable numbers in (0, 1).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.next().ln()).sqrt() * (std::f64::consts::TAU * self.next()).cos()
    }
}

fn about(value: f64, error: f64) -> Estimate {
    Estimate { value, std_error: error, low: value - 1.96 * error, high: value + 1.96 * error }
}

fn share(count: u64, paths: u64) -> Estimate {
    let p = if paths == 0 { 0.0 } else { count as f64 / paths as f64 };
    let se = (p * (1.0 - p) / paths.max(1) as f64).sqrt();
    Estimate { value: p, std_error: se, low: (p - 1.96 * se).max(0.0), high: (p + 1.96 * se + 3.0 / paths.max(1) as f64).min(1.0) }
}

const FIRMS: [(&str, Kind, f64, f64, f64); 13] = [
    // name, kind, value, debt, probability of default given a bust
    ("OpenAI", Kind::Lab, 600.0, 5.0, 0.46),
    ("Amazon", Kind::Hyperscaler, 2400.0, 140.0, 0.0),
    ("Microsoft", Kind::Hyperscaler, 3600.0, 110.0, 0.0),
    ("Oracle", Kind::Hyperscaler, 560.0, 120.0, 0.11),
    ("SoftBank", Kind::Holding, 160.0, 130.0, 0.19),
    ("Nvidia", Kind::Chips, 4500.0, 10.0, 0.0),
    ("AMD", Kind::Chips, 380.0, 4.0, 0.0003),
    ("Broadcom", Kind::Chips, 1600.0, 65.0, 0.0),
    ("Alphabet", Kind::Hyperscaler, 3800.0, 40.0, 0.0),
    ("CoreWeave", Kind::Neocloud, 45.0, 25.0, 0.58),
    ("Anthropic", Kind::Lab, 330.0, 1.0, 0.27),
    ("Meta", Kind::Hyperscaler, 1700.0, 60.0, 0.0),
    ("xAI", Kind::Lab, 200.0, 12.0, 0.35),
];

fn firms() -> Vec<FirmInfo> {
    let info = |f: &(&str, Kind, f64, f64, f64)| FirmInfo {
        id: f.0.to_lowercase(),
        name: f.0.to_string(),
        kind: f.1,
        value_usd_bn: f.2,
        debt_usd_bn: f.3,
    };
    FIRMS.iter().map(info).collect()
}

/// Losses of one world in every path, the bust paths first.
fn losses(seed: u64, scale: f64, shift: f64) -> Vec<f64> {
    let mut dice = Dice(seed);
    let loss = |dice: &mut Dice, bust: bool| {
        let z = dice.normal();
        if bust { scale * 1500.0 * (0.45 * z).exp() + 200.0 * dice.normal() } else { shift + 420.0 * z }
    };
    (0..PATHS).map(|i| loss(&mut dice, i < BUSTS)).collect()
}

fn curve(world: WorldName, given: Given, mut sample: Vec<f64>) -> Vec<ExceedancePoint> {
    sample.sort_by(f64::total_cmp);
    let n = sample.len();
    let band = (std::f64::consts::LN_2 * 5.3 / (2.0 * n as f64)).sqrt();
    let point = |k: usize| {
        let count = (n - 1 - k) as u64;
        let probability = share(count, n as u64);
        let (band_low, band_high) = ((probability.value - band).max(0.0), (probability.value + band).min(1.0));
        ExceedancePoint { world, given, loss_usd_bn: sample[k], probability, paths: count, band_low, band_high }
    };
    let even = (0..200).map(|i| i * n / 200);
    let tail = (0..120).map(|i| n - 1 - (n as f64 * 0.06 * (0.93f64).powi(i)) as usize);
    even.chain(tail).map(|k| point(k.min(n - 1))).collect()
}

fn histogram(sample: &[f64]) -> Vec<HistogramBar> {
    let width = 100.0;
    let bars = (-30..90).map(|i| f64::from(i) * width);
    let bar = |low: f64| {
        let count = sample.iter().filter(|v| **v >= low && **v < low + width).count() as u64;
        let share = count as f64 / sample.len() as f64;
        HistogramBar { world: WorldName::W0, given: Given::All, low_usd_bn: low, high_usd_bn: low + width, count, share }
    };
    bars.map(bar).collect()
}

fn system_row(sample: &[f64]) -> LossRow {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let measure = |level: f64| {
        let k = (n as f64 * level) as usize;
        let beyond = &sorted[k..];
        let es = beyond.iter().sum::<f64>() / beyond.len() as f64;
        TailMeasure { level, var: about(sorted[k], 0.004 * sorted[k]), es: about(es, 0.005 * es.abs()), tail_count: beyond.len() as u64 }
    };
    let mean = sorted.iter().sum::<f64>() / n as f64;
    LossRow {
        metric: Metric::NetLoss,
        firm: None,
        world: WorldName::W0,
        panel: Panel::Base,
        given: Given::All,
        paths: PATHS,
        mean: about(mean, 3.4),
        standard_deviation: 900.0,
        tail: [0.95, 0.99, 0.999].map(measure).to_vec(),
        quantiles: vec![],
        exact: true,
    }
}

fn default_rows() -> Vec<DefaultRow> {
    let mut rows = Vec::new();
    for (firm, f) in FIRMS.iter().enumerate() {
        for (world, factor) in [(WorldName::W0, 1.0), (WorldName::W1, 0.86), (WorldName::W2, 0.41)] {
            for (given, paths, p) in [(Given::All, PATHS, f.4 * 0.36), (Given::Bust, BUSTS, f.4)] {
                let shape = |t: usize| (-((t as f64 - 13.0) / 5.0).powi(2)).exp();
                let total: f64 = (0..HORIZON).map(shape).sum();
                let by_quarter: Vec<u64> = (0..HORIZON).map(|t| (paths as f64 * p * factor * shape(t) / total).round() as u64).collect();
                let count = by_quarter.iter().sum();
                let (probability, first) = (share(count, paths), share(count / 3, paths));
                rows.push(DefaultRow {
                    firm,
                    world,
                    panel: Panel::Base,
                    given,
                    count,
                    paths,
                    probability,
                    first_to_fail: first,
                    probability_by_quarter: by_quarter.iter().map(|n| *n as f64 / paths as f64).collect(),
                    by_quarter,
                });
            }
        }
    }
    rows
}

fn amplification() -> Vec<Amplification> {
    let mut rows = Vec::new();
    let metrics = [
        (Metric::NetLoss, 1.34, 0.012),
        (Metric::Defaults, 2.41, 0.03),
        (Metric::ExternalCreditLoss, 1.92, 0.05),
        (Metric::RevenueShortfall, 1.18, 0.004),
        (Metric::CommittedShortfall, 1.71, 0.03),
        (Metric::NetLossFromToday, 1.29, 0.03),
        (Metric::BacklogLost, 1.41, 0.02),
        (Metric::DeadWeight, 2.2, 0.06),
        (Metric::NetworkShortfall, 0.94, 0.02),
    ];
    for (metric, ratio, error) in metrics {
        for (panel, less) in [(Panel::Base, 0.0), (Panel::NoSentiment, 0.11), (Panel::LookThrough, 0.2)] {
            for (against, share) in [(WorldName::W2, 1.0), (WorldName::W1, 0.3)] {
                for given in [Given::All, Given::Bust] {
                    let none =
                        metric == Metric::Defaults && against == WorldName::W1 || metric == Metric::DeadWeight && given == Given::All;
                    let value = 1.0 + (ratio - 1.0) * share - less * share;
                    rows.push(Amplification {
                        metric,
                        firm: None,
                        panel,
                        against,
                        given,
                        mean: about(500.0, 3.0),
                        other_mean: about(400.0, 3.0),
                        ratio: (!none).then(|| about(value, error)),
                        difference: about(0.12, 0.0153),
                        es_ratio: vec![],
                        paths: 20_000,
                    });
                }
            }
        }
    }
    rows
}

fn fans() -> Vec<FanRow> {
    let mut dice = Dice(9);
    let mut rows = Vec::new();
    for (firm, f) in FIRMS.iter().enumerate() {
        for (quantity, start, growth) in
            [(FanQuantity::Cash, 20.0, 0.03), (FanQuantity::Price, f.2, 0.04), (FanQuantity::Revenue, 0.02 * f.2, 0.06)]
        {
            let mut walk = [0.0f64; 3];
            for quarter in 0..=HORIZON {
                let t = quarter as f64;
                let plan = start * (growth * t).exp();
                let sd = 0.09 * t.sqrt();
                let quantiles = [-1.64, -0.84, -0.385, 0.0, 0.385, 0.84, 1.64]
                    .map(|z: f64| plan * (sd * z - 0.012 * t).exp())
                    .map(|x| about(x, 0.01 * plan));
                let samples = [0, 1, 2].map(|i| plan * walk[i].exp());
                rows.push(FanRow { firm, quantity, quarter, plan, quantiles, samples });
                walk = walk.map(|w| w + 0.09 * dice.normal() - 0.012);
            }
        }
    }
    rows
}

fn contagion() -> Vec<ContagionCell> {
    let mut cells = Vec::new();
    let mut dice = Dice(4);
    for (failing, f) in FIRMS.iter().enumerate().filter(|(_, f)| f.4 > 0.0) {
        let paths = (BUSTS as f64 * f.4) as u64;
        for hit in (0..FIRMS.len()).filter(|&h| h != failing) {
            let value = if dice.next() < 0.15 { -0.02 } else { 0.35 * dice.next().powi(3) };
            cells.push(ContagionCell { failing, hit, excess_share: about(value, 0.3 / (paths as f64).sqrt()), paths });
        }
    }
    cells
}

fn flow(from: usize, to: usize, kind: FlowKind, usd_bn: f64, in_largest_loop: bool) -> FlowRow {
    FlowRow { from: Some(from), to: Some(to), kind, usd_bn, in_largest_loop }
}

fn flows() -> Vec<FlowRow> {
    use FlowKind::*;
    let mut rows = vec![
        flow(2, 0, Stake, 135.0, true),
        flow(0, 2, Purchase, 250.0, true),
        flow(0, 3, Purchase, 230.0, false),
        flow(0, 1, Purchase, 38.0, false),
        flow(1, 0, Investment, 10.0, false),
        flow(5, 0, Investment, 30.0, false),
        flow(5, 0, Unsigned, 70.0, false),
        flow(0, 6, Purchase, 60.0, false),
        flow(6, 0, Warrant, 26.0, false),
        flow(0, 9, Purchase, 22.4, false),
        flow(5, 9, Backstop, 6.3, false),
        flow(5, 9, Stake, 3.0, false),
        flow(4, 0, Investment, 30.0, false),
        flow(3, 5, Purchase, 90.0, false),
        flow(9, 5, Purchase, 28.0, false),
        flow(0, 7, Unsigned, 100.0, false),
        flow(10, 8, Purchase, 60.0, false),
        flow(8, 10, Stake, 45.0, false),
        flow(1, 10, Stake, 60.0, false),
        flow(10, 1, Purchase, 40.0, false),
        flow(10, 2, Purchase, 30.0, false),
        flow(11, 9, Purchase, 14.0, false),
        flow(12, 5, Purchase, 20.0, false),
        flow(5, 12, Investment, 2.0, false),
        flow(8, 7, Purchase, 70.0, false),
        flow(4, 3, Loan, 8.0, false),
    ];
    rows.push(FlowRow { from: None, to: Some(0), kind: Investment, usd_bn: 40.0, in_largest_loop: false });
    rows
}

fn plan() -> Vec<PlanRow> {
    let mut rows = Vec::new();
    for (firm, size) in [(0, 1.0), (10, 0.4), (9, 0.16), (3, 0.1)] {
        let mut cash = 20.0 * size;
        for year in 2026..=2031 {
            let t = f64::from(year - 2026);
            let (revenue, purchases) = (30.0 * size * (1.55f64).powf(t), 25.0 * size + 27.0 * size * t);
            cash += 4.0 * size;
            rows.push(PlanRow {
                firm,
                year,
                external_revenue_usd_bn: revenue,
                network_revenue_usd_bn: 2.0 * size,
                operating_cost_usd_bn: 0.45 * revenue + 22.0 * size,
                debt_service_usd_bn: 1.0,
                capex_usd_bn: 4.0 * size,
                purchases_usd_bn: purchases,
                committed_usd_bn: 0.72 * purchases,
                network_equity_usd_bn: if t < 4.0 { 14.0 * size } else { 0.0 },
                outside_tranches_usd_bn: if t < 2.0 { 10.0 * size } else { 0.0 },
                investments_usd_bn: 0.0,
                new_equity_usd_bn: 12.0 * size,
                new_debt_usd_bn: 5.0 * size,
                outside_capacity_usd_bn: 24.0 * size + 9.0 * t * size,
                closing_cash_usd_bn: cash,
                enterprise_value_usd_bn: 600.0 * size,
                equity_value_usd_bn: 590.0 * size,
            });
        }
    }
    rows
}

fn channels() -> Vec<ChannelRow> {
    let row = |firm: Option<usize>, size: f64, s: [f64; 4]| {
        let shapley = s.map(|v| v * size);
        let total = size + shapley.iter().sum::<f64>();
        let metric = if firm.is_some() { Metric::MarkToMarketLoss } else { Metric::NetLoss };
        ChannelRow { metric, firm, own: size, shapley, one_in: shapley, leave_one_out: shapley, total }
    };
    let mut rows = vec![row(None, 820.0, [0.21, 0.06, 0.31, 0.12])];
    for (i, f) in FIRMS.iter().enumerate() {
        rows.push(row(Some(i), 0.12 * f.2, [0.3 * f.4 + 0.1, 0.2 * f.4, 0.2 - 0.5 * f.4, 0.1]));
    }
    rows
}

fn scenario() -> ScenarioInfo {
    let quarters = (0..HORIZON).map(|t| format!("{}Q{}", 2026 + t / 4, t % 4 + 1)).collect();
    ScenarioInfo {
        name: "ai-ring".into(),
        title: "The ring of AI deals".into(),
        as_of: "2025-12-31".into(),
        hash: "0".repeat(64),
        quarters,
        random: true,
        exposures: vec![],
        uncertain: vec![],
        parameters: vec![],
    }
}

/// Results as a run of a hundred thousand paths might leave them.
fn results() -> Results {
    let (w0, w2) = (losses(1, 1.0, -250.0), losses(2, 0.72, -260.0));
    let mut exceedance = curve(WorldName::W0, Given::All, w0.clone());
    exceedance.extend(curve(WorldName::W2, Given::All, w2));
    exceedance.extend(curve(WorldName::W0, Given::Bust, w0[..BUSTS as usize].to_vec()));
    Results {
        scenario: scenario(),
        run: RunInfo {
            paths: PATHS,
            variant_paths: 20_000,
            bust_paths: BUSTS,
            bust_probability: Some(share(BUSTS, PATHS)),
            sampling: "plain".into(),
            candidates: None,
            effective_paths: PATHS as f64,
            seed: 1,
            version: "0.1.0".into(),
        },
        firms: firms(),
        losses: vec![system_row(&w0)],
        histogram: histogram(&w0),
        exceedance,
        defaults: default_rows(),
        joint: vec![],
        stories: vec![],
        default_counts: vec![],
        amplification: amplification(),
        fans: fans(),
        contagion: contagion(),
        contracts: vec![ContractRow {
            id: "openai-azure".into(),
            buyer: 0,
            seller: Some(2),
            stage: Stage::Signed,
            given: Given::All,
            planned_usd_bn: 250.0,
            committed_usd_bn: 180.0,
            shortfall_usd_bn: about(20.0, 0.3),
            unpaid_usd_bn: about(9.0, 0.2),
            any_unpaid: about(0.3, 0.001),
        }],
        convergence: convergence(),
        plan: plan(),
        flows: flows(),
        gross_over_net: vec![],
        channels: channels(),
        solver: SolverReport::default(),
        warnings: vec![],
    }
}

/// Headline numbers on ever more paths, as they would settle.
fn convergence() -> Vec<ConvergencePoint> {
    let point = |k: i32| {
        let error = 0.5f64.powi(k).sqrt();
        ConvergencePoint {
            paths: 1_024 << k,
            mean_net_loss: Estimate::normal(500.0 + 20.0 * error, 40.0 * error),
            es99_net_loss: Estimate::normal(3_000.0 - 90.0 * error, 120.0 * error),
            amplification_given_bust: Estimate::normal(1.05 + 0.01 * error, 0.02 * error),
        }
    };
    (0..7).map(point).collect()
}

/// A folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts").join(name);
    let _ = std::fs::remove_dir_all(&path);
    path
}

/// Whether tags are balanced, attributes quoted and entities known: enough of an XML parser for what we write.
fn well_formed(svg: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = svg;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        if text.contains('>') || text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").replace("&quot;", "").contains('&') {
            return Err(format!("bare sign in {text:?}"));
        }
        let end = at + rest[at..].find('>').ok_or("tag without end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if !tag.matches('"').count().is_multiple_of(2) || tag.contains('<') {
            return Err(format!("bad tag {tag:?}"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("{name} closed out of turn"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap_or_default());
        }
    }
    if open.is_empty() && rest.trim().is_empty() { Ok(()) } else { Err(format!("open: {open:?}")) }
}

fn assert_sound(picture: &charts::Picture) {
    let svg = picture.svg();
    well_formed(&svg).unwrap_or_else(|e| panic!("{}: {e}", picture.name));
    for bad in ["NaN", "\"inf", " inf", "-inf", ",inf"] {
        assert!(!svg.contains(bad), "{}: {bad}", picture.name);
    }
    assert!(picture.title.len() > 15 && picture.alt.len() > 15 && picture.data_csv.lines().count() > 1, "{}", picture.name);
    let columns: Vec<usize> = picture.data_csv.lines().map(|l| l.split(',').count()).collect();
    assert!(columns.iter().all(|c| *c >= columns[0]), "{}: a short row of data", picture.name);
}

fn assert_readable(pictures: &[charts::Picture]) {
    for picture in pictures {
        let clashes = picture.clashes();
        assert!(clashes.is_empty(), "{}: {clashes:#?}", picture.name);
    }
}

#[test]
fn every_chart_is_written_whole() {
    let folder = folder("full");
    let drawn = charts::draw_all(&results(), &folder).unwrap();
    assert_eq!(drawn.iter().map(|d| d.name).collect::<Vec<_>>(), charts::names().collect::<Vec<_>>());
    for d in &drawn {
        assert_eq!(d.files.len(), 3);
        let png = std::fs::read(folder.join(format!("{}.png", d.name))).unwrap();
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let side = |from: usize| u32::from_be_bytes(png[from..from + 4].try_into().unwrap());
        assert!(side(16) == 1200 && (side(20) == 750 || d.name == "contagion"), "{}: {} high", d.name, side(20));
    }
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 3 * drawn.len());
}

#[test]
fn charts_are_sound_and_no_texts_overlap() {
    let pictures = charts::pictures(&results());
    pictures.iter().for_each(assert_sound);
    assert_readable(&pictures);
}

/// What a page can read off a picture.
fn values(picture: &charts::Picture) -> Vec<String> {
    let svg = picture.svg_with_values();
    svg.split("data-value=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_string()).collect()
}

#[test]
fn every_chart_can_be_read_off_and_groups_are_closed() {
    for picture in charts::pictures(&results()) {
        assert!(values(&picture).len() > 5, "{}: {:?}", picture.name, values(&picture));
        well_formed(&picture.svg_with_values()).unwrap_or_else(|e| panic!("{}: {e}", picture.name));
        assert!(!picture.svg().contains("data-"), "{}", picture.name);
    }
    let channels = charts::picture(&results(), "channels").unwrap().unwrap();
    let said = values(&channels);
    assert!(said[1].starts_with("All firms, Net loss against plan, orders: $172\u{a0}bn, a part of the loss in W0"), "{}", said[1]);
    let of_openai = said.iter().filter(|v| v.starts_with("OpenAI, ") && v.contains(": $")).count();
    assert!(of_openai >= 4, "{said:?}");
}

#[test]
fn a_world_can_be_told_from_the_others_in_a_picture() {
    let svg = charts::picture(&results(), "exceedance").unwrap().unwrap().svg_with_values();
    for group in ["W2\" data-given=\"all", "W0\" data-given=\"bust", "W0\" data-given=\"all"] {
        assert_eq!(svg.matches(&format!("<g data-world=\"{group}\">")).count(), 2, "{group}: a band and a line");
    }
    let svg = charts::picture(&results(), "defaults-by-world").unwrap().unwrap().svg_with_values();
    assert!(svg.matches("<g data-world=\"W1\"").count() > 5);
}

#[test]
fn charts_are_the_same_every_time() {
    let (a, b) = (charts::pictures(&results()), charts::pictures(&results()));
    assert_eq!(a, b);
}

#[test]
fn titles_state_findings() {
    let titles: Vec<String> = charts::pictures(&results()).into_iter().map(|p| p.title).collect();
    assert!(titles[0].starts_with("One path in a hundred loses more than $"), "{}", titles[0]);
    assert!(titles[2].starts_with("Largest round trip: OpenAI to Microsoft $250\u{a0}bn (purchases)"), "{}", titles[2]);
}

#[test]
fn without_randomness_there_are_no_distributions() {
    let mut r = results();
    r.scenario.random = false;
    let found: Vec<&str> = charts::pictures(&r).iter().map(|p| p.name).collect();
    assert_eq!(found, ["ring", "fans", "commitments-against-funds", "channels"]);
    charts::draw_all(&r, &folder("fixed")).unwrap();
    assert!(charts::svg(&r, "exceedance").is_err());
}

#[test]
fn an_unknown_chart_is_an_error_that_names_the_known() {
    let error = charts::svg(&results(), "pie").unwrap_err();
    assert!(error.to_string().contains("exceedance"), "{error}");
}

#[test]
fn no_data_gives_no_charts() {
    let mut r = results();
    r.firms.clear();
    (r.losses, r.exceedance, r.histogram, r.defaults) = (vec![], vec![], vec![], vec![]);
    (r.amplification, r.fans, r.contagion, r.plan, r.flows, r.channels) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    r.convergence.clear();
    assert!(charts::draw_all(&r, &folder("empty")).unwrap().is_empty());
    let mut r = results();
    r.run.paths = 0;
    r.run.bust_paths = 0;
    charts::pictures(&r).iter().for_each(assert_sound);
}

/// The same results with another number of firms.
fn with_firms(n: usize) -> Results {
    let mut r = results();
    let base = r.clone();
    let m = base.firms.len();
    r.firms = (0..n).map(|i| FirmInfo { name: format!("{} & Sons <{i}>", base.firms[i % m].name), ..base.firms[i % m].clone() }).collect();
    let copies = n.div_ceil(m);
    let each = move |firm: usize| (0..copies).map(move |k| k * m + firm).filter(move |i| *i < n);
    r.defaults = base.defaults.iter().flat_map(|d| each(d.firm).map(|firm| DefaultRow { firm, ..d.clone() })).collect();
    r.fans = base.fans.iter().flat_map(|f| each(f.firm).map(|firm| FanRow { firm, ..f.clone() })).collect();
    r.plan = base.plan.iter().flat_map(|p| each(p.firm).map(|firm| PlanRow { firm, ..p.clone() })).collect();
    r.contagion = (0..n.min(60))
        .flat_map(|a| (0..n).map(move |b| (a, b)))
        .filter(|(a, b)| a != b)
        .map(|(failing, hit)| ContagionCell { failing, hit, ..base.contagion[(7 * failing + hit) % base.contagion.len()] })
        .collect();
    r.flows = base
        .flows
        .iter()
        .filter_map(|f| Some((f, f.from?, f.to?)))
        .flat_map(|(f, from, to)| {
            (0..copies).map(move |k| FlowRow { from: Some((from + k * m) % n), to: Some((to + k * 7) % n), ..f.clone() })
        })
        .collect();
    r
}

#[test]
fn one_two_and_three_hundred_firms_can_be_drawn() {
    for n in [1, 2, 5, 300] {
        let r = with_firms(n);
        charts::pictures(&r).iter().for_each(assert_sound);
        assert_readable(&charts::pictures(&r));
        charts::draw_all(&r, &folder(&format!("firms-{n}"))).unwrap();
    }
}

/// The results with every number changed.
fn changed(change: impl Fn(f64) -> f64) -> Results {
    let mut r = results();
    let est = |e: &mut Estimate| {
        let (low, high) = (change(e.low), change(e.high));
        *e = Estimate { value: change(e.value), std_error: e.std_error, low: low.min(high), high: low.max(high) };
    };
    for p in &mut r.exceedance {
        p.loss_usd_bn = change(p.loss_usd_bn);
    }
    for b in &mut r.histogram {
        let (low, high) = (change(b.low_usd_bn), change(b.high_usd_bn));
        (b.low_usd_bn, b.high_usd_bn) = (low.min(high), low.max(high));
    }
    for l in &mut r.losses {
        est(&mut l.mean);
        l.tail.iter_mut().for_each(|t| [&mut t.var, &mut t.es].into_iter().for_each(est));
    }
    r.amplification.iter_mut().for_each(|a| {
        a.ratio.iter_mut().for_each(est);
        est(&mut a.difference);
    });
    r.contagion.iter_mut().for_each(|c| est(&mut c.excess_share));
    r.fans.iter_mut().for_each(|f| {
        f.plan = change(f.plan);
        f.quantiles.iter_mut().for_each(est);
        f.samples = f.samples.map(&change);
    });
    r.flows.iter_mut().for_each(|f| f.usd_bn = change(f.usd_bn));
    r.plan.iter_mut().for_each(|p| {
        p.committed_usd_bn = change(p.committed_usd_bn);
        p.operating_cost_usd_bn = change(p.operating_cost_usd_bn);
        p.outside_capacity_usd_bn = change(p.outside_capacity_usd_bn);
    });
    r.channels.iter_mut().for_each(|c| {
        c.own = change(c.own);
        c.shapley = c.shapley.map(&change);
        c.total = change(c.total);
    });
    r
}

#[test]
fn extreme_numbers_can_be_drawn() {
    type Change = (&'static str, fn(f64) -> f64);
    let changes: [Change; 7] = [
        ("zero", |_| 0.0),
        ("gains", |v| v - 9_000.0),
        ("tiny", |v| v * 1e-12),
        ("huge", |v| v * 1e15),
        ("nan", |_| f64::NAN),
        ("infinite", |v| v * f64::INFINITY),
        ("half nan", |v| if (v * 1e3) as i64 % 2 == 0 { v } else { f64::NAN }),
    ];
    for (name, change) in changes {
        let r = changed(change);
        charts::pictures(&r).iter().for_each(assert_sound);
        charts::draw_all(&r, &folder(&format!("extreme-{}", name.replace(' ', "-")))).unwrap();
    }
}

#[test]
fn a_mass_at_no_loss_is_a_bar_of_its_own() {
    let mut r = results();
    let at = r.histogram.iter().position(|b| b.low_usd_bn == 0.0).unwrap();
    (r.histogram[at].count, r.histogram[at].share) = (3 * PATHS / 10, 0.3);
    assert!(charts::svg(&r, "loss-histogram").unwrap().contains("about no loss: "));
    assert_readable(&charts::pictures(&r));
    charts::draw_all(&r, &folder("mass")).unwrap();
}

#[test]
fn huge_gains_do_not_squeeze_the_losses() {
    let mut r = results();
    let first = *r.exceedance.iter().find(|p| p.world == WorldName::W0 && p.given == Given::All).unwrap();
    r.exceedance.push(ExceedancePoint { loss_usd_bn: -90_000.0, ..first });
    let low = r.histogram.iter().map(|b| b.low_usd_bn).fold(f64::INFINITY, f64::min);
    let bar = |n: u32| HistogramBar {
        low_usd_bn: low - 1000.0 * f64::from(n),
        high_usd_bn: low - 1000.0 * f64::from(n - 1),
        count: 5,
        share: 5.0 / PATHS as f64,
        ..r.histogram[0]
    };
    let best: Vec<HistogramBar> = (1..90).map(bar).collect();
    r.histogram.extend(best);
    assert!(charts::svg(&r, "exceedance").unwrap().contains("99 % of paths lie above"));
    assert!(charts::svg(&r, "loss-histogram").unwrap().contains(" better: 0."));
    assert_readable(&charts::pictures(&r));
}

#[test]
fn rows_without_failures_are_named_and_not_drawn() {
    let mut r = results();
    r.contagion.iter_mut().filter(|c| c.failing != 0).for_each(|c| c.paths = 12);
    let contagion = charts::svg(&r, "contagion").unwrap();
    assert!(contagion.contains("Fewer than 30 failures: ") && !contagion.contains("n &lt; 30"));
    assert_readable(&charts::pictures(&r));
}

#[test]
fn a_matrix_of_a_few_firms_fills_its_picture() {
    for n in 1..=3 {
        let mut r = results();
        let base = r.contagion[0];
        r.contagion = (0..n).flat_map(|failing| (n..2 * n).map(move |hit| ContagionCell { failing, hit, ..base })).collect();
        let picture = charts::picture(&r, "contagion").unwrap().unwrap();
        assert_eq!(picture.clashes(), Vec::<String>::new());
        let svg = picture.svg_with_values();
        let after = |from: &str| svg.rsplit(from).next().unwrap().split('"').next().unwrap().to_string();
        let high: f64 = svg.split(" height=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap();
        let last: Vec<f64> = after("data-box=\"").split(' ').map(|x| x.parse().unwrap()).collect();
        assert!((last[2] - 1160.0).abs() < 0.1, "the last of {n} columns ends at {}", last[2]);
        assert!(high - last[3] <= 60.0 && high < 750.0, "below {n} rows, which end at {}, the picture goes on to {high}", last[3]);
    }
}

#[test]
fn the_plan_of_the_largest_buyer_is_not_said_to_pay_for_itself() {
    let title = charts::picture(&results(), "commitments-against-funds").unwrap().unwrap().title;
    assert!(title.starts_with("OpenAI's plan needs $") && title.contains("more than its operations bring in by 20"), "{title}");
}

#[test]
fn few_paths_make_no_statement() {
    let mut r = results();
    r.run.bust_paths = 12;
    r.exceedance.iter_mut().filter(|p| p.given == Given::Bust).for_each(|p| p.paths = 12);
    r.defaults.iter_mut().filter(|d| d.given == Given::Bust).for_each(|d| d.paths = 12);
    r.contagion.iter_mut().for_each(|c| c.paths = 29);
    let contagion = charts::svg(&r, "contagion").unwrap();
    assert!(contagion.contains("n &lt; 30") && contagion.contains("No failure takes a measurable"));
    assert!(charts::svg(&r, "default-timeline").unwrap().contains("nothing rests on 30 paths or more"));
    assert!(!charts::svg(&r, "exceedance").unwrap().contains("given a bust"));
    r.amplification.retain(|a| a.given == Given::All);
    assert_readable(&charts::pictures(&r));
    charts::draw_all(&r, &folder("few")).unwrap();
}
