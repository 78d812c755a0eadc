//! The editor under pointer and keyboard, without window, host or sound.

#[path = "../../ui/testing/bench.rs"]
#[macro_use]
mod bench;
#[path = "../examples/shots/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use anne_fx::editor::face::{Face, Tab};
use anne_fx::editor::view::{Action, Card, ShelfAction, SourceAction, View};
use anne_fx::params::{KNOB_IDS, trim_id};
use bench::{Reached, chosen};
use egui::{Event, Id, Key, Modifiers, MouseWheelUnit, TouchPhase, pos2, vec2};
use nfx_core::models::spectral::{DIRECTION_IDS, MACROS, MAX_DIRECTIONS};
use nfx_ui::Edit;
use nfx_ui::face::Face as _;
use nfx_ui::shelf::control_id;

type Bench = bench::Bench<Face>;
define_edits_of!(Action);

#[test]
fn every_page_draws_at_every_size_and_asks_for_nothing() {
    Bench::every_page_draws([
        fixture::empty(),
        fixture::own_split(),
        fixture::missing(),
        fixture::error(),
        fixture::training(false),
        fixture::training(true),
        fixture::no_trainer(),
        fixture::bypassed(),
        fixture::offline(),
        View::default(),
    ]);
}

#[test]
fn a_drag_is_one_gesture_and_shift_makes_it_fine() {
    let mut bench = Bench::new(Tab::Latents, fixture::playing());
    let start = bench.view.values.normal("a");
    let from = bench.control("a").center();
    let edits = edits_of(&bench.drag(from, from - vec2(0.0, 36.0)), "a");
    assert_eq!(edits.first(), Some(&Edit::Begin));
    assert_eq!(edits.last(), Some(&Edit::End));
    let Some(Edit::Set(coarse)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
    assert!(*coarse > start + 0.1 && *coarse < start + 0.25, "{coarse}");
    bench.modifiers = Modifiers::SHIFT;
    let edits = edits_of(&bench.drag(from, from - vec2(0.0, 36.0)), "a");
    let Some(Edit::Set(fine)) = edits.get(edits.len() - 2) else { panic!("{edits:?}") };
    assert!(((fine - start) * 10.0 - (coarse - start)).abs() < 0.02, "{fine} {coarse}");
}

#[test]
fn a_double_click_resets_and_the_wheel_turns() {
    let mut bench = Bench::new(Tab::Latents, fixture::playing());
    let neutral = bench.view.values.get("c").expect("it is there").value.neutral;
    let pos = bench.control("c").center();
    let edits = edits_of(&bench.double_click(pos), "c");
    assert_eq!(edits, [Edit::Begin, Edit::Set(neutral), Edit::End]);
    let wheel = Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, 1.0),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    };
    let edits = edits_of(&bench.frame(vec![wheel]), "c");
    assert!(
        matches!(edits[..], [Edit::Begin, Edit::Set(value), Edit::End] if value > bench.view.values.normal("c"))
    );
}

#[test]
fn a_hint_stands_near_a_resting_pointer_until_the_control_is_used() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let help = bench.view.values.get("morph").expect("it is there").help.to_owned();
    let lines: Vec<&str> = help.lines().collect();
    let [first, second] = lines[..] else { panic!("two lines were expected: {help:?}") };
    let pos = bench.control("morph").center();
    bench.frames(vec![vec![Event::PointerMoved(pos)]; 20]);
    let both = format!("{first} {second}");
    let foot = |bench: &Bench| bench.texts.iter().filter(|text| **text == both).count();
    let near =
        |bench: &Bench| bench.texts.iter().filter(|text| lines.contains(&text.as_str())).count();
    assert_eq!((foot(&bench), near(&bench)), (1, 0), "before half a second");
    bench.frames(vec![vec![]; 20]);
    assert_eq!((foot(&bench), near(&bench)), (1, 2), "after half a second");
    let (down, up) = (bench.button(pos, true), bench.button(pos, false));
    bench.frames(vec![vec![down], vec![up], vec![]]);
    assert_eq!((foot(&bench), near(&bench)), (1, 0), "in use");
}

#[test]
fn a_value_can_be_typed() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let label = bench.place(control_id("mix").with("value")).center();
    assert_eq!(bench.click(label), []);
    assert_eq!(bench.frame(vec![Event::Text("35 %".to_owned())]), []);
    assert_eq!(edits_of(&bench.press(Key::Enter), "mix"), [Edit::Text("35 %".to_owned())]);
    // Escape leaves the value alone.
    assert_eq!(bench.click(label), []);
    bench.frame(vec![Event::Text("99".to_owned())]);
    assert_eq!(bench.press(Key::Escape), []);
    assert_eq!(bench.press(Key::Enter), []);
}

