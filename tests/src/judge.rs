//! What every test asks of a sound, and of an effect with an input selector.

use crate::clap_host::{Event, Library, Take};

/// Asserts that two sounds are the same to the bit and says where they are not.
///
/// # Panics
/// When they are not: this is for tests.
#[track_caller]
pub fn assert_same(one: &[Vec<f32>], other: &[Vec<f32>], what: &str) {
    assert_eq!(one.len(), other.len(), "{what}: channels");
    for (channel, (a, b)) in one.iter().zip(other).enumerate() {
        assert_eq!(a.len(), b.len(), "{what}: length");
        if let Some(at) = a.iter().zip(b).position(|(a, b)| a.to_bits() != b.to_bits()) {
            panic!(
                "{what}: channel {channel} differs first at sample {at}: {} and {}",
                a[at], b[at]
            );
        }
    }
}

/// Asserts that every sample is a normal number or zero, and no larger than `ceiling`.
///
/// # Panics
/// When one is not: this is for tests.
#[track_caller]
pub fn assert_sound(sound: &[Vec<f32>], ceiling: f32, what: &str) {
    for (channel, samples) in sound.iter().enumerate() {
        for (at, sample) in samples.iter().enumerate() {
            let good = (sample.is_normal() || *sample == 0.0) && sample.abs() <= ceiling;
            assert!(good, "{what}: channel {channel} sample {at} is {sample}");
        }
    }
}

/// Deletes instances while a sound is being prepared for them, the last one at the end.
///
/// # Panics
/// When the host cannot play one. With a thread that all share, the last instance to go panics
/// within the host, once that thread has met a task without an instance.
#[track_caller]
pub fn assert_instances_may_go(library: &Library) {
    let stays = library.create().unwrap();
    for _ in 0..40 {
        let mut goes = library.create().unwrap();
        goes.activate(48_000.0, 64).unwrap();
        let source = goes.param("Source").unwrap();
        let sounds = [1.0, 2.0, 3.0].map(|at| Event {
            at: 100 * at as usize,
            param: source.id,
            value: source.min + at,
        });
        goes.play(&Take::new(vec![vec![0.0; 400]; 2]).events(sounds.to_vec())).unwrap();
    }
    drop(stays);
}
