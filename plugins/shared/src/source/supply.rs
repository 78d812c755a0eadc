//! How the selector gets the sound that it is to play: from a letter box, which another thread fills when it is asked to.

use std::sync::Arc;

use nice_plug::util::permit_alloc;

use super::{Choice, Loaded, Needs, Selector, Wanted};
use crate::errand::Errand;
use crate::handover::Mailbox;

/// Whoever decodes the selected sound and brings it to the host's rate.
pub trait Pantry<C>: Send + Sync + 'static {
    /// Makes the sound that is selected now ready and posts it. Not real-time safe.
    fn prepare_sound(&self);

    /// Where it is posted.
    fn sounds(&self) -> &Mailbox<Loaded<C>>;
}

/// The selector with the sounds on their way to it.
pub struct Supply<C> {
    /// What plays them.
    pub selector: Selector<C>,
    /// The sound that was asked for and has not come yet.
    asked: Option<Wanted<C>>,
    prepare: Option<Errand>,
}

impl<C: Choice> Default for Supply<C> {
    fn default() -> Self {
        Self { selector: Selector::new(), asked: None, prepare: None }
    }
}

impl<C: Choice> Supply<C> {
    /// Has the wanted sound here before the first block. Hands sounds that were replaced to `discard`. Not real-time safe.
    pub fn activate(
        &mut self,
        wanted: Wanted<C>,
        pantry: &Arc<impl Pantry<C>>,
        mut discard: impl FnMut(Box<Loaded<C>>),
    ) {
        let theirs = pantry.clone();
        self.prepare.get_or_insert_with(|| Errand::new(move || theirs.prepare_sound()));
        if self.take(wanted, &**pantry, &mut discard) != Needs::Nothing {
            pantry.prepare_sound();
            self.take(wanted, &**pantry, &mut discard);
        }
        self.asked = Some(wanted);
    }

    /// Sees to it that the wanted sound is here, or on its way: an offline render waits for it, else this is real-time safe.
    /// At most two sounds that were replaced go to `discard`.
    pub fn fetch(
        &mut self,
        wanted: Wanted<C>,
        pantry: &impl Pantry<C>,
        is_offline: bool,
        mut discard: impl FnMut(Box<Loaded<C>>),
    ) {
        let already_asked = match self.take(wanted, pantry, &mut discard) {
            Needs::Nothing => return,
            Needs::Sound => self.asked == Some(wanted),
            Needs::SoundAgain => false,
        };
        if already_asked {
            return;
        }
        self.asked = Some(wanted);
        if is_offline {
            permit_alloc(|| pantry.prepare_sound());
            self.take(wanted, pantry, &mut discard);
        } else if let Some(prepare) = &self.prepare {
            prepare.ask();
        }
    }

    fn take(&mut self, wanted: Wanted<C>, pantry: &impl Pantry<C>, discard: &mut impl FnMut(Box<Loaded<C>>)) -> Needs {
        let (needs, old) = self.selector.fetch(wanted, pantry.sounds());
        if let Some(old) = old {
            discard(old);
        }
        needs
    }
}
