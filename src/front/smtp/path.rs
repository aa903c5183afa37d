//! The paths of MAIL and RCPT (RFC 5321 section 4.1.2): what stands between the brackets, read by [`Address`] alone.

use crate::base::address::AddressError;
use crate::base::{Address, Reply, ReversePath};

/// What `RCPT TO` named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForwardPath {
    Address(Address),
    /// `<postmaster>`, without a domain and in any case (RFC 5321 section 4.1.1.3).
    Postmaster,
}

/// Why a path is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// `RCPT TO:<>`.
    Nobody,
    /// Characters beyond ASCII, and no SMTPUTF8 was said (RFC 6531 section 3.5).
    NeedsUtf8,
    Address(AddressError),
}

impl PathError {
    /// What the client hears; a malformed address has another enhanced code for senders (5.1.7) than for recipients (5.1.3).
    #[must_use]
    pub fn reply(self, malformed: &'static str) -> Reply {
        match self {
            Self::Nobody => Reply::new(553, malformed, "nobody is not a recipient"),
            Self::NeedsUtf8 => Reply::new(553, "5.6.7", "an address beyond ASCII needs SMTPUTF8 with MAIL FROM"),
            Self::Address(why) => Reply::new(553, malformed, why.to_string()),
        }
    }
}

/// Parts `<path> parameters`, at the first `>` outside quotes. Nothing where the brackets are not in place.
pub fn split(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    for (at, octet) in inner.bytes().enumerate() {
        match octet {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'>' if !quoted => {
                let rest = &inner[at + 1..];
                return (rest.is_empty() || rest.starts_with(' ')).then_some((&inner[..at], rest));
            }
            _ => {}
        }
    }
    None
}

/// Reads the path of `MAIL FROM`.
///
/// # Errors
/// [`PathError`].
pub fn reverse(text: &str, smtputf8: bool) -> Result<ReversePath, PathError> {
    if text.is_empty() {
        return Ok(ReversePath::Null);
    }
    if !smtputf8 && !text.is_ascii() {
        return Err(PathError::NeedsUtf8);
    }
    Address::parse(text).map(ReversePath::Address).map_err(PathError::Address)
}

/// Reads the path of `RCPT TO`.
///
/// # Errors
/// [`PathError`].
pub fn forward(text: &str) -> Result<ForwardPath, PathError> {
    if text.is_empty() {
        return Err(PathError::Nobody);
    }
    if text.eq_ignore_ascii_case("postmaster") {
        return Ok(ForwardPath::Postmaster);
    }
    Address::parse(text).map(ForwardPath::Address).map_err(PathError::Address)
}
