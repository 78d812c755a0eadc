//! The input selector of an effect: built-in sounds and the user's file in place of the host's
//! input.
//!
//! Sounds are decoded and brought to the host's rate off the audio thread; the audio thread only
//! reads them. Every change of source, and start and stop, is a short fade.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::Sentence;
use crate::clip::Clip;
use crate::mailbox::Mailbox;

mod editor;
mod file_slot;
mod supply;

pub use editor::{ExportState, Ordering, SourceEditor, Sourcing};
pub use file_slot::FileSlot;
pub use supply::{Chooser, Outbox, Supply};

/// What a plugin lets people choose from.
pub trait Choice: Copy + PartialEq + Send + Sync + 'static {
    /// The host's own input.
    const HOST: Self;
    /// The user's file.
    const FILE: Self;
    /// Name and bytes of the file, for a sound inside the plugin; none for the host's input and the
    /// user's file.
    fn built_in(self) -> Option<(&'static str, &'static [u8])>;
}

/// A sound file of the user's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFile {
    /// The file's name, with extension.
    pub name: String,
    /// Where it lay.
    pub path: String,
    /// The file itself in base64, when it is small enough for the project to carry it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<String>,
}

/// The name under which a project holds the user's file.
pub const SOURCE_FIELD: &str = "source_file";

/// Files up to this size travel inside the project; of larger ones it keeps the path.
const CARRIED_BYTES: usize = 2 << 20;
/// Longest sound that is kept in memory.
const MOST_SECONDS: f64 = 600.0;
/// Fade of a change of source, in seconds.
const FADE_S: f64 = 0.005;

/// Which sound at which rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted<C> {
    /// Which.
    pub choice: C,
    /// Which of the user's files, counted; 0 for built-in sounds.
    pub version: u64,
    /// The host's rate.
    pub rate_hz: f64,
}

impl<C: Choice> Wanted<C> {
    /// What is wanted when `choice` is: the file that a slot holds now, where the choice is neither
    /// the host's input nor built in. Real-time safe.
    pub fn of(choice: C, slot: &FileSlot, rate_hz: f64) -> Self {
        let is_file = choice != C::HOST && choice.built_in().is_none();
        Self { choice, version: if is_file { slot.version() } else { 0 }, rate_hz }
    }
}

/// A sound as the audio thread reads it.
pub struct Loaded<C> {
    /// What it is.
    pub is: Wanted<C>,
    /// The sound at the host's rate; empty when there is none.
    pub clip: Arc<Clip>,
}

