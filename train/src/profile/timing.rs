//! What is said about the time of a recording. Nothing is said that is not known.

use super::align::Alignment;
use super::check::{Finding, Severity};
use super::likeness::By;
use super::speed::Speed;
use super::track::Track;

const ABOUT: &str = "delay";

/// Whether it is a recording of the sound, how late it comes, and whether it is upside down;
/// `steady` where it stays in time.
pub(super) fn time(found: &Alignment, steady: bool, rate: f64, out: &mut Vec<Finding>) {
    if !found.is_known() {
        out.push(stranger(found, rate));
        return;
    }
    out.push(late(found, steady, rate));
    let odd = match found.likeness.by {
        By::Sound => None,
        By::Size => Some(
            "The recording follows the sound's size and not the sound, as an octave fuzz or a rectifier does: a profile can learn \
             that, and there is no polarity to speak of.",
        ),
        By::Sizes => Some(
            "The recording is as loud as the sound at every moment and yet of other pitches or phases (a ring modulator, an \
             effect that moves by itself): hardly anything of that can be learned.",
        ),
    };
    out.extend(odd.map(|sentence| Finding::new(Severity::Warning, "device", sentence.to_owned())));
    match found.inverted {
        Some(true) => out.push(Finding::new(
            Severity::Warning,
            "polarity",
            "The recording is upside down (inverted polarity). The profile will be so, too, as the device is; a player can \
             turn it over."
                .to_owned(),
        )),
        Some(false) => out.push(Finding::new(Severity::Fine, "polarity", "The polarity is right.".to_owned())),
        None => {}
    }
}

fn stranger(found: &Alignment, rate: f64) -> Finding {
    let delay = found.delay;
    if let Some(Speed { labelled, is }) = found.speed {
        let sentence = format!(
            "The recording is of this sound, but runs at {:.3} times its speed, as when a file of {:.1} kHz is labelled {:.1} kHz: \
             nothing can be learned from that before it has its true rate.",
            labelled / is,
            is / 1_000.0,
            labelled / 1_000.0
        );
        return Finding::new(Severity::Error, ABOUT, sentence);
    }
    if found.given && !found.likeness.telling {
        let sentence = format!(
            "The delay is taken to be {delay} samples ({:.2} ms), as given; the played sound is too short or too steady to check it.",
            ms(delay, rate)
        );
        return Finding::new(Severity::Warning, ABOUT, sentence);
    }
    if found.given {
        let sentence = format!(
            "Moved by {delay} samples ({:.2} ms) as given, the recording does not follow from the played sound. Leave --delay \
             out to have the delay measured; if that finds none either, this is not the recording of this sound.",
            ms(delay, rate)
        );
        return Finding::new(Severity::Error, ABOUT, sentence);
    }
    if !found.likeness.telling {
        let sentence = "The played sound is too short or too steady to tell whether this is its recording, and how late it \
                        comes; it is not moved. Play the test signal, or more music; if it is the right file, give the delay \
                        with --delay."
            .to_owned();
        return Finding::new(Severity::Warning, ABOUT, sentence);
    }
    let sentence =
        "This is not the recording of this sound: at no delay does it follow from what was played, by no filter and \
                    by no curve. Is it another file, another take, or one whose rate is labelled wrong?"
            .to_owned();
    Finding::new(Severity::Error, ABOUT, sentence)
}

fn ms(samples: i64, rate: f64) -> f64 {
    1000.0 * samples as f64 / rate
}

fn blips_text(found: &Alignment) -> String {
    match found.by_blips {
        [Some(a), Some(b)] => format!("the blips say {a} and {b}"),
        [None, Some(one)] | [Some(one), None] => format!("the blip that was recorded says {one}"),
        [None, None] => "there are no blips to compare with".to_owned(),
    }
}

fn late(found: &Alignment, steady: bool, rate: f64) -> Finding {
    let (delay, sound) = (found.delay, found.by_sound.delay);
    let blips = blips_text(found);
    if found.given {
        let off = delay - found.measured;
        let sentence = if off.abs() <= 1 {
            format!(
                "The delay is {delay} samples ({:.2} ms), as given; measured, it is the same.",
                ms(delay, rate)
            )
        } else {
            format!(
                "The delay is taken to be {delay} samples ({:.2} ms), as given. Measured it is {} ({blips}, the sound {sound}).",
                ms(delay, rate),
                found.measured
            )
        };
        return Finding::new(
            if off.abs() <= 1 { Severity::Fine } else { Severity::Warning },
            ABOUT,
            sentence,
        );
    }
    let when = if delay >= 0 {
        format!(
            "The recording comes {delay} samples ({:.2} ms) late; that is corrected",
            ms(delay, rate)
        )
    } else {
        format!(
            "The recording comes {} samples ({:.2} ms) before the played sound: it was started late; that is corrected",
            -delay,
            ms(-delay, rate)
        )
    };
    // An early recording is no fault: its beginning is missing, and the rest is in time.
    let (severity, more) = if let Some(later) = found.echo().filter(|_| steady) {
        (
            Severity::Warning,
            format!(
                " Its loudest answer comes {:.1} ms after that: an echo, a room, or a dry signal beside a wet one.",
                ms(later, rate)
            ),
        )
    } else if found.agrees() {
        (if delay < 0 { Severity::Warning } else { Severity::Fine }, String::new())
    } else {
        match found.by_blips {
            [Some(a), Some(b)] if (a - b).abs() > 1 => (
                Severity::Warning,
                " The blips do not agree with each other: what stands here is the sound's word.".to_owned(),
            ),
            _ => (
                Severity::Warning,
                " Blips and sound do not agree, as with octave fuzz and what answers slowly: the blips' word is used. If it is \
                 known better, give the delay with --delay."
                    .to_owned(),
            ),
        }
    };
    Finding::new(severity, ABOUT, format!("{when} ({blips}, the sound {sound}).{more}"))
}

/// Jumps and clocks.
pub(super) fn moved(track: &Track, rate: f64, out: &mut Vec<Finding>) {
    if let Some(jump) = track.jumps.first() {
        let others = match track.jumps.len() {
            1 => String::new(),
            n => format!(" There are {} more such places.", n - 1),
        };
        out.push(Finding::new(
            Severity::Error,
            "jump",
            format!(
                "The recording jumps at {:.2} s: from there on it comes {} samples ({:.2} ms) {}, as when a buffer is {}. \
                 Record it again with larger buffers.{others}",
                jump.at as f64 / rate,
                jump.by.abs(),
                ms(jump.by.abs(), rate),
                if jump.by > 0 { "later" } else { "earlier" },
                if jump.by > 0 { "repeated or put in" } else { "lost" }
            ),
        ));
        return;
    }
    match track.drift {
        Some(drift) if drift.abs() >= 2.0 => out.push(Finding::new(
            Severity::Warning,
            "drift",
            format!(
                "The end of the recording comes {:.0} samples {} than its beginning: player and recorder run on different \
                 clocks. Use one interface for both.",
                drift.abs(),
                if drift > 0.0 { "later" } else { "earlier" }
            ),
        )),
        Some(_) => out.push(Finding::new(
            Severity::Fine,
            "drift",
            "Beginning and end are equally late: the clocks agree.".to_owned(),
        )),
        None => {}
    }
}
