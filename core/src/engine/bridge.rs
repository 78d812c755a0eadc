//! The way of the sound to the model's rate and back.

use crate::signal::MAX_CHANNELS;
use crate::signal::level::Delay;
use crate::signal::resample::{Kernel, Line, Ratio};

/// Brings the host's samples to the model's rate, has them played there, and brings them back.
///
/// Model sample `m` stands at host sample `m` * host / model and is made as soon as the filter has
/// heard enough; the delay of the whole way is [`Bridge::latency_samples`] host samples exactly,
/// whatever lengths the calls have.
#[derive(Debug)]
pub(super) struct Bridge {
    ratio: Ratio,
    down: Kernel,
    up: Kernel,
    /// What came from the host: the main sound's channels, then the side chain's.
    heard: Vec<Line>,
    /// What came from the model.
    played: Vec<Line>,
    model: Vec<Vec<f32>>,
    side_model: Vec<Vec<f32>>,
    /// The main sound itself on the same way, past the model.
    past: Option<Past>,
    most: usize,
    /// Model samples by which the model delays.
    held: usize,
    latency: usize,
    /// Host samples so far, and model samples.
    host_count: u64,
    model_count: u64,
}

/// What goes the way without being played, late as what is.
#[derive(Debug)]
struct Past {
    model: Vec<Vec<f32>>,
    late: Vec<Delay>,
    lines: Vec<Line>,
}

impl Bridge {
    /// For a model that delays by `held` of its samples, and calls of at most `most` host samples.
    /// `crossings` is the filters' length on each side, in samples of the lower rate: with 32 the
    /// band ends at 0.43 of that rate, with 64 at 0.46. Allocates.
    pub fn new(ratio: Ratio, channels: usize, held: usize, most: usize, crossings: usize) -> Self {
        let down = Kernel::new(ratio.host, ratio.model, crossings);
        let up = Kernel::new(ratio.model, ratio.host, crossings);
        // The last host sample of a call must not need more model samples than the call has made.
        let latency = down.half() + ratio.in_host(held + up.half() + 1);
        let most_model = ratio.in_model(most) + 1;
        let spare = ratio.in_model(1) + 4;
        Self {
            heard: (0..channels + MAX_CHANNELS)
                .map(|_| Line::new(down.width() + 2, most))
                .collect(),
            played: (0..channels).map(|_| Line::new(up.width() + spare, most_model)).collect(),
            model: vec![vec![0.0; most_model]; channels],
            side_model: vec![vec![0.0; most_model]; MAX_CHANNELS],
            past: None,
            ratio,
            down,
            up,
            most,
            held,
            latency,
            host_count: 0,
            model_count: 0,
        }
    }

    /// The same with a way past the model: see [`Bridge::past`]. Allocates.
    pub fn with_past(mut self) -> Self {
        let late = self.model.iter().map(|_| Delay::new(self.held)).collect();
        self.past = Some(Past { model: self.model.clone(), late, lines: self.played.clone() });
        self
    }

    pub fn reset(&mut self) {
        self.heard.iter_mut().chain(&mut self.played).for_each(Line::reset);
        if let Some(past) = &mut self.past {
            past.lines.iter_mut().for_each(Line::reset);
            past.late.iter_mut().for_each(|late| late.fill(0.0));
        }
        (self.host_count, self.model_count) = (0, 0);
    }

    /// Host samples from in to out, the model's own delay with them.
    pub fn latency_samples(&self) -> usize {
        self.latency
    }

    /// Host samples beyond the latency in which the filters still ring.
    pub fn ringing(&self) -> usize {
        self.down.half() + self.ratio.in_host(self.up.half() + 1) + 1
    }

    /// Model samples by which the host may be ahead of what the model has been given.
    pub fn ahead(&self) -> usize {
        self.ratio.in_model(self.down.half()) + 1
    }

