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
        self.place(nfx_ui::shelf::control_id(param))
    }

    pub fn named(&self, name: &str) -> Pos2 {
        self.place(Id::unique(("suite", name))).center()
    }

    pub fn focused(&self) -> Option<Id> {
        self.ctx.memory(|memory| memory.focused())
    }
}

/// The texts in a shape.
fn collect<'a>(shape: &'a Shape, galleys: &mut Vec<&'a Arc<Galley>>) {
    match shape {
        Shape::Text(text) => galleys.push(&text.galley),
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, galleys)),
        _ => {}
    }
}
