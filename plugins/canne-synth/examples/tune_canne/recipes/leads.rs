//! Leads.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N, On};
use super::{Recipe, aim, keys};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        aim: aim(0.8, 0.35, 0.2),
        moves: &[('v', Bright, 0.3), ('w', Breath, 0.4), ('p', Hollow, 0.5)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(70.0)),
            ("amp_a", N(8.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(160.0)),
            ("bend", N(12.0)),
            ("uni", N(2.0)),
            ("udet", N(9.0)),
            ("uspr", N(0.70)),
        ],
        tags: &["lead", "bright"],
        shines: "In legato lines with pressure and wheel.",
        ..keys("Neon Lead", "Leads", "Legato and bright; press for hollow, wheel for breath.")
    },
    Recipe {
        aim: aim(0.45, 0.9, 0.35),
        moves: &[('e', Breath, 0.5), ('p', Bright, 0.6)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(35.0)),
            ("amp_a", N(35.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(120.0)),
            ("env_a", N(5.0)),
            ("env_d", N(90.0)),
            // A flute has its second partial, which the hollowest sounds lack.
            ("l3", N(0.0)),
        ],
        tags: &["lead"],
        shines: "In single lines from C4 to C6.",
        ..keys(
            "Clay Flute",
            "Leads",
            "A puff of air, then a hollow tone that opens under the finger.",
        )
    },
    Recipe {
        aim: aim(0.65, 0.25, 0.3),
        moves: &[('f', Bright, 0.18), ('v', Bright, 0.25)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(45.0)),
            ("amp_a", N(4.0)),
            ("amp_s", N(0.85)),
            ("amp_r", N(200.0)),
            ("frate", N(5.6)),
            ("fshape", C("Sine")),
            ("noise", N(0.02)),
        ],
        tags: &["lead", "motion"],
        shines: "In slow melodies with long notes.",
        ..keys("Crying Reed", "Leads", "A reed with a tremor in its colour, not in its pitch.")
    },
    Recipe {
        aim: aim(0.95, 0.3, 0.3),
        moves: &[('e', Bright, -0.4), ('v', Bright, 0.2)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(20.0)),
            ("amp_a", N(2.0)),
            ("amp_d", N(500.0)),
            ("amp_s", N(0.75)),
            ("amp_r", N(120.0)),
            ("env_a", N(2.0)),
            ("env_d", N(700.0)),
            ("tilt", N(0.3)),
        ],
        tags: &["lead", "bright"],
        shines: "In long notes that open.",
        ..keys(
            "Paper Saw",
            "Leads",
            "Opens while it is held: dull first, then the brightest that was learned.",
        )
    },
    Recipe {
        aim: aim(0.02, 0.85, 0.35),
        moves: &[('f', Breath, 0.2), ('p', Breath, 0.5)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(90.0)),
            ("amp_a", N(45.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(180.0)),
            ("frate", N(5.4)),
            ("noise", N(0.03)),
            ("tilt", N(0.6)),
            ("width", N(0.15)),
        ],
        tags: &["lead"],
        shines: "In tunes above C5.",
        ..keys("Whistler", "Leads", "One pure line, lips slightly apart.")
    },
    Recipe {
        aim: aim(0.9, 0.2, 0.1),
        moves: &[('v', Bright, 0.2), ('w', Hollow, 0.4)],
        params: &[
            ("amp_a", N(10.0)),
            ("amp_s", N(0.95)),
            ("amp_r", N(420.0)),
            ("uni", N(7.0)),
            ("udet", N(24.0)),
            ("uspr", N(1.0)),
            ("width", N(0.7)),
        ],
        tags: &["lead", "bright"],
        shines: "In big chords at the top of a track.",
        ..keys("Supersaw Dawn", "Leads", "Seven of the brightest, as wide as it goes.")
    },
    Recipe {
        aim: aim(0.6, 0.5, 0.2),
        moves: &[('e', Bright, 0.3), ('v', Bright, 0.2)],
        params: &[
            ("pglide", On),
            ("glide", N(320.0)),
            ("amp_a", N(20.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(520.0)),
            ("env_d", N(700.0)),
            ("uni", N(2.0)),
            ("udet", N(12.0)),
            ("uspr", N(0.8)),
            ("width", N(0.6)),
        ],
        tags: &["lead", "motion"],
        shines: "In chords moved one finger at a time.",
        ..keys(
            "Sliding Chords",
            "Leads",
            "Each key glides from the last one while the others hold.",
        )
    },
    Recipe {
        model: "Difference",
        aim: aim(0.6, 0.6, 0.2),
        moves: &[('f', Bright, 0.4), ('v', Bright, 0.3), ('w', Hollow, 0.5)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(50.0)),
            ("amp_a", N(4.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(180.0)),
            ("fsync", On),
            ("fdiv", C("1/8")),
            ("fshape", C("Saw up")),
            ("width", N(0.4)),
        ],
        tags: &["lead", "motion"],
        shines: "In mono riffs with the wheel.",
        ..keys(
            "Palette Knife",
            "Leads",
            "A lead of spectra that no instrument has, scraped across the beat.",
        )
    },
];
