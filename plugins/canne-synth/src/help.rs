//! What each control does to the sound, in a sentence, for the line under the editor.

use crate::editor::view::{Control, Mover, Stage, Switch};

/// The sentence for a continuous control.
#[must_use]
pub fn of(control: Control) -> &'static str {
    match control {
        Control::Slider(_) => "Moves one of the numbers that the network makes its spectrum of.",
        Control::Morph => "From the eight sliders to the sound under the pad's point: 0 % leaves the pad silent.",
        Control::MorphX => "The pad from left to right: from A and C to B and D.",
        Control::MorphY => "The pad from top to bottom: from A and B to C and D.",
        Control::Shift => "Moves every partial by the same number of bins: harmony becomes metal, small shifts beat.",
        Control::Fine => "Detunes all notes, in cents: a hundredth of a semitone.",
        Control::Tune => "The frequency of the A above middle C that the whole instrument is tuned to.",
        Control::Tilt => "Tilts the spectrum towards the bass, up to 8 dB at either end.",
        Control::Noise => "Shakes every partial a little in each frame: the breath of the original, 0.1 % there.",
        Control::Width => "How far the two channels differ: 0 % is mono.",
        Control::Output => "The level that leaves the instrument. It never exceeds its ceiling.",
        Control::Voices => "How many notes may sound at once; the quietest gives way to a new one.",
        Control::Glide => "How long the pitch takes from one key to the next.",
        Control::Reach => {
            "How far the sliders go beyond what the network has learned: 100 % is as far again either way."
        }
        Control::Unison => "How many detuned strings each note has; one that sounds keeps its number.",
        Control::UnisonDetune => "How far the outermost strings of a note are from its pitch, in cents.",
        Control::UnisonSpread => "How far the strings of a note stand apart in the stereo image.",
        Control::Bend => "How far the pitch wheel bends, in semitones.",
        Control::MpeBend => "How far a finger bends its own note on an MPE keyboard, in semitones.",
        Control::Pace => "How fast a note lives: 0 % stands still, 100 % as recorded. For models that know time.",
        Control::Likeness => "How much like your sound notes are; 0 % leaves the sliders alone.",
        Control::Slide => "How far slide (CC 74) brightens a note upwards and darkens it downwards.",
        Control::Velocity => "How much softer a soft touch is: 0 % plays all notes equally loud.",
        Control::Amp(stage) => match stage {
            Stage::Attack => "How long a note takes to its full level.",
            Stage::Decay => "How long it then takes to fall to the sustain level.",
            Stage::Sustain => "The level of a note for as long as its key is held.",
            Stage::Release => "How long a note takes to fall silent once its key is up.",
        },
        Control::Env(stage) => match stage {
            Stage::Attack => "How long the second envelope takes to its peak; it moves sliders, not the level.",
            Stage::Decay => "How long the second envelope takes from its peak to its sustain level.",
            Stage::Sustain => "Where the second envelope stays while a key is held.",
            Stage::Release => "How long the second envelope takes back to nothing.",
        },
        Control::LfoRate(_) => "How fast this LFO swings.",
        Control::Depth(mover, _) => match mover {
            Mover::Envelope => "How far the second envelope moves this slider, up or down, on each note.",
            Mover::Lfo(_) => "How far this LFO moves the slider up and down.",
            Mover::Velocity => "How far a hard touch moves this slider.",
            Mover::Pressure => "How far pressing a held key moves this slider.",
            Mover::Wheel => "How far the modulation wheel moves this slider.",
            Mover::Slide => "How far slide (CC 74) moves this slider either way from its middle.",
        },
    }
}

