//! The STFT: reconstruction, streaming against offline, any partition, reset, latency, hostile
//! input.

use nfx_core::Complex32;
use nfx_core::signal::stft::{
    MAX_CHANNELS, StftConfig, StftError, StreamingStft, Transform, analyse_signal, dual_window,
    synthesise_signal,
};
use nfx_core::signal::window::Window;
use proptest::prelude::*;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

fn noise(len: usize, seed: u64) -> Vec<f32> {
    let mut random = SmallRng::seed_from_u64(seed);
    (0..len).map(|_| random.random_range(-1.0..1.0)).collect()
}

fn config(fft_size: usize, hop: usize, window: Window) -> StftConfig {
    StftConfig::new(fft_size, hop, window).expect("a valid config")
}

fn all_configs() -> Vec<StftConfig> {
    let mut configs = Vec::new();
    for order in 8..=14 {
        let n = 1 << order;
        for hop in [n / 8, n / 4, n / 2] {
            configs.extend(Window::ALL.map(|window| config(n, hop, window)));
        }
    }
    configs
}

/// A change of the spectra that depends on the frame, the channel and the bin.
fn disturb(frame: u64, spectra: &mut [Vec<Complex32>]) {
    for (channel, spectrum) in spectra.iter_mut().enumerate() {
        for (bin, value) in spectrum.iter_mut().enumerate() {
            *value *= 0.1 + ((frame * 7 + channel as u64 * 3 + bin as u64) % 11) as f32 * 0.1;
        }
    }
}

/// Streams `signals` (`[channel][sample]`) in blocks of the given lengths, over and over.
fn stream(stft: &mut StreamingStft, signals: &[Vec<f32>], blocks: &[usize]) -> Vec<Vec<f32>> {
    let mut out = signals.to_vec();
    let len = signals[0].len();
    let (mut start, mut lengths) = (0, blocks.iter().cycle());
    while start < len {
        let end = (start + lengths.next().expect("at least one length")).min(len);
        let mut block: Vec<&mut [f32]> =
            out.iter_mut().map(|channel| &mut channel[start..end]).collect();
        stft.process(&mut block, disturb);
        start = end;
    }
    out
}

fn bits(signals: &[Vec<f32>]) -> Vec<Vec<u32>> {
    signals.iter().map(|signal| signal.iter().map(|sample| sample.to_bits()).collect()).collect()
}

#[test]
fn untouched_spectra_give_the_signal_back() {
    let mut worst: f32 = 0.0;
    for c in all_configs() {
        let n = c.fft_size;
        let signal = noise(3 * n, n as u64);
        let mut out = [signal.clone(), vec![0.0; n]].concat();
        let mut stft = StreamingStft::new(c, 1).expect("a valid config");
        stft.process(&mut [&mut out], |_, _| {});
        // A frame that reaches back before the signal leaves rounding errors there, no more.
        assert!(
            out[..n].iter().all(|sample| sample.abs() <= 1e-6),
            "{c:?}: silence before the first sample"
        );
        let peak = signal.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
        let error =
            signal.iter().zip(&out[n..]).fold(0.0f32, |error, (a, b)| error.max((a - b).abs()))
                / peak;
        assert!(error <= 1e-6, "{c:?}: {error:e} of the peak");
        worst = worst.max(error);
    }
    println!("worst reconstruction error: {worst:e} of the peak");
}

#[test]
fn window_and_dual_window_add_up_to_one() {
    for c in all_configs() {
        let window = c.window.periodic(c.fft_size);
        let dual = dual_window(c).expect("a valid config");
        for i in 0..c.hop {
            let sum: f64 = (i..c.fft_size)
                .step_by(c.hop)
                .map(|j| f64::from(window[j]) * f64::from(dual[j]))
                .sum();
            assert!((sum - 1.0).abs() < 1e-7, "{c:?} at {i}: {sum}");
        }
    }
}

#[test]
fn a_frame_is_the_plain_dft_of_window_times_signal() {
    for (n, step) in [(256, 1), (1024, 7), (4096, 97)] {
        for window in Window::ALL {
            let c = config(n, n / 4, window);
            let time = noise(n, 5);
            let mut spectrum = vec![Complex32::default(); c.bins()];
            Transform::new(c).expect("a valid config").analyse(&time, &mut spectrum);
            let windowed: Vec<f64> =
                time.iter().zip(window.periodic(n)).map(|(x, w)| f64::from(x * w)).collect();
            let norm = windowed.iter().map(|x| x * x).sum::<f64>().sqrt();
            for m in (0..c.bins()).step_by(step) {
                let (mut re, mut im) = (0.0, 0.0);
                for (i, x) in windowed.iter().enumerate() {
                    let (sin, cos) =
                        (-std::f64::consts::TAU * ((i * m) % n) as f64 / n as f64).sin_cos();
                    re += x * cos;
                    im += x * sin;
                }
                let error = (f64::from(spectrum[m].re) - re).hypot(f64::from(spectrum[m].im) - im);
                assert!(error < 1e-6 * norm, "{c:?} bin {m}: {error:e} against a norm of {norm}");
            }
        }
    }
}

