//! `nfx-train inspect`: what a model file holds, in words.

use std::fmt::Write;

use anyhow::{Context, Result};
use nfx_core::file::file_hash;
use nfx_core::models::effect::Effect;
use nfx_core::models::spectral::{
    Architecture, AutoencoderConfig, CanneModel, LatentInfo, LayerConfig, Scale, Spectral,
};
use nfx_core::models::{Kind, ModelFile};
use nfx_learn::spectral::instrument::Independence;

/// The card of a model as text. `bytes` are those of its file.
pub fn inspect(file: &ModelFile, bytes: &[u8]) -> String {
    let card = &file.card;
    let mut out = String::new();
    let _ = writeln!(out, "{}", card.name);
    if !card.description.is_empty() {
        let _ = writeln!(out, "{}", card.description);
    }
    let _ = writeln!(out, "\nfile         {} bytes, SHA-256 {}", bytes.len(), file_hash(bytes));
    let _ = writeln!(out, "sample rate  {} Hz", card.sample_rate_hz);
    out += &match &card.kind {
        Kind::Spectral(spectral) => spectral_facts(spectral),
        Kind::Effect(Effect { network, info }) => {
            let words = format!("{} with {} knobs", network.family(), network.knobs());
            format!("network      {words}\n{}", crate::profile::tools::inspect(info))
        }
    };
    let _ = writeln!(out, "weights      {}", card.kind.parameters());
    let p = &card.provenance;
    for (name, value) in [
        ("made by", &p.trained_by),
        ("command", &p.command),
        ("data", &p.corpus),
        ("licence", &p.data_licence),
    ] {
        if !value.is_empty() {
            let _ = writeln!(out, "{name:<12} {value}");
        }
    }
    for notice in &p.notices {
        let _ = writeln!(out, "notice       {notice}");
    }
    let _ = writeln!(out, "seed         {}", p.seed);
    if !p.metrics.is_empty() {
        let _ = writeln!(out, "\nfigures");
        for (name, value) in &p.metrics {
            let _ = writeln!(out, "  {name:<36} {value:.6e}");
        }
    }
    if let Kind::Spectral(spectral) = &card.kind {
        out += &latent_table(&spectral.latents);
    }
    out
}

/// What only a spectral model says, the latents apart.
fn spectral_facts(card: &Spectral) -> String {
    let mut out = String::new();
    let stft = card.stft;
    let _ = writeln!(
        out,
        "transform    {} points, hop {}, {:?} window, {} bins",
        stft.fft_size,
        stft.hop,
        stft.window,
        stft.bins()
    );
    let _ = writeln!(out, "network      {}", architecture_words(&card.architecture));
    if !card.features.is_plain() {
        let _ = writeln!(out, "features     {}", card.features.name());
    }
    if let Some(notes) = card.instrument {
        let _ = writeln!(out, "notes        MIDI {} to {}", notes.note_low, notes.note_high);
        if let Some(course) = notes.course {
            let _ = writeln!(
                out,
                "time         0 to {} s since the onset on {} knots",
                course.end_s, course.knots
            );
        }
        if notes.scale == Scale::Root {
            let _ = writeln!(out, "frames       roots of magnitudes");
        }
    }
    if card.gain_db != 0.0 {
        let _ = writeln!(out, "level        {:+.1} dB", card.gain_db);
    }
    if let Some(plane) = &card.plane {
        let _ = writeln!(out, "map          {} sounds", plane.points.len());
    }
    out
}

/// One line a latent.
fn latent_table(latents: &[LatentInfo]) -> String {
    let mut out = String::new();
    let live = latents.iter().filter(|l| l.live).count();
    if !latents.is_empty() {
        let _ = writeln!(
            out,
            "\n{live} of {} latents live\n  nr  5 %    median 95 %   what raising it does",
            latents.len()
        );
    }
    for (i, l) in latents.iter().enumerate() {
        let dead = if l.live { "" } else { " (not live)" };
        let _ = writeln!(
            out,
            "  {:<3} {:<6.3} {:<6.3} {:<6.3} {}{dead}",
            i + 1,
            l.p05,
            l.p50,
            l.p95,
            l.label
        );
    }
    out
}

/// How different the sliders of an instrument are, as text.
///
/// # Errors
/// When the model is no instrument.
pub fn latents(file: &ModelFile) -> Result<String> {
    let model = CanneModel::from_file(file)
        .context("expected an instrument, whose sliders can be compared")?;
    let found = Independence::of(&model);
    let mut out = String::new();
    let _ = writeln!(out, "{}", file.card.name);
    let [mean, most] = found.correlation;
    let _ = writeln!(
        out,
        "correlation of latents       mean {mean:.3}, greatest {most:.3} (sounds of the map)"
    );
    let _ = writeln!(out, "cosine of sliders' effects   greatest {:.3}", found.greatest_cosine());
    let first = 100.0 * found.first_component;
    let _ = writeln!(out, "first principal component    {first:.1} % of 60 random positions at C4");
    let _ = writeln!(out, "least effect of a slider     {:.1} dB\n", found.least_db());
    let _ = writeln!(out, "nr   C2 dB  C4 dB  C6 dB  cosine with the others");
    for (i, (change, cosines)) in found.change_db.iter().zip(&found.cosines).enumerate() {
        let [low, middle, high] = change;
        let cosines: Vec<String> = cosines.iter().map(|c| format!("{c:+.2}")).collect();
        let label = model.card().kind.latents.get(i).map_or("", |l| l.label.as_str());
        let _ = writeln!(
            out,
            "{:<4} {low:<6.1} {middle:<6.1} {high:<6.1} {}  {label}",
            i + 1,
            cosines.join(" ")
        );
    }
    Ok(out)
}

/// Widths and activations of a network in one line.
pub fn architecture_words(architecture: &Architecture) -> String {
    match architecture {
        Architecture::Autoencoder(network) => network_words(network),
        Architecture::Decoder(decoder) => {
            let path = if decoder.shortcut { ", a linear path beside" } else { "" };
            format!("{}{}{path} (a decoder)", decoder.code(), layer_words(&decoder.layers, None, 0))
        }
    }
}

/// Widths and activations of an autoencoder in one line.
pub fn network_words(network: &AutoencoderConfig) -> String {
    let layers = layer_words(&network.layers, Some(network.latent_layer), network.condition);
    let path = if network.shortcut { ", linear paths beside" } else { "" };
    format!("{}{layers}{path} (* latents)", network.inputs)
}

fn layer_words(layers: &[LayerConfig], latent: Option<usize>, condition: usize) -> String {
    let mut out = String::new();
    for (i, layer) in layers.iter().enumerate() {
        let bias = if layer.bias { "+b" } else { "" };
        let star = if latent == Some(i) { "*" } else { "" };
        let _ = write!(out, " > {}{star} {:?}{bias}", layer.outputs, layer.activation);
        if latent == Some(i) && condition > 0 {
            let _ = write!(out, " (+{condition} told)");
        }
    }
    out
}