/// Instances at one rate share the built-in sounds.
static SHARED: Mutex<BTreeMap<(&'static str, u64), Weak<Clip>>> = Mutex::new(BTreeMap::new());

/// Reads a sound file for the input selector, with what its owner should know of it, in sentences.
/// Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn read_file_with_notes(path: &Path) -> Result<(SourceFile, Vec<String>), Sentence> {
    if path.is_dir() {
        return Err(format!("{} is a folder. Choose a sound file.", path.display()).into());
    }
    let bytes = std::fs::read(path).map_err(|error| {
        format!("The sound file {} could not be read ({error}).", path.display())
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let carried = (bytes.len() <= CARRIED_BYTES).then(|| BASE64.encode(&bytes));
    // Refuse here what could not be played later.
    let (_, notes) = Clip::decode_with_notes(&name, bytes, MOST_SECONDS)?;
    let notes = notes.into_iter().map(|note| format!("\u{201c}{name}\u{201d}: {note}")).collect();
    Ok((SourceFile { name, path: path.to_string_lossy().into_owned(), bytes: carried }, notes))
}

/// The sound itself at its own rate. Not real-time safe.
///
/// # Errors
/// A sentence: nothing is chosen, or the file is missing or unreadable.
pub fn open<C: Choice>(choice: C, file: Option<&SourceFile>) -> Result<Clip, Sentence> {
    if let Some((name, bytes)) = choice.built_in() {
        return Clip::decode(name, bytes.to_vec(), MOST_SECONDS);
    }
    if choice == C::HOST {
        return Err(
            "The host's input is selected; there is no sound to read. Select a built-in sound or a file.".into()
        );
    }
    file.ok_or("No sound file is chosen yet. Open one, or select a built-in sound.")?
        .open(MOST_SECONDS)
}

impl SourceFile {
    /// The same file, with other bytes that the project carries in its place.
    #[must_use]
    pub fn carrying(self, bytes: &[u8]) -> Self {
        Self { bytes: Some(BASE64.encode(bytes)), ..self }
    }

    /// The sound in the file, at most `most_seconds` of it. Not real-time safe.
    ///
    /// # Errors
    /// A sentence: the file is missing or unreadable.
    pub fn open(&self, most_seconds: f64) -> Result<Clip, Sentence> {
        let name = &self.name;
        let bytes = match &self.bytes {
            Some(encoded) => BASE64.decode(encoded).map_err(|error| {
                format!("\u{201c}{name}\u{201d} in the project is damaged ({error}). Open the file again.")
            })?,
            None => std::fs::read(&self.path).map_err(|error| {
                format!(
                    "\u{201c}{name}\u{201d} is too long for the project to carry and is not at {} any more ({error}). Open it again.",
                    self.path
                )
            })?,
        };
        Clip::decode(name, bytes, most_seconds)
    }
}

/// Makes a sound ready for the audio thread. Not real-time safe.
///
/// # Errors
/// As [`open`], and when it cannot be brought to the host's rate.
pub fn prepare<C: Choice>(
    wanted: Wanted<C>,
    file: Option<&SourceFile>,
) -> Result<Loaded<C>, Sentence> {
    let key = wanted.choice.built_in().map(|(name, _)| (name, wanted.rate_hz.to_bits()));
    if let Some(clip) = key.and_then(|key| SHARED.lock().get(&key).and_then(Weak::upgrade)) {
        return Ok(Loaded { is: wanted, clip });
    }
    let clip = Arc::new(open(wanted.choice, file)?.at_rate(wanted.rate_hz)?);
    if let Some(key) = key {
        let mut shared = SHARED.lock();
        shared.retain(|_, held| held.strong_count() > 0);
        shared.insert(key, Arc::downgrade(&clip));
    }
    Ok(Loaded { is: wanted, clip })
}

/// As [`prepare`]; where there is no sound, an empty one, which tells the audio thread that there
/// is no more to come, and the sentence that says why. Not real-time safe.
fn prepare_or_silence<C: Choice>(
    wanted: Wanted<C>,
    file: Option<&SourceFile>,
) -> (Loaded<C>, Option<String>) {
    match prepare(wanted, file) {
        Ok(loaded) => (loaded, None),
        Err(sentence) => {
            let clip = Clip { channels: vec![Vec::new()], rate_hz: wanted.rate_hz };
            (Loaded { is: wanted, clip: Arc::new(clip) }, Some(sentence.into()))
        }
    }
}

/// What the selector is to do in a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order<C> {
    /// Which sound.
    pub wanted: Wanted<C>,
    /// Whether it plays.
    pub play: bool,
    /// Whether it starts again at its end.
    pub looped: bool,
}

/// The audio thread's side of the selector. Real-time safe.
pub struct Selector<C> {
    loaded: Option<Box<Loaded<C>>>,
    at: usize,
    host_gain: f32,
    clip_gain: f32,
    was_playing: bool,
}

/// What the selector asks of the thread that may wait.
#[derive(Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// The wanted sound, which is not in the letter box either.
    Sound,
    /// The same, after another sound than the wanted one was in the box: ask again.
    SoundAgain,
}

impl<C: Choice> Selector<C> {
    /// With the host's input selected.
    #[must_use]
    pub const fn new() -> Self {
        Self { loaded: None, at: 0, host_gain: 1.0, clip_gain: 0.0, was_playing: false }
    }

