//! From sources to three sets of frames.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::{Context, Result, bail};

use super::course;
use super::source::{self, Source};
use super::split::{Part, assign, quotas};
use super::{Clip, Corpus, CorpusSpec, NO_NOTE, cache};
use crate::frames::{FrameSet, Framer, Origin, Share};

/// Silent frames are only found after the shares are made, so a little more than the share is taken
/// at first.
const MARGIN: f64 = 1.12;

/// How many of 80 patches go to each set.
const BY_PATCH: super::Limits = super::Limits { train: 70, validation: 5, test: 5 };

/// One clip and where it goes.
struct Job {
    source: usize,
    clip: usize,
    /// Index into the corpus' list of sources.
    label: u16,
    seconds: f64,
    part: Part,
}

/// Makes the corpus or reads it from the cache.
pub(super) fn build(spec: &CorpusSpec, progress: &dyn Fn(&str, f32)) -> Result<Corpus> {
    progress("opening the sources", 0.0);
    let mut sources = spec
        .sources
        .iter()
        .map(|s| source::open(s).with_context(|| format!("the source `{s}` cannot be used")))
        .collect::<Result<Vec<_>>>()?;
    let key = cache::key(spec, &sources.iter().map(|s| s.fingerprint()).collect::<Vec<_>>())?;
    let folder = spec.cache_dir.clone().unwrap_or_else(|| "runs/cache".into());
    if let Some(corpus) = cache::load(&folder, &key) {
        progress("read from the cache", 1.0);
        return Ok(corpus);
    }
    let (mut jobs, mut labels) = plan(spec, &sources);
    let mut sets = render(spec, &sources, &jobs, labels.len(), progress)?;
    // A file may turn out to be bad only when its sound is read. The others are then divided as if
    // it had never been there.
    while drop_lost(&mut sources) {
        if sources.iter().all(|s| s.clips().is_empty()) {
            let skipped: Vec<String> = sources.iter().flat_map(|s| s.skipped()).collect();
            bail!("expected sounds, but none could be used{}", super::reasons(&skipped));
        }
        progress("dividing anew, without files that cannot be used", 0.0);
        (jobs, labels) = plan(spec, &sources);
        sets = render(spec, &sources, &jobs, labels.len(), progress)?;
    }
    let mut corpus = finish(spec, &sources, labels, sets)?;
    if jobs.iter().any(|job| is_note(&sources, job)) {
        let clip = |job: &Job| {
            let info = &sources[job.source].clips()[job.clip];
            Clip {
                group: info.group.clone().unwrap_or_default(),
                note: info.note.unwrap_or(NO_NOTE),
            }
        };
        corpus.clips = jobs.iter().map(clip).collect();
        corpus.label_notes();
    }
    if !sources.iter().all(|s| s.is_settled()) {
        progress("not kept: a file changed while it was made", 1.0);
        return Ok(corpus);
    }
    progress("writing the cache", 1.0);
    if let Err(e) = cache::store(&folder, &key, &corpus) {
        // Training does not need the cache; a full disk must not stop it.
        progress(&format!("the corpus was made but not cached: {e:#}"), 1.0);
    }
    Ok(corpus)
}

/// Which clip goes where, and the names of the sources.
fn plan(spec: &CorpusSpec, sources: &[Box<dyn Source>]) -> (Vec<Job>, Vec<String>) {
    let mut labels: Vec<String> = Vec::new();
    let mut jobs = Vec::new();
    for (s, source) in sources.iter().enumerate() {
        for (c, clip) in source.clips().iter().enumerate() {
            let label = labels.iter().position(|l| *l == clip.label).unwrap_or_else(|| {
                labels.push(clip.label.clone());
                labels.len() - 1
            });
            jobs.push(Job {
                source: s,
                clip: c,
                label: label as u16,
                seconds: clip.seconds,
                part: Part::Train,
            });
        }
    }
    for job in &mut jobs {
        job.part = sources[job.source].clips()[job.clip].part.unwrap_or(Part::Train);
    }
    // Each source is split on its own, so that each is in every set.
    for label in 0..labels.len() {
        let own: Vec<usize> = (0..jobs.len())
            .filter(|&j| {
                usize::from(jobs[j].label) == label
                    && sources[jobs[j].source].clips()[jobs[j].clip].part.is_none()
            })
            .collect();
        if own.is_empty() {
            continue;
        }
        let seed = spec.split_seed.wrapping_add(label as u64 * 7919);
        let group = |j: usize| sources[jobs[j].source].clips()[jobs[j].clip].group.as_deref();
        if own.iter().all(|&j| group(j).is_some()) {
            // By patch, in the thesis's proportions.
            let mut groups: BTreeMap<&str, f64> = BTreeMap::new();
            for &j in &own {
                *groups.entry(group(j).unwrap_or_default()).or_default() += jobs[j].seconds;
            }
            let seconds: Vec<f64> = groups.values().copied().collect();
            let parts = assign(&seconds, BY_PATCH, seed);
            let part_of: BTreeMap<&str, Part> = groups.keys().copied().zip(parts).collect();
            let parts: Vec<Part> =
                own.iter().map(|&j| part_of[group(j).unwrap_or_default()]).collect();
            own.iter().zip(parts).for_each(|(&j, part)| jobs[j].part = part);
            continue;
        }
        let seconds: Vec<f64> = own.iter().map(|&j| jobs[j].seconds).collect();
        let parts = assign(&seconds, spec.limits, seed);
        for (&j, part) in own.iter().zip(parts) {
            jobs[j].part = part;
        }
    }
    (jobs, labels)
}

