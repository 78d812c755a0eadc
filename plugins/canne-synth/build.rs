//! Embeds the models.

#[path = "../frame/embed.rs"]
mod embed;

fn main() {
    embed::models(&["Ensemble", "Keys", "Difference", "Cepstrum", "Thesis 2018"]);
}
