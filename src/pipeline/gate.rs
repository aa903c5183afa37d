//! What the fronts ask, answered by the rooms that know.

use std::net::IpAddr;

use super::Pipeline;
use super::name::new_reference;
use super::own_failure;
use super::senders::{self, Sending};
use crate::access;
use crate::base::{Address, Ref, Reply, ReversePath, Secret, Submission, Timestamp};
use crate::config::{Journal, Senders};
use crate::front::{Gate, SignIn};
use crate::ledger::Event;
use crate::policy::honesty::{self, Owner};

impl Gate for Pipeline {
    fn draw(&self) -> (Ref, Timestamp) {
        let now = Timestamp::now();
        (new_reference(now), now)
    }

    fn room(&self, octets: u64) -> Result<(), Reply> {
        self.store.room(octets).map_err(|error| own_failure(&error))
    }

    async fn sign_in(&self, user: &str, password: &Secret, client: IpAddr) -> SignIn {
        match self.people.sign_in(user, password, client).await {
            access::SignIn::Welcome(account) => SignIn::Welcome(account),
            access::SignIn::Refused => SignIn::Refused,
            access::SignIn::SlowDown(wait) => SignIn::SlowDown(wait),
            access::SignIn::NotNow => SignIn::Unavailable,
        }
    }

    /// A signed-in account sends as itself, as its aliases and delegates, or with the null path (receipts and out-of-office replies
    /// of mail clients). Suspension is read from the store each time, so that it holds at once.
    async fn may_send(&self, account: Option<&Address>, senders: Senders, from: &ReversePath) -> Result<(), Reply> {
        if let Some(account) = account {
            self.is_welcome(account).await?;
        }
        let set = self.rules.borrow().clone();
        honesty::judge_path(Owner::of(&set.config, account, senders), from).map_err(|dishonest| dishonest.reply())?;
        Sending::of(&set.config, account, from).map_or(Ok(()), |sending| sending.look(&self.allowance, 1))
    }

    fn recipients(&self, account: Option<&Address>, from: &ReversePath) -> Option<usize> {
        senders::recipients(&self.rules.borrow().config, account, from)
    }

    fn may_add(&self, account: Option<&Address>, from: &ReversePath, already: usize) -> Result<(), Reply> {
        let config = self.rules.borrow().config.clone();
        Sending::of(&config, account, from).map_or(Ok(()), |sending| sending.look(&self.allowance, already + 1))
    }

    async fn admit(&self, mail: Submission, senders: Senders) -> Reply {
        Pipeline::admit(self, mail, senders).await
    }

    async fn journal(&self, mail: Submission, journal: &Journal) -> Reply {
        Pipeline::journal(self, mail, journal).await
    }

    fn observe(&self, event: Event) {
        self.ledger.note(event);
    }
}

impl Pipeline {
    /// Whether an account may send now, as the store has it.
    pub(super) async fn is_welcome(&self, account: &Address) -> Result<(), Reply> {
        match self.people.may_send(account).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(Reply::new(553, "5.7.1", format!("{account} may not send at present; please ask the school office")))
            }
            Err(error) => Err(own_failure(&error)),
        }
    }
}
