//! Training of autoencoders: configuration, epochs, checkpoints and the run folder.
//!
//! [`fit()`] is the training alone, on frames in memory; [`run`] is a whole run with its folder:
//!
//! | file | what it is |
//! |---|---|
//! | `config.json` | everything that the run follows from, written before the first step |
//! | `metrics.csv` | a line for each look at the validation set |
//! | `checkpoint.safetensors` | weights, optimiser and position; `--resume` continues from it |
//! | `best.safetensors` | a model file of the best weights so far |
//! | `model.safetensors` | the finished model file: latents sorted and described, half precision |
//! | `decoder.safetensors` | of an instrument: its decoder alone |
//! | `report.html`, `figures.json` | the report and its figures |

pub mod augment;
pub mod checkpoint;
pub mod config;
pub mod fit;
pub mod instrument;
pub mod midpoints;
pub mod partners;
pub mod run;
pub mod scores;
pub mod seen;
pub mod start;
mod watch;

pub use config::{Bias, FitConfig, NetworkShape, RunConfig, Schedule, Start};
pub use fit::{Autoencoders, Data, EpochRow, Outcome, Position, fit};
pub use scores::{ScoreSums, Scores, evaluate};
pub use seen::{Seen, SeenConfig};
pub use start::{fit_simple, starting_weights};
