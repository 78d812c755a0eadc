//! The windows against their definitions.

use nfx_core::signal::window::Window;
use std::f64::consts::PI;

#[test]
fn the_peak_is_one_at_the_centre() {
    for window in Window::ALL {
        for n in [2, 8, 256, 2048] {
            let w = window.periodic(n);
            assert_eq!(w.len(), n);
            assert_eq!(w[n / 2], 1.0, "{window:?} of {n}");
            assert!(w.iter().all(|&w| (0.0..=1.0).contains(&w)), "{window:?} of {n}");
        }
    }
}

#[test]
fn periodic_windows_are_even_about_their_centre() {
    for window in Window::ALL {
        let w = window.periodic(512);
        for i in 1..512 {
            assert!((w[i] - w[512 - i]).abs() < 1e-7, "{window:?} at {i}");
        }
    }
}

#[test]
fn hann_and_root_hann_are_the_textbook_functions() {
    let n = 2048;
    let (hann, root) = (Window::Hann.periodic(n), Window::RootHann.periodic(n));
    for i in 0..n {
        let expected = 0.5 - 0.5 * (2.0 * PI * i as f64 / n as f64).cos();
        assert!((f64::from(hann[i]) - expected).abs() < 6e-8, "Hann at {i}");
        assert!((f64::from(root[i]) - expected.sqrt()).abs() < 6e-8, "root-Hann at {i}");
    }
    assert_eq!((hann[0], root[0]), (0.0, 0.0));
}

#[test]
fn shifted_periodic_hann_windows_add_up_to_a_constant() {
    // The symmetric Hann window, divided by n - 1, misses this by -68 dB.
    let (n, hop) = (2048, 1024);
    let w = Window::Hann.periodic(n);
    for i in 0..hop {
        assert!((w[i] + w[i + hop] - 1.0).abs() < 2e-7, "at {i}");
    }
}

#[test]
fn the_gauss_window_has_fallen_to_one_per_cent_at_its_edge() {
    for n in [256, 2048, 16384] {
        let w = Window::Gauss.periodic(n);
        assert!((w[0] - 0.01).abs() < 1e-8, "of {n}: {}", w[0]);
        let gamma = Window::Gauss.gamma(n);
        for (i, &w) in w.iter().enumerate() {
            let l = i as f64 - n as f64 / 2.0;
            assert!((f64::from(w) - (-PI * l * l / gamma).exp()).abs() < 6e-8, "of {n} at {i}");
        }
    }
}

#[test]
fn gamma_is_the_published_constant_times_the_length_squared() {
    let constants =
        [(Window::Hann, 0.25645), (Window::RootHann, 0.41532), (Window::Gauss, 0.17054704423023)];
    for (window, constant) in constants {
        for n in [256usize, 2048] {
            let expected = constant * (n * n) as f64;
            assert!((window.gamma(n) - expected).abs() < 1e-12 * expected, "{window:?} of {n}");
        }
    }
}

#[test]
fn gamma_is_close_to_that_of_the_gaussian_that_fits_the_window_best() {
    // The published constants lie within 4 % of the least-squares fit of free height: 15 % to
    // either side it is worse.
    let n = 1024;
    for window in [Window::Hann, Window::RootHann, Window::Gauss] {
        let w = window.periodic(n);
        let misfit = |gamma: f64| -> f64 {
            let gaussian = |i: usize| (-PI * (i as f64 - n as f64 / 2.0).powi(2) / gamma).exp();
            // The fit is free in height.
            let dot: f64 = w.iter().enumerate().map(|(i, &w)| f64::from(w) * gaussian(i)).sum();
            let norm: f64 = (0..n).map(|i| gaussian(i).powi(2)).sum();
            let height = dot / norm;
            w.iter().enumerate().map(|(i, &w)| (f64::from(w) - height * gaussian(i)).powi(2)).sum()
        };
        let gamma = window.gamma(n);
        assert!(
            misfit(gamma) < misfit(gamma * 1.15) && misfit(gamma) < misfit(gamma / 1.15),
            "{window:?}"
        );
    }
}

#[test]
fn the_names_in_a_file_are_the_names_in_a_menu() {
    for window in Window::ALL {
        let json = serde_json::to_string(&window).expect("a window is a string");
        assert_eq!(json, format!("\"{}\"", window.name()));
        assert_eq!(serde_json::from_str::<Window>(&json).expect("its own name"), window);
    }
}

#[test]
fn an_empty_window_is_empty() {
    assert!(Window::ALL.iter().all(|window| window.periodic(0).is_empty()));
}
