//! `schoolgate archive show`: one mail, for people or byte for byte.
//!
//! In: a reference, and leave to read that covers the mail. Out: a page with how the mail came, what became of it and what it says; or with `--raw` the
//! mail as it came, or the Nth copy as it was sent. A mail that the leave does not cover is not told apart from one that is not there. That it
//! was looked at is in the ledger before anything is shown. Strangers' words are shown so that no terminal obeys them.

use std::process::ExitCode;

use bytes::Bytes;
use clap::Args;
use jiff::tz::TimeZone;

use super::texts::{self, Texts};
use crate::access::Looked;
use crate::base::hash::sha256_hex;
use crate::base::{Address, Origin, Ref, Timestamp};
use crate::cli::beside::Beside;
use crate::cli::leave::Leave;
use crate::cli::{Config, extract, print};
use crate::ledger::{Event, Ledger};
use crate::message::Message;
use crate::search::document::Document;
use crate::search::{Scope, matches};
use crate::store::{KeptCopy, MailRow, PartitionName, Record};

#[derive(Debug, Args)]
pub struct Show {
    /// The mail's bytes and nothing else
    #[arg(long)]
    raw: bool,
    /// The Nth copy as it was sent, in place of the mail as it came
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    copy: Option<u32>,
    /// The mail
    #[arg(value_name = "REF", value_parser = Ref::parse)]
    reference: Ref,
    #[command(flatten)]
    leave: Leave,
    #[command(flatten)]
    config: Config,
}

/// A mail that may be shown.
struct Opened {
    row: MailRow,
    partition: Option<PartitionName>,
    record: Record,
    document: Document,
}

impl Show {
    pub fn run(self) -> ExitCode {
        let config = Config { file: self.config.file.clone() };
        Beside::run(&config, async |here: Beside| self.show(here).await)
    }

    async fn show(&self, here: Beside) -> Result<(), String> {
        let ledger = Ledger::new(here.store.clone());
        let permit = self.leave.permit(&here, &ledger).await?;
        let texts = Texts::new(here, ledger.clone());
        let opened = self.open(&texts, &Scope::of(&permit)).await;
        let done = match opened {
            Ok(opened) => {
                let recorded = permit.record(&ledger, Looked::Showed(self.reference.clone())).await;
                match recorded {
                    Ok(()) => self.print(&ledger, &opened).await,
                    Err(error) => Err(error.to_string()),
                }
            }
            Err(why) => Err(why),
        };
        texts.close().await;
        done
    }

    /// The mail, where the leave covers it.
    async fn open(&self, texts: &Texts, scope: &Scope) -> Result<Opened, String> {
        let absent = || format!("there is no mail {} among those that you may read", self.reference);
        let reader = texts.reader().await?;
        let store = reader.store();
        let row = store.row(&self.reference).await.map_err(|error| error.to_string())?.ok_or_else(absent)?;
        let names = store.partition_names().await.map_err(|error| error.to_string())?;
        let partition = names.into_iter().find(|name| name.id == row.place.partition);
        let class = partition.as_ref().map_or("", |name| name.class.as_str());
        let record = store.fetch(&row.place).await.map_err(|error| error.to_string())?;
        let document = reader.outline(&row, class, &record).await.map_err(|error| error.to_string())?;
        match matches(&scope.query(), &document) {
            true => Ok(Opened { row, partition, record, document }),
            false => Err(absent()),
        }
    }

    async fn print(&self, ledger: &Ledger, opened: &Opened) -> Result<(), String> {
        let bytes = match self.copy {
            None => opened.record.raw.clone(),
            Some(number) => copy(&opened.record, number)?,
        };
        if self.raw {
            print::bytes(&bytes);
            return Ok(());
        }
        let entries = ledger.about(&self.reference).await.map_err(|error| error.to_string())?;
        let read = |entry: &crate::ledger::Entry| serde_json::from_str::<Event>(&entry.body).ok().map(|event| (entry.at, event));
        let events: Vec<(Timestamp, Event)> = entries.iter().filter_map(read).collect();
        let message = Message::parse(bytes);
        how_it_came(opened);
        heading(&message);
        files(&opened.document);
        copies(&opened.record);
        history(&events);
        print::line("");
        print::line(extract::visible(&texts::body(&message)).trim_end());
        Ok(())
    }
}