fn limit(spec: &CorpusSpec, part: Part) -> usize {
    match part {
        Part::Train => spec.limits.train,
        Part::Validation => spec.limits.validation,
        Part::Test => spec.limits.test,
    }
}

/// Told what is going on and how far it is.
type Progress<'a> = &'a dyn Fn(&str, f32);

/// Renders and frames all clips on all cores. Result: `[part][label]`.
fn render(
    spec: &CorpusSpec,
    sources: &[Box<dyn Source>],
    jobs: &[Job],
    labels: usize,
    progress: Progress<'_>,
) -> Result<Vec<Vec<FrameSet>>> {
    let frames = |job: &Job| {
        let hops = (job.seconds * spec.sample_rate_hz / spec.stft.hop as f64) as usize;
        let overlap = spec.stft.fft_size / spec.stft.hop;
        if sources[job.source].lives() {
            course::FRAMES
        } else if is_note(sources, job) {
            (hops + 1).saturating_sub(overlap)
        } else {
            hops + overlap
        }
    };
    let mut keep = vec![vec![Share::ALL; labels]; 3];
    for part in Part::ALL {
        let mut available = vec![0; labels];
        jobs.iter()
            .filter(|j| j.part == part)
            .for_each(|j| available[usize::from(j.label)] += frames(j));
        for (label, quota) in quotas(&available, limit(spec, part)).into_iter().enumerate() {
            keep[part as usize][label] =
                Share { keep: (quota as f64 * MARGIN) as usize, out_of: available[label].max(1) };
        }
    }
    let any_lives = sources.iter().any(|s| s.lives());
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    let (sender, receiver) = mpsc::sync_channel::<(usize, FrameSet)>(64);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(16);
    let mut sets = vec![vec![FrameSet::new(spec.stft.bins()); labels]; 3];
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, next, failure, keep) = (sender.clone(), &next, &failure, &keep);
            scope.spawn(move || {
                let work = || -> Result<()> {
                    let mut framer = Framer::new(spec.stft)?;
                    loop {
                        let j = next.fetch_add(1, Ordering::Relaxed);
                        let Some(job) = jobs.get(j) else { return Ok(()) };
                        let mut set = FrameSet::new(spec.stft.bins());
                        // One bad file is no reason to stop: it is left out, and its source says
                        // why.
                        let source = &sources[job.source];
                        let signal = match source.render(job.clip, spec.sample_rate_hz) {
                            Ok(signal) => signal,
                            Err(_) if source.leaves_out() => Vec::new(),
                            Err(error) => return Err(error),
                        };
                        if signal.is_empty() {
                            if sender.send((j, set)).is_err() {
                                return Ok(());
                            }
                            continue;
                        }
                        let share = keep[job.part as usize][usize::from(job.label)];
                        let origin = Origin { clip: j as u32, source: job.label };
                        if source.lives() {
                            let rate_hz = spec.sample_rate_hz;
                            let note = course::Recorded { signal: &signal, rate_hz };
                            course::append(&mut framer, note, share, origin, &mut set);
                            if sender.send((j, set)).is_err() {
                                return Ok(());
                            }
                            continue;
                        }
                        let range = if is_note(sources, job) {
                            framer.whole_frames(signal.len())
                        } else {
                            0..framer.frames_in(signal.len())
                        };
                        framer.append_range(&signal, range, share, origin, &mut set);
                        if any_lives {
                            set.age_of = vec![f32::NAN; set.len()];
                            set.level_of = vec![0.0; set.len()];
                        }
                        if sender.send((j, set)).is_err() {
                            return Ok(());
                        }
                    }
                };
                if let Err(e) = work() {
                    next.store(jobs.len(), Ordering::Relaxed);
                    if let Ok(mut slot) = failure.lock() {
                        slot.get_or_insert(e);
                    }
                }
            });
        }
        drop(sender);
        collect(jobs, receiver, &mut sets, progress);
    });
    match failure.into_inner() {
        Ok(Some(e)) => Err(e),
        _ => Ok(sets),
    }
}

