//! A take as bytes: a head, then 16-bit numbers.

use super::{Knot, MOST_KNOTS, MOST_STEPS, NOISES, SLIDERS, STEP_S, Sustain, TONES, Take};

/// What the bytes begin with, and the version of what follows.
const MAGIC: [u8; 4] = *b"TAK1";
/// Parts of a dB in a number.
const PER_DB: f32 = 64.0;
/// Parts of a cent.
const PER_CENT: f32 = 8.0;
/// Parts of a slider's learned range.
const PER_RANGE: f32 = 4096.0;
/// Parts of a second.
const PER_SECOND: f32 = 2048.0;
/// Numbers of a knot.
const KNOT: usize = 1 + SLIDERS + TONES + NOISES;

/// What is wrong with a take's bytes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TakeError {
    /// They are none, or of a newer version.
    #[error("expected a take's bytes, which begin with TAK1, found others; nothing was changed")]
    Kind,
    /// There are too few or too many.
    #[error("expected {expected} bytes of a take, found {found}; nothing was changed")]
    Length {
        /// As the head says.
        expected: usize,
        /// As they are.
        found: usize,
    },
    /// A number is out of its range.
    #[error("expected a take's {what}, found {found}; nothing was changed")]
    Value {
        /// What, and within which limits.
        what: &'static str,
        /// What it is.
        found: f32,
    },
}