#[test]
fn a_cosine_on_a_bin_has_half_the_windows_sum_there() {
    let c = config(2048, 512, Window::Hann);
    let time: Vec<f32> = (0..2048)
        .map(|i| (std::f64::consts::TAU * 100.0 * f64::from(i) / 2048.0).cos() as f32)
        .collect();
    let mut spectrum = vec![Complex32::default(); c.bins()];
    Transform::new(c).expect("a valid config").analyse(&time, &mut spectrum);
    assert!((spectrum[100].norm() - 512.0).abs() < 1e-3, "{}", spectrum[100].norm());
    assert!(spectrum[103].norm() < 1e-3 && spectrum[1].norm() < 1e-3);
}

#[test]
fn offline_frames_are_the_streams_frames_to_the_bit() {
    for c in all_configs().into_iter().filter(|c| c.fft_size <= 2048) {
        for len in [1, c.hop, 2 * c.fft_size + 13] {
            let signal = noise(len, 9);
            let mut streamed = Vec::new();
            let mut samples = [signal.clone(), vec![0.0; c.fft_size + c.hop]].concat();
            StreamingStft::new(c, 1).expect("a valid config").process(
                &mut [&mut samples],
                |_, spectra| {
                    streamed.push(spectra[0].clone());
                    disturb(streamed.len() as u64 - 1, spectra);
                },
            );
            let mut frames = analyse_signal(c, &signal).expect("a valid config");
            assert_eq!(frames.len(), c.frames(len));
            assert_eq!(frames, streamed[..frames.len()], "{c:?}, {len} samples");
            assert!(
                streamed[frames.len()..].iter().flatten().all(|bin| bin.norm_sqr() == 0.0),
                "{c:?}: the frames after the last one are silent"
            );
            for (k, frame) in frames.iter_mut().enumerate() {
                disturb(k as u64, std::slice::from_mut(frame));
            }
            let out = synthesise_signal(c, &frames, len).expect("its own frames");
            assert_eq!(
                bits(&[out]),
                bits(&[samples[c.fft_size..c.fft_size + len].to_vec()]),
                "{c:?}, {len} samples"
            );
        }
    }
}

#[test]
fn an_impulse_comes_out_exactly_one_window_later() {
    for c in all_configs() {
        let n = c.fft_size;
        let mut stft = StreamingStft::new(c, 1).expect("a valid config");
        assert_eq!((stft.latency_samples(), c.latency_samples()), (n, n));
        for place in [0, 1, c.hop - 1, c.hop, n - 1] {
            stft.reset();
            let mut samples = vec![0.0; place + 2 * n];
            samples[place] = 1.0;
            stft.process(&mut [&mut samples], |_, _| {});
            for (i, &sample) in samples.iter().enumerate() {
                let expected = if i == place + n { 1.0 } else { 0.0 };
                assert!(
                    (sample - expected).abs() <= 1e-6,
                    "{c:?}, impulse at {place}: {sample} at {i}"
                );
            }
        }
    }
}

#[test]
fn reset_is_fresh_even_after_garbage() {
    for c in [config(256, 32, Window::Gauss), config(1024, 512, Window::Hann)] {
        let signals = [noise(5000, 1), noise(5000, 2)];
        let mut fresh = StreamingStft::new(c, 2).expect("a valid config");
        let mut used = fresh.clone();
        let garbage = [f32::NAN, f32::INFINITY, 1e30, f32::MIN_POSITIVE / 2.0].repeat(500);
        stream(&mut used, &[garbage.clone(), garbage], &[37]);
        used.reset();
        assert_eq!(
            bits(&stream(&mut used, &signals, &[64])),
            bits(&stream(&mut fresh, &signals, &[64]))
        );
    }
}

#[test]
fn silence_after_the_tail_is_exactly_zero() {
    for c in all_configs() {
        let mut samples = noise(c.fft_size, 3);
        samples.resize(4 * c.fft_size, 0.0);
        StreamingStft::new(c, 1).expect("a valid config").process(&mut [&mut samples], disturb);
        // The disturbed tail of the last frame ends where that frame ends.
        let tail = 2 * c.fft_size + c.fft_size - c.hop;
        assert!(samples[tail..].iter().all(|sample| sample.to_bits() == 0), "{c:?}");
    }
}

