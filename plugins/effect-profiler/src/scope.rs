//! What the audio thread shows the editor: a few seconds of the sound before and after as columns,
//! the gain that a compressor takes away, the newest samples for the transfer curve, levels, and
//! what it all costs.

use nfx_core::engine::profiler::{ProfilerView, VIEW_SAMPLES};
use nfx_frame::picture::{self, Painter, Viewer};

/// Columns of a picture.
pub const COLUMNS: usize = 400;
/// Seconds of sound in one.
pub const COLUMN_S: f64 = 0.01;
/// Pairs of samples in a picture.
pub const POINTS: usize = 256;
/// Seconds over which levels and costs are averaged.
const SLOW_S: f32 = 0.3;
/// Pictures a second.
const PICTURES: f64 = 60.0;

/// A short piece of the sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Column {
    /// Largest absolute sample before.
    pub before: f32,
    /// Largest absolute sample after.
    pub after: f32,
    /// What a compressor takes away at the end of it, in dB, 0 or more.
    pub reduction_db: f32,
}

/// One picture.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Pictures so far; 0 before the first.
    pub index: u64,
    /// Columns, the oldest first.
    pub columns: [Column; COLUMNS],
    /// Columns so far: how far the picture has scrolled.
    pub column: u64,
    /// The newest samples, before and after.
    pub points: [[f32; 2]; POINTS],
    /// Largest absolute sample of the input since the last picture.
    pub input_peak: f32,
    /// Largest absolute sample of the output since the last picture.
    pub output_peak: f32,
    /// Level before and after over the last moment, RMS in dB; a full-scale sine is at -3.
    pub levels_db: [f32; 2],
    /// What a compressor takes away now, in dB, 0 or more.
    pub reduction_db: f32,
    /// The noise gate's gain, linear.
    pub gate_gain: f32,
    /// The share of one core that all of this takes.
    pub load: f32,
    /// The host's rate.
    pub rate_hz: f64,
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            index: 0,
            columns: [Column::default(); COLUMNS],
            column: 0,
            points: [[0.0; 2]; POINTS],
            input_peak: 0.0,
            output_peak: 0.0,
            levels_db: [-120.0; 2],
            reduction_db: 0.0,
            gate_gain: 1.0,
            load: 0.0,
            rate_hz: 0.0,
        }
    }
}

/// The editor's side.
pub type Reader = Viewer<Frame>;

/// The audio thread's side. Real-time safe.
pub struct Writer {
    painter: Painter<Frame>,
    /// The newest picture, but for the order of the columns.
    frame: Box<Frame>,
    at: usize,
    open: Column,
    open_samples: usize,
    seen: u64,
    since: usize,
    squares: [f32; 2],
}

/// A connected pair.
#[must_use]
pub fn channel() -> (Writer, Reader) {
    let (painter, viewer) = picture::channel();
    let writer = Writer {
        painter,
        frame: Box::default(),
        at: 0,
        open: Column::default(),
        open_samples: 0,
        seen: 0,
        since: 0,
        squares: [0.0; 2],
    };
    (writer, viewer)
}

impl Writer {
    /// Takes in what the engine has played since the last call; paints a picture when one is due
    /// and wanted.
    pub fn take(&mut self, view: &ProfilerView<'_>, rate_hz: f64, load: f32) {
        if view.index < self.seen {
            self.seen = 0;
        }
        let new = usize::try_from(view.index - self.seen).unwrap_or(usize::MAX);
        self.seen = view.index;
        if new == 0 {
            return;
        }
        let heard = new.min(VIEW_SAMPLES).min(view.before.len()).min(view.after.len());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let span = ((rate_hz * COLUMN_S) as usize).max(1);
        let slow = 1.0 - (-1.0 / (SLOW_S * rate_hz as f32)).exp();
        let newest = |sound: &'_ [f32]| sound.len() - heard;
        for (before, after) in
            view.before[newest(view.before)..].iter().zip(&view.after[newest(view.after)..])
        {
            self.open.before = self.open.before.max(before.abs());
            self.open.after = self.open.after.max(after.abs());
            self.squares[0] += slow * (before * before - self.squares[0]);
            self.squares[1] += slow * (after * after - self.squares[1]);
            self.open_samples += 1;
            if self.open_samples >= span {
                self.open.reduction_db = view.gain_reduction_db.abs();
                self.frame.columns[self.at] = self.open;
                self.at = (self.at + 1) % COLUMNS;
                self.frame.column += 1;
                (self.open, self.open_samples) = (Column::default(), 0);
            }
        }
        let frame = &mut *self.frame;
        frame.input_peak = frame.input_peak.max(view.input_peaks[0]).max(view.input_peaks[1]);
        frame.output_peak = frame.output_peak.max(view.output_peaks[0]).max(view.output_peaks[1]);
        // A block that waits for the processor once should not show as a load.
        let share = (new as f32 / (SLOW_S * rate_hz as f32)).min(1.0);
        frame.load += share * (load.min(4.0) - frame.load);
        self.since = self.since.saturating_add(new);
        if self.since as f64 >= rate_hz / PICTURES && self.painter.is_wanted() {
            self.since = 0;
            self.paint(view, rate_hz);
        }
    }

    fn paint(&mut self, view: &ProfilerView<'_>, rate_hz: f64) {
        let frame = &mut *self.frame;
        frame.index += 1;
        frame.reduction_db = view.gain_reduction_db.abs();
        frame.gate_gain = view.gate_gain;
        frame.rate_hz = rate_hz;
        frame.levels_db = self.squares.map(|square| 10.0 * square.max(1e-12).log10());
        let newest = view.before.len().min(view.after.len()).saturating_sub(POINTS);
        for (point, (before, after)) in
            frame.points.iter_mut().zip(view.before.iter().zip(view.after).skip(newest))
        {
            *point = [*before, *after];
        }
        let at = self.at;
        self.painter.publish(|shown| {
            shown.clone_from(frame);
            // The ring begins at the oldest column.
            shown.columns.rotate_left(at);
        });
        (frame.input_peak, frame.output_peak) = (0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_scroll_and_peaks_arrive() {
        let (mut writer, reader) = channel();
        reader.look(|_| ());
        let (mut before, mut after) = (vec![0.0; VIEW_SAMPLES], vec![0.0; VIEW_SAMPLES]);
        before[VIEW_SAMPLES - 10] = -0.5;
        after[VIEW_SAMPLES - 10] = 0.25;
        for block in 1..=20_u64 {
            let view = ProfilerView {
                index: block * 480,
                before: &before,
                after: &after,
                input_peaks: [0.5, 0.1],
                output_peaks: [0.0, 0.25],
                gain_reduction_db: -(block as f32),
                gate_gain: 1.0,
            };
            writer.take(&view, 48_000.0, 0.1);
            reader.look(|_| ());
        }
        reader.look(|frame| {
            assert!(frame.column >= 18, "{}", frame.column);
            let last = frame.columns[COLUMNS - 1];
            assert_eq!((last.before, last.after), (0.5, 0.25));
            assert!(last.reduction_db >= 18.0 && frame.columns[0] == Column::default());
            assert_eq!((frame.input_peak, frame.output_peak), (0.5, 0.25));
            assert!(frame.load > 0.01 && frame.load < 0.1);
            assert_eq!(frame.points[POINTS - 10], [-0.5, 0.25]);
        });
    }
}
