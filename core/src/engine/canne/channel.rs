//! One MIDI channel: where its controllers stand, and what its registered parameters are set to.

/// Semitones and cents of the widest bend; MPE allows no more either.
const WIDEST: (u8, u8) = (96, 0);
/// The middle of seven bits.
const MIDDLE: u8 = 64;

/// A controller of two halves: 0 to 127, and 128ths of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fine {
    steps: f32,
    parts: f32,
}

impl Fine {
    const fn at(steps: f32) -> Self {
        Self { steps, parts: 0.0 }
    }

    /// Takes the coarse half, 0 to 1, which puts the other to 0 as MIDI 1.0 has it.
    pub fn coarse(&mut self, value: f32) {
        *self = Self::at(value * 127.0);
    }

    /// Takes the fine half, 0 to 1.
    pub fn fine(&mut self, value: f32) {
        self.parts = value * 127.0;
    }

    /// 0 to 127 with all parts.
    fn steps(&self) -> f32 {
        (self.steps + self.parts / 128.0).min(127.0)
    }

    /// 0 to 1.
    pub fn value(&self) -> f32 {
        self.steps() / 127.0
    }
}

/// A number as GM2 reads a controller with a middle: 1 and below are one end, 64 the middle; -1 to 1.
fn sideways(steps: f32) -> f32 {
    ((steps - 1.0).max(0.0) - 63.0) / 63.0
}

/// The registered parameters that the instrument knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// RPN 0: range of the pitch bend.
    BendRange,
    /// RPN 1: tuning in steps of 100/8192 cents.
    FineTuning,
    /// RPN 2: tuning in semitones.
    CoarseTuning,
    /// RPN 6: MPE configuration.
    Mpe,
}

/// What the data controllers speak of.
#[derive(Clone, Copy, Debug)]
struct Selection {
    /// Coarse and fine half of the registered number selected last.
    number: (u8, u8),
    /// The registered number is meant, and not one that no one has registered.
    is_registered: bool,
    /// The coarse half of the value has come since.
    had_coarse: bool,
    /// The fine half comes before the coarse one: then the coarse one leaves it.
    fine_first: bool,
}

/// What is done to the selected parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Entry {
    /// The coarse half of its value, 0 to 127.
    Coarse(u8),
    /// The fine half.
    Fine(u8),
    /// A step up or down.
    Step(i8),
}

/// See the module's documentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    /// -1 to 1 of the range.
    pub bend: f32,
    /// 0 to 1.
    pub pressure: f32,
    /// The sustain pedal is down.
    pub pedal: bool,
    pub wheel: Fine,
    pub volume: Fine,
    pub pan: Fine,
    pub expression: Fine,
    pub slide: Fine,
    /// Semitones and cents of the bend range where a message has set it.
    pub range: Option<(u8, u8)>,
    /// 14 bits, 0x2000 is in tune.
    fine_tuning: u16,
    /// 64 is in tune.
    coarse_tuning: u8,
    selection: Selection,
}

impl Channel {
    const NOTHING: Selection = Selection {
        number: (127, 127),
        is_registered: false,
        had_coarse: false,
        fine_first: false,
    };
    /// Nothing was told yet: full volume, in the middle, in tune.
    pub const REST: Self = Self {
        bend: 0.0,
        pressure: 0.0,
        pedal: false,
        wheel: Fine::at(0.0),
        volume: Fine::at(127.0),
        pan: Fine::at(MIDDLE as f32),
        expression: Fine::at(127.0),
        slide: Fine::at(MIDDLE as f32),
        range: None,
        fine_tuning: (MIDDLE as u16) << 7,
        coarse_tuning: MIDDLE,
        selection: Self::NOTHING,
    };

    /// Controller 121 as RP-015 has it: hands and feet go back; volume, pan, slide, tunings and
    /// ranges stay.
    pub fn reset_controllers(&mut self) {
        let Self { bend, pressure, pedal, wheel, expression, selection, .. } = Self::REST;
        *self = Self { bend, pressure, pedal, wheel, expression, selection, ..*self };
    }

    /// Volume and expression, linear: 40 log10 of the controller in dB each.
    pub fn gain(&self) -> f32 {
        (self.volume.value() * self.expression.value()).powi(2)
    }

    /// Place from -1 (left) to 1.
    pub fn place(&self) -> f32 {
        sideways(self.pan.steps())
    }

