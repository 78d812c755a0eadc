//! Files of the user's: whatever the trainer reads, the plugin reads, through the same reader.

#[path = "common/mod.rs"]
mod common;

use std::sync::Arc;
use std::time::{Duration, Instant};

use effect_profiler::browse::Browser;
use effect_profiler::editor_model::EditorModel;
use effect_profiler::impulse::{read_impulse, read_impulse_with_notes};
use nfx_core::models::effect::ProfileModel;
use nfx_frame::clip::{Clip, EXTENSIONS};
use nfx_frame::source::read_file_with_notes;

/// Noise that decays over its length, and stays audible to its end.
fn room(seconds: f64, rate_hz: f64, channels: usize) -> Clip {
    let len = (seconds * rate_hz) as usize;
    let sample = |i: usize, c: usize| {
        let noise =
            (((i * 2 + c) as u32).wrapping_mul(2_654_435_761) >> 9) as f32 / 8_388_608.0 - 0.5;
        noise * 10f32.powf(-3.0 * i as f32 / len as f32)
    };
    Clip {
        channels: (0..channels).map(|c| (0..len).map(|i| sample(i, c)).collect()).collect(),
        rate_hz,
    }
}

#[test]
fn impulse_responses_of_the_promised_length_load_and_longer_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hall.wav");
    for (rate_hz, channels) in
        [(48_000.0, 1), (48_000.0, 2), (44_100.0, 2), (96_000.0, 2), (192_000.0, 2)]
    {
        room(10.0, rate_hz, channels).write_wav(&path).unwrap();
        let file =
            read_impulse(&path).unwrap_or_else(|error| panic!("{rate_hz} Hz, {channels}: {error}"));
        // It travels inside the project: the file may go.
        std::fs::remove_file(&path).unwrap();
        let clip = file.open(20.0).unwrap();
        assert_eq!((clip.channels.len(), clip.rate_hz), (channels, rate_hz));
        assert_eq!(clip, room(10.0, rate_hz, channels), "{rate_hz} Hz, {channels}");
    }
    room(11.0, 48_000.0, 1).write_wav(&path).unwrap();
    let error = read_impulse(&path).unwrap_err();
    assert!(error.contains("hall.wav") && error.contains("10.1 s"), "{error}");
    // A short one with a minute of silence behind it is a short one.
    let mut long = room(0.5, 48_000.0, 2);
    long.channels.iter_mut().for_each(|channel| channel.resize(48_000 * 60, 0.0));
    long.write_wav(&path).unwrap();
    assert_eq!(read_impulse(&path).unwrap().open(20.0).unwrap().len(), 24_000);
}

