//! Writes the factory presets as `.vstpreset` files into the folder that is named, for hosts' own
//! browsers.

fn main() -> std::process::ExitCode {
    nfx_frame::factory::main("canne-presets", canne_synth::factory::write_vst_presets)
}
