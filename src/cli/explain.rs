//! `schoolgate explain`: what would happen to a mail and why, by the code of the live path, touching nothing.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use tokio::sync::watch;

use super::{Config, beside, print};
use crate::base::{Address, BodyKind, Envelope, ListenerKind, Origin, Recipient, ReversePath, Submission, Timestamp};
use crate::boxed::{self, Pool};
use crate::deliver::{SystemNames, Warrants};
use crate::extract;
use crate::message::Message;
use crate::pipeline::inspection::Seen;
use crate::pipeline::sealing::Ring;
use crate::pipeline::{self, Inspector, RuleSet, vouching};
use crate::plan::explain::{Explanation, explain};
use crate::policy::{Known, Scan};
use crate::protect::Keyring;
use crate::scan::Scanner;
use crate::store::Store;
use crate::threads::Threads;

#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    config: Config,
    /// The envelope sender; `<>` for none
    #[arg(long, value_name = "ADDRESS", value_parser = reverse_path)]
    from: ReversePath,
    /// A recipient; say it again for each further one
    #[arg(long, value_name = "ADDRESS", required = true)]
    to: Vec<Address>,
    /// Who signed in; nobody where it is not said: the mail then comes by a relay listener
    #[arg(long, value_name = "ADDRESS")]
    user: Option<Address>,
    /// One JSON document
    #[arg(long)]
    json: bool,
    /// The mail; `-` reads standard input
    #[arg(value_name = "MAIL.eml")]
    mail: PathBuf,
}

pub(super) fn reverse_path(text: &str) -> Result<ReversePath, String> {
    match text {
        "" | "<>" => Ok(ReversePath::Null),
        text => Address::parse(text).map(ReversePath::Address).map_err(|error| error.to_string()),
    }
}

/// The envelope that a mail is judged with.
pub(super) struct Asked {
    pub from: ReversePath,
    pub to: Vec<Address>,
    pub user: Option<Address>,
}

impl Explain {
    pub fn run(self) -> ExitCode {
        let json = self.json;
        match self.explain() {
            Ok(explanation) if json => print::json(&explanation),
            Ok(explanation) => print::line(explanation.to_string().trim_end()),
            Err(why) => return print::refusal(&why),
        }
        ExitCode::SUCCESS
    }

    fn explain(self) -> Result<Explanation, String> {
        let set = RuleSet::seeing(beside::read(&self.config)?.config, true)?;
        let raw = as_sent(&read(&self.mail)?);
        let submission = Self::submission(Asked { from: self.from, to: self.to, user: self.user }, raw);
        let message = Message::parse(submission.raw.clone());
        let runtime = beside::runtime()?;
        let known = runtime.block_on(look_into(&set, &message))?;
        let known = runtime.block_on(remember(&set, &submission, &message, known))?;
        let judged = pipeline::judge_aloud(&set, &submission, message, &known);
        let warrants = Arc::new(Warrants::new(Arc::new(SystemNames::new()), None, Arc::new(Timestamp::now))?);
        let judged = runtime.block_on(vouching::vouch(&warrants, &set, &submission, judged));
        Ok(explain(&set.config, &set.rules, &submission, &judged.verdicts, &judged.plan).knowing(&known))
    }

    /// The mail as it would come in now.
    pub(super) fn submission(asked: Asked, raw: Vec<u8>) -> Submission {
        let Asked { from, to, user } = asked;
        let now = Timestamp::now();
        let listener = if user.is_some() { ListenerKind::Submission } else { ListenerKind::Relay };
        let body = if raw.is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit };
        let recipients = to.into_iter().map(Recipient::new).collect();
        Submission {
            reference: pipeline::name::new_reference(now),
            received_at: now,
            envelope: Envelope { body, ..Envelope::new(from, recipients) },
            origin: Origin {
                listener,
                client: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
                helo: "explain".to_owned(),
                esmtp: true,
                tls: None,
                account: user,
            },
            raw: Bytes::from(raw),
        }
    }
}

/// What the live path would find out beforehand, but for its memory of who wrote to whom. Attachments are opened and scanned whether or not
/// a rule asks for it, for they are shown.
async fn look_into(set: &RuleSet, message: &Message) -> Result<Known, String> {
    let leaves = extract::leaves(message);
    if leaves.is_empty() && set.config.antivirus.clamd.is_none() {
        return Ok(Known { scan: Scan::none(), ..Known::default() });
    }
    let pool = Pool::open(boxed::Options::default()).await.map_err(|trouble| trouble.to_string())?;
    let (_scanner, scanner) = watch::channel(Scanner::new(&set.config.antivirus));
    let seen = Inspector::new(pool.clone(), scanner).inspect_all(message.raw().clone(), leaves).await;
    pool.close().await;
    let Seen { contents, scan, .. } = seen.map_err(|trouble| trouble.to_string())?;
    Ok(Known { contents, scan, ..Known::default() })
}

/// What the store says of keys and threads, where a rule asks and there is a store. As root it is left alone: what root writes beside it
/// the gateway could not read.
async fn remember(set: &RuleSet, submission: &Submission, message: &Message, known: Known) -> Result<Known, String> {
    let options = &set.config.store;
    if set.rules.encrypting().is_empty() || !options.path.join("store.db").exists() {
        return Ok(known);
    }
    if beside::other_owner(&options.path).is_some() {
        print::warning("the recipients' keys are not looked up: run this as the user that the store belongs to");
        return Ok(known);
    }
    let store = Store::open_beside(options).map_err(|error| error.to_string())?;
    let ring = Ring::look(&Keyring::new(store.clone()), set, submission, submission.received_at).await;
    let thread = Threads::new(store.clone()).protected_by(message, set.rules.encrypting().to_vec()).await;
    store.close().await;
    let keys = ring.map_err(|error| error.to_string())?.known();
    Ok(Known { keys, thread_protected_by: thread.map_err(|error| error.to_string())?, ..known })
}

pub(super) fn read(mail: &Path) -> Result<Vec<u8>, String> {
    let mut raw = Vec::new();
    let read = match mail.to_str() {
        Some("-") => std::io::stdin().lock().read_to_end(&mut raw).map(|_| ()),
        _ => std::fs::read(mail).map(|bytes| raw = bytes),
    };
    read.map_err(|error| format!("{} cannot be read: {error}", mail.display()))?;
    Ok(raw)
}

/// The bytes as a client would send them: files on disk often have bare line feeds, SMTP never.
pub(super) fn as_sent(file: &[u8]) -> Vec<u8> {
    let mut raw = Vec::with_capacity(file.len() + file.len() / 32 + 2);
    let mut before = 0;
    for &byte in file {
        if byte == b'\n' && before != b'\r' {
            raw.push(b'\r');
        }
        raw.push(byte);
        before = byte;
    }
    if !raw.ends_with(b"\r\n") {
        raw.extend_from_slice(b"\r\n");
    }
    raw
}
