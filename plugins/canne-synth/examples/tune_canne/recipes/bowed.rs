//! Strings and winds.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N};
use super::{Recipe, aim, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        like: Some("double bass arco"),
        moves: &[('w', Bright, 0.4), ('p', Bright, 0.3), ('f', Bright, 0.12)],
        params: &[
            ("amp_a", N(90.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(350.0)),
            ("noise", N(0.03)),
            ("tilt", N(0.4)),
            ("frate", N(5.1)),
        ],
        tags: &["bass", "pad"],
        shines: "Long low notes.",
        ..living(
            "Cellar Bow",
            "Strings",
            "A bowed bass that swells under the key; the wheel digs in.",
        )
    },
    Recipe {
        like: Some("tremolo strings"),
        moves: &[('w', Bright, 0.4)],
        params: &[
            ("amp_a", N(260.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(700.0)),
            ("width", N(0.9)),
            ("uni", N(5.0)),
            ("udet", N(11.0)),
            ("uspr", N(0.90)),
        ],
        tags: &["pad"],
        shines: "Held chords; the wheel opens them.",
        ..living(
            "Trembling Veil",
            "Strings",
            "A section holding its breath; the wheel lets light through.",
        )
    },
    Recipe {
        like: Some("double bass arco"),
        moves: &[('w', Bright, 0.4), ('f', Bright, 0.15)],
        params: &[
            ("amp_a", N(350.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(900.0)),
            ("uni", N(7.0)),
            ("udet", N(15.0)),
            ("uspr", N(1.0)),
            ("frate", N(0.3)),
            ("width", N(0.9)),
        ],
        tags: &["pad"],
        shines: "In low, slow chords.",
        ..living("Bowed Section", "Strings", "Seven basses that agree on everything but the pitch.")
    },
    Recipe {
        like: Some("tremolo strings"),
        moves: &[('f', Hollow, 0.3), ('w', Bright, 0.4)],
        params: &[
            ("pace", N(0.0)),
            ("amp_a", N(700.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(1600.0)),
            ("uni", N(3.0)),
            ("udet", N(8.0)),
            ("uspr", N(1.0)),
            ("frate", N(0.1)),
            ("width", N(1.0)),
            ("tilt", N(0.25)),
        ],
        tags: &["pad"],
        shines: "Under everything, for as long as you like.",
        ..living(
            "Standing Strings",
            "Strings",
            "A tremolo that stands still in its middle, wide and even.",
        )
    },
    Recipe {
        like: Some("alto sax"),
        moves: &[('v', Bright, 0.3), ('p', Breath, 0.4)],
        params: &[
            ("amp_a", N(8.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(160.0)),
            ("mode", C("Legato")),
            ("glide", N(45.0)),
            ("noise", N(0.015)),
            ("width", N(0.2)),
        ],
        tags: &["lead"],
        shines: "Legato melodies around middle C.",
        ..living("Night Alto", "Winds", "One reed, late at night: legato, breathier when pressed.")
    },
    Recipe {
        like: Some("alto sax"),
        moves: &[('v', Bright, 0.35), ('e', Breath, 0.3)],
        params: &[
            ("amp_a", N(28.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(190.0)),
            ("env_d", N(160.0)),
            ("uni", N(4.0)),
            ("udet", N(17.0)),
            ("uspr", N(0.9)),
            ("width", N(0.6)),
        ],
        tags: &["lead"],
        shines: "In block chords and riffs.",
        ..living(
            "Reed Section",
            "Winds",
            "Four horns on one line, each with its own idea of the pitch.",
        )
    },
    Recipe {
        aim: aim(0.05, 0.9, 0.85),
        moves: &[('e', Breath, 0.5), ('p', Bright, 0.4)],
        params: &[
            ("amp_a", N(75.0)),
            ("amp_d", N(500.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(260.0)),
            ("env_a", N(20.0)),
            ("env_d", N(240.0)),
            ("noise", N(0.05)),
            ("width", N(0.5)),
        ],
        tags: &["lead", "voice"],
        shines: "In short notes that overlap.",
        ..keys(
            "Bottle Band",
            "Winds",
            "Breath over bottle necks: hollow, slow to speak, full of air.",
        )
    },
    Recipe {
        aim: aim(0.45, 0.2, 0.15),
        moves: &[('e', Bright, 0.7), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(420.0)),
            ("amp_s", N(0.95)),
            ("amp_r", N(240.0)),
            ("env_a", N(320.0)),
            ("env_d", N(2500.0)),
            ("env_s", N(0.6)),
            ("uni", N(3.0)),
            ("udet", N(10.0)),
            ("uspr", N(0.7)),
            ("width", N(0.6)),
        ],
        tags: &["lead", "bright"],
        shines: "In slow chords with a hard touch.",
        ..keys("Brass Swell", "Winds", "Opens like a section of brass: late, and then all at once.")
    },
];
