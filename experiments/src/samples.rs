//! `nfx-lab samples`: recorded notes as instruments, by what the engine plays on their own keys.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, ensure};
use nfx_core::engine::canne::Adsr;
use nfx_core::engine::canne::take::{
    Candidate, Kind, Recording, candidates, log_spectral_distance,
};
use nfx_core::models::spectral::CanneModel;
use nfx_core::signal::stft::analyse_signal;
use nfx_train::corpus::{Part, RecordedNote, recorded_notes};
use nfx_train::eval::read_model;
use nfx_train::files::write_atomic;
use nfx_train::{audio, decays};

use super::cells::machine;

/// Sounds that no model of CANNe's was trained on, of real instruments: they count double.
const OTHERS: [&str; 4] = ["tabla_tun1", "guit_e_fifths", "perc_bell2", "drum_tom_lo_soft"];
/// Weight of those.
const DOUBLE: f64 = 2.0;
/// Instruments whose decays are compared, too.
const DYING: [&str; 2] = ["upright piano", "steel guitar"];
/// An ear's model, from the repository's root.
const EAR: &str = "tests/python/zimtohrli_distances.py";
/// Frames within this of the loudest say where the sliders are, as a share.
const LOUD: f32 = 0.063;
/// Rate at which all notes are listened to.
const PITCH_RATE_HZ: f64 = 44_100.0;
/// Longest sound that is compared, seconds.
const MOST_S: f64 = 3.0;

/// The command line of `nfx-lab samples`.
#[derive(Clone, Debug, clap::Args)]
pub struct SamplesArgs {
    /// Folder with `notes/` and `sonic-pi/`
    #[arg(long, value_name = "FOLDER")]
    pub data: PathBuf,
    /// The instruments
    #[arg(long = "model", value_name = "FILE", default_values = ["models/ensemble.safetensors", "models/keys.safetensors"])]
    pub models: Vec<PathBuf>,
    /// The document to write
    #[arg(long, value_name = "FILE", default_value = "docs/results/samples.md")]
    pub doc: PathBuf,
    /// A Python that has the packages of tests/python/zimtohrli.txt: it adds the distances that an
    /// ear's model hears
    #[arg(long, value_name = "FILE")]
    pub python: Option<PathBuf>,
    /// Also write what was recorded and what is played, as WAV files, here
    #[arg(long, value_name = "FOLDER")]
    pub sounds: Option<PathBuf>,
}

/// One sound to be found again.
struct Sound {
    name: String,
    samples: Vec<f32>,
    weight: f64,
}

/// What was reached for one sound, dB of the log spectrum.
struct Row {
    name: String,
    weight: f64,
    root: f32,
    find_db: f32,
    all_db: Vec<f32>,
    seconds: f64,
    /// Zimtohrli's distances of *find* and *recorded* from the sound.
    heard: Option<[f64; 2]>,
    decays: Option<(usize, usize)>,
}

/// Measures, and writes the document.
///
/// # Errors
/// When a model or a recording cannot be read, or the document cannot be written.
pub fn samples(args: &SamplesArgs) -> Result<()> {
    let mut text = "# A sample becomes an instrument\n\nMade by `nfx-lab samples`. Each sound is listened to, turned into \
        takes (core's `engine/canne/take`) and played on its own key by the engine; the figures are log spectral distances in dB \
        (mean over frames of the root mean square difference, 2048 points, 60 dB deep, up to 16 kHz), smaller is nearer. *Find* is \
        what CANNe did before: the sliders at the median of the encoder's latents, in a fresh instance. The notes are held out \
        from every training; sounds with a star are of real instruments that no model has heard, and count double. *Recorded* has \
        all of a take, *palette* the course without its colours, *still* the sliders alone. *Decays*: octave bands that fall by \
        20 dB in the recording's time to a quarter. *Heard*: Zimtohrli's distance in thousandths, at equal energy.\n"
        .to_owned();
    for path in &args.models {
        let file = read_model(path)?;
        let model = CanneModel::from_file(&file)
            .map_err(|e| anyhow!("{e}"))
            .context(path.display().to_string())?;
        let sounds = sounds(&args.data, &model)?;
        let rows =
            sounds.iter().map(|sound| row(&model, sound, args)).collect::<Result<Vec<_>>>()?;
        write_rows(&mut text, &file.card.name, &rows);
    }
    let (right, all) = pitches(&args.data)?;
    let _ = writeln!(text, "\nOf all {all} recorded notes, {right} are heard on their own key.");
    let _ =
        writeln!(text, "\nSeconds are those of listening and of four candidates on {}.", machine());
    write_atomic(&args.doc, text.as_bytes())?;
    println!("{} written", args.doc.display());
    Ok(())
}

