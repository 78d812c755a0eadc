//! The Effect Profiler's engine neither allocates nor frees while it plays, whatever is turned.

mod counting;
mod pedals;

use nfx_core::engine::profiler::{
    Cabinet, GateControls, Normalise, PlayerSetup, ProfilerControls, ProfilerEngine,
    ProfilerPlayer, ProfilerStereo,
};
use pedals::{lstm, noise, signaltrain, slimmable};

#[test]
fn playing_swapping_and_resetting_allocate_and_free_nothing() {
    for host in [44_100.0, 48_000.0] {
        let rate = 48_000.0;
        let mut engine = ProfilerEngine::new(slimmable(rate), host, 2).unwrap();
        let mut player = Some(ProfilerPlayer::new(lstm(1, 16, 1.0, rate), PlayerSetup::default()));
        let make = |seed| Cabinet::new(&[noise(seed, 9_000)], 44_100.0, host, 2).unwrap();
        let mut cabinets = vec![make(1), make(2)];
        let (mut retired, mut retired_ir, mut refused) = (None, None, false);
        let mut sound = [vec![0.1f32; 1024], vec![-0.1f32; 1024]];
        let side = [vec![0.2f32; 1024], vec![0.3f32; 1024]];
        let mut controls = ProfilerControls::default();
        let (_, usage) = counting::watch(|| {
            for i in 0..300usize {
                controls.knobs[i % 8] = i as f32 * 0.02;
                controls.input_db = (i % 20) as f32;
                controls.mix = (i % 10) as f32 / 9.0;
                controls.stereo =
                    [ProfilerStereo::Stereo, ProfilerStereo::Mono, ProfilerStereo::MidSide]
                        [i / 9 % 3];
                controls.normalise =
                    [Normalise::Off, Normalise::Loudness, Normalise::Calibrated][i / 5 % 3];
                controls.gate = GateControls {
                    on: i / 7 % 2 == 1,
                    threshold_db: -10.0,
                    ..GateControls::default()
                };
                controls.quality = (i / 40 % 2) as f32;
                controls.ir_on = i / 11 % 2 == 1;
                controls.external_side_chain = i / 6 % 2 == 1;
                controls.bypass = i / 13 % 2 == 1;
                let n = [1, 1024, 64, 37, 700][i % 5];
                sound.iter_mut().for_each(|c| {
                    c.iter_mut().for_each(|x| *x = if i % 50 < 25 { 0.3 } else { f32::NAN })
                });
                let [a, b] = &mut sound;
                let main: &mut [&mut [f32]] = &mut [&mut a[..n], &mut b[..n]];
                let sides: &[&[f32]] = &[&side[0], &side[1]];
                engine.process(&controls, main, if i % 2 == 0 { sides } else { &[] });
                if i == 50
                    && let Some(p) = player.take()
                {
                    player = engine.swap(p).err();
                }
                if i % 100 == 20
                    && let Some(cabinet) = cabinets.pop()
                {
                    refused |= engine.swap_ir(cabinet).map_err(std::mem::forget).is_err();
                }
                if retired.is_none() {
                    retired = engine.take_retired();
                }
                if retired_ir.is_none() {
                    retired_ir = engine.take_retired_ir();
                }
                if i == 280 {
                    engine.reset();
                }
            }
        });
        assert!(player.is_none() && retired.is_some(), "the swap took place");
        assert!(retired_ir.is_some() && !refused, "the impulse response took another's place");
        assert_eq!((usage.allocations, usage.frees), (0, 0), "{host}");
    }
}

#[test]
fn the_chunks_of_signaltrain_allocate_and_free_nothing() {
    let mut engine = ProfilerEngine::new(signaltrain(1, 64, 48_000.0), 44_100.0, 2).unwrap();
    let mut sound = [vec![0.1f32; 1024], vec![-0.1f32; 1024]];
    let mut controls = ProfilerControls::default();
    let (_, usage) = counting::watch(|| {
        for i in 0..100usize {
            controls.knobs[i % 2] = (i % 7) as f32 / 6.0;
            let n = [1, 1024, 64, 37, 700][i % 5];
            let [a, b] = &mut sound;
            engine.process(&controls, &mut [&mut a[..n], &mut b[..n]], &[]);
            if i == 70 {
                engine.reset();
            }
        }
    });
    assert_eq!((usage.allocations, usage.frees), (0, 0));
}
