//! The gates that every factory preset passes: measures of what is heard, never of what a parameter
//! says.
//!
//! [`materials`] makes the six dry sounds and what is played on an instrument; [`play`] plays every
//! preset through the built bundle; [`effect`] and [`instrument`] measure; [`judge`] holds the
//! figures against [`Limits`] and says what fails. A test for each plugin does all of it, and lets
//! pass what [`exceptions`] names; `nfx-host gates` prints [`table`].

pub mod effect;
pub mod exceptions;
pub mod instrument;
pub mod materials;
pub mod play;
pub mod promises;
pub mod spectra;
pub mod table;

use crate::bundle;
use std::fmt;

/// A preset as it is heard.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Its name.
    pub name: String,
    /// What it is listed under.
    pub tags: Vec<String>,
    /// What it makes of each material, or of each thing that is played: `[take][channel][sample]`,
    /// without latency.
    pub takes: Vec<Vec<Vec<f32>>>,
}

impl Heard {
    /// Whether a tag is among its own.
    pub fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|own| own == tag)
    }
}

/// What is measured of a preset.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Its name.
    pub name: String,
    /// What it is listed under.
    pub tags: Vec<String>,
    /// How far its loudness is from where it should be, in LU, at its worst and with the sign: an
    /// effect's from the dry sound's, an instrument's chord from the middle of all presets.
    pub loudness_lu: f64,
    /// The highest peak of all, in dBFS.
    pub peak_db: f64,
    /// The largest offset of any channel, in dBFS.
    pub dc_db: f64,
    /// The loudest 1/24-octave band that is there whatever goes in, in decibels below the whole
    /// sound.
    pub whistle_db: f64,
    /// Its frequency in Hz.
    pub whistle_hz: f64,
    /// The largest step of level from one moment to the next that the dry sound does not make, in
    /// decibels; 0 for an instrument.
    pub jump_db: f64,
    /// The preset that is nearest, and how far away, in decibels of the log spectrum.
    pub nearest: (String, f64),
    /// How much it moves by itself, or answers to how it is played, in decibels.
    pub moving_db: f64,
    /// The note of velocity 100 whose peak is farthest from where it should be, in dBFS; none for
    /// an effect.
    pub note_peak_db: Option<f64>,
}

/// What a preset may be, in one place: the decisions of issue 14.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Most that the loudness may be off, in LU.
    pub loudness_lu: f64,
    /// Highest peak, in dBFS.
    pub peak_db: f64,
    /// Largest offset, in dBFS.
    pub dc_db: f64,
    /// Loudest band that does not depend on the input, in decibels below the whole sound.
    pub whistle_db: f64,
    /// Largest step of level, in decibels.
    pub jump_db: f64,
    /// Least distance to the nearest preset, in decibels.
    pub nearest_db: f64,
    /// From here on a preset counts as moving or answering, in decibels.
    pub moving_db: f64,
    /// Least share of presets that do.
    pub moving_share: f64,
    /// Largest share of presets that may be wild.
    pub wild_share: f64,
    /// Where a note of velocity 100 peaks, in dBFS, and how far off it may be.
    pub note_peak_db: (f64, f64),
}

/// For an effect.
pub const EFFECT: Limits = Limits {
    loudness_lu: 3.0,
    peak_db: 0.0,
    dc_db: -60.0,
    whistle_db: -45.0,
    jump_db: 6.0,
    nearest_db: 4.0,
    moving_db: 1.5,
    moving_share: 0.7,
    wild_share: 0.1,
    note_peak_db: (-12.0, f64::INFINITY),
};

/// For an instrument: presets lie within 6 LU, half of it to either side of their middle.
pub const INSTRUMENT: Limits = Limits { note_peak_db: (-12.0, 3.0), ..EFFECT };

/// The tags that let a preset hold a band that does not depend on the input: by what they promise.
const SINGS_BY_ITSELF: [&str; 3] = ["wild", "drone", "freeze"];

