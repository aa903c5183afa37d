//! `schoolgate archive reindex`: throws the index away and makes it anew, of one partition or of all.
//!
//! Mail is taken, kept and delivered meanwhile; what is not indexed yet is counted beside every search. Where a gateway runs it does the work,
//! and this command waits for it; else it does it itself. It shows nothing that mails say, and so needs no leave.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Args;

use super::progress::Progress;
use super::texts::Texts;
use crate::cli::beside::Beside;
use crate::cli::{Config, print};
use crate::ledger::Ledger;
use crate::search::intake::Intake;
use crate::search::{Index, Reader};
use crate::store::{Store, StoreError};

/// Between two looks at how far the gateway has come.
const LOOK: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
pub struct Reindex {
    /// Only this one, such as ordinary-2026-11
    #[arg(long, value_name = "CLASS-YYYY-MM")]
    partition: Option<String>,
    #[command(flatten)]
    config: Config,
}

impl Reindex {
    pub fn run(self) -> ExitCode {
        let config = Config { file: self.config.file.clone() };
        Beside::run(&config, async |here: Beside| self.reindex(here).await)
    }

    async fn reindex(&self, here: Beside) -> Result<(), String> {
        let store = here.store.clone();
        let began = Instant::now();
        self.throw_away(&store).await?;
        let all = store.awaiting_index().await.map_err(|error| error.to_string())?;
        let mut progress = Progress::new("mails", all);
        let turn = store.index_turn().map_err(|error| error.to_string())?;
        let done = match turn {
            Some(_turn) => {
                let texts = Texts::new(here, Ledger::new(store.clone()));
                let done = take_in(texts.reader().await?, &mut progress).await;
                texts.close().await;
                done
            }
            None => wait(&store, all, &mut progress).await.map_err(|error| error.to_string()),
        };
        progress.clear();
        done?;
        print::line(&format!("{all} mails are in the index again, after {:.1} s", began.elapsed().as_secs_f64()));
        Ok(())
    }

    /// First the files, then the list of what waits: so no mail is missed that is taken in between.
    async fn throw_away(&self, store: &Store) -> Result<(), String> {
        let names = store.partition_names().await.map_err(|error| error.to_string())?;
        let label = |class: &str, month: &str| format!("{class}-{month}");
        let wanted = |class: &str, month: &str| self.partition.as_ref().is_none_or(|wanted| *wanted == label(class, month));
        let meant: Vec<_> = names.iter().filter(|name| wanted(&name.class, &name.month)).collect();
        if meant.is_empty() && self.partition.is_some() {
            let known: Vec<String> = names.iter().map(|name| label(&name.class, &name.month)).collect();
            return Err(format!("there is no such partition; there are: {}", known.join(", ")));
        }
        for name in meant {
            let place = store.index(name.id).await.map_err(|error| error.to_string())?;
            Index::throw_away(place.file()).map_err(|error| error.to_string())?;
            store.index_again(Some(name.id)).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}

/// Does it here, since nobody else does.
async fn take_in(reader: Reader, progress: &mut Progress) -> Result<(), String> {
    let mut intake = Intake::new(reader);
    let mut done = 0;
    let ended = loop {
        match intake.step().await {
            Ok(0) => break Ok(()),
            Ok(more) => done += more as u64,
            Err(error) => break Err(error.to_string()),
        }
        progress.show(done, done);
    };
    intake.close().await;
    ended
}

/// Waits until the gateway has done it.
async fn wait(store: &Store, all: u64, progress: &mut Progress) -> Result<(), StoreError> {
    loop {
        let left = store.awaiting_index().await?;
        if left == 0 {
            return Ok(());
        }
        let done = all.saturating_sub(left);
        progress.show(done, done);
        tokio::time::sleep(LOOK).await;
    }
}
