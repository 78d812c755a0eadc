//! The standalone program starts without a screen and stays.

use nfx_tests::bundle;

#[test]
fn it_starts_without_a_screen_and_stays() {
    let file = format!("Effect Profiler{}", std::env::consts::EXE_SUFFIX);
    let program = bundle::find(&bundle::debug_folder().unwrap(), &file).unwrap();
    assert_eq!(bundle::ends_within_seconds(&program, 3).unwrap(), None, "the program was expected to stay, but ended");
}
