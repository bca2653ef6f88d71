//! Monte Carlo bubble-risk simulator: when firms invest in each other and buy from each other with that money, what does a shock cost, whom,
//! and how much worse does the circle make it? Data flows one way: file, scenario, model, paths, tally, results, charts and report.
//!
//! The program `bubblerisk` is a thin layer over this library. A run in the library:
//!
//! ```rust
//! use bubblerisk::engine::{Engine, Run, simulate};
//! use bubblerisk::lanes::Isa;
//! use bubblerisk::results::{self, Given, Metric, Origin, Panel, WorldName};
//! use bubblerisk::{report, scenario};
//!
//! fn main() -> bubblerisk::error::Result<()> {
//!     // A scenario: from a file with `scenario::load`, here the starter's text.
//!     let loaded = scenario::load_text("starter.toml", scenario::starter())?;
//!     // Its structure and its plan, which must be payable.
//!     let engine = Engine::new(&loaded.model, Isa::detect())?;
//!     assert!(engine.plan_gaps().is_empty() && engine.plan_converged());
//!     // 4,096 paths of seed 1 on as many threads as there are cores; nothing to tell on the way.
//!     let run = Run::new(4_096, 1);
//!     let simulated = simulate(&engine, &run, 0, &|_| ())?;
//!     let found = results::assemble(&engine, &run, &simulated, Origin { hash: &loaded.hash, warnings: vec![] })?;
//!     // One number: the net loss of the system against plan, given a bust, in the full model.
//!     let is_it = |l: &&results::LossRow| {
//!         l.firm.is_none() && l.metric == Metric::NetLoss && (l.world, l.panel, l.given) == (WorldName::W0, Panel::Base, Given::Bust)
//!     };
//!     let mean = found.losses.iter().find(is_it).map(|l| l.mean).expect("the system's net loss");
//!     assert!(mean.low < mean.value && mean.value < mean.high);
//!     // The summary that the program prints.
//!     assert!(report::summary(&found).contains("1. What the firms together lose"));
//!     Ok(())
//! }
//! ```
//!
//! A path is a pure function of the model, the seed and its number: threads, and the order in which paths are run, change no bit of an answer. Every estimate carries its
//! standard error and its 95 % interval, which are those of the simulation and not of the assumptions. Nothing is printed, and an error is a value: [`error::Error`].
//!
//! | to | see |
//! |---|---|
//! | read, change and check a scenario | [`scenario`] |
//! | simulate | [`engine`] |
//! | compare, vary, share out a loss, ask what would have to happen | [`analysis`] |
//! | read, write and name what was found | [`results`] |
//! | draw and say it | [`charts`], [`report`] |
//! | clear a payment network alone | [`clearing`], [`networks`] |

#![deny(unsafe_code, missing_docs)]

pub mod error;
pub mod lanes;
pub mod stats;
pub mod model;
pub mod scenario;
pub mod shocks;
pub mod clearing;
pub mod circularity;
pub mod networks;
pub mod engine;
pub mod analysis;
pub mod results;
pub mod charts;
pub mod report;
pub mod validation;
