//! What the checks say about recordings: each kind of fault that people have reported, made here.

use std::path::{Path, PathBuf};

use nfx_train::profile::check::{Checked, Severity};
use nfx_train::profile::pairs::{PairFiles, ReadOptions, examine};
use nfx_train::profile::signal::test_signal;

const RATE: f64 = 8_000.0;

/// The field's device: 45 samples late, with a little hiss.
fn device(x: &[f32], late: usize) -> Vec<f32> {
    let mut y = 0.0f32;
    let mut out = vec![0.0; late];
    out.extend(x.iter().map(|x| {
        y += 0.5 * ((3.0 * x).tanh() - y);
        0.7 * y
    }));
    out.truncate(x.len());
    hiss(out, 2e-4)
}

/// A sound with hiss of a size.
fn hiss(mut y: Vec<f32>, size: f32) -> Vec<f32> {
    let mut seed = 1u32;
    y.iter_mut().for_each(|y| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *y += size * ((seed >> 9) as f32 / 4_194_304.0 - 1.0);
    });
    y
}

fn wav(path: &Path, channels: &[Vec<f32>], rate: f64) {
    nfx_audio::write_wav(path, channels, rate, nfx_audio::Samples::Float32).unwrap();
}

fn checked_at(x: &[f32], y: (&[Vec<f32>], f64), delay: Option<i64>) -> Checked {
    checked_of(x, RATE, y.0, y.1, delay)
}

fn checked_of(
    x: &[f32],
    rate: f64,
    y: &[Vec<f32>],
    recorded_hz: f64,
    delay: Option<i64>,
) -> Checked {
    let dir = tempfile::tempdir().unwrap();
    let files = PairFiles {
        input: dir.path().join("x.wav"),
        target: dir.path().join("y.wav"),
        ..Default::default()
    };
    wav(&files.input, &[x.to_vec()], rate);
    wav(&files.target, y, recorded_hz);
    examine(&files, &ReadOptions { delay, ..Default::default() }).unwrap()
}

fn checked(x: &[f32], y: &[f32]) -> Checked {
    checked_at(x, (&[y.to_vec()], RATE), None)
}

fn said(checked: &Checked, about: &str) -> Severity {
    checked
        .findings
        .iter()
        .filter(|f| f.about == about)
        .map(|f| f.severity)
        .max()
        .unwrap_or(Severity::Fine)
}

fn sentences(checked: &Checked) -> String {
    checked
        .findings
        .iter()
        .map(|f| format!("{:?} {}: {}\n", f.severity, f.about, f.sentence))
        .collect()
}

fn pair() -> (Vec<f32>, Vec<f32>) {
    let x = test_signal(20.0, RATE).unwrap();
    let y = device(&x, 45);
    (x, y)
}

#[test]
fn a_good_recording_raises_no_alarm() {
    let (x, y) = pair();
    let found = checked(&x, &y);
    assert!(found.findings.iter().all(|f| f.severity == Severity::Fine), "{}", sentences(&found));
    assert_eq!(found.alignment.delay, 45);
    assert_eq!(found.alignment.by_blips, [Some(45), Some(45)]);
}

#[test]
fn what_is_no_recording_of_the_sound_is_refused_also_at_a_given_delay() {
    let (x, y) = pair();
    let n = x.len();
    let noise = hiss(vec![0.0; n], 0.3);
    let reversed: Vec<f32> = y.iter().rev().copied().collect();
    let stretched: Vec<f32> =
        (0..n).map(|i| y[(i as f64 * 44_100.0 / 48_000.0) as usize]).collect();
    for (other, name) in [(noise, "noise"), (reversed, "backwards"), (stretched, "another rate")] {
        for delay in [None, Some(0)] {
            let found = checked_at(&x, (std::slice::from_ref(&other), RATE), delay);
            assert_eq!(said(&found, "delay"), Severity::Error, "{name}: {}", sentences(&found));
            let text = sentences(&found);
            assert!(
                !text.contains("clocks agree") && !text.contains("upside down"),
                "{name}: {text}"
            );
        }
    }
}

