//! `schoolgate archive export`: all mails that a query means, within what the leave covers, as a bag for people, courts and mail programs.
//!
//! In: a query, and leave to read. Out: a folder or zip file at a place that was free. The export is in the ledger, with its query and count, before
//! it stands at its place. Each mail has its proof, by a checkpoint that is made first. Mails that could not be searched are counted aloud: any
//! of them may belong to what was asked for.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::Zoned;

use super::progress::Progress;
use super::texts::{self, Texts};
use crate::access::{self, Looked, Permit};
use crate::archive::export::{About, Export, Forms, Print};
use crate::archive::proof::Prover;
use crate::base::Timestamp;
use crate::cli::beside::Beside;
use crate::cli::leave::Leave;
use crate::cli::{Config, print};
use crate::ledger::Ledger;
use crate::message::Message;
use crate::search::{Finder, Hit, Page, Query};
use crate::store::{Store, StoreError};

/// Hits that are fetched at a time.
const PAGE: usize = 200;

#[derive(Debug, Args)]
pub struct ExportTo {
    /// Where to, a place that is free: a zip file where the name ends in .zip, else a folder
    #[arg(long, value_name = "PLACE")]
    to: PathBuf,
    /// More forms beside the mails themselves: pdf for printing, mbox for mail programs, copies as they were sent
    #[arg(long, value_enum, value_delimiter = ',')]
    with: Vec<Form>,
    /// What is looked for; nothing for all mails of the case
    #[arg(value_name = "QUERY", default_value = "")]
    query: String,
    #[command(flatten)]
    leave: Leave,
    #[command(flatten)]
    config: Config,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Pdf,
    Mbox,
    Copies,
}

impl ExportTo {
    pub fn run(self) -> ExitCode {
        // What cannot be is said before anybody types a password or breaks the glass.
        if self.to.symlink_metadata().is_ok() {
            return print::refusal(&format!("{} is there already and is left alone: give --to another name", self.to.display()));
        }
        match Query::parse_in(&self.query, &Zoned::now()) {
            Ok(query) => {
                let config = self.config.clone();
                Beside::run(&config, async |here: Beside| self.export(here, query).await)
            }
            Err(wrong) => print::refusal(&wrong.to_string()),
        }
    }

    async fn export(&self, here: Beside, query: Query) -> Result<(), String> {
        let said = |error: StoreError| error.to_string();
        let ledger = Ledger::new(here.store.clone());
        let permit = self.leave.permit(&here, &ledger).await?;
        let finder = Finder::new(here.store.clone());
        let first = finder.find(&permit, &query, &Page { limit: PAGE, after: None }).await.map_err(said)?;
        let looked = Looked::Exported { query: query.to_string(), mails: first.total };
        permit.record(&ledger, looked).await.map_err(said)?;

        let about = about(&here, &permit, &query);
        let mut export = Export::begin(&self.to, about, self.forms()).map_err(|error| error.to_string())?;
        let checkpoint = ledger.checkpoint(&here.config.origin(), Timestamp::now()).await.map_err(said)?;
        export.signed(&checkpoint).map_err(|error| error.to_string())?;
        let prover = Prover::new(&here.store, checkpoint).await.map_err(said)?;
        let store = here.store.clone();
        let texts = Texts::new(here, ledger);
        let mut progress = Progress::new("mails", first.total);
        let (mut hits, mut next, mut done, mut unproven) = (first.hits, first.next, 0, 0);
        loop {
            for hit in &hits {
                add(&mut export, &texts, hit).await?;
                unproven += u64::from(!prove(&mut export, &prover, &store, hit).await?);
                done += 1;
                progress.show(done, done);
            }
            let Some(after) = next else { break };
            (hits, next) = finder.page_of(&permit, &query, &Page { limit: PAGE, after: Some(after) }).await.map_err(said)?;
        }
        progress.clear();
        texts.close().await;
        let count = export.finish().map_err(|error| error.to_string())?;
        print::line(&format!(
            "{count} mails are in {}; it is in clear: keep it where only those may read who should",
            self.to.display()
        ));
        warn(unproven, first.unsearchable, first.unindexed);
        Ok(())
    }

    fn forms(&self) -> Forms {
        let has = |form: Form| self.with.contains(&form);
        Forms { copies: has(Form::Copies), pdf: has(Form::Pdf), mbox: has(Form::Mbox) }
    }
}

/// Adds the proof of a mail, where there is one: a mail may have come after the checkpoint, or be purged meanwhile.
async fn prove(export: &mut Export, prover: &Prover, store: &Store, hit: &Hit) -> Result<bool, String> {
    match prover.prove(store, &hit.shown.reference).await {
        Ok(proof) => export.prove(&proof).map(|()| true).map_err(|error| error.to_string()),
        Err(StoreError::Missing(_)) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

fn warn(unproven: u64, unsearchable: u64, unindexed: u64) {
    if unproven > 0 {
        print::warning(&format!(
            "{unproven} mails have no proof, and `archive verify` will say so: they came after the checkpoint, or were purged meanwhile; \
             export again"
        ));
    }
    if unsearchable > 0 {
        print::warning(&format!(
            "the words of {unsearchable} more mails could not all be read, and any of them may belong here: look at `is:unsearchable`"
        ));
    }
    if unindexed > 0 {
        print::warning(&format!("{unindexed} mails of the archive are not in the index yet: export again when none are left"));
    }
}

fn about(here: &Beside, permit: &Permit, query: &Query) -> About {
    let (case, reason) = match permit.leave() {
        access::Leave::Case(number) => (Some(*number), None),
        access::Leave::BreakGlass(reason) => (None, Some(reason.clone())),
    };
    About {
        school: here.config.school.name.clone(),
        made_at: Timestamp::now(),
        by: permit.who().to_owned(),
        case,
        reason,
        query: query.to_string(),
        sentence: query.sentence(),
    }
}

async fn add(export: &mut Export, texts: &Texts, hit: &Hit) -> Result<(), String> {
    let record = texts.record(&hit.shown.reference).await?;
    let message = Message::parse(record.raw.clone());
    let one = |field: &str| message.values(field).join(", ");
    let files = hit.shown.attachments.iter();
    let print = Print {
        from: one("from"),
        to: one("to"),
        cc: one("cc"),
        subject: message.subjects().into_iter().next().unwrap_or_default(),
        date: one("date"),
        text: texts::body(&message),
        attachments: files.map(|file| format!("{} ({}, {})", file.name, file.kind, print::octets(file.size))).collect(),
    };
    export.add(&record, &print).map_err(|error| error.to_string())
}
