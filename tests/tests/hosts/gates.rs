//! Every factory preset of ANNe through the built bundle, held against the gates.

use nfx_tests::gates::{self, EFFECT, exceptions, judge, table, unexpected};

#[test]
fn every_preset_of_anne_passes_the_gates() {
    let figures = gates::anne().unwrap();
    println!("{}", table::markdown("ANNe", &figures, &EFFECT));
    let faults = judge(&figures, &EFFECT);
    faults.iter().for_each(|fault| println!("fails: {fault}"));
    let (new, healed) = unexpected(&faults, exceptions::ANNE);
    println!("no exception any more, take them out of gates/exceptions.rs: {healed:?}");
    assert!(new.is_empty(), "{new:#?}");
}

#[test]
fn chance_keeps_the_level() {
    let draws = gates::chance().unwrap();
    println!("{}", table::chance(&draws, &EFFECT));
    assert!(draws.len() >= 20, "{draws:?}");
    let off: Vec<_> = draws.iter().filter(|(_, off)| off.is_nan() || off.abs() > EFFECT.loudness_lu).collect();
    assert!(off.is_empty(), "Randomise is to stay within {} LU of the dry sound: {off:?}", EFFECT.loudness_lu);
}

#[test]
fn every_name_of_anne_keeps_its_promise() {
    let promises = gates::promises_of_anne().unwrap();
    println!("{}", gates::promises::markdown("ANNe", &promises));
    assert!(promises.len() > 20, "the table of words finds the names");
    assert_eq!(gates::promises::broken(&promises), Vec::<String>::new());
}
