//! Which channels of contagion a world has (model 8.4). No behaviour.

use crate::clearing::FixedPoint;

/// What replaces the financing conditions of tranches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Financing {
    /// As written: payable if its conditions hold, in proportion to purchases and the investor's health, as far as the investor can pay.
    On,
    /// An arm's-length investor: the conditions on the investee hold, the couplings do not, and payment is certain. Loans are insured.
    ArmsLength,
    /// Received in full as planned, whatever happens.
    Off,
}

/// The switches of one world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct World {
    /// O: sellers receive what buyers order.
    pub orders: bool,
    /// P: creditors receive what debtors pay.
    pub payments: bool,
    /// V: stakes are worth what their issuers are worth.
    pub values: bool,
    /// F: conditions of tranches.
    pub financing: Financing,
    /// Whether sentiment moves; if not, S = 0.
    pub sentiment: bool,
    /// Whether the market looks through revenue that the seller's own tranches finance (omega_c = 0).
    pub look_through: bool,
    /// Greatest or least fixed points.
    pub fixed_point: FixedPoint,
}

impl World {
    /// W0: the full model.
    pub const W0: World = World {
        orders: true,
        payments: true,
        values: true,
        financing: Financing::On,
        sentiment: true,
        look_through: false,
        fixed_point: FixedPoint::Greatest,
    };
    /// W1: circular finance replaced by an arm's-length outside investor.
    pub const W1: World = World { values: false, financing: Financing::ArmsLength, ..World::W0 };
    /// W2: isolated firms whose counterparties perform exactly as planned.
    pub const W2: World = World { orders: false, payments: false, values: false, financing: Financing::Off, ..World::W0 };

    /// The world with the channels O, P, V, F of the bits 0 to 3 switched on: 15 is W0, 0 is W2 (model 8.5).
    pub fn with_channels(bits: u8) -> World {
        World {
            orders: bits & 1 != 0,
            payments: bits & 2 != 0,
            values: bits & 4 != 0,
            financing: if bits & 8 != 0 { Financing::On } else { Financing::Off },
            ..World::W0
        }
    }

    /// Whether lenders to firms of the network are paid whatever happens.
    pub fn loans_insured(&self) -> bool {
        !self.payments || self.financing == Financing::ArmsLength
    }

    /// Whether investees receive tranches in full, whatever the investor can pay.
    pub fn tranches_guaranteed(&self) -> bool {
        self.financing != Financing::On
    }
}
