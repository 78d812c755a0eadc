//! The input selector: the piano, the strings and the snare that come with ANNe, and the user's
//! file, in place of the host's input. How it works is [`nfx_frame::source`]'s.

pub use nfx_frame::source::{Choice, open, prepare, read_file_with_notes};

use crate::params::SourceChoice;

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
