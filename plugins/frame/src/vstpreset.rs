//! The `.vstpreset` file of VST3, so that a host's own browser shows the presets.
//!
//! The layout is that of the VST3 SDK's documentation ("Preset Format"): a header of 48 bytes
//! (`VST3`, version 1, the class id as 32 hexadecimal characters, the offset of the chunk list),
//! the chunks, and the list of chunks (`List`, their number, and for each its id, offset and size).
//! All numbers are little-endian. The component's chunk holds the same bytes that the plugin gives
//! a host for its state.

use std::collections::BTreeMap;

use nice_plug::plugin::PluginState;

use crate::Sentence;
use crate::snapshot::Snapshot;
use crate::table::ParamTable;

const HEADER: usize = 48;

/// A `.vstpreset` file for the class `class_id` with the component state `state`.
#[must_use]
pub fn write(class_id: &[u8; 16], state: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER + state.len() + 48);
    file.extend_from_slice(b"VST3");
    file.extend_from_slice(&1_i32.to_le_bytes());
    // The framework reorders a class id on Windows so that its text, which stands here, is the same
    // everywhere.
    file.extend(class_id.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
    file.extend_from_slice(&((HEADER + state.len()) as i64).to_le_bytes());
    file.extend_from_slice(state);
    let controller = HEADER + state.len();
    file.extend_from_slice(b"List");
    file.extend_from_slice(&2_i32.to_le_bytes());
    for (id, offset, size) in [(b"Comp", HEADER, state.len()), (b"Cont", controller, 0)] {
        file.extend_from_slice(id);
        file.extend_from_slice(&(offset as i64).to_le_bytes());
        file.extend_from_slice(&(size as i64).to_le_bytes());
    }
    file
}

/// The state that the plugin would save with `snapshot` loaded: parameters that the snapshot lacks
/// have their defaults.
///
/// # Errors
/// A sentence; in practice never.
pub fn state(
    version: &str,
    table: &ParamTable,
    snapshot: &Snapshot,
    fields: BTreeMap<String, String>,
) -> Result<Vec<u8>, Sentence> {
    let params = table
        .entries()
        .iter()
        .map(|entry| {
            let normalized = snapshot
                .params
                .get(&entry.id)
                .and_then(|value| entry.normalized_of(value))
                .unwrap_or_else(|| entry.default_normalized());
            (entry.id.clone(), entry.state_value(normalized))
        })
        .collect();
    let state = PluginState { version: version.to_owned(), params, fields };
    serde_json::to_vec(&state)
        .map_err(|error| format!("The state could not be written ({error}).").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads_back_as_the_format_says() {
        let state = br#"{"version":"0.1.0","params":{},"fields":{}}"#;
        let file = write(b"LatentWorksANNe1", state);
        assert_eq!(&file[..4], b"VST3");
        assert_eq!(file[4..8], 1_i32.to_le_bytes());
        let number = |at: usize| {
            usize::try_from(i64::from_le_bytes(file[at..at + 8].try_into().unwrap())).unwrap()
        };
        let list = number(40);
        assert_eq!(&file[list..list + 4], b"List");
        assert_eq!(file[list + 4..list + 8], 2_i32.to_le_bytes());
        assert_eq!(&file[list + 8..list + 12], b"Comp");
        let (offset, size) = (number(list + 12), number(list + 20));
        assert_eq!(&file[offset..offset + size], state);
        assert_eq!(file.len(), list + 8 + 2 * 20);
        assert_eq!(&file[8..40], b"4C6174656E74576F726B73414E4E6531");
    }
}