#[test]
fn tab_reaches_every_control_and_arrows_turn_it() {
    let small = ["morph", "mix", "in", "out"];
    let macros: Vec<&str> = DIRECTION_IDS.into_iter().chain(small).collect();
    let reached = reached_by_tab(Tab::Sound, &macros);
    reached.has_named(&["previous", "next", "undo", "own", "freeze", "randomise"]);
    for id in ["suite-preset", "suite-model", "suite-ab", "anne-tabs", "anne-latents"] {
        reached.has(Id::unique(id), id);
    }
    for place in 0..MAX_DIRECTIONS - MACROS {
        reached.has(Id::unique(("anne-name", place)), &format!("name {place}"));
    }
    let knobs: Vec<&str> = KNOB_IDS.into_iter().chain(small).collect();
    reached_by_tab(Tab::Latents, &knobs);
}

/// What the tabulator reaches on a page; every one of `controls` is there and turns with the arrow
/// keys.
fn reached_by_tab(tab: Tab, controls: &[&str]) -> Reached {
    let reached = Bench::new(tab, fixture::playing()).tab_through(|bench, id| {
        if let Some(&control) = controls.iter().find(|&&control| control_id(control) == id) {
            let value = bench.view.values.normal(control);
            let edits = edits_of(&bench.press(Key::ArrowUp), control);
            assert!(
                matches!(edits[..], [Edit::Begin, Edit::Set(to), Edit::End] if to > value || to == 1.0),
                "{control:?} does not turn: {edits:?}"
            );
            assert_eq!(bench.focused(), Some(id), "{control:?} lets the arrow keys go");
        }
    });
    reached.has_controls(controls);
    reached
}

#[test]
fn a_name_is_typed_and_the_ear_goes_back_to_where_it_was() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    let name = bench.place(Id::unique(("anne-name", 0_usize))).center();
    assert_eq!(bench.click(name), []);
    assert_eq!(bench.frame(vec![Event::Text("Bark".to_owned())]), []);
    assert_eq!(bench.press(Key::Enter), [Action::Rename(0, "Bark".to_owned())]);
    let control = DIRECTION_IDS[MACROS + 1];
    let here = bench.view.values.normal(control);
    let ear = bench.place(Id::unique(("anne-listen", MACROS + 1))).center();
    let (down, up) = (bench.button(ear, true), bench.button(ear, false));
    let edits = edits_of(
        &bench.frames(vec![vec![Event::PointerMoved(ear)], vec![down], vec![up], vec![]]),
        control,
    );
    assert_eq!(edits.first(), Some(&Edit::Begin), "{edits:?}");
    assert!(
        edits.iter().any(|edit| matches!(edit, Edit::Set(there) if (there - here).abs() > 0.2)),
        "{edits:?}"
    );
    assert_eq!(edits[edits.len() - 2..], [Edit::Set(here), Edit::End]);
}

#[test]
fn a_model_without_directions_has_knobs_everywhere() {
    let mut view = fixture::playing();
    let card =
        Card { directions: Vec::new(), ..view.shelf.card.as_deref().cloned().expect("a card") };
    view.shelf.card = Some(std::sync::Arc::new(card));
    let mut bench = Bench::new(Tab::Sound, view);
    bench.frame(vec![]);
    bench.control("a");
}

#[test]
fn whatever_takes_the_focus_has_a_name() {
    for &tab in Face::PAGES.tabs {
        let mut bench = Bench::new(tab, fixture::own_split());
        bench.frame(vec![]);
        let (named, nameless) = bench.named_and_nameless();
        // The page of the training has the knobs' room, too.
        let least = if tab == Tab::Train { 10 } else { 20 };
        assert!(named > least, "{tab:?}: {named}");
        // Text fields are named by the words they hold.
        assert!(nameless <= 2, "{tab:?}: {nameless} of {named}");
    }
}

#[test]
fn latents_mute_solo_and_trim() {
    let mut bench = Bench::new(Tab::Latents, fixture::playing());
    let area = bench.place(Id::unique("anne-latents"));
    let slot = area.width() / 64.0;
    let at = |index: usize| pos2(area.left() + slot * (index as f32 + 0.5), area.top() + 60.0);
    assert_eq!(bench.click(at(10)), [Action::Mute(10)]);
    bench.modifiers = Modifiers::ALT;
    assert_eq!(bench.click(at(63)), [Action::Solo(63)]);
    bench.modifiers = Modifiers::NONE;
    let edits = edits_of(&bench.drag(at(30), at(30) - vec2(0.0, 40.0)), &trim_id(30));
    assert_eq!((edits.first(), edits.last()), (Some(&Edit::Begin), Some(&Edit::End)));
    assert!(edits.iter().any(|edit| matches!(edit, Edit::Set(value) if *value > 0.6)), "{edits:?}");
}

