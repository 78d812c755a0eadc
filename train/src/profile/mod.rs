//! Profiles of effects: from a recording of a device to a model with its knobs.
//!
//! | module | what it holds |
//! |---|---|
//! | [`signal`], [`response`], [`ir`] | the test signal; impulse responses by deconvolution, and as files |
//! | [`pairs`], [`folder`], [`align`], [`check`] | files before and after the device, their time, and what is wrong with them |
//! | [`data`], [`sampler`] | parts to learn from, to choose by, to be judged by; batches |
//! | [`family`], [`choose`], [`fit`] | the networks, which of them, and the loop that trains them |
//! | [`run`], [`watch`] | a whole run in its folder; checkpoints |
//! | [`measure`], [`baseline`], [`report`] | figures and their meaning |
//! | [`progress`] | what a person or a program is told |
//! | [`tools`] | `.nam` files, profiles in `render`, `inspect` and `eval` |

pub mod align;
pub mod baseline;
pub mod check;
pub mod choose;
mod columns;
pub mod data;
pub mod family;
pub mod fit;
pub mod folder;
pub mod ir;
pub mod measure;
pub mod pairs;
pub mod progress;
pub mod report;
pub mod response;
pub mod run;
pub mod sampler;
pub mod signal;
mod table;
pub mod tools;
pub mod watch;
