//! Cases: the leave to read what the archive holds of some mailboxes and some days, asked by one person and given by another.
//!
//! In: what is asked, decisions, and the account behind each. Out: [`Case`]s, with an event for each step in the same commit.
//!
//! Invariants: nobody decides about a case of their own; only an auditor or a data protection officer asks, only an approver decides;
//! what was decided is never decided again; a case ends by itself. What can fail: [`StoreError::Refused`] with a sentence fit for who
//! asked, and the store. Not here: reading itself (`permit`), and who is told by mail.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::cases_sql;
use super::people::{Account, Role};
use crate::base::{Address, Domain, Timestamp, limits};
use crate::ledger::{self, Event};
use crate::store::{Store, StoreError, Tx};

/// The cases of one store; a clone is another hold on the same ones.
#[derive(Clone)]
pub struct Cases(Store);

/// For what lawful purpose somebody asks to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// UK GDPR article 15.
    SubjectAccess,
    /// Freedom of Information Act 2000.
    FreedomOfInformation,
    Governors,
    Court,
    Safeguarding,
    Discipline,
    /// Mail of somebody who is away; they are to be told.
    Absence,
    Security,
    Other,
}

/// Whose mail a case is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mailbox {
    Address(Address),
    Domain(Domain),
    /// The whole archive.
    All,
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub kind: Kind,
    pub mailboxes: Vec<Mailbox>,
    /// First and last day of receipt, by this machine's time zone.
    pub from: Date,
    pub to: Date,
    pub purpose: String,
    /// Who may read.
    pub auditors: Vec<Address>,
    /// The last day on which they may.
    pub until: Date,
}

/// A case as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    pub number: u64,
    #[serde(flatten)]
    pub asked: Asked,
    pub asked_by: Address,
    pub asked_at: Timestamp,
    pub decided: Option<Decision>,
    pub closed: Option<Closing>,
}

/// What an approver said, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub approved: bool,
    pub by: Address,
    pub at: Timestamp,
    pub why: Option<String>,
}

/// Who ended a case before its last day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    pub by: Address,
    pub at: Timestamp,
}

/// Where a case stands at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Asked,
    Approved,
    Refused,
    Closed,
    Expired,
}

impl Kind {
    const ALL: [(Self, &str); 9] = [
        (Self::SubjectAccess, "subject-access"),
        (Self::FreedomOfInformation, "freedom-of-information"),
        (Self::Governors, "governors"),
        (Self::Court, "court"),
        (Self::Safeguarding, "safeguarding"),
        (Self::Discipline, "discipline"),
        (Self::Absence, "absence"),
        (Self::Security, "security"),
        (Self::Other, "other"),
    ];

    /// Reads a kind as `--kind` takes it.
    ///
    /// # Errors
    /// A sentence with the kinds there are, and the nearest.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|(_, word)| *word == text);
        known.map(|(kind, _)| kind).ok_or_else(|| {
            let words = Self::ALL.map(|(_, word)| word);
            let near = words.into_iter().max_by(|a, b| strsim::jaro(text, a).total_cmp(&strsim::jaro(text, b)));
            format!("there is no kind `{text}`; did you mean `{}`? The kinds are {}", near.unwrap_or_default(), words.join(", "))
        })
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or("other", |(_, word)| word)
    }
}

impl Mailbox {
    /// Reads an address, a domain, or `@all`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("@all") {
            return Ok(Self::All);
        }
        match text.strip_prefix('@').unwrap_or(text) {
            domain if !domain.contains('@') => {
                let read = Domain::parse(domain).map(Self::Domain);
                read.map_err(|why| format!("`{text}` is no address, no domain and not `@all`: {why}"))
            }
            address => Address::parse(address).map(Self::Address).map_err(|why| format!("`{text}` is no address: {why}")),
        }
    }

    /// Whether mail from or to this address is meant.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        match self {
            Self::Address(known) => known.same_as(address),
            Self::Domain(domain) => address.domain() == domain,
            Self::All => true,
        }
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Domain(domain) => domain.fmt(f),
            Self::All => f.write_str("@all"),
        }
    }
}

impl State {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Closed => "closed",
            Self::Expired => "expired",
        }
    }
}

impl Case {
    /// Where it stands on a day.
    #[must_use]
    pub fn state(&self, today: Date) -> State {
        match &self.decided {
            _ if self.closed.is_some() => State::Closed,
            Some(decision) if !decision.approved => State::Refused,
            _ if self.asked.until < today => State::Expired,
            Some(_) => State::Approved,
            None => State::Asked,
        }
    }
}

