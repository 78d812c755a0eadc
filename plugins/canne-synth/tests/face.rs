//! The editor under pointer and keyboard, without window, host or sound.

#[path = "../../ui/testing/bench.rs"]
#[macro_use]
mod bench;
#[path = "../examples/shots/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use bench::chosen;
use canne_synth::editor::face::{Face, Tab};
use canne_synth::editor::view::{Action, ShelfAction, View};
use egui::{Event, Id, Key, Modifiers, PointerButton, pos2, vec2};
use nfx_ui::Edit;
use nfx_ui::shelf::control_id;

type Bench = bench::Bench<Face>;
define_edits_of!(Action);

#[test]
fn every_page_draws_at_every_size_and_asks_for_nothing() {
    Bench::every_page_draws([
        fixture::empty(),
        fixture::mono(),
        fixture::palette(),
        fixture::missing(),
        fixture::ways(),
        View::default(),
    ]);
}

#[test]
fn a_slider_moves_with_the_pointer_and_rests_on_a_double_click() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let control = "l1";
    let start = bench.view.values.normal(control);
    let from = bench.control(control).center();
    let edits = edits_of(&bench.drag(from, from - vec2(0.0, 20.0)), control);
    assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)));
    let Some(Edit::Set(there)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
    assert!(*there > start + 0.1, "{start} {there}");
    let edits = edits_of(&bench.double_click(from), control);
    // To where the model's sounds have their middle, not to the host's default.
    assert_eq!(edits, [Edit::Begin, Edit::Set(bench.view.rests[0]), Edit::End]);
}

#[test]
fn a_value_can_be_typed() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let label = bench.place(control_id("l3").with("value")).center();
    assert_eq!(bench.click(label), []);
    bench.frame(vec![Event::Text("12 %".to_owned())]);
    assert_eq!(edits_of(&bench.press(Key::Enter), "l3"), [Edit::Text("12 %".to_owned())]);
}

#[test]
fn the_pad_moves_both_ways_recalls_and_stores() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let pad = bench.control("mx");
    let actions = bench.drag(pad.center(), pad.center() + vec2(30.0, -20.0));
    let last = |param: &str| {
        actions.iter().rev().find_map(|action| match action {
            Action::Shelf(ShelfAction::Edit { id, edits, .. }) if id == param => edits
                .iter()
                .find_map(|edit| if let Edit::Set(to) = edit { Some(*to) } else { None }),
            _ => None,
        })
    };
    assert!(last("mx").unwrap() > 0.55 && last("my").unwrap() < 0.45, "{actions:?}");
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
    let decay = bench.place(Id::unique(("canne-handle", true, "d"))).center();
    let actions = bench.drag(decay, decay + vec2(10.0, 15.0));
    for (control, up) in [("amp_d", true), ("amp_s", false)] {
        let is_own = |action: &&Action| matches!(action, Action::Shelf(ShelfAction::Edit { id, .. }) if id == control);
        let own: Vec<Action> = actions.iter().filter(is_own).cloned().collect();
        let edits = edits_of(&own, control);
        assert_eq!(
            (edits.first(), edits.last()),
            (Some(&Edit::Begin), Some(&Edit::End)),
            "{control:?}"
        );
        let Some(Edit::Set(there)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
        assert_eq!(*there > bench.view.values.normal(control), up, "{control:?}: {there}");
    }
}

#[test]
fn depths_are_dragged_and_switches_flipped() {
    let mut bench = Bench::new(Tab::Motion, fixture::playing());
    let control = "f2";
    let at = bench.control(control).center();
    let edits = edits_of(&bench.drag(at, at + vec2(20.0, 0.0)), control);
    assert!(matches!(edits[edits.len() - 2], Edit::Set(to) if to > 0.6));
    let sync = bench.place(control_id("fsync")).left_center() + vec2(10.0, 0.0);
    assert_eq!(bench.click(sync), [chosen("fsync", 1)]);
    // The second oscillator has the same row.
    let which = bench.place(Id::unique("canne-which-lfo"));
    bench.click(which.right_center() - vec2(8.0, 0.0));
    let retrigger = bench.place(control_id("lfo2_fretrig")).left_center() + vec2(10.0, 0.0);
    assert_eq!(bench.click(retrigger), [chosen("lfo2_fretrig", 1)]);
    let drone = bench.named("own");
    assert_eq!(bench.click(drone), [chosen("drone", 1)]);
}

#[test]
fn the_keys_on_the_screen_play_and_let_go() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let keys = bench.place(Id::unique("canne-keys"));
    let actions = bench.click(keys.left_bottom() + vec2(8.0, -4.0));
    let [Action::Key(48, velocity), Action::Key(48, up)] = actions[..] else {
        panic!("{actions:?}")
    };
    assert!(velocity > 0.9 && up == 0.0);
    // A drag over keys plays one after the other, and leaves none hanging.
    let actions =
        bench.drag(keys.left_bottom() + vec2(8.0, -4.0), keys.left_bottom() + vec2(120.0, -4.0));
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
        let numbered = |letter: &str| (1..=8).map(|i| format!("{letter}{i}")).collect::<Vec<_>>();
        let named = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let controls: Vec<String> = match tab {
            Tab::Motion => {
                let depths =
                    ["e", "f", "lfo2_f", "v", "p", "w", "s"].into_iter().flat_map(numbered);
                depths.chain(named(&["amp_a", "amp_d", "amp_s", "amp_r"])).collect()
            }
            Tab::Voice => named(&[
                "voices", "glide", "bend", "uni", "udet", "fine", "tune", "noise", "uspr", "reach",
                "like",
            ]),
            _ => numbered("l").into_iter().chain(named(&["shift", "tilt", "morph"])).collect(),
        };
        for control in controls {
            assert!(
                reached.contains(&control_id(&control)),
                "{control} is out of the keyboard's reach"
            );
        }
        assert_eq!(bench.named_and_nameless().1, 0, "{tab:?}: controls without a name");
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
