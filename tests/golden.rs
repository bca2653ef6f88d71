//! The golden systems without their shocks: plans that hold in every world, and one that runs out of cash. The golden numbers are in `src/validation/golden.rs`.

mod common;

use bubblerisk::engine::{Context, Engine, Flows, Observer, State, World};
use bubblerisk::lanes::Isa;
use bubblerisk::model::Metric;
use common::{chain, near};

const LAB: usize = 0;

/// Remembers the flows of each quarter of each world.
#[derive(Default)]
struct Diary {
    pages: Vec<Flows>,
}

impl Observer for Diary {
    fn quarter(&mut self, _: usize, _: usize, _: &Context<'_>, _: &State, flows: &Flows) {
        self.pages.push(flows.clone());
    }
}

#[test]
fn without_shocks_every_world_is_the_plan() {
    let mut m = chain(8, [30.0, 10.0, 50.0], 5.0);
    m.shocks.stresses.clear();
    let worlds: Vec<World> = (0..16).map(World::with_channels).chain([World::W1]).collect();
    let mut diary = Diary::default();
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    assert!(engine.plan_gaps().is_empty());
    let block = engine.run_block(3, 0, &worlds, &mut diary);
    for f in &diary.pages {
        assert!(f.ratio.iter().all(|d| d[0] == 1.0), "revenue is as planned in every quarter");
    }
    for o in &block.outcomes {
        near(o.system(Metric::NetLoss)[0], 0.0, 1e-9);
        near(o.system(Metric::MarkToMarketLossVsPlan)[0], 0.0, 1e-9);
    }
}

#[test]
fn a_plan_that_runs_out_of_cash_is_named() {
    let mut m = chain(8, [20.0, 10.0, 50.0], 5.0);
    m.shocks.stresses.clear();
    let engine = Engine::new(&m, Isa::detect()).unwrap();
    let gaps = engine.plan_gaps();
    // The lab burns 3 a quarter: its 20 last six quarters, and 1 is missing in the seventh.
    assert_eq!((gaps[0].firm, gaps[0].quarter), (LAB, 7));
    near(gaps[0].usd_bn, 1.0, 1e-9);
}
