//! The editor under pointer and keyboard, without window, host or sound.

#[path = "../../ui/testing/bench.rs"]
#[macro_use]
mod bench;
#[path = "../examples/shots/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use bench::chosen;
use effect_profiler::editor::face::{Face, Tab};
use effect_profiler::editor::view::{Action, CaptureAction, ShelfAction, SourceAction, Step, View};
use egui::{Event, Id, Key, vec2};
use nfx_ui::Edit;
use nfx_ui::face::Face as _;
use nfx_ui::shelf::control_id;

type Bench = bench::Bench<Face>;
define_edits_of!(Action);

fn states() -> Vec<View> {
    use fixture as f;
    vec![
        f::empty(),
        f::playing(),
        f::driven(),
        f::captured(),
        f::missing(),
        f::error(),
        f::bypassed(),
        f::offline(),
        f::matched(),
        f::no_trainer(),
        f::device(),
        f::levels(),
        f::takes(),
        f::checked(),
        f::training(),
        f::died(),
        f::listening(),
        View::default(),
    ]
}

#[test]
fn every_page_draws_at_every_size_and_asks_for_nothing() {
    Bench::every_page_draws(states());
}

#[test]
fn a_drag_is_one_gesture_and_a_value_can_be_typed() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let from = bench.control("thr").center();
    let edits = edits_of(&bench.drag(from, from - vec2(0.0, 36.0)), "thr");
    assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)));
    let label = bench.place(control_id("ratio").with("value")).center();
    assert_eq!(bench.click(label), []);
    assert_eq!(bench.frame(vec![Event::Text("2 : 1".to_owned())]), []);
    assert_eq!(edits_of(&bench.press(Key::Enter), "ratio"), [Edit::Text("2 : 1".to_owned())]);
}

#[test]
fn tab_reaches_every_control_and_arrows_turn_it() {
    let controls = ["thr", "ratio", "att", "rel", "makeup", "mix", "in", "out"];
    let reached = Bench::new(Tab::Sound, fixture::playing()).tab_through(|bench, id| {
        if let Some(&control) = controls.iter().find(|&&control| control_id(control) == id) {
            let edits = edits_of(&bench.press(Key::ArrowDown), control);
            assert!(
                matches!(edits[..], [Edit::Begin, Edit::Set(_), Edit::End]),
                "{control:?}: {edits:?}"
            );
        }
    });
    reached.has_controls(&controls);
    reached.has_named(&[
        "previous",
        "next",
        "undo",
        "own",
        "previous-profile",
        "next-profile",
        "match",
    ]);
}

#[test]
fn whatever_takes_the_focus_has_a_name() {
    for view in states() {
        for &tab in Face::PAGES.tabs {
            let mut bench = Bench::new(tab, view.clone());
            bench.frame(vec![]);
            let (named, nameless) = bench.named_and_nameless();
            assert!(named >= 8, "{tab:?}: {named}");
            // Text fields are named by the words they hold: a device's name and three fields for
            // each of its knobs.
            assert!(nameless <= 7, "{tab:?}: {nameless} of {named}");
        }
    }
}

