//! The floors inside core: which of its modules may use which.

use super::{none_of, sources};
use anyhow::Result;
use std::path::Path;

/// The floors from the ground up. Those in one row stand beside each other.
const FLOORS: [&[&str]; 6] =
    [&["signal"], &["nn"], &["file"], &["models", "hear"], &["foreign"], &["engine"]];

/// Fails when a module of core uses one of a floor above its own, or of one beside it, or lies on
/// no floor.
///
/// # Errors
/// With every breach as one sentence.
pub fn check(core: &Path) -> Result<()> {
    none_of(sources(core)?.iter().flat_map(|(path, text)| of_file(path, text)).collect())
}

/// Every breach of one file, `path` counted from core's `src`.
fn of_file(path: &str, text: &str) -> Vec<String> {
    if path == "lib.rs" {
        return Vec::new();
    }
    let own = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    let Some(here) = floor(own) else {
        return vec![format!(
            "core/src/{path} lies on no floor: put it below one of {}",
            FLOORS.concat().join(", ")
        )];
    };
    let modules = path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let mut breaches = Vec::new();
    for (index, line) in
        text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
    {
        for used in uses(line, modules) {
            if used == "{" {
                breaches.push(format!(
                    "core/src/{path}:{}: write a `use` of its own for each floor",
                    index + 1
                ));
            }
            if let Some(other) = floor(used).filter(|&other| used != own && other >= here) {
                let place = if other == here { "beside" } else { "above" };
                breaches.push(format!(
                    "core/src/{path}:{}: {own} must not use {used}, which lies {place} it",
                    index + 1
                ));
            }
        }
    }
    breaches
}

/// How high a module of core lies.
fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The floors that a line names, in a file so many modules deep: behind `crate::`, or behind as
/// many `super::` as lead to the root.
fn uses(line: &str, modules: usize) -> impl Iterator<Item = &str> {
    let root = "super::".repeat(modules);
    let behind =
        |start: &str| line.match_indices(start).map(|(at, _)| at + start.len()).collect::<Vec<_>>();
    let places = [behind("crate::"), behind(&root)].concat();
    places.into_iter().map(|at| first_word(&line[at..]))
}

/// The first word of a path; "{" where several stand there, which is no floor's name and would hide
/// them.
fn first_word(path: &str) -> &str {
    if path.starts_with('{') {
        return "{";
    }
    path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_of_this_checkout_is_in_order() {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src")).unwrap();
    }

    #[test]
    fn a_use_upward_is_found_with_its_place() {
        let text = "//! crate::engine is only named here\nuse crate::signal::level;\nuse crate::engine::anne::Player;\n";
        assert_eq!(
            of_file("models/effect/net.rs", text),
            ["core/src/models/effect/net.rs:3: models must not use engine, which lies above it"]
        );
    }

    #[test]
    fn every_form_of_a_breach_is_found() {
        for (path, line) in [
            ("signal/simd.rs", "    let x = crate::nn::Dense::new();"),
            ("nn/dense.rs", "use crate::{file::ModelError, signal::level};"),
            ("file/error.rs", "use super::super::models::ModelCard;"),
            ("models/mod.rs", "use super::foreign::nam;"),
            ("hear/pitch.rs", "use crate::models::ModelFile;"),
            ("models/file.rs", "use crate::hear::Pitch;"),
            ("attic/mod.rs", ""),
        ] {
            assert_eq!(of_file(path, line).len(), 1, "{path}: {line}");
        }
    }

    #[test]
    fn what_lies_below_may_be_used() {
        for (path, line) in [
            ("engine/canne/voice.rs", "use super::super::bridge::Bridge;"),
            ("engine/mod.rs", "use crate::Complex32;"),
            ("foreign/mod.rs", "use crate::models::effect::ProfileModel;"),
            ("nn/dense.rs", "use crate::nn::kernel;"),
        ] {
            assert_eq!(of_file(path, line), [""; 0], "{path}: {line}");
        }
    }
}
