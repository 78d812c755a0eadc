//! A take as a project and a preset keep it: the sound's name, and the take's bytes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nfx_core::engine::canne::take::Take;
use nfx_frame::Sentence;
use nfx_frame::mailbox::Mailbox;
use serde_json::{Value as Json, json};

/// The name of the take in what is saved.
pub const TAKE: &str = "take";
/// Most characters of a name.
const NAME_CHARACTERS: usize = 80;

/// The way of takes to the audio thread, which gives the box back with what it replaced.
pub type Takes = Mailbox<Option<Arc<Take>>>;

/// See the module's documentation.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The name of the sound that it is from.
    pub name: String,
    /// The take.
    pub take: Arc<Take>,
    /// Its bytes in base64: encoded once, for presets are compared with what plays in each frame of
    /// the editor.
    bytes: String,
}

impl PartialEq for Taken {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.bytes == other.bytes
    }
}

impl Taken {
    /// A take of a sound.
    #[must_use]
    pub fn new(name: &str, take: Arc<Take>) -> Self {
        let name = name.chars().filter(|c| !c.is_control()).take(NAME_CHARACTERS).collect();
        Self { name, bytes: BASE64.encode(take.to_bytes()), take }
    }

    /// As it is saved.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({"name": self.name, "bytes": self.bytes})
    }

    /// From what was saved.
    ///
    /// # Errors
    /// A sentence.
    pub fn from_json(json: &Json) -> Result<Self, Sentence> {
        let text = |what: &str| {
            json[what].as_str().ok_or_else(|| format!("The saved take has no {what}."))
        };
        let bytes = BASE64
            .decode(text("bytes")?)
            .map_err(|error| format!("The saved take is damaged ({error})."))?;
        let take = Take::from_bytes(&bytes)
            .map_err(|error| format!("The saved take is damaged: {error}."))?;
        Ok(Self::new(text("name")?, Arc::new(take)))
    }
}
