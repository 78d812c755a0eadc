//! Effects: plain controls in real units to samples.
