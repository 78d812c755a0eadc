//! Model and recording side by side, blind and at one loudness.

use std::sync::Arc;

use nfx_core::signal::random::Random;
use nfx_frame::random;

/// A comparison that is under way.
pub struct BlindTest {
    /// The recording, then the model.
    pub sounds: [Arc<Vec<f32>>; 2],
    /// Which button sounds: the first (0) or the second (1).
    pub playing: Option<usize>,
    /// Whether the first button has the model in this round.
    swapped: bool,
    rounds: u32,
    hits: u32,
    last: Option<bool>,
    random: Random,
}

/// The same for the editor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlindTestView {
    /// Which button sounds.
    pub playing: Option<usize>,
    /// Answers so far.
    pub rounds: u32,
    /// Right ones.
    pub hits: u32,
    /// Whether the last one was right.
    pub last: Option<bool>,
}

impl BlindTest {
    /// A comparison of a recording and a model's sound, brought to one loudness.
    #[must_use]
    pub fn new(recording: &[f32], model: &[f32]) -> Self {
        let count = recording.len().min(model.len());
        let rms = |sound: &[f32]| {
            (sound.iter().map(|x| x * x).sum::<f32>() / count.max(1) as f32).sqrt().max(1e-6)
        };
        let (recording, model) = (&recording[..count], &model[..count]);
        // Both at -20 dB, and neither above full scale.
        let peak = |sound: &[f32], gain: f32| {
            sound.iter().fold(0.0_f32, |most, x| most.max((x * gain).abs()))
        };
        let (mut a, mut b) = (0.1 / rms(recording), 0.1 / rms(model));
        let over = peak(recording, a).max(peak(model, b)) / 0.9;
        if over > 1.0 {
            (a, b) = (a / over, b / over);
        }
        let at = |sound: &[f32], gain: f32| {
            Arc::new(sound.iter().map(|x| x * gain).collect::<Vec<f32>>())
        };
        let mut random = random::from_clock();
        Self {
            sounds: [at(recording, a), at(model, b)],
            playing: None,
            swapped: random.unit() < 0.5,
            rounds: 0,
            hits: 0,
            last: None,
            random,
        }
    }

    /// Which sound a button has in this round: 0 the recording, 1 the model.
    #[must_use]
    pub fn sound_of(&self, button: usize) -> usize {
        (button.min(1) + usize::from(self.swapped)) % 2
    }

    /// Takes an answer, and draws for the next round.
    pub fn answer(&mut self, button: usize) {
        let right = self.sound_of(button) == 0;
        self.rounds += 1;
        self.hits += u32::from(right);
        (self.last, self.playing) = (Some(right), None);
        self.swapped = self.random.unit() < 0.5;
    }

    /// For the editor.
    #[must_use]
    pub fn view(&self) -> BlindTestView {
        BlindTestView {
            playing: self.playing,
            rounds: self.rounds,
            hits: self.hits,
            last: self.last,
        }
    }
}

impl BlindTestView {
    /// What the answers say, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (rounds, hits) = (self.rounds, self.hits);
        if rounds == 0 {
            return "Listen to both as often as you like, then say which one is the recording."
                .to_owned();
        }
        let score = format!("{hits} of {rounds} right");
        if rounds < 5 {
            return format!("{score}. A few more rounds, and it means something.");
        }
        let chance = by_chance(rounds, hits);
        if chance > 0.05 {
            format!(
                "{score}: guessing does as well ({:.0} % of the time). You cannot tell them apart.",
                chance * 100.0
            )
        } else {
            format!(
                "{score}: guessing does so well only {:.1} % of the time. You hear a difference.",
                chance * 100.0
            )
        }
    }
}

/// How likely guessing gives at least so many hits (the binomial distribution at one half).
fn by_chance(rounds: u32, hits: u32) -> f64 {
    let mut term = 0.5_f64.powi(i32::try_from(rounds).unwrap_or(i32::MAX));
    let mut sum = 0.0;
    for k in 0..=rounds {
        if k >= hits {
            sum += term;
        }
        term *= f64::from(rounds - k) / f64::from(k + 1);
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_equally_loud_and_rounds_are_counted() {
        let recording: Vec<f32> = (0..48_000).map(|i| (i as f32 * 0.05).sin() * 0.9).collect();
        let model: Vec<f32> = recording.iter().map(|x| x * 0.01).collect();
        let mut blind_test = BlindTest::new(&recording, &model);
        let worst = blind_test.sounds[0]
            .iter()
            .zip(&*blind_test.sounds[1])
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst < 1e-5, "{worst}");
        for _ in 0..10 {
            let right = (0..2).find(|button| blind_test.sound_of(*button) == 0).unwrap();
            blind_test.answer(right);
        }
        assert_eq!((blind_test.view().rounds, blind_test.view().hits), (10, 10));
        assert!(blind_test.view().sentence().contains("hear a difference"));
        assert!(
            (by_chance(10, 10) - 1.0 / 1024.0).abs() < 1e-9 && (by_chance(4, 0) - 1.0).abs() < 1e-9
        );
    }
}
