//! How a sender decides about their own held mail: by the link in the letter that told them.
//!
//! In: a [`NewLink`], written in the commit of the mail it is about; later the [`Token`] out of a link, and a [`Choice`]. Out: what
//! waits, and what became of it. A link is about all copies of one mail that are held for its sender, and about no other copy.
//!
//! Invariants: the token is known to the letter alone, the store has its SHA-256 (it has 160 random bits, so that a keyed or slow
//! hash would add nothing); it decides once, for the choice, the mark of it and the ledger stand in one commit; it ends with the
//! hold. A token that was never given out, one whose time is over and one of a mail that others have decided about look the same.
//! What can fail: the store; and there may be nothing left to decide ([`StoreError::Refused`]).

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::job::{Demand, Job, State};
use super::people::{Release, turn_down};
use super::{Queue, jobs_sql, links_sql};
use crate::base::hash::hex;
use crate::base::{Address, Ref, Timestamp, limits};
use crate::config::Holder;
use crate::ledger::Event;
use crate::store::{StoreError, Tx};

/// Random octets of a token. It is written in hexadecimal: programs that make links out of text drop a `-` or `_` at the end, and
/// some filters change capitals.
const TOKEN_OCTETS: usize = 20;

/// The secret in a link. It is shown by [`Token::reveal`] alone, to be put into a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(Zeroizing<String>);

/// A link to be made durable with its mail.
#[derive(Clone, Debug)]
pub struct NewLink {
    hash: [u8; 32],
    pub reference: Ref,
    /// To whom the letter goes: in whose name it decides.
    pub sender: Address,
    /// For the page, so that the mail need not be opened again.
    pub subject: String,
    /// When the last copy's hold ends.
    pub ends: Option<Timestamp>,
}

/// What a sender may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Sent, but only so.
    Encrypted(Demand),
    /// Sent as it would have been without the rule; the reason stands in the ledger.
    AsItIs { why: String },
    /// Not sent.
    Stop,
}

/// What was decided by a link; the word in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    Encrypted,
    AsItIs,
    Stopped,
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    pub reference: Ref,
    /// In whose name it decides.
    pub sender: Address,
    pub subject: String,
    pub decided: Option<Decided>,
    /// The copies to decide about; none where it is decided.
    pub jobs: Vec<Job>,
}

impl Token {
    /// A new one, where the system has randomness to give.
    #[must_use]
    pub fn new() -> Option<Self> {
        let mut octets = Zeroizing::new([0; TOKEN_OCTETS]);
        SystemRandom::new().fill(&mut *octets).ok()?;
        Some(Self(Zeroizing::new(hex(&*octets))))
    }

    /// Reads one out of a link; nothing where it cannot be one.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let fits = text.len() == 2 * TOKEN_OCTETS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The secret itself, for the letter.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    fn hash(&self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, self.0.as_bytes()).as_ref());
        hash
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(token)")
    }
}

impl NewLink {
    /// A link about a mail, for its sender.
    #[must_use]
    pub fn new(token: &Token, reference: Ref, sender: Address, subject: String, ends: Option<Timestamp>) -> Self {
        Self { hash: token.hash(), reference, sender, subject, ends }
    }

    /// Makes it durable, in the commit of its mail.
    ///
    /// # Errors
    /// What the store says.
    pub fn write(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        links_sql::add(tx.sql(), &self.hash, self)
    }
}

impl Choice {
    /// What it makes of the link.
    #[must_use]
    pub fn decided(&self) -> Decided {
        match self {
            Self::Encrypted(_) => Decided::Encrypted,
            Self::AsItIs { .. } => Decided::AsItIs,
            Self::Stop => Decided::Stopped,
        }
    }

    /// Does to the jobs what was chosen.
    fn carry_out(self, tx: &Tx<'_>, jobs: &mut [Job], by: &str, now: Timestamp) -> Result<Vec<Event>, StoreError> {
        let release = Release::by(by);
        match self {
            Self::Encrypted(demand) => Release { demand: Some(demand), ..release }.carry_out(tx, jobs, now),
            Self::AsItIs { why } => release.because(Some(why)).carry_out(tx, jobs, now),
            Self::Stop => turn_down(tx, jobs, by, "the sender chose not to send it"),
        }
    }
}

impl Decided {
    pub(super) const ALL: [Self; 3] = [Self::Encrypted, Self::AsItIs, Self::Stopped];

    /// The word in the store.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted",
            Self::AsItIs => "as-it-is",
            Self::Stopped => "stopped",
        }
    }
}

impl Queue {
    /// What a link leads to: something to decide, or what was decided by it. Nothing where it is not valid (any more).
    ///
    /// # Errors
    /// What the store says.
    pub async fn linked(&self, token: &Token, now: Timestamp) -> Result<Option<Linked>, StoreError> {
        let hash = token.hash();
        self.0.store.read(move |db| look(db, &hash, now)).await
    }

    /// Decides by a link: the copies, the ledger and the mark that the link is used up, in one commit.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where there is nothing (left) to decide by it; then nothing is done. Else what the store says.
    pub async fn decide(&self, token: &Token, choice: Choice, now: Timestamp) -> Result<(), StoreError> {
        let hash = token.hash();
        let work = move |tx: &Tx<'_>| {
            let open = look(tx.sql(), &hash, now)?.filter(|linked| linked.decided.is_none());
            let Some(mut linked) = open else {
                return Err(StoreError::Refused("this link decides nothing (any more)".to_owned()));
            };
            let forgotten = now.checked_add(limits::DECIDED_LINK_TIME).unwrap_or(Timestamp::MAX);
            links_sql::decide(tx.sql(), &hash, choice.decided(), forgotten)?;
            let events = choice.carry_out(tx, &mut linked.jobs, &linked.sender.to_string(), now)?;
            Ok(((), events))
        };
        self.0.commit(Vec::new(), Vec::new(), work).await?;
        if self.0.running {
            self.0.refresh().await?;
        }
        Ok(())
    }

    /// Forgets the links whose time is over, and those whose mail others have decided about.
    ///
    /// # Errors
    /// What the store says.
    pub async fn forget_links(&self, now: Timestamp) -> Result<(), StoreError> {
        self.0.store.write(move |tx| links_sql::forget(tx.sql(), now)).await
    }
}

fn look(db: &rusqlite::Connection, hash: &[u8; 32], now: Timestamp) -> Result<Option<Linked>, StoreError> {
    let Some(mut linked) = links_sql::find(db, hash, now)? else { return Ok(None) };
    if linked.decided.is_none() {
        linked.jobs = jobs_sql::of(db, Some(&linked.reference))?;
        linked.jobs.retain(|job| waits_for_sender(job, now));
    }
    let leads_somewhere = linked.decided.is_some() || !linked.jobs.is_empty();
    Ok(leads_somewhere.then_some(linked))
}

/// Held for its sender, and still so: what its time has decided about is not the sender's any more, even before that is done.
fn waits_for_sender(job: &Job, now: Timestamp) -> bool {
    matches!(&job.copy.state, State::Held { whom: Holder::Sender, until, .. } if until.is_none_or(|until| until > now))
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
