//! Metal and drums.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{N, Off};
use super::{Recipe, aim, keys};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        aim: aim(0.7, 0.4, 0.2),
        moves: &[('e', Bright, 0.3)],
        params: &[
            ("shift", N(7.5)),
            ("circ", Off),
            ("amp_a", N(8.0)),
            ("amp_d", N(7000.0)),
            ("amp_s", N(0.3)),
            ("amp_r", N(3500.0)),
            ("env_d", N(1800.0)),
            ("width", N(0.8)),
        ],
        tags: &["metal", "pluck"],
        shines: "In sparse high notes that may ring.",
        ..keys("Bell of Wires", "Metal", "Shifted partials: every key is a different bell.")
    },
    Recipe {
        aim: aim(0.5, 0.7, 0.3),
        moves: &[('f', Hollow, 0.25)],
        params: &[
            ("shift", N(-5.6)),
            ("circ", Off),
            ("amp_a", N(12.0)),
            ("amp_d", N(3500.0)),
            ("amp_s", N(0.5)),
            ("amp_r", N(1200.0)),
            ("frate", N(0.9)),
            ("width", N(0.9)),
        ],
        tags: &["metal", "pluck"],
        shines: "In slow patterns of two or three notes.",
        ..keys("Iron Gamelan", "Metal", "Partials pulled together until they beat like gongs.")
    },
    Recipe {
        aim: aim(0.9, 0.5, 0.6),
        moves: &[('e', Breath, 0.4), ('w', Bright, -0.6)],
        params: &[
            ("shift", N(21.3)),
            ("amp_a", N(2.0)),
            ("amp_d", N(500.0)),
            ("amp_s", N(0.85)),
            ("amp_r", N(300.0)),
            ("noise", N(0.02)),
        ],
        tags: &["metal", "wild"],
        shines: "In short bursts, for noise and fills.",
        ..keys("Broken Modem", "Metal", "Far shifted and noisy: a line that never connects.")
    },
    Recipe {
        aim: aim(0.45, 0.8, 0.15),
        moves: &[('e', Bright, 0.5), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(3600.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(800.0)),
            ("env_d", N(260.0)),
            ("uni", N(2.0)),
            ("udet", N(7.0)),
            ("uspr", N(0.5)),
            ("width", N(0.7)),
        ],
        tags: &["metal", "pluck"],
        shines: "In bright thirds and sixths.",
        ..keys(
            "Steel Pan Alley",
            "Metal",
            "A pan of steel: hollow, two tongues to a note, gone in a second.",
        )
    },
    Recipe {
        aim: aim(0.3, 0.6, 0.1),
        moves: &[('e', Hollow, 0.4), ('f', Bright, 0.15)],
        params: &[
            ("amp_a", N(6.0)),
            ("amp_d", N(9000.0)),
            ("amp_s", N(0.1)),
            ("amp_r", N(4000.0)),
            ("env_d", N(2500.0)),
            ("shift", N(5.3)),
            ("circ", Off),
            ("frate", N(0.4)),
            ("uni", N(2.0)),
            ("udet", N(2.2)),
            ("uspr", N(1.0)),
            ("width", N(0.9)),
        ],
        tags: &["metal", "space"],
        shines: "In single notes, far apart.",
        ..keys(
            "Temple Bowl",
            "Metal",
            "A bowl struck once; two rims of it beat against each other.",
        )
    },
    Recipe {
        aim: aim(0.3, 0.4, 0.1),
        moves: &[('e', Bright, 0.6), ('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(4.0)),
            ("amp_d", N(1300.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(160.0)),
            ("env_a", N(2.0)),
            ("env_d", N(110.0)),
            ("tilt", N(0.5)),
            ("width", N(0.0)),
            ("vel", N(0.8)),
        ],
        tags: &["drums", "dark"],
        shines: "In slow patterns from C2 to C4.",
        ..keys(
            "Frame Drum",
            "Drums",
            "A wide skin under the flat of a hand: dark, soft, quick to go.",
        )
    },
    Recipe {
        aim: aim(0.15, 0.85, 0.3),
        moves: &[('e', Bright, 0.7), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(1300.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(420.0)),
            ("env_a", N(2.0)),
            ("env_d", N(60.0)),
            ("tilt", N(0.7)),
            ("noise", N(0.02)),
            ("width", N(0.25)),
            ("vel", N(0.85)),
        ],
        tags: &["drums"],
        shines: "In fills from C2 to C4.",
        ..keys("Hollow Tom", "Drums", "A tuned drum of wood: dark, round, with a knock in front.")
    },
];
