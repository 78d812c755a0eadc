//! How ANNe has a network trained.

use nfx_frame::training::Recipe;

/// See the module's documentation.
pub(super) const RECIPE: Recipe = Recipe {
    folder: "anne",
    advice: "The network learns to rebuild these sounds with 64 numbers. Loops, single notes or whole songs: what it hears, it can \
             sing. Ten minutes of sound and more are good.",
    recipe: "residual",
    options: "",
};
