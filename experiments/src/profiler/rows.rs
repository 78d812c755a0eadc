//! What else was tried on the compressor: the original's network, its earlier attempts, ours;
//! corners of the knobs' hypercube alone; decaying sines instead of music.

use anyhow::Result;
use nfx_core::models::effect::dynamics::DynamicsConfig;
use nfx_core::signal::random::Random;
use nfx_learn::effect::ProfileLearner;
use nfx_learn::effect::dynamics::DynamicsLearner;
use nfx_learn::effect::loss::LossConfig;
use nfx_learn::effect::signaltrain::SignalTrainLearner;
use nfx_train::profile::family::{Family, Size, learner};
use serde::{Deserialize, Serialize};

use super::ProfilerArgs;
use super::attempts::Attempt;
use super::quantised_wavenet::QuantisedWaveNet;
use super::seq2seq::Seq2Seq;
use super::store::{Store, minutes_text};
use crate::effects::Device;
use crate::effects::command::{RATE_HZ, test_examples};
use crate::effects::compressor::Compressor;
use crate::effects::drawn::{Draw, Drawn};
use crate::effects::learner::{LabLearner, Segmented};
use crate::effects::measure::{Example, relative};
use crate::effects::music::{Clip, Music, decaying_sines};
use crate::effects::train::{Plan, train};

/// Knobs of the compressors.
const KNOBS: usize = 4;

/// A training and what it came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub part: String,
    pub name: String,
    pub weights: usize,
    pub steps: u64,
    pub minutes: f64,
    /// Mean ESR on music, settings and clips never seen, and that of the best static gain.
    pub esr: f64,
    pub fixed: f64,
    /// The same on sines never seen, where it learned from sines.
    pub sines: Option<[f64; 2]>,
}

/// Which network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Net {
    Dynamics,
    Lstm,
    Tcn,
    SignalTrain,
    Seq2Seq,
    CrossEntropy,
}

impl Net {
    pub fn title(self) -> &'static str {
        match self {
            Net::Dynamics => "dynamics processor",
            Net::Lstm => "LSTM-32",
            Net::Tcn => "TCN",
            Net::SignalTrain => "SignalTrain",
            Net::Seq2Seq => "LSTM sequence to sequence",
            Net::CrossEntropy => "WaveNet with cross-entropy",
        }
    }

    fn learning(self, seed: u64) -> Result<Box<dyn LabLearner>> {
        let family =
            |family: Family| learner(family, Size::default(), KNOBS, LossConfig::default(), seed);
        let segmented = |learner: Box<dyn ProfileLearner>| -> Result<Box<dyn LabLearner>> {
            Ok(Box::new(Segmented(learner)))
        };
        match self {
            Net::Dynamics => {
                segmented(Box::new(DynamicsLearner::new(&DynamicsConfig::with_knobs(KNOBS), seed)?))
            }
            Net::Lstm => segmented(family(Family::Lstm)?),
            Net::Tcn => segmented(family(Family::Tcn)?),
            Net::SignalTrain => segmented(Box::new(SignalTrainLearner::original(KNOBS, seed)?)),
            Net::Seq2Seq => Ok(Box::new(Attempt::from(Seq2Seq::new(KNOBS, seed)))),
            Net::CrossEntropy => Ok(Box::new(Attempt::from(QuantisedWaveNet::new(KNOBS, seed)))),
        }
    }

    fn plan(self, minutes: f64, seed: u64) -> Plan {
        let plan = Plan::new(60.0 * minutes, seed);
        match self {
            Net::Dynamics => plan,
            // Back-propagation through a second of an LSTM is slow and hardly carries; convolutions
            // see 0.1 s.
            Net::Lstm | Net::Tcn => Plan { samples: 8192, long: 0.0, ..plan },
            Net::SignalTrain => Plan { samples: 16_384, long: 0.0, ..plan },
            Net::Seq2Seq | Net::CrossEntropy => Plan { samples: 4096, long: 0.0, ..plan },
        }
    }
}

/// One of the trainings.
#[derive(Clone, Copy)]
pub(super) struct Training {
    /// The part of the table.
    pub part: &'static str,
    pub net: Net,
    /// The knobs stand in corners alone.
    pub corners: bool,
    /// Sines take the place of music.
    pub sines: bool,
}

/// What is trained.
pub(super) fn list() -> Vec<Training> {
    let plain = |part, net| Training { part, net, corners: false, sines: false };
    let mut rows: Vec<_> =
        [Net::Dynamics, Net::Lstm, Net::Tcn, Net::SignalTrain, Net::Seq2Seq, Net::CrossEntropy]
            .map(|net| plain("comp_4c", net))
            .into();
    for net in [Net::Dynamics, Net::Tcn] {
        rows.push(plain("comp_large", net));
        rows.push(Training { corners: true, ..plain("corners", net) });
    }
    for net in [Net::Dynamics, Net::SignalTrain] {
        rows.push(Training { sines: true, ..plain("sines", net) });
    }
    rows
}

/// Where a row is kept.
pub(super) fn cell(part: &str, net: Net, args: &ProfilerArgs) -> String {
    format!("row-{part}-{net:?}-{}-s{}", minutes_text(args.minutes), args.seed)
}

/// Trains what is missing.
pub(super) fn run(args: &ProfilerArgs, store: &Store, music: &Music) -> Result<()> {
    for training in list() {
        let cell = cell(training.part, training.net, args);
        store.kept(&cell, || row(args, training, music))?;
    }
    Ok(())
}

fn row(args: &ProfilerArgs, training: Training, music: &Music) -> Result<Row> {
    let Training { part, net, corners, sines } = training;
    let mut device = if ["comp_4c", "sines"].contains(&part) {
        Compressor::comp_4c()
    } else {
        Compressor::comp_large()
    };
    let learned_from = if sines { of_sines() } else { music.clone() };
    let mut learning = net.learning(args.seed)?;
    let plan = Plan { corners, ..net.plan(args.minutes, args.seed) };
    let trained = train(&mut device, &learned_from, learning.as_mut(), &plan, &mut |_, _| {})?;
    let mean = |found: &crate::effects::measure::Relative| {
        let n = found.model.len().max(1) as f64;
        [found.model.iter().sum::<f64>() / n, found.fixed.iter().sum::<f64>() / n]
    };
    let [esr, fixed] = mean(&relative(learning.as_mut(), &test_examples(&mut device, music)?)?);
    let sines = if sines {
        Some(mean(&relative(learning.as_mut(), &sine_examples(&mut device, &learned_from.test)?)?))
    } else {
        None
    };
    Ok(Row {
        part: part.to_owned(),
        name: net.title().to_owned(),
        weights: learning.parameters(),
        steps: trained.steps,
        minutes: args.minutes,
        esr,
        fixed,
        sines,
    })
}

/// A grid of decaying sines, split at random.
fn of_sines() -> Music {
    let mut music = Music { rate_hz: RATE_HZ, ..Music::default() };
    for (i, clip) in decaying_sines(RATE_HZ).into_iter().enumerate() {
        match i % 7 {
            5 => music.validation.push(clip),
            6 => music.test.push(clip),
            _ => music.train.push(clip),
        }
    }
    music
}

fn sine_examples(device: &mut dyn Device, clips: &[Clip]) -> Result<Vec<Example>> {
    let draw = Draw { segments: 64, samples: 44_100, louder_db: 0.0, corners: false };
    Ok(Drawn::new(device, clips, RATE_HZ, draw, &mut Random::for_part(0x51_3E, 1))?.examples())
}
