//! What a player's hands and feet do to all notes of a channel: bends, pedals, pressure,
//! controllers, and MPE's zones.

use super::CHANNELS;
use super::channel::{Channel, Entry, Parameter};
use super::controls::CanneControls;
use super::zones::{MpeZones, bit};

/// Bend ranges after an MPE configuration message, in semitones and cents: the members', and the
/// master's.
const MPE_RANGES: [(u8, u8); 2] = [(48, 0), (2, 0)];

/// What a channel does to the sound of a note, or several channels together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Touch {
    /// Bend and tunings.
    pub semitones: f32,
    /// 0 to 1, or more where hands press together.
    pub pressure: f32,
    /// -0.5 to 0.5, or more.
    pub slide: f32,
    /// Linear.
    pub gain: f32,
    /// -1 to 1, or more.
    pub place: f32,
}

impl Touch {
    fn and(self, other: Self) -> Self {
        Self {
            semitones: self.semitones + other.semitones,
            pressure: self.pressure + other.pressure,
            slide: self.slide + other.slide,
            gain: self.gain * other.gain,
            place: self.place + other.place,
        }
    }
}

/// What a controller asks of the voices of some channels, which are bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// Nothing beyond what the channels know already.
    None,
    /// A pedal may have come up.
    Pedal,
    /// Their notes end.
    NotesOff(u16),
    /// They fall silent.
    SoundOff(u16),
    /// Their controllers went back.
    Reset(u16),
}

/// What the parameters said last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Told {
    mpe: bool,
    range: f32,
    member_range: f32,
}

/// The state of every channel.
#[derive(Clone, Debug)]
pub(super) struct Channels {
    list: [Channel; CHANNELS],
    zones: MpeZones,
    /// Zones that a message has set, in the place of the parameter's.
    by_message: Option<MpeZones>,
    /// Bend ranges of the members of the lower and the upper zone where a message has set them.
    member_ranges: [Option<(u8, u8)>; 2],
    told: Option<Told>,
    /// Modulation wheel, whichever channel's moved last, and that channel.
    wheel: (f32, u8),
}

fn semitones(range: (u8, u8)) -> f32 {
    f32::from(range.0) + f32::from(range.1) * 0.01
}

impl Channels {
    pub const REST: Self = Self {
        list: [Channel::REST; CHANNELS],
        zones: MpeZones::OFF,
        by_message: None,
        member_ranges: [None; 2],
        told: None,
        wheel: (0.0, 0),
    };

    /// Takes in what the parameters say. One that has moved takes back what messages had set in its
    /// place. Says whether the zones are others now.
    pub fn follow(&mut self, controls: &CanneControls) -> bool {
        let now = Told {
            mpe: controls.mpe,
            range: controls.bend_range,
            member_range: controls.mpe_bend_range,
        };
        let before = self.told.replace(now).unwrap_or(now);
        if now.mpe != before.mpe {
            self.by_message = None;
        }
        if now.range != before.range {
            self.list.iter_mut().for_each(|channel| channel.range = None);
        }
        if now.member_range != before.member_range {
            self.member_ranges = [None; 2];
        }
        let zones = self.by_message.unwrap_or(if now.mpe { MpeZones::ALL } else { MpeZones::OFF });
        std::mem::replace(&mut self.zones, zones) != zones
    }

    /// The zones as they are, and whether a message has made them.
    pub fn zones(&self) -> (MpeZones, bool) {
        (self.zones, self.by_message.is_some())
    }

    /// Modulation wheel, 0 to 1.
    pub fn wheel(&self) -> f32 {
        self.wheel.0
    }

    pub fn set_wheel(&mut self, value: f32) {
        self.wheel.0 = value;
    }

    pub fn set_bend(&mut self, channel: u8, value: f32) {
        self.with(channel, |own| own.bend = value);
    }

    pub fn set_pressure(&mut self, channel: u8, value: f32) {
        self.with(channel, |own| own.pressure = value);
    }

    pub fn set_pedal(&mut self, channel: u8, on: bool) {
        self.with(channel, |own| own.pedal = on);
    }

    fn with(&mut self, channel: u8, change: impl FnOnce(&mut Channel)) {
        if let Some(own) = self.list.get_mut(usize::from(channel)) {
            change(own);
        }
    }

    fn of(&self, channel: u8) -> &Channel {
        &self.list[usize::from(channel) % CHANNELS]
    }

    /// Whether a note on this channel is one of MPE's, whose master is another channel.
    pub fn is_member(&self, channel: u8) -> bool {
        self.zones.zone_of(channel).is_some()
    }

    /// Bend range of a channel in semitones.
    pub fn range(&self, channel: u8) -> f32 {
        let told = self.told.unwrap_or(Told { mpe: false, range: 0.0, member_range: 0.0 });
        match self.zones.zone_of(channel) {
            Some((zone, _)) => self.member_ranges[zone].map_or(told.member_range, semitones),
            None => self.of(channel).range.map_or(told.range, semitones),
        }
    }

