//! How CANNe has an instrument trained.

use nfx_frame::training::Recipe;

/// See the module's documentation.
pub(super) const RECIPE: Recipe = Recipe {
    folder: "canne",
    advice: "Single notes, one to a file, over the range that you want to play; a note's name in the file's name (\u{201c}Flute C#4.wav\u{201d}) \
             tells the network its pitch, else it listens. Many timbres make eight sliders worth turning.",
    recipe: "keys",
    options: ",notes=true",
};