#[test]
fn borders_move_in_ones_own_split_alone() {
    let border = |bench: &Bench| {
        bench
            .ctx
            .read_response(Id::unique("anne-latents").with(("border", 1)))
            .map(|response| response.rect)
    };
    assert_eq!(border(&Bench::new(Tab::Latents, fixture::playing())), None);
    let mut bench = Bench::new(Tab::Latents, fixture::own_split());
    let from = border(&bench).expect("the border has a handle").center();
    let slot = bench.place(Id::unique("anne-latents")).width() / 64.0;
    let actions = bench.drag(from, from + vec2(slot * 3.0, 0.0));
    assert!(actions.contains(&Action::Border(1, 19)), "{actions:?}");
    // No group is ever left empty.
    let actions = bench.drag(from, from - vec2(slot * 40.0, 0.0));
    let lowest = actions
        .iter()
        .map(|action| if let Action::Border(1, at) = action { *at } else { panic!("{action:?}") })
        .min();
    assert_eq!(lowest, Some(7));
}

#[test]
fn each_state_offers_its_next_step() {
    let mut bench = Bench::new(Tab::Sound, fixture::missing());
    let (open, default) = (bench.named("open-missing"), bench.named("default-missing"));
    assert_eq!(bench.click(open), [Action::Shelf(ShelfAction::OpenModel)]);
    assert_eq!(bench.click(default), [Action::Shelf(ShelfAction::EmbeddedModel(0))]);
    let mut bench = Bench::new(Tab::Sound, fixture::empty());
    let play = bench.named("play-empty");
    assert_eq!(
        bench.click(play),
        [Action::Source(SourceAction::Choose(1)), Action::Source(SourceAction::TogglePlay)]
    );
    let mut bench = Bench::new(Tab::Sound, fixture::error());
    let dismiss = bench.place(Id::unique("suite-dismiss")).center();
    assert_eq!(bench.click(dismiss), [Action::Shelf(ShelfAction::Dismiss)]);
    let mut bench = Bench::new(Tab::Sound, fixture::bypassed());
    let bypass = bench.named("own");
    assert_eq!(bench.click(bypass), [chosen("bypass", 0)]);
}

#[test]
fn presets_are_found_saved_and_deleted_only_when_asked_twice() {
    let mut bench = Bench::new(Tab::Presets, fixture::presets());
    let row = |index: usize| Id::unique(("suite-preset-row", index));
    let third = bench.place(row(2)).center();
    assert_eq!(bench.click(third), [Action::Shelf(ShelfAction::LoadPreset(2))]);
    let search = bench.place(Id::unique("suite-search")).center();
    bench.click(search);
    bench.frame(vec![Event::Text("cowb".to_owned())]);
    bench.frame(vec![]);
    assert_eq!(bench.face.browser.search, "cowb");
    let found = bench.place(row(2)).center();
    assert_eq!(bench.click(found), [Action::Shelf(ShelfAction::LoadPreset(2))]);
    let save = bench.named("save");
    assert_eq!(
        bench.click(save),
        [Action::Shelf(ShelfAction::SavePreset("Glass Choir".to_owned()))]
    );
    let delete = bench.named("delete");
    assert_eq!(bench.click(delete), [], "a factory preset cannot be deleted");
    bench.view.shelf.preset_at = Some(16);
    bench.view.shelf.preset = "Vocal wash 2".to_owned();
    bench.frame(vec![]);
    assert_eq!(bench.click(delete), []);
    assert_eq!(bench.click(delete), [Action::Shelf(ShelfAction::DeletePreset(16))]);
}

#[test]
fn morph_goes_towards_a_file_or_the_side_chain() {
    let mut bench = Bench::new(Tab::Source, fixture::playing());
    let (open, back) = (bench.named("open-second"), bench.named("drop-second"));
    assert_eq!(bench.click(open), [Action::OpenSecond]);
    assert_eq!(bench.click(back), [], "it goes towards the side chain already");
    bench.view.second = Some("choir.wav".to_owned());
    bench.frame(vec![]);
    assert_eq!(bench.click(back), [Action::DropSecond]);
}

