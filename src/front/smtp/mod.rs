//! SMTP as a server speaks it (RFC 5321, RFC 6409), from the bytes of a line to a [`crate::base::Submission`].
//!
//! `wire` reads lines and writes replies, `command` reads a line, `scan` and `body` read a mail, `state` is what a session may be
//! in, `session` with `sign_in` and `transaction` moves it on, `replies` is all that is said.

mod body;
mod command;
mod parameters;
mod path;
mod replies;
mod scan;
mod session;
mod sign_in;
pub mod state;
mod transaction;
mod wire;

pub use command::{Command, CommandError};
pub(super) use session::{Session, Visitor};
pub(super) use wire::Wire;