    /// Begins anew, as if the order had always been given.
    pub fn reset(&mut self, order: Order<C>) {
        let host = order.wanted.choice == C::HOST;
        self.at = 0;
        self.host_gain = if host { 1.0 } else { 0.0 };
        let ready = self.loaded.as_ref().is_some_and(|loaded| loaded.is == order.wanted);
        self.clip_gain = if !host && order.play && ready { 1.0 } else { 0.0 };
        self.was_playing = order.play;
    }

    /// Takes the wanted sound from `mailbox` if it is not here yet and the old one is silent;
    /// returns the one it replaces.
    pub fn fetch(
        &mut self,
        wanted: Wanted<C>,
        mailbox: &Mailbox<Loaded<C>>,
    ) -> (Needs, Option<Box<Loaded<C>>>) {
        let here = |loaded: &Option<Box<Loaded<C>>>| {
            loaded.as_ref().is_some_and(|loaded| loaded.is == wanted)
        };
        if wanted.choice == C::HOST || here(&self.loaded) {
            return (Needs::Nothing, None);
        }
        if self.clip_gain > 0.0 {
            return (Needs::Nothing, None);
        }
        match mailbox.take() {
            None => (Needs::Sound, None),
            Some(new) => {
                let old = self.loaded.replace(new);
                self.at = 0;
                (if here(&self.loaded) { Needs::Nothing } else { Needs::SoundAgain }, old)
            }
        }
    }

    /// Puts the selected sound in the place of the host's in `channels` `[channel][sample]`.
    pub fn process(&mut self, order: Order<C>, channels: &mut [&mut [f32]]) {
        let host = order.wanted.choice == C::HOST;
        if self.passes_host(order) {
            self.was_playing = order.play;
            return;
        }
        if order.play && !self.was_playing {
            self.at = 0;
        }
        self.was_playing = order.play;
        let clip = self.loaded.as_ref().filter(|loaded| !loaded.clip.is_empty());
        let sounds = !host && order.play && clip.is_some_and(|loaded| loaded.is == order.wanted);
        #[allow(clippy::cast_possible_truncation)]
        let step = (1.0 / (order.wanted.rate_hz * FADE_S).max(1.0)) as f32;
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        for i in 0..samples {
            self.host_gain = toward(self.host_gain, host, step);
            self.clip_gain = toward(self.clip_gain, sounds, step);
            let at = self.at;
            for (c, channel) in channels.iter_mut().enumerate() {
                let read = clip.and_then(|loaded| {
                    let source = &loaded.clip.channels;
                    source.get(c.min(source.len().saturating_sub(1)))?.get(at).copied()
                });
                // The gain of 0 must not let a host's NaN through.
                let from_host =
                    if self.host_gain > 0.0 { channel[i] * self.host_gain } else { 0.0 };
                channel[i] = from_host + read.unwrap_or(0.0) * self.clip_gain;
            }
            if self.clip_gain > 0.0 {
                self.at += 1;
                if order.looped && clip.is_some_and(|loaded| self.at >= loaded.clip.len()) {
                    self.at = 0;
                }
            }
        }
    }

    /// Whether the host's input goes through untouched with this order. Real-time safe.
    #[must_use]
    pub fn passes_host(&self, order: Order<C>) -> bool {
        order.wanted.choice == C::HOST && self.host_gain >= 1.0 && self.clip_gain <= 0.0
    }

    /// Whether sound comes from here although the host may send none.
    #[must_use]
    pub fn is_sounding(&self) -> bool {
        self.clip_gain > 0.0
    }
}

impl<C: Choice> Default for Selector<C> {
    fn default() -> Self {
        Self::new()
    }
}

fn toward(gain: f32, up: bool, step: f32) -> f32 {
    if up { (gain + step).min(1.0) } else { (gain - step).max(0.0) }
}