#[test]
fn presets_are_starred_filtered_renamed_and_exchanged() {
    let mut bench = Bench::new(Tab::Presets, fixture::presets());
    let star = bench.place(Id::unique(("suite-preset-star", 2usize))).center();
    assert_eq!(bench.click(star), [Action::Shelf(ShelfAction::StarPreset(2))]);
    // All, Favourites, Mine, Bass, Drums.
    let drums = bench.place(Id::unique(("suite-category", 4usize))).center();
    assert_eq!(bench.click(drums), []);
    assert_eq!(bench.face.browser.category.name(), "Drums");
    bench.frame(vec![]);
    let listed: Vec<&str> = bench
        .view
        .shelf
        .presets
        .iter()
        .filter(|line| bench.face.browser.lists(line))
        .map(|line| line.name.as_str())
        .collect();
    assert_eq!(listed, ["Piano to Kick", "Snare to Cowbell", "Paper Drum"]);
    let rename = bench.named("rename");
    assert_eq!(bench.click(rename), [], "a factory preset cannot be renamed");
    bench.view.shelf.preset_at = Some(16);
    bench.view.shelf.preset = "Vocal wash 2".to_owned();
    bench.frame(vec![]);
    assert_eq!(bench.click(rename), [], "it has this name already");
    bench.face.browser.name = "Vocal wash 3 #voice".to_owned();
    bench.frame(vec![]);
    let wish = ShelfAction::RenamePreset(16, "Vocal wash 3 #voice".to_owned());
    assert_eq!(bench.click(rename), [Action::Shelf(wish)]);
    for (button, wish) in
        [("import", ShelfAction::ImportPreset), ("export", ShelfAction::ExportPreset)]
    {
        let place = bench.named(button);
        assert_eq!(bench.click(place), [Action::Shelf(wish)]);
    }
}

#[test]
fn a_picture_at_rest_stays_at_rest() {
    let mut face = Face::default();
    for frame in 0..60 {
        face.animate(&fixture::motion(frame).borrow(), 1.0 / 60.0);
    }
    assert!(face.moving());
    for _ in 0..600 {
        face.animate(&Default::default(), 1.0 / 60.0);
    }
    assert!(!face.moving());
}

#[test]
fn a_training_has_one_next_step_at_a_time() {
    use nfx_ui::training::TrainingAction;
    let ask = |view: View, name: &str| {
        let mut bench = Bench::new(Tab::Train, view);
        let place = bench.named(name);
        bench.click(place)
    };
    let of = |action: TrainingAction| [Action::Training(action)];
    assert_eq!(ask(fixture::no_trainer(), "training-look"), of(TrainingAction::LookAgain));
    assert_eq!(ask(fixture::training(false), "training-stop"), of(TrainingAction::Stop));
    assert_eq!(ask(fixture::training(true), "training-audition"), of(TrainingAction::Audition));
    assert_eq!(ask(fixture::training(true), "training-another"), of(TrainingAction::Another));
    let mut fresh = fixture::training(false);
    fresh.training.run = None;
    assert_eq!(ask(fresh.clone(), "training-start"), of(TrainingAction::Start));
    fresh.training.sounds = None;
    assert_eq!(ask(fresh, "training-start"), [], "without sounds nothing starts");
}

#[test]
fn the_main_page_reads_at_every_size_without_a_cut_word() {
    for size in [vec2(640.0, 400.0), vec2(900.0, 560.0), vec2(1800.0, 1120.0)] {
        let mut bench = Bench::sized(Tab::Sound, fixture::playing(), size);
        bench.frame(vec![]);
        assert_eq!(bench.cut, Vec::<String>::new(), "at {size}");
        let mut bench = Bench::sized(Tab::Models, fixture::playing(), size);
        bench.frame(vec![]);
        let words: Vec<&String> = bench.cut.iter().filter(|text| text.contains("lifts")).collect();
        assert!(words.is_empty(), "words of latents at {size}: {words:?}");
    }
    // The measure sees a cut: no word has room in a window half as large as the smallest.
    let mut bench = Bench::sized(Tab::Sound, fixture::playing(), vec2(320.0, 200.0));
    bench.frame(vec![]);
    assert!(!bench.cut.is_empty());
}

#[test]
fn what_was_discovered_is_named_by_its_own_name_or_by_the_one_that_it_was_given() {
    let mut bench = Bench::new(Tab::Sound, fixture::playing());
    bench.frame(vec![]);
    let named =
        |name: &str| bench.names.iter().any(|(focusable, label)| *focusable && label == name);
    for name in ["Discovered 1: 0.00", "Wood: +0.64", "Discovered 3: 0.00", "Discovered 4: -0.24"] {
        assert!(named(name), "no dial is called {name:?}: {:?}", bench.names);
    }
    for name in ["Rename Discovered 1", "Rename Wood", "Listen to Discovered 1", "Listen to Wood"] {
        assert!(named(name), "nothing is called {name:?}: {:?}", bench.names);
    }
}
