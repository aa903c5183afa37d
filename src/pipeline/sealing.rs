//! Encrypts the copies of a mail that are to leave as S/MIME, OpenPGP or a password archive, or to wait on a page, after the plan and
//! before the commit.
//!
//! In: a judged mail whose plan names copies to be sealed, and the keys that were looked up for it. Out: the same with every such copy
//! sealed, and what was made with it: passwords, each for its sender's eyes, and messages for the shelf. Where a way fails for somebody now (a key that ended between,
//! a library), it is closed to them and the plan is drawn again: the next way is tried, and in the end `on_error` decides.
//!
//! Invariant: what comes out has no copy that is yet to be sealed. A password is in the letter to the sender and nowhere else, a link in
//! the notice that leaves.

use std::collections::HashMap;

use bytes::Bytes;

use super::pickup::{Outgoing, Shelved};
use super::{Judged, Pipeline, RuleSet};
use crate::base::{Address, Secret, Submission, Timestamp};
use crate::config::{Config, Method};
use crate::message::Message;
use crate::plan::{self, Copy};
use crate::policy::{Keys, Side};
use crate::protect::keys::Public;
use crate::protect::{Certificate, Cover, Keyring, Kind, PublicKey, Why, archive, openpgp, password, smime};
use crate::store::StoreError;

