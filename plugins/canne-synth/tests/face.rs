//! The editor under pointer and keyboard, without window, host or sound.

#[path = "../../ui/testing/bench.rs"]
mod bench;
#[path = "../examples/shots/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use bench::Drawn;
use canne_synth::editor::face::{Face, Tab};
use canne_synth::editor::view::{Action, Control, Mover, ShelfAction, Stage, Switch, View};
use egui::{Color32, Event, Id, Key, Modifiers, PointerButton, Ui, pos2, vec2};
use nfx_ui::Edit;
use nfx_ui::theme::TEAL;

impl Drawn for Face {
    type Tab = Tab;
    type View = View;
    type Action = Action;
    type Control = Control;
    const NAME: &'static str = "canne";
    const ACCENT: Color32 = TEAL;

    fn at(tab: Tab) -> Self {
        Face::at(tab)
    }

    fn draw(&mut self, ui: &mut Ui, view: &View) -> Vec<Action> {
        self.show(ui, view)
    }
}

type Bench = bench::Bench<Face>;

const PAGES: [Tab; 9] =
    [Tab::Sound, Tab::Map, Tab::Motion, Tab::Voice, Tab::Loop, Tab::Presets, Tab::Models, Tab::Train, Tab::Help];

/// The edits of one control, joined over frames.
fn edits_of(actions: &[Action], control: Control) -> Vec<Edit> {
    let edits = |action: &Action| match action {
        Action::Edit(of, edits) if *of == control => edits.clone(),
        other => panic!("asked for {other:?}"),
    };
    actions.iter().flat_map(edits).collect()
}

#[test]
fn every_page_draws_at_every_size_and_asks_for_nothing() {
    let states =
        [fixture::empty(), fixture::mono(), fixture::palette(), fixture::missing(), fixture::ways(), View::default()];
    for view in states {
        for size in
            [vec2(640.0, 400.0), vec2(900.0, 560.0), vec2(1400.0, 480.0), vec2(3840.0, 2160.0), vec2(320.0, 200.0)]
        {
            for tab in PAGES {
                let mut bench = Bench::sized(tab, view.clone(), size);
                assert_eq!(bench.frame(vec![]), [], "{tab:?} at {size}");
            }
        }
    }
}

#[test]
fn a_slider_moves_with_the_pointer_and_rests_on_a_double_click() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let control = Control::Slider(0);
    let start = bench.view.normal(control);
    let from = bench.control(control).center();
    let edits = edits_of(&bench.drag(from, from - vec2(0.0, 20.0)), control);
    assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)));
    let Some(Edit::Set(there)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
    assert!(*there > start + 0.1, "{start} {there}");
    let (down, up) = (bench.button(from, true), bench.button(from, false));
    let steps =
        vec![vec![Event::PointerMoved(from)], vec![down.clone()], vec![up.clone()], vec![down], vec![up], vec![]];
    let edits = edits_of(&bench.frames(steps), control);
    // To where the model's sounds have their middle, not to the host's default.
    assert_eq!(edits, [Edit::Begin, Edit::Set(bench.view.rests[0]), Edit::End]);
}

#[test]
fn a_value_can_be_typed() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let label = bench.place(Id::unique(("canne", Control::Slider(2))).with("value")).center();
    assert_eq!(bench.click(label), []);
    bench.frame(vec![Event::Text("12 %".to_owned())]);
    let actions = bench.press(Key::Enter);
    assert_eq!(actions, [Action::Edit(Control::Slider(2), vec![Edit::Text("12 %".to_owned())])]);
}

#[test]
fn the_pad_moves_both_ways_recalls_and_stores() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let pad = bench.control(Control::MorphX);
    let actions = bench.drag(pad.center(), pad.center() + vec2(30.0, -20.0));
    let last = |control: Control| {
        actions.iter().rev().find_map(|action| match action {
            Action::Edit(of, edits) if *of == control => {
                edits.iter().find_map(|edit| if let Edit::Set(to) = edit { Some(*to) } else { None })
            }
            _ => None,
        })
    };
    assert!(last(Control::MorphX).unwrap() > 0.55 && last(Control::MorphY).unwrap() < 0.45, "{actions:?}");
    let corner = bench.place(Id::unique(("canne-corner", 2_usize))).center();
    assert_eq!(bench.click(corner), [Action::RecallCorner(2)]);
    let press = |pressed| Event::PointerButton {
        pos: corner,
        button: PointerButton::Secondary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let actions = bench.frames(vec![vec![press(true)], vec![press(false)], vec![]]);
    assert_eq!(actions, [Action::StoreCorner(2)]);
}

