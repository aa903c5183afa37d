//! `schoolgate queue`: mail on its way and mail held.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Config;
use super::beside::{Beside, operator};
use super::print;
use crate::base::Ref;
use crate::ledger::{Entry, Ledger};
use crate::pipeline::review;
use crate::queue::{self, Listed, Release, Which};
use crate::store::StoreError;

#[derive(Debug, Subcommand)]
pub enum Queue {
    /// Show all mail on its way and all mail held
    #[command(after_help = "Example:\n  schoolgate queue list --json")]
    List {
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Show one mail: its copies and what happened to it so far
    #[command(after_help = "Example:\n  schoolgate queue show 5m2c9q0wk3t7h")]
    Show {
        #[arg(value_name = "ID", value_parser = Ref::parse)]
        reference: Ref,
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Try to deliver a mail now, or all
    #[command(after_help = "Example:\n  schoolgate queue retry all")]
    Retry {
        #[arg(value_name = "ID|all", value_parser = Which::parse)]
        which: Which,
        #[command(flatten)]
        config: Config,
    },
    /// Let a held mail go
    #[command(after_help = "Example:\n  schoolgate queue release 5m2c9q0wk3t7h --why 'the head teacher agreed on the telephone'")]
    Release {
        #[arg(value_name = "ID", value_parser = Ref::parse)]
        reference: Ref,
        /// Why it may go, for the ledger
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        config: Config,
    },
    /// Refuse a held mail; its sender is told why
    #[command(after_help = "Example:\n  schoolgate queue refuse 5m2c9q0wk3t7h --why 'please use the file share'")]
    Refuse(Decided),
    /// Take a mail off the queue without telling anybody; it stays in the archive
    #[command(after_help = "Example:\n  schoolgate queue drop 5m2c9q0wk3t7h --why 'sent twice'")]
    Drop(Decided),
}

#[derive(Debug, Args)]
pub struct Decided {
    #[arg(value_name = "ID", value_parser = Ref::parse)]
    reference: Ref,
    /// Why: for the ledger, and for the sender where one is told
    #[arg(long, value_name = "TEXT")]
    why: String,
    #[command(flatten)]
    config: Config,
}

impl Queue {
    pub fn run(self) -> ExitCode {
        match self {
            Self::List { json, config } => Beside::run(&config, async |here| list(&queue::Queue::beside(here.store), json).await),
            Self::Show { reference, json, config } => Beside::run(&config, async |here| show(here, &reference, json).await),
            Self::Retry { which, config } => Beside::run(&config, async |here| {
                said(queue::Queue::beside(here.store).retry(which, &operator()).await, "tried again now")
            }),
            Self::Release { reference, why, config } => Beside::run(&config, async |here| {
                let release = Release::by(operator()).because(why);
                said(queue::Queue::beside(here.store).release(Which::Mail(reference), release).await, "let go")
            }),
            Self::Refuse(what) => Beside::run(&what.config, async |here| {
                let queue = queue::Queue::beside(here.store);
                said(review::refuse(&queue, &here.config, &what.reference, &operator(), &what.why).await, "refused")
            }),
            Self::Drop(what) => Beside::run(&what.config, async |here| {
                said(queue::Queue::beside(here.store).drop_mail(&what.reference, &operator(), &what.why).await, "dropped")
            }),
        }
    }
}

fn said(done: Result<usize, StoreError>, what: &str) -> Result<(), StoreError> {
    let count = done?;
    print::line(&format!("{count} {} {what}", if count == 1 { "copy" } else { "copies" }));
    Ok(())
}

async fn list(queue: &queue::Queue, json: bool) -> Result<(), StoreError> {
    let jobs = queue.list().await?;
    if json {
        print::json(&jobs);
    } else if jobs.is_empty() {
        print::line("nothing waits and nothing is held");
    } else {
        let rows: Vec<_> = jobs.iter().map(row).collect();
        print::table(&["ID", "STATE", "SINCE", "FROM", "TO", "WHY"], &rows, 48);
    }
    Ok(())
}

fn row(job: &Listed) -> Vec<String> {
    let to = match job.recipients.as_slice() {
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        [] => String::new(),
    };
    let from = if job.from.is_empty() { "<>".to_owned() } else { job.from.clone() };
    let since = job.received_at.strftime("%Y-%m-%d %H:%M").to_string();
    let why = job.why.clone().or_else(|| job.last_error.clone()).unwrap_or_default();
    vec![job.reference.to_string(), job.state.to_owned(), since, from, to, why]
}

async fn show(here: Beside, reference: &Ref, json: bool) -> Result<(), StoreError> {
    let ledger = Ledger::new(here.store.clone());
    let queue = queue::Queue::beside(here.store);
    let jobs = queue.list().await?.into_iter().filter(|job| job.reference == *reference).collect::<Vec<_>>();
    let past = ledger.about(reference).await?;
    if jobs.is_empty() && past.is_empty() {
        return Err(StoreError::Missing(format!("mail {reference}")));
    }
    if json {
        let events: Vec<_> = past.iter().map(event).collect();
        print::json(&serde_json::json!({ "ref": reference, "copies": jobs, "events": events }));
        return Ok(());
    }
    for job in &jobs {
        print::line(&format!("copy {} is {} for {}", job.copy, job.state, row(job)[4]));
        for why in job.why.iter().chain(&job.last_error) {
            print::line(&format!("    {why}"));
        }
    }
    for entry in &past {
        print::line(&format!("{}  {}  {}", entry.at.strftime("%Y-%m-%d %H:%M:%S"), entry.name, entry.body));
    }
    Ok(())
}

/// A ledger entry as JSON: its time beside what it says.
fn event(entry: &Entry) -> serde_json::Value {
    let said = serde_json::from_str::<serde_json::Value>(&entry.body).unwrap_or_default();
    serde_json::json!({ "seq": entry.seq, "at": entry.at, "event": said })
}
