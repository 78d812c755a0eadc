//! Zones of MPE (RP-053): which channel carries single notes, and which one speaks for them all.

use super::CHANNELS;

/// Master channel of the lower zone: channel 1.
const LOWER: u8 = 0;
/// Master channel of the upper zone: channel 16.
const UPPER: u8 = CHANNELS as u8 - 1;
/// Members that two zones have together at most: the other two channels are their masters.
const SHARED: u8 = CHANNELS as u8 - 2;
/// Members of a zone that is alone.
const ALONE: u8 = CHANNELS as u8 - 1;

/// How the sixteen channels are divided. A zone without members is none, and its master an ordinary
/// channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MpeZones {
    /// Members of the lower zone, channel 2 and upwards under channel 1: 0 to 15.
    pub lower: u8,
    /// Members of the upper zone, channel 15 and downwards under channel 16: 0 to 15.
    pub upper: u8,
}

impl MpeZones {
    /// No MPE: each channel stands for itself.
    pub const OFF: Self = Self { lower: 0, upper: 0 };
    /// The lower zone with all channels.
    pub const ALL: Self = Self { lower: ALONE, upper: 0 };

    /// As it is after an MPE configuration message on a channel; `None` where that says nothing.
    /// The zone that the message names has its way, and the other one keeps what is left.
    pub(super) fn configured(self, channel: u8, members: u8) -> Option<Self> {
        if members > ALONE {
            return None;
        }
        let rest = |other: u8| {
            if members == 0 { other } else { other.min(SHARED.saturating_sub(members)) }
        };
        match channel {
            LOWER => Some(Self { lower: members, upper: rest(self.upper) }),
            UPPER => Some(Self { lower: rest(self.lower), upper: members }),
            _ => None,
        }
    }

    /// Whether there is any zone.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::OFF
    }

    /// The zone (0: lower, 1: upper) and master channel of a member.
    pub(super) fn zone_of(self, member: u8) -> Option<(usize, u8)> {
        if member != LOWER && member <= self.lower {
            Some((0, LOWER))
        } else if member < UPPER && UPPER - member <= self.upper {
            Some((1, UPPER))
        } else {
            None
        }
    }

    /// Channels that a message on this one concerns, as bits: a master speaks for its members.
    pub(super) fn reach(self, channel: u8) -> u16 {
        let members = (0..CHANNELS as u8)
            .filter(|&member| self.zone_of(member).is_some_and(|(_, own)| own == channel));
        members.fold(bit(channel), |mask, member| mask | bit(member))
    }

    /// Channels whose part another division changes, as bits.
    pub(super) fn changed(self, other: Self) -> u16 {
        let part = |zones: Self, channel: u8| {
            (zones.zone_of(channel), zones.reach(channel) != bit(channel))
        };
        let changed =
            (0..CHANNELS as u8).filter(|&channel| part(self, channel) != part(other, channel));
        changed.fold(0, |mask, channel| mask | bit(channel))
    }
}

/// A channel as a bit; 0 for one that does not exist.
pub(super) fn bit(channel: u8) -> u16 {
    1u16.checked_shl(u32::from(channel)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_lie_beside_their_master() {
        let zones = MpeZones { lower: 3, upper: 2 };
        let lower = (1..=3).map(|channel| (channel, Some((0, 0))));
        let upper = (13..=14).map(|channel| (channel, Some((1, 15))));
        for (channel, zone) in
            lower.chain(upper).chain([0, 4, 12, 15].map(|channel| (channel, None)))
        {
            assert_eq!(zones.zone_of(channel), zone, "{channel}");
        }
        assert_eq!((zones.reach(0), zones.reach(15), zones.reach(2)), (0b1111, 0b111 << 13, 0b100));
        assert_eq!((zones.reach(4), zones.zone_of(16), zones.zone_of(255)), (0b1_0000, None, None));
        assert_eq!(MpeZones::ALL.reach(0), 0xffff);
        assert_eq!(MpeZones { lower: 0, upper: 15 }.zone_of(0), Some((1, 15)));
        assert_eq!(MpeZones::OFF.reach(0), 1);
    }

    #[test]
    fn the_newer_zone_has_its_way() {
        let of = |lower, upper| MpeZones { lower, upper };
        assert_eq!(of(0, 0).configured(0, 15), Some(of(15, 0)));
        assert_eq!(of(15, 0).configured(15, 5), Some(of(9, 5)));
        assert_eq!(of(9, 5).configured(0, 10), Some(of(10, 4)));
        assert_eq!(of(10, 4).configured(0, 14), Some(of(14, 0)));
        assert_eq!(of(7, 7).configured(15, 15), Some(of(0, 15)));
        assert_eq!(of(0, 15).configured(0, 0), Some(of(0, 15)));
        assert_eq!(of(4, 5).configured(0, 0), Some(of(0, 5)));
        assert_eq!((of(4, 5).configured(0, 16), of(4, 5).configured(3, 2)), (None, None));
    }

    #[test]
    fn only_channels_that_enter_leave_or_change_zones_are_disturbed() {
        let of = |lower, upper| MpeZones { lower, upper };
        assert_eq!(MpeZones::ALL.changed(MpeZones::ALL), 0);
        assert_eq!(of(0, 0).changed(of(2, 0)), 0b111);
        assert_eq!(of(2, 0).changed(of(3, 0)), 0b1000);
        assert_eq!(of(15, 0).changed(of(7, 0)), 0xff00);
        assert_eq!(of(12, 0).changed(of(11, 3)), 0b1111 << 12);
    }
}
