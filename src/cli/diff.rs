//! `schoolgate diff`: which mails two configurations treat differently, by the code of the live path, touching nothing.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::explain::{Asked, Explain};
use super::{Config, beside, print};
use crate::base::{Address, ReversePath, Submission, limits};
use crate::boxed::{self, Pool};
use crate::extract;
use crate::message::Message;
use crate::pipeline::{self, RuleSet};
use crate::plan::explain::explain;
use crate::policy::Known;

#[derive(Debug, Args)]
pub struct Diff {
    /// The new configuration
    #[arg(long = "config", value_name = "NEW")]
    new: PathBuf,
    /// The configuration to hold it against
    #[arg(long = "against", value_name = "OLD", env = "SCHOOLGATE_CONFIG", default_value = "/etc/schoolgate/config.toml")]
    old: PathBuf,
    /// The envelope sender of all mails; else what each says in From
    #[arg(long, value_name = "ADDRESS", value_parser = super::explain::reverse_path)]
    from: Option<ReversePath>,
    /// A recipient of all mails; else whom each names in To and Cc
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<Address>,
    /// Who signed in; nobody where it is not said
    #[arg(long, value_name = "ADDRESS")]
    user: Option<Address>,
    /// A folder of mails: every file in it and below
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// Mails; `-` reads standard input
    #[arg(value_name = "MAIL", required_unless_present = "corpus")]
    mails: Vec<PathBuf>,
}

/// What two configurations make of one mail.
#[derive(Debug, Serialize)]
struct Difference {
    mail: String,
    from: String,
    to: Vec<String>,
    /// Which of the parts below differ.
    what: Vec<&'static str>,
    old: Value,
    new: Value,
}

/// All that was held against each other.
#[derive(Debug, Default, Serialize)]
struct Comparison {
    mails: usize,
    /// Mails that could not be judged, with the reason.
    skipped: Vec<Value>,
    differences: Vec<Difference>,
}

/// What of an explanation is compared, and how it is called.
const PARTS: [&str; 6] = ["reply", "copies", "held", "refused", "notify", "keep"];

impl Diff {
    pub fn run(&self) -> ExitCode {
        match self.compare() {
            Ok(comparison) if self.json => print::json(&comparison),
            Ok(comparison) => self.show(&comparison),
            Err(why) => return print::refusal(&why),
        }
        ExitCode::SUCCESS
    }

