//! How each factory preset is to sound.

mod basses;
mod bowed;
mod keys;
mod leads;
mod moving;
mod pads;
mod plucks;
mod struck;

use Set::N;

/// Where a sound is to stand among all of its model's, 0 to 1 each.
#[derive(Clone, Copy)]
pub struct Aim {
    /// From the darkest to the brightest.
    pub bright: f32,
    /// From all partials to the odd ones alone.
    pub hollow: f32,
    /// From pure partials to noise between them.
    pub breath: f32,
}

/// What can be moved.
#[derive(Clone, Copy)]
pub enum Feature {
    /// Brighter.
    Bright,
    /// Hollower.
    Hollow,
    /// Breathier.
    Breath,
}

/// A parameter's value.
#[derive(Clone, Copy)]
pub enum Set {
    /// A number in its own unit.
    N(f32),
    /// A switch, on.
    On,
    /// A switch, off.
    Off,
    /// A choice by name.
    C(&'static str),
}

/// A preset to be made.
pub struct Recipe {
    pub name: &'static str,
    pub category: &'static str,
    pub description: &'static str,
    /// What it is listed under.
    pub tags: &'static [&'static str],
    /// On what it does best.
    pub shines: &'static str,
    pub model: &'static str,
    /// None leaves the sliders in the middle.
    pub aim: Option<Aim>,
    /// The instrument on the model's map whose middle the sliders take, instead of an aim.
    pub like: Option<&'static str>,
    /// Letter of the bank of depths, what it is to move, how far.
    pub moves: &'static [(char, Feature, f32)],
    pub params: &'static [(&'static str, Set)],
    /// The corners of the pad.
    pub corners: Option<[Aim; 4]>,
    /// The same as instruments on the map.
    pub pad: Option<[&'static str; 4]>,
}

const fn aim(bright: f32, hollow: f32, breath: f32) -> Option<Aim> {
    Some(at(bright, hollow, breath))
}

const fn at(bright: f32, hollow: f32, breath: f32) -> Aim {
    Aim { bright, hollow, breath }
}

const fn keys(name: &'static str, category: &'static str, description: &'static str) -> Recipe {
    Recipe {
        name,
        category,
        description,
        tags: &[],
        shines: "",
        model: "Keys",
        aim: None,
        like: None,
        moves: &[],
        params: &[],
        corners: None,
        pad: None,
    }
}

/// A sound whose notes live by themselves: the level's envelope only ends it.
const fn living(name: &'static str, category: &'static str, description: &'static str) -> Recipe {
    Recipe { model: "Ensemble", params: LIVING, ..keys(name, category, description) }
}

/// The level's envelope of a note that lives by itself.
const LIVING: &[(&str, Set)] = &[("amp_a", N(2.0)), ("amp_s", N(1.0)), ("amp_r", N(220.0))];

/// All of them, in the browser's order.
pub fn all() -> impl Iterator<Item = &'static Recipe> {
    [
        keys::RECIPES,
        plucks::RECIPES,
        basses::RECIPES,
        bowed::RECIPES,
        leads::RECIPES,
        pads::RECIPES,
        moving::RECIPES,
        struck::RECIPES,
    ]
    .into_iter()
    .flatten()
}