/// Of each recorded instrument the held-out note in the middle, and of those that die away all; and
/// the sounds that nobody knows.
fn sounds(data: &Path, model: &CanneModel) -> Result<Vec<Sound>> {
    let rate = model.card().sample_rate_hz;
    let mut held: Vec<RecordedNote> = recorded_notes(&data.join("notes"))?;
    let within = |note: u8| model.notes().is_none_or(|(low, high)| (low..=high).contains(&note));
    held.retain(|note| note.part == Part::Test && within(note.note));
    ensure!(!held.is_empty(), "expected held-out notes in {}, found none", data.display());
    let mut out = Vec::new();
    let mut names: Vec<&str> = held.iter().map(|note| instrument(&note.group)).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let own: Vec<&RecordedNote> =
            held.iter().filter(|note| instrument(&note.group) == name).collect();
        let note = own[own.len() / 2];
        out.push(Sound {
            name: format!("{name} {}", note.note),
            samples: note.render(rate)?,
            weight: 1.0,
        });
    }
    for name in OTHERS {
        let read = audio::read_audio(&data.join("sonic-pi").join(format!("{name}.flac")))?;
        let samples = audio::resample(&read.mono(), read.rate, rate)?;
        out.push(Sound { name: format!("{name} \\*"), samples, weight: DOUBLE });
    }
    Ok(out)
}

/// How many of the recorded notes are heard within half a semitone of what their list says, and how
/// many there are.
fn pitches(data: &Path) -> Result<(usize, usize)> {
    let notes = recorded_notes(&data.join("notes"))?;
    let mut right = 0;
    for note in &notes {
        let recording = Recording::listen(&note.render(PITCH_RATE_HZ)?, PITCH_RATE_HZ)
            .map_err(|e| anyhow!("{e}"))?;
        let is_right =
            recording.is_pitched() && (recording.root() - f32::from(note.note)).abs() < 0.5;
        if !is_right {
            println!("{} {}: heard as {:.2}", note.group, note.note, recording.root());
        }
        right += usize::from(is_right);
    }
    Ok((right, notes.len()))
}

/// An instrument's name without its layer, which is a number.
fn instrument(group: &str) -> &str {
    group
        .rsplit_once(' ')
        .filter(|(_, layer)| layer.parse::<u8>().is_ok())
        .map_or(group, |(name, _)| name)
}

fn row(model: &Arc<CanneModel>, sound: &Sound, args: &SamplesArgs) -> Result<Row> {
    let rate = model.card().sample_rate_hz;
    let begun = Instant::now();
    let recording =
        Recording::listen(&sound.samples, rate).map_err(|e| anyhow!("{}: {e}", sound.name))?;
    let all = candidates(model, &recording).map_err(|e| anyhow!("{e}"))?;
    let seconds = begun.elapsed().as_secs_f64();
    let length = recording.sound().len().min((MOST_S * rate) as usize);
    let own = &recording.sound()[..length];
    let find = found(model, &recording, &all)?;
    let found = find.play(model, &recording, length);
    let find_db = log_spectral_distance(own, &found, rate);
    let is_dying = DYING.contains(&instrument(&sound.name));
    let recorded =
        all.first().context("no candidate")?.play(model, &recording, recording.sound().len());
    let decays =
        if is_dying { Some(decays::right(recording.sound(), &recorded, rate)?) } else { None };
    let heard = match &args.python {
        Some(python) => Some(heard(python, [own, &found, &recorded[..length]], rate)?),
        None => None,
    };
    if let Some(folder) = &args.sounds {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("{} could not be made", folder.display()))?;
        let name = sound.name.replace([' ', '\\', '*'], "");
        let file = |what: &str| folder.join(format!("{name} {} {what}.wav", model.card().name));
        audio::write_wav(&file("recording"), &[own.to_vec()], rate)?;
        for candidate in &all {
            let played = candidate.play(model, &recording, length);
            audio::write_wav(&file(&format!("{:?}", candidate.kind)), &[played], rate)?;
        }
    }
    Ok(Row {
        name: sound.name.clone(),
        weight: sound.weight,
        root: recording.root(),
        find_db,
        all_db: all.iter().map(|candidate| candidate.distance_db).collect(),
        seconds,
        heard,
        decays,
    })
}

