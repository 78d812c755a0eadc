//! Impulse responses after the model: convolution without latency.

use fft_convolver::{TwoStageFFTConvolver, compute_tail_block_size};

use super::super::EngineError;
use super::super::convert::dot;
use super::super::player::MAX_CHANNELS;
use super::fade::Fade;
use super::impulse::prepare;

/// Samples that are convolved directly, whole lanes of the product, and the length of the blocks in which the rest is.
const HEAD: usize = 64;
/// Duration of the cross-fade between two impulse responses.
const FADE_S: f64 = 0.06;
/// A newcomer hears for at most so long what is played before it is faded in: its echoes then do not begin in mid-air.
const LONGEST_UNHEARD_S: f64 = 0.25;

/// An impulse response with the memory of one sound: made off the audio thread, handed over, cross-faded, handed back.
///
/// The first 64 taps are convolved directly, so that there is no latency. The others go to the partitioned convolution of
/// the `fft-convolver` crate, always in whole blocks of 64 at fixed places: that makes it late by just those 64 samples, and
/// its bits independent of the host's blocks (called with parts of a block, the crate transforms each part anew).
#[derive(Debug)]
pub struct Cabinet {
    channels: Vec<Channel>,
    at: usize,
    len: usize,
    host_hz: f64,
}

#[derive(Debug)]
struct Channel {
    /// Taps 0 to 63, the last first.
    head: [f32; HEAD],
    /// The block before and the present one.
    line: [f32; 2 * HEAD],
    /// Taps from 64 on; none in a short response.
    tail: Option<TwoStageFFTConvolver<f32>>,
    /// What the tail makes of the block before.
    late: [f32; HEAD],
}

impl Cabinet {
    /// An impulse response `[channel][sample]` of 1 or 2 channels at `ir_hz`, for an engine of `channels` at `host_hz`. Its
    /// level is made usual: the mean power response between 100 Hz and 5 kHz becomes one. Allocates: not for the audio
    /// thread.
    ///
    /// # Errors
    /// With a sentence when it has no channel, more than two, no sound in it, numbers that are none, is longer than
    /// [`LONGEST_IMPULSE_S`](super::LONGEST_IMPULSE_S), or a rate is not between 1 kHz and 768 kHz.
    pub fn new(ir: &[Vec<f32>], ir_hz: f64, host_hz: f64, channels: usize) -> Result<Box<Self>, EngineError> {
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(EngineError::Channels { found: channels });
        }
        let ready = prepare(ir, ir_hz, host_hz)?;
        let len = ready.iter().map(Vec::len).max().unwrap_or(0);
        let channels = (0..channels).map(|c| Channel::new(&ready[c.min(ready.len() - 1)])).collect::<Result<_, _>>()?;
        Ok(Box::new(Self { channels, at: 0, len, host_hz }))
    }

    /// Samples of the response, at the host's rate.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no response at all: never, for one that was made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn reset(&mut self) {
        self.at = 0;
        self.channels.iter_mut().for_each(Channel::reset);
    }

    /// Convolves the first `n` samples of each channel of `input` into `output`. Real-time safe.
    fn process(&mut self, input: &[Vec<f32>], output: &mut [Vec<f32>], n: usize) {
        let mut from = 0;
        while from < n {
            let count = (n - from).min(HEAD - self.at);
            for ((channel, x), y) in self.channels.iter_mut().zip(input).zip(output.iter_mut()) {
                channel.piece(self.at, &x[from..from + count], &mut y[from..from + count]);
            }
            self.at += count;
            from += count;
            if self.at == HEAD {
                self.at = 0;
                self.channels.iter_mut().for_each(Channel::turn);
            }
        }
    }
}

impl Channel {
    fn new(ir: &[f32]) -> Result<Self, EngineError> {
        let mut head = [0.0; HEAD];
        head.iter_mut().rev().zip(ir).for_each(|(h, x)| *h = *x);
        let rest = ir.get(HEAD..).filter(|rest| !rest.is_empty());
        let tail = rest.map(|rest| {
            let mut tail = TwoStageFFTConvolver::default();
            tail.init(HEAD, compute_tail_block_size(HEAD, rest.len()), rest)
                .map(|()| tail)
                .map_err(|error| EngineError::Impulse { found: error.to_string() })
        });
        Ok(Self { head, line: [0.0; 2 * HEAD], tail: tail.transpose()?, late: [0.0; HEAD] })
    }

