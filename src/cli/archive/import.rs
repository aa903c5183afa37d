//! `schoolgate archive import`: mail out of files into the archive, beside a running gateway or without one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::progress::Progress;
use crate::archive::import::{Escaping, Found, Opened, Refused, Walk};
use crate::base::{Timestamp, limits};
use crate::boxed::{self, Pool};
use crate::cli::Config;
use crate::cli::beside::{Beside, operator};
use crate::cli::print;
use crate::ledger::Ledger;
use crate::pipeline::RuleSet;
use crate::pipeline::intake::{self, Intake, Since, Taken};
use crate::store::{Store, StoreError};

#[derive(Debug, Args)]
pub struct Import {
    /// The retention class of all of it; else each mail gets the class that the configuration gives it
    #[arg(long, value_name = "ID")]
    class: Option<String>,
    /// From when its retention counts: a day, or `header` for each mail's topmost Received; else from now
    #[arg(long, value_name = "DATE|header", value_parser = since)]
    received: Option<Since>,
    /// How lines that begin with `From ` were escaped in mboxes
    #[arg(long, value_enum, default_value = "mboxrd")]
    mbox: Mbox,
    /// Unwrap journal reports, where the files are those of a journal mailbox
    #[arg(long)]
    reports: bool,
    /// Files, mboxes, Maildirs, or folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    config: Config,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Mbox {
    /// One `>` was put before `From `, `>From ` and so on
    Mboxrd,
    /// One `>` was put before `From ` alone
    Mboxo,
    /// Leave lines as they are
    AsIs,
}

/// What an import has come to so far.
#[derive(Default)]
struct Tally {
    found: u64,
    octets: u64,
    refused: u64,
    taken: Taken,
}

fn since(text: &str) -> Result<Since, String> {
    if text.eq_ignore_ascii_case("header") {
        return Ok(Since::Header);
    }
    let day: jiff::civil::Date = text.parse().map_err(|_| "write a day as 2024-09-01, or `header`".to_owned())?;
    let at = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|error| error.to_string())?.timestamp();
    match intake::is_likely(at, Timestamp::now()) {
        true => Ok(Since::Day(at)),
        false => Err("it is in the future, or before 1990".to_owned()),
    }
}

impl Import {
    pub fn run(self) -> ExitCode {
        let config = Config { file: self.config.file.clone() };
        Beside::run(&config, async |here: Beside| self.import(here).await)
    }

    async fn import(&self, Beside { config, store }: Beside) -> Result<(), String> {
        if let Some(class) = &self.class
            && !config.retention.iter().any(|known| known.id == *class)
        {
            let known: Vec<&str> = config.retention.iter().map(|class| class.id.as_str()).collect();
            return Err(format!("there is no [[retention]] with the id `{class}`; there are: {}", known.join(", ")));
        }
        let set = RuleSet::new(config)?;
        let boxes = match set.rules.classes_ask_contents() && self.class.is_none() {
            true => Some(Pool::open(boxed::Options::default()).await.map_err(|trouble| trouble.to_string())?),
            false => None,
        };
        let since = self.received.unwrap_or(Since::Now);
        let intake = Intake::new(set, store.clone(), boxes.clone()).with(self.class.clone(), since, self.reports);
        let mut tally = Tally::default();
        let ended = self.go_through(&intake, &mut tally).await;
        if let Some(boxes) = boxes {
            boxes.close().await;
        }
        let noted = self.note(store, &tally).await;
        print::line(&tally.summary());
        ended.map_err(|error| format!("{error}. What was imported is kept; run it again, and it goes on from there"))?;
        noted.map_err(|error| error.to_string())?;
        tally.verdict()
    }

    /// Reads everything and keeps it, a batch at a time.
    async fn go_through(&self, intake: &Intake, tally: &mut Tally) -> Result<(), StoreError> {
        let mut progress = Progress::new("mails", Walk::over(&self.paths).survey().octets);
        let mut batch = Batch::default();
        for item in self.items() {
            tally.found += 1;
            match item {
                Ok(found) => {
                    tally.octets += found.raw.len() as u64;
                    batch.add(found);
                }
                Err(refused) => {
                    progress.clear();
                    tally.refuse(&refused);
                }
            }
            if batch.is_full() {
                tally.add(intake.take(&batch.empty()).await?);
            }
            progress.show(tally.octets, tally.found);
        }
        tally.add(intake.take(&batch.empty()).await?);
        progress.clear();
        Ok(())
    }

    fn items(&self) -> impl Iterator<Item = Result<Found, Refused>> {
        let escaping = match self.mbox {
            Mbox::Mboxrd => Escaping::Mboxrd,
            Mbox::Mboxo => Escaping::Mboxo,
            Mbox::AsIs => Escaping::AsIs,
        };
        Walk::over(&self.paths).flat_map(move |source| {
            let (opened, refused) = match source {
                Ok(source) => (Some(Opened::of(source, escaping)), None),
                Err(refused) => (None, Some(Err(refused))),
            };
            opened.into_iter().flatten().chain(refused)
        })
    }

    async fn note(&self, store: Store, tally: &Tally) -> Result<(), StoreError> {
        let paths = self.paths.iter().map(|path| path.display().to_string()).collect();
        let event = intake::ended(operator(), paths, tally.found, tally.refused, tally.taken);
        Ledger::new(store).write(vec![event]).await
    }
}

/// Mails that are committed together.
#[derive(Default)]
struct Batch {
    mails: Vec<Found>,
    octets: usize,
}

impl Batch {
    fn add(&mut self, found: Found) {
        self.octets += found.raw.len();
        self.mails.push(found);
    }

    fn is_full(&self) -> bool {
        self.mails.len() >= limits::IMPORT_BATCH_MAILS || self.octets >= limits::IMPORT_BATCH_OCTETS
    }

    fn empty(&mut self) -> Vec<Found> {
        self.octets = 0;
        std::mem::take(&mut self.mails)
    }
}

impl Tally {
    fn refuse(&mut self, refused: &Refused) {
        self.refused += 1;
        print::warning(&format!("refused: {} {}", refused.path, refused.why));
    }

    fn add(&mut self, more: Taken) {
        self.taken.imported += more.imported;
        self.taken.known += more.known;
        self.taken.expired += more.expired;
    }

    fn summary(&self) -> String {
        let Taken { imported, known, expired } = self.taken;
        let expired = match expired {
            0 => String::new(),
            some => format!("\n{some} of those imported are older than their class keeps them, and go with the next purge"),
        };
        format!("{} mails found: {imported} imported, {known} here already, {} refused{expired}", self.found, self.refused)
    }

    /// Every mail that was found has come to one of three ends.
    fn verdict(&self) -> Result<(), String> {
        let accounted = self.taken.imported + self.taken.known + self.refused;
        if accounted != self.found {
            return Err(format!("{} mails were found, and it is known of {accounted} what became of them", self.found));
        }
        match self.refused {
            0 => Ok(()),
            some => Err(format!("{some} of them could not be imported; the reasons are above")),
        }
    }
}
