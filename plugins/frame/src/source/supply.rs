//! How the selector gets the sound that it is to play: from a letter box, which another thread
//! fills when it is asked to.

use std::sync::Arc;

use nice_plug::util::permit_alloc;
use parking_lot::Mutex;

use super::{Choice, Loaded, Needs, Selector, SourceFile, Wanted, prepare_or_silence};
use crate::mailbox::Mailbox;
use crate::task::Task;

/// Where a prepared sound waits for the audio thread.
pub struct Outbox<C> {
    letters: Mailbox<Loaded<C>>,
    problem: Mutex<Option<String>>,
}

impl<C> Outbox<C> {
    /// With nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self { letters: Mailbox::new(), problem: Mutex::new(None) }
    }

    /// Why the last sound in it is silent, as a sentence. Not real-time safe.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        self.problem.lock().clone()
    }
}

impl<C> Default for Outbox<C> {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever knows which sound is selected.
pub trait Chooser<C: Choice>: Send + Sync + 'static {
    /// The sound that is selected now, at the host's rate, and the user's file; none before the
    /// host has said its rate. Not real-time safe.
    fn selected(&self) -> Option<(Wanted<C>, Option<Arc<SourceFile>>)>;

    /// Where it is posted. Real-time safe.
    fn outbox(&self) -> &Outbox<C>;
}

/// Decodes the selected sound, brings it to the host's rate and posts it. Not real-time safe.
fn prepare_selected<C: Choice>(chooser: &impl Chooser<C>) {
    let Some((wanted, file)) = chooser.selected() else { return };
    if wanted.choice == C::HOST {
        return;
    }
    let (loaded, problem) = prepare_or_silence(wanted, file.as_deref());
    let outbox = chooser.outbox();
    *outbox.problem.lock() = problem;
    drop(outbox.letters.post(Box::new(loaded)));
}

/// The selector with the sounds on their way to it.
pub struct Supply<C> {
    /// What plays them.
    pub selector: Selector<C>,
    /// The sound that was asked for and has not come yet.
    asked: Option<Wanted<C>>,
    prepare: Option<Task>,
}

impl<C: Choice> Default for Supply<C> {
    fn default() -> Self {
        Self { selector: Selector::new(), asked: None, prepare: None }
    }
}

impl<C: Choice> Supply<C> {
    /// Has the wanted sound here before the first block. Hands sounds that were replaced to
    /// `discard`. Not real-time safe.
    pub fn activate(
        &mut self,
        wanted: Wanted<C>,
        chooser: &Arc<impl Chooser<C>>,
        mut discard: impl FnMut(Box<Loaded<C>>),
    ) {
        let theirs = chooser.clone();
        self.prepare.get_or_insert_with(|| Task::new(move || prepare_selected(&*theirs)));
        if self.take(wanted, &**chooser, &mut discard) != Needs::Nothing {
            prepare_selected(&**chooser);
            self.take(wanted, &**chooser, &mut discard);
        }
        self.asked = Some(wanted);
    }

    /// Sees to it that the wanted sound is here, or on its way: an offline render waits for it,
    /// else this is real-time safe. At most two sounds that were replaced go to `discard`.
    pub fn fetch(
        &mut self,
        wanted: Wanted<C>,
        chooser: &impl Chooser<C>,
        is_offline: bool,
        mut discard: impl FnMut(Box<Loaded<C>>),
    ) {
        let already_asked = match self.take(wanted, chooser, &mut discard) {
            Needs::Nothing => return,
            Needs::Sound => self.asked == Some(wanted),
            Needs::SoundAgain => false,
        };
        if already_asked {
            return;
        }
        self.asked = Some(wanted);
        if is_offline {
            permit_alloc(|| prepare_selected(chooser));
            self.take(wanted, chooser, &mut discard);
        } else if let Some(prepare) = &self.prepare {
            prepare.ask();
        }
    }

    fn take(
        &mut self,
        wanted: Wanted<C>,
        chooser: &impl Chooser<C>,
        discard: &mut impl FnMut(Box<Loaded<C>>),
    ) -> Needs {
        let (needs, old) = self.selector.fetch(wanted, &chooser.outbox().letters);
        if let Some(old) = old {
            discard(old);
        }
        needs
    }
}