/// Zimtohrli's distances of the others from the first, each brought to its energy.
fn heard(python: &Path, sounds: [&[f32]; 3], rate: f64) -> Result<[f64; 2]> {
    let folder = tempfile::tempdir().context("no folder for the sounds")?;
    let energy = |sound: &[f32]| sound.iter().map(|x| f64::from(x * x)).sum::<f64>().max(1e-12);
    let mut files = Vec::new();
    for (place, sound) in sounds.iter().enumerate() {
        let gain = (energy(sounds[0]) / energy(sound)).sqrt() as f32;
        let file = folder.path().join(place.to_string());
        let bytes: Vec<u8> = sound.iter().flat_map(|x| (0.25 * gain * x).to_le_bytes()).collect();
        std::fs::write(&file, bytes)
            .with_context(|| format!("{} could not be written", file.display()))?;
        files.push(file);
    }
    let job =
        serde_json::json!({"rate_hz": rate, "pairs": [[files[0], files[1]], [files[0], files[2]]]});
    let list = folder.path().join("pairs.json");
    std::fs::write(&list, job.to_string())
        .with_context(|| format!("{} could not be written", list.display()))?;
    let output = Command::new(python).arg(EAR).arg(&list).output();
    let output = output.with_context(|| format!("{} could not be started", python.display()))?;
    ensure!(output.status.success(), "{EAR} failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("expected two distances from {EAR}"))
}

/// What *Find* did before: the median of each latent over the loud frames, a fresh instance's
/// envelope, nothing that moves.
fn found(model: &CanneModel, recording: &Recording, all: &[Candidate]) -> Result<Candidate> {
    let still =
        all.iter().find(|candidate| candidate.kind == Kind::Still).context("no still candidate")?;
    let frames = analyse_signal(model.card().kind.stft, recording.sound())?;
    let frames: Vec<Vec<f32>> =
        frames.iter().map(|frame| frame.iter().map(|bin| bin.norm()).collect()).collect();
    let peak = |frame: &[f32]| frame.iter().fold(0.0f32, |most, bin| most.max(*bin));
    let loudest = frames.iter().map(|frame| peak(frame)).fold(0.0f32, f32::max);
    let codes: Vec<Vec<f32>> = frames
        .iter()
        .filter(|frame| peak(frame) >= loudest * LOUD)
        .map(|frame| model.encode(frame).map_err(|e| anyhow!("{e}")))
        .collect::<Result<_>>()?;
    let mut find = Candidate { amp: Adsr::default(), ..still.clone() };
    for (i, slider) in find.sliders.iter_mut().enumerate().take(model.latents()) {
        let mut values: Vec<f32> = codes.iter().map(|code| code[i]).collect();
        values.sort_by(f32::total_cmp);
        *slider = model.range(i).position(values[values.len() / 2]);
    }
    Ok(find)
}

fn write_rows(text: &mut String, model: &str, rows: &[Row]) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n## {model}\n\n| sound | key heard | find | recorded | palette | turned | still | recorded / find | heard: find | recorded | decays | s |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for row in rows {
        let all: Vec<String> = row.all_db.iter().map(|db| format!("{db:.2}")).collect();
        let decays = row.decays.map_or(String::new(), |(right, all)| format!("{right} of {all}"));
        let heard = row.heard.map_or(" | ".to_owned(), |both| {
            both.map(|d| format!("{:.1}", 1000.0 * d)).join(" | ")
        });
        let _ = writeln!(
            text,
            "| {} | {:.2} | {:.2} | {} | {:.2} | {heard} | {decays} | {:.2} |",
            row.name,
            row.root,
            row.find_db,
            all.join(" | "),
            row.all_db[0] / row.find_db,
            row.seconds
        );
    }
    let weights: f64 = rows.iter().map(|row| row.weight).sum();
    let mean = |of: &dyn Fn(&Row) -> f32| {
        rows.iter().map(|row| row.weight * f64::from(of(row))).sum::<f64>() / weights
    };
    let (find, recorded) = (mean(&|row| row.find_db), mean(&|row| row.all_db[0]));
    let worst = rows.iter().map(|row| row.seconds).fold(0.0, f64::max);
    let _ = writeln!(
        text,
        "\nWeighted mean: recorded {recorded:.2} dB, find {find:.2} dB, ratio {:.2}. Slowest {worst:.2} s.",
        recorded / find
    );
}
