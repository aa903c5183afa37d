//! `schoolgate case`: the leave to read the archive, asked by one person and given by another.
//!
//! Each signs in with their own account. Who has to decide, and who hears of a decision, is told by mail.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::Config;
use super::beside::Beside;
use super::leave::{self, Who};
use super::print;
use crate::access::{self, Asked, Cases, Kind, Mailbox, People, Role};
use crate::base::{Address, Timestamp};
use crate::ledger::Ledger;
use crate::pipeline::letter::Letter;
use crate::store::StoreError;

#[derive(Debug, Subcommand)]
pub enum Case {
    /// Ask for leave to read, as an auditor or data protection officer; the approvers are told by mail
    #[command(
        after_help = "Example:\n  schoolgate case request --kind subject-access --mailbox office@oakfield.example.sch.uk \\\n      --from 2026-09-01 --to 2026-11-30 --purpose 'Mrs Reed asks what we hold about her' \\\n      --until 2026-12-24 --as auditor@oakfield.example.sch.uk"
    )]
    Request(Request),
    /// Give the leave, as an approver who did not ask
    #[command(after_help = "Example:\n  schoolgate case approve 7 --as head@oakfield.example.sch.uk")]
    Approve {
        number: u64,
        /// An earlier last day than was asked
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
        /// Why, for the ledger and for who asked
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        config: Config,
    },
    /// Refuse it
    #[command(
        after_help = "Example:\n  schoolgate case refuse 7 --why 'please name the mailboxes' --as head@oakfield.example.sch.uk"
    )]
    Refuse {
        number: u64,
        /// Why, for the ledger and for who asked
        #[arg(long, value_name = "TEXT")]
        why: String,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        config: Config,
    },
    /// Show all cases
    #[command(after_help = "Example:\n  schoolgate case list --json")]
    List {
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// Show one case whole
    #[command(after_help = "Example:\n  schoolgate case show 7")]
    Show {
        number: u64,
        /// One JSON document
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: Config,
    },
    /// End a case before its last day
    #[command(after_help = "Example:\n  schoolgate case close 7 --as auditor@oakfield.example.sch.uk")]
    Close {
        number: u64,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        config: Config,
    },
}

#[derive(Debug, Args)]
pub struct Request {
    /// For what: subject-access, freedom-of-information, governors, court, safeguarding, discipline, absence, security or other
    #[arg(long, value_name = "KIND", value_parser = Kind::parse)]
    kind: Kind,
    /// Whose mail: an address, a domain, or `@all`; may be given more than once
    #[arg(long, value_name = "ADDRESS", required = true, num_args = 1.., value_parser = Mailbox::parse)]
    mailbox: Vec<Mailbox>,
    /// First day of receipt
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// Last day of receipt
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// For what purpose, in a sentence for the approver
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// The last day on which may be read
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Who may read; yourself where nobody is named
    #[arg(long, value_name = "ADDRESS", num_args = 1..)]
    auditor: Vec<Address>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    config: Config,
}

impl Case {
    pub fn run(self) -> ExitCode {
        match self {
            Self::Request(request) => {
                let config = request.config.clone();
                Beside::run(&config, async |here| ask(here, request).await)
            }
            Self::Approve { number, until, why, who, config } => {
                Beside::run(&config, async |here| decide(here, number, true, (why, until), &who).await)
            }
            Self::Refuse { number, why, who, config } => {
                Beside::run(&config, async |here| decide(here, number, false, (Some(why), None), &who).await)
            }
            Self::List { json, config } => Beside::run(&config, async |here| list(here, json).await),
            Self::Show { number, json, config } => Beside::run(&config, async |here| show(here, number, json).await),
            Self::Close { number, who, config } => Beside::run(&config, async |here| {
                let by = who.sign_in(&here, &Ledger::new(here.store.clone())).await?;
                Cases::new(here.store).close(number, &by, Timestamp::now()).await.map_err(said)?;
                print::line(&format!("case {number} is closed"));
                Ok::<_, String>(())
            }),
        }
    }
}