#[test]
fn the_map_is_dragged_and_its_dots_are_clicked() {
    let mut bench = Bench::new(Tab::Map, fixture::playing());
    let map = bench.place(Id::unique("canne-map"));
    let actions = bench.drag(map.center(), map.center() + vec2(40.0, 10.0));
    assert_eq!((actions.first(), actions.last()), (Some(&Action::MapBegin), Some(&Action::MapEnd)));
    assert!(actions.iter().any(|action| matches!(action, Action::MapTo(_))));
    // The dots lie close: somewhere near the middle of a cloud is one.
    let hit = (0..20).any(|i| {
        let at = map.left_top() + vec2(map.width() * (0.2 + 0.03 * i as f32), map.height() * 0.35);
        matches!(bench.click(at)[..], [Action::Spot(_)])
    });
    assert!(hit);
}

#[test]
fn the_envelopes_points_move_their_times() {
    let mut bench = Bench::new(Tab::Motion, fixture::playing());
    let decay = bench.place(Id::unique(("canne-handle", true, 1_usize))).center();
    let actions = bench.drag(decay, decay + vec2(10.0, 15.0));
    for (control, up) in [(Control::Amp(Stage::Decay), true), (Control::Amp(Stage::Sustain), false)] {
        let own: Vec<Action> =
            actions.iter().filter(|action| matches!(action, Action::Edit(of, _) if *of == control)).cloned().collect();
        let edits = edits_of(&own, control);
        assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)), "{control:?}");
        let Some(Edit::Set(there)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
        assert_eq!(*there > bench.view.normal(control), up, "{control:?}: {there}");
    }
}

#[test]
fn depths_are_dragged_and_switches_flipped() {
    let mut bench = Bench::new(Tab::Motion, fixture::playing());
    let control = Control::Depth(Mover::Lfo(0), 1);
    let at = bench.control(control).center();
    let edits = edits_of(&bench.drag(at, at + vec2(20.0, 0.0)), control);
    assert!(matches!(edits[edits.len() - 2], Edit::Set(to) if to > 0.6));
    let sync = bench.place(Id::unique(("canne-switch", Switch::LfoSync(0)))).left_center() + vec2(10.0, 0.0);
    assert_eq!(bench.click(sync), [Action::Choose(Switch::LfoSync(0), 1)]);
    // The second oscillator has the same row.
    let which = bench.place(Id::unique("canne-which-lfo"));
    bench.click(which.right_center() - vec2(8.0, 0.0));
    let retrigger = bench.place(Id::unique(("canne-switch", Switch::LfoRetrigger(1)))).left_center() + vec2(10.0, 0.0);
    assert_eq!(bench.click(retrigger), [Action::Choose(Switch::LfoRetrigger(1), 1)]);
    let drone = bench.named("own");
    assert_eq!(bench.click(drone), [Action::Choose(Switch::Drone, 1)]);
}

#[test]
fn the_keys_on_the_screen_play_and_let_go() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let keys = bench.place(Id::unique("canne-keys"));
    let actions = bench.click(keys.left_bottom() + vec2(8.0, -4.0));
    let [Action::Key(48, velocity), Action::Key(48, up)] = actions[..] else { panic!("{actions:?}") };
    assert!(velocity > 0.9 && up == 0.0);
    // A drag over keys plays one after the other, and leaves none hanging.
    let actions = bench.drag(keys.left_bottom() + vec2(8.0, -4.0), keys.left_bottom() + vec2(120.0, -4.0));
    let mut down = Vec::new();
    for action in actions {
        match action {
            Action::Key(note, velocity) if velocity > 0.0 => down.push(note),
            Action::Key(note, _) => down.retain(|held| *held != note),
            other => panic!("{other:?}"),
        }
    }
    assert!(down.is_empty());
}

