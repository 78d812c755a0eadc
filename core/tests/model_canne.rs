//! Models that are played as an instrument: what loads, what is refused, and what the decoder is
//! told.

mod forge;

use forge::{bytes, check_sentence, error};
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{
    Architecture, AutoencoderConfig, CanneModel, DecoderConfig, Features, InstrumentInfo,
    LatentPlane, LatentRange, LayerConfig, MapPoint,
};
use nfx_core::nn::{Activation, MAX_WIDE_COLUMNS};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

const STFT: StftConfig = StftConfig { fft_size: 256, hop: 64, window: Window::Hann };
const BINS: usize = 129;

/// An instrument whose decoder is told one of 61 notes, from 36 on.
fn keys() -> ModelFile {
    let mut config =
        AutoencoderConfig::uniform(&[BINS, 40, 8, 30, 50, BINS], Activation::Tanh, true);
    config.condition = 61;
    config.shortcut = true;
    ModelFile::random(config, STFT, 44_100.0, 4)
}

fn decoder() -> ModelFile {
    let layer = |outputs, activation| LayerConfig { outputs, activation, bias: true };
    let layers = vec![layer(20, Activation::Relu), layer(BINS, Activation::Relu)];
    ModelFile::random(
        DecoderConfig { latents: 8, layers, shortcut: false, condition: 0 },
        STFT,
        44_100.0,
        5,
    )
}

fn map(latents: usize) -> LatentPlane {
    let row =
        |at: usize| (0..latents).map(|i| if i == at { 1.0 } else { 0.0 }).collect::<Vec<f32>>();
    LatentPlane {
        mean: vec![0.5; latents],
        axes: [row(0), row(1)],
        back: [row(0), row(1)],
        points: vec![MapPoint {
            x: 0.0,
            y: 1.0,
            label: "Brass 3, C4".to_owned(),
            latents: vec![0.5; latents],
        }],
    }
}

#[test]
fn a_conditioned_model_and_a_decoder_come_back_as_they_were_written() {
    for mut model in [keys(), decoder()] {
        model.card.spectral_mut().unwrap().plane = Some(map(8));
        for precision in [Precision::F32, Precision::F16] {
            let read =
                ModelFile::from_bytes(&model.to_bytes(precision).expect("written")).expect("read");
            assert!(read.card == model.card);
        }
    }
    let names: Vec<_> = keys().card.spectral().unwrap().architecture.tensor_shapes();
    assert!(
        names.contains(&("layers.2.weight".to_owned(), vec![69, 30])),
        "the notes are inputs of the decoder"
    );
    assert!(names.contains(&("decoder_shortcut.weight".to_owned(), vec![69, BINS])));
    assert_eq!(
        decoder().card.spectral().unwrap().architecture.tensor_shapes()[0],
        ("layers.0.weight".to_owned(), vec![8, 20])
    );
}

#[test]
fn a_card_without_the_new_fields_is_written_as_before() {
    let text = serde_json::to_string(&forge::model(1).card).expect("json");
    for word in ["condition", "features", "instrument", "plane"] {
        assert!(
            !text.contains(&format!("\"{word}\"")),
            "{word} must only stand in a file that needs it"
        );
    }
}