/// One thing that is asked of a preset, or of all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gate {
    /// As loud as it should be.
    Loudness,
    /// Below full scale.
    Peak,
    /// No offset.
    Dc,
    /// No band that is there whatever goes in.
    Whistle,
    /// No step of level.
    Jump,
    /// Not like another one.
    Twin,
    /// A note is as loud as a note should be.
    NotePeak,
    /// Enough of them move or answer.
    Moving,
    /// Not too many are wild.
    Wild,
}

/// What fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The preset; empty for a gate that asks of all together.
    pub preset: String,
    /// Which gate.
    pub gate: Gate,
    /// What was found and what was expected.
    pub text: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let preset = if self.preset.is_empty() { "all presets" } else { &self.preset };
        write!(f, "{preset}: {:?}: {}", self.gate, self.text)
    }
}

/// Holds figures against limits. What is not a number fails.
pub fn judge(figures: &[Figures], limits: &Limits) -> Vec<Fault> {
    let mut faults: Vec<Fault> = figures.iter().flat_map(|one| judge_one(one, limits)).collect();
    let count = figures.len().max(1) as f64;
    let share =
        |of: &dyn Fn(&Figures) -> bool| figures.iter().filter(|one| of(one)).count() as f64 / count;
    let mut all = |gate: Gate, good: bool, text: String| {
        if !good {
            faults.push(Fault { preset: String::new(), gate, text });
        }
    };
    let moving = share(&|one| one.moving_db >= limits.moving_db);
    let text = format!(
        "{:.0} % move or answer, at least {:.0} % should",
        moving * 100.0,
        limits.moving_share * 100.0
    );
    all(Gate::Moving, moving >= limits.moving_share, text);
    let wild = share(&|one| one.tags.iter().any(|tag| tag == "wild"));
    let text = format!(
        "{:.0} % are wild, at most {:.0} % may be",
        wild * 100.0,
        limits.wild_share * 100.0
    );
    all(Gate::Wild, wild <= limits.wild_share, text);
    faults
}

fn judge_one(one: &Figures, limits: &Limits) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut ask = |gate: Gate, good: bool, text: String| {
        if !good {
            faults.push(Fault { preset: one.name.clone(), gate, text });
        }
    };
    let (off, most) = (one.loudness_lu, limits.loudness_lu);
    ask(Gate::Loudness, off.abs() <= most, format!("{off:+.1} LU off, at most {most:.1}"));
    let (peak, most) = (one.peak_db, limits.peak_db);
    ask(Gate::Peak, peak < most, format!("peaks at {peak:+.1} dBFS, below {most:.1}"));
    let (dc, most) = (one.dc_db, limits.dc_db);
    ask(Gate::Dc, dc < most, format!("offset of {dc:.1} dBFS, below {most:.1}"));
    let free = one.tags.iter().any(|tag| SINGS_BY_ITSELF.contains(&tag.as_str()));
    let (band, hz, most) = (one.whistle_db, one.whistle_hz, limits.whistle_db);
    ask(
        Gate::Whistle,
        free || band < most,
        format!("{band:.1} dB at {hz:.0} Hz whatever goes in, below {most:.1}"),
    );
    let (jump, most) = (one.jump_db, limits.jump_db);
    ask(Gate::Jump, jump <= most, format!("jumps by {jump:.1} dB, at most {most:.1}"));
    let ((twin, distance), least) = (&one.nearest, limits.nearest_db);
    ask(
        Gate::Twin,
        *distance >= least,
        format!("{distance:.1} dB from {twin}, at least {least:.1}"),
    );
    if let Some(peak) = one.note_peak_db {
        let (wanted, most) = limits.note_peak_db;
        let good = (peak - wanted).abs() <= most;
        ask(
            Gate::NotePeak,
            good,
            format!("a note peaks at {peak:.1} dBFS, {wanted:.0} \u{b1} {most:.0} expected"),
        );
    }
    faults
}

