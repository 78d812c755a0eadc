//! How each factory preset is to sound.

/// Where a sound is to stand among all of its model's, 0 to 1 each.
#[derive(Clone, Copy)]
pub struct Aim {
    /// From the darkest to the brightest.
    pub bright: f32,
    /// From all partials to the odd ones alone.
    pub hollow: f32,
    /// From pure partials to noise between them.
    pub breath: f32,
}

/// What can be moved.
#[derive(Clone, Copy)]
pub enum Feature {
    /// Brighter.
    Bright,
    /// Hollower.
    Hollow,
    /// Breathier.
    Breath,
}

/// A parameter's value.
#[derive(Clone, Copy)]
pub enum Set {
    /// A number in its own unit.
    N(f32),
    /// A switch, on.
    On,
    /// A switch, off.
    Off,
    /// A choice by name.
    C(&'static str),
}

/// A preset to be made.
pub struct Recipe {
    pub name: &'static str,
    pub category: &'static str,
    pub description: &'static str,
    /// What it is listed under.
    pub tags: &'static [&'static str],
    /// On what it does best.
    pub shines: &'static str,
    pub model: &'static str,
    /// None leaves the sliders in the middle.
    pub aim: Option<Aim>,
    /// The instrument on the model's map whose middle the sliders take, instead of an aim.
    pub like: Option<&'static str>,
    /// Letter of the bank of depths, what it is to move, how far.
    pub moves: &'static [(char, Feature, f32)],
    pub params: &'static [(&'static str, Set)],
    /// The corners of the pad.
    pub corners: Option<[Aim; 4]>,
    /// The same as instruments on the map.
    pub pad: Option<[&'static str; 4]>,
}

use Feature::{Breath, Bright, Hollow};
use Set::{C, N, Off, On};

const fn aim(bright: f32, hollow: f32, breath: f32) -> Option<Aim> {
    Some(at(bright, hollow, breath))
}

const fn at(bright: f32, hollow: f32, breath: f32) -> Aim {
    Aim { bright, hollow, breath }
}

const fn keys(name: &'static str, category: &'static str, description: &'static str) -> Recipe {
    Recipe {
        name,
        category,
        description,
        tags: &[],
        shines: "",
        model: "Keys",
        aim: None,
        like: None,
        moves: &[],
        params: &[],
        corners: None,
        pad: None,
    }
}

/// A sound whose notes live by themselves: the level's envelope only ends it.
const fn living(name: &'static str, category: &'static str, description: &'static str) -> Recipe {
    Recipe { model: "Ensemble", params: LIVING, ..keys(name, category, description) }
}

/// The level's envelope of a note that lives by itself.
const LIVING: &[(&str, Set)] = &[("amp_a", N(2.0)), ("amp_s", N(1.0)), ("amp_r", N(220.0))];
/// The same of a sound that is let ring.
const RINGING: &[(&str, Set)] = &[("amp_a", N(2.0)), ("amp_s", N(1.0)), ("amp_r", N(900.0)), ("width", N(0.7))];

