//! The way of a profile to the audio thread: built on the thread that chose it, put in a letter box, taken at the next block.
//!
//! A profile of the same sample rate and delay as the one that plays goes over as a [`ProfilerPlayer`], which the engine fades
//! in. Any other needs an engine of its own (its latency differs), which is built here too; the audio thread fades the old one
//! out and tells the host of the new latency. An impulse response goes its own way, as a [`Cabinet`].

use std::sync::Arc;

use nfx_core::engine::EngineError;
use nfx_core::engine::profiler::{
    Alignment, Cabinet, LONGEST_IMPULSE_S, PlayerSetup, ProfilerEngine, ProfilerPlayer, measure_alignment,
    measure_loudness,
};
use nfx_core::profile::ProfileModel;
use nfx_plugin::clip::Clip;
use nfx_plugin::handover::{Bin, Chute, Mailbox, way_out};
use parking_lot::Mutex;

use crate::params::{Mapping, ProfilerParams};
use crate::session::{Session, SourceFile};
use crate::source::{self, Loaded};
use crate::tape::Reel;

/// Things that may be on their way out at once.
const WAY_OUT: usize = 16;

/// An engine to play with; `None` passes the sound dry, for want of a profile.
pub type Playing = Option<Box<ProfilerEngine>>;

/// What the audio thread is handed. It gives the box back with what it replaced, so that nothing is freed there.
pub enum Change {
    /// Fade to this engine.
    Engine(Playing),
    /// Fade to this profile within the engine; `None` once it is taken out.
    Model(Option<Box<ProfilerPlayer>>),
}

/// What the audio thread gives away to be freed.
pub enum Trash {
    /// A change that is done, with what it replaced in it.
    Change(Box<Change>),
    /// A profile that has faded out.
    Player(Box<ProfilerPlayer>),
    /// An impulse response that has faded out.
    Cabinet(Box<Cabinet>),
    /// A sound for the input selector.
    Sound(Box<Loaded>),
    /// A test signal that was played.
    Reel(Box<Reel>),
}

/// Where an engine plays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The host's sample rate.
    pub rate_hz: f64,
    /// 1 or 2.
    pub channels: usize,
}

/// Where and what the audio thread plays, as far as it has been told.
#[derive(Clone)]
struct Told {
    place: Place,
    model: Option<Arc<ProfileModel>>,
    alignment: Alignment,
    impulse: Option<Arc<SourceFile>>,
}

impl Told {
    /// Whether a player of `other` can take this one's place without a change of latency.
    fn is_swap_for(&self, other: &Self) -> bool {
        let key = |told: &Self| {
            let model = told.model.as_ref()?;
            Some((model.sample_rate_hz().to_bits(), model.latency_samples() + told.alignment.delay_samples))
        };
        key(self).is_some() && key(self) == key(other)
    }

    fn is_same(&self, other: &Self) -> bool {
        let same_model = match (&self.model, &other.model) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same_model && self.place == other.place && self.alignment == other.alignment
    }

    fn has_impulse_of(&self, other: &Self) -> bool {
        self.impulse.as_deref() == other.impulse.as_deref()
    }
}

/// The side of the way on which one may wait.
pub struct Deck {
    active: Mutex<Option<Told>>,
    /// What the engine of the last activation was built for.
    built: Mutex<Option<Told>>,
    mailbox: Mailbox<Change>,
    cabinets: Mailbox<Cabinet>,
    bin: Mutex<Bin<Trash>>,
    impulse_problem: Mutex<Option<String>>,
}

impl Deck {
    /// A deck, and the way out that belongs to the audio thread.
    #[must_use]
    pub fn new() -> (Self, Chute<Trash>) {
        let (chute, bin) = way_out(WAY_OUT);
        let deck = Self {
            active: Mutex::new(None),
            built: Mutex::new(None),
            mailbox: Mailbox::new(),
            cabinets: Mailbox::new(),
            bin: Mutex::new(bin),
            impulse_problem: Mutex::new(None),
        };
        (deck, chute)
    }

    /// The newest change, if there is one. Real-time safe.
    pub fn take(&self) -> Option<Box<Change>> {
        self.mailbox.take()
    }

    /// The newest impulse response, if there is one. Real-time safe.
    pub fn take_cabinet(&self) -> Option<Box<Cabinet>> {
        self.cabinets.take()
    }

