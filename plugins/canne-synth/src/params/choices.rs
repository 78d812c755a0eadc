//! Parameters with few values.

use nice_plug::prelude::*;

/// How keys share voices.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeChoice {
    /// Each key has a voice.
    #[id = "poly"]
    #[name = "Poly"]
    Poly,
    /// One voice; each key starts the envelopes.
    #[id = "mono"]
    #[name = "Mono"]
    Mono,
    /// One voice; overlapping keys glide.
    #[id = "legato"]
    #[name = "Legato"]
    Legato,
}

/// The low-frequency oscillator's shape.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeChoice {
    /// A sine.
    #[id = "sine"]
    #[name = "Sine"]
    Sine,
    /// Straight up and down.
    #[id = "triangle"]
    #[name = "Triangle"]
    Triangle,
    /// Rises and falls at once.
    #[id = "up"]
    #[name = "Saw up"]
    SawUp,
    /// Jumps up and falls.
    #[id = "down"]
    #[name = "Saw down"]
    SawDown,
    /// Up and down at once.
    #[id = "square"]
    #[name = "Square"]
    Square,
    /// A new value each time.
    #[id = "random"]
    #[name = "Random"]
    Random,
}

/// A note value for the synchronised oscillator.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionChoice {
    /// Eight whole notes.
    #[id = "8"]
    #[name = "8/1"]
    Eight,
    /// Four whole notes.
    #[id = "4"]
    #[name = "4/1"]
    Four,
    /// Two whole notes.
    #[id = "2"]
    #[name = "2/1"]
    Two,
    /// A whole note.
    #[id = "1"]
    #[name = "1/1"]
    Whole,
    /// A half note.
    #[id = "1-2"]
    #[name = "1/2"]
    Half,
    /// A dotted quarter note.
    #[id = "1-4d"]
    #[name = "1/4 dotted"]
    QuarterDotted,
    /// A quarter note.
    #[id = "1-4"]
    #[name = "1/4"]
    Quarter,
    /// A third of a half note.
    #[id = "1-4t"]
    #[name = "1/4 triplet"]
    QuarterTriplet,
    /// A dotted eighth note.
    #[id = "1-8d"]
    #[name = "1/8 dotted"]
    EighthDotted,
    /// An eighth note.
    #[id = "1-8"]
    #[name = "1/8"]
    Eighth,
    /// A third of a quarter note.
    #[id = "1-8t"]
    #[name = "1/8 triplet"]
    EighthTriplet,
    /// A sixteenth note.
    #[id = "1-16"]
    #[name = "1/16"]
    Sixteenth,
    /// A thirty-second note.
    #[id = "1-32"]
    #[name = "1/32"]
    ThirtySecond,
}

impl DivisionChoice {
    /// Its length in quarter notes.
    #[must_use]
    pub fn beats(self) -> f64 {
        match self {
            Self::Eight => 32.0,
            Self::Four => 16.0,
            Self::Two => 8.0,
            Self::Whole => 4.0,
            Self::Half => 2.0,
            Self::QuarterDotted => 1.5,
            Self::Quarter => 1.0,
            Self::QuarterTriplet => 2.0 / 3.0,
            Self::EighthDotted => 0.75,
            Self::Eighth => 0.5,
            Self::EighthTriplet => 1.0 / 3.0,
            Self::Sixteenth => 0.25,
            Self::ThirtySecond => 0.125,
        }
    }
}