    /// How far controller 74 is from its middle: -0.5 to 0.5.
    pub fn slide(&self) -> f32 {
        let steps = self.slide.steps() - f32::from(MIDDLE);
        0.5 * steps / if steps < 0.0 { f32::from(MIDDLE) } else { f32::from(127 - MIDDLE) }
    }

    /// Semitones of the tunings.
    pub fn tuning(&self) -> f32 {
        let fine = (f32::from(self.fine_tuning) - 8192.0) / 8192.0;
        f32::from(self.coarse_tuning) - f32::from(MIDDLE) + fine
    }

    /// Takes over what another channel's data controllers speak of.
    pub fn selection_of(&mut self, other: &Self) {
        self.selection = other.selection;
    }

    /// Selects by one half of a number, registered or not.
    pub fn select(&mut self, controller: u8, value: u8) {
        let own = &mut self.selection;
        let number = match controller {
            101 => (value, own.number.1),
            100 => (own.number.0, value),
            // The number of a parameter that no one has registered matters to nobody.
            _ => own.number,
        };
        *own = Selection { number, is_registered: controller >= 100, ..Self::NOTHING };
    }

    /// The registered parameter that the data controllers mean.
    pub fn selected(&self) -> Option<Parameter> {
        match self.selection.number {
            _ if !self.selection.is_registered => None,
            (0, 0) => Some(Parameter::BendRange),
            (0, 1) => Some(Parameter::FineTuning),
            (0, 2) => Some(Parameter::CoarseTuning),
            (0, 6) => Some(Parameter::Mpe),
            _ => None,
        }
    }

    /// Sets the selected tuning.
    pub fn tune(&mut self, parameter: Parameter, entry: Entry) {
        let ends = |value: i32, end: i32| value.clamp(0, end);
        match (parameter, self.fine_half(entry)) {
            (Parameter::FineTuning, (Some(coarse), fine)) => {
                self.fine_tuning =
                    (u16::from(coarse) << 7) | fine.map_or(self.fine_tuning & 127, u16::from);
            }
            (Parameter::FineTuning, (None, Some(fine))) => {
                self.fine_tuning = (self.fine_tuning & !127) | u16::from(fine);
            }
            (Parameter::CoarseTuning, (Some(coarse), _)) => self.coarse_tuning = coarse,
            (parameter, (None, None)) => {
                let Entry::Step(step) = entry else { return };
                if parameter == Parameter::FineTuning {
                    self.fine_tuning =
                        ends(i32::from(self.fine_tuning) + 128 * i32::from(step), 0x3fff) as u16;
                } else if parameter == Parameter::CoarseTuning {
                    self.coarse_tuning =
                        ends(i32::from(self.coarse_tuning) + i32::from(step), 127) as u8;
                }
            }
            _ => {}
        }
    }

    /// The bend range after an entry, in semitones and cents, where `now` is in use.
    pub fn ranged(&mut self, now: f32, entry: Entry) -> (u8, u8) {
        let (semitones, cents) = (now as u8, (now.fract() * 100.0).round() as u8);
        let range = match (entry, self.fine_half(entry)) {
            (_, (Some(coarse), fine)) => (coarse, fine.unwrap_or(cents)),
            (_, (None, Some(fine))) => (semitones, fine),
            (Entry::Step(step), _) => (semitones.saturating_add_signed(step), cents),
            _ => (semitones, cents),
        };
        (range.0, range.1.min(99)).min(WIDEST)
    }

