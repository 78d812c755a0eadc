//! Sound files made byte by byte, with anything in their headers.

/// The samples of every file: a ramp.
pub fn ramp() -> Vec<i16> {
    (-10..10).map(|i| i * 1_000 + 7).collect()
}

/// A WAV file.
#[derive(Clone)]
pub struct Wav {
    pub id: [u8; 4],
    /// What the RIFF chunk says of its size; the truth when absent.
    pub riff: Option<u32>,
    /// The size of the sound in a `ds64` chunk, which is there when this is.
    pub long: Option<u64>,
    pub fmt: Vec<u8>,
    /// Chunks between `fmt ` and `data`.
    pub before: Vec<u8>,
    /// What the data chunk says of its size; the truth when absent.
    pub size: Option<u32>,
    pub data: Vec<u8>,
    pub after: Vec<u8>,
    pub fmt_last: bool,
    pub no_data: bool,
}

impl Default for Wav {
    fn default() -> Self {
        Wav {
            id: *b"RIFF",
            riff: None,
            long: None,
            fmt: fmt(1, 1, 48_000, 16),
            before: Vec::new(),
            size: None,
            data: ramp().iter().flat_map(|x| x.to_le_bytes()).collect(),
            after: Vec::new(),
            fmt_last: false,
            no_data: false,
        }
    }
}

/// Its bytes.
pub fn wav(file: &Wav) -> Vec<u8> {
    let swap = &file.id == b"RIFX";
    let number = |x: u32| if swap { x.to_be_bytes() } else { x.to_le_bytes() };
    let mut body = b"WAVE".to_vec();
    if let Some(long) = file.long {
        body.extend(chunk(
            b"ds64",
            &[[0; 8], long.to_le_bytes(), [0; 8]]
                .concat()
                .into_iter()
                .chain([0; 4])
                .collect::<Vec<_>>(),
        ));
    }
    let mut form = file.fmt.clone();
    if swap {
        for (at, wide) in [(0, 2), (2, 2), (4, 4), (8, 4), (12, 2), (14, 2)] {
            form[at..at + wide].reverse();
        }
    }
    let mut form = [&b"fmt "[..], &number(form.len() as u32), &form].concat();
    // A chunk of 17 bytes is written without its padding, as some do.
    if file.fmt.len() % 2 == 1 && file.fmt.len() != 17 {
        form.push(0);
    }
    if !file.fmt_last {
        body.extend(&form);
    }
    body.extend(&file.before);
    if !file.no_data {
        body.extend(
            [&b"data"[..], &number(file.size.unwrap_or(file.data.len() as u32)), &file.data]
                .concat(),
        );
    }
    if file.fmt_last {
        body.extend(&form);
    }
    body.extend(&file.after);
    let riff =
        file.riff.unwrap_or(if file.id == *b"RIFF" || swap { body.len() as u32 } else { u32::MAX });
    [&file.id[..], &number(riff), &body].concat()
}

/// A chunk with its padding.
pub fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&id[..], &(body.len() as u32).to_le_bytes(), body, padding].concat()
}

/// The same in the order of bytes of AIFF.
pub fn big_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let padding: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&id[..], &(body.len() as u32).to_be_bytes(), body, padding].concat()
}

/// A `fmt ` chunk's 16 bytes.
pub fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    let mut bytes = Vec::new();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate.wrapping_mul(u32::from(align))).to_le_bytes());
    bytes.extend(align.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes
}

/// The same with another block align.
pub fn aligned(mut fmt: Vec<u8>, align: u16) -> Vec<u8> {
    fmt[12..14].copy_from_slice(&align.to_le_bytes());
    fmt
}

/// The 40 bytes of the extensible form.
pub fn extended(tag: u16, channels: u16, rate: u32, bits: u16, valid: u16) -> Vec<u8> {
    let mut bytes = fmt(0xfffe, channels, rate, bits);
    bytes.extend(22u16.to_le_bytes());
    bytes.extend(valid.to_le_bytes());
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(tag.to_le_bytes());
    bytes.extend(b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    bytes
}

/// An AIFF file; AIFF-C when it has a kind.
#[derive(Clone)]
pub struct Aiff {
    pub form: Option<u32>,
    pub kind: Option<[u8; 4]>,
    pub bits: u16,
    pub frames: u32,
    pub rate: f64,
    pub before: Vec<u8>,
    pub size: Option<u32>,
    pub offset: u32,
    pub data: Vec<u8>,
    pub after: Vec<u8>,
    pub sound_first: bool,
}

impl Default for Aiff {
    fn default() -> Self {
        Aiff {
            form: None,
            kind: None,
            bits: 16,
            frames: 20,
            rate: 48_000.0,
            before: Vec::new(),
            size: None,
            offset: 0,
            data: ramp().iter().flat_map(|x| x.to_be_bytes()).collect(),
            after: Vec::new(),
            sound_first: false,
        }
    }
}

/// Its bytes.
pub fn aiff(file: &Aiff) -> Vec<u8> {
    let mut common = Vec::new();
    common.extend(1u16.to_be_bytes());
    common.extend(file.frames.to_be_bytes());
    common.extend(file.bits.to_be_bytes());
    let exponent = file.rate.log2().floor();
    common.extend((16_383 + exponent as u16).to_be_bytes());
    common.extend(((file.rate / exponent.exp2() * 63f64.exp2()) as u64).to_be_bytes());
    if let Some(kind) = file.kind {
        common.extend(kind);
        common.extend(b"\x03abc");
    }
    let common = big_chunk(b"COMM", &common);
    let size = file.size.unwrap_or(8 + file.offset + file.data.len() as u32);
    let mut sound =
        [&b"SSND"[..], &size.to_be_bytes(), &file.offset.to_be_bytes(), &[0; 4]].concat();
    sound.resize(sound.len() + file.offset as usize, 0x55);
    sound.extend(&file.data);
    let order = if file.sound_first { [&sound, &common] } else { [&common, &sound] };
    let form: &[u8] = if file.kind.is_some() { b"AIFC" } else { b"AIFF" };
    let body = [form, &file.before, order[0], order[1], &file.after].concat();
    [&b"FORM"[..], &file.form.unwrap_or(body.len() as u32).to_be_bytes(), &body].concat()
}