#[test]
fn columns_decode_together_as_they_do_alone_and_notes_make_a_difference() {
    let model = CanneModel::from_file(&keys()).expect("an instrument");
    assert_eq!((model.latents(), model.bins(), model.notes()), (8, BINS, Some((36, 96))));
    let mut scratch = model.scratch();
    let latents: Vec<f32> = (0..MAX_WIDE_COLUMNS * 8).map(|i| (i as f32 * 0.7).sin()).collect();
    let notes: Vec<f32> = (0..MAX_WIDE_COLUMNS).map(|i| 30.0 + 5.0 * i as f32).collect();
    for columns in 1..=MAX_WIDE_COLUMNS {
        let mut all = vec![f32::NAN; columns * BINS];
        model.decode(&mut scratch, &latents, &notes, &mut all);
        for c in 0..columns {
            let mut one = vec![f32::NAN; BINS];
            model.decode(&mut scratch, &latents[c * 8..(c + 1) * 8], &notes[c..=c], &mut one);
            assert!(one == all[c * BINS..(c + 1) * BINS], "column {c} of {columns}");
        }
    }
    let frame = |note: f32| {
        let mut y = vec![0.0; BINS];
        model.decode(&mut model.scratch(), &latents[..8], &[note], &mut y);
        y
    };
    assert!(frame(60.0) != frame(61.0));
    assert!(
        frame(60.4) == frame(60.0) && frame(59.6) == frame(60.0),
        "the nearest note, not a mixture"
    );
    assert!(frame(-500.0) == frame(36.0) && frame(f32::INFINITY) == frame(96.0));
    assert_eq!([model.nearest_note(20.0), model.nearest_note(61.3)], [Some(36.0), Some(61.0)]);
    assert!(frame(f32::NAN).iter().all(|m| m.is_finite()));
}

#[test]
fn decoding_agrees_with_the_definition_in_double_precision() {
    let file = keys();
    let model = CanneModel::from_file(&file).expect("an instrument");
    let latents: Vec<f32> = (0..8).map(|i| (i as f32 * 1.3).cos()).collect();
    let mut code: Vec<f64> = latents.iter().map(|&z| f64::from(z)).collect();
    code.extend((36..=96).map(|note| f64::from(u8::from(note == 64))));
    let product = |name: &str, x: &[f64]| -> Vec<f64> {
        let t = &file.tensors[name];
        (0..t.shape[1])
            .map(|o| {
                x.iter().enumerate().map(|(i, x)| x * f64::from(t.data[i * t.shape[1] + o])).sum()
            })
            .collect()
    };
    let mut h = code.clone();
    for i in 2..5 {
        h = product(&format!("layers.{i}.weight"), &h);
        h.iter_mut()
            .zip(&file.tensors[&format!("layers.{i}.bias")].data)
            .for_each(|(h, b)| *h += f64::from(*b));
        if i < 4 {
            h.iter_mut().for_each(|h| *h = h.tanh());
        }
    }
    let path = product("decoder_shortcut.weight", &code);
    let mut y = vec![0.0; BINS];
    model.decode(&mut model.scratch(), &latents, &[64.0], &mut y);
    for ((y, h), p) in y.iter().zip(&h).zip(&path) {
        let want = (h + p).tanh().max(0.0);
        assert!((f64::from(*y) - want).abs() < 1e-5, "{y} {want}");
    }
}

#[test]
fn hostile_numbers_and_short_slices_leave_finite_magnitudes() {
    let model = CanneModel::from_file(&decoder()).expect("an instrument");
    let mut scratch = model.scratch();
    for value in [f32::NAN, f32::INFINITY, f32::MAX, -f32::MAX, 1e-42] {
        let mut y = vec![f32::NAN; BINS];
        model.decode(&mut scratch, &[value; 8], &[], &mut y);
        assert!(y.iter().all(|m| (0.0..=16.0).contains(m)), "{value}");
    }
    let mut y = vec![-1.0; 3 * BINS];
    model.decode(&mut scratch, &[0.5; 16], &[], &mut y);
    assert!(y[..2 * BINS].iter().all(|&m| m >= 0.0) && y[2 * BINS..].iter().all(|&m| m == -1.0));
    model.decode(&mut scratch, &[], &[], &mut y);
    let keys = CanneModel::from_file(&keys()).expect("an instrument");
    let mut y = vec![-1.0; BINS];
    keys.decode(&mut keys.scratch(), &[0.5; 8], &[], &mut y);
    assert!(y.iter().all(|&m| m == -1.0), "a conditioned model says nothing without a note");
}

