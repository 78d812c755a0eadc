//! What MIDI messages have set in the place of parameters, on its way to the editor, which says so.

use std::sync::atomic::{AtomicU64, Ordering};

use nfx_core::engine::canne::{CanneView, MpeZones};

/// What messages have set, as one word between the threads. Both methods are real-time safe.
#[derive(Debug, Default)]
pub struct Heard(AtomicU64);

/// The same in plain values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// MPE's zones.
    pub zones: MpeZones,
    /// A message made them, and not the switch.
    pub by_message: bool,
    /// Bend range of channel 1 and of channel 2, which MPE's notes share, in cents.
    pub bend_cents: [u16; 2],
}

impl Heard {
    /// Tells how the engine has it now.
    pub fn tell(&self, view: &CanneView<'_>) {
        let cents = view.bend_ranges.map(|semitones| (semitones * 100.0).round() as u64 & 0xffff);
        let zones = u64::from(view.zones.lower) | (u64::from(view.zones.upper) << 4);
        let word =
            zones | (u64::from(view.zones_by_message) << 8) | (cents[0] << 16) | (cents[1] << 32);
        self.0.store(word, Ordering::Relaxed);
    }

    /// What was told last.
    #[must_use]
    pub fn told(&self) -> Told {
        let word = self.0.load(Ordering::Relaxed);
        let part = |from: u32, bits: u32| ((word >> from) & ((1 << bits) - 1)) as u16;
        Told {
            zones: MpeZones { lower: part(0, 4) as u8, upper: part(4, 4) as u8 },
            by_message: part(8, 1) == 1,
            bend_cents: [part(16, 16), part(32, 16)],
        }
    }
}

impl Told {
    /// A sentence about what is not as the parameters say, where the one for the bend says `bend`
    /// semitones.
    #[must_use]
    pub fn sentence(&self, bend: i32) -> Option<String> {
        let [own, members] =
            self.bend_cents.map(|cents| format!("{} st", f32::from(cents) / 100.0));
        if self.by_message {
            let MpeZones { lower, upper } = self.zones;
            let lower_zone =
                (lower > 0).then(|| format!("channels 2 to {} under 1, bend {members}", lower + 1));
            let upper_zone = (upper > 0).then(|| format!("channels {} to 15 under 16", 16 - upper));
            let zones: Vec<String> = lower_zone.into_iter().chain(upper_zone).collect();
            return Some(match &*zones {
                [] => "MIDI has switched MPE off, until you move the switch.".to_owned(),
                _ => format!(
                    "MIDI has switched MPE on: {}; until you move the switch.",
                    zones.join(", ")
                ),
            });
        }
        let differs = self.bend_cents[0] != 0 && i32::from(self.bend_cents[0]) != bend * 100;
        differs
            .then(|| format!("MIDI has set the bend of channel 1 to {own}, until you move Bend."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_arrives_and_is_said() {
        let heard = Heard::default();
        assert_eq!(heard.told().sentence(2), None);
        let mut view = CanneView {
            index: 0,
            sliders: [0.0; 8],
            spectrum: &[],
            bin_hz: 0.0,
            pitch_hz: 0.0,
            voices: 0,
            zones: MpeZones { lower: 15, upper: 0 },
            zones_by_message: true,
            bend_ranges: [2.0, 48.0],
            peaks: [0.0; 2],
        };
        heard.tell(&view);
        assert_eq!(heard.told().zones, view.zones);
        assert!(heard.told().sentence(2).unwrap().contains("channels 2 to 16 under 1, bend 48 st"));
        view.zones = MpeZones { lower: 0, upper: 5 };
        heard.tell(&view);
        assert!(heard.told().sentence(2).unwrap().contains("channels 11 to 15 under 16"));
        (view.zones, view.zones_by_message, view.bend_ranges) = (MpeZones::OFF, false, [12.5, 2.0]);
        heard.tell(&view);
        assert!(heard.told().sentence(2).unwrap().contains("channel 1 to 12.5 st"));
        view.bend_ranges = [2.0, 2.0];
        heard.tell(&view);
        assert_eq!(heard.told().sentence(2), None);
    }
}