#[test]
fn each_state_offers_its_next_step() {
    let ask = |view: View, tab: Tab, name: &str| {
        let mut bench = Bench::new(tab, view);
        let place = bench.named(name);
        bench.click(place)
    };
    let sound = |view: View, name: &str| ask(view, Tab::Sound, name);
    assert_eq!(sound(fixture::missing(), "open-missing"), [Action::Shelf(ShelfAction::OpenModel)]);
    assert_eq!(
        sound(fixture::missing(), "default-missing"),
        [Action::Shelf(ShelfAction::EmbeddedModel(0))]
    );
    let play = [Action::Source(SourceAction::Choose(1)), Action::Source(SourceAction::TogglePlay)];
    assert_eq!(sound(fixture::empty(), "play-empty"), play);
    assert_eq!(sound(fixture::bypassed(), "own"), [chosen("bypass", 0)]);
    assert_eq!(sound(fixture::playing(), "next-profile"), [Action::StepProfile(1)]);
    assert_eq!(sound(fixture::playing(), "match"), [Action::Match(true)]);
    let capture = |view: View, name: &str| ask(view, Tab::Capture, name);
    let of = |action: CaptureAction| [Action::Capture(action)];
    assert_eq!(capture(fixture::no_trainer(), "training-look"), of(CaptureAction::LookAgain));
    assert_eq!(capture(fixture::device(), "capture-prepare"), of(CaptureAction::Prepare));
    assert_eq!(
        capture(fixture::levels(), "capture-levels-done"),
        of(CaptureAction::Go(Step::Record))
    );
    assert_eq!(capture(fixture::levels(), "level-play"), of(CaptureAction::Listen(false)));
    assert_eq!(capture(fixture::takes(), "record"), of(CaptureAction::Stop));
    assert_eq!(capture(fixture::takes(), "capture-recorded"), [], "not all is recorded");
    assert_eq!(capture(fixture::checked(), "record"), of(CaptureAction::Record(0)));
    assert_eq!(capture(fixture::checked(), "capture-recorded"), of(CaptureAction::Go(Step::Train)));
    assert_eq!(capture(fixture::training(), "capture-stop"), of(CaptureAction::Stop));
    assert_eq!(capture(fixture::died(), "capture-train"), of(CaptureAction::Train));
    assert_eq!(capture(fixture::listening(), "capture-load"), of(CaptureAction::Load));
    assert_eq!(capture(fixture::listening(), "hear-X"), of(CaptureAction::Hear(Some(0))));
    assert_eq!(capture(fixture::listening(), "hear-Y"), of(CaptureAction::Hear(None)));
    assert_eq!(capture(fixture::listening(), "answer-0"), of(CaptureAction::Answer(0)));
}

#[test]
fn a_delay_is_typed_beside_the_recordings() {
    let typed = |text: &str| {
        let mut bench = Bench::new(Tab::Capture, fixture::checked());
        let field = bench.place(Id::unique("profiler-delay")).center();
        assert_eq!(bench.click(field), []);
        assert_eq!(bench.frame(vec![Event::Text(text.to_owned())]), []);
        let mut asked = bench.press(Key::Enter);
        asked.extend(bench.frame(vec![]));
        // The bench's view stays as it is, so the field asks until it has lost the focus.
        asked.dedup();
        asked
    };
    assert_eq!(typed("-37"), [Action::Capture(CaptureAction::Delay(Some(-37)))]);
    assert_eq!(typed("soon"), []);
    assert_eq!(typed(""), []);
}

#[test]
fn profiles_are_found_by_their_words_and_chosen() {
    let mut bench = Bench::new(Tab::Profiles, fixture::driven());
    let row = |index: usize| Id::unique(("profiler-row", index));
    let second = bench.place(row(1)).center();
    assert_eq!(bench.click(second), [Action::Profile("Amp lead bright".into())]);
    let search = bench.place(Id::unique("profiler-search")).center();
    bench.click(search);
    bench.frame(vec![Event::Text("fuzz pedals".to_owned())]);
    bench.frame(vec![]);
    let found = bench.place(row(6)).center();
    assert_eq!(bench.click(found), [Action::Profile("Old fuzz".into())]);
}

#[test]
fn the_chain_has_a_switch_for_each_of_its_parts() {
    let mut bench = Bench::new(Tab::Chain, fixture::driven());
    let click = |bench: &mut Bench, id: Id| {
        let place = bench.place(id).center();
        bench.click(place)
    };
    assert_eq!(click(&mut bench, control_id("gate")), [chosen("gate", 0)]);
    assert_eq!(click(&mut bench, control_id("ir")), [chosen("ir", 0)]);
    assert_eq!(click(&mut bench, control_id("cal")), [chosen("cal", 0)]);
    assert_eq!(click(&mut bench, Id::unique("profiler-repair")), [Action::Repair(false)]);
    let clear = bench.named("clear-impulse");
    assert_eq!(bench.click(clear), [Action::ClearImpulse]);
    for control in ["gthr", "qual", "irl", "dbu"] {
        let place = bench.control(control);
        let edits =
            edits_of(&bench.drag(place.center(), place.center() + vec2(10.0, 0.0)), control);
        assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)));
    }
}

#[test]
fn a_picture_at_rest_stays_at_rest() {
    let mut face = Face::default();
    for frame in 0..60 {
        face.animate(&fixture::motion(frame, false).borrow(true), 1.0 / 60.0);
    }
    assert!(face.moving());
    for _ in 0..600 {
        face.animate(&fixture::motion(0, false).borrow(false), 1.0 / 60.0);
    }
    assert!(!face.moving());
}
