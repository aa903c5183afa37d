//! What commands that work beside a running gateway stand on: the configuration, the open store, and a small runtime.

use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

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
        match Self::try_run(options, work) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => print::refusal(&why),
        }
    }

    fn try_run<E, F>(options: &Config, work: impl FnOnce(Self) -> F) -> Result<(), String>
    where
        E: Display,
        F: Future<Output = Result<(), E>>,
    {
        let config = read(options)?.config;
        let runtime = runtime()?;
        runtime.block_on(async {
            let store = Store::open_beside(&config.store).map_err(|error| error.to_string())?;
            let done = work(Self { config, store: store.clone() }).await.map_err(|error| error.to_string());
            store.close().await;
            done
        })
    }
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

/// Who does it, for the ledger: the name of the account at this machine, as `sudo` tells it.
#[must_use]
pub fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    format!("{name} (command line)")
}
