//! `nfx-train`: see [`nfx_train::cli`].

fn main() -> std::process::ExitCode {
    nfx_train::cli::main()
}
