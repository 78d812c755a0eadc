//! A plugin's parameters as one table: each row has all that the suite says of a parameter, and
//! everything else reads it there.
//!
//! A plugin writes its table with [`parameters!`](crate::parameters). A row's documentation is the
//! hint that the editor shows while a pointer is on the control: its first paragraph says what
//! turning the control does, its second, if there is one, what else is worth knowing. Each fits in
//! [`HELP_CHARS`]. The rest is what the row is built with:
//!
//! ```
//! use nfx_frame::params::{Bank, Kept, Row, bypass, share, values};
//! use nice_plug::prelude::*;
//!
//! nfx_frame::parameters! {
//!     /// Two parameters and four of a kind.
//!     pub struct TwoAndFour {
//!         /// Blends from the dry sound to the wet one.
//!         ///
//!         /// Both are in time with each other.
//!         mix: Row<FloatParam> = share("mix", "Mix", 1.0).on("Main/Levels", 1),
//!         /// Passes the input untouched.
//!         bypass: Row<BoolParam> = bypass().kept(Kept::Project),
//!         /// How much of this band is heard.
//!         bands: Bank<4> = std::array::from_fn(|i| share(format!("band{}", i + 1), format!("Band {}", i + 1), 0.5)),
//!     }
//! }
//!
//! let params = TwoAndFour::default();
//! assert_eq!(values(&params.bands), [0.5; 4]);
//! let table = nfx_frame::table::ParamTable::new(std::sync::Arc::new(params));
//! assert_eq!(table.entry("mix").unwrap().help, "Blends from the dry sound to the wet one.\nBoth are in time with each other.");
//! ```

use std::borrow::Cow;
use std::ops::Deref;

use nice_plug::params::internals::ParamPtr;
use nice_plug::params::{BoolParam, EnumParam, FloatParam, IntParam, Param, Params};
use nice_plug::prelude::{
    Enum, FloatRange, IntRange, RemoteControlsContext, RemoteControlsPage, RemoteControlsSection,
};

use crate::text::{self, Format};

/// The most characters in a line of help.
pub const HELP_CHARS: usize = 60;

/// Whether a control may say this where a pointer is on it: one line, or two, of 1 to
/// [`HELP_CHARS`] characters.
#[must_use]
pub fn is_help(text: &str) -> bool {
    let fits = |line: &str| (1..=HELP_CHARS).contains(&line.chars().count());
    let mut lines = text.split('\n');
    lines.next().is_some_and(fits) && lines.next().is_none_or(fits) && lines.next().is_none()
}

/// What holds a parameter's value beside the project, which holds all. Each holds what those before
/// it hold, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// The project alone: what is done to the instance and not to its sound.
    Project,
    /// Undo steps as well: what belongs to the room and not to the sound.
    Undo,
    /// Presets as well.
    #[default]
    Preset,
}

/// What is said of a parameter beside its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Its id, frozen for ever.
    pub id: String,
    /// Its group, empty at the top.
    pub group: &'static str,
    /// What it does to the sound, and on a second line what else is worth knowing; see
    /// [`is_help`].
    pub help: String,
    /// What holds its value.
    pub kept: Kept,
    /// The pages of a controller's knobs that it is on, as "Section/Page", and its place there from 1.
    pub pages: Vec<(Cow<'static, str>, usize)>,
}

/// A parameter with its facts. It is used as the parameter itself.
pub struct Row<P> {
    param: P,
    facts: Facts,
}

/// Continuous parameters of a kind.
pub type Bank<const N: usize> = [Row<FloatParam>; N];

/// The plain values of a bank, with the host's modulation. Real-time safe.
#[must_use]
pub fn values<const N: usize>(bank: &Bank<N>) -> [f32; N] {
    std::array::from_fn(|i| bank[i].value())
}

impl<P> Deref for Row<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.param
    }
}

impl<P: Param> Row<P> {
    /// The row of `param`, whose `id` is frozen for ever.
    #[must_use]
    pub fn new(id: impl Into<String>, param: P) -> Self {
        Self { param, facts: Facts { id: id.into(), ..Facts::default() } }
    }

    /// Puts it on a page of a controller's knobs ("Section/Page"), in a place from 1; more than
    /// eight become two pages.
    #[must_use]
    pub fn on(mut self, page: impl Into<Cow<'static, str>>, place: usize) -> Self {
        self.facts.pages.push((page.into(), place));
        self
    }

    /// Says what holds its value; presets do if nothing else is said.
    #[must_use]
    pub fn kept(mut self, kept: Kept) -> Self {
        self.facts.kept = kept;
        self
    }

    /// The group that hosts show it in.
    #[must_use]
    pub fn group(mut self, group: &'static str) -> Self {
        self.facts.group = group;
        self
    }

