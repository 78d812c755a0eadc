//! Pairs that are made to break what a training promises.

use std::path::Path;

use anyhow::Result;
use nfx_train::profile::family::Family;
use rand::Rng;
use rand::rngs::StdRng;

use super::devices::{gate, limiter, optical, slow_release};
use super::material::{Material, RATE_HZ};
use super::program::{Ended, Pair, train};
use super::{THIS, TrainingsArgs};
use crate::checks::devices::{cabinet, compressor, drive};
use crate::profiler::store::{Store, slug};

/// What a training promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    NeverLost,
    NeverWorse,
    DynamicsTried,
}

impl Promise {
    pub(super) const ALL: [Promise; 3] =
        [Promise::NeverLost, Promise::NeverWorse, Promise::DynamicsTried];

    pub(super) fn sentence(self) -> &'static str {
        match self {
            Promise::NeverLost => "A training is never lost: it leaves a model that plays",
            Promise::NeverWorse => "What comes no nearer than a gain says so, or gives way to it",
            Promise::DynamicsTried => {
                "`auto` tries a dynamics processor, whatever the device looks like"
            }
        }
    }

    /// Whether it is kept. A pair that is refused before anything is trained, in a sentence, loses
    /// nobody's time.
    pub(super) fn is_kept(self, ended: &Ended) -> bool {
        let Some(model) = &ended.model else {
            return ended.status == Some(1) && !ended.said.is_empty() && !ended.begun;
        };
        let figures = &model.figures;
        ended.status == Some(0)
            && match self {
                Promise::NeverLost => figures.model.esr.is_finite(),
                Promise::NeverWorse => {
                    figures.model.esr <= 1.02 * figures.baselines.gain.max(1e-6)
                        || figures.advice.is_some()
                }
                Promise::DynamicsTried => ended.tried.contains(&Family::Dynamics),
            }
    }
}

/// A pair, the options that it is trained with, and what of the promises it is to break.
pub(super) struct Attempt {
    pub(super) promise: Promise,
    pub(super) what: &'static str,
    pub(super) options: &'static str,
    pair: Pair,
}

/// The sound with `silent` seconds of nothing after each `sounding` seconds.
fn with_silences(x: &[f32], [sounding, silent]: [f64; 2]) -> Vec<f32> {
    let (on, off) = ((sounding * RATE_HZ) as usize, (silent * RATE_HZ) as usize);
    let mut out: Vec<f32> = Vec::new();
    for phrase in x.chunks(on) {
        let fade = phrase.len().min(512);
        let end = phrase.len() - fade;
        out.extend(
            phrase
                .iter()
                .enumerate()
                .map(|(i, x)| x * (1.0 - i.saturating_sub(end) as f32 / fade as f32)),
        );
        out.resize(out.len() + off, 0.0);
    }
    out.truncate(x.len());
    out
}

/// The sound with two of three seconds so much quieter.
fn with_whispers(x: &[f32], gain: f32) -> Vec<f32> {
    let second = RATE_HZ as usize;
    x.iter()
        .enumerate()
        .map(|(i, x)| if (i / second).is_multiple_of(3) { *x } else { gain * x })
        .collect()
}

fn times(x: &[f32], gain: f32) -> Vec<f32> {
    x.iter().map(|x| gain * x).collect()
}

fn noisy(x: &[f32], noise: f32, random: &mut StdRng) -> Vec<f32> {
    x.iter().map(|x| x + random.random_range(-noise..noise)).collect()
}

