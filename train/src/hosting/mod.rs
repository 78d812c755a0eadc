//! Plugins as devices: `nfx-train profile --plugin X.clap --sweep "Drive=0..1"`.
//!
//! [`plugin`] hosts any CLAP effect; this module plays a signal through it at the corners of the
//! knobs' hypercube, at points inside, and at points that only the test sees, and writes all of it
//! as a folder of pairs.

#[allow(unsafe_code)]
pub mod plugin;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use nfx_core::models::effect::KnobInfo;
use nfx_core::signal::random::Random;

use crate::audio::write_float_wav;
use crate::files::write_atomic;
use crate::profile::data::Part;
use crate::profile::pairs::{PairFiles, Pairs, parse_knob};
use crate::profile::progress::say;
use crate::profile::signal::test_signal;
use crate::synth::improvise::{Kind, improvise};
use plugin::ClapDevice;

/// Settings that only the test sees, and settings that the training is chosen by.
const TEST: usize = 8;
const VALIDATION: usize = 4;
/// Points inside the ranges when nobody says how many: a compressor's threshold and ratio are not
/// learned from as few points as there are corners, and a plugin plays more of them in no time.
const INSIDE: usize = 12;
/// Seconds of music that held-out settings are heard with.
const HELD_S: f64 = 12.0;

/// Something that can be profiled while it is at hand: sound and a setting of its knobs in, sound
/// out.
pub trait Device {
    /// For people.
    fn name(&self) -> String;

    /// Its knobs, 0 to 8.
    fn knobs(&self) -> Vec<KnobInfo>;

    /// What it makes of `input` at `rate_hz`, from rest, its knobs at `values` (in their own
    /// units). As long as the input.
    ///
    /// # Errors
    /// When the device does not answer.
    fn render(&mut self, input: &[f32], rate_hz: f64, values: &[f32]) -> Result<Vec<f32>>;
}

/// Values in the knobs' own units of normalised ones (-1 to 1).
pub fn values_of(knobs: &[KnobInfo], normalised: &[f32]) -> Vec<f32> {
    knobs.iter().zip(normalised).map(|(knob, n)| knob.value(*n)).collect()
}

/// The part of the command line that is about a plugin.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct PluginArgs {
    /// A CLAP effect to profile: it is played at the corners of its knobs' ranges and at points
    /// inside
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "target", "pairs"])]
    pub plugin: Option<PathBuf>,
    /// A parameter of the plugin that becomes a knob, with its range: `Drive=0..1`, or as one would
    /// type it into the plugin's field, `Threshold(dB)=-40..0`, `Freq(Hz)=20..20000log@1000`
    /// (several times)
    #[arg(long = "sweep", value_name = "NAME=LOW..HIGH", value_parser = parse_knob, requires = "plugin")]
    pub sweeps: Vec<KnobInfo>,
    /// The id of the plugin, for a file with several
    #[arg(long, value_name = "ID", requires = "plugin")]
    pub plugin_id: Option<String>,
    /// Settings inside the ranges that are learned from beside the corners; as many as corners, but
    /// at least 12, unless given
    #[arg(long, value_name = "COUNT", requires = "plugin")]
    pub inside: Option<usize>,
    /// Seconds of the signal that is played at each setting (20 to 180)
    #[arg(long, default_value_t = 20.0, requires = "plugin")]
    pub seconds: f64,
    /// List the plugin's parameters and stop
    #[arg(long, requires = "plugin")]
    pub list: bool,
}

impl PluginArgs {
    /// The plugin's parameters in words, one on each line.
    ///
    /// # Errors
    /// When the plugin cannot be opened.
    pub fn parameters(&self, path: &Path) -> Result<String> {
        let mut device = ClapDevice::open(path, self.plugin_id.as_deref())?;
        let mut text = format!("{}\n", device.name());
        for p in device.params().to_vec() {
            let steps = if p.stepped { ", in steps" } else { "" };
            let [least, most, at] =
                [p.min, p.max, p.default].map(|v| device.text_of(p.id, v).unwrap_or_default());
            let (name, min, max, default) = (p.name, p.min, p.max, p.default);
            text.push_str(&format!(
                "  {name} = {min} .. {max}, {least} to {most} (at {default}, {at}{steps})\n"
            ));
        }
        Ok(text)
    }