#[test]
fn a_whole_autoencoder_finds_latents_and_a_decoder_says_that_it_cannot() {
    let model = CanneModel::from_file(&keys()).expect("an instrument");
    let frame: Vec<f32> = (0..BINS).map(|i| 3.0 / (1.0 + i as f32)).collect();
    let latents = model.encode(&frame).expect("latents");
    let louder: Vec<f32> = frame.iter().map(|m| m * 100.0).collect();
    let again = model.encode(&louder).expect("latents");
    assert!(latents.len() == 8 && latents.iter().zip(&again).all(|(a, b)| (a - b).abs() < 1e-4));
    assert!(model.encode(&[0.0; BINS]).expect("silence").iter().all(|z| z.is_finite()));
    for bad in [vec![1.0; BINS - 1], vec![f32::NAN; BINS]] {
        check_sentence(&model.encode(&bad).expect_err("refused"));
    }
    let half = CanneModel::from_file(&decoder()).expect("an instrument");
    assert!(model.can_encode() && !half.can_encode());
    check_sentence(&half.encode(&frame).expect_err("no encoder"));
}

#[test]
fn features_widen_the_encoder() {
    for features in Features::ALL {
        let width = BINS + features.extra(BINS);
        let mut config =
            AutoencoderConfig::uniform(&[width, 12, 8, 12, BINS], Activation::Relu, true);
        config.latent_layer = 1;
        let mut file = ModelFile::random(config, STFT, 44_100.0, 6);
        file.card.spectral_mut().unwrap().features = features;
        let read = ModelFile::from_bytes(&bytes(&file)).expect("read");
        let model = CanneModel::from_file(&read).expect("an instrument");
        let frame: Vec<f32> = (0..BINS).map(|i| (i as f32 * 0.3).sin().abs()).collect();
        assert_eq!(model.encode(&frame).expect("latents").len(), 8, "{features:?}");
        if features != Features::Plain {
            file.card.spectral_mut().unwrap().features = Features::Plain;
            check_sentence(&CanneModel::from_file(&file).expect_err("another width"));
        }
    }
}

#[test]
fn what_is_no_instrument_is_refused_in_a_sentence() {
    let refuse =
        |file: &ModelFile| check_sentence(&CanneModel::from_file(file).expect_err("refused"));
    refuse(&ModelFile::random(AutoencoderConfig::hybrid(BINS, &[40, 9, 40]), STFT, 44_100.0, 1));
    refuse(&ModelFile::random(
        AutoencoderConfig::hybrid(BINS + 1, &[40, 8, 40]),
        STFT,
        44_100.0,
        1,
    ));
    let mut nameless = keys();
    nameless.card.spectral_mut().unwrap().instrument = None;
    refuse(&nameless);
    let mut bent = decoder();
    bent.tensors.remove("layers.1.weight");
    refuse(&bent);
    // An instrument's decoder is nothing for the effect.
    check_sentence(
        &nfx_core::models::spectral::AnneModel::from_file(&keys()).expect_err("conditioned"),
    );
    check_sentence(
        &nfx_core::models::spectral::AnneModel::from_file(&decoder()).expect_err("half"),
    );
}

#[test]
fn notes_conditions_and_maps_that_cannot_be_are_refused() {
    let write = |change: &dyn Fn(&mut ModelFile)| {
        let mut file = keys();
        file.card.spectral_mut().unwrap().plane = Some(map(8));
        change(&mut file);
        check_sentence(&file.to_bytes(Precision::F32).expect_err("not written"));
        check_sentence(&CanneModel::from_file(&file).expect_err("not played"));
    };
    let notes = |low, high| {
        move |f: &mut ModelFile| {
            f.card.spectral_mut().unwrap().instrument = Some(InstrumentInfo::standing(low, high))
        }
    };
    write(&notes(96, 36));
    write(&notes(36, 95));
    write(&notes(100, 160));
    fn plane(change: impl Fn(&mut LatentPlane)) -> impl Fn(&mut ModelFile) {
        move |file| change(file.card.spectral_mut().unwrap().plane.as_mut().expect("a map"))
    }
    write(&plane(|p| p.mean.truncate(7)));
    write(&plane(|p| p.axes[1].push(0.0)));
    write(&plane(|p| p.back[0][3] = f32::NAN));
    write(&plane(|p| p.points[0].x = f32::INFINITY));
    write(&plane(|p| p.points[0].latents.clear()));
    write(&plane(|p| p.points = vec![p.points[0].clone(); 401]));
    let condition = |n: usize| {
        move |f: &mut ModelFile| {
            if let Architecture::Autoencoder(config) =
                &mut f.card.spectral_mut().unwrap().architecture
            {
                config.condition = n;
            }
        }
    };
    write(&condition(129));
    write(&condition(usize::MAX));
    write(&condition(60));
}

