//! ANNe as a program of its own, with the system's audio.

fn main() -> std::process::ExitCode {
    let ended_well = anne_fx::standalone::run(|| nice_plug::nice_export_standalone::<anne_fx::Anne>());
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
