//! Accounts and signing in.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::Semaphore;

use super::accounts_sql::{self, AccountRow};
use super::memory::Memory;
use super::password::{self, PasswordFlaw};
use super::throttle::Throttle;
use crate::base::{Address, Secret, Timestamp};
use crate::ledger::{self, Event};
use crate::store::{Store, StoreError, Tx};

/// Argon2 computations at a time: each takes a processor and 19 MiB.
const HASHING: usize = 2;
/// Failures before an account, or an address, is slowed; and the longest wait.
const FREE_FOR_ACCOUNT: (u32, Duration) = (5, Duration::from_secs(60));
const FREE_FOR_CLIENT: (u32, Duration) = (20, Duration::from_secs(300));
/// Pairs of account and address remembered as having signed in.
const FAMILIAR: usize = 20_000;

/// The accounts of one store; a clone is another hold on the same ones.
#[derive(Clone)]
pub struct People(Arc<Inner>);

struct Inner {
    store: Store,
    hashing: Semaphore,
    guard: Mutex<Guard>,
    /// What a password for an unknown name is compared with, so that it takes as long.
    nobody: Arc<OnceLock<String>>,
}

struct Guard {
    /// By account, and by address where the account has signed in from it before: who guesses from elsewhere does not lock out
    /// its owner.
    accounts: Throttle<(String, Option<IpAddr>)>,
    clients: Throttle<IpAddr>,
    memory: Memory,
    familiar: HashSet<(String, IpAddr)>,
}

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Sender,
    Technician,
    Auditor,
    Approver,
    Dpo,
}

/// An account, without its password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    pub address: Address,
    pub role: Role,
    pub added_at: Timestamp,
    pub added_by: String,
    pub suspended: Option<Suspension>,
}

/// Since when an account may not be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suspension {
    pub at: Timestamp,
    pub by: String,
    pub why: String,
}

/// How a sign-in ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    Welcome(Address),
    /// Which part was wrong is not said.
    Refused,
    /// Not looked at: too many failures before. Try again after so long.
    SlowDown(Duration),
    /// The store does not answer: our own failure, 454.
    NotNow,
}

/// An account was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// What could be better about the password.
    pub warning: Option<PasswordFlaw>,
}

/// Why an account was not added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessError {
    Password(PasswordFlaw),
    Exists(Address),
    Unknown(Address),
    Store(StoreError),
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password(flaw) => flaw.fmt(f),
            Self::Exists(address) => write!(f, "there is an account {address} already; `schoolgate user list` shows all"),
            Self::Unknown(address) => write!(f, "there is no account {address}; `schoolgate user list` shows all"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AccessError {}

impl From<StoreError> for AccessError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Role {
    const ALL: [Self; 5] = [Self::Sender, Self::Technician, Self::Auditor, Self::Approver, Self::Dpo];

    /// Reads a role as `--role` takes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sender => "sender",
            Self::Technician => "technician",
            Self::Auditor => "auditor",
            Self::Approver => "approver",
            Self::Dpo => "dpo",
        }
    }
}