#[test]
fn any_delay_is_found_early_and_late() {
    let (x, y) = pair();
    for cut in [2_400usize, 5_600, 30_000] {
        let found = checked(&x, &y[cut..]);
        assert_eq!(found.alignment.delay, 45 - cut as i64, "{}", sentences(&found));
        assert!(
            !found.failed() && !sentences(&found).contains("drop-out"),
            "{}",
            sentences(&found)
        );
    }
    for late in [8_000usize, 48_000] {
        let y = [vec![0.0; late], y.clone()].concat();
        let found = checked(&x, &y);
        assert_eq!(found.alignment.delay, 45 + late as i64, "{}", sentences(&found));
        assert!(!found.failed(), "{}", sentences(&found));
    }
}

#[test]
fn a_given_delay_is_what_is_judged() {
    let (x, y) = pair();
    let found = checked_at(&x, (&[y], RATE), Some(0));
    assert_eq!(found.alignment.delay, 0);
    let text = sentences(&found);
    assert!(
        text.contains("as given") && text.contains("45") && !text.contains("that is corrected"),
        "{text}"
    );
}

#[test]
fn music_in_perfect_time_stays_in_time() {
    use nfx_train::synth::pluck;
    for (sound, name) in
        [(pluck::bass(), "bass"), (pluck::guitar(), "guitar"), (pluck::drums(), "drums")]
    {
        let curves: [fn(f32) -> f32; 3] = [
            |x| (3.0 * x).tanh(),
            |x| (4.0 * x).clamp(-0.5, 0.5),
            |x| -(x + 0.3 * x * x).clamp(-0.2, 0.4),
        ];
        for (k, (curve, late)) in curves.into_iter().zip([0usize, 137, 20_000]).enumerate() {
            let mut y = vec![0.0; late];
            y.extend(sound.iter().map(|x| curve(*x)));
            let found = checked_of(&sound, 44_100.0, &[y], 44_100.0, None);
            assert!(
                (found.alignment.delay - late as i64).abs() <= 1,
                "{name} {k}: {}",
                sentences(&found)
            );
        }
    }
}

#[test]
fn the_channel_that_is_the_device_is_used() {
    let (x, y) = pair();
    let none = vec![0.0; y.len()];
    let turned: Vec<f32> = y.iter().map(|y| -y).collect();
    let half: Vec<f32> = y.iter().map(|y| 0.5 * y).collect();
    let top = y.iter().fold(0.0f32, |m, y| m.max(y.abs()));
    for (channels, word) in [
        ([y.clone(), none], "left"),
        ([turned, y.clone()], "upside down to each other"),
        ([half, y.clone()], "louder"),
        ([x.clone(), y.clone()], "is the device"),
        ([y.iter().map(|y| (3.0 * y).clamp(-0.5, 0.5)).collect(), y.clone()], "clipped"),
    ] {
        let found = checked_at(&x, (&channels, RATE), None);
        assert_eq!(found.alignment.delay, 45, "{}", sentences(&found));
        assert!(
            !found.failed() && sentences(&found).contains(word),
            "{word}: {}",
            sentences(&found)
        );
        let peaks = sentences(&found).contains(&format!("peaks at {:.1} dB", 20.0 * top.log10()));
        assert!(peaks || said(&found, "clipping") != Severity::Fine, "{}", sentences(&found));
    }
}

#[test]
fn hum_is_part_of_the_noise_floor() {
    let (x, y) = pair();
    for mains in [50.0f64, 60.0] {
        let hum = |i: usize| 0.01 * (std::f64::consts::TAU * mains * i as f64 / RATE).sin() as f32;
        let humming: Vec<f32> = y.iter().enumerate().map(|(i, y)| y + hum(i)).collect();
        let found = checked(&x, &humming);
        let power = y.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>() / y.len() as f64;
        let floor = 2.0 * 0.5 * 1e-4 / power;
        assert!(
            found.floor.is_some_and(|f| (0.7..1.4).contains(&(f / floor))),
            "{:?} beside {floor}",
            found.floor
        );
        assert_eq!(said(&found, "noise"), Severity::Warning, "{}", sentences(&found));
        assert!(
            sentences(&found).contains(&format!("hum of {mains:.0} Hz")),
            "{}",
            sentences(&found)
        );
    }
}

#[test]
fn flat_tops_are_seen_at_any_level() {
    let (x, y) = pair();
    for level in [0.89f32, 0.75, 0.3] {
        let cut: Vec<f32> = y.iter().map(|y| level * (2.0 * y).clamp(-1.0, 1.0)).collect();
        let found = checked(&x, &cut);
        assert!(sentences(&found).contains("flat tops at"), "{}", sentences(&found));
        assert_eq!(found.alignment.delay, 45);
    }
}