    fn compare(&self) -> Result<Comparison, String> {
        let read = |file: &Path| beside::read(&Config { file: file.to_owned() }).and_then(|loaded| RuleSet::new(loaded.config));
        let (old, new) = (read(&self.old)?, read(&self.new)?);
        let opens = old.rules.asks_contents() || new.rules.asks_contents();
        let mut comparison = Comparison::default();
        beside::runtime()?.block_on(async {
            let pool = Pool::open(boxed::Options::default()).await.map_err(|trouble| trouble.to_string())?;
            for mail in self.files()? {
                match self.submission(&mail) {
                    Ok(submission) => {
                        let known = opened(&pool, opens, &submission).await?;
                        comparison.mails += 1;
                        comparison.differences.extend(difference(&mail, (&old, &new), &submission, &known));
                    }
                    Err(why) => comparison.skipped.push(json!({ "mail": mail.display().to_string(), "why": why })),
                }
            }
            pool.close().await;
            Ok(comparison)
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>, String> {
        let mut files = self.mails.clone();
        if let Some(folder) = &self.corpus {
            below(folder, &mut files).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
        }
        Ok(files)
    }

    /// The mail as it would come; sender and recipients out of its header where they are not said.
    fn submission(&self, file: &Path) -> Result<Submission, String> {
        let raw = super::explain::as_sent(&super::explain::read(file)?);
        let message = Message::parse(raw.clone().into());
        let named = |field| message.mailboxes(field).into_iter().filter_map(|mailbox| mailbox.address);
        let from = self.from.clone().unwrap_or_else(|| named("from").next().map_or(ReversePath::Null, ReversePath::Address));
        let mut to = self.to.clone();
        if to.is_empty() {
            for address in named("to").chain(named("cc")) {
                if !to.iter().any(|known| known.same_as(&address)) {
                    to.push(address);
                }
            }
        }
        if to.is_empty() {
            return Err("it names no recipient in To or Cc; say --to ADDRESS".to_owned());
        }
        Ok(Explain::submission(Asked { from, to, user: self.user.clone() }, raw))
    }

    fn show(&self, comparison: &Comparison) {
        for Difference { mail, from, to, what, old, new } in &comparison.differences {
            print::line(&format!("{mail}\n  from {from} to {}", to.join(", ")));
            for part in what {
                print::line(&format!("  {part}\n    - {}\n    + {}", in_words(part, &old[part]), in_words(part, &new[part])));
            }
            print::line("");
        }
        for skipped in &comparison.skipped {
            print::line(&format!(
                "{}: not compared: {}",
                skipped["mail"].as_str().unwrap_or("-"),
                skipped["why"].as_str().unwrap_or("")
            ));
        }
        let (old, new) = (self.old.display(), self.new.display());
        print::line(&format!("{} of {} mails differ between {old} and {new}", comparison.differences.len(), comparison.mails));
    }
}

/// Every file in a folder and below, in order.
fn below(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type()? {
            kind if kind.is_dir() => below(&entry.path(), files)?,
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}

/// What is in a mail's attachments, where a rule of either asks. Nothing is scanned: a virus is refused by both.
async fn opened(pool: &Pool, opens: bool, submission: &Submission) -> Result<Known, String> {
    let leaves = if opens { extract::leaves(&Message::parse(submission.raw.clone())) } else { Vec::new() };
    let deadline = tokio::time::Instant::now() + limits::INSPECTION_TIME;
    let (contents, _) = pool.examine(leaves, deadline).await.map_err(|trouble| trouble.to_string())?;
    Ok(Known { contents, ..Known::default() })
}

fn difference(mail: &Path, (old, new): (&RuleSet, &RuleSet), submission: &Submission, known: &Known) -> Option<Difference> {
    let (old, new) = (outcome(old, submission, known), outcome(new, submission, known));
    let what: Vec<&str> = PARTS.into_iter().filter(|part| old[part] != new[part]).collect();
    let to = submission.envelope.recipients.iter().map(|to| to.address.to_string()).collect();
    let (mail, from) = (mail.display().to_string(), submission.envelope.reverse_path.to_string());
    (!what.is_empty()).then_some(Difference { mail, from, to, what, old, new })
}

/// What `explain --json` says of it, as far as the world outside would notice.
fn outcome(set: &RuleSet, submission: &Submission, known: &Known) -> Value {
    let message = Message::parse(submission.raw.clone());
    let judged = pipeline::judge(set, submission, message, set.config.relay_senders(), known);
    let explanation = explain(&set.config, &set.rules, submission, &judged.verdicts, &judged.plan);
    let mut whole = serde_json::to_value(&explanation).unwrap_or_default();
    PARTS.into_iter().map(|part| (part.to_owned(), whole[part].take())).collect::<serde_json::Map<_, _>>().into()
}

/// A part in one line.
fn in_words(part: &str, value: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let joined =
        |value: &Value| value.as_array().map(|all| all.iter().map(text).collect::<Vec<_>>().join(", ")).unwrap_or_default();
    let one = |item: &Value| match part {
        "copies" => {
            let encrypted = item["encrypt"].as_str().map(|method| format!(", encrypted by {method}")).unwrap_or_default();
            let (to, route, edits) = (joined(&item["recipients"]), text(&item["route"]), joined(&item["edits"]));
            format!("to {to} by \"{route}\"{encrypted} ({edits})")
        }
        "held" => {
            format!("for {} until the {} decides (rule {})", joined(&item["recipients"]), text(&item["for"]), text(&item["rule"]))
        }
        "refused" => format!("{}: {}", text(&item["recipient"]), text(&item["text"])),
        "notify" => format!("{} (rule {})", text(&item["to"]), text(&item["rule"])),
        _ => text(item),
    };
    match value {
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(one).collect::<Vec<_>>().join("; "),
        value if part == "reply" => format!("{} {}", value["code"], text(&value["text"])),
        value => format!("{} until {}", text(&value["id"]), text(&value["until"])),
    }
}
