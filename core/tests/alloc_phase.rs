//! The real-time parts of phase reconstruction touch no allocator.

mod counting;

use counting::{Usage, watch};
use nfx_core::phase::Rtpghi;
use nfx_core::stft::StftConfig;
use nfx_core::window::Window;

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
