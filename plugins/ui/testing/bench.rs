//! For the plugins' tests: an editor under pointer and keyboard, without window, host or sound.

#![allow(dead_code)] // each plugin's test uses a part

use std::fmt::Debug;
use std::sync::Arc;

use egui::{
    Context, Event, Galley, Id, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Shape, Vec2,
    vec2,
};
use nfx_ui::Theme;
use nfx_ui::face::Face;
use nfx_ui::shelf::{ShelfAction, control_id};

/// A face under pointer and keyboard.
pub struct Bench<F: Face> {
    pub ctx: Context,
    pub face: F,
    pub view: F::View,
    size: Vec2,
    time: f64,
    pub modifiers: Modifiers,
    /// Whether each widget of the last frame takes the focus, and its name.
    pub names: Vec<(bool, String)>,
    /// Texts of the last frame.
    pub texts: Vec<String>,
    /// Those of them that were cut for want of room.
    pub cut: Vec<String>,
}

impl<F: Face> Bench<F>
where
    F::Action: Debug,
{
    pub fn new(tab: F::Tab, view: F::View) -> Self {
        Self::sized(tab, view, vec2(900.0, 560.0))
    }

    pub fn sized(tab: F::Tab, view: F::View, size: Vec2) -> Self {
        let ctx = Context::default();
        Theme::for_window(F::ACCENT, size).install(&ctx);
        ctx.enable_accesskit();
        let mut bench = Self {
            ctx,
            face: F::at(tab),
            view,
            size,
            time: 0.0,
            modifiers: Modifiers::NONE,
            names: Vec::new(),
            texts: Vec::new(),
            cut: Vec::new(),
        };
        // egui knows where a widget is from the frame before.
        assert_eq!(bench.frame(vec![]).len(), 0);
        assert_eq!(bench.frame(vec![]).len(), 0);
        bench
    }

    pub fn frame(&mut self, events: Vec<Event>) -> Vec<F::Action> {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            events: std::iter::once(Event::ModifiersChanged(self.modifiers))
                .chain(events)
                .collect(),
            ..RawInput::default()
        };
        let mut actions = Vec::new();
        let mut output =
            self.ctx.run_ui(input, |ui| actions.extend(self.face.show(ui, &self.view)));
        output.textures_delta.clear();
        let mut galleys = Vec::new();
        output.shapes.iter().for_each(|shape| collect(&shape.shape, &mut galleys));
        let text = |galley: &&Arc<Galley>| galley.text().to_owned();
        self.texts = galleys.iter().map(text).collect();
        self.cut = galleys.iter().filter(|galley| galley.elided).map(text).collect();
        if let Some(update) = output.platform_output.accesskit_update.take() {
            let focusable =
                |node: &egui::accesskit::Node| node.supports_action(egui::accesskit::Action::Focus);
            self.names = update
                .nodes
                .iter()
                .map(|(_, node)| (focusable(node), node.label().unwrap_or_default().to_owned()))
                .collect();
        }
        actions
    }

    pub fn frames(&mut self, steps: Vec<Vec<Event>>) -> Vec<F::Action> {
        steps.into_iter().flat_map(|events| self.frame(events)).collect()
    }

    pub fn button(&self, pos: Pos2, pressed: bool) -> Event {
        Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: self.modifiers,
        }
    }

    pub fn click(&mut self, pos: Pos2) -> Vec<F::Action> {
        let steps = vec![
            vec![Event::PointerMoved(pos)],
            vec![self.button(pos, true)],
            vec![self.button(pos, false)],
            vec![],
        ];
        let actions = self.frames(steps);
        // The next click is not to count as the second of a double-click.
        self.time += 1.0;
        actions
    }

    pub fn double_click(&mut self, pos: Pos2) -> Vec<F::Action> {
        let (down, up) = (vec![self.button(pos, true)], vec![self.button(pos, false)]);
        let moved = vec![Event::PointerMoved(pos)];
        self.frames(vec![moved, down.clone(), up.clone(), down, up, vec![]])
    }

    pub fn drag(&mut self, from: Pos2, to: Pos2) -> Vec<F::Action> {
        let mut steps = vec![vec![Event::PointerMoved(from)], vec![self.button(from, true)]];
        steps.extend(
            (1..=10).map(|i| vec![Event::PointerMoved(from + (to - from) * (i as f32 / 10.0))]),
        );
        steps.extend([vec![self.button(to, false)], vec![]]);
        let actions = self.frames(steps);
        self.time += 1.0;
        actions
    }

    pub fn press(&mut self, key: Key) -> Vec<F::Action> {
        let event = |pressed| Event::Key {
            key,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: self.modifiers,
        };
        let (down, up) = (event(true), event(false));
        self.frames(vec![vec![down], vec![up]])
    }

    pub fn place(&self, id: Id) -> Rect {
        self.ctx.read_response(id).expect("the control is on the page").rect
    }

    pub fn control(&self, param: &str) -> Rect {
        self.place(control_id(param))
    }

    pub fn named(&self, name: &str) -> Pos2 {
        self.place(Id::unique(("suite", name))).center()
    }

    pub fn focused(&self) -> Option<Id> {
        self.ctx.memory(|memory| memory.focused())
    }

    /// Presses Tab until it comes round, 80 times at most, and calls `each` where it has brought
    /// the focus.
    pub fn tab_through(&mut self, mut each: impl FnMut(&mut Self, Id)) -> Reached {
        let mut reached = Vec::new();
        for _ in 0..80 {
            let asked = self.press(Key::Tab);
            assert!(asked.is_empty(), "{asked:?}");
            let Some(id) = self.focused() else { continue };
            if reached.contains(&id) {
                break;
            }
            reached.push(id);
            each(self, id);
        }
        Reached(reached)
    }

    /// How many of the last frame's widgets that take the focus have a name, and how many have
    /// none.
    pub fn named_and_nameless(&self) -> (usize, usize) {
        let focusable = self.names.iter().filter(|(focusable, _)| *focusable);
        let (nameless, named): (Vec<_>, Vec<_>) = focusable.partition(|(_, name)| name.is_empty());
        (named.len(), nameless.len())
    }

    /// Every page draws at every size in each of these states, and asks for nothing.
    pub fn every_page_draws(states: impl IntoIterator<Item = F::View>)
    where
        F::Tab: Debug,
        F::View: Clone,
    {
        for view in states {
            for size in [
                vec2(640.0, 400.0),
                vec2(900.0, 560.0),
                vec2(1400.0, 480.0),
                vec2(3840.0, 2160.0),
                vec2(320.0, 200.0),
            ] {
                for &tab in F::PAGES.tabs {
                    let asked = Self::sized(tab, view.clone(), size).frame(vec![]);
                    assert!(asked.is_empty(), "{tab:?} at {size}: {asked:?}");
                }
            }
        }
    }
}