    /// What a channel alone does to its notes.
    pub fn own(&self, channel: u8) -> Touch {
        let own = self.of(channel);
        Touch {
            semitones: own.bend * self.range(channel) + own.tuning(),
            pressure: own.pressure,
            slide: own.slide(),
            gain: own.gain(),
            place: own.place(),
        }
    }

    /// What is done to a note of a channel: by the channel, or what it did when the key came up
    /// (`kept`), and by its master.
    pub fn touch(&self, channel: u8, kept: Option<Touch>) -> Touch {
        let own = kept.unwrap_or_else(|| self.own(channel));
        match self.zones.zone_of(channel) {
            Some((_, master)) => own.and(self.own(master)),
            None => own,
        }
    }

    /// Whether a pedal holds the notes of a channel.
    pub fn sustains(&self, channel: u8) -> bool {
        let master = self.zones.zone_of(channel).map(|(_, master)| master);
        self.of(channel).pedal || master.is_some_and(|master| self.of(master).pedal)
    }

    /// Takes a controller's message, `value` from 0 to 1.
    pub fn control(&mut self, channel: u8, controller: u8, value: f32) -> Response {
        let Some(own) = self.list.get_mut(usize::from(channel)) else { return Response::None };
        let value = value.clamp(0.0, 1.0);
        let seven = (value * 127.0).round() as u8;
        let reach = self.zones.reach(channel);
        match controller {
            1 => own.wheel.coarse(value),
            33 => own.wheel.fine(value),
            7 => own.volume.coarse(value),
            39 => own.volume.fine(value),
            10 => own.pan.coarse(value),
            42 => own.pan.fine(value),
            11 => own.expression.coarse(value),
            43 => own.expression.fine(value),
            74 => own.slide.coarse(value),
            64 => {
                own.pedal = value >= 0.5;
                return Response::Pedal;
            }
            6 => return self.enter(channel, Entry::Coarse(seven)),
            38 => return self.enter(channel, Entry::Fine(seven)),
            96 => return self.enter(channel, Entry::Step(1)),
            97 => return self.enter(channel, Entry::Step(-1)),
            98..=101 => own.select(controller, seven),
            120 => return Response::SoundOff(reach),
            121 => {
                self.reset(reach, Channel::reset_controllers);
                return Response::Reset(reach);
            }
            // All notes off, and the changes of mode that imply it.
            123..=127 => return Response::NotesOff(reach),
            _ => {}
        }
        if matches!(controller, 1 | 33) {
            self.wheel = (self.of(channel).wheel.value(), channel);
        }
        Response::None
    }

