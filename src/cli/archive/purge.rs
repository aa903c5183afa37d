//! `schoolgate archive purge`: what the gateway does by itself each day, by hand; and the calendar of what goes when.

use std::process::ExitCode;

use clap::Args;

use crate::archive::clock::{self, Clock};
use crate::archive::purge::{self, Day, Outcome};
use crate::base::Timestamp;
use crate::cli::beside::{Beside, operator};
use crate::cli::leave::post;
use crate::cli::{Config, print};
use crate::ledger::Ledger;
use crate::pipeline::letter::Letter;

#[derive(Debug, Args)]
pub struct Purge {
    /// Show what goes when, and change nothing
    #[arg(long, conflicts_with = "confirm_clock")]
    dry_run: bool,
    /// Say that the clock is right, where it went on by more than two days at once
    #[arg(long)]
    confirm_clock: bool,
    /// One JSON document
    #[arg(long, requires = "dry_run")]
    json: bool,
    #[command(flatten)]
    config: Config,
}

impl Purge {
    pub fn run(self) -> ExitCode {
        let config = self.config.clone();
        Beside::run(&config, async |here: Beside| self.purge(here).await)
    }

    async fn purge(&self, here: Beside) -> Result<(), String> {
        let Beside { config, store } = &here;
        let (now, failed) = (Timestamp::now(), |error: crate::store::StoreError| error.to_string());
        if self.dry_run {
            let days = purge::calendar(store, &config.retention, now).await.map_err(failed)?;
            show(&days, self.json);
            return Ok(());
        }
        if self.confirm_clock {
            clock::confirm(store, &operator(), now).await.map_err(failed)?;
        }
        let outcome = purge::run(store, &config.retention, &operator(), now).await.map_err(failed)?;
        let mut letters = Vec::new();
        if let Some(Clock::Jumped { before, after, news: true }) = outcome.doubt {
            letters.push(Letter::clock_doubted(config.school.postmaster.clone(), before, after));
        }
        if !outcome.purged.is_empty() {
            let made = Ledger::beside(store.clone()).checkpoint(&config.origin(), now).await.map_err(failed)?;
            letters.extend(config.witness.iter().map(|witness| Letter::checkpoint(witness.clone(), &made.note)));
        }
        post(&here, letters).await?;
        tell(&outcome)
    }
}

fn tell(outcome: &Outcome) -> Result<(), String> {
    for gone in &outcome.purged {
        print::line(&format!("purged {} {}: {} mails, {}", gone.class, gone.month, gone.leaves.len(), size(gone.bytes)));
        if !gone.files_removed {
            print::warning("its files could not be removed; their key is gone, and they go when the gateway starts next");
        }
        if !gone.log_emptied {
            print::warning("somebody reads the database all the time: its log is emptied by the next purge or start");
        }
    }
    for stayed in &outcome.skipped {
        print::line(&format!("kept {} {}: {}", stayed.class, stayed.month, stayed.why));
    }
    if outcome.held_aside > 0 {
        print::line(&format!("{} mails stay, kept by holds", outcome.held_aside));
    }
    match outcome.doubt {
        Some(Clock::Jumped { before, after, .. }) => Err(format!(
            "nothing was purged: the ledger has nothing between {before:.0} and {after:.0}, so the clock may have jumped. If it is right, \
             run `schoolgate archive purge --confirm-clock`"
        )),
        Some(Clock::Back { last }) => {
            Err(format!("nothing was purged: the clock stands before the last entry of the ledger ({last:.0}); set it right"))
        }
        _ if outcome.purged.is_empty() && outcome.skipped.is_empty() => {
            print::line("nothing is due");
            Ok(())
        }
        _ => Ok(()),
    }
}

fn show(days: &[Day], as_json: bool) {
    if as_json {
        return print::json(&days);
    }
    let row = |day: &Day| {
        let goes = match day.goes {
            _ if day.due => "now".to_owned(),
            None => "not known, or held".to_owned(),
            Some(at) if at >= Timestamp::MAX => "never".to_owned(),
            Some(at) => at.strftime("%Y-%m-%d").to_string(),
        };
        let held = if day.held == 0 { String::new() } else { day.held.to_string() };
        vec![goes, day.class.clone(), day.month.clone(), day.mails.to_string(), size(day.bytes), held]
    };
    print::table(&["goes", "class", "month", "mails", "size", "held"], &days.iter().map(row).collect::<Vec<_>>(), 40);
}

fn size(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
