//! Folders of pairs: tables, and the file names of SignalTrain's sets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use nfx_core::models::effect::{KnobInfo, MAX_KNOBS};

use super::columns::{Around, find, from_table, split_unit};
use super::data::Part;
use super::pairs::{PairFiles, Pairs};
use crate::audio::{EXTENSIONS, is_audio_path};

/// The pairs of a folder: with a table (`knobs.csv` in it unless another is named), or with
/// SignalTrain's file names, or with `input*` beside `target*` files.
///
/// A table has a column `file` (or `target`), perhaps `input` and `split` (train, validation,
/// test), and one for each knob, named as the knob, perhaps with its unit in parentheses; columns
/// of words are passed over. A file without an input of its own belongs to `input`, or to `input.*`
/// in the folder. Ranges are those of the values unless `given` has a knob of that name.
///
/// # Errors
/// When the folder or the table cannot be understood, a file of it is not there, or a value is none
/// that its knob can have; the message says what was expected, and in which row.
pub fn folder(
    dir: &Path,
    table: Option<&Path>,
    input: Option<&Path>,
    given: &[KnobInfo],
) -> Result<Pairs> {
    if dir.is_file() && table.is_none() && !is_audio_path(dir) {
        // The table itself stands for the folder that it lies in.
        let folder = dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        return self::folder(folder, Some(dir), input, given);
    }
    ensure!(!dir.is_file(), "expected a folder of pairs at {}, found a file", dir.display());
    ensure!(
        dir.is_dir(),
        "expected a folder of pairs at {}, but there is no such folder",
        dir.display()
    );
    let pairs = match table.map(Path::to_owned).or_else(|| own_table(dir)) {
        Some(table) => from_table(&table, Around { dir, common: input, given })?,
        None => from_names(dir, given)?,
    };
    ensure!(
        !pairs.files.is_empty(),
        "expected pairs in {}: a table knobs.csv, or files input_1_.wav and target_1_NAME__0.5.wav, or input.wav and target.wav; \
         found none of these",
        dir.display()
    );
    ensure!(
        pairs.knobs.len() <= MAX_KNOBS,
        "expected at most {MAX_KNOBS} knobs, found {} in {}",
        pairs.knobs.len(),
        dir.display()
    );
    Ok(pairs)
}

/// `knobs.csv` of a folder, in any case, or with another ending of a table.
fn own_table(dir: &Path) -> Option<PathBuf> {
    let names = ["knobs.csv", "knobs.tsv", "knobs.txt"];
    names.iter().find_map(|name| find(dir, name, &[]))
}

/// `input.wav` or another sound file of that name.
pub(super) fn common_input(dir: &Path) -> Result<PathBuf> {
    find(dir, "input", &EXTENSIONS)
        .filter(|path| is_audio_path(path))
        .with_context(|| format!("expected input.wav (or .flac) in {}, found none", dir.display()))
}

/// SignalTrain's names, in the folder or in `Train`, `Val` and `Test` within it; or `input*` and
/// `target*` in order.
fn from_names(dir: &Path, given: &[KnobInfo]) -> Result<Pairs> {
    let mut files = Vec::new();
    let sets = [
        ("", None),
        ("Train", Some(Part::Train)),
        ("Val", Some(Part::Validation)),
        ("Test", Some(Part::Test)),
    ];
    for (name, part) in sets {
        let place = dir.join(name);
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        let mut all: Vec<PathBuf> =
            entries.flatten().map(|e| e.path()).filter(|p| is_audio_path(p)).collect();
        all.sort();
        let of = |prefix: &str| -> Vec<PathBuf> {
            let begins = |p: &&PathBuf| {
                p.file_name()
                    .is_some_and(|n| n.to_string_lossy().to_lowercase().starts_with(prefix))
            };
            all.iter().filter(begins).cloned().collect()
        };
        let (inputs, targets) = (of("input"), of("target"));
        for target in targets {
            let number = index(&target);
            let input = match inputs.as_slice() {
                [one] => one.clone(),
                many => match many.iter().find(|i| number.is_some() && index(i) == number) {
                    Some(input) => input.clone(),
                    None => bail!(
                        "expected the played sound of {} with the same number (input_1_.wav for target_1_...), found none",
                        target.display()
                    ),
                },
            };
            let stem =
                target.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let values = stem.split("__").skip(1).map(str::parse).collect::<Result<Vec<f32>, _>>();
            let values = values.with_context(|| {
                format!("expected numbers behind the double underscores of {stem}")
            })?;
            ensure!(
                values.iter().all(|value| value.is_finite()),
                "expected finite numbers behind the double underscores of {stem}"
            );
            files.push(PairFiles { input, target, values, part });
        }
    }
    let count = files.first().map_or(0, |f| f.values.len());
    if let Some(odd) = files.iter().find(|f| f.values.len() != count) {
        bail!(
            "expected the same number of knobs in all file names, found {count} and {} in {}",
            odd.values.len(),
            odd.target.display()
        );
    }
    let info = std::fs::read_to_string(dir.join("effect_info.ini")).unwrap_or_default();
    let said = knob_names(&info);
    let mut names: Vec<String> =
        (0..count).map(|i| said.get(i).cloned().unwrap_or(format!("Knob {}", i + 1))).collect();
    if said.is_empty() && given.len() == count && !given.iter().any(|k| names.contains(&k.name)) {
        names = given.iter().map(|k| k.name.clone()).collect();
    }
    if let Some(knob) =
        given.iter().find(|k| !names.iter().any(|n| split_unit(n).0.eq_ignore_ascii_case(&k.name)))
    {
        bail!(
            "expected one of the knobs {names:?} of the file names in {}, found {}",
            dir.display(),
            knob.name
        );
    }
    let names: Vec<(&str, &str)> = names.iter().map(|name| split_unit(name)).collect();
    let knobs = knobs_of(&names, &files, given)?;
    Ok(Pairs { files, knobs })
}

