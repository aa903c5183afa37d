//! Holds: mails that are kept beyond their time, for a reason and an owner, until somebody says that it is over.
//!
//! In: an address, references, or a query within a scope, and why. Out: [`Hold`]s, with an event for each step in the same commit; and whether one names a mail. A
//! hold names mails past and to come: what it names is looked for each time before a partition goes (`purge`), and moved out of it.
//!
//! Invariants: while a hold stands, and thirty days beyond its lifting, nothing that it names goes. No event says what a hold names. What
//! can fail: [`StoreError::Refused`] with a sentence for who asked, and the store.

use std::collections::{HashMap, HashSet};

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use super::keeping_sql;
use crate::access::Scope;
use crate::base::{Address, Ref, ReversePath, Timestamp};
use crate::ledger::{self, Event};
use crate::message::Message;
use crate::search::{self, Finder, Query};
use crate::store::{Record, Store, StoreError};

/// How long a lifted hold still protects: who lifted it by mistake has so long to notice.
pub const GRACE: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// What partitions that holds move mails to are called; no class of the configuration may begin so.
pub const CLASS: &str = "hold-";

/// Header fields that name people.
const PEOPLE: [&str; 9] = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-To", "Resent-Cc"];

/// Which mails a hold names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// Those from or to it, by envelope or header.
    Address(Address),
    References(Vec<Ref>),
    /// Those that a query means, and those that it may mean, since their words cannot be read.
    Search {
        /// In its canonical form; every mail of the scope where it is that of nothing.
        query: String,
        scope: Scope,
    },
}

/// What holds by a query name in a partition.
#[derive(Debug, Default)]
pub struct Searched {
    /// Numbers of mails by the number of the hold.
    seqs: HashMap<u64, HashSet<u64>>,
    /// Mails that the index does not hold yet, and that a hold by a query may name.
    pub unindexed: u64,
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub named: Named,
    pub reason: String,
    /// Who says when it is over.
    pub owner: String,
    pub case: Option<u64>,
}

/// A hold as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    #[serde(default)]
    pub id: u64,
    #[serde(flatten)]
    pub asked: Asked,
    pub set_by: String,
    pub set_at: Timestamp,
    pub lifted: Option<Lifted>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifted {
    pub by: String,
    pub at: Timestamp,
    pub why: String,
}

impl Hold {
    /// Whether it still protects.
    #[must_use]
    pub fn protects(&self, now: Timestamp) -> bool {
        self.lifted.as_ref().is_none_or(|lifted| now < grace_of(lifted.at))
    }

    /// Whether it names a mail.
    #[must_use]
    pub fn names(&self, (seq, reference): (u64, &Ref), searched: &Searched, record: impl FnOnce() -> Option<Record>) -> bool {
        match &self.asked.named {
            Named::Search { .. } => searched.seqs.get(&self.id).is_some_and(|seqs| seqs.contains(&seq)),
            Named::References(wanted) => wanted.contains(reference),
            // A mail that cannot be read may be the one: it stays.
            Named::Address(address) => record().is_none_or(|record| people(&record).iter().any(|one| one.same_as(address))),
        }
    }

    /// The class of the partitions that what it names is moved to.
    #[must_use]
    pub fn class(&self) -> String {
        format!("{CLASS}{}", self.id)
    }
}

fn grace_of(lifted: Timestamp) -> Timestamp {
    lifted.checked_add(GRACE).unwrap_or(Timestamp::MAX)
}

/// Everybody whom a mail is from or for, by its envelope, its header and what a journal report said.
#[must_use]
pub fn people(record: &Record) -> Vec<Address> {
    let header = &record.header;
    let mut all: Vec<Address> = header.envelope.recipients.iter().map(|recipient| recipient.address.clone()).collect();
    all.extend(record.copies.iter().flat_map(|copy| copy.recipients.iter().cloned()));
    if let ReversePath::Address(from) = &header.envelope.reverse_path {
        all.push(from.clone());
    }
    let addressed = header.provenance.iter().flat_map(|provenance| &provenance.addressed);
    for one in addressed {
        let names = [Some(&one.who), one.expanded.as_ref(), one.forwarded.as_ref()];
        all.extend(names.into_iter().flatten().filter_map(|name| Address::parse(name).ok()));
    }
    let message = Message::parse(record.raw.clone());
    for field in PEOPLE {
        all.extend(message.mailboxes(field).into_iter().filter_map(|mailbox| mailbox.address));
    }
    all
}