    /// Plays the plugin and writes what it does into the session's folder.
    ///
    /// # Errors
    /// When the plugin cannot be opened or played, or a file not be written.
    pub fn pairs(&self, path: &Path, session: Session<'_>) -> Result<Pairs> {
        let mut device = ClapDevice::open(path, self.plugin_id.as_deref())?;
        device.sweep(self.sweeps.clone())?;
        let signal = test_signal(self.seconds, session.rate_hz)?;
        let settings = Settings::new(self.sweeps.len(), self.inside, session.seed)?;
        record(&mut device, &signal, &settings, session)
    }
}

/// How a device is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    /// Where the pairs are written.
    pub folder: &'a Path,
    /// Rate of the sounds.
    pub rate_hz: f64,
    /// What the settings inside and the held-out music are drawn from.
    pub seed: u64,
}

/// Where the knobs stand, -1 to 1 each.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// To learn from: the corners, then points inside.
    pub train: Vec<Vec<f32>>,
    /// To choose by.
    pub validation: Vec<Vec<f32>>,
    /// Never seen in training.
    pub test: Vec<Vec<f32>>,
}

impl Settings {
    /// The corners of the hypercube of `knobs` knobs, `inside` points in it (as many as corners,
    /// but at least 12, when `None`), and others that are held out. Without knobs one setting is
    /// everything.
    ///
    /// # Errors
    /// When there are more than 8 knobs.
    pub fn new(knobs: usize, inside: Option<usize>, seed: u64) -> Result<Settings> {
        ensure!(
            knobs <= nfx_core::models::effect::MAX_KNOBS,
            "expected at most 8 knobs, found {knobs}"
        );
        if knobs == 0 {
            return Ok(Settings {
                train: vec![vec![]],
                validation: vec![vec![]],
                test: vec![vec![]],
            });
        }
        let corner = |index: usize| {
            (0..knobs).map(|k| if index >> k & 1 == 1 { 1.0 } else { -1.0 }).collect()
        };
        let mut train: Vec<Vec<f32>> = (0..1usize << knobs).map(corner).collect();
        let mut rng = Random::for_part(seed, 0x5EE9);
        let mut points = |count: usize| -> Vec<Vec<f32>> {
            (0..count).map(|_| (0..knobs).map(|_| rng.range(-1.0, 1.0)).collect()).collect()
        };
        let corners = train.len();
        // Held-out points first: they are the same however many are learned from.
        let test = points(TEST);
        let within = points(inside.unwrap_or(corners.max(INSIDE)));
        // Without points inside, the training is chosen by corners with other music: the test must
        // stay unseen.
        let validation = if within.is_empty() {
            train[..corners.min(VALIDATION)].to_vec()
        } else {
            points(VALIDATION)
        };
        train.extend(within);
        Ok(Settings { train, validation, test })
    }
}

