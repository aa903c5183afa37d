//! How a mail of which only a copy came is kept: in a retention class like any other, judged by no rule, delivered to nobody.
//!
//! In: a [`Copied`] mail of a journal listener or an import, and what is in its attachments where a class asks for it. Out: a [`Post`]
//! without copies. Pure but for the reference, which the caller draws.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::base::hash::sha256_hex;
use crate::base::{Address, Envelope, ListenerKind, Origin, Recipient, Ref, Submission, Timestamp};
use crate::extract::Contents;
use crate::ledger::Event;
use crate::message::Message;
use crate::plan::{self, Kept};
use crate::policy::Known;
use crate::queue::Post;
use crate::store::{Keeping, Provenance, RecordHeader};

use super::RuleSet;

/// A mail that is to be kept and nothing else.
pub struct Copied {
    pub reference: Ref,
    /// From when on its retention counts.
    pub received_at: Timestamp,
    pub message: Message,
    pub envelope: Envelope,
    /// Who brought it, where it came by SMTP.
    pub origin: Option<Origin>,
    pub provenance: Provenance,
}

/// Makes a post of a mail, in the class that the configuration gives it or in the one that is named.
#[must_use]
pub fn post(set: &RuleSet, mail: Copied, contents: Contents, named: Option<&str>) -> Post {
    let kept = match named.and_then(|id| set.config.retention.iter().position(|class| class.id == id)) {
        Some(class) => plan::kept_by_class(&set.config, Some(class), mail.received_at),
        None => kept(set, &mail, contents),
    };
    let raw = mail.message.raw().clone();
    let sha256 = sha256_hex(&raw);
    let shared = mail.message.attachments();
    let event = event(&mail, &kept.id, &sha256, raw.len() as u64);
    let Copied { reference, received_at, envelope, origin, provenance, .. } = mail;
    let header = RecordHeader { reference, received_at, envelope, origin, issued: None, provenance: Some(provenance), sha256 };
    let keep = Keeping { class: kept.id, until: kept.until };
    Post { keep, header, raw, shared, copies: Vec::new(), events: vec![event] }
}

/// The class that the configuration gives it. A class is asked about each recipient; where none is known the sender stands in, so that
/// classes by sender find their mail.
fn kept(set: &RuleSet, mail: &Copied, contents: Contents) -> Kept {
    let mut envelope = mail.envelope.clone();
    if envelope.recipients.is_empty() {
        envelope.recipients.extend(envelope.reverse_path.address().cloned().map(Recipient::new));
    }
    let submission = Submission {
        reference: mail.reference.clone(),
        received_at: mail.received_at,
        envelope,
        origin: mail.origin.clone().unwrap_or_else(from_here),
        raw: mail.message.raw().clone(),
    };
    let known = Known { contents, ..Known::default() };
    plan::kept_by_class(&set.config, set.rules.class(&submission, &mail.message, &known), mail.received_at)
}

/// Whence a mail out of a file comes, for those who ask.
fn from_here() -> Origin {
    Origin {
        listener: ListenerKind::Journal,
        client: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        helo: String::new(),
        esmtp: false,
        tls: None,
        account: None,
    }
}

fn event(mail: &Copied, class: &str, sha256: &str, size: u64) -> Event {
    let reference = mail.reference.clone();
    let from = mail.envelope.reverse_path.to_string();
    let recipients: Vec<Address> = mail.envelope.recipients.iter().map(|to| to.address.clone()).collect();
    let (sha256, class, form) = (sha256.to_owned(), class.to_owned(), mail.provenance.form.as_str().to_owned());
    match &mail.origin {
        Some(origin) => {
            let (client, why) = (origin.client.ip(), mail.provenance.why.clone());
            Event::MailJournaled { reference, from, recipients, size, sha256, class, client, form, why }
        }
        None => {
            let file = mail.provenance.file.as_ref().map(|file| file.path.clone()).unwrap_or_default();
            Event::MailImported { reference, from, recipients, size, sha256, class, form, file }
        }
    }
}
