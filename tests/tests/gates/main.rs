//! Each gate fails on the fault that it is there for, and on nothing else.

mod promises;

use nfx_tests::gates::materials::{self, NOTE_SECONDS, NOTES, RATE_HZ, note_hz};
use nfx_tests::gates::spectra::{distance, print};
use nfx_tests::gates::{
    EFFECT, Figures, Gate, Heard, INSTRUMENT, effect, instrument, judge, table, unexpected,
};
use std::f64::consts::TAU;
use std::sync::LazyLock;

type Sound = Vec<Vec<f32>>;

static DRY: LazyLock<Vec<Sound>> = LazyLock::new(materials::all);

/// A band in which a toy effect is louder, and how fast it moves there.
const TOYS: [(f64, f64); 6] =
    [(160.0, 0.9), (420.0, 1.3), (1_000.0, 0.7), (2_400.0, 1.1), (5_500.0, 0.8), (0.0, 0.0)];

/// Raises a band by 24 dB, more and less in time, and keeps the loudness.
fn toy(dry: &Sound, of: (f64, f64)) -> Sound {
    let (hz, pace) = of;
    if hz == 0.0 {
        return dry.clone();
    }
    let w = TAU * hz / RATE_HZ;
    let (alpha, cos) = (w.sin() / (2.0 * 0.8), w.cos());
    let band = |channel: &Vec<f32>| -> Vec<f32> {
        let (mut x1, mut x2, mut y1, mut y2) = (0.0, 0.0, 0.0, 0.0);
        channel
            .iter()
            .enumerate()
            .map(|(n, x)| {
                let x = f64::from(*x);
                let y = (alpha * (x - x2) + 2.0 * cos * y1 - (1.0 - alpha) * y2) / (1.0 + alpha);
                (x2, x1, y2, y1) = (x1, x, y1, y);
                let much = 9.0 + 6.0 * (TAU * pace * n as f64 / RATE_HZ).sin();
                (x + much * y) as f32
            })
            .collect()
    };
    let mut wet: Sound = dry.iter().map(band).collect();
    // The level follows the dry sound's within a twentieth of a second.
    let (mut of_dry, mut of_wet) = (1e-6, 1e-6);
    for n in 0..dry[0].len() {
        let square = |sound: &Sound| f64::from(sound[0][n].powi(2) + sound[1][n].powi(2));
        of_dry += (square(dry) - of_dry) * 20.0 / RATE_HZ;
        of_wet += (square(&wet) - of_wet) * 20.0 / RATE_HZ;
        let gain = (of_dry / of_wet).sqrt() as f32;
        wet.iter_mut().for_each(|channel| channel[n] *= gain);
    }
    let gain = 10_f64.powf((materials::loudness(dry) - materials::loudness(&wet)) / 20.0) as f32;
    wet.iter_mut().flatten().for_each(|sample| *sample = (*sample * gain).clamp(-0.9, 0.9));
    for channel in &mut wet {
        let mean = channel.iter().sum::<f32>() / channel.len() as f32;
        channel.iter_mut().for_each(|sample| *sample -= mean);
    }
    wet
}

fn toys() -> Vec<Heard> {
    let heard = |(number, toy_of): (usize, &(f64, f64))| Heard {
        name: format!("Toy {number}"),
        tags: vec!["colour".to_owned()],
        takes: DRY.iter().map(|dry| toy(dry, *toy_of)).collect(),
    };
    TOYS.iter().enumerate().map(heard).collect()
}

/// The gates that fail, and of which presets.
fn failing(heard: &[Heard]) -> Vec<(String, Gate)> {
    let figures = effect::measure(&DRY, heard);
    judge(&figures, &EFFECT).into_iter().map(|fault| (fault.preset, fault.gate)).collect()
}

fn only(gate: Gate) -> Vec<(String, Gate)> {
    vec![("Toy 0".to_owned(), gate)]
}

/// The toys with something done to every take of the first.
fn planted(fault: impl Fn(&mut Sound)) -> Vec<Heard> {
    let mut heard = toys();
    heard[0].takes.iter_mut().for_each(fault);
    heard
}

fn add(sound: &mut Sound, sample: impl Fn(f64) -> f64) {
    for channel in sound {
        for (n, x) in channel.iter_mut().enumerate() {
            *x += sample(n as f64 / RATE_HZ) as f32;
        }
    }
}