#[test]
fn hostile_instrument_files_are_told_in_sentences() {
    let mut file = decoder();
    file.card.spectral_mut().unwrap().plane = Some(map(8));
    let config = serde_json::to_string(&file.card).expect("json");
    let raw: Vec<forge::Raw> = file
        .tensors
        .iter()
        .map(|(name, t)| {
            forge::Raw::f32(name, &t.shape.iter().map(|&s| s as u64).collect::<Vec<_>>(), &t.data)
        })
        .collect();
    assert!(ModelFile::from_bytes(&forge::file(&config, &raw)).is_ok());
    for (from, to) in [
        ("\"latents\":8", "\"latents\":0"),
        ("\"latents\":8", "\"latents\":18446744073709551615"),
        ("\"latents\":8", "\"latents\":8,\"condition\":18446744073709551615"),
        ("\"latents\":8", "\"latents\":8,\"condition\":128"),
        ("\"latents\":8", "\"latents\":8,\"condition\":-1"),
        ("\"latents\":8", "\"latents\":8,\"attention\":1"),
        ("\"kind\":\"decoder\"", "\"kind\":\"encoder\""),
        ("\"plane\":{", "\"features\":\"smell\",\"plane\":{"),
        ("\"plane\":{", "\"instrument\":{\"note_low\":0,\"note_high\":300},\"plane\":{"),
        ("\"plane\":{", "\"instrument\":{\"note_low\":9,\"note_high\":3},\"plane\":{"),
    ] {
        let bent = config.replace(from, to);
        assert_ne!(bent, config, "the test must change something: {from}");
        check_sentence(&error(&forge::file(&bent, &raw)));
    }
    let whole = bytes(&file);
    for cut in (0..whole.len()).step_by(97) {
        check_sentence(&error(&whole[..cut]));
    }
}

#[test]
fn sliders_cover_what_the_corpus_uses() {
    let mut file = decoder();
    file.card.spectral_mut().unwrap().latents[2].p05 = -3.0;
    file.card.spectral_mut().unwrap().latents[2].p50 = -1.0;
    file.card.spectral_mut().unwrap().latents[2].p95 = 5.0;
    file.card.spectral_mut().unwrap().latents[3].p05 = 0.0;
    file.card.spectral_mut().unwrap().latents[3].p50 = 0.0;
    file.card.spectral_mut().unwrap().latents[3].p95 = 0.0;
    let model = CanneModel::from_file(&file).expect("an instrument");
    let range = model.range(2);
    assert_eq!(range, LatentRange { low: -3.0, neutral: -1.0, high: 5.0 });
    assert_eq!(
        [range.value(0.0), range.value(1.0), range.rest(), range.position(9.0)],
        [-3.0, 5.0, 0.25, 1.0]
    );
    assert!(
        model.range(3).high > model.range(3).low,
        "a latent that never moves still has a slider"
    );
    file.card.spectral_mut().unwrap().latents.clear();
    assert_eq!(CanneModel::from_file(&file).expect("an instrument").range(0), LatentRange::THESIS);
}

#[test]
fn a_place_on_the_map_can_be_moved_and_found_again() {
    let mut plane = map(3);
    plane.axes = [vec![0.5, 0.0, 0.0], vec![0.0, 2.0, 0.0]];
    plane.back = [vec![2.0, 0.0, 0.0], vec![0.0, 0.5, 0.0]];
    let moved = plane.moved(&[1.0, 1.0, 7.0], [0.25, -3.0]);
    let place = plane.place(&moved);
    assert!((place[0] - 0.25).abs() < 1e-6 && (place[1] + 3.0).abs() < 1e-6 && moved[2] == 7.0);
}