    /// Both halves of a value as an entry leaves them: what is `None` stays. A coarse half puts the
    /// fine one to 0, unless it is the fine one that comes first here.
    fn fine_half(&mut self, entry: Entry) -> (Option<u8>, Option<u8>) {
        let own = &mut self.selection;
        match entry {
            Entry::Coarse(value) => {
                own.had_coarse = true;
                (Some(value), if own.fine_first { None } else { Some(0) })
            }
            Entry::Fine(value) => {
                own.fine_first |= !own.had_coarse;
                (None, Some(value))
            }
            Entry::Step(_) => (None, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(number: (u8, u8)) -> Channel {
        let mut channel = Channel::REST;
        channel.select(101, number.0);
        channel.select(100, number.1);
        channel
    }

    #[test]
    fn at_rest_nothing_is_moved() {
        let channel = Channel::REST;
        assert_eq!(
            (channel.gain(), channel.place(), channel.slide(), channel.tuning()),
            (1.0, 0.0, 0.0, 0.0)
        );
        assert_eq!(channel.selected(), None);
    }

    #[test]
    fn volume_pan_and_slide_follow_gm2() {
        let mut channel = Channel::REST;
        channel.volume.coarse(64.0 / 127.0);
        let db = 20.0 * channel.gain().log10();
        assert!((db - 40.0 * (64.0f32 / 127.0).log10()).abs() < 1e-3, "{db}");
        for (cc, place) in [(0, -1.0), (1, -1.0), (64, 0.0), (127, 1.0), (32, -32.0 / 63.0)] {
            channel.pan.coarse(cc as f32 / 127.0);
            assert!((channel.place() - place).abs() < 1e-5, "{cc}");
        }
        for (cc, slide) in [(0, -0.5), (64, 0.0), (127, 0.5), (32, -0.25)] {
            channel.slide.coarse(cc as f32 / 127.0);
            assert!((channel.slide() - slide).abs() < 1e-6, "{cc}");
        }
        // The halves of 14 bits: the coarse one puts the fine one to 0, and no pair is more than
        // all.
        channel.volume.coarse(100.0 / 127.0);
        channel.volume.fine(64.0 / 127.0);
        assert!((channel.volume.value() - 100.5 / 127.0).abs() < 1e-6);
        channel.volume.coarse(1.0);
        channel.volume.fine(1.0);
        assert_eq!(channel.volume.value(), 1.0);
    }

    #[test]
    fn the_halves_of_a_value_come_in_either_order() {
        let range = |entries: &[Entry]| {
            let mut channel = selected((0, 0));
            entries.iter().fold((2, 0), |now, entry| {
                channel.ranged(f32::from(now.0) + f32::from(now.1) * 0.01, *entry)
            })
        };
        use Entry::{Coarse, Fine, Step};
        assert_eq!(range(&[Coarse(12), Fine(50)]), (12, 50));
        assert_eq!(range(&[Fine(50), Coarse(12)]), (12, 50));
        assert_eq!(range(&[Coarse(12), Fine(50), Coarse(7)]), (7, 0));
        assert_eq!(range(&[Fine(30)]), (2, 30));
        assert_eq!(range(&[Coarse(11), Step(1)]), (12, 0));
        assert_eq!(range(&[Coarse(0), Step(-1)]), (0, 0));
        assert_eq!(range(&[Coarse(127), Fine(127)]), (96, 0));
        assert_eq!(range(&[Coarse(3), Fine(120)]), (3, 99));
    }

    #[test]
    fn tunings_are_read_as_the_registry_says() {
        let mut channel = selected((0, 1));
        channel.tune(Parameter::FineTuning, Entry::Coarse(96));
        assert!((channel.tuning() - 0.5).abs() < 1e-6);
        channel.tune(Parameter::FineTuning, Entry::Coarse(0));
        assert!((channel.tuning() + 1.0).abs() < 1e-6);
        channel.tune(Parameter::FineTuning, Entry::Coarse(127));
        channel.tune(Parameter::FineTuning, Entry::Fine(127));
        assert!((channel.tuning() - 8191.0 / 8192.0).abs() < 1e-6);
        channel.tune(Parameter::FineTuning, Entry::Step(1));
        assert!((channel.tuning() - 8191.0 / 8192.0).abs() < 1e-6);
        channel.tune(Parameter::CoarseTuning, Entry::Coarse(52));
        channel.tune(Parameter::CoarseTuning, Entry::Fine(9));
        channel.tune(Parameter::CoarseTuning, Entry::Step(-1));
        assert!((channel.tuning() - (8191.0 / 8192.0 - 13.0)).abs() < 1e-5, "{}", channel.tuning());
    }

    #[test]
    fn what_nobody_registered_is_not_taken_for_what_somebody_did() {
        let mut channel = selected((0, 0));
        assert_eq!(channel.selected(), Some(Parameter::BendRange));
        channel.select(99, 0);
        channel.select(98, 0);
        assert_eq!(channel.selected(), None);
        channel.select(100, 0);
        channel.select(101, 0);
        assert_eq!(channel.selected(), Some(Parameter::BendRange));
        channel.select(101, 127);
        channel.select(100, 127);
        assert_eq!(channel.selected(), None);
        assert_eq!(selected((0, 5)).selected(), None);
        assert_eq!(selected((1, 0)).selected(), None);
        channel.select(100, 0);
        assert_eq!(channel.selected(), None, "half a number is none");
    }
}