    /// Frees what the audio thread has given away.
    pub fn sweep(&self) {
        self.bin.lock().empty();
    }

    /// The sample rate of the host, while active.
    #[must_use]
    pub fn rate_hz(&self) -> Option<f64> {
        self.active.lock().as_ref().map(|told| told.place.rate_hz)
    }

    /// What is repaired of the profile that plays.
    #[must_use]
    pub fn alignment(&self) -> Alignment {
        self.active.lock().as_ref().map(|told| told.alignment).unwrap_or_default()
    }

    /// Why the impulse response is not heard, as a sentence.
    #[must_use]
    pub fn impulse_problem(&self) -> Option<String> {
        self.impulse_problem.lock().clone()
    }

    /// Begins to play at `place`: leaves `engine` as it is when it fits and builds one otherwise.
    ///
    /// # Errors
    /// When the host's rate is none that sound has; `engine` then passes dry.
    pub fn activate(&self, place: Place, params: &ProfilerParams, engine: &mut Playing) -> Result<(), EngineError> {
        let mut active = self.active.lock();
        let mut built = self.built.lock();
        drop((self.mailbox.take(), self.cabinets.take()));
        let now = wanted(place, &params.session);
        let fits = built.as_ref().is_some_and(|built| built.is_same(&now) && built.has_impulse_of(&now));
        let result = if fits && engine.is_some() == now.model.is_some() {
            Ok(())
        } else {
            let made = self.build(&now, params);
            let result = made.as_ref().map(|_| ()).map_err(Clone::clone);
            *engine = made.unwrap_or(None);
            result
        };
        *built = result.is_ok().then(|| now.clone());
        *active = Some(now);
        drop((active, built));
        self.sweep();
        result
    }

    /// Ends playing: from now on what is chosen waits for the next activation.
    pub fn deactivate(&self) {
        *self.active.lock() = None;
        self.sweep();
    }

    /// Sends what is chosen to the audio thread, unless it has it already. Called after each change of the profile, of the
    /// repair, and of the impulse response.
    pub fn follow(&self, params: &ProfilerParams) {
        self.sweep();
        let mut active = self.active.lock();
        let Some(told) = &mut *active else { return };
        let now = wanted(told.place, &params.session);
        if !told.has_impulse_of(&now)
            && let Some(cabinet) = self.cabinet(&now)
        {
            drop(self.cabinets.post(cabinet));
        }
        if !told.is_same(&now) {
            // An engine that was sent but not taken yet must not be lost to a player that presumes it.
            let unread = self.mailbox.take();
            let is_swap = !matches!(unread.as_deref(), Some(Change::Engine(_))) && told.is_swap_for(&now);
            let change = match &now.model {
                Some(model) if is_swap => Change::Model(Some(player(model, &now, params))),
                // The rate was accepted at activation.
                _ => Change::Engine(self.build(&now, params).unwrap_or(None)),
            };
            drop(self.mailbox.post(Box::new(change)));
        }
        // What the engine of the activation was built for no longer holds: at the next one it is compared with this.
        *self.built.lock() = None;
        *told = now;
    }

    fn build(&self, now: &Told, params: &ProfilerParams) -> Result<Playing, EngineError> {
        let Some(model) = &now.model else { return Ok(None) };
        let mut engine = Box::new(ProfilerEngine::with_player(player(model, now, params), now.place.rate_hz)?);
        if let Some(cabinet) = self.cabinet(now) {
            // A new engine has none yet, so it takes this one.
            let refused = engine.swap_ir(cabinet);
            drop(refused);
            engine.reset();
        }
        Ok(Some(engine))
    }

    fn cabinet(&self, now: &Told) -> Option<Box<Cabinet>> {
        let made = now.impulse.as_deref().map(|file| {
            let clip = file.open(LONGEST_IMPULSE_S)?;
            Cabinet::new(&clip.channels, clip.rate_hz, now.place.rate_hz, now.place.channels).map_err(|error| {
                format!("\u{201c}{}\u{201d} cannot be played as an impulse response: {error}.", file.name)
            })
        });
        let (cabinet, problem) = match made {
            None => (None, None),
            Some(Ok(cabinet)) => (Some(cabinet), None),
            Some(Err(sentence)) => (None, Some(sentence)),
        };
        *self.impulse_problem.lock() = problem;
        cabinet
    }
}

