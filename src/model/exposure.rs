//! What the numbers rest on: exposures by grade of evidence and stage, as the scenario declares them. No estimates.

/// Grade of the evidence for a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub enum Grade {
    /// A filing.
    A,
    /// A statement of the company.
    B,
    /// Press.
    C,
    /// Judgement.
    D,
}

impl Grade {
    /// Every grade, best first.
    pub const ALL: [Grade; 4] = [Grade::A, Grade::B, Grade::C, Grade::D];

    /// The grade's meaning in a word or two.
    pub fn meaning(self) -> &'static str {
        match self {
            Grade::A => "filing",
            Grade::B => "company statement",
            Grade::C => "press",
            Grade::D => "judgement",
        }
    }
}

/// One exposure and the evidence for it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Exposure {
    /// Identifier of the firm or contract.
    pub id: String,
    /// What it is: firm, stake, investment, purchase, loan, warrant, backstop.
    pub what: String,
    /// Size in USD billion: for a firm its fair value plus debt; for a contract its money within the horizon.
    pub usd_bn: f64,
    /// Grade; `None` where the scenario gives none.
    pub grade: Option<Grade>,
    /// Stage of a contract.
    pub stage: Option<super::Stage>,
    /// Source as written: an address or a document.
    pub source: String,
    /// Date of the evidence.
    pub as_of: String,
}

/// Every exposure of a scenario.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// In the order of the scenario.
    pub exposures: Vec<Exposure>,
}