#[test]
fn bad_samples_are_gone_after_the_window_has_passed() {
    for bad in [f32::NAN, f32::INFINITY, -f32::INFINITY, 3e38] {
        let c = config(512, 128, Window::Hann);
        let mut samples = vec![0.0; 4 * 512];
        samples[100] = bad;
        StreamingStft::new(c, 1).expect("a valid config").process(&mut [&mut samples], |_, _| {});
        assert!(samples[3 * 512..].iter().all(|sample| sample.to_bits() == 0), "{bad}");
    }
}

#[test]
fn imaginary_parts_at_dc_and_nyquist_are_ignored() {
    let c = config(512, 128, Window::Hann);
    let signal = noise(2000, 4);
    let (mut plain, mut bent) = (signal.clone(), signal);
    StreamingStft::new(c, 1).expect("a valid config").process(&mut [&mut plain], |_, _| {});
    StreamingStft::new(c, 1).expect("a valid config").process(&mut [&mut bent], |_, spectra| {
        spectra[0][0].im = 1e3;
        spectra[0][256].im = f32::NAN;
    });
    assert_eq!(bits(&[bent]), bits(&[plain]));
}

#[test]
fn frames_come_after_every_hop_with_their_index_and_every_channel() {
    let c = config(256, 64, Window::RootHann);
    let mut stft = StreamingStft::new(c, 3).expect("a valid config");
    assert_eq!((stft.channels(), stft.config()), (3, c));
    let mut samples = vec![vec![0.0f32; 64 * 10 + 63]; 3];
    let mut block: Vec<&mut [f32]> = samples.iter_mut().map(Vec::as_mut_slice).collect();
    let mut seen = Vec::new();
    stft.process(&mut block, |frame, spectra| seen.push((frame, spectra.len(), spectra[2].len())));
    assert_eq!(seen, (0..10).map(|frame| (frame, 3, 129)).collect::<Vec<_>>());
    stft.reset();
    stft.process(&mut [&mut [0.0; 64]], |frame, _| {
        assert_eq!(frame, 0, "a reset starts the count again")
    });
}

#[test]
fn channels_do_not_hear_each_other() {
    let c = config(256, 64, Window::Hann);
    let signals = [noise(2000, 6), vec![0.0; 2000], noise(2000, 7)];
    let together = stream(&mut StreamingStft::new(c, 3).expect("a valid config"), &signals, &[100]);
    assert!(together[1].iter().all(|sample| sample.to_bits() == 0));
    let alone =
        stream(&mut StreamingStft::new(c, 1).expect("a valid config"), &signals[..1], &[100]);
    assert_eq!(bits(&together[..1]), bits(&alone));
}

#[test]
fn mismatched_channels_and_spectra_are_survived() {
    let c = config(256, 64, Window::Hann);
    let mut stft = StreamingStft::new(c, 2).expect("a valid config");
    stft.process(&mut [], |_, _| panic!("no samples, no frame"));
    stft.process(&mut [&mut [], &mut []], |_, _| panic!("no samples, no frame"));
    // One channel too few: the other one is fed with silence.
    let mut one = noise(1000, 8);
    stft.process(&mut [&mut one], |_, spectra| {
        assert!(spectra[1].iter().all(|bin| bin.norm_sqr() == 0.0))
    });
    // One too many, and of unequal lengths: the third stays, the shortest says how far.
    stft.reset();
    let (mut a, mut b, mut third) = (noise(300, 1), noise(200, 2), noise(400, 3));
    let before = (a.clone(), third.clone());
    stft.process(&mut [&mut a, &mut b, &mut third], |_, _| {});
    assert_eq!(third, before.1);
    assert_eq!(a[200..], before.0[200..]);
    // A spectrum that was cut short is silent and harms nobody.
    stft.reset();
    let mut samples = noise(2000, 5);
    stft.process(&mut [&mut samples], |_, spectra| spectra[0].truncate(7));
    assert!(samples.iter().all(|sample| sample.to_bits() == 0));
}

