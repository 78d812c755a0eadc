//! The audio thread's side, without a host: models change while sound runs.

use std::sync::Arc;

use anne_fx::chosen::{Chosen, Handoff};
use anne_fx::live::Live;
use anne_fx::params::{AnneParams, SourceChoice};
use anne_fx::source;
use checks::{level, steepest, worst};
use nfx_core::engine::anne::AnneControls;
use nfx_core::file::Precision;
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::AutoencoderConfig;
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;
use nfx_frame::clip::Clip;
use nfx_frame::handoff::Place;
use nfx_frame::mailbox::Mailbox;
use nfx_frame::side_chain::SideChain;
use nfx_frame::source::{Loaded, Needs, Order, Selector, Wanted};
use nfx_frame::telemetry;

#[path = "../../frame/testing/live.rs"]
mod checks;

const PLACE: Place = Place { rate_hz: 44100.0, channels: 1 };

fn model(fft: usize, seed: u64) -> Vec<u8> {
    let stft = StftConfig::new(fft, fft / 4, Window::Hann).unwrap();
    ModelFile::random(AutoencoderConfig::hybrid(fft / 2 + 1, &[32, 8, 32]), stft, 44100.0, seed)
        .to_bytes(Precision::F16)
        .unwrap()
}

struct Rig {
    params: Arc<AnneParams>,
    handoff: Arc<Handoff>,
    live: Live,
    at: usize,
}

impl Rig {
    fn new(first: &[u8]) -> Self {
        let params = Arc::new(AnneParams::default());
        params.session.model.load_bytes("first", first).unwrap();
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (writer, _) = telemetry::channel();
        let (ours, slot) = (handoff.clone(), params.clone());
        let follow = move || {
            ours.follow(|told| Chosen { model: slot.session.model.model(), ..told.clone() })
        };
        params.session.model.listen(follow);
        let mut live = Live::new(handoff.clone(), retirer, writer, Arc::default());
        live.activate(PLACE, &params.session.model).unwrap();
        live.reset();
        Self { params, handoff, live, at: 0 }
    }

    /// `samples` of a tone in blocks of `block`.
    fn play(&mut self, samples: usize, block: usize) -> Vec<f32> {
        let span = self.at..self.at + samples;
        self.at = span.end;
        checks::played(span, block, |part| {
            self.live.process(&AnneControls::default(), &mut [part], &SideChain::default());
        })
    }
}

#[test]
fn a_model_of_the_same_transform_fades_in_without_a_change_of_latency() {
    let mut rig = Rig::new(&model(512, 1));
    rig.play(8192, 64);
    let latency = rig.live.latency_samples();
    rig.params.session.model.load_bytes("second", &model(512, 2)).unwrap();
    let sound = rig.play(16384, 64);
    assert_eq!(rig.live.latency_samples(), latency);
    assert!(sound.iter().all(|x| x.is_finite()));
    // What sounds in the end is the new model alone.
    let mut fresh = Rig::new(&model(512, 2));
    let expected = fresh.play(8192 + 16384, 64);
    let rest = worst(&sound[8192..], &expected[8192 + 8192..]);
    assert!(rest < 1e-5, "{rest}");
    rig.handoff.sweep();
}

#[test]
fn a_model_of_another_transform_brings_its_latency_and_fades() {
    let mut rig = Rig::new(&model(512, 1));
    let before = rig.play(8192, 64);
    rig.params.session.model.load_bytes("longer", &model(2048, 2)).unwrap();
    let after = rig.play(32768, 64);
    assert_eq!(rig.live.latency_samples(), 2048);
    let joined: Vec<f32> = before[8000..].iter().chain(&after[..8192]).copied().collect();
    assert!(
        steepest(&joined) <= 1.5 * steepest(&before[4096..]).max(steepest(&after[16384..])),
        "a jump of {}",
        steepest(&joined)
    );
    let mut fresh = Rig::new(&model(2048, 2));
    fresh.at = 8192 + 1024;
    let expected = fresh.play(32768, 64);
    assert!((level(&after[16384..]) / level(&expected[16384..]) - 1.0).abs() < 0.05);
}

#[test]
fn the_way_of_the_blocks_does_not_matter_to_an_exchange() {
    let run = |block: usize| {
        let mut rig = Rig::new(&model(512, 1));
        rig.play(4096, block);
        rig.params.session.model.load_bytes("longer", &model(1024, 2)).unwrap();
        rig.play(8192, block)
    };
    assert_eq!(run(64), run(1024));
    assert_eq!(run(64), run(4096));
}

#[test]
fn the_latest_of_many_changes_wins() {
    let mut rig = Rig::new(&model(512, 1));
    rig.play(4096, 64);
    for (fft, seed) in [(1024, 2), (2048, 3), (2048, 4), (512, 5), (512, 6), (1024, 7)] {
        rig.params.session.model.load_bytes("next", &model(fft, seed)).unwrap();
    }
    rig.play(65536, 64);
    assert_eq!(rig.live.latency_samples(), 1024);
    for (fft, seed) in [(1024, 8), (512, 9), (512, 10)] {
        rig.params.session.model.load_bytes("next", &model(fft, seed)).unwrap();
        rig.play(300, 64);
    }
    rig.play(65536, 64);
    assert_eq!(rig.live.latency_samples(), 512);
    assert!(Arc::ptr_eq(rig.live.model().unwrap(), &rig.params.session.model.model().unwrap()));
}

