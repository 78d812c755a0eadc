//! Profiles of effects: from a recording of a device to a model with its knobs.
//!
//! | module | what it holds |
//! |---|---|
//! | [`signal`], [`response`] | the test signal; impulse responses by deconvolution |
//! | [`pairs`], [`folder`], [`align`], [`check`] | files before and after the device, their time, and what is wrong with them |
//! | [`data`], [`sampler`] | parts to learn from, to choose by, to be judged by; batches |
//! | [`family`], [`choose`], [`fit`], [`look`], [`probe`] | the networks, which of them, the loop that trains them, its looks, and what it keeps |
//! | [`run`], [`watch`], [`result`](mod@result) | a whole run in its folder; checkpoints; what it leaves |
//! | [`measure`], [`baseline`], [`report`] | figures and their meaning |
//! | [`progress`] | what a person or a program is told |
//! | [`tools`] | impulse responses, `.nam` files, profiles in `render`, `inspect` and `eval` |

pub mod align;
pub mod baseline;
pub mod check;
pub mod choose;
pub mod data;
pub mod family;
pub mod fit;
pub mod folder;
pub mod look;
pub mod measure;
pub mod pairs;
pub mod probe;
pub mod progress;
pub mod report;
pub mod response;
pub mod result;
pub mod run;
pub mod sampler;
pub mod signal;
pub mod tools;
pub mod watch;
