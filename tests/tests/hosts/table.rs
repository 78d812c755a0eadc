//! What is asked of every plugin. Each line is a test of each plugin: `cargo test --test hosts --
//! canne` runs CANNe's, `reset_equals_fresh` one line of all.

use crate::check::{
    cases, clicks, gates, hostile, layouts, program, realtime, sound, state, strict, vst3,
};
use crate::row::Row;

/// Asks one thing of one plugin. When it fails, the message ends with the plugin and what was asked
/// of it.
fn ask(row: &Row, asked: &str, check: fn(&Row)) {
    struct Asked<'a>(&'a str, &'a str);
    impl Drop for Asked<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("FAILED: {}: {}", self.0, self.1.trim());
            }
        }
    }
    let _asked = Asked(row.name, asked);
    check(row);
}

macro_rules! tests {
    ($row:path: $([$($asks:literal)+] $file:ident $check:ident)*) => {
        $(#[test]
        fn $check() {
            super::ask(&$row, concat!($($asks),+).trim(), super::$file::$check);
        })*
    };
}

macro_rules! checks {
    (
        every plugin { $($(#[doc = $asks:literal])+ $file:ident::$check:ident;)* }
        every effect { $($(#[doc = $asks_e:literal])+ $file_e:ident::$check_e:ident;)* }
        every plugin with gates { $($(#[doc = $asks_g:literal])+ $file_g:ident::$check_g:ident;)* }
    ) => {
        mod anne {
            tests!(crate::anne::ROW: $([$($asks)+] $file $check)* $([$($asks_e)+] $file_e $check_e)* $([$($asks_g)+] $file_g $check_g)*);
        }
        mod canne {
            tests!(crate::canne::ROW: $([$($asks)+] $file $check)* $([$($asks_g)+] $file_g $check_g)*);
        }
        mod effect_profiler {
            tests!(crate::profiler::ROW: $([$($asks)+] $file $check)* $([$($asks_e)+] $file_e $check_e)*);
        }
    };
}

checks! {
    every plugin {
        /// the bundle holds one plugin, with its id, name, maker and features
        strict::says_what_it_is;
        /// opening, creating and listing parameters takes less than 100 ms
        strict::is_scanned_within_100_ms;
        /// an id that is not quite its own is refused
        strict::refuses_other_ids;
        /// many instances come and go
        strict::comes_and_goes;
        /// any rate from 1 kHz to 768 kHz plays, in blocks of 1 to 16,384 samples
        strict::plays_at_odd_rates_and_blocks;
        /// parameters have ids of their own, ranges that hold their defaults, and begin there
        strict::has_parameters_in_order;
        /// every value reads back from its own text
        strict::reads_its_own_texts;
        /// typed values are understood with and without units, and nonsense is refused
        strict::understands_typed_values;
        /// events of a foreign namespace are ignored
        strict::ignores_foreign_events;
        /// any automation of all parameters leaves finite, normal sound below the ceiling
        strict::survives_any_automation;
        /// parameters may be set from the main thread while it is inactive
        strict::takes_values_while_inactive;

        /// it survives a CLAP host that does what hosts should not
        cases::survives_the_strict_clap_host;
        /// it survives a VST3 host that does what hosts should not
        cases::survives_the_strict_vst3_host;

        /// a project loaded before activation sounds the same
        state::loads_before_activation;
        /// a project loaded while active sounds the same once it has settled
        state::loads_while_active;
        /// a project loaded right before an offline render sounds the same
        state::loads_before_an_offline_render;
        /// saving again gives the same bytes: fresh, loaded and played
        state::saves_the_same_bytes_again;
        /// a host may read and write a state in short pieces
        state::understands_short_reads_and_writes;
        /// what is no state is refused and changes nothing
        state::refuses_what_is_no_state;
        /// the state holds a user's model itself, and of an embedded one the hash
        state::carries_the_users_model;
        /// a missing model leaves an instrument silent and an effect dry, and is saved again
        state::keeps_a_missing_model;
        /// states load while the sound plays
        state::loads_while_the_sound_plays;

        /// any block sizes give the same bits, with parameters moving
        sound::any_blocks_give_the_same_bits;
        /// silence is exact silence, before the first sound and after the tail
        sound::silence_is_exact_silence;
        /// a reset, or another activation, equals a fresh instance
        sound::reset_equals_fresh;

        /// a tone at rest is clean
        clicks::a_tone_at_rest_is_clean;
        /// moves of levels make no click
        clicks::moves_of_levels_make_no_click;
        /// moves of what the model offers make no click
        clicks::moves_of_the_models_controls_make_no_click;

        /// the bundle's audio thread neither allocates, frees, locks, opens, writes nor
        /// sleeps, whatever is loaded
        realtime::nothing_forbidden_happens_in_process;
        /// the debug bundle plays without its allocation alarm
        realtime::the_debug_bundle_plays_without_its_alarm;

        /// the standalone program starts without a screen and stays
        program::starts_without_a_screen_and_stays;
        /// the factory presets are well-formed files that VST3 hosts show
        program::has_well_formed_presets;

        /// pedalboard loads the VST3 bundle, which says what it is
        vst3::loads_in_pedalboard;
        /// the VST3 bundle has the CLAP bundle's parameters
        vst3::has_the_parameters_of_the_clap;
        /// automation is heard in pedalboard
        vst3::hears_automation;
        /// a state sounds the same to the bit in another instance in pedalboard
        vst3::sounds_the_same_in_another_instance;
        /// every preset file loads and is heard in pedalboard
        vst3::hears_every_preset;
        /// any block size gives the same bits in pedalboard
        vst3::blocks_of_pedalboard_give_the_same_bits;
    }

    every effect {
        /// instances may go while a sound of the input selector is being prepared for them
        strict::goes_while_a_sound_is_prepared;

        /// the reported latency is the dry path's, to the sample
        sound::latency_is_the_dry_paths;
        /// the reported latency is the model's, to the sample, and its gain is kept
        sound::latency_is_the_models;
        /// a tone keeps its pitch at every rate
        sound::keeps_the_pitch;
        /// bypassed, the sound passes bit for bit
        sound::bypassed_the_sound_passes_bit_for_bit;
        /// a model of another latency asks the host for a restart
        sound::a_latency_change_asks_for_a_restart;
        /// a model swap makes no click, and the new one plays alone a second later
        clicks::a_model_swap_makes_no_click;

        /// mono and stereo play, with and without a side chain
        layouts::mono_and_stereo_play;
        /// mono sounds as stereo of the same sound twice
        layouts::mono_is_stereo_of_the_same_sound_twice;
        /// the side chain is not heard without being asked for
        layouts::the_side_chain_is_not_heard_unasked;
        /// blocks in place and constant masks change nothing
        layouts::in_place_and_constant_masks_change_nothing;
        /// automation acts on the sound that enters with it
        layouts::automation_acts_in_its_place;

        /// hostile input leaves the output finite, normal and below the ceiling
        hostile::the_output_stays_finite;
        /// a hostile side chain does no harm
        hostile::a_hostile_side_chain_does_no_harm;
        /// the dry path and the bypass pass no poison
        hostile::the_dry_path_passes_no_poison;
        /// the plugin recovers from hostile input, at once with a reset
        hostile::recovers;

        /// mono and stereo play in pedalboard
        vst3::pedalboard_plays_mono_and_stereo;
        /// the host's compensation puts the sound in its place
        vst3::compensation_puts_the_sound_in_its_place;
        /// bypassed, it passes the sound in pedalboard
        vst3::bypassed_it_passes_the_sound;
    }

    every plugin with gates {
        /// every factory preset passes the gates: loudness, peaks, offset, whistles, distance to
        /// its neighbours
        gates::every_preset_passes_the_gates;
        /// every preset keeps what its name promises
        gates::every_name_keeps_its_promise;
    }
}