    fn reset(&mut self) {
        self.line.fill(0.0);
        self.late.fill(0.0);
        if let Some(tail) = &mut self.tail {
            tail.reset();
        }
    }

    fn piece(&mut self, at: usize, x: &[f32], y: &mut [f32]) {
        self.line[HEAD + at..][..x.len()].copy_from_slice(x);
        for (i, (y, late)) in y.iter_mut().zip(&self.late[at..]).enumerate() {
            *y = dot(&self.head, &self.line[at + i + 1..]) + late;
        }
    }

    /// At the end of a block.
    fn turn(&mut self) {
        let (before, now) = self.line.split_at_mut(HEAD);
        if let Some(tail) = &mut self.tail
            && tail.process(now, &mut self.late).is_err()
        {
            self.late.fill(0.0);
        }
        before.copy_from_slice(now);
    }
}

/// The place after the model where an impulse response may stand, and where one may take another's place.
#[derive(Debug)]
pub(super) struct Stand {
    current: Option<Box<Cabinet>>,
    next: Option<Box<Cabinet>>,
    retired: Option<Box<Cabinet>>,
    fade: Fade,
    /// Channels, host rate, longest piece.
    place: (usize, f64),
    out: Vec<Vec<f32>>,
    other: Vec<Vec<f32>>,
}

impl Stand {
    pub fn new(channels: usize, host_hz: f64, longest: usize) -> Self {
        let scratch = vec![vec![0.0; longest]; channels];
        Self {
            current: None,
            next: None,
            retired: None,
            fade: Fade::new(0, 1),
            place: (channels, host_hz),
            out: scratch.clone(),
            other: scratch,
        }
    }

    pub fn swap(&mut self, cabinet: Box<Cabinet>) -> Result<(), Box<Cabinet>> {
        let fits = cabinet.channels.len() == self.place.0 && cabinet.host_hz == self.place.1;
        if !fits || self.next.is_some() || self.retired.is_some() {
            return Err(cabinet);
        }
        let samples = |seconds: f64| (seconds * self.place.1) as usize;
        self.fade = Fade::new(cabinet.len.min(samples(LONGEST_UNHEARD_S)), samples(FADE_S));
        self.next = Some(cabinet);
        Ok(())
    }

    pub fn take_retired(&mut self) -> Option<Box<Cabinet>> {
        self.retired.take()
    }

    pub fn is_loaded(&self) -> bool {
        self.current.is_some() || self.next.is_some()
    }

    pub fn tail_samples(&self) -> usize {
        let longest = [&self.current, &self.next].into_iter().flatten().map(|c| c.len).max();
        // The partitioned convolution remembers whole blocks; a long response's are as long as itself at the most.
        longest.map_or(0, |len| 2 * len + 4 * HEAD)
    }

    pub fn reset(&mut self) {
        self.settle();
        if let Some(cabinet) = &mut self.current {
            cabinet.reset();
        }
    }

    /// Ends a fade.
    fn settle(&mut self) {
        if let Some(next) = self.next.take() {
            self.retired = self.current.replace(next);
        }
    }