/// The figures of ANNe's factory presets, through its release bundle.
///
/// # Errors
/// When bundle or presets are missing.
pub fn anne() -> anyhow::Result<Vec<Figures>> {
    let heard = play::effect(&bundle::clap("ANNe")?, &play::presets("anne-fx", "ANNe")?)?;
    Ok(effect::measure(&materials::all(), &heard))
}

/// How far the loudness of what ANNe's *Randomise* draws is from the dry sound's, through its
/// release bundle: the name and the worst of the six materials, in LU.
///
/// # Errors
/// As for [`anne`].
pub fn chance() -> anyhow::Result<Vec<(String, f64)>> {
    let heard =
        play::effect(&bundle::clap("ANNe")?, &play::untagged(&bundle::presets("ANNe chance")?)?)?;
    let figures = effect::measure(&materials::all(), &heard);
    Ok(figures.into_iter().map(|one| (one.name, one.loudness_lu)).collect())
}

/// The figures of CANNe's factory presets, through its release bundle.
///
/// # Errors
/// As for [`anne`].
pub fn canne() -> anyhow::Result<Vec<Figures>> {
    let heard = play::instrument(&bundle::clap("CANNe")?, &play::presets("canne-synth", "CANNe")?)?;
    Ok(instrument::measure(&heard))
}

/// What the names of ANNe's factory presets promise, through its release bundle.
///
/// # Errors
/// As for [`anne`].
pub fn promises_of_anne() -> anyhow::Result<Vec<promises::Kept>> {
    promises::effect(&bundle::clap("ANNe")?, &play::presets("anne-fx", "ANNe")?)
}

/// What the names of CANNe's factory presets promise, through its release bundle.
///
/// # Errors
/// As for [`anne`].
pub fn promises_of_canne() -> anyhow::Result<Vec<promises::Kept>> {
    promises::instrument(&bundle::clap("CANNe")?, &play::presets("canne-synth", "CANNe")?)
}

/// The tables of both, or of the one that is named, for `docs/results`.
///
/// # Errors
/// As for [`anne`].
pub fn tables(only: Option<&str>) -> anyhow::Result<String> {
    let wanted = |name: &str| only.is_none_or(|only| only.eq_ignore_ascii_case(name));
    let mut tables = Vec::new();
    if wanted("ANNe") {
        tables.push(table::markdown("ANNe", &anne()?, &EFFECT));
        tables.push(table::chance(&chance()?, &EFFECT));
        tables.push(promises::markdown("ANNe", &promises_of_anne()?));
    }
    if wanted("CANNe") {
        tables.push(table::markdown("CANNe", &canne()?, &INSTRUMENT));
        tables.push(promises::markdown("CANNe", &promises_of_canne()?));
    }
    Ok(tables.join("\n"))
}

/// The table of ANNe's presets in a folder of `.vstpreset` files, whoever made them.
///
/// # Errors
/// As for [`anne`].
pub fn anne_table(folder: &std::path::Path) -> anyhow::Result<String> {
    let heard = play::effect(&bundle::clap("ANNe")?, &play::untagged(folder)?)?;
    Ok(table::markdown("ANNe", &effect::measure(&materials::all(), &heard), &EFFECT))
}

/// Faults that no exception names, and exceptions that name no fault: both are to be none.
pub fn unexpected(faults: &[Fault], exceptions: &[(&str, Gate)]) -> (Vec<String>, Vec<String>) {
    let names = |fault: &Fault, (preset, gate): &(&str, Gate)| {
        fault.preset == *preset && fault.gate == *gate
    };
    let new =
        faults.iter().filter(|fault| !exceptions.iter().any(|exception| names(fault, exception)));
    let healed =
        exceptions.iter().filter(|exception| !faults.iter().any(|fault| names(fault, exception)));
    (
        new.map(ToString::to_string).collect(),
        healed.map(|(preset, gate)| format!("{preset}: {gate:?}")).collect(),
    )
}
