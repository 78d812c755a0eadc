//! Writes the factory presets that are takes of recorded notes: `take_presets DATA FOLDER`. `DATA`
//! has `notes/` and `sonic-pi/`; the presets' levels are set by hand afterwards, by what `nfx-host
//! gates` says.

use std::path::Path;

use canne_synth::factory::PLUGIN;
use canne_synth::find;
use canne_synth::models::LIBRARY;
use canne_synth::taken::{TAKE, Taken};
use nfx_core::engine::canne::take::Kind;
use nfx_frame::Sentence;
use nfx_frame::model_slot::StoredModel;
use nfx_frame::presets::{FORMAT, Preset};
use nfx_frame::snapshot::{Snapshot, Value};

/// A recording, and what is made of it.
struct Source {
    file: &'static str,
    kind: Kind,
    name: &'static str,
    category: &'static str,
    tags: &'static [&'static str],
    description: &'static str,
    shines: &'static str,
    /// Output, dB.
    out_db: f32,
    /// More settings.
    more: &'static [(&'static str, f32)],
}

const SOURCES: [Source; 6] = [
    Source {
        file: "notes/upright-piano/060_127.flac",
        kind: Kind::Recorded,
        name: "One-Note Upright",
        category: "Keys",
        tags: &["keys"],
        description: "A take of a single middle C of an upright piano: hammer, partials that die one by one, wood.",
        shines: "In both hands around middle C; Likeness turns it into the network's own piano.",
        out_db: -0.5,
        more: &[("v1", 0.1)],
    },
    Source {
        file: "notes/electric-piano/062_127.flac",
        kind: Kind::Recorded,
        name: "One-Note Tines",
        category: "Keys",
        tags: &["keys"],
        description: "A take of one note of an electric piano, struck hard: the tine rings, the tone bar stays.",
        shines: "In slow chords with the wheel on the sliders.",
        out_db: -2.6,
        more: &[("w2", 0.3)],
    },
    Source {
        file: "notes/steel-guitar/055_127.flac",
        kind: Kind::Turned,
        name: "Endless Steel",
        category: "Strings",
        tags: &["keys", "pad"],
        description: "A take of a steel string without its pick, held where it rings: its tone never dies.",
        shines: "In held fifths; press harder to open it.",
        out_db: 0.2,
        more: &[("amp_a", 60.0), ("p1", 0.3)],
    },
    Source {
        file: "notes/alto-sax/064_110.flac",
        kind: Kind::Recorded,
        name: "One-Note Alto",
        category: "Winds",
        tags: &["lead", "voice"],
        description: "A take of one long note of an alto saxophone, breath and reed; it goes on while the key is held.",
        shines: "As a lead from A3 to E5, with the wheel for the lips.",
        out_db: -4.5,
        more: &[("w3", 0.25)],
    },
    Source {
        file: "notes/double-bass-arco/036_110.flac",
        kind: Kind::Recorded,
        name: "One-Note Contrabass",
        category: "Strings",
        tags: &["bass", "pad"],
        description: "A take of a bowed double bass, the hair on the string in every note.",
        shines: "In long low notes under anything.",
        out_db: -2.2,
        more: &[("w1", 0.3)],
    },
    Source {
        file: "sonic-pi/tabla_tun1.flac",
        kind: Kind::Recorded,
        name: "Tabla Garden",
        category: "Drums",
        tags: &["drums"],
        description: "A take of one stroke on a tabla, its skin's partials over the whole keyboard.",
        shines: "In quick patterns over two octaves; Pace makes the skin tighter or slacker.",
        out_db: -2.6,
        more: &[("amp_a", 6.0), ("pace", 0.6), ("v2", 0.2)],
    },
];

fn main() -> Result<(), Sentence> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, folder] = &arguments[..] else {
        return Err("expected the folder of the data, and one for the presets".into());
    };
    let [entry, ..] = LIBRARY.embedded() else {
        return Err("expected an embedded model".into());
    };
    let model = LIBRARY.embedded_model(entry)?;
    for source in SOURCES {
        let found = find::in_file(Some(model.clone()), &Path::new(data).join(source.file))?;
        let candidate = found.candidates.iter().find(|candidate| candidate.kind == source.kind);
        let candidate = candidate.ok_or("expected that way to play it")?;
        let take = candidate.take.clone().ok_or("expected a take")?;
        let mut params = find::settings(candidate, &model);
        params.insert("out".to_owned(), Value::Number(source.out_db));
        params.extend(
            source.more.iter().map(|(id, value)| ((*id).to_owned(), Value::Number(*value))),
        );
        let taken = Taken::new(source.name, std::sync::Arc::new(take));
        let preset = Preset {
            format: FORMAT,
            plugin: PLUGIN.to_owned(),
            name: source.name.to_owned(),
            category: source.category.to_owned(),
            tags: source.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            description: source.description.to_owned(),
            shines: source.shines.to_owned(),
            snapshot: Snapshot {
                params,
                // By its name, as all factory presets: the hash of a shipped model may change.
                model: Some(std::sync::Arc::new(StoredModel {
                    hash: entry.name.to_owned(),
                    ..StoredModel::embedded(entry)
                })),
                extra: [(TAKE.to_owned(), taken.to_json())].into(),
            },
        };
        let file = source.name.to_lowercase().replace(' ', "-") + ".json";
        std::fs::write(Path::new(folder).join(&file), preset.to_json()?)
            .map_err(|error| format!("{file}: {error}"))?;
        println!("{file}: {:.2} dB, heard as {:.2}", candidate.distance_db, found.recording.root());
    }
    Ok(())
}
