//! Pads.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N, On};
use super::{Recipe, aim, at, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        aim: aim(0.3, 0.35, 0.3),
        moves: &[('f', Bright, 0.12), ('p', Bright, 0.5), ('w', Breath, 0.5)],
        params: &[
            ("amp_a", N(900.0)),
            ("amp_d", N(2000.0)),
            ("amp_s", N(0.85)),
            ("amp_r", N(1800.0)),
            ("frate", N(0.13)),
            ("width", N(0.9)),
            ("uni", N(5.0)),
            ("udet", N(9.0)),
            ("uspr", N(0.80)),
        ],
        tags: &["pad", "space"],
        shines: "In wide chords, pressed for light.",
        ..keys(
            "Slow Cathedral",
            "Pads",
            "Rises for a second and breathes; press the keys to let the light in.",
        )
    },
    Recipe {
        aim: aim(0.6, 0.55, 0.35),
        params: &[
            ("amp_d", N(900.0)),
            ("morph", N(1.0)),
            ("mx", N(0.3)),
            ("my", N(0.4)),
            ("amp_a", N(400.0)),
            ("amp_s", N(0.75)),
            ("amp_r", N(1200.0)),
            ("width", N(0.85)),
        ],
        corners: Some([
            at(0.85, 0.6, 0.1),
            at(0.4, 0.3, 0.6),
            at(0.15, 0.7, 0.2),
            at(0.65, 0.9, 0.4),
        ]),
        tags: &["pad", "voice"],
        shines: "In held chords, wandering on the pad.",
        ..keys(
            "Glass Choir",
            "Pads",
            "The pad between glass, voices, dusk and reeds: hold a chord and wander.",
        )
    },
    Recipe {
        aim: aim(0.5, 0.2, 0.75),
        moves: &[('f', Breath, 0.2), ('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(250.0)),
            ("amp_s", N(0.8)),
            ("amp_r", N(900.0)),
            ("frate", N(0.35)),
            ("fshape", C("Triangle")),
            ("width", N(0.8)),
            ("noise", N(0.01)),
            // A whistle is a flute: little above the fourth partial.
            ("l4", N(0.3)),
            ("l6", N(0.8)),
            ("l8", N(0.3)),
        ],
        tags: &["pad", "lead"],
        shines: "In high, open chords.",
        ..keys("Tin Whistle Choir", "Pads", "Many thin breaths that swell one after another.")
    },
    Recipe {
        aim: aim(0.25, 0.2, 0.4),
        moves: &[('e', Bright, 0.6), ('w', Hollow, 0.6)],
        params: &[
            ("amp_d", N(1500.0)),
            ("amp_a", N(1500.0)),
            ("amp_s", N(0.7)),
            ("amp_r", N(2500.0)),
            ("env_a", N(4000.0)),
            ("env_d", N(6000.0)),
            ("env_s", N(0.4)),
            ("width", N(1.0)),
            ("noise", N(0.02)),
            ("tilt", N(0.35)),
        ],
        tags: &["pad", "motion"],
        shines: "In chords of four bars.",
        ..keys(
            "Sunrise Over Tape",
            "Pads",
            "Four seconds from dusk to noon; the wheel takes the even partials away.",
        )
    },
    Recipe {
        aim: aim(0.55, 0.45, 0.25),
        moves: &[('f', Hollow, 0.35), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(60.0)),
            ("amp_s", N(0.8)),
            ("amp_r", N(700.0)),
            ("fsync", On),
            ("fdiv", C("1/2")),
            ("fshape", C("Sine")),
            ("width", N(0.7)),
            ("uni", N(3.0)),
            ("udet", N(7.0)),
            ("uspr", N(0.60)),
        ],
        tags: &["pad", "motion"],
        shines: "In slow chords in tempo.",
        ..keys("Tidal Strings", "Pads", "Strings that turn hollow and back once every two beats.")
    },
    Recipe {
        model: "Difference",
        aim: aim(0.6, 0.4, 0.4),
        moves: &[('w', Bright, 0.5), ('v', Bright, 0.3)],
        params: &[
            ("morph", N(1.0)),
            ("mx", N(0.5)),
            ("my", N(0.2)),
            ("amp_a", N(120.0)),
            ("amp_s", N(0.65)),
            ("amp_r", N(900.0)),
            ("width", N(0.8)),
        ],
        corners: Some([at(0.9, 0.5, 0.4), at(0.2, 0.5, 0.2), at(0.5, 0.9, 0.7), at(0.6, 0.1, 0.5)]),
        tags: &["pad", "motion"],
        shines: "With the pad moved slowly through a chord.",
        ..keys(
            "Four Machines",
            "Pads",
            "Four spectra that no instrument has, on the corners of the pad.",
        )
    },
    Recipe {
        aim: aim(0.4, 0.15, 0.1),
        moves: &[('w', Bright, 0.5), ('e', Bright, 0.25)],
        params: &[
            ("amp_a", N(120.0)),
            ("amp_d", N(2500.0)),
            ("amp_s", N(0.8)),
            ("amp_r", N(1100.0)),
            ("env_a", N(600.0)),
            ("env_d", N(3000.0)),
            ("env_s", N(0.5)),
            ("uni", N(5.0)),
            ("udet", N(14.0)),
            ("uspr", N(0.8)),
            ("tilt", N(0.3)),
            ("width", N(0.5)),
        ],
        tags: &["pad"],
        shines: "In four-part chords around C4.",
        ..keys("Warm Polysaw", "Pads", "Five saws under a blanket that the wheel pulls off.")
    },
    Recipe {
        aim: aim(0.35, 0.35, 0.95),
        moves: &[('f', Bright, 0.2), ('g', Breath, 0.25), ('w', Hollow, 0.4)],
        params: &[
            ("amp_a", N(800.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(1900.0)),
            ("frate", N(0.16)),
            ("lfo2_frate", N(0.23)),
            ("uni", N(4.0)),
            ("udet", N(19.0)),
            ("uspr", N(1.0)),
            ("noise", N(0.03)),
            ("width", N(1.0)),
        ],
        tags: &["pad", "voice"],
        shines: "In close chords, very slowly.",
        ..keys("Choir of Air", "Pads", "Voices that are mostly breath, none quite together.")
    },
    Recipe {
        like: Some("tremolo strings"),
        moves: &[('f', Bright, 0.35), ('g', Hollow, 0.3), ('w', Breath, 0.4)],
        params: &[
            ("amp_d", N(900.0)),
            ("reach", N(0.7)),
            ("amp_a", N(450.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(1500.0)),
            ("pace", N(0.5)),
            ("frate", N(0.09)),
            ("fshape", C("Triangle")),
            ("lfo2_frate", N(0.13)),
            ("width", N(1.0)),
        ],
        tags: &["pad", "motion"],
        shines: "In long notes, with the wheel as the way out.",
        ..living(
            "Beyond the Veil",
            "Pads",
            "Tremolo strings led past all that was learned, and back.",
        )
    },
    Recipe {
        model: "Cepstrum",
        aim: aim(0.35, 0.6, 0.5),
        moves: &[('f', Bright, 0.25), ('p', Bright, 0.4)],
        params: &[
            ("amp_a", N(350.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(1300.0)),
            ("frate", N(0.2)),
            ("uni", N(3.0)),
            ("udet", N(9.0)),
            ("uspr", N(1.0)),
            ("width", N(0.8)),
        ],
        tags: &["pad", "voice"],
        shines: "In soft chords in the middle.",
        ..keys("Chalk Choir", "Pads", "Vowels of a mouth made of chalk, three to a key.")
    },
];
