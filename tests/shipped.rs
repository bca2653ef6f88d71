//! Every scenario that ships: it loads, its plan is what it says, its books balance, and the smallest one has its closed-form answer.

mod common;

use bubblerisk::engine::{Engine, Ledger, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::{Metric, Model};
use bubblerisk::scenario;
use common::near;
use std::path::PathBuf;

fn scenarios() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    files
}

fn model(path: &std::path::Path) -> Model {
    match scenario::load(path) {
        Ok(loaded) => loaded.model,
        Err(e) => panic!("{}: {e}", path.display()),
    }
}

/// Model I23: the plan can be paid for; I12: the market values of the as-of date come out; I11: without shocks every world is the plan.
#[test]
fn plans_are_financeable_and_reproduce_market_values() {
    for path in scenarios() {
        let mut m = model(&path);
        let engine = Engine::new(&m, Isa::detect()).unwrap();
        assert_eq!(engine.plan_gaps(), vec![], "{}", path.display());
        assert!(engine.plan_converged());
        m.shocks.random = false;
        m.shocks.stresses.clear();
        let engine = Engine::new(&m, Isa::detect()).unwrap();
        let worlds: Vec<World> = (0..16).map(World::with_channels).chain([World::W1]).collect();
        let mut openings = Openings::default();
        let block = engine.run_block(1, 0, &worlds, &mut openings);
        for (i, value) in openings.0.iter().enumerate() {
            near(*value, m.fair_value_usd_bn(i), 1e-12);
        }
        for outcome in &block.outcomes {
            // Rounding of sums over quarters and firms, against a system of thousands of billions.
            near(outcome.system(Metric::NetLoss)[0] / engine.scale, 0.0, 1e-12);
            near(outcome.system(Metric::MarkToMarketLossVsPlan)[0] / engine.scale, 0.0, 1e-12);
            near(outcome.system(Metric::Defaults)[0], 0.0, 0.0);
        }
    }
}

/// Values at the as-of date, solved anew from enterprise values and stakes rather than copied.
#[derive(Default)]
struct Openings(Vec<f64>);

impl bubblerisk::engine::Observer for Openings {
    fn quarter(
        &mut self,
        _: usize,
        _: usize,
        ctx: &bubblerisk::engine::Context<'_>,
        s: &bubblerisk::engine::State,
        _: &bubblerisk::engine::Flows,
    ) {
        if !self.0.is_empty() {
            return;
        }
        let m = ctx.model;
        let mut values = vec![0.0; m.firms.len()];
        for _ in 0..200 {
            for i in 0..values.len() {
                let n = &m.firms[i].numbers;
                let stakes: f64 = m.stakes.iter().filter(|k| k.holder.at() == i).map(|k| k.numbers.share * values[k.issuer.at()]).sum();
                let loans: f64 = m.loans.iter().map(|k| sign(k, i) * k.numbers.balance_usd_bn).sum();
                values[i] = f64::max(0.0, s.enterprise_opening[i][0] + n.cash_usd_bn - n.debt_usd_bn + loans + stakes);
            }
        }
        self.0 = values;
    }
}

fn sign(loan: &bubblerisk::model::Loan, i: usize) -> f64 {
    f64::from(i8::from(loan.lender.at() == i) - i8::from(loan.borrower.at() == i))
}

/// Model I1 to I4: on paths with busts and defaults every row and column of the Godley matrix sums to zero, in every world.
#[test]
fn books_balance_on_every_shipped_scenario() {
    for path in scenarios() {
        let m = model(&path);
        let engine = Engine::new(&m, Isa::detect()).unwrap();
        for (world, switches) in [World::W0, World::W1, World::W2].into_iter().enumerate() {
            for lane in [0, 17, 63] {
                let mut ledger = Ledger::of_path(lane, 0);
                engine.run_block(5, 0, &[switches], &mut ledger);
                for quarter in 1..=m.horizon_quarters {
                    assert!(ledger.rows_sum_to_zero(quarter), "{} W{world} path {lane} quarter {quarter}", path.display());
                    let residual = ledger.residual(quarter);
                    assert!(residual <= 1e-9 * engine.scale, "{} W{world} path {lane} quarter {quarter}: {residual}", path.display());
                    assert!(ledger.closing_cash(quarter).iter().all(|c| *c >= 0.0));
                }
            }
        }
    }
}

/// The closed form that stands in the comment of two-firms.toml: with f = 1/3 of the lab's spending paid by the vendor in proportion to what the lab
/// buys, the shortfall of quarter t is 1.8 (1 - 3^-t) of 12 against 1.2 with an arm's-length investor, a ratio that tends to 1 / (1 - f) = 1.5.
#[test]
fn the_smallest_circle_has_its_closed_form() {
    let m = model(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scenarios/two-firms.toml"));
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let block = engine.run_block(1, 0, &[World::W0, World::W1], &mut bubblerisk::engine::Nobody);
    let expected: f64 = (1..=m.horizon_quarters).map(|t| 1.8 * (1.0 - 3f64.powi(-(t as i32)))).sum();
    near(block.outcomes[0].system(Metric::NetworkShortfall)[0], expected, 1e-9);
    near(block.outcomes[1].system(Metric::NetworkShortfall)[0], 1.2 * m.horizon_quarters as f64, 1e-9);
}
