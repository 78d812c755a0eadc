//! `nfx-lab`: see [`nfx_lab::cli`].

fn main() -> std::process::ExitCode {
    nfx_lab::cli::main()
}