#[test]
fn headers_of_recorders_and_other_programs_load() {
    let folder = tempfile::tempdir().unwrap();
    let clip = room(0.1, 48_000.0, 1);
    let plain = clip.to_wav().unwrap();
    let data = plain.windows(4).position(|bytes| bytes == b"data").unwrap() + 4;
    let changed = |at: usize, to: &[u8]| {
        let mut bytes = plain.clone();
        bytes[at..at + to.len()].copy_from_slice(to);
        bytes
    };
    for (what, bytes, notes) in [
        ("plain", plain.clone(), 0),
        ("RIFF of 0", changed(4, &[0; 4]), 0),
        ("RIFF of -1", changed(4, &[0xff; 4]), 0),
        ("data of -1", changed(data, &[0xff; 4]), 0),
        ("never finished", changed(data, &[0; 4]), 1),
        ("promises more", changed(data, &[0, 0, 0, 1]), 1),
    ] {
        let path = folder.path().join("take.BWF");
        std::fs::write(&path, bytes).unwrap();
        let (file, said) =
            read_file_with_notes(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(file.open(10.0).unwrap(), clip, "{what}");
        assert_eq!(said.len(), notes, "{what}: {said:?}");
        assert_eq!(read_impulse_with_notes(&path).unwrap().1, said, "{what}");
    }
    for (bytes, word) in [
        (&b"<!DOCTYPE html>"[..], "a web page"),
        (b"", "an empty file"),
        (b"PK\x03\x04", "a ZIP archive"),
    ] {
        let path = folder.path().join("page.wav");
        std::fs::write(&path, bytes).unwrap();
        let error = read_file_with_notes(&path).unwrap_err();
        assert!(error.contains("page.wav") && error.contains(word), "{error}");
    }
    assert!(read_file_with_notes(folder.path()).unwrap_err().contains("is a folder"));
    assert!(["wave", "bwf", "aifc", "rf64"].iter().all(|extension| EXTENSIONS.contains(extension)));
}

#[test]
fn the_browser_lists_captures_as_downloads_leave_them_and_they_load() {
    let folder = tempfile::tempdir().unwrap();
    let nam = r#"{"version":"0.5.4","architecture":"Linear","config":{"receptive_field":1,"bias":false},"weights":[1.0],"sample_rate":"48000","metadata":{"gear_make":"Tube","loudness":NaN}}"#;
    let aida = r#"{"in_shape":[null,null,1],"layers":[{"type":"lstm","weights":[[[0.1,0.1,0.1,0.1]],[[0.1,0.1,0.1,0.1]],[0,0,0,0]]},{"type":"dense","weights":[[[0.5]],[0.0]]}]}"#;
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("a marked.nam", format!("\u{feff}{nam}").as_bytes());
    put("b aida.aidax", aida.as_bytes());
    put("c capital.AIDAX", aida.as_bytes());
    put("d page.nam", b"<!DOCTYPE html>");
    put("e other.json", b"{\"name\": 1}");
    let (browser, worker) = (Browser::default(), Arc::default());
    let read = || {
        browser.read(&worker, folder.path());
        let begun = Instant::now();
        while browser.found().reading {
            assert!(begun.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(2));
        }
        browser.found().profiles
    };
    let found: Vec<(String, String)> =
        read().iter().map(|p| (p.name.clone(), p.family.clone())).collect();
    let want =
        [("a marked", "Linear"), ("b aida", "AIDA-X"), ("c capital", "AIDA-X"), ("d page", "")];
    assert_eq!(found, want.map(|(name, family)| (name.to_owned(), family.to_owned())));
    std::fs::remove_file(folder.path().join("a marked.nam")).unwrap();
    assert_eq!(read().len(), 3, "the list is that of the folder as it is");
    let load = |bytes: &[u8]| ProfileModel::from_bytes(bytes).map_err(|error| error.to_string());
    assert!(load(format!("\u{feff}{nam}").as_bytes()).is_ok() && load(aida.as_bytes()).is_ok());
    assert!(
        load(b"<!DOCTYPE html>")
            .unwrap_err()
            .contains("a web page, not the file itself: download it again")
    );
}

#[test]
fn two_quick_steps_are_two_profiles_and_equal_names_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    // A pack of three captures of the same name, each in a folder of its own.
    for (place, name) in ["1 clean", "2 crunch", "3 lead"].into_iter().enumerate() {
        let folder = folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("model.safetensors"), common::capture(place as u64 + 1))
            .unwrap();
    }
    let (handoff, _) = effect_profiler::chosen::Handoff::new();
    let (_, reader) = effect_profiler::scope::channel();
    let params = Arc::new(effect_profiler::params::ProfilerParams::default());
    let model = EditorModel::new(params, Arc::new(handoff), reader, Arc::default());
    model.choose_profile_folder(Some(folder.path().to_owned()));
    model.worker().wait();
    let profiles = model.browser.found().profiles;
    assert_eq!(profiles.len(), 3);
    let at = || model.profile_at(&profiles);
    model.step_profile(1);
    model.step_profile(1);
    model.worker().wait();
    assert_eq!(at(), Some(1), "two quick steps are two places");
    model.step_profile(1);
    model.worker().wait();
    assert_eq!(at(), Some(2), "equal names hold nobody up");
    model.step_profile(1);
    model.worker().wait();
    assert_eq!(at(), Some(0));
    model.step_profile(-1);
    model.worker().wait();
    assert_eq!(at(), Some(2));
}
