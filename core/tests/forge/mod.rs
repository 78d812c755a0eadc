//! Writes model files from `docs/model-format.md` alone, right or deliberately wrong: an independent oracle of the format,
//! and the source of every hostile file.

use sha2::{Digest, Sha256};

/// A tensor as it is to stand in the file, whether or not that makes sense.
#[derive(Clone)]
pub struct Raw {
    pub name: String,
    pub dtype: &'static str,
    pub shape: Vec<u64>,
    pub data: Vec<u8>,
}

impl Raw {
    pub fn f32(name: &str, shape: &[u64], values: &[f32]) -> Raw {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Raw { name: name.to_owned(), dtype: "F32", shape: shape.to_vec(), data }
    }
}

/// The checksum of a file's content, lower-case hexadecimal. The tensors are given in the order of their names.
pub fn checksum(version: u64, config: &str, tensors: &[Raw]) -> String {
    fn piece(all: &mut Vec<u8>, bytes: &[u8]) {
        all.extend((bytes.len() as u64).to_le_bytes());
        all.extend(bytes);
    }
    let mut all = version.to_le_bytes().to_vec();
    piece(&mut all, config.as_bytes());
    for tensor in tensors {
        piece(&mut all, tensor.name.as_bytes());
        piece(&mut all, tensor.dtype.as_bytes());
        piece(&mut all, &tensor.shape.iter().flat_map(|size| size.to_le_bytes()).collect::<Vec<u8>>());
        piece(&mut all, &tensor.data);
    }
    Sha256::digest(&all).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A header and data behind their length.
pub fn assemble(header: &str, data: &[u8]) -> Vec<u8> {
    let mut header = header.as_bytes().to_vec();
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes(), header.as_slice(), data].concat()
}

/// The header's JSON for these metadata entries and tensors.
pub fn header(metadata: &[(&str, &str)], tensors: &[Raw]) -> String {
    let string = |text: &str| serde_json::to_string(text).expect("a string");
    let entries: Vec<String> =
        metadata.iter().map(|(key, value)| format!("{}:{}", string(key), string(value))).collect();
    let mut parts = vec![format!("\"__metadata__\":{{{}}}", entries.join(","))];
    let mut start = 0;
    for Raw { name, dtype, shape, data } in tensors {
        let end = start + data.len();
        let shape: Vec<String> = shape.iter().map(u64::to_string).collect();
        let shape = shape.join(",");
        parts.push(format!(
            "{}:{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{start},{end}]}}",
            string(name)
        ));
        start = end;
    }
    format!("{{{}}}", parts.join(","))
}

/// A whole file with a right checksum, whatever its content.
pub fn file(config: &str, tensors: &[Raw]) -> Vec<u8> {
    let sum = checksum(1, config, tensors);
    let metadata = [("config", config), ("format", "latent-works-model"), ("format_version", "1"), ("sha256", &sum)];
    let data: Vec<u8> = tensors.iter().flat_map(|tensor| tensor.data.clone()).collect();
    assemble(&header(&metadata, tensors), &data)
}