#[test]
fn the_computers_keys_play_in_the_program_of_its_own_alone() {
    let mut bench = Bench::new(Tab::Sound, fixture::standalone());
    assert_eq!(bench.press(Key::A), [Action::Key(48, 0.8), Action::Key(48, 0.0)]);
    assert_eq!(bench.press(Key::X), []);
    assert_eq!(bench.press(Key::W), [Action::Key(61, 0.8), Action::Key(61, 0.0)]);
    let mut bench = Bench::new(Tab::Sound, fixture::empty());
    assert_eq!(bench.press(Key::A), []);
}

#[test]
fn each_state_offers_its_next_step() {
    let mut bench = Bench::new(Tab::Sound, fixture::missing());
    let (open, default) = (bench.named("open-missing"), bench.named("default-missing"));
    assert_eq!(bench.click(open), [Action::Shelf(ShelfAction::OpenModel)]);
    assert_eq!(bench.click(default), [Action::Shelf(ShelfAction::EmbeddedModel(0))]);
    let mut bench = Bench::new(Tab::Map, fixture::playing());
    let open = bench.named("open-sample");
    assert_eq!(bench.click(open), [Action::OpenSample]);
    let mut bench = Bench::new(Tab::Map, fixture::ways());
    let (way, mutate) = (bench.named("way-2"), bench.named("mutate"));
    assert_eq!(bench.click(way), [Action::Candidate(2)]);
    assert_eq!(bench.click(mutate), [Action::Mutate]);
    let mut bench = Bench::new(Tab::Map, fixture::taken());
    let clear = bench.named("drop-take");
    assert_eq!(bench.click(clear), [Action::DropTake]);
    let mut bench = Bench::new(Tab::Loop, fixture::playing());
    let write = bench.named("write-loop");
    assert_eq!(bench.click(write), [Action::WriteLoop]);
    let mut bench = Bench::new(Tab::Sound, fixture::written());
    let dismiss = bench.place(Id::unique("suite-dismiss")).center();
    assert_eq!(bench.click(dismiss), [Action::Shelf(ShelfAction::Dismiss)]);
}

#[test]
fn a_scale_is_asked_for_and_cleared() {
    let mut bench = Bench::new(Tab::Voice, fixture::playing());
    let load = bench.named("load-tuning");
    assert_eq!(bench.click(load), [Action::LoadTuning]);
    let mut bench = Bench::new(Tab::Voice, fixture::tuned());
    let clear = bench.named("clear-tuning");
    assert_eq!(bench.click(clear), [Action::ClearTuning]);
}

#[test]
fn every_control_is_in_the_keyboards_reach_and_has_a_name() {
    for tab in [Tab::Sound, Tab::Motion, Tab::Voice] {
        let mut bench = Bench::new(tab, fixture::playing());
        let mut reached = Vec::new();
        for _ in 0..140 {
            bench.press(Key::Tab);
            reached.extend(bench.focused());
        }
        let controls: Vec<Control> = match tab {
            Tab::Motion => {
                Control::all().filter(|control| matches!(control, Control::Depth(..) | Control::Amp(_))).collect()
            }
            Tab::Voice => {
                let keys = [Control::Voices, Control::Glide, Control::Bend, Control::Unison, Control::UnisonDetune];
                let tone = [
                    Control::Fine,
                    Control::Tune,
                    Control::Noise,
                    Control::UnisonSpread,
                    Control::Reach,
                    Control::Likeness,
                ];
                [&keys[..], &tone].concat()
            }
            _ => (0..8).map(Control::Slider).chain([Control::Shift, Control::Tilt, Control::Morph]).collect(),
        };
        for control in controls {
            assert!(reached.contains(&Id::unique(("canne", control))), "{control:?} is out of the keyboard's reach");
        }
        let unnamed = bench.names.iter().filter(|(focusable, name)| *focusable && name.is_empty()).count();
        assert_eq!(unnamed, 0, "{tab:?}: controls without a name");
    }
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    assert_eq!(bench.click(pos2(450.0, 25.0)), [], "nothing is asked for between controls");
}

#[test]
fn the_main_pages_read_at_every_size_without_a_cut_word() {
    for size in [vec2(640.0, 400.0), vec2(900.0, 560.0), vec2(1800.0, 1120.0)] {
        for tab in [Tab::Sound, Tab::Motion] {
            let mut bench = Bench::sized(tab, fixture::playing(), size);
            bench.frame(vec![]);
            assert_eq!(bench.cut, Vec::<String>::new(), "{tab:?} at {size}");
        }
    }
}
