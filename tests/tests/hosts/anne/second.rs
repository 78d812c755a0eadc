//! *Morph* towards a second sound that is a file: from the project itself, and from the place that the project names.

use super::ROW;
use crate::row::{assert_same, preset};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nfx_tests::clap_host::Take;
use nfx_tests::gates::materials::{self, RATE_HZ};
use nfx_tests::gates::spectra::{shape, shape_distance};
use nfx_tests::state_file::StateFile;
use nfx_tests::wav;
use serde_json::json;

type Sound = Vec<Vec<f32>>;

/// The bass among the materials, and choir and drums: they have sound where it has nothing, each
/// its own.
fn sounds() -> (Sound, [Sound; 2]) {
    let mut all = materials::all();
    let choir = all.remove(4);
    (all.remove(1), [choir, all.remove(0)])
}

/// A WAV file as a project carries it.
fn carried(sound: &Sound, name: &str) -> (serde_json::Value, std::path::PathBuf) {
    let path = std::env::temp_dir().join(format!("nfx-second-{}-{name}", std::process::id()));
    wav::write(&path, sound, RATE_HZ as u32).unwrap();
    let bytes = BASE64.encode(std::fs::read(&path).unwrap());
    (json!({"name": name, "path": "elsewhere/second.wav", "bytes": bytes}), path)
}

/// What a project with this second sound makes of a sound, with *Morph* at 80 %.
fn morphed(dry: &Sound, second: Option<serde_json::Value>) -> Sound {
    let mut plugin = ROW.fresh();
    plugin.select_layout(2, true).unwrap();
    preset(&mut plugin, &[("Morph", "80 %"), ("Level match", "Off")]);
    let mut state = StateFile::parse(&plugin.save().unwrap()).unwrap();
    if let Some(second) = second {
        state.0["fields"]["second"] = json!(second.to_string());
    }
    let mut plugin = ROW.fresh();
    plugin.select_layout(2, true).unwrap();
    plugin.load(&state.to_bytes()).unwrap();
    plugin.set_offline(true).unwrap();
    plugin.activate(RATE_HZ, 512).unwrap();
    let silence = vec![vec![0.0; dry[0].len()]; 2];
    plugin.play(&Take::new(dry.clone()).side(silence)).unwrap()
}

#[test]
fn a_second_sound_from_a_file_is_heard_and_resembled() {
    let (dry, [choir, drums]) = sounds();
    let (of_choir, path) = carried(&choir, "choir.wav");
    let named = json!({"name": "choir.wav", "path": path.to_string_lossy()});
    let (without, with) = (morphed(&dry, None), morphed(&dry, Some(of_choir)));
    assert_same(
        &with,
        &morphed(&dry, Some(named)),
        "a file that the project names in place of carrying it",
    );
    std::fs::remove_file(&path).unwrap();
    let (of_drums, path) = carried(&drums, "drums.wav");
    std::fs::remove_file(&path).unwrap();
    let other = morphed(&dry, Some(of_drums));
    let of = |sound: &Sound| shape(sound, RATE_HZ, 0.5..3.5);
    let [without, with, other, choir, drums] = [&without, &with, &other, &choir, &drums].map(of);
    let (far, near) = (shape_distance(&without, &choir), shape_distance(&with, &choir));
    let changed = shape_distance(&without, &with);
    println!(
        "from the choir: {far:.1} dB without the file, {near:.1} dB with it; {changed:.1} dB apart"
    );
    assert!(changed > 6.0, "the file is hardly heard: {changed:.1} dB");
    assert!(near < 0.75 * far, "{near:.1} dB from the file's sound, {far:.1} dB without it");
    // Not brighter alone: like the very sound that is in the file.
    let crossed = [shape_distance(&with, &drums), shape_distance(&other, &choir)];
    let own = [near, shape_distance(&other, &drums)];
    println!("from their own file {own:.1?} dB, from the other's {crossed:.1?} dB");
    assert!(
        own[0] < crossed[1] && own[1] < crossed[0],
        "each is nearest to its own: {own:.1?} {crossed:.1?}"
    );
}

#[test]
fn a_second_sound_that_is_nowhere_changes_nothing() {
    let (dry, _) = sounds();
    let lost = json!({"name": "choir.wav", "path": "elsewhere/choir.wav"});
    assert_same(
        &morphed(&dry, None),
        &morphed(&dry, Some(lost)),
        "a file that is not there any more",
    );
}