    /// Does something to channels given as bits, and lets go of the wheel if it is one of theirs.
    fn reset(&mut self, channels: u16, change: impl Fn(&mut Channel)) {
        let meant = |index: usize| channels & bit(index as u8) != 0;
        self.list
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| meant(*index))
            .for_each(|(_, own)| change(own));
        if channels & bit(self.wheel.1) != 0 {
            self.wheel.0 = 0.0;
        }
    }

    /// Data for the selected parameter of a channel.
    fn enter(&mut self, channel: u8, entry: Entry) -> Response {
        match self.of(channel).selected() {
            Some(Parameter::BendRange) => {
                let now = self.range(channel);
                let range = self.list[usize::from(channel)].ranged(now, entry);
                match self.zones.zone_of(channel) {
                    // What is said on one member holds for all of its zone.
                    Some((zone, _)) => self.member_ranges[zone] = Some(range),
                    None => self.list[usize::from(channel)].range = Some(range),
                }
            }
            Some(parameter @ (Parameter::FineTuning | Parameter::CoarseTuning)) => {
                self.list[usize::from(channel)].tune(parameter, entry);
            }
            Some(Parameter::Mpe) => {
                if let Entry::Coarse(members) = entry {
                    return self.configure(channel, members);
                }
            }
            None => {}
        }
        Response::None
    }

    /// An MPE configuration message: channels that enter, leave or change zones end their notes and
    /// begin anew.
    fn configure(&mut self, channel: u8, members: u8) -> Response {
        let before = self.zones;
        let Some(zones) = before.configured(channel, members) else { return Response::None };
        let changed = before.changed(zones);
        let selection = *self.of(channel);
        self.reset(changed, |own| *own = Channel::REST);
        // The message goes on speaking of what it has selected.
        self.list[usize::from(channel)].selection_of(&selection);
        (self.zones, self.by_message) = (zones, Some(zones));
        if members > 0 {
            let zone = usize::from(channel != 0);
            self.member_ranges[zone] = Some(MPE_RANGES[0]);
            self.list[usize::from(channel)].range = Some(MPE_RANGES[1]);
        }
        Response::NotesOff(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(mpe: bool) -> Channels {
        let mut channels = Channels::REST;
        channels.follow(&CanneControls { mpe, ..CanneControls::default() });
        channels
    }

    fn send(channels: &mut Channels, channel: u8, list: &[(u8, u8)]) -> Response {
        let mut last = Response::None;
        for &(controller, value) in list {
            last = channels.control(channel, controller, f32::from(value) / 127.0);
        }
        last
    }

    #[test]
    fn mpe_adds_the_master_channel() {
        let mut channels = told(true);
        channels.set_bend(0, 0.5);
        channels.set_bend(3, -0.25);
        channels.set_pedal(0, true);
        channels.set_pressure(0, 0.2);
        send(&mut channels, 0, &[(7, 64), (10, 0)]);
        let (note, master) = (channels.touch(3, None), channels.touch(0, None));
        assert_eq!((note.semitones, master.semitones), (-11.0, 1.0));
        assert_eq!((note.pressure, note.place, note.gain), (0.2, -1.0, master.gain));
        assert!(channels.sustains(3));
        channels.follow(&CanneControls::default());
        assert_eq!(channels.touch(3, None).semitones, -0.5);
        assert!(!channels.sustains(3));
    }

    #[test]
    fn a_parameter_that_moves_takes_back_what_messages_set() {
        let mut channels = told(false);
        send(&mut channels, 5, &[(101, 0), (100, 0), (6, 12)]);
        assert_eq!((channels.range(5), channels.range(4)), (12.0, 2.0));
        send(&mut channels, 0, &[(101, 0), (100, 6), (6, 3)]);
        assert_eq!(channels.zones(), (MpeZones { lower: 3, upper: 0 }, true));
        assert_eq!((channels.range(1), channels.range(0), channels.range(5)), (48.0, 2.0, 12.0));
        // The same controls again say nothing new.
        channels.follow(&CanneControls::default());
        assert_eq!((channels.zones().1, channels.range(5)), (true, 12.0));
        channels.follow(&CanneControls { bend_range: 7.0, ..CanneControls::default() });
        assert_eq!((channels.range(5), channels.range(0), channels.range(1)), (7.0, 7.0, 48.0));
        channels.follow(&CanneControls {
            bend_range: 7.0,
            mpe_bend_range: 24.0,
            mpe: true,
            ..CanneControls::default()
        });
        assert_eq!((channels.zones(), channels.range(1)), ((MpeZones::ALL, false), 24.0));
    }

    #[test]
    fn a_range_said_on_one_member_holds_for_all() {
        let mut channels = told(true);
        send(&mut channels, 7, &[(100, 0), (101, 0), (6, 24)]);
        assert_eq!((channels.range(1), channels.range(15), channels.range(0)), (24.0, 24.0, 2.0));
        send(&mut channels, 0, &[(101, 0), (100, 0), (6, 12)]);
        assert_eq!((channels.range(1), channels.range(0)), (24.0, 12.0));
    }

    #[test]
    fn a_configuration_message_resets_only_the_channels_that_it_moves() {
        let mut channels = told(false);
        (1..16).for_each(|channel| channels.set_bend(channel, 0.5));
        assert_eq!(
            send(&mut channels, 0, &[(101, 0), (100, 6), (6, 2)]),
            Response::NotesOff(0b111)
        );
        assert_eq!(
            (channels.touch(1, None).semitones, channels.touch(3, None).semitones),
            (0.0, 1.0)
        );
        channels.set_bend(1, 0.5);
        // Data again, with what was selected before.
        assert_eq!(send(&mut channels, 0, &[(6, 3)]), Response::NotesOff(0b1000));
        assert_eq!(channels.touch(1, None).semitones, 24.0);
        assert_eq!(send(&mut channels, 4, &[(101, 0), (100, 6), (6, 3)]), Response::None);
        assert_eq!(send(&mut channels, 0, &[(6, 99)]), Response::None);
        assert_eq!(send(&mut channels, 0, &[(6, 0)]), Response::NotesOff(0b1111));
        assert_eq!(channels.zones(), (MpeZones::OFF, true));
    }

    #[test]
    fn controllers_go_back_as_rp_015_says() {
        let mut channels = told(false);
        channels.set_bend(2, 1.0);
        channels.set_pressure(2, 1.0);
        let all = [
            (1, 127),
            (7, 64),
            (10, 0),
            (11, 64),
            (64, 127),
            (74, 127),
            (101, 0),
            (100, 0),
            (6, 12),
        ];
        send(&mut channels, 2, &all);
        assert_eq!(send(&mut channels, 3, &[(121, 0)]), Response::Reset(0b1000));
        assert_eq!((channels.wheel(), channels.sustains(2)), (1.0, true));
        assert_eq!(send(&mut channels, 2, &[(121, 0)]), Response::Reset(0b100));
        let touch = channels.touch(2, None);
        assert_eq!(
            (channels.wheel(), channels.sustains(2), touch.pressure, touch.semitones),
            (0.0, false, 0.0, 0.0)
        );
        // Volume, pan, slide and the bend range stay; nothing is selected any more.
        assert!((touch.gain - (64.0f32 / 127.0).powi(2)).abs() < 1e-6);
        send(&mut channels, 2, &[(6, 3)]);
        assert_eq!((touch.place, touch.slide, channels.range(2)), (-1.0, 0.5, 12.0));
    }
}