/// A hole: zeros, one value held, zeros that are faded in and out for a millisecond, or what
/// remains of a device's hiss.
fn tear(y: &mut [f32], kind: usize) {
    let (n, held, fade) = (y.len(), y[0], (0.001 * RATE) as usize);
    for (i, y) in y.iter_mut().enumerate() {
        let edge = (i + 1).min(n - i).min(fade + 1) - 1;
        *y = match kind {
            0 => 0.0,
            1 => held,
            2 => *y * (1.0 - edge as f32 / fade as f32),
            _ => {
                if (i * 7_919) % 5 < 2 {
                    1e-4
                } else {
                    -1e-4
                }
            }
        };
    }
}

#[test]
fn gaps_of_five_milliseconds_and_more_are_found_with_their_place() {
    use nfx_train::profile::gaps::gaps;
    let (x, y) = pair();
    assert_eq!(gaps(&x, &y, RATE, 45).0, []);
    let level = |from: usize, length: usize| {
        let power = x[from..from + length].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>()
            / length as f64;
        10.0 * power.max(1e-20).log10()
    };
    let mut seen = [0usize; 2];
    for (k, ms) in [5.0f64, 7.5, 10.0, 20.0, 50.0].into_iter().cycle().take(20).enumerate() {
        let length = (ms * RATE / 1_000.0) as usize;
        let mut torn = y.clone();
        let mut places = Vec::new();
        for at in (16_000 + 317 * k..110_000).step_by(7_000) {
            // What the sound has there, and on both sides.
            let least =
                (0..3).map(|i| level(at - 45 + length * i - length, length)).fold(0.0, f64::min);
            let value = y[at].abs();
            if least < -42.0 || k % 4 == 1 && value > 0.5 {
                continue;
            }
            seen[usize::from(least < -24.0)] += 1;
            tear(&mut torn[at..at + length], k % 4);
            places.push(at);
        }
        let (found, _) = gaps(&x, &torn, RATE, 45);
        let off = |at: usize| found.iter().filter(|g| g.at.abs_diff(at) < 40).count();
        assert!(
            places.len() > 4 && found.len() == places.len() && places.iter().all(|p| off(*p) == 1),
            "{ms} ms, kind {}: {places:?} {found:?}",
            k % 4
        );
    }
    assert!(seen[0] > 40 && seen[1] > 20, "{seen:?}");
    let mut torn = y.clone();
    torn[53_360..53_400].fill(0.0);
    let found = checked(&x, &torn);
    assert_eq!(said(&found, "gap"), Severity::Warning, "{}", sentences(&found));
    assert!(sentences(&found).contains("gap of 5 ms at 6.67 s"), "{}", sentences(&found));
}

#[test]
fn jumps_are_errors_with_their_place() {
    let (x, y) = pair();
    let mut repeated = y.clone();
    let buffer: Vec<f32> = y[79_744..80_000].to_vec();
    repeated.splice(80_000..80_000, buffer);
    let mut lost = y.clone();
    lost.drain(70_000..70_031);
    for (sound, by, place) in [(repeated, "256 samples", 10.0), (lost, "31 samples", 8.75)] {
        let found = checked(&x, &sound);
        assert_eq!(said(&found, "jump"), Severity::Error, "{}", sentences(&found));
        assert!(sentences(&found).contains(by), "{}", sentences(&found));
        let text = sentences(&found);
        let at = text
            .split("jumps at ")
            .nth(1)
            .and_then(|t| t.split(' ').next())
            .and_then(|t| t.parse::<f64>().ok());
        assert!(at.is_some_and(|at| (at - place).abs() < 0.06), "{place}: {text}");
    }
}

#[test]
fn an_octave_fuzz_passes_with_a_warning_and_the_dry_sound_is_recognised() {
    let (x, _) = pair();
    let late = |y: Vec<f32>| [vec![0.0; 45], y].concat();
    let found = checked(&x, &late(x.iter().map(|x| (6.0 * x.abs()).tanh() - 0.3).collect()));
    assert_eq!(found.alignment.delay, 45, "{}", sentences(&found));
    assert!(
        !found.failed() && said(&found, "device") == Severity::Warning,
        "{}",
        sentences(&found)
    );
    for gain in [1.0f32, -0.3] {
        let found = checked(&x, &late(x.iter().map(|x| gain * x).collect()));
        assert_eq!(said(&found, "unchanged"), Severity::Warning, "{}", sentences(&found));
    }
    assert!(!sentences(&checked(&x, &device(&x, 45))).contains("unchanged"));
}

