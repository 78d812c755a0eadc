//! Embeds the models.

#[path = "../shared/embed.rs"]
mod embed;

fn main() {
    embed::models(&["Ensemble", "Keys", "Difference", "Cepstrum", "Thesis 2018"]);
}
