//! The parameters are frozen: ids, names, ranges, defaults and texts stand in `params.txt` and may
//! only grow.

use canne_synth::params::{CanneParams, SLIDERS};
use nfx_core::engine::canne::CanneControls;
use nfx_frame::snapshot::Value;
use nice_plug::params::Param;

#[path = "../../frame/testing/params.rs"]
#[macro_use]
mod checks;

check_parameters!(CanneParams, stable: false);

#[test]
fn hosts_text_entry_works() {
    let (_, table) = checks::table::<CanneParams>();
    let plain = |id: &str, text: &str| checks::typed(&table, id, text);
    let texts = [
        ("l1", "62 %", 0.62),
        ("l8", "62", 0.62),
        ("shift", "-12.5 bins", -12.5),
        ("fine", "\u{2212}50", -50.0),
        ("tune", "442 Hz", 442.0),
        ("noise", "0.1 %", 0.001),
        ("amp_a", "1.5 s", 1500.0),
        ("bend", "12 st", 12.0),
        ("bend", "7", 7.0),
        ("voices", "8", 8.0),
        ("e1", "-100 %", -1.0),
        ("frate", "0.25 Hz", 0.25),
        ("out", "-6 dB", -6.0),
    ];
    checks::all_typed(&table, &texts);
    assert_eq!(plain("l1", "loud"), None);
    assert_eq!(plain("tune", "440 ct"), None);
    assert_eq!(plain("shift", "1000"), Some(60.0));
}

#[test]
fn the_defaults_are_the_engines() {
    let (params, _) = checks::table::<CanneParams>();
    assert_eq!(params.controls(None), CanneControls::default());
}

#[test]
fn the_pad_takes_over_by_its_amount() {
    let (params, table) = checks::table::<CanneParams>();
    let corners: [[f32; SLIDERS]; 4] =
        [[0.0; SLIDERS], [1.0; SLIDERS], [0.25; SLIDERS], [0.75; SLIDERS]];
    corners
        .into_iter()
        .enumerate()
        .for_each(|(corner, position)| params.session.set_position(corner, position));
    checks::set(&table, "l1", Value::Number(0.9));
    assert!((params.morphed()[0] - 0.9).abs() < 1e-6);
    checks::set(&table, "morph", Value::Number(1.0));
    for (x, y, expected) in
        [(0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (0.0, 1.0, 0.25), (1.0, 1.0, 0.75), (0.5, 0.5, 0.5)]
    {
        checks::set(&table, "mx", Value::Number(x));
        checks::set(&table, "my", Value::Number(y));
        assert!(params.morphed().iter().all(|value| (value - expected).abs() < 1e-6), "{x} {y}");
    }
    checks::set(&table, "morph", Value::Number(0.5));
    assert!((params.controls(None).sliders[0] - (0.9 + 0.75) / 2.0).abs() > 1e-3);
}

#[test]
fn the_lfo_follows_the_tempo() {
    let (params, table) = checks::table::<CanneParams>();
    checks::set(&table, "fsync", Value::Switch(true));
    checks::set(&table, "fdiv", Value::Choice("1/8 dotted".to_owned()));
    assert!((params.controls(Some(90.0)).lfos[0].hz - 2.0).abs() < 1e-5);
    assert!((params.controls(None).lfos[0].hz - 120.0 / 60.0 / 0.75).abs() < 1e-5);
    assert!((params.controls(Some(f64::NAN)).lfos[0].hz - 120.0 / 60.0 / 0.75).abs() < 1e-5);
    checks::set(&table, "fsync", Value::Switch(false));
    assert!((params.controls(Some(90.0)).lfos[0].hz - 2.0).abs() < 1e-5);
}

#[test]
fn the_second_lfo_is_like_the_first_and_of_its_own() {
    let (params, table) = checks::table::<CanneParams>();
    for (id, value) in [
        ("lfo2_frate", Value::Number(0.5)),
        ("lfo2_fshape", Value::Choice("Saw up".to_owned())),
        ("lfo2_fretrig", Value::Switch(true)),
        ("lfo2_f3", Value::Number(-0.5)),
    ] {
        checks::set(&table, id, value);
    }
    let [first, second] = params.controls(None).lfos;
    assert_eq!(first, CanneControls::default().lfos[0]);
    assert!(
        (second.hz - 0.5).abs() < 1e-4 && second.retrigger && (second.to[2] + 0.5).abs() < 1e-5
    );
    checks::set(&table, "lfo2_fsync", Value::Switch(true));
    assert!((params.controls(Some(120.0)).lfos[1].hz - 2.0).abs() < 1e-5);
}

#[test]
fn with_reach_the_sliders_read_beyond_the_learned_range_and_keep_their_place() {
    let (params, table) = checks::table::<CanneParams>();
    let slider = table.entry("l1").unwrap();
    let automated = [0.0, 0.25, 0.5, 1.0];
    assert_eq!(
        automated.map(|place| slider.text_of(place)),
        ["0.0 %", "25.0 %", "50.0 %", "100.0 %"]
    );
    checks::set(&table, "reach", Value::Number(1.0));
    assert_eq!(
        automated.map(|place| slider.text_of(place)),
        ["-100.0 %", "-25.0 %", "50.0 %", "200.0 %"]
    );
    assert_eq!((slider.read("200 %"), slider.read("900 %")), (Some(1.0), Some(1.0)));
    assert!((slider.read("100 %").unwrap() - 2.0 / 3.0).abs() < 1e-6);
    // What a host has drawn stays where it is.
    checks::set(&table, "l1", Value::Number(0.8));
    checks::set(&table, "reach", Value::Number(0.0));
    assert!((params.controls(None).sliders[0] - 0.8).abs() < 1e-6);
}

#[test]
fn sliders_can_be_modulated_for_each_note() {
    let (params, _) = checks::table::<CanneParams>();
    let ids: Vec<Option<u32>> =
        params.sliders.iter().map(|slider| slider.poly_modulation_id()).collect();
    assert_eq!(ids, (0..SLIDERS as u32).map(Some).collect::<Vec<_>>());
}

#[test]
fn a_palettes_sliders_read_0_to_4_and_1_at_rest() {
    let (params, table) = checks::table::<CanneParams>();
    let models = &params.session.model;
    let mut palettes = 0;
    for entry in models.library().embedded() {
        models.choose_embedded(entry.hash).unwrap();
        let model = models.model().unwrap();
        let is_palette = model.notes().is_none();
        palettes += usize::from(is_palette);
        for (slider, id) in (1..=SLIDERS).map(|number| format!("l{number}")).enumerate() {
            let slider_entry = table.entry(&id).unwrap();
            let rest = model.range(slider).rest();
            let found = [0.0, rest, 1.0].map(|position| slider_entry.text_of(position));
            if !is_palette {
                assert_eq!((&*found[0], &*found[2]), ("0.0 %", "100.0 %"), "{} {id}", entry.name);
                continue;
            }
            assert_eq!(found, ["0.00", "1.00", "4.00"], "{} {id}", entry.name);
            for step in 0..=1000 {
                let text = slider_entry.text_of(step as f32 / 1000.0);
                let read = slider_entry.read(&text).unwrap();
                assert_eq!(slider_entry.text_of(read), text, "{} {id}", entry.name);
            }
            assert_eq!(slider_entry.read("50 %"), Some(0.5));
        }
    }
    assert!(
        palettes > 0,
        "a model that is not conditioned on the note was expected among the embedded ones"
    );
}
