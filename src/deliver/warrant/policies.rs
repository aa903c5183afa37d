//! The MTA-STS policies of domains: found by TXT record, fetched, kept until they end (RFC 8461 sections 3.3 and 5.1).
//!
//! In: a domain. Out: its policy, none, or why that is not known. Invariants: a policy that was seen once holds until its end,
//! whatever the DNS and the web server of the domain say meanwhile, but for a newer policy fetched over verified TLS; so who can
//! only withhold answers cannot strip it. What can fail: DNS, HTTPS and the store.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::policy::{self, Policy};
use super::{fetch, policies_sql};
use crate::base::{Domain, Timestamp};
use crate::deliver::names::Names;
use crate::deliver::trust::Trust;
use crate::store::{Store, StoreError};

/// A policy in use is fetched anew after this time, whatever its id (RFC 8461 section 5.1 asks for it, so that it never ends unseen).
const RENEWED_AFTER: Duration = Duration::from_secs(24 * 3600);
/// A policy that no mail has asked for in this time is left to end.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);
/// How exactly "used" is written down.
const USED_STEP: Duration = Duration::from_secs(24 * 3600);
/// Policies kept in memory where there is no store.
const IN_MEMORY: usize = 1000;

/// A policy as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) policy: Policy,
    pub(super) ends: Timestamp,
}

/// Where policies come from, and where they lie.
pub(super) struct Policies {
    pub(super) names: Arc<dyn Names>,
    pub(super) trust: Arc<Trust>,
    pub(super) now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Where policies lie; in memory where there is none.
    pub(super) store: Option<Store>,
    pub(super) memory: Mutex<HashMap<Domain, Kept>>,
    /// 443, but in tests.
    pub(super) port: u16,
    /// For DNS and HTTPS together.
    pub(super) time: Duration,
}

impl Policies {
    /// The policy of a domain, in whatever mode.
    pub(super) async fn of(&self, domain: &Domain, ca_file: Option<&Path>) -> Result<Option<Policy>, String> {
        let kept = self.kept(domain).await.map_err(|e| e.to_string())?;
        let told = timeout(self.time, self.names.texts(&format!("_mta-sts.{domain}"))).await;
        let told = told.unwrap_or_else(|_| Err("the DNS does not answer".to_owned())).map(|texts| policy::id(&texts));
        match (kept, told) {
            (Some(kept), Ok(Some(id))) if id != kept.id => match self.fetch(domain, id, ca_file).await {
                Ok(policy) => Ok(Some(policy)),
                Err(why) => {
                    tracing::debug!(%domain, "its new MTA-STS policy cannot be had, the old one holds: {why}");
                    Ok(Some(kept.policy))
                }
            },
            (Some(kept), _) => Ok(Some(kept.policy)),
            (None, Ok(Some(id))) => self.fetch(domain, id, ca_file).await.map(Some),
            (None, Ok(None)) => Ok(None),
            (None, Err(why)) => Err(format!("the DNS does not say whether {domain} has a policy: {why}")),
        }
    }

    /// The policy as it was kept, and not yet ended.
    async fn kept(&self, domain: &Domain) -> Result<Option<Kept>, StoreError> {
        let (now, wanted) = ((self.now)(), domain.clone());
        let Some(store) = &self.store else {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(memory.get(domain).filter(|kept| kept.ends > now).cloned());
        };
        let Some((kept, used)) = store.read(move |db| policies_sql::get(db, &wanted, now)).await? else { return Ok(None) };
        if now.duration_since(used).unsigned_abs() > USED_STEP {
            let wanted = domain.clone();
            store.write(move |tx| policies_sql::touch(tx.sql(), &wanted, now)).await?;
        }
        Ok(Some(kept))
    }

    /// Fetches a policy and keeps it.
    async fn fetch(&self, domain: &Domain, id: String, ca_file: Option<&Path>) -> Result<Policy, String> {
        let (text, policy) = self.get(domain, ca_file).await?;
        let now = (self.now)();
        let kept = Kept { id, ends: end(now, &policy), policy: policy.clone() };
        self.keep(domain, kept, text, now).await.map_err(|e| e.to_string())?;
        Ok(policy)
    }

    async fn get(&self, domain: &Domain, ca_file: Option<&Path>) -> Result<(String, Policy), String> {
        let tls = self.trust.verified(ca_file)?;
        let fetched = timeout(self.time, fetch::policy(domain, self.names.as_ref(), &tls, self.port)).await;
        let text = fetched.unwrap_or_else(|_| Err(format!("mta-sts.{domain} does not answer in time")))?;
        let policy = Policy::read(&text).map_err(|why| format!("the policy of {domain} cannot be read: {why}"))?;
        Ok((text, policy))
    }

    async fn keep(&self, domain: &Domain, kept: Kept, text: String, now: Timestamp) -> Result<(), StoreError> {
        let domain = domain.clone();
        if let Some(store) = &self.store {
            return store.write(move |tx| policies_sql::put(tx.sql(), &domain, &kept, &text, now)).await;
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= IN_MEMORY {
            memory.retain(|_, kept| kept.ends > now);
        }
        if memory.len() < IN_MEMORY {
            memory.insert(domain, kept);
        }
        Ok(())
    }

    /// Fetches anew what is used and was not fetched lately, and forgets what has ended.
    pub(super) async fn renew(&self, ca_file: Option<&Path>) -> Result<(), StoreError> {
        let (Some(store), now) = (&self.store, (self.now)()) else { return Ok(()) };
        store.write(move |tx| policies_sql::forget_ended(tx.sql(), now)).await?;
        let (fetched, used) = (now - RENEWED_AFTER, now - UNUSED);
        for (domain, id) in store.read(move |db| policies_sql::stale(db, fetched, used)).await? {
            match self.get(&domain, ca_file).await {
                Ok((text, policy)) => {
                    let kept = Kept { id, ends: end(now, &policy), policy };
                    store.write(move |tx| policies_sql::renew(tx.sql(), &domain, &kept, &text, now)).await?;
                }
                Err(why) => tracing::debug!(%domain, "its MTA-STS policy cannot be fetched anew, the old one holds: {why}"),
            }
        }
        Ok(())
    }
}

/// When a policy fetched now ends.
fn end(now: Timestamp, policy: &Policy) -> Timestamp {
    now.saturating_add(policy.max_age).unwrap_or(Timestamp::MAX)
}
