//! Which settings of a device are recorded.

use serde::{Deserialize, Serialize};

/// Most knobs of a device that the wizard asks for: each doubles the recordings.
pub const MOST_DEVICE_KNOBS: usize = 3;

/// A knob of the device as its owner describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnobDraft {
    /// The name on the panel.
    pub name: String,
    /// The value at the lower end.
    pub min: f32,
    /// The value at the upper end.
    pub max: f32,
}

impl Default for KnobDraft {
    fn default() -> Self {
        Self { name: "Drive".to_owned(), min: 0.0, max: 10.0 }
    }
}

impl KnobDraft {
    /// The value at a share of the travel, to a tenth of the travel's hundredth: what a hand can
    /// set.
    #[must_use]
    pub fn at(&self, share: f32) -> f32 {
        let raw = self.min + (self.max - self.min) * share;
        let step = 10.0_f32.powf(((self.max - self.min).abs().max(1e-6) / 20.0).log10().floor());
        (raw / step).round() * step
    }

    /// Why it cannot be used, as a sentence.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let name = self.name.trim();
        if name.is_empty() || name.contains([',', '"', '\n']) {
            return Some("Each knob needs a name without commas and quotation marks.".to_owned());
        }
        let fits = self.min.is_finite() && self.max.is_finite() && self.min < self.max;
        (!fits).then(|| format!("{name} has to go from a lower to a higher number."))
    }
}

/// Places inside the cube of the knobs, as shares of the travel: the middle, and points that are
/// far from it, from the corners and from each other (the additive recurrence of Roberts, 2018,
/// with the plastic number's powers).
const INSIDE: [[f32; 3]; 4] =
    [[0.5, 0.5, 0.5], [0.25, 0.57, 0.55], [0.75, 0.14, 0.8], [0.38, 0.8, 0.25]];

/// The settings to record, `[setting][knob]` in the knobs' units: one without knobs, else each
/// corner and points inside.
#[must_use]
pub fn settings(knobs: &[KnobDraft]) -> Vec<Vec<f32>> {
    let count = knobs.len().min(MOST_DEVICE_KNOBS);
    if count == 0 {
        return vec![Vec::new()];
    }
    let corners = (0..1_usize << count).map(|corner| {
        knobs
            .iter()
            .take(count)
            .enumerate()
            .map(|(i, knob)| knob.at(((corner >> i) & 1) as f32))
            .collect()
    });
    let inside = INSIDE.iter().take(count + 1).map(|place| {
        knobs.iter().take(count).zip(place).map(|(knob, share)| knob.at(*share)).collect()
    });
    corners.chain(inside).collect()
}

/// The table that tells the trainer which file is which setting: takes as recording, what was sent,
/// values.
#[must_use]
pub fn table(knobs: &[KnobDraft], takes: &[(String, String, Vec<f32>)]) -> String {
    let mut text = String::from("file,input");
    for knob in knobs {
        text.push(',');
        text.push_str(knob.name.trim());
    }
    text.push('\n');
    for (file, sent, values) in takes {
        text.push_str(&format!("{file},{sent}"));
        for value in values {
            text.push_str(&format!(",{value}"));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corner_and_some_of_the_inside_is_asked_for() {
        assert_eq!(settings(&[]), [Vec::<f32>::new()]);
        let drive = KnobDraft::default();
        assert_eq!(
            settings(std::slice::from_ref(&drive)),
            [vec![0.0], vec![10.0], vec![5.0], vec![2.5]]
        );
        let tone = KnobDraft { name: "Tone".to_owned(), min: -1.0, max: 1.0 };
        let two = settings(&[drive.clone(), tone.clone()]);
        assert_eq!(two[..4], [vec![0.0, -1.0], vec![10.0, -1.0], vec![0.0, 1.0], vec![10.0, 1.0]]);
        assert_eq!(two.len(), 7);
        let three = settings(&[drive.clone(), tone.clone(), drive.clone()]);
        assert_eq!(three.len(), 12);
        for (i, a) in three.iter().enumerate() {
            assert!(three[..i].iter().all(|b| a != b));
        }
    }

    #[test]
    fn the_table_names_the_knobs() {
        let knobs =
            [KnobDraft::default(), KnobDraft { name: " Tone ".to_owned(), min: 0.0, max: 1.0 }];
        let take = |file: &str, sent: &str, values: [f32; 2]| {
            (file.to_owned(), sent.to_owned(), values.to_vec())
        };
        let text = table(
            &knobs,
            &[take("a.wav", "s.wav", [0.0, 0.5]), take("b.wav", "t.wav", [10.0, 1.0])],
        );
        assert_eq!(text, "file,input,Drive,Tone\na.wav,s.wav,0,0.5\nb.wav,t.wav,10,1\n");
        assert!(KnobDraft { max: 0.0, ..KnobDraft::default() }.problem().is_some());
        assert!(KnobDraft { name: "a,b".to_owned(), ..KnobDraft::default() }.problem().is_some());
    }
}
