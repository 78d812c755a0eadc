//! Built corpora on disk: one file each, named by the hash of everything that decides what is in
//! it.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nfx_audio::files::write_atomically_with;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Clip, Corpus, CorpusSpec};
use crate::frames::FrameSet;

const MAGIC: &[u8; 8] = b"NFXCORP5";

#[derive(Serialize, Deserialize)]
struct Header {
    bins: usize,
    frames: [usize; 3],
    sources: Vec<String>,
    description: String,
    licence: String,
    notices: Vec<String>,
    skipped: Vec<String>,
    clips: Vec<Clip>,
    /// Whether frames know the time since their onset.
    lives: bool,
}

/// Hash over the specification and the sources' fingerprints, 32 hexadecimal digits.
pub(super) fn key(spec: &CorpusSpec, fingerprints: &[String]) -> Result<String> {
    let mut spec = spec.clone();
    spec.cache_dir = None;
    let text = serde_json::to_string(&(&spec, fingerprints, std::str::from_utf8(MAGIC)?))?;
    let digest = Sha256::digest(text.as_bytes());
    Ok(digest.iter().take(16).map(|b| format!("{b:02x}")).collect())
}

fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("corpus-{key}.bin"))
}

/// The cached corpus, or `None` when there is none or it is damaged (it is then made again).
pub(super) fn load(folder: &Path, key: &str) -> Option<Corpus> {
    read(&path(folder, key)).ok()
}

fn read(path: &Path) -> Result<Corpus> {
    let file = File::open(path)?;
    let total = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut magic = [0; 8];
    reader.read_exact(&mut magic)?;
    let mut length = [0; 8];
    reader.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if &magic != MAGIC || length > total {
        bail!("not a corpus");
    }
    let mut json = vec![0; length as usize];
    reader.read_exact(&mut json)?;
    let header: Header = serde_json::from_slice(&json)?;
    let frames: usize = header.frames.iter().sum();
    let each = header.bins as u64 * 4 + if header.lives { 14 } else { 6 };
    if total != 16 + length + (frames as u64) * each {
        bail!("cut short");
    }
    let mut sets = Vec::new();
    for n in header.frames {
        let data = numbers(&mut reader, n * header.bins, f32::from_le_bytes)?;
        let clip_of = numbers(&mut reader, n, u32::from_le_bytes)?;
        let source_of = numbers(&mut reader, n, u16::from_le_bytes)?;
        let known = if header.lives { n } else { 0 };
        let age_of = numbers(&mut reader, known, f32::from_le_bytes)?;
        let level_of = numbers(&mut reader, known, f32::from_le_bytes)?;
        sets.push(FrameSet {
            bins: header.bins,
            data,
            clip_of,
            source_of,
            age_of,
            level_of,
            ..FrameSet::default()
        });
    }
    let mut sets = sets.into_iter();
    let mut take = || sets.next().unwrap_or_default();
    let mut corpus = Corpus {
        train: take(),
        validation: take(),
        test: take(),
        sources: header.sources,
        description: header.description,
        licence: header.licence,
        notices: header.notices,
        skipped: header.skipped,
        clips: header.clips,
    };
    corpus.label_notes();
    Ok(corpus)
}

fn numbers<T, const W: usize>(
    reader: &mut impl Read,
    count: usize,
    from: fn([u8; W]) -> T,
) -> Result<Vec<T>> {
    let mut out = Vec::with_capacity(count);
    let mut bytes = vec![0u8; (1 << 16) * W];
    while out.len() < count {
        let n = (count - out.len()).min(1 << 16);
        reader.read_exact(&mut bytes[..n * W])?;
        out.extend(bytes[..n * W].chunks_exact(W).map(|c| {
            let mut word = [0u8; W];
            word.copy_from_slice(c);
            from(word)
        }));
    }
    Ok(out)
}

/// Writes beside the target and renames.
pub(super) fn store(folder: &Path, key: &str, corpus: &Corpus) -> Result<()> {
    let sets = [&corpus.train, &corpus.validation, &corpus.test];
    let header = Header {
        bins: corpus.train.bins,
        frames: sets.map(FrameSet::len),
        sources: corpus.sources.clone(),
        description: corpus.description.clone(),
        licence: corpus.licence.clone(),
        notices: corpus.notices.clone(),
        skipped: corpus.skipped.clone(),
        clips: corpus.clips.clone(),
        lives: !corpus.train.age_of.is_empty(),
    };
    let json = serde_json::to_vec(&header)?;
    let path = path(folder, key);
    write_atomically_with(&path, |file| {
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        writer.write_all(MAGIC)?;
        writer.write_all(&(json.len() as u64).to_le_bytes())?;
        writer.write_all(&json)?;
        for set in sets {
            set.data.iter().try_for_each(|x| writer.write_all(&x.to_le_bytes()))?;
            set.clip_of.iter().try_for_each(|x| writer.write_all(&x.to_le_bytes()))?;
            set.source_of.iter().try_for_each(|x| writer.write_all(&x.to_le_bytes()))?;
            set.age_of
                .iter()
                .chain(&set.level_of)
                .try_for_each(|x| writer.write_all(&x.to_le_bytes()))?;
        }
        writer.flush()
    })
    .with_context(|| format!("{} could not be written", path.display()))
}
