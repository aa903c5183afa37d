//! People: who has an account, who may sign in, who may send.
//!
//! In: an address and a password with where they came from. Out: [`SignIn`]. Accounts live in the store, passwords as Argon2id
//! hashes (RFC 9106). An unknown name, a wrong password and a suspended account are answered alike and take the same time.
//!
//! Invariants: a suspension holds from the moment it is written, also for sessions that stand ([`People::may_send`] reads the
//! account each time); a password is never kept, logged or shown; guessing is slowed for each account and each address.
//! What can fail: the store; signing in is then refused for the moment. Not here: what a role may do.

mod accounts_sql;
mod allowance;
mod allowance_sql;
mod cases;
mod cases_sql;
mod memory;
pub mod password;
mod people;
mod permit;
pub mod throttle;

pub use allowance::{Allowance, Over, Quota, Reserved};
pub use cases::{Asked, Case, Cases, Closing, Decision, Kind, Mailbox, State};
pub use password::PasswordFlaw;
pub use people::{AccessError, Account, Added, People, Role, SignIn, Suspension};
pub use permit::{Leave, Looked, Permit, Scope};
