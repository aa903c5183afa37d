//! The `schoolgate` program; everything it does is in the library.

fn main() -> std::process::ExitCode {
    schoolgate::cli::run()
}
