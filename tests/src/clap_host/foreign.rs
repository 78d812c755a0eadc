//! Events of a namespace that no plugin knows: they must be skipped.

use clack_host::prelude::*;
use clap_sys::events::clap_event_header;

/// A made-up event: a header of another namespace and eight bytes.
#[repr(C)]
struct Foreign {
    header: clap_event_header,
    payload: [u8; 8],
}

/// Adds such events, with the type numbers of CLAP's own parameter and note events, at the block's
/// first sample.
pub(super) fn push(buffer: &mut EventBuffer) {
    for kind in [0u16, 5, 6, 10, 65_000] {
        let event = Foreign {
            header: clap_event_header {
                size: size_of::<Foreign>() as u32,
                time: 0,
                space_id: 0xB33F,
                type_: kind,
                flags: 0,
            },
            payload: [0xFF; 8],
        };
        // SAFETY: the bytes are those of a whole `Foreign`, whose header states its size; both have
        // no padding.
        let bytes = unsafe {
            std::slice::from_raw_parts(
                std::ptr::from_ref(&event).cast::<u8>(),
                size_of::<Foreign>(),
            )
        };
        // SAFETY: the bytes begin with a valid header that states their number.
        buffer.push(unsafe { UnknownEvent::from_bytes_unchecked(bytes) });
    }
}
