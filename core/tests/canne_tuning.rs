//! The instrument is in tune, whatever its model, its rate, and what is turned: measured on its
//! sound.

mod studio;

use nfx_core::engine::canne::{CanneControls, CanneEngine, EventKind, VoiceMode};
use studio::{cents, frequency, hz, keys, off, on, palette, part, play, steady};

/// The left channel of a held note, from half a second on.
fn held(
    engine: &mut CanneEngine,
    controls: &CanneControls,
    events: &[(usize, EventKind)],
) -> Vec<f32> {
    let rate = engine.rate_hz();
    engine.reset();
    let [left, _] = play(engine, controls, events, (rate * 0.9) as usize, &[512]);
    left[(rate * 0.5) as usize..].to_vec()
}

#[test]
fn every_semitone_from_c2_to_c7_is_within_a_quarter_of_a_cent_at_every_rate() {
    for (rate, step) in
        [(44_100.0, 1), (48_000.0, 1), (96_000.0, 2), (88_200.0, 7), (192_000.0, 12)]
    {
        let mut engine = CanneEngine::new(keys(), rate).unwrap();
        for note in (36u8..=96).step_by(step) {
            let sound = held(&mut engine, &steady(), &[(0, on(note))]);
            for partial in [1.0, 2.0, 3.0] {
                let wanted = partial * hz(f64::from(note));
                let error = cents(frequency(&sound, wanted, rate), wanted);
                // What remains is the measurement's own error over 0.4 s.
                assert!(
                    error.abs() < 0.25,
                    "{rate} Hz, note {note}, partial {partial}: {error} cents"
                );
            }
        }
    }
}

#[test]
fn a_model_that_knows_no_note_is_in_tune_too() {
    for own in [41.3, 60.0, 77.7] {
        let mut engine = CanneEngine::new(palette(own), 44_100.0).unwrap();
        for note in (36u8..=96).step_by(5) {
            let sound = held(&mut engine, &steady(), &[(0, on(note))]);
            let wanted = hz(f64::from(note));
            let error = cents(frequency(&sound, wanted, 44_100.0), wanted);
            assert!(error.abs() < 0.1, "own pitch {own}, note {note}: {error} cents");
            // Between the partials there is nothing of the model's own pitch.
            let own_hz = hz(own);
            let nearest = (own_hz / wanted).round().max(1.0) * wanted;
            if (own_hz - nearest).abs() > 30.0 {
                let (stray, _) = part(&sound, own_hz, 44_100.0);
                assert!(stray < 1e-3, "own pitch {own} in note {note}: {stray}");
            }
        }
    }
}

#[test]
fn tune_fine_bend_and_expression_move_the_pitch_by_what_they_say() {
    let mut engine = CanneEngine::new(keys(), 48_000.0).unwrap();
    let mut controls = steady();
    let check = |engine: &mut CanneEngine,
                 controls: &CanneControls,
                 extra: &[EventKind],
                 semitones: f64| {
        let mut events = vec![(0, on(57))];
        events.extend(extra.iter().map(|&kind| (100, kind)));
        let sound = held(engine, controls, &events);
        let wanted = hz(57.0 + semitones);
        let error = cents(frequency(&sound, wanted, 48_000.0), wanted);
        assert!(error.abs() < 0.1, "{semitones}: {error} cents");
    };
    let bend = |channel, value| EventKind::Bend { channel, semitones_norm: value };
    check(&mut engine, &controls, &[bend(0, 1.0)], 2.0);
    check(&mut engine, &controls, &[bend(0, -0.37)], -0.74);
    check(&mut engine, &controls, &[bend(1, 1.0)], 0.0);
    controls.bend_range = 48.0;
    check(&mut engine, &controls, &[bend(0, -0.25)], -12.0);
    let tuned = |semitones| EventKind::NoteTuning { channel: 0, note: 57, id: -1, semitones };
    check(&mut engine, &controls, &[tuned(7.31)], f64::from(7.31f32));
    controls.fine_cents = -33.0;
    check(&mut engine, &controls, &[], -0.33);
    controls = steady();
    controls.master_tune_hz = 432.0;
    check(&mut engine, &controls, &[], 12.0 * (432.0f64 / 440.0).log2());
    controls = steady();
    controls.mpe = true;
    let name = |note| EventKind::NoteOn { channel: 3, note, velocity: 1.0, id: -1 };
    let sound =
        held(&mut engine, &controls, &[(0, name(57)), (50, bend(3, 0.125)), (60, bend(0, 0.5))]);
    let wanted = hz(57.0 + 6.0 + 1.0);
    assert!(cents(frequency(&sound, wanted, 48_000.0), wanted).abs() < 0.1);
}