/// Takes what could not be rendered out of every source's list. Whether there was any.
fn drop_lost(sources: &mut [Box<dyn Source>]) -> bool {
    let mut any = false;
    for source in sources {
        any |= source.drop_lost();
    }
    any
}

/// Whether a clip is a single note.
fn is_note(sources: &[Box<dyn Source>], job: &Job) -> bool {
    sources[job.source].clips()[job.clip].note.is_some()
}

/// Puts the results in the order of the jobs, whatever thread was faster: the corpus must not
/// depend on the machine.
fn collect(
    jobs: &[Job],
    receiver: mpsc::Receiver<(usize, FrameSet)>,
    sets: &mut [Vec<FrameSet>],
    progress: &dyn Fn(&str, f32),
) {
    let mut waiting: BTreeMap<usize, FrameSet> = BTreeMap::new();
    let mut done = 0;
    for (j, set) in receiver {
        waiting.insert(j, set);
        while let Some(set) = waiting.remove(&done) {
            let job = &jobs[done];
            let target = &mut sets[job.part as usize][usize::from(job.label)];
            for i in 0..set.len() {
                target.push(set.frame(i), set.clip_of[i], set.source_of[i]);
            }
            target.age_of.extend_from_slice(&set.age_of);
            target.level_of.extend_from_slice(&set.level_of);
            done += 1;
            progress("making frames", done as f32 / jobs.len() as f32);
        }
    }
}

/// Cuts the sets to their limits and joins the sources.
fn finish(
    spec: &CorpusSpec,
    sources: &[Box<dyn Source>],
    labels: Vec<String>,
    sets: Vec<Vec<FrameSet>>,
) -> Result<Corpus> {
    let mut joined = Vec::new();
    for (part, by_label) in Part::ALL.into_iter().zip(sets) {
        let available: Vec<usize> = by_label.iter().map(FrameSet::len).collect();
        let shares = quotas(&available, limit(spec, part));
        let mut all = FrameSet::new(spec.stft.bins());
        all.data.reserve_exact(shares.iter().sum::<usize>() * spec.stft.bins());
        for (set, share) in by_label.into_iter().zip(shares) {
            let set = set.thinned(share);
            all.data.extend_from_slice(&set.data);
            all.clip_of.extend_from_slice(&set.clip_of);
            all.source_of.extend_from_slice(&set.source_of);
            all.age_of.extend_from_slice(&set.age_of);
            all.level_of.extend_from_slice(&set.level_of);
        }
        if all.is_empty() {
            bail!(
                "expected at least one frame above silence for {part:?}; the sources hold too few clips to be split in three \
                 (use more files, or part_seconds=30 on a folder of a few long ones){}",
                super::reasons(&sources.iter().flat_map(|s| s.skipped()).collect::<Vec<_>>())
            );
        }
        joined.push(all);
    }
    let clips = |set: &FrameSet| {
        let mut ids = set.clip_of.clone();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    };
    let describe: Vec<String> = sources.iter().map(|s| s.describe()).collect();
    let sizes: Vec<String> = joined
        .iter()
        .zip(["training", "validation", "test"])
        .map(|(s, n)| format!("{} {n} frames of {} clips", s.len(), clips(s)))
        .collect();
    let mut licences: Vec<String> = sources.iter().map(|s| s.licence()).collect();
    licences.sort();
    licences.dedup();
    let mut notices: Vec<String> = sources.iter().filter_map(|s| s.notice()).collect();
    notices.dedup();
    let mut sets = joined.into_iter();
    let mut take = || sets.next().unwrap_or_default();
    Ok(Corpus {
        train: take(),
        validation: take(),
        test: take(),
        sources: labels,
        description: format!(
            "{}; at {} Hz, FFT {}, hop {}; {}, split by {}",
            describe.join(" + "),
            spec.sample_rate_hz,
            spec.stft.fft_size,
            spec.stft.hop,
            sizes.join(", "),
            if sources.iter().all(|s| s.clips().iter().all(|c| c.group.is_some())) {
                "patch"
            } else {
                "clip"
            }
        ),
        licence: licences.join("; "),
        notices,
        skipped: sources.iter().flat_map(|s| s.skipped()).collect(),
        clips: Vec::new(),
    })
}
