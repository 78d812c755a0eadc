//! ANNe as a program of its own, with the system's audio.

fn main() -> std::process::ExitCode {
    let ended_well = anne_fx::standalone::run(|| {
        nice_plug::prelude::nice_export_standalone_with_args::<anne_fx::Anne, _>(
            nfx_frame::jack_server::arguments(),
        )
    });
    if ended_well { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