/// Plays a device at all settings and writes the pairs with a table.
fn record(
    device: &mut dyn Device,
    signal: &[f32],
    settings: &Settings,
    session: Session<'_>,
) -> Result<Pairs> {
    let Session { folder, rate_hz, seed } = session;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {} could not be made", folder.display()))?;
    let knobs = device.knobs();
    let validation = improvise(seed, 101, Kind::All, HELD_S, rate_hz);
    let test = improvise(seed, 202, Kind::All, HELD_S, rate_hz);
    let parts = [
        (Part::Train, "train", signal, &settings.train),
        (Part::Validation, "validation", &validation[..], &settings.validation),
        (Part::Test, "test", &test[..], &settings.test),
    ];
    let total: usize = parts.iter().map(|(.., s)| s.len()).sum();
    let mut pairs = Pairs { files: Vec::new(), knobs: knobs.clone() };
    let mut table = String::from("input,file,split");
    knobs.iter().for_each(|k| table.push_str(&format!(",{}", k.name.replace(',', " "))));
    table.push('\n');
    for (part, word, sound, places) in parts {
        let input = folder.join(format!("input_{word}.wav"));
        write_float_wav(&input, &[sound.to_vec()], rate_hz)?;
        for (i, place) in places.iter().enumerate() {
            let values = values_of(&knobs, place);
            let said: Vec<String> = knobs
                .iter()
                .zip(&values)
                .map(|(k, v)| format!("{} {}", k.name, k.text(*v)))
                .collect();
            let done = pairs.files.len() + 1;
            say(
                "check",
                &format!("{}: setting {done} of {total}: {}", device.name(), said.join(", ")),
            );
            let target = folder.join(format!("{word}_{i}.wav"));
            write_float_wav(&target, &[device.render(sound, rate_hz, &values)?], rate_hz)?;
            table.push_str(&format!("input_{word}.wav,{word}_{i}.wav,{word}"));
            values.iter().for_each(|v| table.push_str(&format!(",{v}")));
            table.push('\n');
            pairs.files.push(PairFiles { input: input.clone(), target, values, part: Some(part) });
        }
    }
    write_atomic(&folder.join("knobs.csv"), table.as_bytes())?;
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::pairs;

    #[test]
    fn settings_are_corners_and_points_that_the_test_never_shares() {
        let s = Settings::new(3, None, 1).unwrap();
        assert_eq!((s.train.len(), s.test.len(), s.validation.len()), (20, 8, 4));
        assert!(s.train[..8].iter().all(|p| p.iter().all(|v| v.abs() == 1.0)));
        let mut corners = s.train[..8].to_vec();
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        corners.dedup();
        assert_eq!(corners.len(), 8);
        assert!(s.test.iter().all(|p| !s.train.contains(p)));
        let alone = Settings::new(3, Some(0), 1).unwrap();
        assert!(alone.train.len() == 8 && alone.test == s.test);
        assert!(Settings::new(9, None, 0).is_err());
    }

    /// A device with a linear knob, one by ratio, one with decimals and one with none: its gain is
    /// the first two's product.
    struct Leveller;

    impl Device for Leveller {
        fn name(&self) -> String {
            "leveller".to_owned()
        }

        fn knobs(&self) -> Vec<KnobInfo> {
            let by_ratio = |name: &str, most: f32, decimals: u8| KnobInfo {
                log: true,
                decimals,
                unit: "ms".to_owned(),
                ..KnobInfo::linear(name, 1.0, most, 10.0)
            };
            let level = KnobInfo {
                unit: "dB".to_owned(),
                decimals: 1,
                ..KnobInfo::linear("Level", -30.0, 0.0, -20.0)
            };
            vec![
                level,
                by_ratio("Ratio", 50.0, 1),
                by_ratio("Attack", 40.0, 1),
                by_ratio("Release", 1000.0, 0),
            ]
        }

        fn render(&mut self, input: &[f32], _: f64, values: &[f32]) -> Result<Vec<f32>> {
            Ok(input.iter().map(|x| x * values[0] * values[1]).collect())
        }
    }

    #[test]
    fn what_is_recorded_can_be_read_as_a_folder_of_pairs() {
        let dir = tempfile::tempdir().unwrap();
        let mut device = Leveller;
        let settings = Settings {
            test: vec![vec![0.3; 4]],
            validation: vec![vec![0.0; 4]],
            train: vec![vec![1.0; 4]],
        };
        let session = Session { folder: dir.path(), rate_hz: 44_100.0, seed: 0 };
        let made = record(&mut device, &[0.5; 4000], &settings, session).unwrap();
        let read = pairs::folder(dir.path(), None, None, &device.knobs()).unwrap();
        assert_eq!(read.files.len(), 3);
        for (a, b) in made.files.iter().zip(&read.files) {
            assert_eq!((&a.target, a.part), (&b.target, b.part));
            assert!(a.values.iter().zip(&b.values).all(|(a, b)| (a - b).abs() < 1e-4));
        }
        assert_eq!(read.knobs, device.knobs());
    }
}
