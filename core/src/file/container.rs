//! The bytes of a model file: eight bytes of header length, the JSON header, the tensors. Knows
//! nothing of cards.

use super::error::{ModelError, short};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The format version that this code writes. It reads every version from 1 to this one.
pub const FORMAT_VERSION: u64 = 2;

/// The largest header of a model file, in bytes. A card is a few kilobytes; parsed JSON can take a
/// hundred times the size of its text, so the limit keeps a hostile header from costing more than
/// about a hundred megabytes.
pub const MAX_HEADER_BYTES: usize = 1 << 20;

/// The size of the header's length, in bytes.
const LENGTH_BYTES: usize = 8;
/// The entry `format` of the metadata.
const FORMAT: &str = "latent-works-model";

/// One tensor as it lies in the file.
pub(crate) struct Section<'a> {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// Little-endian, as many bytes as type and shape ask for.
    pub data: Cow<'a, [u8]>,
}

/// A model file whose checksum is right.
pub(crate) struct Container<'a> {
    /// The format version, 1 to [`FORMAT_VERSION`].
    pub version: u64,
    /// The card as JSON, of that version.
    pub config: String,
    pub sections: BTreeMap<String, Section<'a>>,
}

/// What stands before the tensors.
struct Front<'a> {
    header: Metadata,
    version: u64,
    /// What follows the header.
    data: &'a [u8],
    /// Where that begins in the file, in bytes.
    start: u64,
}

/// Reads what stands before the tensors.
fn front(bytes: &[u8]) -> Result<Front<'_>, ModelError> {
    let found = bytes.len() as u64;
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else {
        return Err(ModelError::Truncated { expected: LENGTH_BYTES as u64 + 2, found });
    };
    let claimed = u64::from_le_bytes(*length);
    if !(2..=MAX_HEADER_BYTES as u64).contains(&claimed) {
        return Err(ModelError::HeaderSize { claimed });
    }
    let start = LENGTH_BYTES as u64 + claimed;
    let Some((header, data)) = rest.split_at_checked(claimed as usize) else {
        return Err(ModelError::Truncated { expected: start, found });
    };
    let header = parse_header(header)?;
    let version = version(&header)?;
    Ok(Front { header, version, data, start })
}

/// The version and the card of a model file, whose tensors are not looked at: they may be damaged.
pub(crate) fn card(bytes: &[u8]) -> Result<(u64, String), ModelError> {
    let front = front(bytes)?;
    Ok((front.version, entry(&front.header, "config")?.to_owned()))
}

/// Takes a model file apart and checks its checksum. Copies no tensor.
pub(crate) fn read(bytes: &[u8]) -> Result<Container<'_>, ModelError> {
    let found = bytes.len() as u64;
    let Front { header, version, data, start } = front(bytes)?;
    let expected = start.saturating_add(header.data_len() as u64);
    if found < expected {
        return Err(ModelError::Truncated { expected, found });
    }
    if found > expected {
        return Err(ModelError::TrailingBytes { expected, found });
    }
    let sections = sections(&header, data)?;
    let config = entry(&header, "config")?;
    let expected = entry(&header, "sha256")?;
    let found = checksum(version, config, &sections);
    if expected != found {
        return Err(ModelError::Checksum { expected: short(expected), found });
    }
    Ok(Container { version, config: config.to_owned(), sections })
}

/// Puts a model file together. The same content gives the same bytes.
///
/// safetensors' own writer keeps the metadata in a hash map, whose order changes from run to run; a
/// model file is named by its hash, so its bytes have to be the same each time.
pub(crate) fn write(
    config: &str,
    version: u64,
    sections: &BTreeMap<String, Section<'_>>,
) -> Result<Vec<u8>, ModelError> {
    let version_text = version.to_string();
    let sha256 = checksum(version, config, sections);
    let mut start = 0;
    let tensors = sections.iter().map(|(name, section)| {
        let data_offsets = (start, start + section.data.len());
        start = data_offsets.1;
        (
            name.as_str(),
            TensorInfo { dtype: section.dtype, shape: section.shape.clone(), data_offsets },
        )
    });
    let header = Header {
        metadata: BTreeMap::from([
            ("config", config),
            ("format", FORMAT),
            ("format_version", &version_text),
            ("sha256", &sha256),
        ]),
        tensors: tensors.collect(),
    };
    let mut header =
        serde_json::to_vec(&header).map_err(|error| ModelError::Header { reason: short(error) })?;
    // The tensors begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' ');
    if header.len() > MAX_HEADER_BYTES {
        return Err(ModelError::CardTooLarge { needed: header.len() as u64 });
    }
    let mut bytes = Vec::with_capacity(LENGTH_BYTES + header.len() + start);
    bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&header);
    for section in sections.values() {
        bytes.extend_from_slice(&section.data);
    }
    Ok(bytes)
}

