//! What moves by itself, and drones.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N, On};
use super::{Recipe, aim, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        params: &[
            ("uspr", N(0.5)),
            ("udet", N(12.0)),
            ("uni", N(3.0)),
            ("morph", N(1.0)),
            ("mx", N(0.5)),
            ("my", N(0.5)),
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(600.0)),
            ("width", N(0.7)),
            ("frate", N(0.4)),
            ("lfo2_frate", N(0.27)),
        ],
        moves: &[('f', Bright, 0.25), ('g', Hollow, 0.3)],
        pad: Some(["upright piano", "double bass arco", "steel guitar", "alto sax"]),
        tags: &["keys", "motion"],
        shines: "Held notes while the pad moves.",
        ..living(
            "Wood and Breath",
            "Motion",
            "Piano, bow, steel and reed in the pad's corners; play what lies between.",
        )
    },
    Recipe {
        aim: aim(0.5, 0.5, 0.3),
        moves: &[('f', Bright, 0.5)],
        params: &[
            ("fsync", On),
            ("fdiv", C("1/8")),
            ("fshape", C("Square")),
            ("amp_a", N(4.0)),
            ("amp_s", N(0.75)),
            ("amp_r", N(220.0)),
            ("width", N(0.6)),
        ],
        tags: &["motion"],
        shines: "In held chords in tempo.",
        ..keys(
            "Two Rooms",
            "Motion",
            "Switches between a dark and a bright room on every eighth note.",
        )
    },
    Recipe {
        aim: aim(0.4, 0.4, 0.3),
        moves: &[('f', Hollow, 0.4), ('e', Breath, 0.3)],
        params: &[
            ("fsync", On),
            ("fdiv", C("1/16")),
            ("fshape", C("Random")),
            ("amp_a", N(30.0)),
            ("amp_s", N(0.75)),
            ("amp_r", N(400.0)),
            ("width", N(1.0)),
        ],
        tags: &["motion", "voice", "wild"],
        shines: "On one held key as a rhythm.",
        ..keys("Talking Static", "Motion", "Consonants at random, a sixteenth each.")
    },
    Recipe {
        aim: aim(0.45, 0.5, 0.35),
        moves: &[('f', Bright, 0.5), ('g', Hollow, 0.5)],
        params: &[
            ("amp_a", N(40.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(400.0)),
            ("fsync", On),
            ("fdiv", C("1/4 dotted")),
            ("lfo2_fsync", On),
            ("lfo2_fdiv", C("1/2")),
            ("lfo2_fshape", C("Triangle")),
            ("uni", N(2.0)),
            ("udet", N(6.0)),
            ("uspr", N(0.7)),
            ("width", N(0.7)),
        ],
        tags: &["motion", "voice"],
        shines: "In one held chord.",
        ..keys(
            "Vowel Swing",
            "Motion",
            "Two slow wheels turn a mouth: open and close, front and back.",
        )
    },
    Recipe {
        aim: aim(0.2, 0.45, 0.2),
        moves: &[('f', Bright, 0.8), ('g', Breath, 0.3)],
        params: &[
            ("amp_a", N(150.0)),
            ("amp_s", N(0.95)),
            ("amp_r", N(900.0)),
            ("fsync", On),
            ("fdiv", C("1/1")),
            ("fshape", C("Saw down")),
            ("lfo2_fsync", On),
            ("lfo2_fdiv", C("2/1")),
            ("uni", N(3.0)),
            ("udet", N(7.0)),
            ("uspr", N(1.0)),
            ("width", N(0.9)),
            ("tilt", N(0.2)),
        ],
        tags: &["motion", "pad"],
        shines: "In slow chords in tempo.",
        ..keys("Lighthouse", "Motion", "A beam comes round once a bar and lights up the top.")
    },
    Recipe {
        aim: aim(0.35, 0.5, 0.4),
        moves: &[('f', Bright, 0.25)],
        params: &[
            ("drone", On),
            ("frate", N(0.05)),
            ("shift", N(3.0)),
            ("noise", N(0.004)),
            ("width", N(0.9)),
            ("tilt", N(0.2)),
        ],
        tags: &["drone", "motion"],
        shines: "With no key at all.",
        ..keys(
            "Lost Signal",
            "Drones",
            "The original's way: no key, a slow swing, a shift of three bins.",
        )
    },
    Recipe {
        model: "Difference",
        aim: aim(0.4, 0.5, 0.5),
        moves: &[('f', Bright, 0.3)],
        params: &[("drone", On), ("frate", N(0.08)), ("fshape", C("Triangle")), ("width", N(1.0))],
        tags: &["drone", "wild"],
        shines: "Left alone, with the shift moved by hand.",
        ..keys(
            "Difference Engine",
            "Drones",
            "The decoder that learned from differences between partials, left to itself.",
        )
    },
    Recipe {
        model: "Cepstrum",
        aim: aim(0.3, 0.5, 0.4),
        moves: &[('f', Breath, 0.3)],
        params: &[("drone", On), ("frate", N(0.11)), ("width", N(0.9)), ("tilt", N(0.35))],
        tags: &["drone", "pad"],
        shines: "Under a scene, one key for a minute.",
        ..keys(
            "Cepstral Weather",
            "Drones",
            "The decoder that heard cepstra: wind with a pitch in it.",
        )
    },
];
