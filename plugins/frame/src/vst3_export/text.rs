//! Texts as VST3 has them: UTF-16 in fixed places, ended by a zero.

use std::ffi::{CStr, c_char};

use nice_plug::wrapper::vst3::vst3::Steinberg::Vst::TChar;

/// Most characters that a text of a host's is read to: the format's own strings have 128.
const LONGEST: usize = 128;

/// Writes `text` to `place`, cut where it does not fit, and ends it with a zero.
pub fn write(place: &mut [TChar], text: &str) {
    let Some((last, room)) = place.split_last_mut() else { return };
    *last = 0;
    let mut units = text.encode_utf16();
    for unit in room {
        *unit = units.next().unwrap_or(0) as TChar;
    }
}

/// Reads a text that ends with a zero, or after [`LONGEST`] characters.
///
/// # Safety
/// `text` is not null and points to a text that ends with a zero, or to [`LONGEST`] characters.
pub unsafe fn read(text: *const TChar) -> Option<String> {
    let mut units = Vec::with_capacity(LONGEST);
    for index in 0..LONGEST {
        // SAFETY: no zero came before this place.
        let unit = unsafe { *text.add(index) };
        if unit == 0 {
            break;
        }
        units.push(unit as u16);
    }
    String::from_utf16(&units).ok()
}

/// Whether a name of a host's is one of the format's.
///
/// # Safety
/// `name` is null or a text that ends with a zero; `known` is one.
pub unsafe fn is(name: *const c_char, known: *const c_char) -> bool {
    // SAFETY: the caller says so.
    !name.is_null() && unsafe { CStr::from_ptr(name) == CStr::from_ptr(known) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_and_ended() {
        let mut place = [7 as TChar; 4];
        write(&mut place, "Knob");
        assert_eq!(place, ['K' as TChar, 'n' as TChar, 'o' as TChar, 0]);
        write(&mut place, "é");
        assert_eq!(place, [0xE9, 0, 0, 0]);
        write(&mut [], "nothing");
        let long = [b'x' as TChar; LONGEST];
        // SAFETY: there are as many characters as are read.
        assert_eq!(unsafe { read(long.as_ptr()) }.map(|text| text.len()), Some(LONGEST));
        // SAFETY: the text ends with a zero.
        assert_eq!(unsafe { read(place.as_ptr()) }.as_deref(), Some("é"));
    }
}