#[test]
fn a_change_before_the_first_block_needs_no_fade() {
    let mut rig = Rig::new(&model(512, 1));
    rig.params.session.model.load_bytes("longer", &model(2048, 2)).unwrap();
    let mut fresh = Rig::new(&model(2048, 2));
    assert_eq!(rig.play(16384, 512), fresh.play(16384, 512));
    let mut rig = Rig::new(&model(512, 1));
    rig.params.session.model.load_bytes("other", &model(512, 2)).unwrap();
    let mut fresh = Rig::new(&model(512, 2));
    assert_eq!(rig.play(16384, 512), fresh.play(16384, 512));
}

#[test]
fn reset_equals_fresh_with_the_newest_model() {
    let mut rig = Rig::new(&model(512, 1));
    rig.play(5000, 64);
    rig.params.session.model.load_bytes("longer", &model(2048, 2)).unwrap();
    rig.play(100, 64);
    rig.params.session.model.load_bytes("longer still", &model(2048, 3)).unwrap();
    rig.live.reset();
    rig.live.reset();
    rig.at = 0;
    let mut fresh = Rig::new(&model(2048, 3));
    assert_eq!(rig.play(16384, 512), fresh.play(16384, 512));
}

#[test]
fn without_a_model_the_sound_passes_dry_and_clean() {
    let mut rig = Rig::new(&model(512, 1));
    rig.play(4096, 64);
    rig.params.session.model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    rig.play(8192, 64);
    assert_eq!(rig.live.latency_samples(), 0);
    checks::passes_dry_and_clean(|sound| {
        rig.live.process(&AnneControls::default(), &mut [sound], &SideChain::default());
    });
    rig.params.session.model.load_bytes("back", &model(512, 1)).unwrap();
    rig.play(8192, 64);
    assert_eq!(rig.live.latency_samples(), 512);
}

#[test]
fn an_activation_with_nothing_new_keeps_the_engine() {
    let mut rig = Rig::new(&model(512, 1));
    rig.play(4096, 64);
    let again = std::time::Instant::now();
    for _ in 0..1000 {
        rig.live.deactivate();
        rig.live.activate(PLACE, &rig.params.session.model).unwrap();
    }
    assert!(again.elapsed().as_millis() < 100, "{:?}", again.elapsed());
    assert!(
        rig.live.activate(Place { rate_hz: 1e9, channels: 1 }, &rig.params.session.model).is_err()
    );
    assert_eq!(rig.live.latency_samples(), 0);
}

fn order(choice: SourceChoice, play: bool, looped: bool) -> Order<SourceChoice> {
    Order { wanted: Wanted { choice, version: 0, rate_hz: 48000.0 }, play, looped }
}

#[test]
fn the_selector_plays_loops_and_gives_the_host_back() {
    let mailbox = Mailbox::new();
    let mut selector = Selector::new();
    let piano = order(SourceChoice::Piano, true, true);
    assert_eq!(selector.fetch(piano.wanted, &mailbox).0, Needs::Sound);
    let clip = Arc::new(Clip { channels: vec![vec![0.5; 1000]], rate_hz: 48000.0 });
    mailbox.post(Box::new(Loaded { is: piano.wanted, clip }));
    assert_eq!(selector.fetch(piano.wanted, &mailbox).0, Needs::Nothing);
    let mut run = |order: Order<SourceChoice>| {
        let mut sound = vec![vec![0.1_f32; 4096]; 2];
        let (left, right) = sound.split_at_mut(1);
        selector.process(order, &mut [&mut left[0], &mut right[0]]);
        sound
    };
    let sound = run(piano);
    assert_eq!(sound[0], sound[1]);
    assert!((sound[0][0] - 0.1).abs() < 0.01 && sound[0][4000] == 0.5);
    let jump = steepest(&sound[0]);
    assert!(jump < 0.01, "{jump}");
    let sound = run(order(SourceChoice::Piano, false, true));
    assert_eq!(sound[0][4000], 0.0);
    let sound = run(order(SourceChoice::Piano, true, false));
    assert_eq!((sound[0][900], sound[0][2000]), (0.5, 0.0));
    let sound = run(order(SourceChoice::Host, true, false));
    assert_eq!(sound[0][4000], 0.1);
}

#[test]
fn built_in_sounds_are_audible_at_any_rate() {
    checks::are_audible(&[SourceChoice::Piano, SourceChoice::Strings, SourceChoice::Snare]);
    assert!(source::open(SourceChoice::File, None).unwrap_err().contains("No sound file"));
}

#[test]
fn a_side_chain_that_shrinks_or_vanishes_is_silence_where_it_is_missing() {
    checks::takes_a_missing_side_chain_for_silence(|| {
        let mut rig = Rig::new(&model(512, 1));
        let controls = AnneControls { morph: 0.9, ..AnneControls::default() };
        move |part: &mut [f32], side: &SideChain<'_>| {
            rig.live.process(&controls, &mut [part], side);
        }
    });
}
