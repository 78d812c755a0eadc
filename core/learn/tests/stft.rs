//! burn's STFT against the one of `nfx-core`.

mod common;

use burn::tensor::{Device, Tensor, TensorData};
use common::random;
use nfx_core::signal::stft::{StftConfig, analyse_signal};
use nfx_core::signal::window::Window;
use nfx_learn::spectral::stft::BurnStft;
use rand::Rng;

fn signal(samples: usize) -> Vec<f32> {
    let mut r = random(30);
    (0..samples).map(|i| 0.5 * (i as f32 * 0.05).sin() + 0.2 * r.random_range(-1.0..1.0)).collect()
}

#[test]
fn every_size_hop_and_window_gives_the_frames_of_the_core() {
    let device = Device::flex();
    for power in 8..=14 {
        let n = 1usize << power;
        for hop in [n / 8, n / 4, n / 2] {
            for window in Window::ALL {
                let config = StftConfig::new(n, hop, window).expect("config");
                let x = signal(2 * n + hop / 2 + 3);
                let want = analyse_signal(config, &x).expect("core");
                let tensor = Tensor::<1>::from_data(TensorData::new(x.clone(), [x.len()]), &device);
                let (re, im) = BurnStft::new(config, &device).expect("stft").forward(tensor);
                let [frames, bins] = re.dims();
                assert_eq!((frames, bins), (x.len() / hop, n / 2 + 1));
                let (re, im) = (
                    re.into_data().try_into_vec::<f32>().expect("re"),
                    im.into_data().try_into_vec::<f32>().expect("im"),
                );
                let largest = want.iter().flatten().fold(0.0f32, |m, c| m.max(c.norm()));
                for k in 0..frames {
                    for b in 0..bins {
                        let c = want[k][b];
                        let error = (re[k * bins + b] - c.re).hypot(im[k * bins + b] - c.im);
                        assert!(
                            error < 2e-6 * largest,
                            "N {n}, hop {hop}, {window:?}, frame {k}, bin {b}: {error:e} of {largest}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_waveform_can_be_found_by_the_gradient_of_its_magnitudes() {
    let device = Device::flex().autodiff();
    let config = StftConfig::new(256, 64, Window::Hann).expect("config");
    let stft = BurnStft::new(config, &device).expect("stft");
    let x = signal(512);
    let tensor =
        |v: &[f32]| Tensor::<1>::from_data(TensorData::new(v.to_vec(), [v.len()]), &device);
    let target = stft.magnitudes(tensor(&x), 1e-4).detach();
    let loss = |t: Tensor<1>| (stft.magnitudes(t, 1e-4) - target.clone()).square().sum();
    let at: Vec<f32> =
        x.iter().enumerate().map(|(i, v)| v * 0.7 + 0.1 * (i as f32 * 0.3).sin()).collect();
    let variable = tensor(&at).require_grad();
    let gradient = variable
        .grad(&loss(variable.clone()).backward())
        .expect("gradient")
        .into_data()
        .try_into_vec::<f32>()
        .expect("values");
    // The slope along a direction, by differences.
    for seed in 0..5 {
        let mut r = random(40 + seed);
        let direction: Vec<f32> = (0..at.len()).map(|_| r.random_range(-1.0..1.0)).collect();
        let along: f32 = gradient.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let moved =
            |h: f32| tensor(&at.iter().zip(&direction).map(|(a, d)| a + h * d).collect::<Vec<_>>());
        let h = 1e-3;
        let slope = (loss(moved(h)).into_scalar::<f32>() - loss(moved(-h)).into_scalar::<f32>())
            / (2.0 * h);
        assert!((along - slope).abs() < 0.02 * slope.abs().max(1.0), "{along} and {slope}");
    }
}