    /// Replaces the first `n` samples of `main` by played ones; `play` is given what there is at
    /// the model's rate: main sound, side chain and number of samples. Real-time safe when `play`
    /// is.
    ///
    /// # Shapes
    /// `main` `[channel][sample]` with as many channels as the bridge has; `side` none, or 1 or 2
    /// of at least `n` samples; `n` at most what was said to [`Bridge::new`].
    pub fn exchange(
        &mut self,
        main: &mut [Vec<f32>],
        side: &[Vec<f32>],
        n: usize,
        play: impl FnOnce(&mut [Vec<f32>], &[Vec<f32>], usize),
    ) {
        debug_assert!(n <= self.most, "{n} samples at once, {} were said", self.most);
        let channels = self.model.len();
        let sides = side.len().min(MAX_CHANNELS);
        for (c, line) in self.heard.iter_mut().enumerate() {
            let sound = if c < channels { main.get(c) } else { side.get(c - channels) };
            line.push(sound.map(Vec::as_slice), n);
        }
        let first = self.host_count as i64;
        self.host_count += n as u64;
        let made = (self.down.ready(self.host_count) - self.model_count) as usize;
        let place = self.model_count as i64 * self.ratio.host as i64;
        let sounds = self.model.iter_mut().chain(&mut self.side_model);
        for (line, sound) in self.heard.iter().zip(sounds).take(channels + sides) {
            self.down.convert(line, place, &mut sound[..made]);
        }
        if let Some(past) = &mut self.past {
            for (((sound, to), late), line) in
                self.model.iter().zip(&mut past.model).zip(&mut past.late).zip(&mut past.lines)
            {
                to[..made].copy_from_slice(&sound[..made]);
                late.swap(&mut to[..made]);
                line.push(Some(to), made);
            }
        }
        if made > 0 {
            play(&mut self.model, &self.side_model[..sides], made);
            self.model_count += made as u64;
        }
        let place = self.place(first);
        for ((line, sound), out) in self.played.iter_mut().zip(&self.model).zip(main) {
            line.push(Some(sound), made);
            self.up.convert(line, place, &mut out[..n]);
        }
    }

    /// Where the host sample `first` comes from, in steps of both rates.
    fn place(&self, first: i64) -> i64 {
        (first - self.latency as i64) * self.ratio.model as i64
            + (self.held * self.ratio.host) as i64
    }