#[test]
fn the_materials_are_what_they_say() {
    for (name, sound) in materials::NAMES.iter().zip(&*DRY) {
        let (loud, peak) = (materials::loudness(sound), effect::peak_db(sound.iter()));
        println!("{name}: {loud:.2} LUFS, peak {peak:.1} dBFS");
        assert!((loud - materials::LUFS).abs() < 0.5 && peak < -0.5, "{name}: {loud} {peak}");
        assert_eq!(sound.len(), 2);
        assert!(effect::dc_db(sound.iter()) < -55.0, "{name}");
    }
}

#[test]
fn good_presets_pass() {
    let figures = effect::measure(&DRY, &toys());
    println!("{}", table::markdown("Toys", &figures, &EFFECT));
    assert_eq!(judge(&figures, &EFFECT), []);
}

#[test]
fn a_whistle_fails() {
    let heard = planted(|sound| add(sound, |t| 0.01 * (TAU * 3_137.0 * t).sin()));
    assert_eq!(failing(&heard), only(Gate::Whistle));
    let figures = effect::measure(&DRY, &heard);
    assert!((figures[0].whistle_hz / 3_137.0 - 1.0).abs() < 0.02, "{}", figures[0].whistle_hz);
    let mut wild = heard;
    wild[0].tags.push("drone".to_owned());
    assert_eq!(failing(&wild), [], "a drone may sing by itself");
}

#[test]
fn six_more_lu_fail() {
    let heard = planted(|sound| sound.iter_mut().flatten().for_each(|sample| *sample *= 2.0));
    let failing = failing(&heard);
    assert!(failing.contains(&("Toy 0".to_owned(), Gate::Loudness)), "{failing:?}");
    assert!(
        failing.iter().all(|(_, gate)| matches!(gate, Gate::Loudness | Gate::Peak | Gate::Dc)),
        "{failing:?}"
    );
}

#[test]
fn a_copy_fails_at_any_level() {
    let mut heard = toys();
    heard[0].takes = heard[1].takes.clone();
    heard[0].takes.iter_mut().flatten().flatten().for_each(|sample| *sample *= 0.8);
    assert_eq!(
        failing(&heard),
        [("Toy 0".to_owned(), Gate::Twin), ("Toy 1".to_owned(), Gate::Twin)]
    );
}

#[test]
fn a_jump_fails() {
    let heard = planted(|sound| {
        let half = sound[0].len() / 2;
        sound
            .iter_mut()
            .for_each(|channel| channel[half..].iter_mut().for_each(|sample| *sample *= 0.4));
    });
    assert_eq!(failing(&heard).first(), only(Gate::Jump).first());
}

#[test]
fn an_offset_and_a_peak_fail() {
    assert_eq!(failing(&planted(|sound| add(sound, |_| 0.002))), only(Gate::Dc));
    assert_eq!(failing(&planted(|sound| sound[0][900] = 1.01)), only(Gate::Peak));
    assert!(
        failing(&planted(|sound| sound[0][900] = f32::NAN)).len() > 1,
        "what is no number fails"
    );
}

#[test]
fn presets_that_stand_still_fail_together() {
    let mut heard = toys();
    for one in &mut heard[..3] {
        one.takes = DRY.clone();
    }
    let found = failing(&heard);
    assert!(found.contains(&(String::new(), Gate::Moving)), "{found:?}");
    heard = toys();
    heard[0].tags.push("wild".to_owned());
    assert_eq!(failing(&heard), [(String::new(), Gate::Wild)], "one of six is too many");
}

/// A toy instrument: partials that fall by `fall`, whose upper ones fade with time, peaking at
/// `gain`.
fn tone(note: u8, seconds: f64, fall: f64, gain: f64, hollow: bool) -> Sound {
    let hz = note_hz(note);
    let step = if hollow { 2 } else { 1 };
    let partials: Vec<f64> =
        (1..=12).step_by(step).map(f64::from).filter(|k| k * hz < 16_000.0).collect();
    let sample = |n: usize| -> f64 {
        let t = n as f64 / RATE_HZ;
        partials
            .iter()
            .map(|k| k.powf(-fall) * (-t * 0.8 * k).exp() * (TAU * k * hz * t).sin())
            .sum()
    };
    let tone: Vec<f64> = (0..(seconds * RATE_HZ) as usize).map(sample).collect();
    let peak = tone.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
    vec![tone.iter().map(|x| (gain * x / peak) as f32).collect(); 2]
}

