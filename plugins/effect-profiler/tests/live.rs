//! The audio thread's side, without a host: profiles and impulse responses change while sound runs.

use std::sync::Arc;

use checks::{level, steepest, worst};
use effect_profiler::chosen::Handoff;
use effect_profiler::impulse::read_impulse;
use effect_profiler::live::Live;
use effect_profiler::params::{ProfilerParams, SourceChoice};
use effect_profiler::scope;
use nfx_frame::clip::Clip;
use nfx_frame::handoff::Place;
use nfx_frame::side_chain::SideChain;
use nfx_frame::snapshot::{Session as _, Value};
use nfx_frame::table::{Direct, ParamTable, Sink};

#[path = "../../frame/testing/live.rs"]
mod checks;
#[path = "common/mod.rs"]
mod common;

const PLACE: Place = Place { rate_hz: 48_000.0, channels: 1 };

struct Rig {
    params: Arc<ProfilerParams>,
    handoff: Arc<Handoff>,
    live: Live,
    at: usize,
}

impl Rig {
    fn new(first: &[u8]) -> Self {
        let params = Arc::new(ProfilerParams::default());
        params.session.model.load_bytes("first", first).unwrap();
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (writer, _) = scope::channel();
        for listen in [true, false] {
            let (told, slot) = (handoff.clone(), params.clone());
            if listen {
                params.session.model.listen(move || told.follow(&slot));
            } else {
                params.session.listen(move || told.follow(&slot));
            }
        }
        let mut live = Live::new(handoff.clone(), retirer, writer);
        live.activate(PLACE, &params).unwrap();
        live.reset();
        Self { params, handoff, live, at: 0 }
    }

    fn set(&self, id: &str, value: Value) {
        let table = ParamTable::new(self.params.clone());
        let entry = table.entry(id).unwrap();
        Direct.set(entry.ptr(), entry.normalized_of(&value).unwrap());
    }

    /// `samples` of a tone in blocks of `block`.
    fn play(&mut self, samples: usize, block: usize) -> Vec<f32> {
        let span = self.at..self.at + samples;
        self.at = span.end;
        checks::played(span, block, |part| {
            self.live.process(&self.params, &mut [part], &SideChain::default());
        })
    }
}

#[test]
fn a_profile_of_the_same_rate_fades_in_without_a_click() {
    let mut rig = Rig::new(&common::capture(1));
    let before = rig.play(8192, 64);
    assert_eq!(rig.live.latency_samples(), 0);
    rig.params.session.model.load_bytes("second", &common::capture(2)).unwrap();
    let after = rig.play(48_000, 64);
    assert_eq!(rig.live.latency_samples(), 0);
    let joined: Vec<f32> = before[4096..].iter().chain(&after).copied().collect();
    let calm = steepest(&before[4096..]).max(steepest(&after[40_000..]));
    assert!(steepest(&joined) <= 1.6 * calm, "{} beside {calm}", steepest(&joined));
    let mut fresh = Rig::new(&common::capture(2));
    let expected = fresh.play(8192 + 48_000, 64);
    let rest = worst(&after[40_000..], &expected[8192 + 40_000..]);
    assert!(rest < 1e-4, "{rest}");
    rig.handoff.sweep();
}

#[test]
fn a_profile_of_another_rate_brings_its_latency() {
    let mut rig = Rig::new(&common::capture(1));
    let before = rig.play(8192, 64);
    rig.params.session.model.load_bytes("other rate", &common::capture_at(44_100.0, 2)).unwrap();
    let after = rig.play(48_000, 64);
    assert!(rig.live.latency_samples() > 0);
    let joined: Vec<f32> = before[8000..].iter().chain(&after[..16_000]).copied().collect();
    let calm = steepest(&before[4096..]).max(steepest(&after[32_000..]));
    assert!(steepest(&joined) <= 1.6 * calm, "{} beside {calm}", steepest(&joined));
    rig.params.session.model.load_bytes("back", &common::capture(3)).unwrap();
    rig.play(48_000, 64);
    assert_eq!(rig.live.latency_samples(), 0);
}

#[test]
fn the_way_of_the_blocks_does_not_matter() {
    let run = |block: usize| {
        let mut rig = Rig::new(&common::pedal(1));
        rig.set("knob1", Value::Number(0.9));
        rig.play(4096, block);
        rig.params.session.model.load_bytes("other", &common::capture_at(44_100.0, 2)).unwrap();
        rig.play(16_384, block)
    };
    assert_eq!(run(64), run(1024));
    assert_eq!(run(64), run(4096));
}

#[test]
fn the_latest_of_many_changes_wins() {
    let mut rig = Rig::new(&common::capture(1));
    rig.play(4096, 64);
    for (rate, seed) in
        [(44_100.0, 2), (48_000.0, 3), (96_000.0, 4), (48_000.0, 5), (48_000.0, 6), (44_100.0, 7)]
    {
        rig.params.session.model.load_bytes("next", &common::capture_at(rate, seed)).unwrap();
        rig.play(300, 64);
    }
    rig.play(96_000, 64);
    assert!(Arc::ptr_eq(rig.live.model().unwrap(), &rig.params.session.model.model().unwrap()));
}

