//! What is known before any simulation: the no-shock plan at central numbers, measured by `circularity`, with deals not yet signed set apart. No words.

mod books;
mod cuts;
mod plan;
mod tables;
mod view;

pub use crate::circularity::{Class, Concentration, Instrument, LONGEST, Link, Loop, MOST_LOOPS, RoundTrip, Tracing};
pub use books::{Book, ContractYear, OrderChain};
pub use cuts::{Cut, Numbered, count};
pub use tables::csv_files;
pub use view::{Backing, Basis, Counterparties, CoverageRow, View, Window};

use super::plan as shared;
use super::types::{FirmInfo, FlowRow, ScenarioInfo};
use crate::engine::Engine;
use crate::error::Result;
use crate::lanes::Isa;
use crate::model::{Model, Stage, deal_of};
use serde::{Deserialize, Serialize};

/// Everything that `inspect` finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Scenario.
    pub scenario: ScenarioInfo,
    /// Version of the program.
    pub version: String,
    /// Firms.
    pub firms: Vec<FirmInfo>,
    /// Balance sheets at the as-of date, by firm.
    pub books: Vec<Book>,
    /// What contracts plan by year, with deals not yet signed.
    pub contracts: Vec<ContractYear>,
    /// How orders hang on orders in the plan, by year.
    pub order_chains: Vec<OrderChain>,
    /// The plan, and, where there are unsigned deals, the plan with them.
    pub views: Vec<View>,
    /// Loops: those of the plan, then those that unsigned deals would close.
    pub loops: Vec<Numbered>,
    /// Deals in talks or letters of intent.
    pub unsigned: Vec<String>,
    /// Firms and quarters in which the plan with unsigned deals cannot be paid for, and the money missing, USD billion.
    pub unsigned_gaps: Vec<(usize, String, f64)>,
    /// What is left after each cut.
    pub cuts: Vec<Cut>,
    /// Planned dollars between firms, for the picture.
    #[serde(skip)]
    pub flows: Vec<FlowRow>,
}

impl Inspection {
    /// The plan.
    pub fn signed(&self) -> Option<&View> {
        self.views.first()
    }

    /// The plan with the deals not yet signed.
    pub fn if_signed(&self) -> Option<&View> {
        self.views.iter().find(|v| v.basis == Basis::IfSigned)
    }
}

/// The model in which every deal is signed as reported, and the names of those that are not; none where all are.
fn all_signed(model: &Model) -> Option<(Model, Vec<String>)> {
    let mut all = model.clone();
    let mut names = Vec::new();
    for p in all.purchases.iter_mut().filter(|p| !p.stage.binds()) {
        p.stage = Stage::Signed;
        names.push(p.id.clone());
    }
    for t in all.tranches.iter_mut().filter(|t| !t.stage.binds()) {
        t.stage = Stage::Signed;
        names.push(deal_of(&t.id).to_string());
    }
    names.dedup();
    (!names.is_empty()).then_some((all, names))
}

/// Measures the plan of an engine, and what is left of it after each cut.
///
/// # Errors
/// [`crate::error::Error::Usage`] for a cut of something that is neither a loop nor a deal.
pub fn inspect(engine: &Engine<'_>, hash: &str, asked: &[String]) -> Result<Inspection> {
    let model = engine.model;
    let mut inputs = vec![(Basis::Signed, plan::input(engine))];
    let (mut unsigned, mut unsigned_gaps) = (Vec::new(), Vec::new());
    if let Some((all, names)) = all_signed(model) {
        let engine = Engine::new(&all, Isa::detect())?;
        inputs.push((Basis::IfSigned, plan::input(&engine)));
        unsigned = names;
        unsigned_gaps = engine.plan_gaps().into_iter().map(|g| (g.firm, all.quarter_label(g.quarter), g.usd_bn)).collect();
    }
    let views: Vec<View> = inputs.iter().map(|(basis, input)| view::view(input, *basis)).collect::<Result<_>>()?;
    let loops = cuts::numbered(&views);
    let cuts = cuts::cuts(model, &inputs, &loops, asked)?;
    let order_chains = books::order_chains(engine, &inputs[0].1);
    let contracts = inputs.last().map_or_else(Vec::new, |(_, input)| books::contracts(model, input));
    Ok(Inspection {
        books: books::books(engine),
        contracts,
        order_chains,
        scenario: shared::scenario(model, hash),
        version: env!("CARGO_PKG_VERSION").into(),
        firms: shared::firms(model),
        views,
        loops,
        unsigned,
        unsigned_gaps,
        cuts,
        flows: shared::flows(model),
    })
}

/// The known name nearest to one that is not, if any is near: most letters in common at the start.
fn nearest<'a>(asked: &str, known: &[&'a str]) -> Option<&'a str> {
    let common = |name: &str| name.chars().zip(asked.chars()).take_while(|(a, b)| a == b).count();
    known.iter().copied().filter(|name| common(name) > 1).max_by_key(|name| common(name))
}
