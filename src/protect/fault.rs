//! What can be wrong with a key, and why a mail could not be protected. Each is a sentence that says what to do.

use std::fmt;

use crate::base::{Timestamp, one_line};

/// What is wrong with a certificate or a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A private key was given where a public one is wanted.
    Private,
    /// It cannot be read as any of the forms that are taken.
    Unreadable(String),
    /// It is not valid before this time.
    NotYet(Timestamp),
    /// It was valid until this time.
    Ended(Timestamp),
    /// Its owner has taken it back.
    Revoked,
    /// It may not be used to encrypt mail, and why.
    NotForMail(String),
    /// It is for other addresses.
    OtherAddress(Vec<String>),
    /// It is too short to keep a secret.
    Weak(String),
}

/// Why a mail could not be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no key to encrypt to.
    NoKeys,
    /// The key of that fingerprint cannot be used.
    Key { fingerprint: String, fault: Fault },
    /// The password is empty or too short.
    Password,
    /// A library or the system's random numbers failed.
    Failed(String),
}

impl Why {
    /// What a library said; never holds content of the mail.
    pub(super) fn failed(error: impl fmt::Display) -> Self {
        Self::Failed(one_line(&error.to_string()).collect())
    }

    pub(super) fn key(fingerprint: &str, fault: Fault) -> Self {
        Self::Key { fingerprint: fingerprint.to_owned(), fault }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Private => f.write_str(
                "this is a private key, which only its owner may have: nothing was stored; ask the owner for the certificate or the public key, \
                 and tell them that this one has left their hands",
            ),
            Self::Unreadable(why) => {
                write!(f, "this is no certificate (PEM, DER, .p7b) and no OpenPGP key (armoured or binary): {why}")
            }
            Self::NotYet(from) => write!(f, "it is not valid before {}: wait until then, or ask for another", day(*from)),
            Self::Ended(until) => write!(f, "it ended on {}: ask its owner for a new one", day(*until)),
            Self::Revoked => f.write_str("its owner has revoked it: ask them for a new one"),
            Self::NotForMail(why) => write!(f, "it may not be used to encrypt mail: {why}; ask its owner for one that may"),
            Self::OtherAddress(named) if named.is_empty() => {
                f.write_str("it names no mail address; --any-address takes it nevertheless, if you know whose it is")
            }
            Self::OtherAddress(named) => write!(
                f,
                "it is for {}; --any-address takes it nevertheless, if you know that this person reads that mail",
                named.join(", ")
            ),
            Self::Weak(what) => write!(f, "{what} is too short to keep a secret: ask its owner for a new one"),
        }
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeys => f.write_str("there is no key of this recipient: `schoolgate key import ADDRESS FILE` adds one"),
            Self::Key { fingerprint, fault } => write!(f, "the key {fingerprint} cannot be used: {fault}"),
            Self::Password => f.write_str("the password has fewer than 12 characters, or others than those of a plain keyboard: give another, or let one be made"),
            Self::Failed(what) => write!(f, "the encryption failed: {what}"),
        }
    }
}

impl std::error::Error for Why {}

/// A day, as people write it.
fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