    /// What it does to the sound, and on a second line what else is worth knowing.
    #[must_use]
    pub fn says(mut self, help: &str) -> Self {
        help.clone_into(&mut self.facts.help);
        self
    }

    /// With what only the framework's own builder has.
    #[must_use]
    pub fn with(mut self, build: impl FnOnce(P) -> P) -> Self {
        self.param = build(self.param);
        self
    }
}

/// One row, or several.
pub trait Rows {
    /// Shows all of them, in the host's order.
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr));

    /// Gives those that say nothing yet these lines of documentation.
    #[must_use]
    fn described(self, help: &[&str]) -> Self;
}

impl<P: Param> Rows for Row<P> {
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr)) {
        see(&self.facts, self.param.as_ptr());
    }

    fn described(self, help: &[&str]) -> Self {
        if !self.facts.help.is_empty() {
            return self;
        }
        let lines = help.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        self.says(&lines.collect::<Vec<_>>().join("\n"))
    }
}

impl<R: Rows, const N: usize> Rows for [R; N] {
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr)) {
        self.iter().for_each(|row| row.visit(see));
    }

    fn described(self, help: &[&str]) -> Self {
        self.map(|row| row.described(help))
    }
}

/// Parameters with their facts: what [`parameters!`](crate::parameters) makes.
pub trait Parameters: Params {
    /// Shows all rows, in the host's order.
    fn visit(&self, see: &mut dyn FnMut(&Facts, ParamPtr));
}

/// The list that the framework takes.
#[must_use]
pub fn list(params: &impl Parameters) -> Vec<(String, ParamPtr, String)> {
    let mut list = Vec::new();
    params.visit(&mut |facts, ptr| list.push((facts.id.clone(), ptr, facts.group.to_owned())));
    list
}

