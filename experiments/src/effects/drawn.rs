//! Music and settings drawn at random, and what a device makes of them.

use anyhow::Result;
use nfx_core::models::effect::KnobInfo;
use nfx_core::signal::random::Random;
use nfx_learn::effect::PairBatch;

use super::measure::Example;
use super::music::{Clip, excerpt};
use super::{Device, values_of};

/// Segments with settings, played through a device.
pub struct Drawn {
    input: Vec<f32>,
    target: Vec<f32>,
    knobs: Vec<f32>,
    weights: Vec<f32>,
    segments: usize,
    samples: usize,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// How many segments.
    pub segments: usize,
    /// Samples of each.
    pub samples: usize,
    /// How far above a clip's peak an excerpt may be, dB.
    pub louder_db: f32,
    /// Settings at the corners of the knobs' ranges only.
    pub corners: bool,
}

impl Drawn {
    /// Draws music and settings and plays them.
    ///
    /// # Errors
    /// When the device does not answer.
    pub fn new(
        device: &mut dyn Device,
        clips: &[Clip],
        rate_hz: f64,
        draw: Draw,
        rng: &mut Random,
    ) -> Result<Drawn> {
        let knobs = device.knobs();
        let Draw { segments, samples, louder_db, corners } = draw;
        let mut drawn = Drawn {
            input: Vec::with_capacity(segments * samples),
            target: Vec::with_capacity(segments * samples),
            knobs: Vec::new(),
            weights: Vec::new(),
            segments,
            samples,
        };
        for _ in 0..segments {
            let input = excerpt(rng, clips, samples, louder_db);
            let setting = draw_setting(rng, &knobs, corners);
            let target = device.render(&input, rate_hz, &values_of(&knobs, &setting))?;
            let power = target.iter().map(|y| f64::from(*y).powi(2)).sum::<f64>() / samples as f64;
            drawn.weights.push((1.0 / (power + 1e-6)) as f32);
            drawn.input.extend(input);
            drawn.target.extend(target);
            drawn.knobs.extend(setting);
        }
        Ok(drawn)
    }

    /// As the learners take it.
    pub fn batch(&self) -> PairBatch<'_> {
        PairBatch::new(&self.input, &self.target, &self.knobs, &self.weights)
    }

    /// One example for each segment.
    pub fn examples(&self) -> Vec<Example> {
        let width = self.knobs.len() / self.segments.max(1);
        (0..self.segments)
            .map(|i| Example {
                input: self.input[i * self.samples..(i + 1) * self.samples].to_vec(),
                target: self.target[i * self.samples..(i + 1) * self.samples].to_vec(),
                knobs: self.knobs[i * width..(i + 1) * width].to_vec(),
            })
            .collect()
    }
}

fn draw_setting(rng: &mut Random, knobs: &[KnobInfo], corners: bool) -> Vec<f32> {
    knobs
        .iter()
        .map(|_| {
            if corners {
                if rng.chance(0.5) { 1.0 } else { -1.0 }
            } else {
                // A little beyond the ends and back, so that the ends are drawn, too.
                rng.range(-1.05, 1.05).clamp(-1.0, 1.0)
            }
        })
        .collect()
}
