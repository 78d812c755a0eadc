//! What each control does to the sound, in a sentence, for the line under the editor.

/// The sentence for the parameter `id`; empty for an unknown one.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    match id {
        "body" => "More or less weight, 80 to 350 Hz, and the other macros stay where they are.",
        "bright" => "More or less presence, 2 to 6 kHz, and the other macros stay where they are.",
        "air" => "More or less air above 8 kHz, and the other macros stay where they are.",
        "noise" => "Noise in the place of tones, or tones in the place of noise.",
        "hollow" => "Takes the middle around 700 Hz away, or fills it.",
        "formant" => "Moves the colour of the middle up like a smaller mouth, or down like a larger one.",
        "disc1" | "disc2" | "disc3" | "disc4" => {
            "A direction in which the sounds differ that the model learned; what it does stands under its knob."
        }
        "a" | "b" | "c" | "d" | "e" => {
            "Scales this group of latents: below 1 they fade, above 1 the network leaves what it has learned."
        }
        "da" | "db" | "dc" | "dd" | "de" => {
            "Drives this group of latents into the network's own limit: stronger, yet always within what it has learned."
        }
        "split" => {
            "How the latents are shared among the five knobs: equally, growing, shrinking, or your own two divisions."
        }
        "pos" => {
            "Whether the knobs act after the latents are limited (wild at high gain) or before (tame even at 100)."
        }
        "morph" => "Moves the sound towards the one at the side-chain input, on this sound's phase.",
        "detail" => "At 100 % the network reshapes your sound; at 0 % it makes the sound itself.",
        "resp" => "How fast knobs and automation arrive: short follows the beat, long is smooth.",
        "mix" => "From the untouched sound to the network's.",
        "in" => "Level into the effect.",
        "out" => "Level out of the effect.",
        "level" => "Keeps the mix as loud as the dry sound while you turn the knobs.",
        "freeze" => "Holds the moment that sounds and lets it ring on.",
        "slew" => "How slowly the latents follow the sound: longer smears its timbre in time.",
        "stereo" => "Linked keeps the image, Dual treats left and right alone, Mid/side treats middle and sides.",
        "source" => "What feeds the effect: the host, a built-in sound, or a file of yours.",
        "play" => "Plays the built-in sound or your file from its beginning.",
        "loop" => "Starts the built-in sound or your file again at its end.",
        "bypass" => "Passes the input untouched, in time with the rest.",
        id if id.strip_prefix('l').is_some_and(|number| number.parse::<u8>().is_ok()) => {
            "Gain of this one latent, on top of its knob: 0 takes it away, 1 leaves it, 2 doubles it."
        }
        _ => "",
    }
}