/// What is chosen now.
fn wanted(place: Place, session: &Session) -> Told {
    let model = session.model.model();
    let alignment = model.as_ref().filter(|_| session.aligns()).map(measure_alignment);
    Told { place, model, alignment: alignment.unwrap_or_default(), impulse: session.impulse() }
}

fn player(model: &Arc<ProfileModel>, now: &Told, params: &ProfilerParams) -> Box<ProfilerPlayer> {
    let loudness_db = loudness_of(model, &params.knob_values(model, &Mapping::of(model)));
    let setup =
        PlayerSetup { channels: now.place.channels, alignment: now.alignment, loudness_db, ..PlayerSetup::default() };
    ProfilerPlayer::new(model.clone(), setup)
}

/// A profile's loudness in dB: what its file says, else as measured at `knobs` in their own units. Not real-time safe.
pub fn loudness_of(model: &Arc<ProfileModel>, knobs: &[f32]) -> Option<f32> {
    model.info().loudness_db.or_else(|| Some(measure_loudness(model, knobs)).filter(|db| db.is_finite()))
}

/// Ends of an impulse response that are quieter than this beside its peak, -100 dB, are not carried: the engine cuts them off, too.
const INAUDIBLE_END: f32 = 1e-5;
/// Ten seconds of two channels at 192 kHz.
const LARGEST_IMPULSE_BYTES: usize = 16 << 20;

/// Puts an impulse response into an engine that has played nothing yet. Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn put_impulse(
    engine: &mut ProfilerEngine,
    impulse: &SourceFile,
    (rate_hz, channels): (f64, usize),
) -> Result<(), String> {
    let ir = impulse.open(LONGEST_IMPULSE_S)?;
    let cabinet = Cabinet::new(&ir.channels, ir.rate_hz, rate_hz, channels)
        .map_err(|error| format!("\u{201c}{}\u{201d} is no impulse response: {error}.", impulse.name))?;
    // A new engine takes its first.
    drop(engine.swap_ir(cabinet));
    engine.reset();
    Ok(())
}

/// Reads an impulse response. Whatever is played of it travels inside the project: a file that is
/// too large for that is carried as its sound alone, up to its last audible sample. Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn read_impulse(path: &std::path::Path) -> Result<SourceFile, String> {
    read_impulse_with_notes(path).map(|(file, _)| file)
}

/// As [`read_impulse`], with what its owner should know of the file, in sentences. Not real-time safe.
///
/// # Errors
/// A sentence.
pub fn read_impulse_with_notes(path: &std::path::Path) -> Result<(SourceFile, Vec<String>), String> {
    let stays = |sentence: String| format!("{sentence} The one in use stays.");
    let (mut file, notes) = source::read_file_with_notes(path)?;
    // A little more than is allowed, so that what is longer is refused and not cut.
    let bytes =
        match &file.bytes {
            Some(_) => None,
            None => Some(std::fs::read(path).map_err(|error| {
                stays(format!("The impulse response {} could not be read ({error}).", path.display()))
            })?),
        };
    let most_seconds = LONGEST_IMPULSE_S + 0.1;
    let clip: Clip = match bytes {
        None => file.open(most_seconds)?,
        Some(bytes) => {
            let mut clip = Clip::decode(&file.name, bytes, most_seconds)?;
            clip.cut_end(INAUDIBLE_END);
            clip
        }
    };
    // Refuse here what could not be played later.
    Cabinet::new(&clip.channels, clip.rate_hz, clip.rate_hz, 1)
        .map_err(|error| stays(format!("\u{201c}{}\u{201d} is no impulse response: {error}.", file.name)))?;
    if file.bytes.is_none() {
        let bytes = clip.to_wav().map_err(stays)?;
        if bytes.len() > LARGEST_IMPULSE_BYTES {
            return Err(stays(format!(
                "\u{201c}{}\u{201d} is too large for an impulse response: expected at most {} MB of sound, found {}.",
                file.name,
                LARGEST_IMPULSE_BYTES >> 20,
                bytes.len() >> 20
            )));
        }
        file = file.carrying(&bytes);
    }
    Ok((file, notes))
}
