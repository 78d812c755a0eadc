//! The real-time parts of phase reconstruction touch no allocator.

mod counting;

use counting::{Usage, watch};
use nfx_core::Complex32;
use nfx_core::signal::phase::{Rtpghi, StreamingPhase};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

/// Magnitudes of frame `k`: peaks that move, silence now and then, and what no magnitude is.
fn magnitudes(k: usize, out: &mut [f32]) {
    let bins = out.len();
    for (m, out) in out.iter_mut().enumerate() {
        let near = (m + 3 * k) % 37;
        *out = if k % 7 == 5 { 0.0 } else { (-(near as f32)).exp() };
    }
    out[k % bins] = [f32::NAN, f32::INFINITY, -1.0, 1e-42, 0.0][k % 5];
}

#[test]
fn rtpghi_does_not_allocate() {
    for n in [256, 1024, 4096, 16384] {
        for window in Window::ALL {
            let config = StftConfig::new(n, n / 4, window).expect("a valid config");
            let mut causal = Rtpghi::new(config, 3).expect("a valid config");
            let mut ahead = Rtpghi::with_look_ahead(config, 3).expect("a valid config");
            let mut frame = vec![0.0; config.bins()];
            let mut phases = vec![0.0; config.bins()];
            let ((), usage) = watch(|| {
                for k in 0..20 {
                    magnitudes(k, &mut frame);
                    causal.push(&frame, &mut phases);
                    ahead.push(&frame, &mut phases);
                    // The wrong lengths, too, are answered without an allocation.
                    ahead.push(&frame[1..], &mut phases);
                }
                causal.reset();
                ahead.reset();
            });
            assert_eq!(usage, Usage::default(), "{config:?}");
        }
    }
}

#[test]
fn no_streaming_method_allocates() {
    let names = [
        "zero",
        "thesis-eq",
        "thesis-code",
        "rtpghi0",
        "rtpghi1",
        "rtpghi0-plain",
        "rtpghi1-plain",
    ];
    for name in names.into_iter().chain(["rtisi0", "rtisi1", "rtisi2", "rtisi3"]) {
        for (n, hop) in [(256, 32), (1024, 256), (4096, 1024), (2048, 1024)] {
            let config = StftConfig::new(n, hop, Window::Hann).expect("a valid config");
            let method = name.parse().expect("a method");
            let mut stream = StreamingPhase::new(method, config, 3).expect("a streaming method");
            let mut frame = vec![0.0; config.bins()];
            let mut spectrum = vec![Complex32::default(); config.bins()];
            let ((), usage) = watch(|| {
                for k in 0..6 {
                    magnitudes(k, &mut frame);
                    stream.push(&frame, &mut spectrum);
                    stream.push(&frame[1..], &mut spectrum);
                }
                stream.reset();
            });
            assert_eq!(usage, Usage::default(), "{name}, {config:?}");
        }
    }
}
