//! The real-time parts of the STFT touch no allocator.

mod counting;

use counting::{Usage, watch};
use nfx_core::Complex32;
use nfx_core::signal::stft::{StftConfig, StreamingStft, Transform};
use nfx_core::signal::window::Window;

fn configs() -> Vec<StftConfig> {
    let sizes = [256, 512, 1024, 2048, 4096, 8192, 16384];
    sizes
        .iter()
        .map(|&n| StftConfig::new(n, n / 4, Window::Hann).expect("a valid config"))
        .collect()
}

#[test]
fn the_detector_fires() {
    let (_, usage) = watch(|| std::hint::black_box(Vec::<u8>::with_capacity(1000)));
    assert_eq!((usage.allocations, usage.frees, usage.peak_bytes), (1, 0, 1000));
    let (_, usage) = watch(|| drop(std::hint::black_box(vec![1u64; 10])));
    assert_eq!((usage.allocations, usage.frees, usage.peak_bytes), (1, 1, 80));
    let (_, usage) = watch(|| {
        let mut grown = Vec::with_capacity(1);
        grown.extend_from_slice(std::hint::black_box(&[1u8; 100]));
        std::hint::black_box(grown).len()
    });
    assert!(usage.allocations >= 2, "a vector that grows must be seen: {usage:?}");
}

#[test]
fn the_detector_fires_inside_a_frame() {
    let mut stft = StreamingStft::new(configs()[0], 1).expect("a valid config");
    let mut block = [0.5f32; 256];
    let ((), usage) =
        watch(|| stft.process(&mut [&mut block], |_, spectra| drop(spectra[0].clone())));
    assert_eq!(
        (usage.allocations, usage.frees),
        (4, 4),
        "one copy of a spectrum in each of four frames"
    );
}

#[test]
fn streaming_does_not_allocate() {
    for config in configs() {
        let mut stft = StreamingStft::new(config, 2).expect("a valid config");
        let mut left = vec![0.5f32; 3 * config.fft_size + 17];
        let mut right = left.clone();
        let (frames, usage) = watch(|| {
            let mut frames = 0;
            for block in [1, 63, 512, 8192] {
                for (left, right) in left.chunks_mut(block).zip(right.chunks_mut(block)) {
                    stft.process(&mut [left, right], |_, spectra| {
                        frames += 1;
                        spectra[0][3] *= 0.5;
                    });
                }
                stft.reset();
            }
            frames
        });
        assert!(frames > 0);
        assert_eq!(usage, Usage::default(), "{config:?}");
    }
}

#[test]
fn one_frame_does_not_allocate() {
    for config in configs() {
        let mut transform = Transform::new(config).expect("a valid config");
        let mut time = vec![0.25f32; config.fft_size];
        let mut spectrum = vec![Complex32::default(); config.bins()];
        let ((), usage) = watch(|| {
            transform.analyse(&time, &mut spectrum);
            spectrum[0].im = 1.0;
            transform.synthesise_add(&mut spectrum, &mut time);
            // The wrong lengths, too, are answered without an allocation.
            transform.analyse(&time[1..], &mut spectrum);
            transform.synthesise_add(&mut spectrum[1..], &mut time);
        });
        assert_eq!(usage, Usage::default(), "{config:?}");
    }
}
