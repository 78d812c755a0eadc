//! The input selector: the piano, the strings and the snare that come with ANNe, and the user's
//! file, in place of the host's input. How it works is [`nfx_frame::source`]'s.

use nfx_frame::source;
pub use nfx_frame::source::{
    CARRIED_BYTES, Choice, Needs, SourceFile, open, prepare, read_file, read_file_with_notes,
};

use crate::params::SourceChoice;

/// Which sound at which rate.
pub type Wanted = source::Wanted<SourceChoice>;
/// A sound as the audio thread reads it.
pub type Loaded = source::Loaded<SourceChoice>;
/// What the selector is to do in a block.
pub type Order = source::Order<SourceChoice>;
/// The audio thread's side of the selector.
pub type Selector = source::Selector<SourceChoice>;
/// Where a prepared sound waits for the audio thread.
pub type Outbox = source::Outbox<SourceChoice>;
/// The selector with the sounds on their way to it.
pub type Supply = source::Supply<SourceChoice>;

impl Choice for SourceChoice {
    const HOST: Self = Self::Host;
    const FILE: Self = Self::File;

    fn built_in(self) -> Option<(&'static str, &'static [u8])> {
        match self {
            Self::Piano => Some(("piano.wav", include_bytes!("../sounds/piano.wav"))),
            Self::Strings => Some(("strings.wav", include_bytes!("../sounds/strings.wav"))),
            Self::Snare => Some(("snare.wav", include_bytes!("../sounds/snare.wav"))),
            Self::Host | Self::File => None,
        }
    }
}