/// Keys of a mail's recipients, by [`Address::key`].
#[derive(Debug, Default)]
pub struct Ring(HashMap<(String, &'static str), Public>);

/// A password that was made, and who is to be told it by telephone.
pub(super) struct Told {
    pub(super) recipients: Vec<Address>,
    pub(super) password: Secret,
    /// Whether the copy waits for somebody's decision yet.
    pub(super) waits: bool,
}

/// What was made beside the copies.
#[derive(Default)]
pub(super) struct Made {
    pub(super) told: Vec<Told>,
    pub(super) shelved: Option<Shelved>,
}

/// A copy as it leaves.
struct Sealed {
    mail: Vec<u8>,
    keys: Vec<String>,
    password: Option<Secret>,
}

/// A way failed for these recipients.
struct Closed {
    recipients: Vec<Address>,
    method: Method,
    why: String,
}

impl Ring {
    /// The keys of those outside, where a rule asks for any.
    ///
    /// # Errors
    /// What the store says.
    pub async fn look(keyring: &Keyring, set: &RuleSet, submission: &Submission, now: Timestamp) -> Result<Self, StoreError> {
        let mut ring = Self::default();
        let asked = |kind: Kind| {
            let word = kind.as_str();
            set.config.rules.iter().flat_map(|rule| &rule.act.encrypt).any(|method| method.to_string() == word)
        };
        for kind in [Kind::Smime, Kind::Openpgp].into_iter().filter(|kind| asked(*kind)) {
            let outside = submission.envelope.recipients.iter().filter(|to| set.rules.side(&to.address) != Side::Inside);
            for to in outside {
                if let Some(key) = keyring.best(&to.address, kind, now).await? {
                    ring.0.insert((to.address.key(), kind.as_str()), key);
                }
            }
        }
        Ok(ring)
    }

    /// Whose keys there are: what the plan goes by.
    #[must_use]
    pub fn known(&self) -> Keys {
        let of = |kind: Kind| self.0.keys().filter(|(_, word)| *word == kind.as_str()).map(|(key, _)| key.clone()).collect();
        Keys { smime: of(Kind::Smime), openpgp: of(Kind::Openpgp), ..Keys::default() }
    }

    fn certificates(&self, recipients: &[Address]) -> Vec<Certificate> {
        let keys = recipients.iter().filter_map(|to| self.0.get(&(to.key(), Kind::Smime.as_str())));
        keys.filter_map(|key| if let Public::Smime(key) = key { Some(key.clone()) } else { None }).collect()
    }

    fn public_keys(&self, recipients: &[Address]) -> Vec<PublicKey> {
        let keys = recipients.iter().filter_map(|to| self.0.get(&(to.key(), Kind::Openpgp.as_str())));
        keys.filter_map(|key| if let Public::Openpgp(key) = key { Some((**key).clone()) } else { None }).collect()
    }
}

impl Pipeline {
    /// Encrypting takes milliseconds and more: away from the threads that serve everybody else. Nothing where they are gone.
    pub(super) async fn seal_aside(
        &self,
        set: RuleSet,
        submission: &Submission,
        judged: Judged,
        ring: Ring,
    ) -> Option<(Judged, Made)> {
        if !judged.plan.copies.iter().any(Copy::is_unsealed) {
            return Some((judged, Made::default()));
        }
        let copy = submission.clone();
        tokio::task::spawn_blocking(move || seal(&set, &copy, judged, &ring, Timestamp::now())).await.ok()
    }
}

/// Seals every copy. Each round closes a way to somebody or is the last one.
fn seal(set: &RuleSet, submission: &Submission, mut judged: Judged, ring: &Ring, now: Timestamp) -> (Judged, Made) {
    loop {
        match seal_all(&set.config, submission, &mut judged.plan.copies, ring, now) {
            Ok(made) => return (judged, made),
            Err(closed) => {
                close(&mut judged.verdicts.keys, closed);
                let Judged { message, verdicts, .. } = &judged;
                judged.plan = plan::draw(&set.config, submission, message, verdicts, &plan::SchoolNotices);
            }
        }
    }
}

fn seal_all(config: &Config, submission: &Submission, copies: &mut [Copy], ring: &Ring, now: Timestamp) -> Result<Made, Closed> {
    let mut made = Made::default();
    for copy in copies.iter_mut().filter(|copy| copy.is_unsealed()) {
        let Some(method) = copy.encrypt.as_ref().map(|encryption| encryption.method.clone()) else { continue };
        let recipients: Vec<Address> = copy.job.recipients.iter().map(|to| to.address.clone()).collect();
        let plain = Message::parse(Bytes::from(copy.plain(&submission.raw)));
        let done = match method {
            Method::Pickup => shelve(config, submission, copy, &plain, &mut made.shelved, now),
            _ => sealed(&plain, &method, &recipients, ring, now).map(|Sealed { mail, keys, password }| {
                copy.seal(&submission.raw, mail, keys);
                let (recipients, waits) = (recipients.clone(), copy.is_held());
                made.told.extend(password.map(|password| Told { recipients, password, waits }));
            }),
        };
        done.map_err(|why| Closed { recipients, method, why: why.to_string() })?;
    }
    Ok(made)
}

/// Puts a copy on the shelf, with a notice in its place.
fn shelve(
    config: &Config,
    submission: &Submission,
    copy: &mut Copy,
    plain: &Message,
    shelved: &mut Option<Shelved>,
    now: Timestamp,
) -> Result<(), Why> {
    let sender = submission.envelope.reverse_path.address().ok_or(Why::NoKeys)?;
    let [recipient] = copy.job.recipients.as_slice() else { return Err(Why::Failed("a link is for one person".to_owned())) };
    let recipient = recipient.address.clone();
    let mail = Outgoing { reference: &submission.reference, at: submission.received_at, sender, message: plain };
    let shelved = match shelved {
        Some(shelved) => shelved,
        None => shelved.insert(Shelved::new(config, now)?),
    };
    let notice = shelved.add(config, mail, &recipient, copy.is_held())?;
    copy.announce(&submission.raw, notice.mail, notice.kept);
    Ok(())
}

fn sealed(mail: &Message, method: &Method, recipients: &[Address], ring: &Ring, now: Timestamp) -> Result<Sealed, Why> {
    match method {
        Method::Smime => {
            let keys = all_of(ring.certificates(recipients), recipients)?;
            let names = keys.iter().map(|key| key.fingerprint().to_owned()).collect();
            Ok(Sealed { mail: smime::encrypt(mail, &keys, &Cover::default(), now)?, keys: names, password: None })
        }
        Method::Openpgp => {
            let keys = all_of(ring.public_keys(recipients), recipients)?;
            let names = keys.iter().map(|key| key.fingerprint().to_owned()).collect();
            Ok(Sealed { mail: openpgp::encrypt(mail, &keys, &Cover::default(), now)?, keys: names, password: None })
        }
        Method::PasswordArchive | Method::Pickup | Method::TlsVerified | Method::Route(_) => {
            let password = password::make()?;
            let mail = archive::encrypt(mail, &password, &archive::Notice::default())?;
            Ok(Sealed { mail, keys: Vec::new(), password: Some(password) })
        }
    }
}

/// One for each recipient: nobody gets a mail that they cannot open.
fn all_of<K>(keys: Vec<K>, recipients: &[Address]) -> Result<Vec<K>, Why> {
    if keys.len() == recipients.len() { Ok(keys) } else { Err(Why::NoKeys) }
}

fn close(keys: &mut Keys, closed: Closed) {
    for to in &closed.recipients {
        keys.smime.retain(|key| closed.method != Method::Smime || *key != to.key());
        keys.openpgp.retain(|key| closed.method != Method::Openpgp || *key != to.key());
        keys.faults.insert((to.key(), closed.method.to_string()), closed.why.clone());
    }
}

#[cfg(test)]
#[path = "sealing_tests.rs"]
mod tests;