impl Searched {
    /// Asks the index of a partition for each hold by a query.
    ///
    /// # Errors
    /// What the store says.
    pub async fn look(store: &Store, partition: i64, holds: &[&Hold]) -> Result<Self, StoreError> {
        let (finder, mut searched) = (Finder::new(store.clone()), Self::default());
        for hold in holds {
            let Named::Search { query, scope } = &hold.asked.named else { continue };
            let found = finder.possible(partition, &search::Scope::over(scope), &read(query, &Zoned::now())?).await?;
            searched.unindexed = searched.unindexed.max(found.unindexed);
            searched.seqs.insert(hold.id, found.seqs);
        }
        Ok(searched)
    }
}

/// Reads the query of a hold.
///
/// # Errors
/// [`StoreError::Refused`] where it cannot be read, or asks for what changes while a mail lies still.
pub fn read(query: &str, now: &Zoned) -> Result<Query, StoreError> {
    let query = Query::parse_in(query, now).map_err(|wrong| StoreError::Refused(wrong.to_string()))?;
    match query.unsteady() {
        Some(word) => {
            Err(StoreError::Refused(format!("a hold cannot go by {word}: it changes while a mail lies in the archive")))
        }
        None => Ok(query),
    }
}

/// All holds there ever were, oldest first.
///
/// # Errors
/// What the store says.
pub async fn all(store: &Store) -> Result<Vec<Hold>, StoreError> {
    store.read(read_all).await
}

pub(super) fn read_all(db: &rusqlite::Connection) -> Result<Vec<Hold>, StoreError> {
    keeping_sql::holds(db)?.into_iter().map(|(id, body)| Ok(Hold { id, ..serde_json::from_str(&body)? })).collect()
}

/// Sets a hold. `mails` is how many it names now.
///
/// # Errors
/// [`StoreError::Refused`] without reason, owner or anything named; else what the store says.
pub async fn set(store: &Store, asked: Asked, mails: u64, by: &str, now: Timestamp) -> Result<Hold, StoreError> {
    let refused = |why: &str| Err(StoreError::Refused(why.to_owned()));
    if asked.reason.trim().is_empty() || asked.owner.trim().is_empty() {
        return refused("a hold needs a reason and an owner, in words that whoever lifts it will understand");
    }
    if asked.named == Named::References(Vec::new()) {
        return refused("a hold needs something to keep: an address, a query, a case, or references of mails");
    }
    if let Named::Search { query, .. } = &asked.named {
        read(query, &Zoned::now())?;
    }
    let mut hold = Hold { id: 0, asked, set_by: by.to_owned(), set_at: now, lifted: None };
    let (hold, event) = store
        .write(move |tx| {
            hold.id = keeping_sql::add_hold(tx.sql(), &serde_json::to_string(&hold)?)?;
            let Asked { owner, reason, case, .. } = hold.asked.clone();
            let event = Event::HoldSet { hold: hold.id, by: hold.set_by.clone(), owner, reason, case, mails };
            ledger::append(tx, now, &event)?;
            Ok((hold, event))
        })
        .await?;
    event.log();
    Ok(hold)
}

/// Lifts a hold; its grace begins.
///
/// # Errors
/// [`StoreError::Refused`] where there is none or it is lifted already, and what the store says.
pub async fn lift(store: &Store, id: u64, why: &str, mails: u64, by: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
    if why.trim().is_empty() {
        return Err(StoreError::Refused("say why the hold is lifted".to_owned()));
    }
    let lifted = Lifted { by: by.to_owned(), at: now, why: why.to_owned() };
    let grace = grace_of(now);
    let event = Event::HoldLifted { hold: id, by: by.to_owned(), why: why.to_owned(), mails, grace };
    let written = event.clone();
    store
        .write(move |tx| {
            let body = keeping_sql::hold(tx.sql(), id)?.ok_or_else(|| StoreError::Refused(format!("there is no hold {id}")))?;
            let hold = Hold { id, ..serde_json::from_str(&body)? };
            if let Some(before) = &hold.lifted {
                return Err(StoreError::Refused(format!("hold {id} was lifted by {} on {:.0}", before.by, before.at)));
            }
            keeping_sql::set_hold(tx.sql(), id, &serde_json::to_string(&Hold { lifted: Some(lifted), ..hold })?)?;
            ledger::append(tx, now, &written)
        })
        .await?;
    event.log();
    Ok(grace)
}
