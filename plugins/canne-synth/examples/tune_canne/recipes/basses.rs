//! Basses.

use super::Feature::{Bright, Hollow};
use super::Set::{C, N, On};
use super::{Recipe, aim, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        like: Some("electric bass"),
        moves: &[('v', Bright, 0.3)],
        tags: &["bass"],
        shines: "Lines from E1 to G3.",
        ..living("Round Wound", "Basses", "A finger bass: warm below, and it growls when struck.")
    },
    Recipe {
        aim: aim(0.15, 0.4, 0.1),
        moves: &[('e', Bright, 0.5), ('v', Bright, 0.2)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(40.0)),
            ("amp_a", N(3.0)),
            ("amp_d", N(900.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(90.0)),
            ("env_d", N(220.0)),
            ("tilt", N(0.3)),
            ("width", N(0.15)),
        ],
        tags: &["bass"],
        shines: "In short lines below C3.",
        ..keys(
            "Rubber Bass",
            "Basses",
            "A short envelope on the brightness, legato with a quick glide.",
        )
    },
    Recipe {
        aim: aim(0.05, 0.3, 0.05),
        moves: &[('v', Bright, 0.25)],
        params: &[
            ("uspr", N(0.0)),
            ("udet", N(5.0)),
            ("uni", N(3.0)),
            ("mode", C("Mono")),
            ("glide", N(0.0)),
            ("amp_a", N(30.0)),
            ("amp_s", N(0.95)),
            ("amp_r", N(220.0)),
            ("tilt", N(0.85)),
            ("width", N(0.0)),
        ],
        tags: &["bass", "dark"],
        shines: "In slow lines below C2.",
        ..keys("Cellar Sub", "Basses", "As dark as it gets, in mono, with the tilt far up.")
    },
    Recipe {
        aim: aim(0.4, 0.8, 0.2),
        moves: &[('e', Hollow, -0.5), ('f', Bright, 0.2)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(30.0)),
            ("amp_a", N(2.0)),
            ("amp_d", N(350.0)),
            ("amp_s", N(0.75)),
            ("amp_r", N(80.0)),
            ("env_d", N(220.0)),
            ("fsync", On),
            ("fdiv", C("1/8 dotted")),
            ("tilt", N(0.5)),
            ("width", N(0.2)),
        ],
        tags: &["bass", "motion"],
        shines: "In one-note lines in tempo.",
        ..keys("Hollow Motor", "Basses", "A square-ish growl that turns with the beat.")
    },
    Recipe {
        like: Some("electric bass"),
        moves: &[('v', Bright, 0.3), ('p', Bright, 0.3), ('f', Bright, 0.1)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(130.0)),
            ("amp_a", N(14.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(200.0)),
            ("pace", N(0.3)),
            ("frate", N(5.2)),
            ("tilt", N(0.2)),
            ("width", N(0.1)),
            ("noise", N(0.004)),
        ],
        tags: &["bass"],
        shines: "In slow legato below C3.",
        ..living(
            "Fretless Midnight",
            "Basses",
            "A bass without frets: every note slides into the next.",
        )
    },
    Recipe {
        aim: aim(0.3, 0.2, 0.1),
        moves: &[('f', Bright, 0.3), ('w', Bright, 0.4)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(30.0)),
            ("amp_a", N(6.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(160.0)),
            ("frate", N(0.18)),
            ("tilt", N(0.5)),
            ("uni", N(4.0)),
            ("udet", N(30.0)),
            ("uspr", N(0.35)),
            ("width", N(0.2)),
        ],
        tags: &["bass", "dark"],
        shines: "In long notes below C2.",
        ..keys(
            "Reese Floor",
            "Basses",
            "Strings of one note that fight each other across the floor.",
        )
    },
    Recipe {
        aim: aim(0.6, 0.1, 0.05),
        moves: &[('e', Bright, 0.75), ('v', Bright, 0.3)],
        params: &[
            ("noise", N(0.012)),
            ("mode", C("Legato")),
            ("glide", N(55.0)),
            ("amp_a", N(3.0)),
            ("amp_d", N(900.0)),
            ("amp_s", N(0.65)),
            ("amp_r", N(70.0)),
            ("env_a", N(2.0)),
            ("env_d", N(230.0)),
            ("width", N(0.0)),
            ("vel", N(0.8)),
        ],
        tags: &["bass", "bright"],
        shines: "In sixteenths with accents.",
        ..keys(
            "Acid Line",
            "Basses",
            "A short bright bite on every key; slides where keys overlap.",
        )
    },
];
