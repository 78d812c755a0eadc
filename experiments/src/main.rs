//! `nfx-lab`: see [`nfx_lab::cli`].

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    nfx_lab::cli::main()
}
