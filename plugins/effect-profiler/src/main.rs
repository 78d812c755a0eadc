//! The Effect Profiler as a program of its own, with the system's audio.

fn main() -> std::process::ExitCode {
    let ended_well =
        effect_profiler::standalone::run(|| nice_plug::nice_export_standalone::<effect_profiler::Profiler>());
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