async fn ask(here: Beside, request: Request) -> Result<(), String> {
    let by = request.who.sign_in(&here, &Ledger::new(here.store.clone())).await?;
    let Request { kind, mailbox, from, to, purpose, until, auditor, .. } = request;
    let auditors = if auditor.is_empty() { vec![by.address.clone()] } else { auditor };
    let asked = Asked { kind, mailboxes: mailbox, from, to, purpose, auditors, until };
    let case = Cases::new(here.store.clone()).request(asked, &by, Timestamp::now()).await.map_err(said)?;
    let approvers = People::new(here.store.clone()).with_role(Role::Approver).await.map_err(said)?;
    print::line(&format!("case {} is asked for; it waits for an approver", case.number));
    if approvers.is_empty() {
        print::warning("there is no approver yet: add one with `schoolgate user add ADDRESS --role approver`");
    }
    leave::post(&here, approvers.into_iter().map(|to| Letter::case_asked(to, &case)).collect()).await
}

async fn decide(
    here: Beside,
    number: u64,
    approved: bool,
    terms: (Option<String>, Option<Date>),
    who: &Who,
) -> Result<(), String> {
    let by = who.sign_in(&here, &Ledger::new(here.store.clone())).await?;
    let cases = Cases::new(here.store.clone());
    let case = cases.decide(number, approved, terms, &by, Timestamp::now()).await.map_err(said)?;
    let what = if approved { format!("approved until {}", case.asked.until) } else { "refused".to_owned() };
    print::line(&format!("case {number} is {what}"));
    let mut told = case.asked.auditors.clone();
    if !told.iter().any(|auditor| auditor.same_as(&case.asked_by)) {
        told.push(case.asked_by.clone());
    }
    leave::post(&here, told.into_iter().map(|to| Letter::case_decided(to, &case)).collect()).await
}

async fn list(here: Beside, json: bool) -> Result<(), StoreError> {
    let cases = Cases::new(here.store).list().await?;
    if json {
        print::json(&cases.iter().map(shown).collect::<Vec<_>>());
    } else if cases.is_empty() {
        print::line("nobody has asked for leave to read yet");
    } else {
        let rows: Vec<_> = cases.iter().map(row).collect();
        print::table(&["CASE", "STATE", "KIND", "MAILBOXES", "RECEIVED", "ASKED BY", "UNTIL"], &rows, 40);
    }
    Ok(())
}

async fn show(here: Beside, number: u64, json: bool) -> Result<(), StoreError> {
    let case = Cases::new(here.store).get(number).await?;
    if json {
        print::json(&shown(&case));
        return Ok(());
    }
    let auditors: Vec<String> = case.asked.auditors.iter().map(ToString::to_string).collect();
    print::line(&format!("case {number} is {}", state(&case).as_str()));
    print::line(&format!("  kind       {}", case.asked.kind.as_str()));
    print::line(&format!("  mailboxes  {}", mailboxes(&case)));
    print::line(&format!("  received   {} to {}", case.asked.from, case.asked.to));
    print::line(&format!("  purpose    {}", case.asked.purpose));
    print::line(&format!("  auditors   {}", auditors.join(", ")));
    print::line(&format!("  until      {}", case.asked.until));
    print::line(&format!("  asked by   {}, {}", case.asked_by, case.asked_at.strftime("%Y-%m-%d %H:%M")));
    if let Some(decision) = &case.decided {
        let what = if decision.approved { "approved" } else { "refused" };
        let why = decision.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        print::line(&format!("  {what:<10} by {}, {}{why}", decision.by, decision.at.strftime("%Y-%m-%d %H:%M")));
    }
    if let Some(closing) = &case.closed {
        print::line(&format!("  closed     by {}, {}", closing.by, closing.at.strftime("%Y-%m-%d %H:%M")));
    }
    Ok(())
}

fn row(case: &access::Case) -> Vec<String> {
    vec![
        case.number.to_string(),
        state(case).as_str().to_owned(),
        case.asked.kind.as_str().to_owned(),
        mailboxes(case),
        format!("{} to {}", case.asked.from, case.asked.to),
        case.asked_by.to_string(),
        case.asked.until.to_string(),
    ]
}

/// A case as JSON, with where it stands today.
fn shown(case: &access::Case) -> serde_json::Value {
    let mut value = serde_json::json!(case);
    value["state"] = serde_json::json!(state(case));
    value["mailboxes"] = case.asked.mailboxes.iter().map(ToString::to_string).collect();
    value
}

fn mailboxes(case: &access::Case) -> String {
    case.asked.mailboxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn state(case: &access::Case) -> access::State {
    case.state(jiff::Zoned::now().date())
}

fn said(error: StoreError) -> String {
    error.to_string()
}
