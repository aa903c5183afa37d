//! The door of journal listeners: what comes in is read, put into its retention class, and archived. No rule judges it, nobody gets it,
//! nobody hears of it but the ledger.

use bytes::Bytes;

use super::filing::{self, Copied};
use super::{LARGE, Pipeline, RuleSet, own_failure};
use crate::archive::journal::{self, Entry, Reading};
use crate::base::{Envelope, Ration, Reply, Submission, Timestamp};
use crate::boxed::Trouble;
use crate::config::Journal;
use crate::extract::{self, Contents};
use crate::ledger::Event;
use crate::message::Message;
use crate::protect::{Trust, learn};
use crate::store::StoreError;

impl Pipeline {
    /// Archives a whole mail and makes it durable; the 250 comes after the commit, as anywhere.
    pub async fn journal(&self, submission: Submission, journal: &Journal) -> Reply {
        let set = self.rules.borrow().clone();
        let reading = Reading { reports: journal.reports, envelope_fields: journal.envelope_header.clone() };
        let Some(entry) = read_aside(submission.raw.clone(), submission.envelope.clone(), reading).await else {
            return own_failure(&StoreError::Stopped);
        };
        let (contents, _until_done) = match self.contents_for_classes(&set, &entry.message).await {
            Ok(opened) => opened,
            Err(trouble) => return self.unopened(&submission, &trouble),
        };
        let Entry { message, envelope, provenance } = entry;
        let (reference, received_at) = (submission.reference.clone(), submission.received_at);
        let origin = Some(submission.origin.clone());
        let signed = journal.learn_keys.then(|| message.clone());
        let mail = Copied { reference, received_at, message, envelope, origin, provenance };
        match self.queue.post(filing::post(&set, mail, contents, None)).await {
            Ok(stored) => {
                if let Some(message) = signed {
                    self.learn(&set, message, submission.received_at).await;
                }
                Reply::new(250, "2.0.0", format!("Archived {}", stored.reference()))
            }
            Err(error) => self.failed(&submission, &error),
        }
    }

    /// Takes in the certificate of whoever outside signed a mail, where an authority of the system vouches for it. The mail is kept
    /// already: what fails here costs a key that the next signed mail brings again.
    async fn learn(&self, set: &RuleSet, message: Message, now: Timestamp) {
        let taught = tokio::task::spawn_blocking(move || learn(&message, Trust::System, now)).await.unwrap_or_default();
        for (address, key) in taught {
            if set.config.school.domains.contains(address.domain()) {
                continue;
            }
            if let Err(error) = self.keyring.learn(&address, &key, now).await {
                self.ledger.note(Event::Trouble { part: "keys".to_owned(), what: format!("the key of {address}: {error}") });
            }
        }
    }

    /// What is in the attachments, where a retention class asks for it. With them the room that they take in memory, to
    /// be given back when the class is known.
    async fn contents_for_classes(&self, set: &RuleSet, message: &Message) -> Result<(Contents, Option<Ration>), Trouble> {
        if !set.rules.classes_ask_contents() {
            return Ok((Contents::default(), None));
        }
        self.inspector.open(extract::leaves(message)).await
    }
}

/// Reading a large mail takes milliseconds: away from the threads that serve everybody else.
async fn read_aside(raw: Bytes, envelope: Envelope, reading: Reading) -> Option<Entry> {
    let is_large = raw.len() >= LARGE;
    let read = move || journal::read(raw, envelope, &reading);
    if is_large { tokio::task::spawn_blocking(read).await.ok() } else { Some(read()) }
}
