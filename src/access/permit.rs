//! Permits: without one nothing that the archive holds is read.
//!
//! In: an approved case and the account of one of its auditors, or a reason to break the glass. Out: a [`Permit`], which says who reads,
//! by what leave, and what it covers. It is made here alone, and each time anew from what the store says now.
//!
//! Invariants: a permit of a case covers what the case names and no more; breaking the glass is an event before anything is read.
//! What can fail: [`StoreError::Refused`] with a sentence for who asked, which is an event too; and the store.

use serde::{Deserialize, Serialize};

use super::cases::{Case, Cases, Mailbox, State, may, refused, today};
use super::people::{Account, Role};
use crate::base::{Address, Ref, Timestamp};
use crate::ledger::{Event, Ledger};
use crate::store::{Store, StoreError};

/// The leave to read, proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    who: String,
    leave: Leave,
    scope: Scope,
}

/// By what somebody reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    Case(u64),
    /// Without a case, for this reason; the approvers are told.
    BreakGlass(String),
}

/// What a permit covers: mail received within the span, from or to one of the mailboxes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    pub mailboxes: Vec<Mailbox>,
    /// From the first moment on, and before the second.
    pub received: (Timestamp, Timestamp),
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// A search: the query as it was understood, and how many it found.
    Searched {
        query: String,
        found: u64,
    },
    Showed(Ref),
    /// So many mails taken out, by this query.
    Exported {
        query: String,
        mails: u64,
    },
}

impl Scope {
    /// Everything.
    #[must_use]
    pub fn whole() -> Self {
        Self { mailboxes: vec![Mailbox::All], received: (Timestamp::MIN, Timestamp::MAX) }
    }

    /// What a case asks for, whether or not it is approved: nothing is read by it.
    #[must_use]
    pub fn of_case(case: &Case) -> Self {
        let begins = |date: jiff::civil::Date| date.to_zoned(jiff::tz::TimeZone::system()).map(|start| start.timestamp());
        let from = begins(case.asked.from).unwrap_or(Timestamp::MAX);
        let to = case.asked.to.tomorrow().and_then(begins).unwrap_or(Timestamp::MAX);
        Self { mailboxes: case.asked.mailboxes.clone(), received: (from, to) }
    }

    /// Whether a mail is covered: received then, with these addresses in its envelope and its header.
    #[must_use]
    pub fn covers<'a>(&self, received_at: Timestamp, addresses: impl IntoIterator<Item = &'a Address>) -> bool {
        let (from, to) = self.received;
        from <= received_at
            && received_at < to
            && (self.mailboxes.contains(&Mailbox::All)
                || addresses.into_iter().any(|address| self.mailboxes.iter().any(|mailbox| mailbox.covers(address))))
    }
}

impl Permit {
    /// The leave that an approved case gives one of its auditors.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where it gives none, which stands in the ledger; else what the store says.
    pub async fn of_case(
        store: &Store,
        ledger: &Ledger,
        number: u64,
        reader: &Account,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let case = Cases::new(store.clone()).get(number).await?;
        if let Err(error) = opens(&case, reader, now) {
            let why = error.to_string();
            ledger.write(vec![Event::ArchiveRefused { who: reader.address.to_string(), case: number, why }]).await?;
            return Err(error);
        }
        Ok(Self { who: reader.address.to_string(), leave: Leave::Case(number), scope: Scope::of_case(&case) })
    }

    /// Reads without a case. The event is written first; whoever calls this tells every approver.
    ///
    /// # Errors
    /// [`StoreError::Refused`] without a reason; else what the store says, and then nothing may be read.
    pub async fn break_glass(ledger: &Ledger, who: &str, reason: &str) -> Result<Self, StoreError> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(refused("say for what reason, in a sentence that the approvers will read"));
        }
        ledger.write(vec![Event::GlassBroken { who: who.to_owned(), reason: reason.to_owned() }]).await?;
        Ok(Self { who: who.to_owned(), leave: Leave::BreakGlass(reason.to_owned()), scope: Scope::whole() })
    }

    /// What it covers.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Who reads.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.who
    }

    /// By what leave.
    #[must_use]
    pub fn leave(&self) -> &Leave {
        &self.leave
    }

    /// Writes down what was looked at. Called before anything of it is shown.
    ///
    /// # Errors
    /// What the store says; nothing may be shown then.
    pub async fn record(&self, ledger: &Ledger, looked: Looked) -> Result<(), StoreError> {
        let (case, reason) = match &self.leave {
            Leave::Case(number) => (Some(*number), None),
            Leave::BreakGlass(reason) => (None, Some(reason.clone())),
        };
        let (what, query, mail, count) = match looked {
            Looked::Searched { query, found } => ("search", Some(query), None, found),
            Looked::Showed(reference) => ("show", None, Some(reference), 1),
            Looked::Exported { query, mails } => ("export", Some(query), None, mails),
        };
        ledger
            .write(vec![Event::ArchiveRead { who: self.who.clone(), case, reason, what: what.to_owned(), query, mail, count }])
            .await
    }
}

/// Whether a case lets this account read now.
fn opens(case: &Case, reader: &Account, now: Timestamp) -> Result<(), StoreError> {
    let number = case.number;
    may(reader, &[Role::Auditor, Role::Dpo], "read the archive")?;
    if !case.asked.auditors.iter().any(|auditor| auditor.same_as(&reader.address)) {
        return Err(refused(&format!("{} is not an auditor of case {number}", reader.address)));
    }
    let why = match case.state(today(now)) {
        State::Approved => return Ok(()),
        State::Asked => "is not approved yet",
        State::Refused => "was refused",
        State::Closed => "is closed",
        State::Expired => "is over: ask for a new one with `schoolgate case request`",
    };
    Err(refused(&format!("case {number} {why}")))
}
