//! What the trained and the real-time form of a network are compared on, whenever its weights are
//! the best so far and again when the model file is made: what was kept is always a file.

use nfx_learn::LearnError;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::export::worst_parity;

use super::data::{Dataset, Stretch};

/// Settings of the knobs that are compared at, at most.
const SETTINGS: usize = 3;
/// Seconds of loud sound, of silence, and of sound again, for a network that remembers; a quarter
/// of them for any other.
const SOUNDS_S: [f64; 3] = [0.75, 0.5, 0.5];

/// Sounds, each with a setting of the knobs (−1 to 1).
#[derive(Clone, Debug, Default)]
pub struct Probe {
    sounds: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Probe {
    /// The loudest held-out sound of the first, the middle and the last recording, with a silence
    /// in it.
    pub fn new(data: &Dataset, remembers: bool) -> Self {
        let mut recordings: Vec<usize> =
            data.validation.iter().chain(&data.test).map(|s| s.recording).collect();
        recordings.sort_unstable();
        recordings.dedup();
        let most = recordings.len().saturating_sub(1);
        let mut chosen: Vec<usize> = (0..SETTINGS).map(|i| i * most / (SETTINGS - 1)).collect();
        chosen.dedup();
        let share = if remembers { 1.0 } else { 0.25 };
        let samples = SOUNDS_S.map(|s| ((s * share * data.rate_hz) as usize).max(64));
        let sounds = chosen.iter().filter_map(|i| recordings.get(*i)).map(|recording| {
            let loud = loudest(data, *recording, samples[0]);
            let silence = std::iter::repeat_n(&0.0f32, samples[1]);
            let sound =
                loud.iter().chain(silence).chain(loud.iter().take(samples[2])).copied().collect();
            (sound, data.recordings[*recording].knobs.clone())
        });
        Probe { sounds: sounds.collect() }
    }

    /// As the export wants them.
    pub fn sounds(&self) -> Vec<(&[f32], &[f32])> {
        self.sounds.iter().map(|(sound, knobs)| (sound.as_slice(), knobs.as_slice())).collect()
    }

    /// How far the two forms of a learner's present weights are apart, relative to the output.
    ///
    /// # Errors
    /// When the weights make no model.
    pub fn parity(
        &self,
        learner: &mut dyn ProfileLearner,
        data: &Dataset,
    ) -> Result<f32, LearnError> {
        worst_parity(learner, data.rate_hz, &data.knobs, &self.sounds())
    }
}

/// The input where it is loudest in the held-out part of a recording, up to so many samples.
fn loudest(data: &Dataset, recording: usize, samples: usize) -> &[f32] {
    let input = &data.recordings[recording].input;
    let energy = |at: usize, s: &Stretch| {
        input[at..(at + samples).min(s.until)].iter().map(|x| f64::from(x * x)).sum::<f64>()
    };
    let held = data.validation.iter().chain(&data.test).filter(|s| s.recording == recording);
    let places =
        held.flat_map(|s| (s.from..s.until).step_by((samples / 2).max(1)).map(move |at| (at, s)));
    let best = places.max_by(|a, b| energy(a.0, a.1).total_cmp(&energy(b.0, b.1)));
    best.map_or(&[], |(at, s)| &input[at..(at + samples).min(s.until)])
}

#[cfg(test)]
mod tests {
    use super::super::data::tests::recording;
    use super::*;

    #[test]
    fn the_loudest_held_out_sound_is_heard_twice_with_silence_between() {
        let mut r = recording(60.0, 3);
        let loud = Dataset::new(vec![r.clone()], Vec::new(), 8_000.0, 0).expect("data").test[0];
        r.input[loud.from..loud.from + 2_000].iter_mut().for_each(|x| *x *= 10.0);
        let data = Dataset::new(vec![r], Vec::new(), 8_000.0, 0).expect("data");
        let probe = Probe::new(&data, true);
        let [(sound, knobs)] = probe.sounds()[..] else { panic!("one setting, one sound") };
        assert!(sound.len() == 14_000 && knobs.is_empty());
        assert!(
            sound[..6_000].iter().any(|x| x.abs() > 2.0)
                && sound[6_000..10_000].iter().all(|x| *x == 0.0)
        );
        assert_eq!(sound[..4_000], sound[10_000..]);
        assert!(Probe::new(&data, false).sounds()[0].0.len() < 4_000);
    }
}
