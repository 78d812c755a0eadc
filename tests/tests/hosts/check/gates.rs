//! Every factory preset through the built bundle, held against the gates.

use crate::row::{Gates, Row};
use nfx_tests::gates::{judge, promises, table, unexpected};

fn gates(row: &Row) -> &Gates {
    row.gates.as_ref().expect("the plugin has gates")
}

pub fn every_preset_passes_the_gates(row: &Row) {
    let gates = gates(row);
    let figures = (gates.figures)().unwrap();
    println!("{}", table::markdown(row.name, &figures, gates.limits));
    let faults = judge(&figures, gates.limits);
    faults.iter().for_each(|fault| println!("fails: {fault}"));
    let (new, healed) = unexpected(&faults, gates.exceptions);
    println!("no exception any more, take them out of gates/exceptions.rs: {healed:?}");
    assert!(new.is_empty(), "{new:#?}");
}

pub fn every_name_keeps_its_promise(row: &Row) {
    let promises = (gates(row).promises)().unwrap();
    println!("{}", promises::markdown(row.name, &promises));
    assert!(promises.len() > 20, "the table of words finds the names");
    assert_eq!(promises::broken(&promises), Vec::<String>::new());
}
