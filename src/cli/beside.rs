//! What commands that work beside a running gateway stand on: the configuration, the open store, and a small runtime.

use std::fmt::Display;
use std::future::Future;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::Config;
use super::print;
use crate::config;
use crate::store::Store;

/// A command's hold on the gateway's folder.
pub struct Beside {
    pub config: config::Config,
    pub store: Store,
}

impl Beside {
    /// Opens what the configuration names, does the work, closes it again; whatever goes wrong is said, and the exit code is 1.
    pub fn run<E, F>(options: &Config, work: impl FnOnce(Self) -> F) -> ExitCode
    where
        E: Display,
        F: Future<Output = Result<(), E>>,
    {
        done(as_owner(options).and_then(|config| Self::with(config, work)))
    }

    /// The same as the user that runs the command: for what lies where the store's own user may not write. What the store makes
    /// meanwhile belongs to its own user all the same.
    pub fn run_as_is<E, F>(options: &Config, work: impl FnOnce(Self) -> F) -> ExitCode
    where
        E: Display,
        F: Future<Output = Result<(), E>>,
    {
        done(read(options).and_then(|loaded| Self::with(loaded.config, work)))
    }

    fn with<E, F>(config: config::Config, work: impl FnOnce(Self) -> F) -> Result<(), String>
    where
        E: Display,
        F: Future<Output = Result<(), E>>,
    {
        let runtime = runtime()?;
        runtime.block_on(async {
            let store = Store::open_beside(&config.store).map_err(|error| error.to_string())?;
            let done = work(Self { config, store: store.clone() }).await.map_err(|error| error.to_string());
            store.close().await;
            done
        })
    }
}

fn done(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => print::refusal(&why),
    }
}

/// Reads the configuration, and goes on as the user that its store belongs to. Nothing may have been read from standard input.
///
/// # Errors
/// A sentence.
pub fn as_owner(options: &Config) -> Result<config::Config, String> {
    let config = read(options)?.config;
    become_owner(&config.store.path)?;
    Ok(config)
}

/// Reads the configuration that the command line names.
///
/// # Errors
/// All its mistakes, as `check` shows them.
pub fn read(options: &Config) -> Result<config::Loaded, String> {
    config::read(&options.file).map_err(|mistakes| format!("the configuration has mistakes\n\n{mistakes}"))
}

/// A runtime for one command.
///
/// # Errors
/// A sentence.
pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.map_err(|error| format!("no runtime: {error}"))
}

/// The user and group that a store belongs to, where this is root and they are others. What root wrote there the gateway could
/// not read.
#[must_use]
pub fn other_owner(store: &Path) -> Option<(u32, u32)> {
    let about = std::fs::metadata(store).ok()?;
    (rustix::process::geteuid().is_root() && about.uid() != 0).then(|| (about.uid(), about.gid()))
}

/// Goes on as the user that the store belongs to, so that `sudo schoolgate queue …` does what is meant.
fn become_owner(store: &Path) -> Result<(), String> {
    let Some((user, group)) = other_owner(store) else { return Ok(()) };
    let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
    let why = Command::new(program).args(std::env::args_os().skip(1)).uid(user).gid(group).exec(); // returns only where it fails
    Err(format!("the store belongs to user {user}, and that user cannot run this program: {why}"))
}

/// Who does it, for the ledger: the name of the account at this machine, as `sudo` tells it.
#[must_use]
pub fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    format!("{name} (command line)")
}
