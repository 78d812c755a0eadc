//! Other notes of the same patch: what teaches an instrument's latents to say nothing about the
//! note.
//!
//! A network that always gives back the frame it sees keeps the note among its latents, although
//! the decoder is told it: the sliders would then change the timbre of one note and break the next.
//! When it has to give the frame of *another* note of the same patch, from the same place in that
//! note's course, only the timbre is left for the latents to carry. Of notes that live, whose
//! decoder is told the time as well, it is *another* time too: the latents are then the instrument,
//! and stay while a note goes on.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::frames::FrameSet;

/// A run of frames of one clip.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    length: usize,
}

/// The clips of each patch of a set.
#[derive(Clone, Debug, Default)]
pub struct Partners {
    /// For each frame its run.
    runs: Vec<Run>,
    /// For each frame the runs of its patch.
    patch_of: Vec<u32>,
    patches: Vec<Vec<Run>>,
    /// For each frame whether it knows its time; empty where none does.
    timed: Vec<bool>,
}

impl Partners {
    /// Looks through a set whose frames know their patch.
    ///
    /// # Errors
    /// When they do not.
    pub fn new(set: &FrameSet) -> Result<Self> {
        ensure!(
            set.group_of.len() == set.len() && set.note_of.len() == set.len(),
            "expected single notes of patches to learn from other notes, found sounds whose note or patch is not known \
             (sources with notes are notes:... and folder:PATH,notes=true)"
        );
        let mut out = Partners {
            timed: set.age_of.iter().map(|age| !age.is_nan()).collect(),
            ..Partners::default()
        };
        let mut index: BTreeMap<u32, u32> = BTreeMap::new();
        let mut at = 0;
        while at < set.len() {
            let clip = set.clip_of[at];
            let length = set.clip_of[at..].iter().take_while(|&&c| c == clip).count();
            let run = Run { start: at, length };
            let next = index.len() as u32;
            let patch = *index.entry(set.group_of[at]).or_insert(next);
            if patch as usize == out.patches.len() {
                out.patches.push(Vec::new());
            }
            out.patches[patch as usize].push(run);
            out.runs.extend(std::iter::repeat_n(run, length));
            out.patch_of.extend(std::iter::repeat_n(patch, length));
            at += length;
        }
        Ok(out)
    }

    /// The frame of another clip (or of the same one) of the same patch, at the same place in its
    /// course or, where frames know their time, at any; two numbers from 0 to 1 choose clip and
    /// place.
    pub fn partner(&self, frame: usize, [draw, when]: [f32; 2]) -> usize {
        let run = self.runs[frame];
        let clips = &self.patches[self.patch_of[frame] as usize];
        let other = clips[((draw * clips.len() as f32) as usize).min(clips.len() - 1)];
        let share = if self.timed.get(frame).copied().unwrap_or(false) {
            when
        } else {
            ((frame - run.start) as f32 + 0.5) / run.length as f32
        };
        let step = (share * other.length as f32) as usize;
        other.start + step.min(other.length - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partner_is_of_the_same_patch_and_the_same_place_in_its_course() {
        let mut set = FrameSet::new(1);
        for (clip, (group, length)) in
            [(0, 4), (1, 3), (0, 8), (1, 6), (0, 4)].into_iter().enumerate()
        {
            for step in 0..length {
                set.push(&[step as f32 / length as f32], clip as u32, 0);
                set.group_of.push(group);
                set.note_of.push(60 + clip as u8);
            }
        }
        let partners = Partners::new(&set).expect("partners");
        let mut met = std::collections::BTreeSet::new();
        for frame in 0..set.len() {
            for draw in 0..10 {
                let other = partners.partner(frame, [draw as f32 / 10.0, 0.0]);
                assert_eq!(set.group_of[other], set.group_of[frame]);
                assert!((set.frame(other)[0] - set.frame(frame)[0]).abs() <= 0.25);
                met.insert((set.clip_of[frame], set.clip_of[other]));
            }
        }
        assert_eq!(met.len(), 13, "every clip meets every clip of its patch: {met:?}");
        set.group_of.clear();
        assert!(
            Partners::new(&set).expect_err("refused").to_string().contains("expected single notes")
        );
    }
}
