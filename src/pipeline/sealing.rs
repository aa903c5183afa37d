//! Encrypts the copies of a mail that are to leave as S/MIME, OpenPGP or a password archive, after the plan and before the commit.
//!
//! In: a judged mail whose plan names copies to be sealed, and the keys that were looked up for it. Out: the same with every such copy
//! sealed, and the passwords that were made, each for its sender's eyes. Where a way fails for somebody now (a key that ended between,
//! a library), it is closed to them and the plan is drawn again: the next way is tried, and in the end `on_error` decides.
//!
//! Invariant: what comes out has no copy that is yet to be sealed. A password is in the letter to the sender and nowhere else.

use std::collections::HashMap;

use bytes::Bytes;

use super::{Judged, Pipeline, RuleSet};
use crate::base::{Address, Secret, Submission, Timestamp};
use crate::config::Method;
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
    ) -> Option<(Judged, Vec<Told>)> {
        if !judged.plan.copies.iter().any(Copy::is_unsealed) {
            return Some((judged, Vec::new()));
        }
        let copy = submission.clone();
        tokio::task::spawn_blocking(move || seal(&set, &copy, judged, &ring, Timestamp::now())).await.ok()
    }
}

/// Seals every copy. Each round closes a way to somebody or is the last one.
fn seal(set: &RuleSet, submission: &Submission, mut judged: Judged, ring: &Ring, now: Timestamp) -> (Judged, Vec<Told>) {
    loop {
        match seal_all(submission, &mut judged.plan.copies, ring, now) {
            Ok(told) => return (judged, told),
            Err(closed) => {
                close(&mut judged.verdicts.keys, closed);
                let Judged { message, verdicts, .. } = &judged;
                judged.plan = plan::draw(&set.config, submission, message, verdicts, &plan::SchoolNotices);
            }
        }
    }
}

fn seal_all(submission: &Submission, copies: &mut [Copy], ring: &Ring, now: Timestamp) -> Result<Vec<Told>, Closed> {
    let mut told = Vec::new();
    for copy in copies.iter_mut().filter(|copy| copy.is_unsealed()) {
        let Some(method) = copy.encrypt.as_ref().map(|encryption| encryption.method.clone()) else { continue };
        let recipients: Vec<Address> = copy.job.recipients.iter().map(|to| to.address.clone()).collect();
        let plain = Message::parse(Bytes::from(copy.plain(&submission.raw)));
        match sealed(&plain, &method, &recipients, ring, now) {
            Ok(Sealed { mail, keys, password }) => {
                copy.seal(&submission.raw, mail, keys);
                told.extend(password.map(|password| Told { recipients, password, waits: copy.is_held() }));
            }
            Err(why) => return Err(Closed { recipients, method, why: why.to_string() }),
        }
    }
    Ok(told)
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
        Method::PasswordArchive | Method::TlsVerified | Method::Route(_) => {
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
