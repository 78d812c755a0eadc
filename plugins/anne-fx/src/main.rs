//! Standalone.
fn main(){}
