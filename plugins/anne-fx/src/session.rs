//! What a project keeps beside the parameters: the model, the user's divisions, mute and solo, the
//! frozen frame, the input file, the file that *Morph* goes towards, the editor's size.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nfx_core::engine::anne::{HeldFrame, KNOBS};
use nfx_core::models::spectral::{AnneModel, MACROS, MAX_DIRECTIONS, MAX_LATENTS};
use nfx_frame::project::Project;
use nfx_frame::snapshot;
pub use nfx_frame::source::SourceFile;
use nfx_frame::source::{FileSlot, SOURCE_FIELD};
use parking_lot::RwLock;
use serde_json::{Value as Json, json};

use crate::held::HeldCell;
use crate::models::LIBRARY;

/// The default of both user divisions: the equal one of 64 latents.
pub const DEFAULT_STARTS: [u8; KNOBS - 1] = [13, 26, 39, 52];

/// How many directions the user may name.
pub const DISCOVERED: usize = MAX_DIRECTIONS - MACROS;
/// Most characters of such a name.
const NAME_CHARACTERS: usize = 24;

/// See the module's documentation. What is atomic may be read on the audio thread; the rest may
/// not.
pub struct Session {
    project: Project<AnneModel>,
    /// One bit for each muted latent.
    pub muted: AtomicU64,
    /// One bit for each latent that is heard alone; 0 when none is.
    pub soloed: AtomicU64,
    /// The frozen frame.
    pub held: Arc<HeldCell>,
    starts: [AtomicU32; 2],
    /// What the user calls the discovered directions; empty for their own names.
    names: RwLock<[String; DISCOVERED]>,
    /// The user's file for the input selector.
    pub source: FileSlot,
    /// The file that *Morph* goes towards in the side chain's place.
    pub second: FileSlot,
}

impl std::ops::Deref for Session {
    type Target = Project<AnneModel>;

    fn deref(&self) -> &Self::Target {
        &self.project
    }
}

impl Session {
    /// One bit for each latent that sounds: those that are heard alone, else all that are not muted.
    /// Real-time safe.
    #[must_use]
    pub fn sounding(&self) -> u64 {
        match self.soloed.load(Ordering::Relaxed) {
            0 => !self.muted.load(Ordering::Relaxed),
            soloed => soloed,
        }
    }

    /// A fresh instance's.
    #[must_use]
    pub fn new() -> Self {
        Self {
            project: Project::new(&LIBRARY),
            muted: AtomicU64::new(0),
            soloed: AtomicU64::new(0),
            held: Arc::new(HeldCell::new()),
            starts: [const { AtomicU32::new(u32::from_le_bytes(DEFAULT_STARTS)) }; 2],
            names: RwLock::default(),
            source: FileSlot::default(),
            second: FileSlot::default(),
        }
    }

    /// The first latents of groups B to E in user division `which` (0 or 1). Real-time safe.
    #[must_use]
    pub fn user_split(&self, which: usize) -> [u8; KNOBS - 1] {
        self.starts[which.min(1)].load(Ordering::Relaxed).to_le_bytes()
    }

    /// Sets a user division. What is out of order is put in order where it is used.
    pub fn set_user_split(&self, which: usize, starts: [u8; KNOBS - 1]) {
        self.starts[which.min(1)].store(u32::from_le_bytes(starts), Ordering::Relaxed);
    }

    /// What the user calls the discovered directions; empty where they keep their names. Not for
    /// the audio thread.
    #[must_use]
    pub fn names(&self) -> [String; DISCOVERED] {
        self.names.read().clone()
    }

    /// Names a discovered direction; an empty name gives its own back.
    pub fn set_name(&self, place: usize, name: &str) {
        if let Some(to) = self.names.write().get_mut(place) {
            *to = name.trim().chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS).collect();
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// Latents are listed by their number, from 1.
fn latent_list(bits: u64) -> Json {
    (0..MAX_LATENTS)
        .filter(|latent| (bits >> latent) & 1 == 1)
        .map(|latent| latent + 1)
        .collect::<Vec<_>>()
        .into()
}

fn latent_bits(listed: &Json) -> u64 {
    let numbers = listed.as_array().into_iter().flatten().filter_map(Json::as_u64);
    numbers
        .filter(|number| (1..=MAX_LATENTS as u64).contains(number))
        .fold(0, |bits, number| bits | 1 << (number - 1))
}

impl snapshot::Session for Session {
    type Model = AnneModel;
    const EXTRA: &'static [&'static str] =
        &["splits", "muted", "soloed", "frozen", "names", "second"];
    const FIELDS: &'static [&'static str] = &[SOURCE_FIELD];

    fn field(&self, _name: &str) -> Option<Json> {
        self.source.to_json()
    }

    fn restore_field(&self, _name: &str, value: Option<Json>) {
        self.source.put(FileSlot::from_json(value.as_ref()));
    }

    fn project(&self) -> &Project<AnneModel> {
        &self.project
    }

    fn extra(&self) -> BTreeMap<String, Json> {
        let mut extra = BTreeMap::new();
        let starts = [self.user_split(0), self.user_split(1)];
        if starts != [DEFAULT_STARTS; 2] {
            extra.insert("splits".to_owned(), json!(starts));
        }
        let names = self.names();
        if names.iter().any(|name| !name.is_empty()) {
            extra.insert("names".to_owned(), json!(names));
        }
        if let Some(frame) = self.held.frozen() {
            extra.insert("frozen".to_owned(), BASE64.encode(frame.to_bytes()).into());
        }
        extra.extend(self.second.to_json().map(|json| ("second".to_owned(), json)));
        for (name, bits) in [("muted", &self.muted), ("soloed", &self.soloed)] {
            let bits = bits.load(Ordering::Relaxed);
            if bits != 0 {
                extra.insert(name.to_owned(), latent_list(bits));
            }
        }
        extra
    }

    fn restore_extra(&self, extra: &BTreeMap<String, Json>) {
        let frozen =
            extra.get("frozen").and_then(Json::as_str).and_then(|text| BASE64.decode(text).ok());
        self.held.give(frozen.and_then(|bytes| HeldFrame::from_bytes(&bytes)));
        self.second.put_other(FileSlot::from_json(extra.get("second")));
        let names: Vec<String> = extra
            .get("names")
            .and_then(|json| serde_json::from_value(json.clone()).ok())
            .unwrap_or_default();
        (0..DISCOVERED)
            .for_each(|place| self.set_name(place, names.get(place).map_or("", String::as_str)));
        let bits = |name: &str| extra.get(name).map_or(0, latent_bits);
        self.muted.store(bits("muted"), Ordering::Relaxed);
        self.soloed.store(bits("soloed"), Ordering::Relaxed);
        let splits: [Option<[u8; KNOBS - 1]>; 2] = extra
            .get("splits")
            .and_then(|json| serde_json::from_value(json.clone()).ok())
            .unwrap_or_default();
        for (which, starts) in splits.into_iter().enumerate() {
            self.set_user_split(which, starts.unwrap_or(DEFAULT_STARTS));
        }
    }
}
