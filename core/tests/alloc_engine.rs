//! The engine neither allocates nor frees while it plays, whatever is turned.

mod counting;

use nfx_core::engine::anne::{AnneControls, AnneEngine, GainPosition, Player, StereoMode};
use nfx_core::models::ModelFile;
use nfx_core::models::spectral::{AnneModel, AutoencoderConfig};
use nfx_core::signal::stft::StftConfig;
use nfx_core::signal::window::Window;

fn model(seed: u64) -> std::sync::Arc<AnneModel> {
    let stft = StftConfig::new(512, 128, Window::Hann).unwrap();
    let config = AutoencoderConfig::hybrid(stft.bins(), &[48, 24, 48]);
    AnneModel::from_file(&ModelFile::random(config, stft, 44_100.0, seed)).unwrap()
}

#[test]
fn playing_swapping_and_resetting_allocate_and_free_nothing() {
    for host in [44_100.0, 48_000.0] {
        let (first, second) = (model(1), model(2));
        let mut engine = AnneEngine::new(first, host).unwrap();
        let mut player = Some(Player::new(second));
        let mut retired = None;
        let mut sound = [vec![0.1f32; 1024], vec![-0.1f32; 1024]];
        let side = [vec![0.2f32; 1024], vec![0.3f32; 1024]];
        let mut controls = AnneControls::default();
        let (_, usage) = counting::watch(|| {
            for i in 0..200usize {
                controls.latent_gains[i % 64] = i as f32 * 0.02;
                controls.stereo =
                    [StereoMode::Linked, StereoMode::Dual, StereoMode::MidSide][i % 3];
                controls.gain_position = [GainPosition::After, GainPosition::Before][i / 7 % 2];
                controls.freeze = i / 11 % 2 == 1;
                controls.level_match = i / 5 % 2 == 1;
                controls.bypass = i / 13 % 2 == 1;
                controls.slew_ms = (i % 4) as f32 * 20.0;
                controls.morph = (i % 10) as f32 / 9.0;
                controls.detail = (i % 3) as f32 / 2.0;
                controls.response_ms = [5.0, 40.0, 500.0][i / 3 % 3];
                let n = [1, 1024, 64, 37, 700][i % 5];
                let [a, b] = &mut sound;
                let main: &mut [&mut [f32]] = &mut [&mut a[..n], &mut b[..n]];
                let sides: &[&[f32]] = &[&side[0], &side[1]];
                engine.process(&controls, main, if i % 2 == 0 { sides } else { &[] });
                if i == 50
                    && let Some(p) = player.take()
                {
                    player = engine.swap(p).err();
                }
                if let Some(old) = engine.take_retired() {
                    retired = Some(old);
                }
                if i == 180 {
                    engine.reset();
                }
            }
        });
        assert!(player.is_none() && retired.is_some(), "the swap took place");
        assert_eq!((usage.allocations, usage.frees), (0, 0), "{host}");
    }
    let (_, planted) = counting::watch(|| drop(std::hint::black_box(vec![0u8; 100])));
    assert_eq!((planted.allocations, planted.frees), (1, 1), "the counter counts");
}
