//! The cases of the strict hosts, each in a process of its own: a host that does what hosts should
//! not.
//!
//! What each case did to the bundles of before is in `docs/results/hosts.md`.

use crate::row::Row;
use nfx_tests::{bundle, strict};
use std::time::Duration;

/// How long a case may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(300);
/// Cases that are too long for here; `strict_table` runs them.
const LONG: [&str; 1] = ["two_hundred_openings"];

fn assert_all_good(row: &Row, format: &str) {
    let bundle =
        bundle::find(&bundle::folder().unwrap(), &format!("{}.{format}", row.name)).unwrap();
    let cases = strict::cases(format);
    assert!(!cases.is_empty(), "there are no cases for {format}");
    let mut failed = Vec::new();
    for case in cases.iter().filter(|case| !LONG.contains(&case.name)) {
        let ending = strict::run(format, &bundle, case.name, LIMIT).unwrap();
        println!("{}: {ending}", case.name);
        if !ending.is_good() {
            failed.push(format!("{}: {}\n  {ending}", case.name, case.asks));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

pub fn survives_the_strict_vst3_host(row: &Row) {
    assert_all_good(row, "vst3");
}

pub fn survives_the_strict_clap_host(row: &Row) {
    assert_all_good(row, "clap");
}
