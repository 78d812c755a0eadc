//! Profiles of effects: from a recording of a device to a model with its knobs.
//!
//! | module | what it holds |
//! |---|---|
//! | [`signal`], [`response`], [`ir`] | the test signal; impulse responses by deconvolution, and as files |
//! | [`pairs`], [`folder`], [`channels`] | files before and after the device |
//! | [`align`]: [`likeness`], [`edge`], [`blips`] | whether a recording is one of the sound, and how late it comes |
//! | [`check`]: [`track`], [`gaps`], [`clipping`], [`noise`], [`unchanged`] | what is wrong with a recording |
//! | [`data`], [`sampler`] | parts to learn from, to choose by, to be judged by; batches |
//! | [`family`], [`choose`], [`fit`], [`look`], [`probe`] | the networks, which of them, their training, its looks, and what it keeps |
//! | [`run`], [`watch`], [`result`](mod@result) | a whole run in its folder; checkpoints; what it leaves |
//! | [`measure`], [`baseline`], [`report`] | figures and their meaning |
//! | [`progress`] | what a person or a program is told |
//! | [`tools`] | `.nam` files, profiles in `render`, `inspect` and `eval` |

pub mod align;
pub mod baseline;
pub mod blips;
mod causal;
pub mod channels;
pub mod check;
pub mod choose;
pub mod clipping;
mod columns;
mod correlate;
mod curve;
pub mod data;
mod dropouts;
pub mod edge;
pub mod family;
mod finish;
pub mod fit;
pub mod folder;
pub mod gaps;
pub mod ir;
mod levels;
pub mod likeness;
pub mod look;
pub mod measure;
pub mod noise;
pub mod pairs;
pub mod probe;
pub mod progress;
pub mod report;
pub mod response;
pub mod result;
mod ripen;
pub mod run;
pub mod sampler;
pub mod signal;
mod solve;
mod speed;
mod table;
mod timing;
pub mod tools;
pub mod track;
pub mod unchanged;
pub mod watch;