impl Take {
    /// The take as bytes, some 10,000 of them; [`Take::from_bytes`] reads them. Numbers are
    /// rounded: levels to 1/64 dB, pitches to 1/8 cent. Allocates.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(48 + 4 * self.level_db.len() + 2 * KNOT * self.knots.len());
        out.extend(MAGIC);
        let Sustain { from_s, to_s } = self.sustain.unwrap_or(Sustain { from_s: 0.0, to_s: 0.0 });
        for value in [self.root, self.colour, from_s, to_s, self.fall_db] {
            out.extend(value.to_le_bytes());
        }
        for count in [self.level_db.len(), self.knots.len()] {
            out.extend((count as u32).to_le_bytes());
        }
        let mut put = |value: f32, parts: f32| {
            let rounded = (value * parts).round().clamp(f32::from(i16::MIN), f32::from(i16::MAX));
            out.extend((rounded as i16).to_le_bytes());
        };
        self.level_db.iter().for_each(|db| put(*db, PER_DB));
        self.cents.iter().for_each(|cents| put(*cents, PER_CENT));
        for knot in &self.knots {
            put(knot.at_s, PER_SECOND);
            knot.sliders.iter().for_each(|place| put(*place, PER_RANGE));
            knot.tones_db.iter().chain(&knot.noises_db).for_each(|db| put(*db, PER_DB));
        }
        out
    }

    /// Reads what [`Take::to_bytes`] wrote. Allocates.
    ///
    /// # Errors
    /// [`TakeError`], for whatever else the bytes are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TakeError> {
        let mut rest = bytes.strip_prefix(&MAGIC).ok_or(TakeError::Kind)?;
        let short = |expected| TakeError::Length { expected, found: bytes.len() };
        let head = MAGIC.len() + 7 * 4;
        let mut word = || {
            let (word, after) = rest.split_first_chunk::<4>()?;
            rest = after;
            Some(*word)
        };
        let mut head_of = || word().ok_or(short(head));
        let mut number = || head_of().map(f32::from_le_bytes);
        let [root, colour, from_s, to_s, fall_db] =
            [number()?, number()?, number()?, number()?, number()?];
        let mut count = || head_of().map(|word| u32::from_le_bytes(word) as usize);
        let (steps, knots) = (count()?, count()?);
        let check = |good: bool, what, found| {
            if good { Ok(()) } else { Err(TakeError::Value { what, found }) }
        };
        check((1..=MOST_STEPS).contains(&steps), "1 to 667 steps", steps as f32)?;
        check((1..=MOST_KNOTS).contains(&knots), "1 to 128 knots", knots as f32)?;
        let expected = head + 2 * (2 * steps + KNOT * knots);
        if bytes.len() != expected {
            return Err(short(expected));
        }
        let seconds = (steps - 1) as f32 * STEP_S;
        check((0.0..=127.0).contains(&root), "root from 0 to 127", root)?;
        check((0.0..=1.0).contains(&colour), "colour from 0 to 1", colour)?;
        check((0.0..=1000.0).contains(&fall_db), "fall from 0 to 1000 dB a second", fall_db)?;
        let sustain = (to_s > 0.0 || from_s != 0.0).then_some(Sustain { from_s, to_s });
        let good = sustain.is_none_or(|s| {
            s.from_s >= 0.0 && s.to_s - s.from_s >= STEP_S && s.to_s <= seconds + STEP_S
        });
        check(good, "sustained part within its length", to_s)?;
        let mut numbers =
            rest.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])));
        // The length was checked: there is always a next one.
        let mut next = |parts: f32| numbers.next().unwrap_or(0.0) / parts;
        let level_db: Vec<f32> = (0..steps).map(|_| next(PER_DB).clamp(-96.0, 0.0)).collect();
        let cents: Vec<f32> = (0..steps).map(|_| next(PER_CENT)).collect();
        let knots: Vec<Knot> = (0..knots)
            .map(|_| Knot {
                at_s: next(PER_SECOND),
                sliders: std::array::from_fn(|_| next(PER_RANGE)),
                tones_db: std::array::from_fn(|_| next(PER_DB)),
                noises_db: std::array::from_fn(|_| next(PER_DB).min(0.0)),
            })
            .collect();
        let ascends =
            knots[0].at_s == 0.0 && knots.windows(2).all(|pair| pair[0].at_s < pair[1].at_s);
        check(ascends, "times that rise from 0", knots[0].at_s)?;
        let wildest =
            knots.iter().flat_map(|knot| knot.tones_db).fold(0.0f32, |most, db| most.max(db.abs()));
        check(wildest <= super::colour::MOST_DB, "tones within 60 dB", wildest)?;
        Ok(Self { root, colour, sustain, level_db, cents, knots, fall_db })
    }

    /// The same with its numbers rounded as bytes hold them, so that a take sounds alike before and
    /// after a project was saved.
    pub(super) fn rounded(&self) -> Result<Self, TakeError> {
        Self::from_bytes(&self.to_bytes())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A take of half a second with something in each of its numbers.
    pub fn sample(sustain: bool) -> Take {
        let steps = 42;
        let knot = |k: usize| Knot {
            at_s: 0.1 * k as f32,
            sliders: std::array::from_fn(|i| 0.05 * i as f32 - 0.1 * k as f32),
            tones_db: std::array::from_fn(|i| (i as f32 - 10.0) * 0.7 - k as f32),
            noises_db: std::array::from_fn(|i| -40.0 - i as f32),
        };
        let take = Take {
            root: 57.03,
            colour: 1.0,
            sustain: sustain.then_some(Sustain { from_s: 0.2, to_s: 0.4 }),
            level_db: (0..steps).map(|i| -0.3 * i as f32).collect(),
            cents: (0..steps).map(|i| 12.0 * (i as f32 * 0.7).sin()).collect(),
            knots: (0..5).map(knot).collect(),
            fall_db: if sustain { 0.0 } else { 25.0 },
        };
        take.rounded().expect("a take")
    }

    #[test]
    fn bytes_hold_all_of_a_take() {
        for sustain in [false, true] {
            let take = sample(sustain);
            assert_eq!(Take::from_bytes(&take.to_bytes()), Ok(take));
        }
    }

    #[test]
    fn other_bytes_are_refused_and_never_panic() {
        let bytes = sample(true).to_bytes();
        assert_eq!(Take::from_bytes(b"RIFF"), Err(TakeError::Kind));
        for length in 0..bytes.len() {
            assert!(Take::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(Take::from_bytes(&longer).is_err());
        let mut random = super::super::super::random::Random::new(7);
        for _ in 0..4000 {
            let mut wild = bytes.clone();
            for _ in 0..1 + random.bits() % 4 {
                let at = 4
                    + (random.bits() as usize)
                        % if random.bipolar() > 0.0 { 28 } else { bytes.len() - 4 };
                wild[at] = random.bits() as u8;
            }
            if let Ok(take) = Take::from_bytes(&wild) {
                for age_s in [0.0, 0.013, 0.3, 7.0, 1e6] {
                    let time_s = take.time_s(age_s);
                    let knot = take.knot(time_s);
                    let all = knot.sliders.iter().chain(&knot.tones_db).chain(&knot.noises_db);
                    assert!(
                        all.chain([&time_s, &take.gain(time_s), &take.cents(time_s)])
                            .all(|x| x.is_finite())
                    );
                    assert!((0.0..=1.0).contains(&take.gain(time_s)));
                }
            }
        }
    }
}