impl Cases {
    /// The cases of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self(store)
    }

    /// Asks for leave to read.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where this account may not ask, or where what it asks makes no sense; else what the store says.
    pub async fn request(&self, asked: Asked, by: &Account, now: Timestamp) -> Result<Case, StoreError> {
        may(by, &[Role::Auditor, Role::Dpo], "ask for leave to read")?;
        sound(&asked, today(now))?;
        let by = by.address.clone();
        self.change(move |tx| {
            let case =
                cases_sql::add(tx.sql(), Case { number: 0, asked, asked_by: by, asked_at: now, decided: None, closed: None })?;
            let Asked { kind, mailboxes, from, to, purpose, auditors, until } = case.asked.clone();
            let event = Event::CaseAsked {
                case: case.number,
                by: case.asked_by.clone(),
                kind: kind.as_str().to_owned(),
                mailboxes: mailboxes.iter().map(ToString::to_string).collect(),
                from,
                to,
                purpose,
                auditors,
                until,
            };
            Ok((case, event))
        })
        .await
    }

    /// Gives leave, or refuses it; `until` may only shorten what was asked.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where this account may not decide, where it asked itself, or where it is decided already.
    pub async fn decide(
        &self,
        number: u64,
        approved: bool,
        (why, until): (Option<String>, Option<Date>),
        by: &Account,
        now: Timestamp,
    ) -> Result<Case, StoreError> {
        may(by, &[Role::Approver], "decide about leave to read")?;
        let by = by.address.clone();
        self.change(move |tx| {
            let mut case = found(tx, number)?;
            if case.asked_by.same_as(&by) || case.asked.auditors.iter().any(|auditor| auditor.same_as(&by)) {
                return Err(refused("nobody decides about a case of their own; another approver must"));
            }
            if case.state(today(now)) != State::Asked {
                return Err(refused(&format!("case {number} is {} already", case.state(today(now)).as_str())));
            }
            if let Some(until) = until {
                let fits = (today(now)..=case.asked.until).contains(&until);
                fits.then_some(())
                    .ok_or_else(|| refused("an approver may shorten a case, from today on, and not lengthen it"))?;
                case.asked.until = until;
            }
            case.decided = Some(Decision { approved, by: by.clone(), at: now, why: why.clone() });
            cases_sql::save(tx.sql(), &case)?;
            let (until, why) = (case.asked.until, why.unwrap_or_default());
            let event = match approved {
                true => Event::CaseApproved { case: number, by, until },
                false => Event::CaseRefused { case: number, by, why },
            };
            Ok((case, event))
        })
        .await
    }

    /// Ends a case before its last day: by who asked, an auditor of it, or any approver or data protection officer.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where this account may not, or where it has ended already.
    pub async fn close(&self, number: u64, by: &Account, now: Timestamp) -> Result<Case, StoreError> {
        not_suspended(by)?;
        let (role, by) = (by.role, by.address.clone());
        self.change(move |tx| {
            let mut case = found(tx, number)?;
            let own = case.asked_by.same_as(&by) || case.asked.auditors.iter().any(|auditor| auditor.same_as(&by));
            if !own && !matches!(role, Role::Approver | Role::Dpo) {
                return Err(refused("a case is closed by who asked, its auditors, an approver or the data protection officer"));
            }
            if !matches!(case.state(today(now)), State::Asked | State::Approved) {
                return Err(refused(&format!("case {number} is {} already", case.state(today(now)).as_str())));
            }
            case.closed = Some(Closing { by: by.clone(), at: now });
            cases_sql::save(tx.sql(), &case)?;
            Ok((case, Event::CaseClosed { case: number, by }))
        })
        .await
    }

    /// All cases, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self) -> Result<Vec<Case>, StoreError> {
        self.0.read(cases_sql::all).await
    }

    /// One case.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where there is none of that number.
    pub async fn get(&self, number: u64) -> Result<Case, StoreError> {
        self.0.read(move |db| cases_sql::find(db, number)).await?.ok_or_else(|| unknown(number))
    }

    /// Changes a case and writes the event in the same commit.
    async fn change<W>(&self, work: W) -> Result<Case, StoreError>
    where
        W: FnOnce(&Tx<'_>) -> Result<(Case, Event), StoreError> + Send + 'static,
    {
        let write = move |tx: &Tx<'_>| {
            let (case, event) = work(tx)?;
            ledger::append(tx, Timestamp::now(), &event)?;
            Ok((case, event))
        };
        let (case, event) = self.0.write(write).await?;
        event.log();
        Ok(case)
    }
}

/// The day of a moment, by this machine's time zone.
pub(super) fn today(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::system()).date()
}

/// Whether an account has one of these roles and may be used.
pub(super) fn may(account: &Account, roles: &[Role], what: &str) -> Result<(), StoreError> {
    not_suspended(account)?;
    if roles.contains(&account.role) {
        return Ok(());
    }
    let needed: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    let (address, role) = (&account.address, account.role.as_str());
    Err(refused(&format!("{address} is {role}; only {} may {what}", needed.join(" or "))))
}

fn not_suspended(account: &Account) -> Result<(), StoreError> {
    match &account.suspended {
        Some(suspension) => Err(refused(&format!("{} is suspended: {}", account.address, suspension.why))),
        None => Ok(()),
    }
}

/// What an approver need not be bothered with.
fn sound(asked: &Asked, today: Date) -> Result<(), StoreError> {
    let last = today.checked_add(jiff::Span::new().days(limits::CASE_DAYS)).unwrap_or(Date::MAX);
    let wrong = match asked {
        Asked { mailboxes, .. } if mailboxes.is_empty() => "name at least one mailbox: an address, a domain, or `@all`",
        Asked { from, to, .. } if from > to => "the first day is after the last: change --from or --to",
        Asked { until, .. } if *until < today => "the case would end before it begins: change --until",
        Asked { until, .. } if *until > last => "a case lasts at most a year: change --until, and ask again when it is over",
        Asked { purpose, .. } if purpose.trim().is_empty() => "say for what purpose, in a sentence that the approver understands",
        Asked { purpose, .. } if purpose.len() > limits::PURPOSE_OCTETS => "say the purpose in fewer words",
        Asked { auditors, .. } if auditors.is_empty() => "name at least one auditor",
        _ => return Ok(()),
    };
    Err(refused(wrong))
}

fn found(tx: &Tx<'_>, number: u64) -> Result<Case, StoreError> {
    cases_sql::find(tx.sql(), number)?.ok_or_else(|| unknown(number))
}

fn unknown(number: u64) -> StoreError {
    refused(&format!("there is no case {number}; `schoolgate case list` shows all"))
}

pub(super) fn refused(why: &str) -> StoreError {
    StoreError::Refused(why.to_owned())
}

#[cfg(test)]
#[path = "cases_tests.rs"]
mod tests;
