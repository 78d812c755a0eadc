//! The audio thread's side, without a host: models change while notes sound.

mod common;

#[path = "../../frame/testing/live.rs"]
mod checks;

use std::sync::Arc;

use canne_synth::chosen::{Chosen, Handoff};
use canne_synth::find;
use canne_synth::live::{Live, Ways};
use canne_synth::params::CanneParams;
use canne_synth::scope;
use canne_synth::taken::Taken;
use checks::steepest;
use common::model;
use nfx_core::engine::canne::{CanneControls, Event, EventKind};

struct Rig {
    params: Arc<CanneParams>,
    handoff: Arc<Handoff>,
    live: Live,
}

impl Rig {
    fn new(first: &[u8]) -> Self {
        let params = Arc::new(CanneParams::default());
        params.session.model.load_bytes("first", first).unwrap();
        let (handoff, retirer) = Handoff::new();
        let handoff = Arc::new(handoff);
        let (scope, _) = scope::channel();
        let (ours, slot) = (handoff.clone(), params.clone());
        let follow = move || {
            ours.follow(|told| Chosen { model: slot.session.model.model(), ..told.clone() })
        };
        params.session.model.listen(follow);
        let takes = params.session.takes.clone();
        let ways = Ways { handoff: handoff.clone(), retirer, takes, scope, heard: Arc::default() };
        let mut live = Live::new(ways);
        live.activate(44_100.0, &params.session).unwrap();
        live.reset();
        Self { params, handoff, live }
    }

    fn play(&mut self, samples: usize, block: usize, events: &[Event]) -> Vec<f32> {
        let mut out = Vec::new();
        let mut events = events.to_vec();
        while out.len() < samples {
            let count = block.min(samples - out.len());
            let (mut left, mut right) = (vec![f32::NAN; count], vec![f32::NAN; count]);
            self.live.process(&CanneControls::default(), &events, &mut left, &mut right);
            events.clear();
            assert!(left.iter().chain(&right).all(|sample| sample.is_finite()));
            out.extend(left);
        }
        out
    }
}

fn on(note: u8) -> Event {
    Event { at: 0, kind: EventKind::NoteOn { channel: 0, note, velocity: 0.8, id: -1 } }
}

#[test]
fn a_model_fades_in_under_a_held_note() {
    let mut rig = Rig::new(&model(true, 1));
    let before = rig.play(22_050, 64, &[on(57)]);
    rig.params.session.model.load_bytes("second", &model(true, 2)).unwrap();
    let after = rig.play(44_100, 64, &[]);
    let joined: Vec<f32> = before[21_000..].iter().chain(&after[..8192]).copied().collect();
    let own = steepest(&before[11_025..]).max(steepest(&after[22_050..]));
    assert!(steepest(&joined) <= 1.5 * own + 1e-4, "{} {own}", steepest(&joined));
    rig.handoff.sweep();
}

#[test]
fn a_model_that_goes_away_leaves_silence_and_one_that_comes_plays() {
    let mut rig = Rig::new(&model(true, 1));
    rig.play(22_050, 64, &[on(57)]);
    rig.params.session.model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    let gone = rig.play(4410, 64, &[]);
    assert!(gone[1764..].iter().all(|sample| *sample == 0.0));
    assert_eq!(rig.live.active_voices(), 0);
    rig.params.session.model.load_bytes("back", &model(true, 1)).unwrap();
    rig.play(64, 64, &[]);
    let back = rig.play(22_050, 64, &[on(57)]);
    assert!(back.iter().any(|sample| sample.abs() > 1e-3));
}

#[test]
fn the_latest_of_many_changes_wins() {
    let mut rig = Rig::new(&model(true, 1));
    rig.play(4410, 64, &[on(57)]);
    for seed in 2..8 {
        rig.params.session.model.load_bytes("next", &model(seed % 2 == 0, seed)).unwrap();
        rig.play(100, 64, &[]);
    }
    rig.play(44_100, 64, &[]);
    rig.live.reset();
    let mut fresh = Rig::new(&model(false, 7));
    assert_eq!(rig.play(8820, 64, &[on(60)]), fresh.play(8820, 64, &[on(60)]));
}

#[test]
fn reset_equals_fresh_with_the_newest_model() {
    let mut rig = Rig::new(&model(true, 1));
    rig.play(5000, 64, &[on(50)]);
    rig.params.session.model.load_bytes("other", &model(true, 2)).unwrap();
    rig.live.reset();
    let mut fresh = Rig::new(&model(true, 2));
    assert_eq!(rig.play(16_384, 512, &[on(62)]), fresh.play(16_384, 64, &[on(62)]));
}

#[test]
fn a_rate_that_sound_does_not_have_is_silent_and_says_so() {
    let mut rig = Rig::new(&model(true, 1));
    let sentence = rig.live.activate(1e9, &rig.params.session).unwrap_err();
    assert!(sentence.contains("silent"), "{sentence}");
    assert!(rig.play(4410, 64, &[on(60)]).iter().all(|sample| *sample == 0.0));
}

fn taken(params: &CanneParams) -> Taken {
    let sound: Vec<f32> =
        (0..30_000).map(|i| (i as f32 * 0.03).sin() * (-1e-4 * i as f32).exp()).collect();
    let found = find::in_sound(params.session.model.model().unwrap(), "a.wav", &sound).unwrap();
    Taken::new("a.wav", Arc::new(found.candidates[0].take.clone().unwrap()))
}

#[test]
fn a_take_comes_and_goes_with_the_session_whatever_engine_plays() {
    let mut rig = Rig::new(&model(true, 1));
    let plain = rig.play(8820, 64, &[on(57)]);
    let taken = taken(&rig.params);
    rig.params.session.set_taken(Some(taken.clone()));
    rig.live.reset();
    let with = rig.play(8820, 64, &[on(57)]);
    assert_ne!(plain, with);
    // An engine that begins anew, another model, and a model that was gone meanwhile: all play by
    // it.
    rig.live.activate(44_100.0, &rig.params.session).unwrap();
    rig.live.reset();
    assert_eq!(rig.play(8820, 64, &[on(57)]), with);
    rig.params.session.model.restore_json("{\"hash\":\"none\",\"name\":\"Gone\"}");
    rig.play(4410, 64, &[]);
    rig.params.session.model.load_bytes("back", &model(true, 1)).unwrap();
    rig.play(64, 64, &[]);
    rig.live.reset();
    assert_eq!(rig.play(8820, 64, &[on(57)]), with);
    rig.params.session.set_taken(None);
    rig.live.reset();
    assert_eq!(rig.play(8820, 64, &[on(57)]), plain);
    rig.handoff.sweep();
    drop(rig);
    assert_eq!(Arc::strong_count(&taken.take), 1, "nothing holds a take that is gone");
}