/// The sentence for a switch.
#[must_use]
pub fn of_switch(switch: Switch) -> &'static str {
    match switch {
        Switch::Circular => {
            "What Shift moves out at one end of the spectrum comes in at the other, as in the original."
        }
        Switch::Even => "Keeps each note as loud as it was while you move the sliders.",
        Switch::Mode => "Poly gives each key a voice; Mono and Legato have one voice that glides.",
        Switch::GlidePoly => "In Poly, too, each new note glides from the pitch of the one before.",
        Switch::Mpe => "For keyboards that bend and press each note on a channel of its own.",
        Switch::Drone => "Plays the sliders without a note, on and on, as the original instrument did.",
        Switch::LfoSync(_) => "Takes this LFO's rate from the host's tempo.",
        Switch::LfoDivision(_) => "The note value of one swing of this LFO.",
        Switch::LfoShape(_) => "The shape of this LFO's swing.",
        Switch::LfoRetrigger(_) => "Starts this LFO anew with each note; otherwise all notes swing together.",
    }
}

/// The sentence for the parameter `id`; empty for an unknown one.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    // The second oscillator's ids are those of the first behind a prefix.
    let (id, lfo) = id.strip_prefix("lfo2_").map_or((id, 0), |id| (id, 1));
    let numbered = |letter: char| {
        let number = id.strip_prefix(letter).and_then(|rest| rest.parse::<usize>().ok());
        number.and_then(|number| number.checked_sub(1)).filter(|index| *index < crate::params::SLIDERS)
    };
    let depth = |letter, mover| numbered(letter).map(|index| Control::Depth(mover, index));
    let stage = |prefix: &str| {
        let letter = id.strip_prefix(prefix)?;
        let place = ["a", "d", "s", "r"].iter().position(|known| *known == letter)?;
        Some(Stage::ALL[place])
    };
    let control = match id {
        "morph" => Some(Control::Morph),
        "mx" => Some(Control::MorphX),
        "my" => Some(Control::MorphY),
        "shift" => Some(Control::Shift),
        "fine" => Some(Control::Fine),
        "tune" => Some(Control::Tune),
        "tilt" => Some(Control::Tilt),
        "noise" => Some(Control::Noise),
        "width" => Some(Control::Width),
        "out" => Some(Control::Output),
        "voices" => Some(Control::Voices),
        "glide" => Some(Control::Glide),
        "bend" => Some(Control::Bend),
        "mpeb" => Some(Control::MpeBend),
        "vel" => Some(Control::Velocity),
        "slide" => Some(Control::Slide),
        "pace" => Some(Control::Pace),
        "like" => Some(Control::Likeness),
        "frate" => Some(Control::LfoRate(lfo)),
        "reach" => Some(Control::Reach),
        "uni" => Some(Control::Unison),
        "udet" => Some(Control::UnisonDetune),
        "uspr" => Some(Control::UnisonSpread),
        _ => numbered('l')
            .map(Control::Slider)
            .or_else(|| stage("amp_").map(Control::Amp))
            .or_else(|| stage("env_").map(Control::Env))
            .or_else(|| depth('e', Mover::Envelope))
            .or_else(|| depth('f', Mover::Lfo(lfo)))
            .or_else(|| depth('v', Mover::Velocity))
            .or_else(|| depth('p', Mover::Pressure))
            .or_else(|| depth('w', Mover::Wheel))
            .or_else(|| depth('s', Mover::Slide)),
    };
    let switch = match id {
        "circ" => Some(Switch::Circular),
        "even" => Some(Switch::Even),
        "mode" => Some(Switch::Mode),
        "mpe" => Some(Switch::Mpe),
        "pglide" => Some(Switch::GlidePoly),
        "drone" => Some(Switch::Drone),
        "fsync" => Some(Switch::LfoSync(lfo)),
        "fdiv" => Some(Switch::LfoDivision(lfo)),
        "fshape" => Some(Switch::LfoShape(lfo)),
        "fretrig" => Some(Switch::LfoRetrigger(lfo)),
        _ => None,
    };
    control.map(of).or_else(|| switch.map(of_switch)).unwrap_or_default()
}
