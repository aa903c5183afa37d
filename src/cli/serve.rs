//! `schoolgate serve`: the gateway in the foreground.

use std::path::Path;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use super::{Config, beside, print};
use crate::gateway::{Gateway, Watch};
use crate::ops::{log, metrics};
use crate::pipeline::RuleSet;

/// Runs until SIGTERM or SIGINT. The exit code is 1 where it could not start.
pub fn run(options: &Config) -> ExitCode {
    match try_run(&options.file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => print::refusal(&why),
    }
}

fn try_run(file: &Path) -> Result<(), String> {
    let mut watch = Watch::new(&[std::path::absolute(file).unwrap_or_else(|_| file.to_owned())]);
    let set = RuleSet::read(file).map_err(|mistakes| format!("the configuration has mistakes\n\n{mistakes}"))?;
    if let Some((user, _)) = beside::other_owner(&set.config.store.path) {
        let store = set.config.store.path.display();
        return Err(format!(
            "the store {store} belongs to user {user}, and this is root: what root writes there that user could not read; \
             start it by the unit (`systemctl start schoolgate`), or `chown -R root {store}` if root shall run it"
        ));
    }
    watch.settle(&set.config.sources, true); // a file that changes from here on is a change
    let _log = log::init(set.config.ops.log).map_err(|error| error.to_string())?;
    let metrics = metrics::install()?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| format!("no runtime: {error}"))?;
    runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let gateway = Gateway::start(set, metrics).await?;
        loop {
            let asked = match signals.next_or(&mut watch).await {
                Wanted::Reload => true,
                Wanted::Look => false,
                Wanted::Stop => break,
            };
            let accepted = gateway.reload(file, asked);
            watch.settle(&gateway.sources(), accepted);
        }
        gateway.stop().await;
        Ok(())
    })
}

enum Wanted {
    Reload,
    /// The files of the configuration have changed.
    Look,
    Stop,
}

/// The signals that a gateway listens to, from before it starts.
struct Signals {
    hangup: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, String> {
        let on = |kind| signal(kind).map_err(|error| format!("signals cannot be caught: {error}"));
        Ok(Self {
            hangup: on(SignalKind::hangup())?,
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
        })
    }

    async fn next_or(&mut self, watch: &mut Watch) -> Wanted {
        tokio::select! {
            _ = self.hangup.recv() => Wanted::Reload,
            _ = self.interrupt.recv() => Wanted::Stop,
            _ = self.terminate.recv() => Wanted::Stop,
            () = watch.changed() => Wanted::Look,
        }
    }
}
