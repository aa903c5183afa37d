//! The second door: mail of our own. It is archived like any other, never judged, and never bounced (null reverse path).

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::letter::Letter;
use super::name::new_reference;
use crate::base::hash::sha256_hex;
use crate::base::{BodyKind, Envelope, Recipient, Ref, ReversePath, Timestamp};
use crate::config::Config;
use crate::deliver::{Issue, OwnMail};
use crate::ledger::Event;
use crate::message::Edits;
use crate::queue::{NewJob, Post};
use crate::store::{Issued, Keeping, RecordHeader};

/// What delivery hands its reports to.
pub struct Issuer {
    config: watch::Receiver<Arc<Config>>,
}

impl Issuer {
    /// Mail of our own is written by the configuration in force.
    #[must_use]
    pub fn new(config: watch::Receiver<Arc<Config>>) -> Self {
        Self { config }
    }
}

impl Issue for Issuer {
    fn prepare(&self, mail: OwnMail) -> Post {
        issue(&self.config.borrow(), mail, Timestamp::now())
    }
}

/// Makes a post of a mail of our own, under a new reference.
#[must_use]
pub fn issue(config: &Config, mail: OwnMail, now: Timestamp) -> Post {
    issue_as(new_reference(now), config, mail, now)
}

/// Writes a letter about a mail under a new reference, which its Message-ID bears, and makes a post of it.
#[must_use]
pub fn issue_letter(config: &Config, letter: &Letter, about: &Ref, now: Timestamp) -> Post {
    written(config, letter, Some(about.clone()), now)
}

/// The same with a letter about no mail.
#[must_use]
pub fn issue_notice(config: &Config, letter: &Letter, now: Timestamp) -> Post {
    written(config, letter, None, now)
}

fn written(config: &Config, letter: &Letter, about: Option<Ref>, now: Timestamp) -> Post {
    let reference = new_reference(now);
    let raw = letter.write(&config.school, now, &reference);
    issue_as(reference, config, OwnMail { to: letter.to.clone(), kind: letter.kind.to_owned(), about, raw }, now)
}

fn issue_as(reference: Ref, config: &Config, mail: OwnMail, now: Timestamp) -> Post {
    issue_with(reference, config, mail, (ReversePath::Null, Edits::default(), None), now)
}

/// A mail of our own and its only copy, with what that copy changes in it, and what the archive has in place of that.
pub(super) fn issue_with(
    reference: Ref,
    config: &Config,
    mail: OwnMail,
    (reverse_path, edits, kept): (ReversePath, Edits, Option<Edits>),
    now: Timestamp,
) -> Post {
    let OwnMail { to, kind, about, raw } = mail;
    let body = if raw.is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit };
    let smtputf8 = !to.is_ascii();
    let envelope = Envelope::new(reverse_path, vec![Recipient::new(to.clone())]);
    let envelope = Envelope { body, smtputf8, ..envelope };
    let copy = NewJob { edits, kept, ..NewJob::new(envelope.clone(), now) };
    let sha256 = sha256_hex(&raw);
    let (told, known) = (about.clone(), Some(sha256.clone()));
    let event = Event::Issued { reference: reference.clone(), to, about: told, kind: kind.clone(), sha256: known };
    let issued = Some(Issued { kind, about });
    let keep = keeping(config, now);
    let header = RecordHeader { reference, received_at: now, envelope, origin: None, issued, provenance: None, sha256 };
    Post { keep, header, raw: Bytes::from(raw), shared: Vec::new(), copies: vec![copy], events: vec![event] }
}

/// How long mail of our own is kept: as any other.
fn keeping(config: &Config, now: Timestamp) -> Keeping {
    let class = config.retention.last();
    class.map_or_else(|| Keeping::for_ever(""), |class| Keeping { class: class.id.clone(), until: class.ends(now) })
}
