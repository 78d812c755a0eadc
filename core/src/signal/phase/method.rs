//! The methods by name.

use std::fmt;
use std::str::FromStr;

/// The most projections that a name may ask for.
pub const MAX_PROJECTIONS: u32 = 10_000;
/// The most frames that [`PhaseMethod::Rtisi`] looks ahead.
pub const MAX_LOOK_AHEAD: usize = 3;

/// What Griffin-Lim projections start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// Random phases.
    Random,
    /// [`PhaseMethod::Pghi`].
    Pghi,
    /// [`PhaseMethod::Rtisi`] with as many frames of look-ahead.
    Rtisi(usize),
}

/// How Griffin-Lim projections go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Projection {
    /// From frame to frame, each step going on a little in the direction of the last one.
    Sequential,
    /// All frames at once, as published by Griffin and Lim (1984).
    Plain,
    /// All frames at once with momentum, as published by Perraudin, Balazs and Søndergaard (2013):
    /// fast Griffin-Lim.
    Fast,
}

/// How phases are made for magnitudes.
///
/// The names, for [`FromStr`] and [`fmt::Display`]: `zero`, `thesis-eq`, `thesis-code`; `rtpghi0`,
/// `rtpghi1`, `pghi`; `rtisi0` to `rtisi3`; `glN` for N projections from random phases, `pghi+glN`
/// and `rtisi3+glN` from better ones; `fglN` in its place is the published accelerated kind.
/// `-plain` after `rtpghi0`, `rtpghi1`, `pghi` or `glN` means the form exactly as published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PhaseMethod {
    /// All phases zero relative to the frames' centres.
    Zero,
    /// The thesis's equations 2.7 and 2.8, with the constant of the Hann window.
    ThesisEquations,
    /// What the thesis's published code does.
    ThesisCode,
    /// Real-time phase-gradient heap integration, with or without one frame of look-ahead.
    Rtpghi {
        /// Whether it waits for the next frame.
        look_ahead: bool,
        /// Whether it goes without our corrections.
        plain: bool,
    },
    /// Phase-gradient heap integration of the whole.
    Pghi {
        /// Whether it goes without our corrections.
        plain: bool,
    },
    /// Griffin-Lim projections of the whole.
    GriffinLim {
        /// What they start from.
        start: Start,
        /// How many, 1 to [`MAX_PROJECTIONS`].
        projections: u32,
        /// How they go.
        kind: Projection,
    },
    /// Projections in real time, started from causal [`PhaseMethod::Rtpghi`].
    Rtisi {
        /// Frames of look-ahead, 0 to [`MAX_LOOK_AHEAD`].
        look_ahead: usize,
    },
}

/// A name that no method has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a phase method out of zero, thesis-eq, thesis-code, rtpghi0, rtpghi1, pghi, rtisi0 to rtisi{MAX_LOOK_AHEAD}, glN, fglN, \
     pghi+glN and rtisi{MAX_LOOK_AHEAD}+glN (N projections, 1 to {MAX_PROJECTIONS}), found {found:?}; nothing was done"
)]
pub struct UnknownMethod {
    /// The name.
    pub found: String,
}

impl PhaseMethod {
    /// By how many frames a stream's answers come later than its questions; none when the method
    /// needs the whole sound.
    pub fn look_ahead(self) -> Option<usize> {
        match self {
            PhaseMethod::Zero | PhaseMethod::ThesisEquations | PhaseMethod::ThesisCode => Some(0),
            PhaseMethod::Rtpghi { look_ahead, .. } => Some(usize::from(look_ahead)),
            PhaseMethod::Rtisi { look_ahead } => Some(look_ahead),
            PhaseMethod::Pghi { .. } | PhaseMethod::GriffinLim { .. } => None,
        }
    }
}

impl FromStr for PhaseMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        let unknown = || UnknownMethod { found: text.chars().take(60).collect() };
        Ok(match text {
            "zero" => PhaseMethod::Zero,
            "thesis-eq" => PhaseMethod::ThesisEquations,
            "thesis-code" => PhaseMethod::ThesisCode,
            "rtpghi0" => PhaseMethod::Rtpghi { look_ahead: false, plain: false },
            "rtpghi1" => PhaseMethod::Rtpghi { look_ahead: true, plain: false },
            "rtpghi0-plain" => PhaseMethod::Rtpghi { look_ahead: false, plain: true },
            "rtpghi1-plain" => PhaseMethod::Rtpghi { look_ahead: true, plain: true },
            "pghi" => PhaseMethod::Pghi { plain: false },
            "pghi-plain" => PhaseMethod::Pghi { plain: true },
            _ => {
                if let Some(digits) = text.strip_prefix("rtisi").filter(|rest| !rest.contains('+'))
                {
                    return Ok(PhaseMethod::Rtisi {
                        look_ahead: look_ahead(digits).ok_or_else(unknown)?,
                    });
                }
                projections(text).ok_or_else(unknown)?
            }
        })
    }
}

/// A number in digits only (`parse` would take a plus sign, too).
fn number(digits: &str) -> Option<u32> {
    digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn look_ahead(digits: &str) -> Option<usize> {
    number(digits).map(|n| n as usize).filter(|&n| n <= MAX_LOOK_AHEAD)
}

/// Reads the names of projections: `[START+][f]glN[-plain]`.
fn projections(text: &str) -> Option<PhaseMethod> {
    let (start, rest) = match text.split_once('+') {
        None => (Start::Random, text),
        Some(("pghi", rest)) => (Start::Pghi, rest),
        Some((start, rest)) => (Start::Rtisi(look_ahead(start.strip_prefix("rtisi")?)?), rest),
    };
    let (kind, digits) = if let Some(digits) = rest.strip_prefix("fgl") {
        (Projection::Fast, digits)
    } else {
        let digits = rest.strip_prefix("gl")?;
        digits
            .strip_suffix("-plain")
            .map_or((Projection::Sequential, digits), |digits| (Projection::Plain, digits))
    };
    let projections = number(digits).filter(|n| (1..=MAX_PROJECTIONS).contains(n))?;
    Some(PhaseMethod::GriffinLim { start, projections, kind })
}

impl fmt::Display for PhaseMethod {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |plain: bool| if plain { "-plain" } else { "" };
        match *self {
            PhaseMethod::Zero => out.write_str("zero"),
            PhaseMethod::ThesisEquations => out.write_str("thesis-eq"),
            PhaseMethod::ThesisCode => out.write_str("thesis-code"),
            PhaseMethod::Rtpghi { look_ahead, plain: p } => {
                write!(out, "rtpghi{}{}", u8::from(look_ahead), plain(p))
            }
            PhaseMethod::Pghi { plain: p } => write!(out, "pghi{}", plain(p)),
            PhaseMethod::GriffinLim { start, projections, kind } => {
                match start {
                    Start::Random => {}
                    Start::Pghi => out.write_str("pghi+")?,
                    Start::Rtisi(look_ahead) => write!(out, "rtisi{look_ahead}+")?,
                }
                match kind {
                    Projection::Sequential => write!(out, "gl{projections}"),
                    Projection::Plain => write!(out, "gl{projections}-plain"),
                    Projection::Fast => write!(out, "fgl{projections}"),
                }
            }
            PhaseMethod::Rtisi { look_ahead } => write!(out, "rtisi{look_ahead}"),
        }
    }
}
