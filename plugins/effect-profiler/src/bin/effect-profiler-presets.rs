//! Writes the factory presets as `.vstpreset` files into the folder that is named, for hosts' own
//! browsers.

fn main() -> std::process::ExitCode {
    nfx_frame::factory::main("effect-profiler-presets", effect_profiler::factory::write_vst_presets)
}