/// The number in `input_12_.wav` or `target_12_NAME__0.5.wav`.
fn index(path: &Path) -> Option<u64> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    stem.split('_').nth(1)?.parse().ok()
}

/// `knob_names = ['threshold', 'ratio']` of SignalTrain's `effect_info.ini`.
fn knob_names(ini: &str) -> Vec<String> {
    let line = ini.lines().find_map(|l| {
        l.trim().strip_prefix("knob_names").map(|l| l.trim_start_matches([' ', '=']).to_owned())
    });
    line.unwrap_or_default()
        .trim_matches(['[', ']', ' '])
        .split(',')
        .map(|n| n.trim().trim_matches(['\'', '"']).to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}

/// The knobs of columns, by name and unit: as given by name, else from the least to the greatest
/// value.
pub(super) fn knobs_of(
    names: &[(&str, &str)],
    files: &[PairFiles],
    given: &[KnobInfo],
) -> Result<Vec<KnobInfo>> {
    names
        .iter()
        .enumerate()
        .map(|(i, (name, unit))| {
            if let Some(knob) = given.iter().find(|k| k.name.eq_ignore_ascii_case(name)) {
                return Ok(knob.clone());
            }
            let values = files.iter().filter_map(|f| f.values.get(i).copied());
            let (min, max) = values.fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(v), b.max(v)));
            ensure!(
                min < max,
                "expected the knob {name} at two settings at least, found it always at {min}; leave its column out"
            );
            let mut knob = KnobInfo::linear(name, min, max, 0.5 * (min + max));
            knob.unit = (*unit).to_owned();
            knob.decimals = if max - min > 50.0 {
                0
            } else if max - min > 5.0 {
                1
            } else {
                2
            };
            Ok(knob)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::pairs::parse_knob;
    use super::*;

    #[test]
    fn folders_are_understood_in_three_ways() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            knob_names("[effect]\nname = X\nknob_names = ['threshold', 'ratio']\n"),
            ["threshold", "ratio"]
        );
        let touch = |name: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        };
        assert!(
            folder(dir.path(), None, None, &[]).unwrap_err().to_string().contains("expected pairs")
        );
        for name in [
            "Train/input_1_.wav",
            "Train/target_1_comp__-30__2.wav",
            "Val/input_2_.wav",
            "Val/target_2_comp__-10__4.wav",
        ] {
            touch(name);
        }
        let pairs = folder(dir.path(), None, None, &[]).unwrap();
        assert_eq!(pairs.files.len(), 2);
        assert_eq!(pairs.files[1].values, [-10.0, 4.0]);
        assert_eq!(
            (pairs.files[0].part, pairs.files[1].part),
            (Some(Part::Train), Some(Part::Validation))
        );
        assert_eq!((pairs.knobs[0].min, pairs.knobs[0].max), (-30.0, -10.0));
        for name in ["input.flac", "a.wav", "b.wav"] {
            touch(name);
        }
        std::fs::write(
            dir.path().join("knobs.csv"),
            "file,Drive (dB),split\na.wav,0,train\nb.wav,10,test\n",
        )
        .unwrap();
        let pairs =
            folder(dir.path(), None, None, &[parse_knob("drive(dB)=0..20").unwrap()]).unwrap();
        assert_eq!(pairs.files[1].part, Some(Part::Test));
        assert_eq!((pairs.knobs[0].max, pairs.knobs[0].unit.as_str()), (20.0, "dB"));
        assert!(pairs.files[0].input.ends_with("input.flac"));
        std::fs::write(dir.path().join("knobs.csv"), "file,Drive\na.wav,high\n").unwrap();
        assert!(
            format!("{:#}", folder(dir.path(), None, None, &[]).unwrap_err())
                .contains("expected a number")
        );
    }
}
