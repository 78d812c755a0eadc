//! Logarithm and exponential that are the same on every machine and that compilers turn into vector
//! code.
//!
//! The training in `nfx-learn` and the real-time form here share them, so that both compute the
//! same curve to the last bits. The polynomials are those of Cephes (Moshier), `logf` and `expf`:
//! relative error about 1e-7.

/// `ln(x)` of a positive, normal `x`. Real-time safe.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // The exponent is taken so that the rest lies between √½ and √2.
    let bits = x.to_bits() as i32;
    let exponent = (bits - 0x3f35_04f3) >> 23;
    let f = f32::from_bits((bits - (exponent << 23)) as u32) - 1.0;
    let e = exponent as f32;
    let z = f * f;
    let mut y = 7.037_684e-2 * f - 0.115_146_1;
    y = y * f + 0.116_769_99;
    y = y * f - 0.124_201_41;
    y = y * f + 0.142_493_23;
    y = y * f - 0.166_680_58;
    y = y * f + 0.200_007_15;
    y = y * f - 0.249_999_94;
    y = y * f + 0.333_333_3;
    y *= f * z;
    y += -2.121_944_4e-4 * e;
    y -= 0.5 * z;
    f + y + 0.693_359_4 * e
}

/// `exp(x)`, with `x` held between -87 and 88. Real-time safe.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    // Adding 1.5 · 2²³ leaves the nearest whole number in the low bits.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let f = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let mut y = 1.987_569_1e-4 * f + 1.398_2e-3;
    y = y * f + 8.333_452e-3;
    y = y * f + 4.166_579_6e-2;
    y = y * f + 0.166_666_65;
    y = y * f + 0.5;
    y = y * f * f + f + 1.0;
    y * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// Decibels of a natural logarithm: `20 / ln 10`.
pub const DB_PER_NEPER: f32 = 8.685_89;
/// Natural logarithm of a decibel.
pub const NEPER_PER_DB: f32 = 0.115_129_255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_within_three_in_ten_million_of_the_library() {
        for i in 0..20_000 {
            let x = (-80.0 + 160.0 * f64::from(i) / 20_000.0) as f32;
            let want = f64::from(x).exp();
            assert!((f64::from(exp(x)) / want - 1.0).abs() < 3e-7, "exp({x})");
            let y = want as f32;
            let want = f64::from(y).ln();
            assert!((f64::from(ln(y)) - want).abs() < 3e-7 * want.abs().max(1.0), "ln({y})");
        }
    }

    #[test]
    fn the_exponential_is_held_at_its_ends() {
        assert!(exp(1.0e9).is_finite() && exp(-1.0e9) > 0.0);
    }
}
