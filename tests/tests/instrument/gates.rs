//! Every factory preset of CANNe through the built bundle, held against the gates.

use nfx_tests::gates::{self, INSTRUMENT, exceptions, judge, table, unexpected};

#[test]
fn every_preset_of_canne_passes_the_gates() {
    let figures = gates::canne().unwrap();
    println!("{}", table::markdown("CANNe", &figures, &INSTRUMENT));
    let faults = judge(&figures, &INSTRUMENT);
    faults.iter().for_each(|fault| println!("fails: {fault}"));
    let (new, healed) = unexpected(&faults, exceptions::CANNE);
    println!("no exception any more, take them out of gates/exceptions.rs: {healed:?}");
    assert!(new.is_empty(), "{new:#?}");
}

#[test]
fn every_name_of_canne_keeps_its_promise() {
    let promises = gates::promises_of_canne().unwrap();
    println!("{}", gates::promises::markdown("CANNe", &promises));
    assert!(promises.len() > 20, "the table of words finds the names");
    assert_eq!(gates::promises::broken(&promises), Vec::<String>::new());
}