/// What Tab has reached on a page.
pub struct Reached(Vec<Id>);

impl Reached {
    /// The control of each of these parameters is among it.
    pub fn has_controls(&self, params: &[&str]) {
        params.iter().for_each(|param| self.has(control_id(param), param));
    }

    /// Each of these buttons is among it.
    pub fn has_named(&self, names: &[&str]) {
        names.iter().for_each(|name| self.has(Id::unique(("suite", *name)), name));
    }

    /// A widget is among it, which a failure calls `name`.
    pub fn has(&self, id: Id, name: &str) {
        assert!(self.0.contains(&id), "{name} is out of the keyboard's reach");
    }
}

/// Defines `edits_of` for what an editor asks for: the edits of one parameter, joined over frames.
/// It panics where anything else was asked for.
#[macro_export]
macro_rules! define_edits_of {
    ($action:ident) => {
        fn edits_of(actions: &[$action], param: &str) -> Vec<nfx_ui::Edit> {
            use nfx_ui::shelf::ShelfAction::Edit;
            let edits = |action: &$action| match action {
                $action::Shelf(Edit { id, edits, .. }) if id == param => edits.clone(),
                other => panic!("asked for {other:?}"),
            };
            actions.iter().flat_map(edits).collect()
        }
    };
}

/// A choice is asked for.
pub fn chosen<A: From<ShelfAction>>(id: &str, index: usize) -> A {
    ShelfAction::Choose { id: id.to_owned(), index }.into()
}

/// The texts in a shape.
fn collect<'a>(shape: &'a Shape, galleys: &mut Vec<&'a Arc<Galley>>) {
    match shape {
        Shape::Text(text) => galleys.push(&text.galley),
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, galleys)),
        _ => {}
    }
}