/// The header in the order in which it is written.
#[derive(Serialize)]
struct Header<'a> {
    #[serde(rename = "__metadata__")]
    metadata: BTreeMap<&'a str, &'a str>,
    #[serde(flatten)]
    tensors: BTreeMap<&'a str, TensorInfo>,
}

/// The lower-case hexadecimal SHA-256 of a whole model file: the name by which a saved project
/// finds an embedded model.
pub fn file_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// The SHA-256 over version, config and tensors. Each piece is preceded by its length, so that no
/// two contents are spelt alike; the names are in it, so that two tensors of one shape cannot
/// change places.
fn checksum(version: u64, config: &str, sections: &BTreeMap<String, Section<'_>>) -> String {
    let mut hasher = Sha256::new();
    let piece = |hasher: &mut Sha256, bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    hasher.update(version.to_le_bytes());
    piece(&mut hasher, config.as_bytes());
    for (name, section) in sections {
        piece(&mut hasher, name.as_bytes());
        piece(&mut hasher, section.dtype.to_string().as_bytes());
        let shape: Vec<u8> =
            section.shape.iter().flat_map(|&size| (size as u64).to_le_bytes()).collect();
        piece(&mut hasher, &shape);
        piece(&mut hasher, &section.data);
    }
    hex(&hasher.finalize())
}

/// The header as safetensors reads it: shapes, types and offsets agree and the tensors follow each
/// other without a gap.
fn parse_header(header: &[u8]) -> Result<Metadata, ModelError> {
    if header.first() != Some(&b'{') {
        return Err(ModelError::Header { reason: "it does not begin with \"{\"".to_owned() });
    }
    serde_json::from_slice(header).map_err(|error| ModelError::Header { reason: short(error) })
}

fn entry<'a>(header: &'a Metadata, key: &'static str) -> Result<&'a str, ModelError> {
    let found = header.metadata().as_ref().and_then(|metadata| metadata.get(key));
    found.map(String::as_str).ok_or(ModelError::MissingMetadata { key })
}

/// The format version, when the file is one of ours and can be read.
fn version(header: &Metadata) -> Result<u64, ModelError> {
    let format = entry(header, "format").ok();
    if format != Some(FORMAT) {
        return Err(ModelError::NotAModel { found: format.map(short) });
    }
    let text = entry(header, "format_version").ok();
    // Only the plain spelling: "01" and "+1" parse as well, but nothing writes them.
    match text
        .and_then(|text| text.parse().ok().filter(|version: &u64| version.to_string() == text))
    {
        Some(version) if version > FORMAT_VERSION => {
            Err(ModelError::NewerVersion { found: version })
        }
        Some(version) if version >= 1 => Ok(version),
        _ => Err(ModelError::UnknownVersion { found: text.map(short) }),
    }
}

fn sections<'a>(
    header: &Metadata,
    data: &'a [u8],
) -> Result<BTreeMap<String, Section<'a>>, ModelError> {
    let mut sections = BTreeMap::new();
    for (name, info) in header.tensors() {
        let (start, end) = info.data_offsets;
        let Some(bytes) = data.get(start..end) else {
            return Err(ModelError::Truncated { expected: end as u64, found: data.len() as u64 });
        };
        sections.insert(
            name,
            Section { dtype: info.dtype, shape: info.shape.clone(), data: Cow::Borrowed(bytes) },
        );
    }
    Ok(sections)
}
