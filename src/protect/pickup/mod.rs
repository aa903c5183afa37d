//! Messages that wait on a page: made for one recipient, opened by the link in their notice, gone when their time is over.
//!
//! In: a mail as its recipient is to see it. Out: a [`NewPickup`] to be written in the commit of its mail, and the [`Link`] for the
//! notice; later, by that link, a [`Pickup`] and the mail's bytes. What is done to it (opened, taken back, expired) is one commit with
//! its ledger entry.
//!
//! Invariants: a link's secret has 160 random bits and is known to the notice alone; the store has its SHA-256. The message is sealed
//! under a key of its own, and that key is kept only wrapped under another made of the secret. So the store opens nothing, not even
//! with the master key. Closing a message destroys the wrapped key and then the bytes. A link that was never given out and one that is
//! closed look the same from here. What can fail: the store, and randomness.

mod link;
mod pickup_sql;
mod sealed;
mod shelf;

pub use link::Link;
pub use shelf::{Closed, NewPickup, Pickup, Shelf};

#[cfg(test)]
#[path = "pickup_tests.rs"]
mod tests;
