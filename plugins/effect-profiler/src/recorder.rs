//! A test signal on its way out and what comes back: the audio thread's part of a capture.
//!
//! While a playback is on, its sound takes the place of the plugin's, faded in and out. What comes
//! in is handed to another thread sample by sample through a ring that was made before; nothing
//! here waits, allocates or frees. A finished playback goes back to be freed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use nfx_frame::mailbox::Mailbox;

/// Fade at both ends, in seconds.
const FADE_S: f64 = 0.01;
/// Duration of the change from one sound of a comparison to the other, in seconds.
const SWITCH_S: f64 = 0.02;

/// Which input is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// The first channel.
    #[default]
    Left,
    /// The second.
    Right,
}

/// What is to be played.
pub struct Playback {
    /// One sound, or two of one length of which one is heard, at the host's rate.
    pub sounds: [Arc<Vec<f32>>; 2],
    /// Whether it begins again at its end, until it is stopped.
    pub looped: bool,
    /// Samples that are recorded after the end of the sound.
    pub tail: usize,
    /// Which input is recorded.
    pub input: Input,
    /// Where the recording goes; none is made without.
    pub to: Option<rtrb::Producer<f32>>,
}

/// A playback with its number, counted from 1.
struct Numbered {
    playback: Playback,
    number: u64,
}

/// What both sides know.
#[derive(Default)]
pub struct Link {
    playbacks: Mailbox<Numbered>,
    /// Playbacks that were put on so far, and the newest of those that are off again: a playback is on,
    /// or waits to be, while they differ. One flag would not do: the audio thread, about to say
    /// that it has nothing, would take back what was said of a new playback.
    put_on: AtomicU64,
    off: AtomicU64,
    /// The newest playback that is to be taken off.
    stop: AtomicU64,
    heard: AtomicUsize,
    position: AtomicUsize,
    peaks: [AtomicU32; 2],
    clipped: AtomicUsize,
    dropped: AtomicBool,
    blocks: AtomicU64,
}

impl Link {
    /// Puts a playback on. The one that is on, if any, is replaced.
    pub fn play(&self, playback: Playback) {
        self.dropped.store(false, Ordering::Relaxed);
        self.position.store(0, Ordering::Relaxed);
        self.clipped.store(0, Ordering::Relaxed);
        let number = self.put_on.fetch_add(1, Ordering::AcqRel) + 1;
        drop(self.playbacks.post(Box::new(Numbered { playback, number })));
    }

    /// Takes the playback off, and whatever waits to be on.
    pub fn stop(&self) {
        self.stop.fetch_max(self.put_on.load(Ordering::Acquire), Ordering::AcqRel);
        if let Some(unread) = self.playbacks.take() {
            self.is_off(unread.number);
        }
    }

    /// Whether a playback is on, or waits to be.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.off.load(Ordering::Acquire) < self.put_on.load(Ordering::Acquire)
    }

    /// Notes that a playback, and all before it, are off.
    fn is_off(&self, number: u64) {
        self.off.fetch_max(number, Ordering::AcqRel);
    }

    fn stops(&self, number: u64) -> bool {
        self.stop.load(Ordering::Acquire) >= number
    }

    /// Chooses which of two sounds is heard.
    pub fn hear(&self, which: usize) {
        self.heard.store(which.min(1), Ordering::Relaxed);
    }

    /// Samples that were played.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position.load(Ordering::Relaxed)
    }

    /// The largest absolute sample of each input since the last call.
    #[must_use]
    pub fn take_peaks(&self) -> [f32; 2] {
        self.peaks.each_ref().map(|peak| f32::from_bits(peak.swap(0, Ordering::Relaxed)))
    }

    /// Samples of the recorded input at full scale or above.
    #[must_use]
    pub fn clipped(&self) -> usize {
        self.clipped.load(Ordering::Relaxed)
    }

    /// Whether the recording lost samples, because nobody took them away in time.
    #[must_use]
    pub fn has_dropped(&self) -> bool {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Counts the blocks that a playback was on for: a host that has stopped its engine plays none.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.blocks.load(Ordering::Relaxed)
    }
}

/// The audio thread's side. Real-time safe.
pub struct Recorder {
    link: Arc<Link>,
    playback: Option<Box<Numbered>>,
    at: usize,
    gain: f32,
    heard: f32,
    ending: bool,
    rate_hz: f64,
}

impl Recorder {
    /// Without a playback.
    #[must_use]
    pub fn new(link: Arc<Link>) -> Self {
        Self {
            link,
            playback: None,
            at: 0,
            gain: 0.0,
            heard: 0.0,
            ending: false,
            rate_hz: 44_100.0,
        }
    }

    /// Notes the host's rate.
    pub fn activate(&mut self, rate_hz: f64) {
        self.rate_hz = rate_hz;
    }

