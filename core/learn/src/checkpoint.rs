//! An optimiser's state as the bytes of a checkpoint: eight bytes that name the kind, the number of
//! steps (`u64`), the values (`f32`), all little-endian.

use crate::LearnError;

/// The bytes of a state.
pub(crate) fn written<'a>(
    kind: &[u8; 8],
    steps: u64,
    values: impl Iterator<Item = &'a f32>,
) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.extend_from_slice(&steps.to_le_bytes());
    values.for_each(|v| out.extend_from_slice(&v.to_le_bytes()));
    out
}

/// Reads what [`written`] wrote: the steps, and `count` values.
///
/// # Errors
/// When the bytes are of another kind or hold another number of values.
pub(crate) fn read(
    kind: &[u8; 8],
    state: &[u8],
    count: usize,
) -> Result<(u64, impl Iterator<Item = f32>), LearnError> {
    let wrong = || {
        LearnError::Argument(format!(
            "expected the state of an optimiser with {count} values, found {} bytes of something \
             else; nothing was changed",
            state.len()
        ))
    };
    let rest = state.strip_prefix(kind).ok_or_else(wrong)?;
    let (steps, rest) = rest.split_first_chunk::<8>().ok_or_else(wrong)?;
    if rest.len() != count * 4 {
        return Err(wrong());
    }
    let values = rest.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    Ok((u64::from_le_bytes(*steps), values))
}
