//! The instrument neither allocates nor frees while it plays, whatever is played.

mod counting;
mod studio;

use std::sync::Arc;

use nfx_core::engine::canne::take::{Recording, candidates};
use nfx_core::engine::canne::{
    CanneControls, CanneEngine, CannePlayer, Event, EventKind, MAX_UNISON, VoiceMode,
};
use studio::{keys, palette, random};

#[test]
fn sixteen_voices_storms_swaps_and_resets_allocate_and_free_nothing() {
    let sound: Vec<f32> =
        (0..30_000).map(|i| (i as f32 * 0.05).sin() * (-1e-4 * i as f32).exp()).collect();
    let recording = Recording::listen(&sound, 44_100.0).unwrap();
    let take = Arc::new(candidates(&random(3, 61), &recording).unwrap()[2].take.clone().unwrap());
    for (rate, voices) in
        [(44_100.0, 16), (48_000.0, 16), (96_000.0, 5), (192_000.0, 16), (8000.0, 3)]
    {
        let mut engine = CanneEngine::new(keys(), rate).unwrap();
        let mut prepared = Some(CannePlayer::new(palette(57.0), rate).unwrap());
        let mut retired = None;
        let mut takes = [None, Some(take.clone())];
        let (mut left, mut right) = (vec![0.0f32; 2048], vec![0.0f32; 2048]);
        let mut controls = CanneControls { voices, env_to: [0.3; 8], ..CanneControls::default() };
        controls.lfos.iter_mut().for_each(|lfo| lfo.to = [0.4; 8]);
        controls.unison.voices = MAX_UNISON;
        (controls.glide_poly, controls.reach) = (true, 0.7);
        let mut most = 0;
        let mut storm = Vec::with_capacity(256);
        let (_, usage) = counting::watch(|| {
            for i in 0..300usize {
                storm.clear();
                let n = [1, 512, 64, 37, 2048, 700][i % 6];
                for j in 0..(if i % 10 == 0 { 40 } else { 2 }) {
                    let note = ((i * 7 + j * 5) % 90) as u8 + 20;
                    let (channel, id) = ((j % 3) as u8, (i * 40 + j) as i32);
                    storm.push(Event {
                        at: j * n / 40,
                        kind: EventKind::NoteOn { channel, note, velocity: 0.7, id },
                    });
                    let (number, value) = (
                        [7, 101, 100, 6, 38, 96, 64, 74, 10, 11, 121, 123, 120][(i + j) % 13],
                        0.8,
                    );
                    // Not so often that no voices were left.
                    let value = if (100..102).contains(&number) { 0.0 } else { value };
                    if number < 120 || i % 50 == 7 {
                        storm.push(Event {
                            at: j * n / 40,
                            kind: EventKind::Controller { channel, number, value },
                        });
                    }
                    if j % 3 == 1 {
                        storm.push(Event {
                            at: j * n / 40,
                            kind: EventKind::SliderMod { id, slider: 3, amount: 0.2 },
                        });
                        storm.push(Event {
                            at: n,
                            kind: EventKind::NoteOff { channel, note, velocity: 0.0, id: -1 },
                        });
                    }
                }
                controls.mode = [VoiceMode::Poly, VoiceMode::Mono, VoiceMode::Legato][i / 60 % 3];
                controls.drone = i / 20 % 2 == 1;
                controls.sliders[i % 8] = (i % 11) as f32 / 10.0;
                controls.shift_bins = (i % 13) as f32;
                controls.shift_circular = i / 3 % 2 == 0;
                controls.even_level = i / 5 % 2 == 0;
                if i % 40 == 13 {
                    // Neither is freed here: the one that comes out goes in again.
                    takes.rotate_left(1);
                    takes[1] = engine.set_take(takes[1].take());
                }
                controls.likeness = (i % 7) as f32 / 6.0;
                engine.process(&controls, &storm, &mut left[..n], &mut right[..n]);
                most = most.max(engine.active_voices());
                while engine.take_ended().is_some() {}
                if i == 100
                    && let Some(player) = prepared.take()
                {
                    prepared = engine.swap(player).err();
                }
                if let Some(old) = engine.take_retired() {
                    retired = Some(old);
                }
                if i == 250 {
                    engine.reset();
                }
                std::hint::black_box(engine.view());
            }
        });
        assert!(prepared.is_none() && retired.is_some() && most == voices, "{most}");
        assert_eq!((usage.allocations, usage.frees), (0, 0), "{rate}");
    }
    let (_, planted) = counting::watch(|| drop(std::hint::black_box(vec![0u8; 100])));
    assert_eq!((planted.allocations, planted.frees), (1, 1), "the counter counts");
}
