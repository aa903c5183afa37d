//! Passwords: which are taken, and how they are kept.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use crate::base::{Address, Secret};

/// Fewer characters are refused.
const LEAST: usize = 8;
/// Fewer characters are warned about.
const GOOD: usize = 12;
/// More bytes are refused: nobody types them, and each costs time.
const MOST: usize = 1024;

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFlaw {
    TooShort,
    TooLong,
    HoldsAddress,
    NotText,
    /// Taken, but longer would be better.
    Short,
}

impl fmt::Display for PasswordFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => {
                write!(f, "the password is too short: take at least {GOOD} characters, such as three or four words")
            }
            Self::TooLong => write!(f, "the password is longer than {MOST} bytes"),
            Self::HoldsAddress => {
                f.write_str("the password holds the name of the account: that is the first thing anybody tries")
            }
            Self::NotText => f.write_str("the password is not text in UTF-8, or holds a control character"),
            Self::Short => write!(f, "the password is short: {GOOD} characters or more are safer"),
        }
    }
}

/// Whether a password is taken; what it gives then is a warning.
pub(super) fn judge(password: &Secret, address: &Address) -> Result<Option<PasswordFlaw>, PasswordFlaw> {
    let text = password.reveal_str().filter(|text| !text.chars().any(char::is_control)).ok_or(PasswordFlaw::NotText)?;
    let length = text.chars().count();
    if length < LEAST {
        return Err(PasswordFlaw::TooShort);
    }
    if text.len() > MOST {
        return Err(PasswordFlaw::TooLong);
    }
    let local = address.local().to_lowercase();
    if local.chars().count() > 2 && text.to_lowercase().contains(&local) {
        return Err(PasswordFlaw::HoldsAddress);
    }
    Ok((length < GOOD).then_some(PasswordFlaw::Short))
}

/// The hash to keep, as a PHC string. Takes tens of milliseconds and 19 MiB: never on an async thread.
#[must_use]
pub fn hash(password: &Secret) -> Option<String> {
    Argon2::default().hash_password(password.reveal()).ok().map(|hash| hash.to_string())
}

/// Whether a password fits a hash. As costly as [`hash`], whatever the answer.
#[must_use]
pub fn fits(password: &Secret, hash: &str) -> bool {
    let password = password.reveal().get(..MOST).unwrap_or(password.reveal());
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}
