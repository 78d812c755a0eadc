//! The way of models to the audio thread, with an engine that is told from outside when it may be
//! built.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nfx_core::engine::{Engine, EngineError, Io, NoEvent};
use nfx_frame::handoff::{Handoff, Playing, Wish};
use nfx_frame::live::Live;
use nfx_frame::side_chain::SideChain;

/// Plays its model's number.
struct Constant {
    model: Arc<f32>,
    retired: Option<Box<Prepared>>,
}

/// A model, ready to be played.
struct Prepared(Arc<f32>);

impl Engine for Constant {
    type Model = f32;
    type Player = Prepared;
    type Controls = ();
    type Event = NoEvent;
    type View<'a> = ();

    fn model(&self) -> &Arc<f32> {
        &self.model
    }

    fn channels(&self) -> usize {
        1
    }

    fn latency_samples(&self) -> usize {
        0
    }

    fn tail_samples(&self, _: &()) -> usize {
        0
    }

    fn accepts(&self, _player: &Prepared) -> bool {
        true
    }

    fn swap(&mut self, player: Box<Prepared>) -> Result<(), Box<Prepared>> {
        if self.retired.is_some() {
            return Err(player);
        }
        let mut player = player;
        std::mem::swap(&mut self.model, &mut player.0);
        self.retired = Some(player);
        Ok(())
    }

    fn take_retired(&mut self) -> Option<Box<Prepared>> {
        self.retired.take()
    }

    fn reset(&mut self) {}

    fn process(&mut self, _: &(), io: Io<'_, '_, NoEvent>) {
        io.main.iter_mut().for_each(|channel| channel.fill(*self.model));
    }

    fn view(&self) {}

    fn absent(io: Io<'_, '_, NoEvent>) {
        io.main.iter_mut().for_each(|channel| channel.fill(0.0));
    }
}

/// While this is above 0, whoever builds waits.
static HOLD: AtomicUsize = AtomicUsize::new(0);
static BUILDING: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone)]
struct Number {
    model: Arc<f32>,
    rate_hz: f64,
    waits: bool,
}

fn number(model: f32) -> Number {
    Number { model: Arc::new(model), rate_hz: 1_000.0, waits: false }
}

impl Wish for Number {
    type Engine = Constant;

    fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.model, &other.model) && self.rate_hz == other.rate_hz
    }

    /// Models of one sign go over to one another.
    fn is_swap_to(&self, other: &Self) -> bool {
        self.model.signum() == other.model.signum()
    }

    fn engine(&self) -> Result<Playing<Self>, EngineError> {
        self.wait();
        Ok(Some(Box::new(Constant { model: self.model.clone(), retired: None })))
    }

    fn player(&self) -> Option<Box<Prepared>> {
        self.wait();
        Some(Box::new(Prepared(self.model.clone())))
    }
}

impl Number {
    fn wait(&self) {
        if self.waits {
            BUILDING.fetch_add(1, Ordering::SeqCst);
            while HOLD.load(Ordering::SeqCst) > 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
            BUILDING.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn play(live: &mut Live<Number>, samples: usize) -> Vec<f32> {
    let mut sound = vec![0.0; samples];
    live.take_changes();
    live.process(|_, _| (), &mut [&mut sound], &SideChain::default(), &[]);
    sound
}

#[test]
fn nobody_waits_for_whoever_builds_and_an_activation_meanwhile_has_the_newest() {
    let (handoff, retirer) = Handoff::new();
    let handoff = Arc::new(handoff);
    let mut live = Live::new(handoff.clone(), retirer);
    live.activate(|| number(1.0)).unwrap();
    assert_eq!(play(&mut live, 8), [1.0; 8]);
    let slow = Number { waits: true, ..number(2.0) };
    HOLD.store(1, Ordering::SeqCst);
    let (theirs, wished) = (handoff.clone(), slow.clone());
    let builder = std::thread::spawn(move || theirs.follow(|_| wished));
    while BUILDING.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    // An editor's frame and the audio thread go on.
    assert_eq!((handoff.rate_hz(), *handoff.told().unwrap().model), (Some(1_000.0), 1.0));
    assert_eq!(play(&mut live, 8), [1.0; 8]);
    // The host begins anew at another rate. What is chosen is the slow one by now, and is asked for
    // within the activation.
    live.deactivate();
    live.activate(|| Number { rate_hz: 2_000.0, waits: false, ..slow.clone() }).unwrap();
    live.reset();
    assert_eq!(play(&mut live, 8), [2.0; 8]);
    HOLD.store(0, Ordering::SeqCst);
    builder.join().unwrap();
    // What was built for the activation before is not sent.
    assert_eq!((play(&mut live, 8), handoff.rate_hz()), (vec![2.0; 8], Some(2_000.0)));
    handoff.sweep();
}

#[test]
fn an_engine_that_was_not_taken_yet_is_not_lost_to_a_player() {
    let (handoff, retirer) = Handoff::new();
    let handoff = Arc::new(handoff);
    let mut live = Live::new(handoff.clone(), retirer);
    live.activate(|| number(1.0)).unwrap();
    play(&mut live, 8);
    let (other, last) = (number(-1.0), number(-3.0));
    handoff.follow(|_| other);
    handoff.follow(|_| last.clone());
    // 20 ms out and 20 ms in, at 1 kHz.
    let sound = play(&mut live, 60);
    assert_eq!(sound[59], -3.0);
    assert!(Arc::ptr_eq(live.model().unwrap(), &last.model));
    let jump = sound.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
    assert!(jump < 0.4, "{jump}");
    handoff.sweep();
    drop(live);
    drop(handoff);
    assert_eq!(Arc::strong_count(&last.model), 1);
}
