//! Ways of encryption that turn a mail into a protected mail, and the keys that they need.
//!
//! In: a [`Message`](crate::message::Message), the keys or the password, and the clock. Out: the bytes of the protected mail,
//! or [`Why`] there is none. Nothing is kept or sent here; the caller tries the next way, or holds the mail. What is outside of
//! the encryption is decided in [`cover`] alone: whatever is not named there goes inside. [`Keyring`] is the one part that
//! keeps something of its own: the recipients' certificates and keys, in the store; [`pickup`] keeps sealed messages there.
//!
//! Invariants: a key is used only if it is valid at the time handed in and may encrypt; `Bcc` stands nowhere; nothing of the
//! mail's own words stands outside. What is not hidden: whom a mail is encrypted to (its keys are named in it), how long it is,
//! and who wrote to whom. So a blind recipient needs a copy of their own, which is the caller's to make.

pub mod archive;
mod certificate;
mod columns;
pub mod cover;
mod fault;
pub mod keys;
mod keys_sql;
mod learn;
pub mod openpgp;
mod openpgp_key;
pub mod page;
pub mod password;
pub mod pickup;
pub mod smime;

pub use certificate::Certificate;
pub use cover::Cover;
pub use fault::{Fault, Why};
pub use keys::{Key, KeyError, Keyring, Kind};
pub use learn::{Trust, learn};
pub use openpgp_key::PublicKey;

#[cfg(test)]
mod tests_kit;