    /// Mixes the response into the first `n` samples of `wet`: `amount` of it at `level`, sample by sample. Real-time safe.
    pub fn process(&mut self, wet: &mut [Vec<f32>], n: usize, amount: &[f32], level: &[f32]) {
        match &mut self.current {
            Some(cabinet) => cabinet.process(wet, &mut self.out, n),
            None => self.out.iter_mut().zip(wet.iter()).for_each(|(out, wet)| out[..n].copy_from_slice(&wet[..n])),
        }
        if let Some(next) = &mut self.next {
            next.process(wet, &mut self.other, n);
            for (out, other) in self.out.iter_mut().zip(&self.other) {
                self.fade.mix(&mut out[..n], &other[..n]);
            }
            self.fade.advance(n);
            if self.fade.is_done() {
                self.settle();
            }
        }
        for (wet, out) in wet.iter_mut().zip(&self.out) {
            for (((wet, out), amount), level) in wet[..n].iter_mut().zip(out).zip(amount).zip(level) {
                *wet += (out * level - *wet) * amount;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(seed: u32, len: usize) -> Vec<f32> {
        let mut state = seed;
        (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 9) as f32 / 4_194_304.0 - 1.0
            })
            .collect()
    }

    fn run(cabinet: &mut Cabinet, x: &[f32], pieces: &[usize]) -> Vec<f32> {
        let (mut out, mut at, mut k) = (vec![0.0; x.len()], 0, 0);
        while at < x.len() {
            let n = pieces[k % pieces.len()].min(x.len() - at);
            let mut y = vec![vec![0.0; n]];
            cabinet.process(&[x[at..at + n].to_vec()], &mut y, n);
            out[at..at + n].copy_from_slice(&y[0]);
            at += n;
            k += 1;
        }
        out
    }

    #[test]
    fn it_is_the_convolution_without_latency_in_any_pieces_and_ends_in_silence() {
        for len in [1, 40, 64, 65, 200, 3_000, 20_000] {
            let ir: Vec<f32> = noise(7, len).iter().enumerate().map(|(i, x)| x * (-(i as f32) / 900.0).exp()).collect();
            let mut cabinet = Cabinet::new(std::slice::from_ref(&ir), 48_000.0, 48_000.0, 1).unwrap();
            let ready = prepare(&[ir], 48_000.0, 48_000.0).unwrap().remove(0);
            let mut x = noise(3, 3_000);
            let stand = Stand { current: None, ..Stand::new(1, 48_000.0, 64) };
            assert!(!stand.is_loaded());
            x.resize(3_000 + 2 * ready.len() + 4 * HEAD + 500, 0.0);
            let whole = run(&mut cabinet, &x, &[x.len()]);
            for i in (0..x.len().min(9_000)).step_by(17) {
                let want: f64 = (0..ready.len().min(i + 1)).map(|k| f64::from(ready[k]) * f64::from(x[i - k])).sum();
                assert!((want - f64::from(whole[i])).abs() < 2e-5, "{len} {i} {want} {}", whole[i]);
            }
            assert!(whole[x.len() - 500..].iter().all(|&y| y == 0.0), "{len}");
            cabinet.reset();
            let parts = run(&mut cabinet, &x, &[1, 63, 64, 7, 300]);
            assert_eq!(whole.iter().zip(&parts).position(|(a, b)| a.to_bits() != b.to_bits()), None, "{len}");
        }
    }

    #[test]
    fn a_late_echo_does_not_step_in() {
        let mut stand = Stand::new(1, 48_000.0, 64);
        let mut echo = vec![0.0; 6_001];
        (echo[0], echo[6_000]) = (0.1, 1.0);
        assert!(stand.swap(Cabinet::new(&[echo], 48_000.0, 48_000.0, 1).unwrap()).is_ok());
        let mut out = Vec::new();
        for _ in 0..400 {
            let mut wet = vec![vec![0.5; 64]];
            stand.process(&mut wet, 64, &[1.0; 64], &[1.0; 64]);
            out.extend(wet.remove(0));
        }
        let step = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 1e-3, "{step}");
    }

    #[test]
    fn one_response_takes_anothers_place_without_a_step() {
        let mut stand = Stand::new(1, 48_000.0, 64);
        let make = |gain: f32| Cabinet::new(&[vec![gain, gain * 0.5]], 48_000.0, 48_000.0, 1).unwrap();
        let mut out = Vec::new();
        for block in 0..400 {
            if block == 50 {
                assert!(stand.swap(make(1.0)).is_ok() && stand.swap(make(1.0)).is_err());
            }
            let mut wet = vec![vec![0.5; 64]];
            stand.process(&mut wet, 64, &[1.0; 64], &[1.0; 64]);
            out.extend(wet.remove(0));
        }
        assert!(stand.take_retired().is_none(), "there was none before the first");
        let step = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0f32, f32::max);
        assert!(step < 1e-3, "{step}");
        assert!(stand.swap(make(2.0)).is_ok());
        let fits = Cabinet::new(&[vec![1.0]], 48_000.0, 44_100.0, 1).unwrap();
        assert!(stand.swap(fits).is_err());
    }
}
