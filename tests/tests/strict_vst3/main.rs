//! The strict host's VST3 cases with the three bundles, each in a process of its own.
//!
//! What each case did to the bundles of before is in `docs/results/hosts.md`.

use std::time::Duration;

use nfx_tests::{bundle, strict};

/// The bundles.
const PLUGINS: [&str; 3] = ["ANNe", "CANNe", "Effect Profiler"];
/// How long a case may take on a machine that is busy.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs a case with all three.
fn all(case: &str) {
    let wrong: Vec<String> = PLUGINS
        .iter()
        .filter_map(|name| {
            let plugin = bundle::find(&bundle::folder().unwrap(), &format!("{name}.vst3")).unwrap();
            let ending = strict::run("vst3", &plugin, case, LIMIT).unwrap();
            (!ending.is_good()).then(|| format!("{name}: {ending}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{case}: {wrong:#?}");
}

macro_rules! ask {
    ($($case:ident)*) => {
        $(#[test] fn $case() { all(stringify!($case)); })*

        /// Cases that are too long for here; `strict_table` runs them.
        const LONG: &[&str] = &["two_hundred_openings"];

        #[test]
        fn every_case_of_the_list_is_asked() {
            let asked = [$(stringify!($case)),*];
            for case in strict::cases("vst3") {
                assert!(asked.contains(&case.name) || LONG.contains(&case.name), "{} is not asked", case.name);
            }
        }
    };
}

ask! {
    factory_says_who_made_it
    moduleinfo_says_the_same
    classes_beyond_the_list
    process_before_set_up
    process_before_active
    process_after_terminate
    active_before_set_up
    set_up_twice_while_active
    odd_set_ups
    parameter_past_the_end
    null_places
    bus_indices
    side_chain_arrangement
    every_arrangement
    arrangement_while_active
    units_and_notes_past_the_end
    side_chain_vanishes
    side_chain_bus_vanishes
    side_chain_shrinks
    side_chain_vanishes_within_automation
    side_chain_of_other_widths
    output_without_channels
    more_channels_than_agreed
    fewer_channels_than_agreed
    more_inputs_than_outputs
    null_channels
    null_buses
    odd_lengths
    sample_size_of_64_bits
    inputs_that_are_outputs
    rubbish_in
    seeds_of_everything
    sysex_without_data
    odd_notes
    unknown_events
    events_outside_the_block
    events_out_of_order
    event_lists_that_lie
    thousands_of_notes
    notes_in_a_block_without_samples
    controllers_in_a_block_without_samples
    odd_values
    queues_that_lie
    points_outside_the_block
    points_in_wrong_order
    automation_is_in_its_place
    flood_of_parameters
    set_while_playing_then_saved
    set_before_playing_then_saved
    set_in_a_block_then_saved
    the_later_of_two_wins
    echo_of_automation_is_not_heard
    set_while_bypassed
    states_of_every_parameter
    state_while_playing
    latency_is_told
    active_while_in_process
    set_up_while_in_process
    state_while_in_process
    values_from_two_threads
    removed_after_automation
    removed_on_the_audio_thread
    process_on_many_threads
    fifty_instances
    random_order_of_everything
    window_of_another_system
    view_without_window
    released_on_another_thread
    closed_in_every_order
    two_views
    scale_before_attached
    resized_by_the_host
    parameters_told_while_open
    automation_while_opening
    storm
    resized_within_a_resize
    closed_within_a_resize
}