/// The list.
pub(super) fn list(material: &Material, seed: u64) -> Vec<Attempt> {
    let mut random = nfx_learn::rng(seed, 0xA77E, 0);
    let (music, signal) = (&material.music, &material.test_signal);
    let three = &music[..(3.0 * RATE_HZ) as usize];
    let phrases = with_silences(music, [0.7, 1.9]);
    let whispers = with_whispers(music, 2e-4);
    let mut hit = vec![0.0f32; music.len()];
    hit[20_000..60_000].copy_from_slice(&material.music[music.len() - 40_000..]);
    let of = |promise, what, options, input: &[f32], target: Vec<f32>| Attempt {
        promise,
        what,
        options,
        pair: Pair { input: input.to_vec(), target, rate_hz: RATE_HZ },
    };
    use Promise::{DynamicsTried, NeverLost, NeverWorse};
    vec![
        of(
            NeverLost,
            "optical compressor, silences of 2 s",
            "--family lstm",
            &phrases,
            optical(&phrases, RATE_HZ, false),
        ),
        of(
            NeverLost,
            "release of 4 s, then whispers at −74 dB",
            "--family lstm",
            &whispers,
            slow_release(&whispers, RATE_HZ),
        ),
        of(
            NeverLost,
            "hissing device, silences of 2 s",
            "--family gru",
            &phrases,
            noisy(&drive(&phrases, RATE_HZ), 1e-3, &mut random),
        ),
        of(NeverLost, "one hit in 20 s", "--family lstm", &hit, compressor(&hit, RATE_HZ)),
        of(
            NeverLost,
            "all at −80 dB",
            "--family lstm",
            &times(music, 1e-4),
            times(&optical(music, RATE_HZ, false), 1e-4),
        ),
        of(
            NeverLost,
            "steps a thousand times too large",
            "--family lstm --learning-rate 5",
            music,
            drive(music, RATE_HZ),
        ),
        of(NeverWorse, "gain of 40 dB", "--family lstm", &times(music, 0.01), music.clone()),
        of(NeverWorse, "a cable", "--family wavenet", signal, signal.clone()),
        of(NeverWorse, "noise alone", "", music, noisy(&vec![0.0; music.len()], 0.1, &mut random)),
        of(
            NeverWorse,
            "noise alone, forced",
            "--force",
            music,
            noisy(&vec![0.0; music.len()], 0.1, &mut random),
        ),
        of(
            NeverWorse,
            "a constant, forced",
            "--force --family lstm",
            music,
            vec![0.25; music.len()],
        ),
        of(
            NeverWorse,
            "half the sound in hiss of −20 dB",
            "--family gru",
            signal,
            noisy(&times(signal, 0.5), 0.1, &mut random),
        ),
        of(NeverWorse, "3 s of a drive", "--width 8", three, drive(three, RATE_HZ)),
        of(
            DynamicsTried,
            "optical compressor, feeds back",
            "--width 8",
            music,
            optical(music, RATE_HZ, true),
        ),
        of(DynamicsTried, "gate", "--width 8", music, gate(music, RATE_HZ)),
        of(
            DynamicsTried,
            "compressor into a cabinet",
            "--width 8",
            signal,
            cabinet(&compressor(signal, RATE_HZ), RATE_HZ),
        ),
        of(
            DynamicsTried,
            "drive into a limiter",
            "--width 8",
            music,
            limiter(&drive(music, RATE_HZ), RATE_HZ),
        ),
        of(DynamicsTried, "3 s of a compressor", "--width 8", three, compressor(three, RATE_HZ)),
    ]
}

/// An attempt, and what it gave: of the other program, where there is one, and of the one to try.
pub(super) struct Tried {
    pub(super) attempt: Attempt,
    pub(super) before: Option<Ended>,
    pub(super) after: Ended,
}

/// Trains what is missing.
pub(super) fn run(
    args: &TrainingsArgs,
    own: &Path,
    store: &Store,
    material: &Material,
) -> Result<Vec<Tried>> {
    let tried = |attempt: Attempt| {
        let words = format!("{} --steps {} --seed {}", attempt.options, args.steps, args.seed);
        let once = |who: &str, program: &Path| {
            let cell = slug(&format!("attempt {who} {} {words}", attempt.what));
            args.ended(store, &cell, || train(program, &attempt.pair, &words, None))
        };
        let before =
            args.before.as_ref().map(|other| once(&args.before_name, other)).transpose()?.flatten();
        Ok(once(THIS, own)?.map(|after| Tried { attempt, before, after }))
    };
    list(material, args.seed).into_iter().filter_map(|attempt| tried(attempt).transpose()).collect()
}
