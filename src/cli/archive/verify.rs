//! `schoolgate archive verify` and `archive checkpoint`: whether all is as it was written, and the statement that a witness keeps.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;

use super::progress::Progress;
use super::verify_export;
use crate::archive::verify::{self, Report};
use crate::base::Timestamp;
use crate::cli::beside::Beside;
use crate::cli::{Config, print};
use crate::ledger::checkpoint::verifier_key;
use crate::ledger::{Checkpoint as Signed, Ledger};
use crate::store::Store;

#[derive(Debug, Args)]
pub struct Verify {
    /// An export, folder or zip file, in place of the archive: needs neither archive nor configuration
    #[arg(value_name = "EXPORT")]
    export: Option<PathBuf>,
    /// The school's key, or a file with it, for the export: as `archive checkpoint --key` prints it there
    #[arg(long, value_name = "KEY_OR_FILE", requires = "export")]
    key: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Hold it against a checkpoint that a witness kept: shows whether anything since was cut off or put back
    #[arg(long, value_name = "FILE", conflicts_with = "export")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub struct Checkpoint {
    /// Make a new one first
    #[arg(long)]
    new: bool,
    /// Print the key that checks it, for a witness to keep
    #[arg(long, conflicts_with = "new")]
    key: bool,
    #[command(flatten)]
    config: Config,
}

impl Verify {
    pub fn run(self) -> ExitCode {
        if let Some(export) = &self.export {
            return verify_export::run(export, self.key.as_deref(), self.json);
        }
        let config = self.config.clone();
        Beside::run(&config, async |here: Beside| self.verify(here).await)
    }

    async fn verify(&self, Beside { store, .. }: Beside) -> Result<(), String> {
        let witnessed = self.witnessed(&store).await?;
        let report = watched(&store, witnessed.as_ref()).await?;
        if self.json {
            print::json(&report);
        } else {
            tell(&report);
        }
        match report.wrong() {
            0 => Ok(()),
            1 => Err("one thing is not as it was written".to_owned()),
            some => Err(format!("{some} things are not as they were written")),
        }
    }

    /// The witness's checkpoint: signed by the key of this store, or by one that its ledger knows from before a rotation.
    async fn witnessed(&self, store: &Store) -> Result<Option<Signed>, String> {
        let Some(file) = &self.checkpoint else { return Ok(None) };
        let note = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let start = note.lines().next().unwrap_or_default();
        let own = verifier_key(start, store.signer());
        let known = Ledger::beside(store.clone()).checkpoint_keys().await.map_err(|error| error.to_string())?;
        let mut read = Signed::read(&note, &own);
        for key in known {
            if read.is_ok() {
                break;
            }
            read = Signed::read(&note, &key).or(read);
        }
        read.map(Some).map_err(|why| format!("{}: {why}", file.display()))
    }
}

async fn watched(store: &Store, witnessed: Option<&Signed>) -> Result<Report, String> {
    let progress = Arc::new(verify::Progress::default());
    let mut shown = Progress::new("mails", 0);
    let work = verify::run(store, witnessed, &progress);
    tokio::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    loop {
        tokio::select! {
            done = &mut work => {
                shown.clear();
                return done.map_err(|error| error.to_string());
            }
            _ = tick.tick() => {
                let (done, all) = (progress.done.load(Ordering::Relaxed), progress.all.load(Ordering::Relaxed));
                shown.of(all);
                shown.show(done, done);
            }
        }
    }
}

fn tell(report: &Report) {
    report.faults.iter().for_each(|fault| print::line(&fault.to_string()));
    if report.more > 0 {
        print::line(&format!("and {} more", report.more));
    }
    let Report { mails, copies, attachments, entries, checkpoints, certificates, .. } = report;
    let verdict = if report.is_whole() { "all as it was written" } else { "not all as it was written" };
    print::line(&format!(
        "{mails} mails, {copies} copies, {attachments} shared attachments, {entries} entries of the ledger, {checkpoints} checkpoints, \
         {certificates} certificates of purges: {verdict}"
    ));
}

impl Checkpoint {
    pub fn run(self) -> ExitCode {
        let config = self.config.clone();
        Beside::run(&config, async |here: Beside| self.print(here).await)
    }

    async fn print(&self, Beside { config, store }: Beside) -> Result<(), String> {
        let (origin, failed) = (config.origin(), |error: crate::store::StoreError| error.to_string());
        if self.key {
            print::line(&verifier_key(&origin, store.signer()));
            return Ok(());
        }
        let ledger = Ledger::beside(store);
        let newest = match self.new {
            true => Some(ledger.checkpoint(&origin, Timestamp::now()).await.map_err(failed)?),
            false => ledger.newest_checkpoint().await.map_err(failed)?,
        };
        let newest = newest.ok_or("there is no checkpoint yet: the running gateway makes one a day, and --new makes one now")?;
        print::bytes(newest.note.as_bytes());
        Ok(())
    }
}
