//! The tests see the plugins only as musicians do: as built bundles, in real hosts.
//!
//! [`clap_host`] loads the CLAP bundle; [`guard`] counts what the audio thread must never do;
//! [`measure`] hears clicks, latency and pitch; [`signal`] makes test sounds; [`spectrogram`] draws
//! them; [`gates`] holds every factory preset against what a preset is to be, and [`sound`] tells
//! it as figures. The program `nfx-host` does the demo and the benchmark with them. The VST3 bundle
//! is loaded by `python/vst3_host.py` in a JUCE host, and by [`vst3_host`]; [`strict`] runs cases
//! that a host may die of.

pub mod bench;
pub mod bundle;
pub mod clap_host;
pub mod clap_strict;
pub mod demo;
pub mod gates;
pub mod guard;
pub mod guard_run;
pub mod judge;
pub mod measure;
pub mod midi_file;
pub mod signal;
pub mod sound;
pub mod spectrogram;
pub mod state_file;
pub mod strict;
pub mod vst3_host;
pub mod wav;