#[test]
fn another_rate_has_all_checks() {
    let (x, y) = pair();
    let control = checked(&x, &y).floor.unwrap();
    for (rate, late) in [(11_025.0, 62i64), (16_000.0, 90)] {
        let other = nfx_train::audio::resample(&y, RATE, rate).unwrap();
        let found = checked_at(&x, (&[other], rate), None);
        let near = |delay: i64| (delay - late).abs() <= 1;
        assert_eq!(
            found.alignment.by_blips.map(|b| b.map(near)),
            [Some(true); 2],
            "{rate}: {}",
            sentences(&found)
        );
        assert!(near(found.alignment.delay), "{rate}: {}", sentences(&found));
        // The noise line is as at the same rate.
        assert!(
            found.floor.is_some_and(|f| (0.7..1.4).contains(&(f / control))),
            "{:?} beside {control}",
            found.floor
        );
    }
}

/// Sustained notes of a few harmonics, each held for a while: of such a sound the correlation alone
/// does not tell the time.
fn steady(rate: f64) -> Vec<f32> {
    let mut out = Vec::new();
    for (k, note) in [33, 36, 40, 33, 31, 28, 33, 38].into_iter().enumerate() {
        let hz = 440.0 * 2f64.powf((f64::from(note) - 69.0) / 12.0);
        let n = (rate * (0.9 + 0.13 * k as f64)) as usize;
        out.extend((0..n).map(|i| {
            let (t, end) = (i as f64 / rate, (n - i) as f64 / rate);
            let tone: f64 = (1..8)
                .map(|h| (std::f64::consts::TAU * f64::from(h) * hz * t).sin() / f64::from(h))
                .sum();
            (0.4 * tone * (t / 0.01).min(1.0) * (end / 0.02).min(1.0) * (-0.7 * t).exp()) as f32
        }));
    }
    out
}

#[test]
fn steady_tones_are_in_time_and_no_ring_modulators() {
    let (rate, x) = (22_050.0, steady(22_050.0));
    let curves: [fn(f32) -> f32; 3] =
        [|x| (3.0 * x).tanh(), |x| (6.0 * x).clamp(-0.3, 0.5), |x| 0.8 * x - 0.3 * x * x];
    for (k, late) in [0usize, 137, 5_740].into_iter().enumerate() {
        let mut held = 0.0;
        let mut y = vec![0.0f32; late];
        y.extend(x.iter().map(|x| {
            held += 0.5 * (curves[k](*x) - held);
            held
        }));
        let found = checked_of(&x, rate, &[hiss(y, 1e-4)], rate, None);
        assert!((found.alignment.delay - late as i64).abs() <= 1, "{k}: {}", sentences(&found));
        assert_eq!(said(&found, "device"), Severity::Fine, "{k}: {}", sentences(&found));
    }
}

#[test]
fn a_rate_that_is_labelled_wrong_is_named() {
    let (x, y) = pair();
    for (labelled, is) in [(44_100.0, 48_000.0), (48_000.0, 44_100.0), (48_000.0, 96_000.0)] {
        let found = checked(&x, &nfx_train::audio::resample(&y, labelled, is).unwrap());
        let text = sentences(&found);
        assert_eq!(said(&found, "delay"), Severity::Error, "{text}");
        assert!(
            text.contains(&format!("of {:.1} kHz is labelled {:.1} kHz", is / 1e3, labelled / 1e3)),
            "{text}"
        );
    }
}

#[test]
fn few_and_many_samples_lost_or_repeated_are_found_anywhere() {
    let (x, y) = pair();
    let n = y.len();
    for (share, samples) in [(0.2, 17usize), (0.47, 512), (0.55, 17), (0.8, 64), (0.35, 3)] {
        let mut lost = y.clone();
        let at = (share * n as f64) as usize;
        lost.drain(at..at + samples);
        let found = checked(&x, &lost);
        assert_eq!(
            said(&found, "jump"),
            Severity::Error,
            "{samples} at {share}: {}",
            sentences(&found)
        );
        let text = sentences(&found);
        assert!(text.contains(&format!("{samples} samples")) && text.contains("earlier"), "{text}");
    }
}

