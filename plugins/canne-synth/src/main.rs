//! CANNe as a program of its own, with the system's audio and MIDI.

fn main() -> std::process::ExitCode {
    let ended_well = canne_synth::standalone::run(|| {
        nice_plug::prelude::nice_export_standalone_with_args::<canne_synth::Canne, _>(
            nfx_frame::jack_server::arguments(),
        )
    });
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