/// All of them, in the browser's order.
pub const RECIPES: &[Recipe] = &[
    Recipe {
        tags: &["start"],
        params: &[],
        ..living("Init", "Start", "Every slider in the middle: the network's average note.")
    },
    Recipe {
        like: Some("upright piano"),
        moves: &[('v', Bright, 0.25)],
        tags: &["keys"],
        shines: "Chords and slow tunes from C2 to C6.",
        ..living("Parlour Upright", "Keys", "An upright that rings and dies by itself; a harder touch opens its tone.")
    },
    Recipe {
        like: Some("electric piano"),
        moves: &[('v', Bright, 0.35), ('w', Hollow, 0.4)],
        tags: &["keys"],
        shines: "Chords in the middle, played soft and hard.",
        ..living("Suitcase Nights", "Keys", "Tines under felt; the harder the touch, the more they bark.")
    },
    Recipe {
        like: Some("steel guitar"),
        moves: &[('v', Bright, 0.2)],
        params: RINGING,
        tags: &["pluck"],
        shines: "Arpeggios that ring into each other.",
        ..living("Porch Steel", "Plucks", "Steel strings with the pick still on them, let ring.")
    },
    Recipe {
        like: Some("pizzicato strings"),
        moves: &[('v', Bright, 0.25), ('w', Breath, 0.3)],
        tags: &["pluck"],
        shines: "Short figures from C2 to C5.",
        ..living("Plucked Section", "Plucks", "Fingertips on a whole section: round, short, together.")
    },
    Recipe {
        like: Some("electric bass"),
        moves: &[('v', Bright, 0.3)],
        tags: &["bass"],
        shines: "Lines from E1 to G3.",
        ..living("Round Wound", "Basses", "A finger bass: warm below, and it growls when struck.")
    },
    Recipe {
        like: Some("double bass arco"),
        moves: &[('w', Bright, 0.4), ('p', Bright, 0.3)],
        params: &[("amp_a", N(20.0)), ("amp_s", N(1.0)), ("amp_r", N(350.0)), ("pace", N(1.0))],
        tags: &["bass", "pad"],
        shines: "Long low notes.",
        ..living("Cellar Bow", "Strings", "A bowed bass that swells under the key; the wheel digs in.")
    },
    Recipe {
        like: Some("tremolo strings"),
        moves: &[('w', Bright, 0.4)],
        params: &[("amp_a", N(30.0)), ("amp_s", N(1.0)), ("amp_r", N(500.0)), ("width", N(0.9))],
        tags: &["pad"],
        shines: "Held chords; the wheel opens them.",
        ..living("Trembling Veil", "Strings", "A section holding its breath; the wheel lets light through.")
    },
    Recipe {
        like: Some("alto sax"),
        moves: &[('v', Bright, 0.3), ('p', Breath, 0.4)],
        params: &[("amp_a", N(8.0)), ("amp_s", N(1.0)), ("amp_r", N(160.0)), ("mode", C("Legato")), ("glide", N(45.0))],
        tags: &["lead"],
        shines: "Legato melodies around middle C.",
        ..living("Night Alto", "Winds", "One reed, late at night: legato, breathier when pressed.")
    },
    Recipe {
        params: &[
            ("morph", N(1.0)),
            ("mx", N(0.5)),
            ("my", N(0.5)),
            ("amp_a", N(2.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(600.0)),
            ("width", N(0.7)),
        ],
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
        aim: aim(0.45, 0.4, 0.2),
        moves: &[('e', Bright, 0.35), ('v', Bright, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(1800.0)),
            ("amp_s", N(0.15)),
            ("amp_r", N(320.0)),
            ("env_d", N(420.0)),
            ("vel", N(0.85)),
        ],
        tags: &["keys"],
        shines: "In soft chords with a few hard notes.",
        ..keys("Electric Parlour", "Keys", "A soft electric piano: the harder the touch, the brighter the start.")
    },
    Recipe {
        aim: aim(0.35, 0.85, 0.15),
        moves: &[('v', Bright, 0.15), ('w', Breath, 0.4)],
        params: &[("amp_a", N(18.0)), ("amp_d", N(200.0)), ("amp_s", N(0.95)), ("amp_r", N(140.0)), ("width", N(0.35))],
        tags: &["keys", "pad"],
        shines: "In patient chords with the wheel.",
        ..keys("Night Organ", "Keys", "Hollow and patient, odd partials first; the wheel adds air.")
    },
    Recipe {
        aim: aim(0.7, 0.3, 0.15),
        moves: &[('e', Bright, 0.4), ('v', Bright, 0.25)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(900.0)),
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
            ("amp_d", N(1400.0)),
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
        aim: aim(0.3, 0.35, 0.3),
        moves: &[('f', Bright, 0.12), ('p', Bright, 0.5), ('w', Breath, 0.5)],
        params: &[
            ("amp_a", N(900.0)),
            ("amp_d", N(2000.0)),
            ("amp_s", N(0.85)),
            ("amp_r", N(1800.0)),
            ("frate", N(0.13)),
            ("width", N(0.9)),
        ],
        tags: &["pad", "space"],
        shines: "In wide chords, pressed for light.",
        ..keys("Slow Cathedral", "Pads", "Rises for a second and breathes; press the keys to let the light in.")
    },
    Recipe {
        aim: aim(0.6, 0.55, 0.35),
        params: &[
            ("morph", N(1.0)),
            ("mx", N(0.3)),
            ("my", N(0.4)),
            ("amp_a", N(400.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(1200.0)),
            ("width", N(0.85)),
        ],
        corners: Some([at(0.85, 0.6, 0.1), at(0.4, 0.3, 0.6), at(0.15, 0.7, 0.2), at(0.65, 0.9, 0.4)]),
        tags: &["pad", "voice"],
        shines: "In held chords, wandering on the pad.",
        ..keys("Glass Choir", "Pads", "The pad between glass, voices, dusk and reeds: hold a chord and wander.")
    },
    Recipe {
        aim: aim(0.5, 0.2, 0.75),
        moves: &[('f', Breath, 0.2), ('v', Bright, 0.2)],
        params: &[
            ("amp_a", N(250.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(900.0)),
            ("frate", N(0.35)),
            ("fshape", C("Triangle")),
            ("width", N(0.8)),
            ("noise", N(0.01)),
        ],
        tags: &["pad", "lead"],
        shines: "In high, open chords.",
        ..keys("Tin Whistle Choir", "Pads", "Many thin breaths that swell one after another.")
    },
    Recipe {
        aim: aim(0.25, 0.2, 0.4),
        moves: &[('e', Bright, 0.6), ('w', Hollow, 0.6)],
        params: &[
            ("amp_a", N(1500.0)),
            ("amp_s", N(1.0)),
            ("amp_r", N(2500.0)),
            ("env_a", N(4000.0)),
            ("env_d", N(6000.0)),
            ("env_s", N(0.4)),
            ("width", N(1.0)),
        ],
        tags: &["pad", "motion"],
        shines: "In chords of four bars.",
        ..keys("Sunrise Over Tape", "Pads", "Four seconds from dusk to noon; the wheel takes the even partials away.")
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
        ],
        tags: &["pad", "motion"],
        shines: "In slow chords in tempo.",
        ..keys("Tidal Strings", "Pads", "Strings that turn hollow and back once every two beats.")
    },
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
        ],
        tags: &["lead"],
        shines: "In single lines from C4 to C6.",
        ..keys("Clay Flute", "Leads", "A puff of air, then a hollow tone that opens under the finger.")
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
            ("amp_s", N(0.6)),
            ("amp_r", N(120.0)),
            ("env_a", N(2.0)),
            ("env_d", N(700.0)),
            ("tilt", N(0.3)),
        ],
        tags: &["lead", "bright"],
        shines: "In long notes that open.",
        ..keys("Paper Saw", "Leads", "Opens while it is held: dull first, then the brightest that was learned.")
    },
    Recipe {
        aim: aim(0.15, 0.4, 0.1),
        moves: &[('e', Bright, 0.5), ('v', Bright, 0.2)],
        params: &[
            ("mode", C("Legato")),
            ("glide", N(40.0)),
            ("amp_a", N(3.0)),
            ("amp_d", N(600.0)),
            ("amp_s", N(0.6)),
            ("amp_r", N(90.0)),
            ("env_d", N(160.0)),
            ("tilt", N(0.6)),
            ("width", N(0.15)),
        ],
        tags: &["bass"],
        shines: "In short lines below C3.",
        ..keys("Rubber Bass", "Basses", "A short envelope on the brightness, legato with a quick glide.")
    },
    Recipe {
        aim: aim(0.05, 0.3, 0.05),
        moves: &[('v', Bright, 0.25)],
        params: &[
            ("mode", C("Mono")),
            ("glide", N(0.0)),
            ("amp_a", N(4.0)),
            ("amp_s", N(0.95)),
            ("amp_r", N(110.0)),
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
            ("amp_s", N(0.5)),
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
        aim: aim(0.6, 0.5, 0.15),
        moves: &[('e', Bright, 0.45), ('v', Hollow, 0.3)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(320.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(260.0)),
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
            ("amp_d", N(700.0)),
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
        moves: &[('e', Breath, 0.6)],
        params: &[
            ("amp_a", N(2.0)),
            ("amp_d", N(240.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(120.0)),
            ("env_d", N(60.0)),
            ("width", N(0.5)),
        ],
        tags: &["pluck", "drums"],
        shines: "As a tick on every beat.",
        ..keys("Matchstick", "Plucks", "A scratch, a spark, and it is over.")
    },
    Recipe {
        aim: aim(0.7, 0.4, 0.2),
        moves: &[('e', Bright, 0.3)],
        params: &[
            ("shift", N(7.5)),
            ("circ", Off),
            ("amp_a", N(2.0)),
            ("amp_d", N(2600.0)),
            ("amp_s", N(0.0)),
            ("amp_r", N(2200.0)),
            ("env_d", N(900.0)),
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
            ("shift", N(-11.25)),
            ("circ", Off),
            ("amp_a", N(12.0)),
            ("amp_d", N(1500.0)),
            ("amp_s", N(0.4)),
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
            ("shift", N(33.3)),
            ("amp_a", N(2.0)),
            ("amp_d", N(500.0)),
            ("amp_s", N(0.2)),
            ("amp_r", N(300.0)),
            ("noise", N(0.02)),
        ],
        tags: &["metal", "wild"],
        shines: "In short bursts, for noise and fills.",
        ..keys("Broken Modem", "Metal", "Far shifted and noisy: a line that never connects.")
    },
    Recipe {
        aim: aim(0.5, 0.5, 0.3),
        moves: &[('f', Bright, 0.5)],
        params: &[
            ("fsync", On),
            ("fdiv", C("1/8")),
            ("fshape", C("Square")),
            ("amp_a", N(4.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(220.0)),
            ("width", N(0.6)),
        ],
        tags: &["motion"],
        shines: "In held chords in tempo.",
        ..keys("Two Rooms", "Motion", "Switches between a dark and a bright room on every eighth note.")
    },
    Recipe {
        aim: aim(0.4, 0.4, 0.3),
        moves: &[('f', Hollow, 0.4), ('e', Breath, 0.3)],
        params: &[
            ("fsync", On),
            ("fdiv", C("1/16")),
            ("fshape", C("Random")),
            ("amp_a", N(30.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(400.0)),
            ("width", N(1.0)),
        ],
        tags: &["motion", "voice", "wild"],
        shines: "On one held key as a rhythm.",
        ..keys("Talking Static", "Motion", "Consonants at random, a sixteenth each.")
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
        ..keys("Lost Signal", "Drones", "The original's way: no key, a slow swing, a shift of three bins.")
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
        model: "Difference",
        aim: aim(0.6, 0.4, 0.4),
        moves: &[('w', Bright, 0.5), ('v', Bright, 0.3)],
        params: &[
            ("morph", N(1.0)),
            ("mx", N(0.5)),
            ("my", N(0.2)),
            ("amp_a", N(120.0)),
            ("amp_s", N(0.9)),
            ("amp_r", N(900.0)),
            ("width", N(0.8)),
        ],
        corners: Some([at(0.9, 0.5, 0.4), at(0.2, 0.5, 0.2), at(0.5, 0.9, 0.7), at(0.6, 0.1, 0.5)]),
        tags: &["pad", "motion"],
        shines: "With the pad moved slowly through a chord.",
        ..keys("Four Machines", "Pads", "Four spectra that no instrument has, on the corners of the pad.")
    },
    Recipe {
        model: "Cepstrum",
        aim: aim(0.3, 0.5, 0.4),
        moves: &[('f', Breath, 0.3)],
        params: &[("drone", On), ("frate", N(0.11)), ("width", N(0.9)), ("tilt", N(0.35))],
        tags: &["drone", "pad"],
        shines: "Under a scene, one key for a minute.",
        ..keys("Cepstral Weather", "Drones", "The decoder that heard cepstra: wind with a pitch in it.")
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
];