#[test]
fn a_frequency_shift_moves_every_partial_by_the_same_amount_and_without_steps() {
    let mut engine = CanneEngine::new(keys(), 44_100.0).unwrap();
    let mut controls = steady();
    for (bins, circular) in [(3.5f32, true), (-2.25, true), (17.3, false), (-5.0, false)] {
        (controls.shift_bins, controls.shift_circular) = (bins, circular);
        let sound = held(&mut engine, &controls, &[(0, on(60))]);
        for partial in 1..=3 {
            let wanted = f64::from(partial) * hz(60.0) + f64::from(bins) * 44_100.0 / 4096.0;
            let found = frequency(&sound, wanted, 44_100.0);
            assert!(
                (found - wanted).abs() < 0.01,
                "{bins} bins, partial {partial}: {found} Hz, not {wanted}"
            );
        }
    }
}

#[test]
fn a_glide_ends_in_tune() {
    let mut controls = steady();
    (controls.mode, controls.glide_ms) = (VoiceMode::Legato, 200.0);
    let mut engine = CanneEngine::new(keys(), 44_100.0).unwrap();
    let sound = held(&mut engine, &controls, &[(0, on(50)), (4000, on(62))]);
    assert!(cents(frequency(&sound, hz(62.0), 44_100.0), hz(62.0)).abs() < 0.1);
    let sound = held(&mut engine, &controls, &[(0, on(50)), (4000, on(62)), (6000, off(62))]);
    assert!(
        cents(frequency(&sound, hz(50.0), 44_100.0), hz(50.0)).abs() < 0.1,
        "back to the key still held"
    );
}

#[test]
fn what_is_heard_is_what_the_decoder_says() {
    // Amplitudes of the partials against those that the test's decoder was made of, without
    // anything that colours them.
    let mut engine = CanneEngine::new(keys(), 44_100.0).unwrap();
    let mut controls = steady();
    controls.even_level = false;
    controls.sliders = [0.1, 0.9, 0.2, 0.6, 0.0, 1.0, 0.3, 0.5];
    for note in [36u8, 47, 60, 72, 90] {
        let sound = held(&mut engine, &controls, &[(0, on(note))]);
        for partial in 1..=20 {
            let at = f64::from(partial) * hz(f64::from(note));
            if at > 18_000.0 {
                break;
            }
            let wanted = 0.11 * studio::amplitude(&controls.sliders, partial as usize);
            let (found, _) = part(&sound, at, 44_100.0);
            let error = studio::db(found / wanted);
            assert!(
                error.abs() < 0.35,
                "note {note}, partial {partial}: {error} dB, {found} for {wanted}"
            );
        }
    }
}

#[test]
fn a_circular_shift_brings_back_below_what_leaves_above() {
    let bin = 44_100.0 / 4096.0;
    let rate = 96_000.0;
    let mut engine = CanneEngine::new(keys(), rate).unwrap();
    let mut controls = CanneControls { shift_bins: 60.0, even_level: false, ..steady() };
    let top = 13.0 * hz(92.0) + 60.0 * bin;
    assert!(13.0 * hz(92.0) < 2049.0 * bin && top > 2049.0 * bin + 100.0);
    let wanted = 0.11 * studio::amplitude(&controls.sliders, 13);
    for circular in [true, false] {
        controls.shift_circular = circular;
        let sound = held(&mut engine, &controls, &[(0, on(92))]);
        let (below, _) = part(&sound, top - 2049.0 * bin, rate);
        let (above, _) = part(&sound, top, rate);
        let (there, not_there) = if circular { (below, above) } else { (above, below) };
        assert!(
            studio::db(there / wanted).abs() < 0.5 && not_there < 0.02 * wanted,
            "{circular}: {below} {above}"
        );
    }
}