    /// Begins a block: takes a new playback when `has_room` says that the old one can be given
    /// away, which is returned.
    pub fn begin(&mut self, has_room: bool) -> Option<Box<dyn Send>> {
        if !has_room {
            return None;
        }
        let replaced = if let Some(new) = self.link.playbacks.take() {
            (self.at, self.ending) = (0, false);
            self.heard = if self.link.heard.load(Ordering::Relaxed) == 0 { 0.0 } else { 1.0 };
            self.playback.replace(new)
        } else if self.ending && self.gain <= 0.0 {
            self.ending = false;
            self.playback.take()
        } else {
            None
        };
        let replaced = replaced?;
        self.link.is_off(replaced.number);
        Some(replaced)
    }

    /// Whether anything is to be played or recorded.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.playback.is_some()
    }

    /// Whether nothing but the playback is heard over the whole of a block.
    #[must_use]
    pub fn covers(&self) -> bool {
        let stops = self.playback.as_ref().is_none_or(|playback| self.link.stops(playback.number));
        !stops && self.gain >= 1.0 && !self.ending
    }

    /// Records what comes in.
    pub fn record(&mut self, channels: &[&mut [f32]]) {
        let Some(Numbered { playback, number }) = self.playback.as_deref_mut() else { return };
        self.link.blocks.fetch_add(1, Ordering::Relaxed);
        for (peak, channel) in self.link.peaks.iter().zip(channels) {
            let most = channel
                .iter()
                .fold(0.0_f32, |most, x| if x.is_finite() { most.max(x.abs()) } else { most });
            // The bits of numbers that are not negative are in the numbers' order.
            peak.fetch_max(most.to_bits(), Ordering::Relaxed);
        }
        let wanted = match playback.input {
            Input::Left => channels.first(),
            Input::Right => channels.get(1).or(channels.first()),
        };
        let (Some(channel), Some(to)) = (wanted, &mut playback.to) else { return };
        if self.ending {
            return;
        }
        let left = (playback.sounds[0].len() + playback.tail).saturating_sub(self.at);
        let mut clipped = 0;
        for sample in channel.iter().take(left) {
            let sample = if sample.is_finite() { *sample } else { 0.0 };
            clipped += usize::from(sample.abs() >= 0.999);
            if to.push(sample).is_err() {
                self.link.dropped.store(true, Ordering::Relaxed);
                self.link.stop.fetch_max(*number, Ordering::AcqRel);
            }
        }
        if clipped > 0 {
            self.link.clipped.fetch_add(clipped, Ordering::Relaxed);
        }
    }

    /// Lays the playback's sound over what is in `channels`.
    pub fn mix(&mut self, channels: &mut [&mut [f32]]) {
        let Some(Numbered { playback, number }) = self.playback.as_deref() else { return };
        let samples = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        #[allow(clippy::cast_possible_truncation)]
        let (fade, switch) = (
            (1.0 / (self.rate_hz * FADE_S).max(1.0)) as f32,
            (1.0 / (self.rate_hz * SWITCH_S).max(1.0)) as f32,
        );
        let target = if self.link.heard.load(Ordering::Relaxed) == 0 { 0.0 } else { 1.0 };
        self.ending |= self.link.stops(*number);
        for i in 0..samples {
            let end = playback.sounds[0].len() + if playback.looped { 0 } else { playback.tail };
            if self.at >= end {
                if playback.looped {
                    self.at = 0;
                } else {
                    self.ending = true;
                }
            }
            self.gain =
                if self.ending { (self.gain - fade).max(0.0) } else { (self.gain + fade).min(1.0) };
            self.heard = if target > self.heard {
                (self.heard + switch).min(1.0)
            } else {
                (self.heard - switch).max(0.0)
            };
            let read = |sound: &Vec<f32>| sound.get(self.at).copied().unwrap_or(0.0);
            let (a, b) = (read(&playback.sounds[0]), read(&playback.sounds[1]));
            let sound = (a + (b - a) * self.heard) * self.gain;
            for channel in channels.iter_mut() {
                // Under a full playback the host's sound is not mixed in: it may be NaN.
                channel[i] =
                    if self.gain >= 1.0 { sound } else { channel[i] * (1.0 - self.gain) + sound };
            }
            self.at += 1;
        }
        self.link.position.store(self.at, Ordering::Relaxed);
    }

    /// Forgets the playback's place: a host that restarts has cut the recording.
    pub fn reset(&mut self) {
        if let Some(playback) = &self.playback {
            self.link.stop.fetch_max(playback.number, Ordering::AcqRel);
            self.link.dropped.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(recorder: &mut Recorder, input: &[f32], blocks: &[usize]) -> Vec<f32> {
        let (mut out, mut at, mut k) = (input.to_vec(), 0, 0);
        while at < out.len() {
            let n = blocks[k % blocks.len()].min(out.len() - at);
            k += 1;
            drop(recorder.begin(true));
            let block = &mut out[at..at + n];
            if recorder.is_on() {
                let mut copy = block.to_vec();
                recorder.record(&[&mut copy]);
                recorder.mix(&mut [block]);
            }
            at += n;
        }
        out
    }

    #[test]
    fn what_comes_back_is_recorded_from_the_first_sample_to_the_last() {
        let link = Arc::new(Link::default());
        let mut recorder = Recorder::new(link.clone());
        recorder.activate(48_000.0);
        let signal: Arc<Vec<f32>> = Arc::new(
            (0..5000).map(|i| (i as f32 * 0.1).sin() * 0.5 * (1.0 - i as f32 / 5000.0)).collect(),
        );
        let (to, mut from) = rtrb::RingBuffer::new(8192);
        link.play(Playback {
            sounds: [signal.clone(), Arc::default()],
            looped: false,
            tail: 1000,
            input: Input::Left,
            to: Some(to),
        });
        let input: Vec<f32> = (0..9000).map(|i| i as f32 / 9000.0).collect();
        let out = run(&mut recorder, &input, &[64, 100, 7]);
        let mut recorded = Vec::new();
        while let Ok(sample) = from.pop() {
            recorded.push(sample);
        }
        assert_eq!(recorded, input[..6000]);
        assert!(!link.is_busy() && !link.has_dropped() && !recorder.is_on());
        // After the fade the signal goes out as it is, and at the end the plugin's own sound comes
        // back.
        assert_eq!(out[1000..4000], signal[1000..4000]);
        assert_eq!(out[8900..], input[8900..]);
        let jump = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.06, "{jump}");
        let peak = link.take_peaks()[0];
        assert!(peak > 0.66 && peak < 0.8, "{peak}");
    }

    #[test]
    fn a_full_ring_ends_the_recording_and_says_so() {
        let link = Arc::new(Link::default());
        let mut recorder = Recorder::new(link.clone());
        let (to, _from) = rtrb::RingBuffer::new(100);
        let sounds = [Arc::new(vec![0.1; 50_000]), Arc::default()];
        link.play(Playback { sounds, looped: false, tail: 0, input: Input::Left, to: Some(to) });
        run(&mut recorder, &[0.0; 4000], &[64]);
        assert!(link.has_dropped() && !link.is_busy());
    }

    #[test]
    fn a_playback_that_is_put_on_while_another_is_taken_off_is_not_forgotten() {
        let link = Arc::new(Link::default());
        let mut recorder = Recorder::new(link.clone());
        let playback = || Playback {
            sounds: [Arc::new(vec![0.1; 100]), Arc::default()],
            looped: false,
            tail: 0,
            input: Input::Left,
            to: None,
        };
        // Taken back before it came to the audio thread: nobody waits for it, whether a block is
        // played or not.
        link.play(playback());
        link.stop();
        assert!(!link.is_busy());
        // The audio thread begins a block with nothing on and the stop still in force; a new
        // playback comes meanwhile.
        link.play(playback());
        assert!(link.is_busy());
        run(&mut recorder, &[0.0; 64], &[64]);
        assert!(link.is_busy() && recorder.is_on(), "the stop was meant for the playback before");
        // One replaces another: it is busy until the second is off.
        link.play(playback());
        run(&mut recorder, &[0.0; 32], &[32]);
        assert!(link.is_busy());
        run(&mut recorder, &[0.0; 8192], &[64]);
        assert!(!link.is_busy() && !recorder.is_on());
        // Audio and editor together: whatever happens in between, a playback that was put on is
        // busy until it is off.
        let stopped = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stopped.load(Ordering::Relaxed) {
                    run(&mut recorder, &[0.0; 512], &[64]);
                }
            });
            for round in 0..2_000 {
                link.play(Playback { looped: true, ..playback() });
                assert!(link.is_busy(), "round {round}");
                link.stop();
            }
            stopped.store(true, Ordering::Relaxed);
        });
        run(&mut recorder, &[0.0; 8192], &[64]);
        assert!(!link.is_busy() && !recorder.is_on());
    }

    #[test]
    fn two_sounds_are_compared_without_a_click() {
        let link = Arc::new(Link::default());
        let mut recorder = Recorder::new(link.clone());
        let sounds = [Arc::new(vec![0.5; 3000]), Arc::new(vec![-0.5; 3000])];
        link.play(Playback { sounds, looped: true, tail: 0, input: Input::Left, to: None });
        let first = run(&mut recorder, &[0.0; 4000], &[128]);
        link.hear(1);
        let second = run(&mut recorder, &[0.0; 4000], &[128]);
        assert_eq!((first[3999], second[3999]), (0.5, -0.5));
        let jump = second.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.01, "{jump}");
        link.stop();
        let end = run(&mut recorder, &[0.0; 4000], &[128]);
        assert!(end[3999] == 0.0 && !link.is_busy());
    }
}