fn keys() -> Vec<Heard> {
    let key = |(number, (fall, hollow)): (usize, (f64, bool))| {
        let voice = |note: u8, gain: f64| tone(note, NOTE_SECONDS, fall, gain, hollow);
        let mut chord = tone(48, 3.0, fall, 0.25, hollow);
        for note in [52, 55, 60] {
            let more = tone(note, 3.0, fall, 0.25, hollow);
            chord
                .iter_mut()
                .zip(&more)
                .for_each(|(a, b)| a.iter_mut().zip(b).for_each(|(a, b)| *a += b));
        }
        let gain = 10_f64.powf((-23.0 - materials::loudness(&chord)) / 20.0) as f32;
        chord.iter_mut().flatten().for_each(|sample| *sample *= gain);
        let mut takes = vec![chord];
        takes.extend(NOTES.iter().map(|note| voice(*note, 0.25)));
        takes.extend([voice(materials::MIDDLE, 0.1), voice(materials::MIDDLE, 0.25)]);
        Heard { name: format!("Toy {number}"), tags: vec!["keys".to_owned()], takes }
    };
    [(0.6, false), (2.4, false), (1.2, true)].into_iter().enumerate().map(key).collect()
}

fn failing_keys(heard: &[Heard]) -> Vec<(String, Gate)> {
    judge(&instrument::measure(heard), &INSTRUMENT)
        .into_iter()
        .map(|fault| (fault.preset, fault.gate))
        .collect()
}

#[test]
fn an_instruments_gates_hear_the_same_faults() {
    let good = instrument::measure(&keys());
    println!("{}", table::markdown("Toys", &good, &INSTRUMENT));
    assert_eq!(judge(&good, &INSTRUMENT), []);
    let planted = |fault: &dyn Fn(&mut Sound)| {
        let mut heard = keys();
        heard[0].takes.iter_mut().for_each(fault);
        failing_keys(&heard)
    };
    assert_eq!(
        planted(&|sound| add(sound, |t| 0.01 * (TAU * 5_000.0 * t).sin())),
        only(Gate::Whistle)
    );
    let louder = planted(&|sound| sound.iter_mut().flatten().for_each(|sample| *sample *= 2.0));
    assert!(louder.contains(&("Toy 0".to_owned(), Gate::Loudness)), "{louder:?}");
    assert!(louder.contains(&("Toy 0".to_owned(), Gate::NotePeak)), "{louder:?}");
    assert_eq!(planted(&|sound| add(sound, |_| 0.002)), only(Gate::Dc));
    // A click where a note jumps.
    assert_eq!(planted(&|sound| sound[0][40_000] += 0.6), only(Gate::NotePeak));
    let mut heard = keys();
    heard[1].takes = heard[0].takes.clone();
    assert_eq!(
        failing_keys(&heard),
        [("Toy 0".to_owned(), Gate::Twin), ("Toy 1".to_owned(), Gate::Twin)]
    );
}

#[test]
fn the_same_at_another_level_is_no_distance() {
    let sound = &DRY[2];
    let quieter: Sound =
        sound.iter().map(|channel| channel.iter().map(|sample| sample * 0.3).collect()).collect();
    assert!(distance(&print(sound), &print(&quieter)) < 0.01);
    assert!(distance(&print(sound), &print(&DRY[3])) > 4.0);
}

#[test]
fn exceptions_are_used_up() {
    let figures = Figures { loudness_lu: 9.0, ..effect::measure(&DRY, &toys()[..2]).remove(0) };
    let faults = judge(&[figures], &EFFECT);
    let (new, healed) = unexpected(&faults, &[("Toy 0", Gate::Loudness), ("Toy 0", Gate::Dc)]);
    assert_eq!((new.len(), healed), (0, vec!["Toy 0: Dc".to_owned()]));
    let (new, _) = unexpected(&faults, &[]);
    assert!(new[0].contains("Toy 0: Loudness: +9.0 LU off"), "{new:?}");
}
