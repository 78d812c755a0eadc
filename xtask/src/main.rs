//! Commands. 
fn main(){}