    /// The last `n` samples of a channel as they came back without being played: what the model's
    /// band holds of the main sound, as late as what was played. Nothing without
    /// [`Bridge::with_past`]. Real-time safe.
    pub fn past(&self, channel: usize, out: &mut [f32]) {
        if let Some(line) = self.past.as_ref().and_then(|past| past.lines.get(channel)) {
            self.up.convert(line, self.place(self.host_count as i64 - out.len() as i64), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const MOST: usize = 256;

    /// A sound there and back, with a model that delays by `held`, in calls of the lengths given in
    /// turn.
    fn there_and_back(
        ratio: Ratio,
        held: usize,
        input: &[f32],
        lengths: &[usize],
    ) -> (Vec<f32>, usize) {
        let mut bridge = Bridge::new(ratio, 1, held, MOST, 32);
        let mut late = std::collections::VecDeque::from(vec![0.0f32; held]);
        let mut out = Vec::new();
        for length in lengths.iter().cycle() {
            let n = (*length).min(input.len() - out.len());
            if n == 0 {
                break;
            }
            let mut main = vec![input[out.len()..out.len() + n].to_vec()];
            bridge.exchange(&mut main, &[], n, |main, _, samples| {
                for x in &mut main[0][..samples] {
                    late.push_back(*x);
                    *x = late.pop_front().unwrap_or(0.0);
                }
            });
            out.extend(&main[0][..n]);
        }
        (out, bridge.latency_samples())
    }

    const RATES: [(f64, f64); 7] = [
        (48_000.0, 44_100.0),
        (44_100.0, 48_000.0),
        (96_000.0, 22_050.0),
        (8_000.0, 44_100.0),
        (192_000.0, 44_100.0),
        (1_234.567_8, 44_100.0),
        (768_000.0, 44_100.0),
    ];

    #[test]
    fn there_and_back_is_a_whole_delay_at_every_rate() {
        for (host_hz, model_hz) in RATES {
            for held in [0, 1, 777] {
                let ratio = Ratio::new(host_hz, model_hz).unwrap();
                // A band-limited pulse, well below both Nyquist frequencies.
                let width = 12.0 * (ratio.host as f64 / ratio.model as f64).max(1.0);
                let at = (8.0 * width).round();
                let wave = |i: usize| (-((i as f64 - at) / width).powi(2)).exp() as f32;
                let delay = Bridge::new(ratio, 1, held, MOST, 32).latency_samples();
                let input: Vec<f32> = (0..(16.0 * width) as usize + delay).map(wave).collect();
                let (output, latency) = there_and_back(ratio, held, &input, &[64]);
                let worst = input
                    .iter()
                    .zip(&output[latency..])
                    .map(|(a, b)| (a - b).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 1e-4, "{host_hz} {model_hz} {held}: {worst}");
            }
        }
    }

    #[test]
    fn any_lengths_give_the_same_bits_and_silence_ends_when_it_is_said_to() {
        let mut random = StdRng::seed_from_u64(1);
        for (host_hz, model_hz) in RATES {
            let ratio = Ratio::new(host_hz, model_hz).unwrap();
            let bridge = Bridge::new(ratio, 1, 100, MOST, 32);
            let (sounding, tail) =
                (3_000, bridge.latency_samples() + ratio.in_host(100) + bridge.ringing());
            let mut input: Vec<f32> =
                (0..sounding).map(|_| random.random_range(-1.0..1.0)).collect();
            input.resize(sounding + tail + 2_000, 0.0);
            let (expected, _) = there_and_back(ratio, 100, &input, &[64]);
            for lengths in [vec![1], vec![MOST], vec![3, 256, 1, 17, 100]] {
                let (found, _) = there_and_back(ratio, 100, &input, &lengths);
                let same = expected.iter().zip(&found).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{host_hz} {model_hz} {lengths:?}");
            }
            assert!(expected[sounding + tail..].iter().all(|x| *x == 0.0), "{host_hz} {model_hz}");
        }
    }

    #[test]
    fn what_passes_the_model_comes_as_what_a_model_of_nothing_plays() {
        let mut random = StdRng::seed_from_u64(2);
        let input: Vec<f32> = (0..4_000).map(|_| random.random_range(-1.0..1.0)).collect();
        for (host_hz, model_hz) in RATES {
            let ratio = Ratio::new(host_hz, model_hz).unwrap();
            let (played, _) = there_and_back(ratio, 100, &input, &[64]);
            let mut bridge = Bridge::new(ratio, 1, 100, MOST, 32).with_past();
            let mut out = vec![0.0; input.len()];
            for (input, out) in input.chunks(50).zip(out.chunks_mut(50)) {
                let mut main = vec![input.to_vec()];
                bridge.exchange(&mut main, &[], input.len(), |main, _, samples| {
                    main[0][..samples].fill(0.0)
                });
                bridge.past(0, out);
                assert!(main[0].iter().all(|x| *x == 0.0));
            }
            assert!(
                played.iter().zip(&out).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{host_hz} {model_hz}"
            );
        }
    }

    #[test]
    fn at_usual_rates_the_way_costs_a_millisecond_and_a_half() {
        let bridge = |host, model| {
            Bridge::new(Ratio::new(host, model).unwrap(), 1, 0, MOST, 32).latency_samples()
        };
        assert_eq!([bridge(48_000.0, 44_100.0), bridge(44_100.0, 48_000.0)], [71, 66]);
    }
}
