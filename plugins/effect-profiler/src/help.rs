//! What each control does to the sound, in a sentence, for the line under the editor.

/// The sentence for the parameter `id`; empty for an unknown one.
#[must_use]
pub fn sentence(id: &str) -> &'static str {
    match id {
        "thr" => "Sound above this level is turned down; what is below passes as it is.",
        "ratio" => "How much of what is above the threshold goes: at 4 : 1, four decibels more come out as one.",
        "att" => "How fast it goes down when the sound gets loud: short catches peaks, long lets the hit through.",
        "rel" => "How fast it comes up again: short is dense and may pump, long keeps the dynamics of a phrase.",
        "makeup" => "Level of the effect's sound alone, to make up for what was taken away.",
        "in" => "Level into the effect: a drive for an amplifier, the same as a lower threshold for a compressor.",
        "out" => "Level out of the plugin.",
        "mix" => "From the untouched sound to the effect's, in time with each other.",
        "link" => "How much both channels share one gain: all keeps the image still, none treats each alone.",
        "sc" => "Measures the level at the side-chain input: a bass drum there ducks the bass here.",
        "stereo" => "Stereo passes both channels, Mono their mean, Mid/side middle and sides.",
        "qual" => "The size of the network where a profile has several: small costs less, large is closer.",
        "norm" => "How loud a profile is made: as captured, all equally loud, or as loud as the device was.",
        "cal" => "Brings your input to the level that the device was given, where the profile's file tells it.",
        "dbu" => "What your interface calls full scale, in dBu: its manual says it. Used for calibration alone.",
        "gate" => "Closes when nothing is played, so that an amplifier does not hiss.",
        "gthr" => "The gate opens above this level of the input.",
        "ghold" => "How long the gate stays open after the sound has fallen below its threshold.",
        "grel" => "How slowly the gate closes.",
        "ir" => "Plays the impulse response that you loaded, for example of a loudspeaker cabinet.",
        "irl" => "Level of the sound through the impulse response.",
        "source" => "What feeds the effect: the host, a built-in sound, or a file of yours.",
        "play" => "Plays the built-in sound or your file from its beginning.",
        "loop" => "Starts the built-in sound or your file again at its end.",
        "bypass" => "Passes the input untouched, in time with the rest.",
        id if id.strip_prefix("knob").is_some_and(|number| number.parse::<u8>().is_ok()) => {
            "A knob of the profiled device; its name and its unit come from the profile."
        }
        _ => "",
    }
}
