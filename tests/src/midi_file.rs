//! Standard MIDI files, as far as tests need them: one track or several, each message at its time.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// A channel message: seconds since the beginning, and its bytes, the last of which is 0 where a
/// message has two.
pub type Message = (f64, [u8; 3]);

/// Reads the channel messages of a file, in the order of their times.
///
/// # Errors
/// When the file is not there or no MIDI file.
pub fn read(path: &Path) -> Result<Vec<Message>> {
    let bytes =
        std::fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
    parse(&bytes).with_context(|| format!("{} was expected to be a MIDI file", path.display()))
}

fn parse(bytes: &[u8]) -> Result<Vec<Message>> {
    let mut rest = Bytes(bytes);
    if rest.take(4)? != b"MThd" || rest.number(4)? != 6 {
        bail!("no head");
    }
    let (_, tracks, ticks) = (rest.number(2)?, rest.number(2)?, rest.number(2)?);
    let mut events = Vec::new();
    for _ in 0..tracks {
        if rest.take(4)? != b"MTrk" {
            bail!("no track");
        }
        let length = rest.number(4)?;
        track(Bytes(rest.take(length as usize)?), &mut events)?;
    }
    events.sort_by_key(|(tick, _)| *tick);
    let (mut at_s, mut last, mut beat_s) = (0.0, 0, 0.5);
    let mut found = Vec::new();
    for (tick, event) in events {
        at_s += f64::from(tick - last) * beat_s / f64::from(ticks);
        last = tick;
        match event {
            Event::Tempo(microseconds) => beat_s = f64::from(microseconds) * 1e-6,
            Event::Channel(message) => found.push((at_s, message)),
        }
    }
    Ok(found)
}

enum Event {
    Tempo(u32),
    Channel([u8; 3]),
}

fn track(mut rest: Bytes<'_>, events: &mut Vec<(u32, Event)>) -> Result<()> {
    let (mut tick, mut status) = (0, 0);
    while !rest.0.is_empty() {
        tick += rest.variable()?;
        if rest.0.first().is_some_and(|byte| byte & 0x80 != 0) {
            status = rest.take(1)?[0];
        }
        match status {
            0xFF => {
                let kind = rest.take(1)?[0];
                let length = rest.variable()?;
                let mut data = Bytes(rest.take(length as usize)?);
                if kind == 0x51 {
                    events.push((tick, Event::Tempo(data.number(3)?)));
                }
            }
            0xF0 | 0xF7 => {
                let length = rest.variable()?;
                rest.take(length as usize)?;
            }
            0x80.. => {
                let second = if matches!(status & 0xF0, 0xC0 | 0xD0) { None } else { Some(()) };
                let first = rest.take(1)?[0];
                let second = second.map_or(Ok(0), |()| rest.take(1).map(|byte| byte[0]))?;
                events.push((tick, Event::Channel([status, first, second])));
            }
            _ => bail!("a message without a status"),
        }
    }
    Ok(())
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).context("the file is cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<u32> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }

    fn variable(&mut self) -> Result<u32> {
        let mut number = 0;
        for _ in 0..4 {
            let byte = self.take(1)?[0];
            number = (number << 7) | u32::from(byte & 0x7F);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        bail!("a length of more than four bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_at_its_time() {
        let head = b"MThd\0\0\0\x06\0\x01\0\x01\x03\xC0";
        // 60 beats a minute, a controller at once, a note after 960 ticks under running status, the
        // track's end.
        let track = b"\0\xFF\x51\x03\x0F\x42\x40\0\xB0\x07\x40\x87\x40\x90\x39\x64\x83\x60\x39\0\0\xFF\x2F\0";
        let bytes = [&head[..], b"MTrk\0\0\0", &[track.len() as u8], track].concat();
        let found = parse(&bytes).unwrap();
        assert_eq!(found, [(0.0, [0xB0, 7, 64]), (1.0, [0x90, 57, 100]), (1.5, [0x90, 57, 0])]);
        assert!(parse(&bytes[..bytes.len() - 3]).is_err() && parse(b"RIFF").is_err());
    }
}
