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
