//! The standalone program starts without a screen and stays.

use nfx_tests::bundle;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn it_starts_without_a_screen_and_stays() {
    let program =
        bundle::find(&bundle::debug_folder().unwrap(), &format!("ANNe{}", std::env::consts::EXE_SUFFIX)).unwrap();
    let mut child = Command::new(program)
        .args(["--backend", "dummy"])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("XDG_DATA_HOME", std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let ended = child.try_wait().unwrap();
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(ended, None, "the standalone program was expected to stay, but ended");
}