#[test]
fn wrong_lengths_in_a_transform_do_nothing() {
    let c = config(256, 64, Window::Hann);
    let mut transform = Transform::new(c).expect("a valid config");
    assert_eq!((transform.config(), transform.window().len()), (c, 256));
    let mut spectrum = vec![Complex32::new(1.0, 1.0); 129];
    transform.analyse(&[1.0; 255], &mut spectrum);
    assert!(spectrum.iter().all(|bin| bin.norm_sqr() == 0.0));
    let mut out = vec![0.5; 256];
    transform.synthesise_add(&mut [Complex32::new(1.0, 0.0); 128], &mut out);
    transform.synthesise_add(&mut vec![Complex32::new(1.0, 0.0); 129], &mut out[..255]);
    assert!(out.iter().all(|&sample| sample == 0.5));
}

#[test]
fn what_cannot_be_made_is_said_in_a_sentence() {
    let sizes = [0, 1, 128, 255, 257, 1000, 32768, usize::MAX, 1 << 63];
    for n in sizes {
        assert_eq!(StftConfig::new(n, n / 4, Window::Hann), Err(StftError::FftSize { found: n }));
        let broken = StftConfig { fft_size: n, hop: n / 4, window: Window::Hann };
        assert!(
            Transform::new(broken).is_err()
                && StreamingStft::new(broken, 1).is_err()
                && dual_window(broken).is_err()
        );
        assert!(
            analyse_signal(broken, &[1.0]).is_err() && synthesise_signal(broken, &[], 0).is_err()
        );
    }
    for hop in [0, 1, 100, 255, 1024, 2048, usize::MAX] {
        assert_eq!(
            StftConfig::new(1024, hop, Window::Hann),
            Err(StftError::Hop { found: hop, fft_size: 1024 })
        );
    }
    let c = config(1024, 256, Window::Hann);
    for found in [0, MAX_CHANNELS + 1, usize::MAX] {
        assert_eq!(StreamingStft::new(c, found).err(), Some(StftError::Channels { found }));
    }
    assert_eq!(
        StftConfig::new(1000, 250, Window::Hann).map_err(|error| error.to_string()),
        Err("the FFT size must be a power of two from 256 to 16384 samples, but is 1000; no transform was made"
            .to_owned())
    );
    assert_eq!(
        StftConfig::new(1024, 300, Window::Hann).map_err(|error| error.to_string()),
        Err("the hop must be an eighth, a quarter or a half of the FFT size (128, 256 or 512 samples for 1024), but is 300; \
             no transform was made"
            .to_owned())
    );
}

#[test]
fn frames_that_do_not_belong_to_a_signal_are_refused() {
    let c = config(256, 64, Window::Hann);
    let mut frames = analyse_signal(c, &[0.5; 1000]).expect("a valid config");
    assert_eq!(
        synthesise_signal(c, &frames, 2000),
        Err(StftError::Frames { samples: 2000, expected: c.frames(2000), found: frames.len() })
    );
    assert!(
        synthesise_signal(c, &frames, usize::MAX).is_err(),
        "and nothing of that size is allocated"
    );
    frames[3].pop();
    assert_eq!(
        synthesise_signal(c, &frames, 1000),
        Err(StftError::Bins { frame: 3, expected: 129, found: 128 })
    );
    assert_eq!(analyse_signal(c, &[]), Ok(Vec::new()));
    assert_eq!(synthesise_signal(c, &[], 0), Ok(Vec::new()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_partition_into_blocks_gives_the_same_bits(
        order in 8u32..=11,
        overlap in 1u32..=3,
        window in prop::sample::select(Window::ALL.to_vec()),
        channels in 1usize..=3,
        blocks in prop::collection::vec(prop_oneof![1usize..70, 1usize..8192], 1..8),
        seed in any::<u64>(),
    ) {
        let c = config(1 << order, (1 << order) >> overlap, window);
        let signals: Vec<Vec<f32>> = (0..channels).map(|channel| noise(9000, seed.wrapping_add(channel as u64))).collect();
        let mut stft = StreamingStft::new(c, channels).expect("a valid config");
        let whole = stream(&mut stft.clone(), &signals, &[9000]);
        let parts = stream(&mut stft, &signals, &blocks);
        prop_assert_eq!(bits(&whole), bits(&parts));
    }

    #[test]
    fn any_length_survives_the_offline_round_trip(len in 0usize..5000, order in 8u32..=11, overlap in 1u32..=3, seed in any::<u64>()) {
        let c = config(1 << order, (1 << order) >> overlap, Window::Hann);
        let signal = noise(len, seed);
        let frames = analyse_signal(c, &signal).expect("a valid config");
        let out = synthesise_signal(c, &frames, len).expect("its own frames");
        prop_assert!(signal.iter().zip(&out).all(|(a, b)| (a - b).abs() <= 1e-6));
        prop_assert_eq!(out.len(), len);
    }
}
