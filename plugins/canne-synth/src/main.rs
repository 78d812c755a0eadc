//! CANNe as a program of its own, with the system's audio and MIDI.

fn main() -> std::process::ExitCode {
    let ended_well = canne_synth::standalone::run(|| nice_plug::nice_export_standalone::<canne_synth::Canne>());
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