fn copy(record: &Record, number: u32) -> Result<Bytes, String> {
    let found = record.copies.iter().find(|copy| copy.number == number);
    let count = record.copies.len();
    found.map(|copy| Bytes::from(copy.bytes(&record.raw))).ok_or_else(|| match count {
        0 => "this mail was not sent on by the gateway: there are no copies".to_owned(),
        _ => format!("there is no copy {number}; there are {count}"),
    })
}

fn field(name: &str, value: &str) {
    if !value.is_empty() {
        print::line(&format!("{name:<11} {}", extract::line(value)));
    }
}

fn when(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

fn how_it_came(opened: &Opened) {
    let Opened { row, partition, record, document } = opened;
    let header = &record.header;
    field("Mail", header.reference.as_str());
    field("Received", &when(header.received_at));
    field("How", &header.origin.as_ref().map_or_else(|| of_ours(record), by));
    field("Direction", document.direction.word());
    let from = header.envelope.reverse_path.to_string();
    field("Envelope", &format!("from <{from}> to {}", all(header.envelope.recipients.iter().map(|to| &to.address))));
    if let Some(PartitionName { class, expires_at, .. }) = partition {
        let until = expires_at.filter(|at| *at < Timestamp::MAX).map_or_else(|| "further notice".to_owned(), when);
        field("Kept", &format!("as \"{class}\" until {until}, number {} in the order of receipt", row.seq));
    }
    field("SHA-256", &header.sha256);
    field("Rules", &document.rules.join(", "));
    field("Verdict", &document.verdicts.iter().map(|verdict| verdict.word()).collect::<Vec<_>>().join(", "));
    print::line("");
}

/// Mail that no client brought.
fn of_ours(record: &Record) -> String {
    match (&record.header.issued, &record.header.provenance) {
        (Some(issued), _) => {
            let about = issued.about.as_ref().map_or_else(String::new, |about| format!(" about {about}"));
            format!("written by the gateway ({}){about}", issued.kind)
        }
        (None, Some(from)) => match &from.file {
            Some(_) => format!("imported out of a file ({})", from.form.as_str()),
            None => format!("by the journal ({})", from.form.as_str()),
        },
        (None, None) => "not known".to_owned(),
    }
}

fn by(origin: &Origin) -> String {
    let tls = origin.tls.as_ref().map_or_else(|| "without TLS".to_owned(), |tls| format!("{} {}", tls.version, tls.cipher));
    let account = origin.account.as_ref().map_or_else(String::new, |account| format!(", signed in as {account}"));
    let listener = serde_json::to_value(origin.listener).ok();
    let listener = listener.as_ref().and_then(|word| word.as_str()).unwrap_or_default();
    format!("{listener} from {} ({}), {tls}{account}", origin.client.ip(), origin.helo)
}

fn heading(message: &Message) {
    for name in ["From", "To", "Cc", "Bcc", "Date", "Subject"] {
        field(name, &message.values(name).join(" / "));
    }
}

fn files(document: &Document) {
    for file in &document.attachments {
        field("File", &format!("{} ({}, {})", file.name, file.kind, print::octets(file.size)));
    }
    print::line("");
}

fn copies(record: &Record) {
    for KeptCopy { number, recipients, .. } in &record.copies {
        let sent = record.copies.iter().find(|copy| copy.number == *number).map(|copy| copy.bytes(&record.raw));
        let sent = sent.unwrap_or_default();
        let text = format!(
            "{number} for {}, {}, SHA-256 {}",
            all(recipients.iter()),
            print::octets(sent.len() as u64),
            sha256_hex(&sent)
        );
        field("Copy", &text);
    }
}

/// The ledger's sentences; data that was found stands in them masked.
fn history(events: &[(Timestamp, Event)]) {
    for (at, event) in events {
        print::line(&format!("{}  {}: {}", when(*at), event.name(), extract::line(&event.sentence())));
    }
}

fn all<'a>(addresses: impl Iterator<Item = &'a Address>) -> String {
    addresses.map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
