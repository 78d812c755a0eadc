//! Macros: directions in the latent space, as the engine plays them.

use std::sync::Arc;

use nfx_core::engine::anne::{AnneControls, AnneEngine};
use nfx_core::engine::render;
use nfx_core::file::ModelError;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, AutoencoderConfig, Direction, MAX_DIRECTIONS};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use rand::{Rng, SeedableRng, rngs::StdRng};

const RATE: f64 = 44_100.0;
const LATENTS: usize = 24;

fn file(directions: usize) -> ModelFile {
    let stft = StftConfig::new(512, 128, Window::Hann).expect("stft");
    let config = AutoencoderConfig::hybrid(stft.bins(), &[48, LATENTS, 48]);
    let mut file = ModelFile::random(config, stft, RATE, 5);
    let mut random = StdRng::seed_from_u64(8);
    file.card.spectral_mut().unwrap().directions = (0..directions)
        .map(|i| Direction {
            name: format!("Direction {i}"),
            words: "something".to_owned(),
            latents: (0..LATENTS).map(|_| random.random_range(-0.4..0.4)).collect(),
        })
        .collect();
    file
}

fn model(directions: usize) -> Arc<AnneModel> {
    AnneModel::from_file(&file(directions)).expect("a model")
}

fn noise(seed: u64, samples: usize) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..samples).map(|_| random.random_range(-0.5..0.5)).collect()
}

fn controls(directions: [f32; MAX_DIRECTIONS]) -> AnneControls {
    AnneControls { directions, ..AnneControls::default() }
}

fn play(
    engine: &mut AnneEngine,
    sound: &[f32],
    block: usize,
    controls: impl Fn(usize) -> AnneControls,
) -> Vec<f32> {
    let mut out = sound.to_vec();
    let mut at = 0;
    for part in out.chunks_mut(block) {
        let n = part.len();
        engine.process(&controls(at), &mut [part], &[]);
        at += n;
    }
    out
}

fn bits(sound: &[f32]) -> Vec<u32> {
    sound.iter().map(|x| x.to_bits()).collect()
}

fn rms(sound: &[f32]) -> f64 {
    (sound.iter().map(|x| f64::from(x * x)).sum::<f64>() / sound.len() as f64).sqrt()
}

#[test]
fn at_rest_a_model_with_directions_is_the_input_and_what_a_model_does_not_have_does_nothing() {
    let sound = noise(1, 20_000);
    let mut with = AnneEngine::with_channels(model(MAX_DIRECTIONS), RATE, 1).expect("engine");
    let latency = with.latency_samples();
    let neutral = play(&mut with, &sound, 512, |_| controls([0.0; MAX_DIRECTIONS]));
    assert_eq!(bits(&neutral[latency..]), bits(&sound[..sound.len() - latency]));
    let mut without = AnneEngine::with_channels(model(0), RATE, 1).expect("engine");
    let turned = play(&mut without, &sound, 512, |_| controls([2.0; MAX_DIRECTIONS]));
    assert_eq!(bits(&turned), bits(&neutral));
}

#[test]
fn every_direction_is_heard_and_the_two_ways_differ() {
    let sound = noise(2, 20_000);
    let made = |amount: f32, which: usize| {
        let mut directions = [0.0; MAX_DIRECTIONS];
        directions[which] = amount;
        play(
            &mut AnneEngine::with_channels(model(MAX_DIRECTIONS), RATE, 1).expect("engine"),
            &sound,
            512,
            |_| controls(directions),
        )
    };
    let neutral = made(0.0, 0);
    let away = |a: &[f32], b: &[f32]| rms(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>());
    for which in 0..MAX_DIRECTIONS {
        let (up, down) = (made(1.0, which), made(-1.0, which));
        assert!(
            away(&up, &neutral) > 1e-3 && away(&down, &neutral) > 1e-3,
            "direction {which} is not heard"
        );
        assert!(away(&up, &down) > 1e-3, "direction {which} does the same both ways");
    }
}

