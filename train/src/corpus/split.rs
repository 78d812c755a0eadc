//! The split by clip, and the share of each source in each set. Pure functions.

use nfx_core::signal::random::Random;

use super::Limits;

/// One of the three sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Training.
    Train,
    /// Validation.
    Validation,
    /// Test.
    Test,
}

impl Part {
    /// All three, in the order of their index.
    pub const ALL: [Part; 3] = [Part::Train, Part::Validation, Part::Test];
}

/// Assigns clips of the given lengths (any unit) to the three sets in the proportions of `limits`.
///
/// In an order that follows from `seed`, each clip goes to the set that it overfills least, so that
/// long clips fall to the training set and the lengths come close to the proportions. With three
/// clips or more no set stays empty.
pub fn assign(lengths: &[f64], limits: Limits, seed: u64) -> Vec<Part> {
    let sizes = [limits.train as f64, limits.validation as f64, limits.test as f64];
    let total: f64 = lengths.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let targets = sizes.map(|s| total * s / sizes.iter().sum::<f64>());
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    Random::stirred(seed ^ 0x5eed_5911).shuffle(&mut order);

    let mut filled = [0.0; 3];
    let mut parts = vec![Part::Train; lengths.len()];
    for &i in &order {
        let best = (0..3)
            .min_by(|&a, &b| {
                ((filled[a] + lengths[i]) / targets[a])
                    .total_cmp(&((filled[b] + lengths[i]) / targets[b]))
            })
            .unwrap_or(0);
        filled[best] += lengths[i];
        parts[i] = Part::ALL[best];
    }
    for part in [Part::Test, Part::Validation] {
        if parts.contains(&part) {
            continue;
        }
        // The shortest clip of the training set hurts least.
        let donor = order
            .iter()
            .copied()
            .filter(|&i| parts[i] == Part::Train)
            .min_by(|&a, &b| lengths[a].total_cmp(&lengths[b]));
        if parts.iter().filter(|p| **p == Part::Train).count() > 1
            && let Some(i) = donor
        {
            parts[i] = part;
        }
    }
    parts
}

/// Shares `limit` frames among sources that have `available` each: equal shares, and what a small
/// source leaves over goes to the others.
pub fn quotas(available: &[usize], limit: usize) -> Vec<usize> {
    let mut quota = vec![0; available.len()];
    let mut left = limit;
    loop {
        let hungry: Vec<usize> =
            (0..available.len()).filter(|&i| quota[i] < available[i]).collect();
        if hungry.is_empty() || left == 0 {
            return quota;
        }
        let share = (left / hungry.len()).max(1);
        for i in hungry {
            let given = share.min(available[i] - quota[i]).min(left);
            quota[i] += given;
            left -= given;
        }
    }
}
