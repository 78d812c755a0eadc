//! What a file is by its first bytes, for a sentence about the wrong file. Nothing is decoded here.

/// What a file begins like, where that is something that people often have in the place of the file
/// they meant: a web page that was saved instead of the download, an archive, a pointer of Git LFS.
/// In words that follow *found*; `None` for what is not known.
///
/// Sound files are known, too: whoever expected a sound asks only when it could not be read. Reads
/// at most the first four kilobytes.
#[must_use]
pub fn what_is(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("an empty file");
    }
    if bytes.iter().take(4096).all(|byte| *byte == 0) {
        return Some("a file of zeros: its download or copy never finished");
    }
    let at = |offset: usize, magic: &[u8]| {
        bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic))
    };
    let begins = |magic: &[u8]| at(0, magic);
    if let Some(found) = container(&begins, &at) {
        return Some(found);
    }
    let head = &bytes[..bytes.len().min(1024)];
    let text: String =
        plain(head)?.trim_start().chars().take(400).flat_map(char::to_lowercase).collect();
    Some(match text.as_str() {
        t if t.starts_with("version https://git-lfs") => {
            "a pointer of Git LFS, not the file itself: fetch it with `git lfs pull`, or download the file itself"
        }
        t if ["<!doctype html", "<html", "<head", "<body", "<script", "<meta"]
            .iter()
            .any(|tag| t.starts_with(tag))
            || (t.starts_with('<') && t.contains("<html")) =>
        {
            "a web page, not the file itself: download it again"
        }
        t if t.starts_with("<?xml") || t.starts_with("<svg") => "an XML text",
        t if t.starts_with('{') => "a text in JSON",
        t if t.starts_with('[') => "a list in JSON",
        "" => "an empty text",
        _ => "a text",
    })
}

/// Files with a mark of their own at the beginning.
fn container(
    begins: &impl Fn(&[u8]) -> bool,
    at: &impl Fn(usize, &[u8]) -> bool,
) -> Option<&'static str> {
    let riff = begins(b"RIFF") || begins(b"RIFX");
    Some(match () {
        () if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") => "a ZIP archive: unpack it first",
        () if begins(b"\x1f\x8b") => "a gzip archive: unpack it first",
        () if begins(b"7z\xbc\xaf\x27\x1c") => "a 7-Zip archive: unpack it first",
        () if begins(b"Rar!\x1a\x07") => "a RAR archive: unpack it first",
        () if begins(b"BZh") || begins(b"\xfd7zXZ\0") || begins(b"\x28\xb5\x2f\xfd") => {
            "an archive: unpack it first"
        }
        () if at(257, b"ustar") => "a tar archive: unpack it first",
        () if begins(b"%PDF") => "a PDF document",
        () if begins(b"\x89PNG") || begins(b"\xff\xd8\xff") || begins(b"GIF8") => "a picture",
        () if riff && at(8, b"WEBP") => "a picture",
        () if riff && at(8, b"AVI ") => "a video (AVI)",
        () if begins(b"\x1aE\xdf\xa3") => "a video (Matroska or WebM)",
        () if begins(b"\0\0\x01\xba") || begins(b"\0\0\x01\xb3") => "a video (MPEG)",
        () if at(4, b"ftypM4A") || at(4, b"ftypM4B") => "an M4A file (AAC or Apple Lossless)",
        () if at(4, b"ftyp") || at(4, b"moov") || at(4, b"mdat") => {
            "a video or sound in MP4 or QuickTime"
        }
        () if begins(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11") => "a Windows Media file (WMA or WMV)",
        () if riff && at(8, b"WAVE") => "a WAV file",
        () if begins(b"RF64") || begins(b"BW64") => "a WAV file",
        () if begins(b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => "an AIFF file",
        () if begins(b"FORM") => "an IFF file that is no AIFF",
        () if begins(b"fLaC") => "a FLAC file",
        () if begins(b"OggS") => "an Ogg file",
        () if begins(b"ID3") => "an MP3 file",
        () if begins(b"caff") => "a CAF file (Apple)",
        () if begins(b".snd") => "an AU file (Sun)",
        () if begins(b"wvpk") => "a WavPack file",
        () if begins(b"MAC ") => "a Monkey's Audio file",
        () if begins(b"MThd") => "a MIDI file",
        () if riff => "a RIFF file that is no WAV",
        () if begins(b"\x7fELF") || begins(b"MZ") => "a program",
        () if begins(b"\x93NUMPY") => "a NumPy array",
        () if begins(b"\x89HDF") => "an HDF5 file (a Keras model?)",
        () => return None,
    })
}

/// The text that bytes are, if they are one: UTF-8 (cut anywhere), UTF-16 with its mark, or one
/// byte a character.
fn plain(head: &[u8]) -> Option<String> {
    if let Some(text) = utf16(head) {
        return Some(text);
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let control = |c: u32| c < 32 && !matches!(c, 9 | 10 | 12 | 13);
    let whole = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // A character that is cut in two by the end is not an error.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match whole {
        Some(text) => (!text.chars().any(|c| control(c as u32))).then(|| text.to_owned()),
        None => {
            let printable = head.iter().all(|byte| !control(u32::from(*byte)) && *byte != 127);
            let ascii = head.iter().filter(|byte| byte.is_ascii()).count();
            (printable && ascii * 10 >= head.len() * 8)
                .then(|| head.iter().map(|byte| char::from(*byte)).collect())
        }
    }
}

/// Text in UTF-16 with a byte-order mark; halves of characters that do not fit are replaced. `None`
/// without the mark.
#[must_use]
pub fn utf16(bytes: &[u8]) -> Option<String> {
    let little = bytes.strip_prefix(b"\xff\xfe");
    let pairs = match little {
        Some(rest) => rest.as_chunks().0,
        None => bytes.strip_prefix(b"\xfe\xff")?.as_chunks().0,
    };
    let unit = |pair: &[u8; 2]| {
        if little.is_some() { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
    };
    let units: Vec<u16> = pairs.iter().map(unit).collect();
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_by_mistake_is_told() {
        let page = b"\n\n\n<!DOCTYPE html>\n<html>";
        let cases: [(&[u8], &str); 15] = [
            (page, "web page"),
            (b"\xef\xbb\xbf<HTML lang=en>", "web page"),
            (b"<!-- saved from url -->\n<html>", "web page"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "Git LFS"),
            (b"PK\x03\x04\x14\0", "ZIP"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"", "empty"),
            (&[0; 100], "zeros"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "WAV"),
            (b"RIFF\x10\0\0\0AVI LIST", "video"),
            (b"\0\0\0\x20ftypisom", "MP4"),
            (b"Not Found", "a text"),
            (b"\xff\xfe<\0h\0t\0m\0l\0>\0", "web page"),
            (b"{\"message\": \"Not Found\"}", "JSON"),
            (b"Gain f\xfcr Verst\xe4rker, und mehr Text daneben, lang genug", "a text"),
        ];
        for (bytes, word) in cases {
            let found = what_is(bytes).unwrap_or("nothing");
            assert!(found.contains(word), "{bytes:?}: {found}");
        }
        assert_eq!(what_is(&[0x38, 1, 0, 0, 0, 0, 0, 0, b'{']), None);
        assert_eq!(what_is(&[7; 5000]), None);
    }
}