impl People {
    /// The accounts of a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        let guard = Guard {
            accounts: Throttle::new(FREE_FOR_ACCOUNT.0, FREE_FOR_ACCOUNT.1),
            clients: Throttle::new(FREE_FOR_CLIENT.0, FREE_FOR_CLIENT.1),
            memory: Memory::new(),
            familiar: HashSet::new(),
        };
        Self(Arc::new(Inner { store, hashing: Semaphore::new(HASHING), guard: Mutex::new(guard), nobody: Arc::default() }))
    }

    /// Adds an account.
    ///
    /// # Errors
    /// A bad password, an account that is there already, or what the store says.
    pub async fn add(&self, address: Address, role: Role, password: &Secret, by: &str) -> Result<Added, AccessError> {
        let warning = password::judge(password, &address).map_err(AccessError::Password)?;
        let password = password.clone();
        let hash = self.hashing(move || password::hash(&password)).await?.ok_or(StoreError::Stopped)?;
        let account =
            Account { address: address.clone(), role, added_at: Timestamp::now(), added_by: by.to_owned(), suspended: None };
        let event = Event::AccountAdded { account: address.clone(), role: role.as_str().to_owned(), by: by.to_owned() };
        let done = self.change(event, move |tx| accounts_sql::add(tx.sql(), &account, &hash)).await?;
        if done { Ok(Added { warning }) } else { Err(AccessError::Exists(address)) }
    }

    /// All accounts, by address.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list(&self) -> Result<Vec<Account>, StoreError> {
        self.0.store.read(accounts_sql::all).await
    }

    /// One account, where there is one.
    ///
    /// # Errors
    /// What the store says.
    pub async fn account(&self, address: &Address) -> Result<Option<Account>, StoreError> {
        Ok(self.find(address).await?.map(|row| row.account))
    }

    /// The accounts of a role that may be used now.
    ///
    /// # Errors
    /// What the store says.
    pub async fn with_role(&self, role: Role) -> Result<Vec<Address>, StoreError> {
        let all = self.list().await?.into_iter();
        Ok(all.filter(|account| account.role == role && account.suspended.is_none()).map(|account| account.address).collect())
    }

    /// Suspends an account: it can neither sign in nor send from this moment on.
    ///
    /// # Errors
    /// An unknown account, or what the store says.
    pub async fn suspend(&self, address: &Address, by: &str, why: &str) -> Result<(), AccessError> {
        let suspension = Suspension { at: Timestamp::now(), by: by.to_owned(), why: why.to_owned() };
        let event = Event::AccountSuspended { account: address.clone(), by: by.to_owned(), why: why.to_owned() };
        self.set_suspension(address, Some(suspension), event).await
    }

    /// Ends a suspension.
    ///
    /// # Errors
    /// An unknown account, or what the store says.
    pub async fn resume(&self, address: &Address, by: &str) -> Result<(), AccessError> {
        let event = Event::AccountResumed { account: address.clone(), by: by.to_owned() };
        self.set_suspension(address, None, event).await
    }

    /// Whether an account may send now. Read from the store each time, so that a suspension holds at once.
    ///
    /// # Errors
    /// What the store says; the mail is then put off, not let through.
    pub async fn may_send(&self, address: &Address) -> Result<bool, StoreError> {
        Ok(self.find(address).await?.is_some_and(|row| row.account.suspended.is_none()))
    }

    /// Whether somebody has an account that is suspended now. Who has none is not.
    ///
    /// # Errors
    /// What the store says.
    pub async fn is_suspended(&self, address: &Address) -> Result<bool, StoreError> {
        Ok(self.find(address).await?.is_some_and(|row| row.account.suspended.is_some()))
    }

    /// Checks a name and a password. Nobody learns from the answer or from its time which of the two was wrong.
    pub async fn sign_in(&self, user: &str, password: &Secret, client: IpAddr) -> SignIn {
        let client = client.to_canonical();
        let address = Address::parse(user).ok();
        // Names that are no address are slowed together.
        let name = address.as_ref().map_or_else(String::new, Address::key);
        if let Some(wait) = self.guard().wait(&name, client, Instant::now()) {
            return SignIn::SlowDown(wait);
        }
        let found = match &address {
            Some(address) => self.find(address).await,
            None => Ok(None),
        };
        let welcome = match found {
            Ok(row) => self.check(row, password).await,
            Err(error) => Err(error),
        };
        match welcome {
            Ok(Some(row)) => {
                let mut guard = self.guard();
                guard.succeeded(&name, client);
                guard.memory.remember(&name, row.version, password, Instant::now());
                SignIn::Welcome(row.account.address)
            }
            Ok(None) => {
                self.guard().failed(&name, client, Instant::now());
                SignIn::Refused
            }
            Err(_) => SignIn::NotNow,
        }
    }

    /// The account, where the password fits and it may be used.
    async fn check(&self, row: Option<AccountRow>, password: &Secret) -> Result<Option<AccountRow>, StoreError> {
        if let Some(known) = &row
            && known.account.suspended.is_none()
            && self.guard().memory.knows(&known.account.address.key(), known.version, password, Instant::now())
        {
            return Ok(row);
        }
        let hash = row.as_ref().map(|row| row.hash.clone());
        let (password, nobody) = (password.clone(), self.0.nobody.clone());
        let fits = self.hashing(move || {
            let stranger = nobody.get_or_init(stranger);
            password::fits(&password, hash.as_ref().unwrap_or(stranger)) && hash.is_some()
        });
        let fits = fits.await?;
        Ok(row.filter(|row| fits && row.account.suspended.is_none()))
    }

    async fn hashing<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
        let _turn = self.0.hashing.acquire().await.map_err(|_| StoreError::Stopped)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Stopped)
    }

    async fn find(&self, address: &Address) -> Result<Option<AccountRow>, StoreError> {
        let address = address.clone();
        self.0.store.read(move |db| accounts_sql::find(db, &address)).await
    }

    async fn set_suspension(&self, address: &Address, suspension: Option<Suspension>, event: Event) -> Result<(), AccessError> {
        let wanted = address.clone();
        let done = self.change(event, move |tx| accounts_sql::suspend(tx.sql(), &wanted, suspension.as_ref())).await?;
        if done { Ok(()) } else { Err(AccessError::Unknown(address.clone())) }
    }

    /// Changes an account and, where there was something to change, writes the event in the same commit.
    async fn change<W>(&self, event: Event, work: W) -> Result<bool, StoreError>
    where
        W: FnOnce(&Tx<'_>) -> Result<bool, StoreError> + Send + 'static,
    {
        let entry = event.clone();
        let write = move |tx: &Tx<'_>| {
            let done = work(tx)?;
            if done {
                ledger::append(tx, Timestamp::now(), &entry)?;
            }
            Ok(done)
        };
        let done = self.0.store.write(write).await?;
        if done {
            event.log();
        }
        Ok(done)
    }

    fn guard(&self) -> MutexGuard<'_, Guard> {
        self.0.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Guard {
    fn wait(&self, name: &str, client: IpAddr, now: Instant) -> Option<Duration> {
        self.accounts.wait(&self.account(name, client), now).max(self.clients.wait(&client, now))
    }

    fn failed(&mut self, name: &str, client: IpAddr, now: Instant) {
        let account = self.account(name, client);
        self.accounts.failed(&account, now);
        self.clients.failed(&client, now);
    }

    /// Forgives the account but not the address: else a guesser with one account of his own would never be slowed.
    fn succeeded(&mut self, name: &str, client: IpAddr) {
        let account = self.account(name, client);
        self.accounts.succeeded(&account);
        if self.familiar.len() < FAMILIAR {
            self.familiar.insert((name.to_owned(), client));
        }
    }

    fn account(&self, name: &str, client: IpAddr) -> (String, Option<IpAddr>) {
        let pair = (name.to_owned(), client);
        let known = self.familiar.contains(&pair).then_some(client);
        (pair.0, known)
    }
}

/// The hash of a password that nobody has.
fn stranger() -> String {
    let password = Secret::new(crate::store::key::random::<32>().map_or_else(|_| vec![0; 32], |bytes| bytes.to_vec()));
    password::hash(&password).unwrap_or_default()
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
