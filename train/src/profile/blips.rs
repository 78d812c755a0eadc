//! When a device answers to the two blips of the test signal, which stand alone in silence.

use super::signal::Layout;

/// Seconds before an answer in which the device's own noise is heard.
const QUIET_S: f64 = 0.2;
/// Seconds after a blip in which its answer has its top.
const ANSWER_S: f64 = 0.4;
/// Seconds before the delay that is roughly known from which on the answer is looked for.
const BEFORE_S: f64 = 0.004;
/// An answer begins where it is this share of its top; of a blip that was resampled and rings,
/// more.
const SHARE: f32 = 0.02;
const RINGING: f32 = 0.4;
/// Nothing below this share of the recording's peak is an answer.
const LEAST: f32 = 1e-4;

/// The delay of both answers in samples behind what was played, near the delay that is roughly
/// known. An answer that was not recorded, or is lost in noise, is `None`.
pub fn blips(
    input: &[f32],
    target: &[f32],
    layout: &Layout,
    rate_hz: f64,
    roughly: i64,
) -> [Option<i64>; 2] {
    let peak = target.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    layout.blips.map(|blip| {
        // A blip that is one sample tells its time by that sample; one that was resampled, by the
        // same share of its top.
        let own = onset(input, blip as i64, rate_hz, SHARE, 0.0);
        let (share, own) = match own {
            Some(own) if own == blip as i64 => (SHARE, own),
            _ => (RINGING, onset(input, blip as i64, rate_hz, RINGING, 0.0)?),
        };
        let answer = onset(target, blip as i64 + roughly, rate_hz, share, LEAST * peak)?;
        Some(answer - own)
    })
}

/// The sample at which an answer begins that is expected at a place: the first above what is there
/// in silence.
fn onset(sound: &[f32], place: i64, rate_hz: f64, share: f32, least: f32) -> Option<i64> {
    let samples = |s: f64| (s * rate_hz) as i64;
    let begin = place - samples(BEFORE_S).max(8);
    let part = |from: i64, until: i64| {
        let until = usize::try_from(until).ok()?.min(sound.len());
        sound.get(usize::try_from(from.max(0)).ok()?..until)
    };
    let quiet = part(begin - samples(QUIET_S), begin).filter(|q| q.len() >= 8)?;
    let mean = quiet.iter().sum::<f32>() / quiet.len() as f32;
    let floor = quiet.iter().fold(0.0f32, |m, x| m.max((x - mean).abs()));
    let after = part(begin, place + samples(ANSWER_S)).filter(|_| begin >= 0)?;
    let top = after.iter().fold(0.0f32, |m, x| m.max((x - mean).abs()));
    let threshold = (2.0 * floor).max(share * top).max(least).max(1e-9);
    if top <= threshold {
        return None;
    }
    after.iter().position(|x| (x - mean).abs() > threshold).map(|i| begin + i as i64)
}

/// Whether the answer to the first blip that is there begins downwards: `None` where it begins with
/// neither.
pub fn inverted(target: &[f32], layout: &Layout, blips: [Option<i64>; 2]) -> Option<bool> {
    let (blip, late) =
        layout.blips.iter().zip(blips).find_map(|(b, late)| Some((*b as i64, late?)))?;
    let begin = usize::try_from(blip + late).ok()?;
    let answer = target.get(begin..(begin + 8).min(target.len()))?;
    let top = answer.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    answer.iter().find(|x| x.abs() >= 0.5 * top && top > 0.0).map(|x| *x < 0.0)
}
