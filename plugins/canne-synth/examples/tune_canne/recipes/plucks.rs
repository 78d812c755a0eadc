//! What is plucked.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N, On};
use super::{Recipe, aim, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        like: Some("steel guitar"),
        moves: &[('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(900.0)),
            ("width", N(0.7)),
            ("noise", N(0.012)),
        ],
        tags: &["pluck"],
        shines: "Arpeggios that ring into each other.",
        ..living("Porch Steel", "Plucks", "Steel strings with the pick still on them, let ring.")
    },
    Recipe {
        like: Some("pizzicato strings"),
        moves: &[('v', Bright, 0.25), ('w', Breath, 0.3)],
        params: &[("amp_a", N(2.0)), ("amp_s", N(1.0)), ("amp_r", N(220.0)), ("pace", N(0.7))],
        tags: &["pluck"],
        shines: "Short figures from C2 to C5.",
        ..living(
            "Plucked Section",
            "Plucks",
            "Fingertips on a whole section: round, short, together.",
        )
    },
    Recipe {
        aim: aim(0.6, 0.5, 0.15),
        moves: &[('e', Bright, 0.45), ('v', Hollow, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(1500.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(600.0)),
            ("env_d", N(110.0)),
            ("width", N(0.6)),
        ],
        tags: &["pluck", "metal"],
        shines: "In loops of five or seven notes.",
        ..keys("Thumb Piano", "Plucks", "Short tongues of metal over a hollow body.")
    },
    Recipe {
        aim: aim(0.75, 0.65, 0.4),
        moves: &[('f', Bright, 0.3), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(2600.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(700.0)),
            ("fshape", C("Random")),
            ("fsync", On),
            ("fdiv", C("1/16")),
            ("fretrig", On),
            ("width", N(0.9)),
        ],
        tags: &["pluck", "motion"],
        shines: "In held chords in tempo.",
        ..keys("Rain on Wires", "Plucks", "Each sixteenth has a colour of its own.")
    },
    Recipe {
        aim: aim(0.85, 0.2, 0.5),
        moves: &[('e', Breath, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(2600.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(300.0)),
            ("env_d", N(90.0)),
            ("width", N(0.5)),
        ],
        tags: &["pluck", "drums"],
        shines: "As a tick on every beat.",
        ..keys("Matchstick", "Plucks", "A scratch, a spark, and a thread of smoke.")
    },
    Recipe {
        like: Some("steel guitar"),
        moves: &[('v', Bright, 0.25)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(1300.0)),
            ("uni", N(2.0)),
            ("udet", N(9.0)),
            ("uspr", N(1.0)),
            ("width", N(0.9)),
        ],
        tags: &["pluck", "guitar"],
        shines: "In open chords, strummed by hand.",
        ..living("Twelve Strings", "Plucks", "Two strings to every one, a hair apart.")
    },
    Recipe {
        like: Some("steel guitar"),
        moves: &[('e', Bright, 0.4), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(1700.0)),
            ("amp_s", N(0.35)),
            ("amp_r", N(150.0)),
            ("pace", N(2.2)),
            ("env_d", N(70.0)),
            ("noise", N(0.03)),
            ("width", N(0.1)),
        ],
        tags: &["pluck", "bright"],
        shines: "In rolls of sixteenths.",
        ..living(
            "Double-Time Banjo",
            "Plucks",
            "Steel in a hurry: every note dies three times as fast.",
        )
    },
    Recipe {
        like: Some("pizzicato strings"),
        moves: &[('f', Bright, 0.45), ('g', Hollow, 0.4)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(700.0)),
            ("pace", N(0.6)),
            ("fsync", On),
            ("fdiv", C("1/8")),
            ("fshape", C("Random")),
            ("lfo2_fsync", On),
            ("lfo2_fdiv", C("1/8 dotted")),
            ("lfo2_fshape", C("Random")),
            ("width", N(1.0)),
        ],
        tags: &["pluck", "motion"],
        shines: "In held clusters in tempo.",
        ..living(
            "Pizzicato Rain",
            "Plucks",
            "Plucked strings whose colour is drawn anew on every eighth.",
        )
    },
    Recipe {
        aim: aim(0.5, 0.6, 0.1),
        moves: &[('f', Bright, 0.45), ('g', Hollow, 0.5)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(3200.0)),
            ("amp_s", N(0.15)),
            ("amp_r", N(900.0)),
            ("fsync", On),
            ("fdiv", C("1/16")),
            ("fshape", C("Saw down")),
            ("lfo2_fsync", On),
            ("lfo2_fdiv", C("1/4 triplet")),
            ("lfo2_fshape", C("Square")),
            ("width", N(0.9)),
            ("noise", N(0.006)),
        ],
        tags: &["pluck", "motion"],
        shines: "In patterns that repeat and never do.",
        ..keys(
            "Clockwork Garden",
            "Plucks",
            "Two wheels of different teeth turn the colour of each pluck.",
        )
    },
    Recipe {
        aim: aim(0.3, 0.95, 0.05),
        moves: &[('e', Bright, 0.3), ('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(5200.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(2600.0)),
            ("env_d", N(140.0)),
            ("width", N(0.8)),
            ("uni", N(2.0)),
            ("udet", N(3.0)),
            ("uspr", N(0.8)),
        ],
        tags: &["pluck"],
        shines: "In wide arpeggios above C4.",
        ..keys(
            "Glass Mallets",
            "Plucks",
            "Soft mallets on thick glass, odd partials ringing longest.",
        )
    },
];
