//! `nfx-train`: see [`nfx_train::cli`].

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    nfx_train::cli::main()
}
