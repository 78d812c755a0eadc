//! What a slider's position reads: a share of its travel, or the original instrument's numbers.

use std::sync::Arc;

use nfx_core::models::spectral::{CanneModel, LatentRange};
use nfx_frame::text::{self, Format};

use crate::session::Session;

/// The original's scale for the sliders of a model that knows no note: 0 and 4 at the ends, 1 where
/// the model's sounds have their middle, straight lines between.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ThesisScale {
    rest: f32,
}

impl ThesisScale {
    /// The scale of a slider; `None` where the model is conditioned on the note, has no such slider,
    /// or is none of the original's kind.
    fn of(model: &CanneModel, slider: usize) -> Option<Self> {
        let is_one = model.notes().is_none() && slider < model.latents();
        is_one.then(|| Self { rest: model.range(slider).rest().clamp(0.01, 0.99) })
    }

    /// What the slider reads at a position of 0 to 1.
    fn number(self, position: f32) -> f32 {
        let LatentRange { low, neutral, high } = LatentRange::THESIS;
        if position < self.rest {
            low + (neutral - low) * position / self.rest
        } else {
            neutral + (high - neutral) * (position - self.rest) / (1.0 - self.rest)
        }
    }

    /// The position at which the slider reads a number, 0 to 1 for those of the scale.
    fn position(self, number: f32) -> f32 {
        let LatentRange { low, neutral, high } = LatentRange::THESIS;
        if number < neutral {
            self.rest * (number - low) / (neutral - low)
        } else {
            self.rest + (1.0 - self.rest) * (number - neutral) / (high - neutral)
        }
    }
}

/// The text of a slider: the original's number where its model is such a one ("1.00"; a number
/// without a unit is read so, too), else a share of the learned range ("50.0 %", and with *Reach*
/// "-100.0 %" to "200.0 %"), which is read everywhere.
pub(super) fn text(slider: usize, session: Arc<Session>) -> Format {
    let share = text::percent();
    let reading = session.clone();
    let scale = move |session: &Session| {
        session.model.model().and_then(|model| ThesisScale::of(&model, slider))
    };
    Format::new(
        move |place| {
            let position = session.learned(place);
            match scale(&session) {
                Some(scale) => text::rounded(scale.number(position), 2),
                None => (share.to_text)(position),
            }
        },
        move |typed| {
            let position = match (scale(&reading), text::quantity(typed)) {
                (Some(scale), Some(number)) if number.unit.is_empty() => {
                    Some(scale.position(number.value))
                }
                _ => (share.from_text)(typed),
            };
            position.filter(|position| !position.is_nan()).map(|position| reading.travel(position))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_from_0_over_1_at_rest_to_4_and_back() {
        for rest in [0.01, 0.25, 0.5, 0.93] {
            let scale = ThesisScale { rest };
            let ends = [scale.number(0.0), scale.number(rest), scale.number(1.0)];
            assert!(
                ends.iter()
                    .zip([0.0, 1.0, 4.0])
                    .all(|(found, expected)| (found - expected).abs() < 1e-5),
                "{ends:?}"
            );
            for step in 0..=100 {
                let position = step as f32 / 100.0;
                assert!(
                    (scale.position(scale.number(position)) - position).abs() < 1e-5,
                    "{rest}, {position}"
                );
            }
            assert!(scale.position(-3.0) < 0.0 && scale.position(5.0) > 1.0, "the line goes on");
        }
    }
}
