//! nfx-train.
fn main(){}
