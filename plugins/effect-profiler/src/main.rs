//! The Effect Profiler as a program of its own, with the system's audio.

fn main() -> std::process::ExitCode {
    let ended_well = effect_profiler::standalone::run(|| {
        nice_plug::prelude::nice_export_standalone_with_args::<effect_profiler::Profiler, _>(
            nfx_frame::jack_server::arguments(),
        )
    });
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