#[test]
fn directions_move_at_fixed_places_whatever_the_blocks_and_a_reset_forgets_them() {
    let sound = noise(3, 30_000);
    // A move of the macro at sample 8192, which every block length here meets exactly.
    let moving = |at: usize| {
        controls(std::array::from_fn(|i| if at >= 8_192 { 0.3 * i as f32 - 1.0 } else { 0.0 }))
    };
    let mut engine = AnneEngine::with_channels(model(MAX_DIRECTIONS), RATE, 1).expect("engine");
    let whole = play(&mut engine, &sound, 4_096, moving);
    for block in [32, 128, 1_024, 2_048] {
        engine.reset();
        assert_eq!(
            bits(&play(&mut engine, &sound, block, moving)),
            bits(&whole),
            "blocks of {block}"
        );
    }
}

#[test]
fn hostile_amounts_are_neutral_or_the_end_of_the_range_and_silence_stays_silence() {
    let sound = noise(4, 12_000);
    let play_with = |amount: f32, sound: &[f32]| {
        let mut engine = AnneEngine::with_channels(model(MAX_DIRECTIONS), RATE, 1).expect("engine");
        play(&mut engine, sound, 512, |_| controls([amount; MAX_DIRECTIONS]))
    };
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(bits(&play_with(bad, &sound)), bits(&play_with(0.0, &sound)));
    }
    assert_eq!(bits(&play_with(1e9, &sound)), bits(&play_with(2.0, &sound)));
    assert!(play_with(2.0, &vec![0.0; 12_000]).iter().all(|x| *x == 0.0));
    assert!(play_with(-2.0, &sound).iter().all(|x| x.is_finite()));
}

#[test]
fn a_direction_is_of_the_main_sound_alone() {
    // At full morph the side chain's latents are the target: a direction of the main sound has no
    // say any more.
    let (sound, side) = (noise(5, 20_000), noise(6, 20_000));
    let made = |amount: f32| {
        let controls = AnneControls { morph: 1.0, ..controls([amount; MAX_DIRECTIONS]) };
        let (sound, side) = (std::slice::from_ref(&sound), std::slice::from_ref(&side));
        let mut engine = AnneEngine::with_channels(model(MAX_DIRECTIONS), RATE, 1).expect("engine");
        render(&mut engine, |_| controls.clone(), sound, side).expect("rendered")
    };
    let (rest, turned) = (made(0.0), made(2.0));
    let apart: Vec<f32> = rest[0].iter().zip(&turned[0]).map(|(a, b)| a - b).collect();
    assert!(rms(&apart) < 1e-5 * rms(&rest[0]), "{}", rms(&apart) / rms(&rest[0]));
}

#[test]
fn directions_survive_the_file_and_wrong_ones_are_refused() {
    let whole = file(MAX_DIRECTIONS);
    let bytes = whole.to_bytes(nfx_core::file::Precision::F16).expect("bytes");
    let read = ModelFile::from_bytes(&bytes).expect("a file");
    assert_eq!(read.card.spectral().unwrap().directions.len(), MAX_DIRECTIONS);
    assert_eq!(read.card.spectral().unwrap().directions[3].name, "Direction 3");
    for (a, b) in read.card.spectral().unwrap().directions[3]
        .latents
        .iter()
        .zip(&whole.card.spectral().unwrap().directions[3].latents)
    {
        assert!((a - b).abs() < 1e-6);
    }
    for spoil in [
        |d: &mut Vec<Direction>| d[0].latents.truncate(3),
        |d: &mut Vec<Direction>| d[1].latents[0] = f32::NAN,
        |d: &mut Vec<Direction>| d.push(d[0].clone()),
    ] {
        let mut spoiled = whole.clone();
        spoil(&mut spoiled.card.spectral_mut().unwrap().directions);
        let error = spoiled.card.validate().expect_err("refused");
        assert!(
            matches!(error, ModelError::Config(_)) && error.to_string().contains("expected"),
            "{error}"
        );
    }
}
