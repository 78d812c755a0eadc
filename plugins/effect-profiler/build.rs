//! Embeds the models.

#[path = "../frame/embed.rs"]
mod embed;

fn main() {
    embed::models(&["Compressor", "Klon"]);
}