/// Makes a struct of parameters, its `Default`, and what hosts, presets, undo and the editor read
/// of it. See [`params`](crate::params).
///
/// A `let` before the rows is there for all of them; `session` behind them names what else a
/// project keeps, which is nested as it is.
#[macro_export]
macro_rules! parameters {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $(let $bound:ident = $value:expr;)*
            $($(#[doc = $help:literal])+ $field:ident: $kind:ty = $row:expr,)*
            $(..session: $session:ty = $kept:expr)?
        }
    ) => {
        $(#[$about])*
        pub struct $name {
            $($(#[doc = $help])+ pub $field: $kind,)*
            $(
                /// What else a project keeps.
                pub session: $session,
            )?
        }

        impl Default for $name {
            fn default() -> Self {
                use $crate::params::Rows as _;
                $(let $bound = $value;)*
                Self {
                    $($field: $row.described(&[$($help),+]),)*
                    $(session: $kept,)?
                }
            }
        }

        impl $crate::params::Parameters for $name {
            fn visit(&self, see: &mut dyn FnMut(&$crate::params::Facts, ::nice_plug::params::internals::ParamPtr)) {
                $($crate::params::Rows::visit(&self.$field, see);)*
            }
        }

        // SAFETY: the pointers are those of fields of `self`, which lives in the `Arc` that the
        // wrappers hold, and never moves.
        unsafe impl ::nice_plug::params::Params for $name {
            fn param_map(&self) -> Vec<(String, ::nice_plug::params::internals::ParamPtr, String)> {
                $crate::params::list(self)
            }

            $($crate::parameters! { @fields $session })?
        }
    };
    (@fields $session:ty) => {
        fn serialize_fields(&self) -> ::std::collections::BTreeMap<String, String> {
            $crate::snapshot::Session::save(&*self.session)
        }

        fn deserialize_fields(&self, fields: &::std::collections::BTreeMap<String, String>) {
            $crate::snapshot::Session::load(&*self.session, fields);
        }
    };
}

// Rows that every plugin has.

/// The id of [`counter`].
pub const COUNTER_ID: &str = "mchg";
/// One past the counter's highest value; it starts again at 0.
const COUNTER_END: i32 = 65536;

/// The hidden parameter that counts changes of what a project holds beside its parameters, so that
/// a host notices them.
#[must_use]
pub fn counter() -> Row<IntParam> {
    let param =
        IntParam::new("Model changes", 0, IntRange::Linear { min: 0, max: COUNTER_END - 1 }).hide();
    Row::new(COUNTER_ID, param).kept(Kept::Project)
}

/// The id of [`play`].
pub const PLAY_ID: &str = "play";
/// The id of [`looped`].
pub const LOOP_ID: &str = "loop";

/// The id of [`source`].
pub const SOURCE_ID: &str = "source";

/// What feeds an effect: the host, a built-in sound or a file.
#[must_use]
pub fn source<C: crate::source::Choice + Enum>() -> Row<EnumParam<C>> {
    choice(SOURCE_ID, "Source", C::HOST).kept(Kept::Undo)
}

/// Whether a built-in sound or file plays.
#[must_use]
pub fn play() -> Row<BoolParam> {
    switch(PLAY_ID, "Play", false).kept(Kept::Project)
}

/// Whether it starts again at its end.
#[must_use]
pub fn looped() -> Row<BoolParam> {
    switch(LOOP_ID, "Loop", true).kept(Kept::Undo)
}

/// Passes the input on, late by the latency.
#[must_use]
pub fn bypass() -> Row<BoolParam> {
    Row::new("bypass", BoolParam::new("Bypass", false).make_bypass()).kept(Kept::Project)
}

/// A continuous parameter.
#[must_use]
pub fn float(
    id: impl Into<String>,
    name: impl Into<String>,
    default: f32,
    range: FloatRange,
    format: Format,
) -> Row<FloatParam> {
    let param = FloatParam::new(name, default, range)
        .with_value_to_string(format.to_text)
        .with_string_to_value(format.from_text);
    Row::new(id, param)
}

/// A share of 0 to 1, shown in per cent.
#[must_use]
pub fn share(id: impl Into<String>, name: impl Into<String>, default: f32) -> Row<FloatParam> {
    float(id, name, default, linear(0.0, 1.0), text::percent())
}

/// A level of -24 to 24 dB, neutral at 0.
#[must_use]
pub fn level(id: impl Into<String>, name: impl Into<String>) -> Row<FloatParam> {
    float(id, name, 0.0, linear(-24.0, 24.0), text::decibels())
}

/// A whole number of `min` to `max`.
#[must_use]
pub fn count(
    id: impl Into<String>,
    name: impl Into<String>,
    default: i32,
    min: i32,
    max: i32,
) -> Row<IntParam> {
    Row::new(id, IntParam::new(name, default, IntRange::Linear { min, max }))
}

/// On or off.
#[must_use]
pub fn switch(id: impl Into<String>, name: impl Into<String>, default: bool) -> Row<BoolParam> {
    Row::new(id, BoolParam::new(name, default))
}

/// One of a few.
#[must_use]
pub fn choice<T: Enum + PartialEq + 'static>(
    id: impl Into<String>,
    name: impl Into<String>,
    default: T,
) -> Row<EnumParam<T>> {
    Row::new(id, EnumParam::new(name, default))
}

/// A range of equal steps.
#[must_use]
pub const fn linear(min: f32, max: f32) -> FloatRange {
    FloatRange::Linear { min, max }
}

/// A range whose lower end takes the more travel, the smaller `factor` is.
#[must_use]
pub const fn skewed(min: f32, max: f32, factor: f32) -> FloatRange {
    FloatRange::Skewed { min, max, factor }
}

/// Describes to a host (CLAP) the pages of a controller's knobs: first those of `order`, then
/// others as the rows name them.
pub fn remote_controls(
    params: &impl Parameters,
    order: &[&str],
    context: &mut impl RemoteControlsContext,
) {
    let mut pages: Vec<(String, Vec<(usize, ParamPtr)>)> =
        order.iter().map(|page| ((*page).to_owned(), Vec::new())).collect();
    params.visit(&mut |facts, ptr| {
        for (page, place) in &facts.pages {
            match pages.iter_mut().find(|(name, _)| name == page) {
                Some((_, knobs)) => knobs.push((*place, ptr)),
                None => pages.push((page.clone().into_owned(), vec![(*place, ptr)])),
            }
        }
    });
    let section_of =
        |page: &str| page.split_once('/').map_or("", |(section, _)| section).to_owned();
    let mut sections: Vec<String> = Vec::new();
    for (page, _) in &pages {
        let section = section_of(page);
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    for name in sections {
        context.add_section(name.clone(), |section| {
            for (page, knobs) in pages.iter_mut().filter(|(page, _)| section_of(page) == name) {
                knobs.sort_by_key(|(place, _)| *place);
                let page = page.split_once('/').map_or(page.as_str(), |(_, page)| page);
                section.add_page(page, |page| knobs.iter().for_each(|(_, ptr)| add(page, *ptr)));
            }
        });
    }
}

fn add(page: &mut impl RemoteControlsPage, ptr: ParamPtr) {
    // SAFETY: the pointers are of rows that `remote_controls` borrows until it returns.
    unsafe {
        match ptr {
            ParamPtr::FloatParam(param) => page.add_param(&*param),
            ParamPtr::IntParam(param) => page.add_param(&*param),
            ParamPtr::BoolParam(param) => page.add_param(&*param),
            ParamPtr::EnumParam(param) => page.add_param(&*param),
        }
    }
}
