//! What the fronts ask, answered by the rooms that know.

use std::net::IpAddr;

use super::Pipeline;
use super::name::new_reference;
use super::own_failure;
use crate::access;
use crate::base::{Address, Ref, Reply, ReversePath, Secret, Submission, Timestamp};
use crate::front::{Gate, SignIn};
use crate::ledger::Event;

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

    /// A signed-in account sends as itself or with the null path (receipts and out-of-office replies of mail clients). Suspension
    /// is read from the store each time, so that it holds at once. A trusted network is trusted to know its senders.
    async fn may_send(&self, account: Option<&Address>, from: &ReversePath) -> Result<(), Reply> {
        let Some(account) = account else { return Ok(()) };
        match self.people.may_send(account).await {
            Ok(true) => {}
            Ok(false) => {
                return Err(Reply::new(553, "5.7.1", format!("{account} may not send at present; please ask the school office")));
            }
            Err(error) => return Err(own_failure(&error)),
        }
        match from.address() {
            Some(address) if !address.same_as(account) => {
                let text = format!("{address} is not the address of the account that signed in, {account}");
                Err(Reply::new(553, "5.7.1", text))
            }
            _ => Ok(()),
        }
    }

    async fn admit(&self, mail: Submission) -> Reply {
        Pipeline::admit(self, mail).await
    }

    fn observe(&self, event: Event) {
        self.ledger.note(event);
    }
}