#[test]
fn clocks_that_run_apart_are_no_jumps_and_no_noise() {
    let (x, y) = pair();
    for ppm in [40.0, 300.0, -120.0] {
        let at = |i: usize| i as f64 * (1.0 - 1e-6 * ppm);
        let y = |k: usize| y.get(k).copied().unwrap_or(0.0);
        let apart: Vec<f32> = (0..x.len())
            .map(|i| {
                let (k, part) = (at(i) as usize, at(i).fract() as f32);
                (1.0 - part) * y(k) + part * y(k + 1)
            })
            .collect();
        let found = checked(&x, &apart);
        assert_eq!(said(&found, "drift"), Severity::Warning, "{ppm}: {}", sentences(&found));
        assert!(!found.failed(), "{ppm}: {}", sentences(&found));
    }
}

#[test]
fn any_delay_is_found_in_long_recordings() {
    let (x, y) = pair();
    for late in [60usize, 330] {
        let long =
            [vec![0.0; late * RATE as usize], y.clone(), vec![0.0; 100 * RATE as usize]].concat();
        let found = checked(&x, &long);
        assert_eq!(
            found.alignment.delay,
            (late * RATE as usize) as i64 + 45,
            "{}",
            sentences(&found)
        );
        assert!(!found.failed(), "{}", sentences(&found));
    }
}

#[test]
fn flat_tops_of_what_saturates_before_are_seen() {
    let x = test_signal(20.0, RATE).unwrap();
    // A drive without low notes: nearly all of its peaks are near to each other.
    let (mut low, mut held) = (0.0f32, 0.0f32);
    let driven = x.iter().map(|x| {
        low += 0.06 * (x - low);
        held += 0.8 * ((8.0 * (x - low)).tanh() - held);
        0.7 * held
    });
    let driven = hiss(driven.collect(), 5e-5);
    let mut sizes: Vec<f32> = driven.iter().map(|y| y.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let top = sizes[sizes.len() * 99 / 100];
    for level in [0.89f32, 0.3] {
        let cut: Vec<f32> = driven.iter().map(|y| level * (y / top).clamp(-1.0, 1.0)).collect();
        let found = checked(&x, &cut);
        assert!(sentences(&found).contains("flat tops at"), "{}", sentences(&found));
    }
    assert!(!sentences(&checked(&x, &driven)).contains("flat tops at"));
}

#[test]
fn the_fields_recordings_give_what_is_wanted_of_them() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/field/recordings");
    if !folder.is_dir() {
        return;
    }
    let of = |name: &str| {
        let files = PairFiles {
            input: folder.join("signal.flac"),
            target: folder.join(format!("{name}.flac")),
            ..Default::default()
        };
        examine(&files, &ReadOptions::default()).unwrap()
    };
    use Severity::{Error, Fine, Warning};
    for (name, about, severity, delay) in [
        ("control", "delay", Fine, Some(45)),
        ("another_sound", "delay", Error, None),
        ("starts_300_ms_early", "delay", Warning, Some(-2_355)),
        ("stereo_left_only", "channels", Fine, Some(45)),
        ("stereo_antiphase", "channels", Warning, Some(45)),
        ("clipped_then_1_dB_down", "clipping", Warning, Some(45)),
        ("hum_50_hz", "noise", Warning, Some(45)),
        ("hole_of_100_ms", "gap", Warning, Some(45)),
        ("repeated_buffer", "jump", Error, None),
        ("octave_fuzz", "device", Warning, Some(45)),
        ("dry_came_back", "unchanged", Warning, Some(45)),
        ("recorded_at_11025", "rate", Warning, Some(62)),
    ] {
        let found = of(name);
        assert!(
            found.findings.iter().any(|f| f.about == about && f.severity == severity),
            "{name}: {}",
            sentences(&found)
        );
        assert_eq!(found.failed(), severity == Error, "{name}: {}", sentences(&found));
        assert!(
            delay.is_none_or(|d| (found.alignment.delay - d).abs() <= 1),
            "{name}: {}",
            sentences(&found)
        );
    }
    assert!(of("hum_50_hz").floor.is_some_and(|f| (1e-3..4e-3).contains(&f)));
}
