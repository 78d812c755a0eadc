//! The input selector: drums, a bass and a guitar that come with the plugin, and the user's file,
//! in place of the host's input. How it works is [`nfx_frame::source`]'s.

pub use nfx_frame::source::{Choice, open, prepare, read_file_with_notes};

use crate::params::SourceChoice;

impl Choice for SourceChoice {
    const HOST: Self = Self::Host;
    const FILE: Self = Self::File;

    fn built_in(self) -> Option<(&'static str, &'static [u8])> {
        match self {
            Self::Drums => Some(("drums.wav", include_bytes!("../sounds/drums.wav"))),
            Self::Bass => Some(("bass.wav", include_bytes!("../sounds/bass.wav"))),
            Self::Guitar => Some(("guitar.wav", include_bytes!("../sounds/guitar.wav"))),
            Self::Host | Self::File => None,
        }
    }
}