#[test]
fn reset_equals_fresh_with_the_newest_profile() {
    let mut rig = Rig::new(&common::capture(1));
    rig.play(5000, 64);
    rig.params.session.model.load_bytes("newer", &common::capture_at(44_100.0, 2)).unwrap();
    rig.play(100, 64);
    rig.params.session.model.load_bytes("newest", &common::capture_at(44_100.0, 3)).unwrap();
    rig.live.reset();
    rig.live.reset();
    rig.at = 0;
    let mut fresh = Rig::new(&common::capture_at(44_100.0, 3));
    assert_eq!(rig.play(16_384, 512), fresh.play(16_384, 512));
}

#[test]
fn an_impulse_response_fades_in_and_out_and_travels_with_a_new_engine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("comb.wav");
    // A click and an echo of it: a comb that the tone notices.
    let mut ir = vec![0.0; 64];
    (ir[0], ir[63]) = (1.0, -0.7);
    Clip { channels: vec![ir], rate_hz: 48_000.0 }.write_wav(&path).unwrap();
    let mut rig = Rig::new(&common::capture(1));
    let dry = rig.play(16_384, 64);
    rig.params.session.impulse.put_other(Some(read_impulse(&path).unwrap()));
    rig.params.session.follow();
    let wet = rig.play(48_000, 64);
    assert!(
        steepest(&wet) < 2.5 * steepest(&dry[4096..]),
        "{} beside {}",
        steepest(&wet),
        steepest(&dry[4096..])
    );
    let change = level(&wet[32_000..]) / level(&dry[4096..]);
    assert!((change - 1.0).abs() > 0.02, "the echo is not heard: {change}");
    let mut fresh = Rig::new(&common::capture(1));
    fresh.params.session.impulse.put_other(Some(read_impulse(&path).unwrap()));
    fresh.params.session.follow();
    fresh.at = 16_384;
    let expected = fresh.play(48_000, 64);
    assert!(worst(&wet[40_000..], &expected[40_000..]) < 1e-3);
    rig.params.session.impulse.put_other(None);
    rig.params.session.follow();
    let out = rig.play(48_000, 64);
    assert!(
        (level(&out[32_000..]) / level(&dry[4096..]) - 1.0).abs() < 0.02,
        "taken out, it is gone"
    );
    let text = folder.path().join("text.wav");
    std::fs::write(&text, "not a sound").unwrap();
    assert!(read_impulse(&text).unwrap_err().contains("text.wav"));
}

#[test]
fn the_repair_turns_an_inverted_profile() {
    // A linear `.nam` of one tap that inverts and delays by 20 samples.
    let taps: Vec<&str> = (0..32).map(|i| if i == 20 { "-1.0" } else { "0.0" }).collect();
    let nam = format!(
        r#"{{"version":"0.5.4","architecture":"Linear","config":{{"receptive_field":32,"bias":false}},"weights":[{}],"sample_rate":48000.0}}"#,
        taps.join(",")
    );
    let mut rig = Rig::new(nam.as_bytes());
    rig.set("mix", Value::Number(0.5));
    let cancelled = rig.play(16_384, 64);
    rig.params.session.set_aligns(true);
    rig.params.session.follow();
    let repaired = rig.play(48_000, 64);
    assert_eq!(rig.live.latency_samples(), 20);
    assert_eq!(rig.handoff.alignment().delay_samples, 20);
    assert!(rig.handoff.alignment().inverted);
    let dry = 0.5 / std::f32::consts::SQRT_2;
    assert!(
        (level(&repaired[32_000..]) / dry - 1.0).abs() < 0.01,
        "dry and wet add up: {}",
        level(&repaired[32_000..])
    );
    assert!(level(&cancelled[8192..]) < 0.9 * dry, "before, they did not");
}

#[test]
fn without_a_profile_the_sound_passes_dry_and_clean() {
    let mut rig = Rig::new(&common::capture(1));
    rig.play(4096, 64);
    rig.params.session.model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    rig.play(8192, 64);
    checks::passes_dry_and_clean(|sound| {
        rig.live.process(&rig.params, &mut [sound], &SideChain::default());
    });
}

#[test]
fn an_activation_with_nothing_new_keeps_the_engine() {
    let mut rig = Rig::new(&common::capture(1));
    rig.play(4096, 64);
    let again = std::time::Instant::now();
    for _ in 0..1000 {
        rig.live.deactivate();
        rig.live.activate(PLACE, &rig.params).unwrap();
    }
    assert!(again.elapsed().as_millis() < 500, "{:?}", again.elapsed());
    assert!(rig.live.activate(Place { rate_hz: 1e9, channels: 1 }, &rig.params).is_err());
    assert_eq!(rig.live.latency_samples(), 0);
}

#[test]
fn built_in_sounds_are_audible_at_any_rate() {
    checks::are_audible(&[SourceChoice::Drums, SourceChoice::Bass, SourceChoice::Guitar]);
}

#[test]
fn a_side_chain_that_shrinks_or_vanishes_is_silence_where_it_is_missing() {
    let compressor = include_bytes!("../../../models/compressor.safetensors");
    checks::takes_a_missing_side_chain_for_silence(|| {
        let mut rig = Rig::new(compressor);
        rig.set("sc", Value::Switch(true));
        move |part: &mut [f32], side: &SideChain<'_>| {
            rig.live.process(&rig.params, &mut [part], side);
        }
    });
}
