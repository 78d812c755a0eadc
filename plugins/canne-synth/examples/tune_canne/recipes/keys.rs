//! The start, and keyboards.

use super::Feature::{Breath, Bright, Hollow};
use super::Set::{C, N, Off};
use super::{Recipe, aim, keys, living};

pub const RECIPES: &[Recipe] = &[
    Recipe {
        tags: &["start"],
        params: &[],
        ..living("Init", "Start", "Every slider in the middle: the network's average note.")
    },
    Recipe {
        like: Some("upright piano"),
        moves: &[('v', Bright, 0.25)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(260.0)),
            ("uni", N(3.0)),
            ("udet", N(2.0)),
            ("uspr", N(0.50)),
            ("width", N(0.4)),
        ],
        tags: &["keys"],
        shines: "Chords and slow tunes from C2 to C6.",
        ..living(
            "Parlour Upright",
            "Keys",
            "An upright with three strings to a key, which ring and die by themselves.",
        )
    },
    Recipe {
        like: Some("electric piano"),
        moves: &[('v', Bright, 0.35), ('w', Hollow, 0.4), ('f', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(320.0)),
            ("frate", N(4.2)),
            ("fshape", C("Triangle")),
            ("width", N(0.9)),
            ("uni", N(2.0)),
            ("udet", N(5.0)),
            ("uspr", N(1.00)),
        ],
        tags: &["keys"],
        shines: "Chords in the middle, played soft and hard.",
        ..living(
            "Suitcase Nights",
            "Keys",
            "Tines under felt, with the slow shake of an old amplifier; hard notes bark.",
        )
    },
    Recipe {
        aim: aim(0.45, 0.4, 0.2),
        moves: &[('e', Bright, 0.35), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(1800.0)),
            ("amp_s", N(0.4)),
            ("amp_r", N(320.0)),
            ("env_d", N(420.0)),
            ("vel", N(0.85)),
        ],
        tags: &["keys"],
        shines: "In soft chords with a few hard notes.",
        ..keys(
            "Electric Parlour",
            "Keys",
            "A soft electric piano: the harder the touch, the brighter the start.",
        )
    },
    Recipe {
        aim: aim(0.35, 0.85, 0.15),
        moves: &[('v', Bright, 0.15), ('w', Breath, 0.4)],
        params: &[
            ("amp_a", N(18.0)),
            ("amp_d", N(350.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(140.0)),
            ("width", N(0.35)),
        ],
        tags: &["keys", "pad"],
        shines: "In patient chords with the wheel.",
        ..keys("Night Organ", "Keys", "Hollow and patient, odd partials first; the wheel adds air.")
    },
    Recipe {
        aim: aim(0.7, 0.3, 0.15),
        moves: &[('e', Bright, 0.4), ('v', Bright, 0.25)],
        params: &[
            ("uspr", N(0.6)),
            ("udet", N(5.0)),
            ("uni", N(2.0)),
            ("amp_a", N(2.0)),
            ("amp_d", N(3000.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(180.0)),
            ("env_d", N(180.0)),
            ("vel", N(0.75)),
        ],
        tags: &["keys", "pluck"],
        shines: "In quick runs and broken chords.",
        ..keys("Harpsi Wire", "Keys", "A plucked wire with a bright edge that is gone at once.")
    },
    Recipe {
        aim: aim(0.2, 0.5, 0.1),
        moves: &[('e', Hollow, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(2400.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(500.0)),
            ("env_d", N(250.0)),
            ("vel", N(0.9)),
            ("width", N(0.6)),
        ],
        tags: &["keys", "pluck"],
        shines: "In repeated patterns around C4.",
        ..keys("Felt Marimba", "Keys", "Round mallets on dark wood, hollow at the strike.")
    },
    Recipe {
        model: "Cepstrum",
        aim: aim(0.55, 0.4, 0.3),
        moves: &[('e', Bright, 0.4), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(5.0)),
            ("amp_d", N(900.0)),
            ("amp_s", N(0.4)),
            ("amp_r", N(500.0)),
            ("env_d", N(300.0)),
            ("width", N(0.6)),
        ],
        tags: &["keys", "voice"],
        shines: "In staccato chords.",
        ..keys("Formant Keys", "Keys", "Vowels that were never spoken, struck like keys.")
    },
    Recipe {
        like: Some("upright piano"),
        moves: &[('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(200.0)),
            ("uni", N(2.0)),
            ("udet", N(21.0)),
            ("uspr", N(0.6)),
            ("width", N(0.3)),
        ],
        tags: &["keys", "lo-fi"],
        shines: "In fast stride and wrong notes.",
        ..living("Barroom Upright", "Keys", "An upright that nobody has tuned since spring.")
    },
    Recipe {
        like: Some("upright piano"),
        moves: &[('w', Bright, 0.4)],
        params: &[
            ("uspr", N(0.7)),
            ("udet", N(7.0)),
            ("uni", N(3.0)),
            ("amp_a", N(25.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(2200.0)),
            ("pace", N(0.33)),
            ("tilt", N(0.5)),
            ("width", N(0.9)),
            ("noise", N(0.02)),
        ],
        tags: &["keys", "dark"],
        shines: "In chords left to ring for bars.",
        ..living(
            "Half-Speed Upright",
            "Keys",
            "The same piano on a tape that runs at a third of its speed.",
        )
    },
    Recipe {
        like: Some("electric piano"),
        moves: &[('e', Bright, 0.5), ('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(3000.0)),
            ("amp_s", N(0.1)),
            ("amp_r", N(900.0)),
            ("pace", N(1.6)),
            ("env_d", N(90.0)),
            ("shift", N(2.0)),
            ("circ", Off),
            ("width", N(0.8)),
        ],
        tags: &["keys", "bright"],
        shines: "In high, slow tunes.",
        ..living(
            "Music Box Tines",
            "Keys",
            "Tines at three times their pace, bright at the pin and gone.",
        )
    },
    Recipe {
        aim: aim(0.1, 0.9, 0.1),
        moves: &[('w', Bright, 0.5), ('f', Hollow, 0.1)],
        params: &[
            ("amp_a", N(70.0)),
            ("amp_d", N(350.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(420.0)),
            ("frate", N(0.21)),
            ("tilt", N(0.45)),
            ("uni", N(2.0)),
            ("udet", N(4.0)),
            ("uspr", N(0.9)),
            ("width", N(0.6)),
        ],
        tags: &["keys", "dark"],
        shines: "In hymns, with the left hand low.",
        ..keys(
            "Pedal Organ",
            "Keys",
            "A flue rank in an empty nave, with the octave of its own dark.",
        )
    },
];
