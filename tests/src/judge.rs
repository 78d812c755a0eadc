//! What every test asks of a sound.

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
            panic!("{what}: channel {channel} differs first at sample {at}: {} and {}", a[at], b[at]);
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
