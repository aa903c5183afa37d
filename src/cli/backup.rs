//! `schoolgate backup` and `schoolgate restore`: the store, copied while the gateway runs, and put together again.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::archive::progress::Progress;
use super::beside::{self, Beside, operator};
use super::{Config, print};
use crate::backup::{self, Made, Restored, Terms, Wish};

#[derive(Debug, Args)]
pub struct Backup {
    /// Read every file of the earlier backup in DIR too, and mend what has changed in it
    #[arg(long)]
    check: bool,
    /// A folder on another disk: empty, or with an earlier backup of this store
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// Deliver at once what was on its way when the backup was made; some of it may have arrived already
    #[arg(long)]
    release_queue: bool,
    /// The store that was lost, where its database can still be read: what was purged there does not come back
    #[arg(long, value_name = "OLD_STORE_PATH")]
    over: Option<PathBuf>,
    /// Restore what is whole where files of the backup are damaged
    #[arg(long)]
    despite_damage: bool,
    /// The folder of the backup
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    config: Config,
}

impl Backup {
    pub fn run(self) -> ExitCode {
        let options = self.config.clone();
        Beside::run(&options, async |here: Beside| {
            let wish = Wish { folder: &self.folder, check: self.check, by: operator() };
            let mut progress = Progress::new("files", 0);
            let made = backup::make((&here.store, &here.config.store), &wish, |step| {
                progress.of(step.all);
                progress.show(step.done, step.files);
            });
            let made = made.await;
            progress.clear();
            let made = made.map_err(|error| format!("{error}. {}", what_is_left(&self.folder)))?;
            self.tell(&made, &here.config.store.key_file);
            Ok::<_, String>(())
        })
    }

    fn tell(&self, made: &Made, key_file: &std::path::Path) {
        let Made { manifest, copied, files, mended, removed } = made;
        for file in mended {
            print::warning(&format!("{} was not as it was written, and was copied anew", self.folder.join(file).display()));
        }
        print::line(&format!(
            "{} mails up to ledger entry {} are in {}: {copied} bytes copied to {files} files, {} bytes in all, {removed} old files removed",
            manifest.mails,
            manifest.ledger.seq,
            self.folder.display(),
            manifest.octets()
        ));
        print::line(&format!(
            "The key is not in it. Keep {} (master key {}) somewhere else: without it nobody can ever read this backup.",
            key_file.display(),
            manifest.key
        ));
    }
}

/// What somebody who needs the backup now can lean on.
fn what_is_left(folder: &std::path::Path) -> String {
    match backup::Manifest::read(folder) {
        Ok(Some(manifest)) => format!("The backup of {:.0} in {} is as good as before", manifest.made_at, folder.display()),
        _ => format!("There is no backup in {} that could be restored", folder.display()),
    }
}

impl Restore {
    pub fn run(self) -> ExitCode {
        match self.try_run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => print::refusal(&why),
        }
    }

    fn try_run(self) -> Result<(), String> {
        let config = beside::as_owner(&self.config)?;
        let Self { release_queue, over, despite_damage, folder, .. } = self;
        let classes = config.retention.clone();
        let terms = Terms { release_queue, over, despite_damage, classes, by: operator() };
        let mut progress = Progress::new("files", 0);
        let restored = beside::runtime()?.block_on(backup::restore(&config.store, &folder, &terms, |step| {
            progress.of(step.all);
            progress.show(step.done, step.files);
        }));
        progress.clear();
        tell(&restored.map_err(|error| error.to_string())?, release_queue);
        Ok(())
    }
}

fn tell(restored: &Restored, release_queue: bool) {
    let Restored { made_at, mails, left_out, missing, held } = restored;
    print::line(&format!("{mails} mails are restored, as they were on {made_at:.0}. What came later is not here."));
    if !left_out.is_empty() {
        print::line(&format!("Left out, for their time is over: {}.", left_out.join(", ")));
    }
    for file in missing {
        print::warning(&format!("{} is damaged or not there; `schoolgate archive verify` names the mails in it", file.display()));
    }
    if release_queue {
        print::line("Mail that was on its way is delivered when the gateway starts; some of it may arrive for the second time.");
    } else if *held > 0 {
        print::line(&format!(
            "{held} copies were on their way and are held, for they may have been delivered since: look at them by `schoolgate queue \
             list`, and `queue release` or `queue drop` each."
        ));
    }
    print::line("Start the gateway now: it makes the index anew as it runs.");
}
