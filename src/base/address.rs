//! Mailbox addresses, read one way everywhere (RFC 5321 section 4.1.2, RFC 6531).
//!
//! In: the text between `<` and `>` of a path, or an addr-spec out of a header. Out: a local part without its quotes and a
//! domain in lower case; `Display` puts the quotes back where they are needed, so what is printed can always be read again.
//! The domain is what follows the *last* `@`; source routes, bare names, comments and control characters are refused, never
//! repaired. What can fail: [`AddressError`], whose text is fit for an SMTP reply.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::limits;

/// A domain name in lower case ASCII (A-labels, RFC 5890), or an address literal such as `[192.0.2.1]`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Domain(String);

/// A mailbox: local part and domain. Equality ignores the case of the domain only (RFC 5321 section 2.4).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    local: String,
    domain: Domain,
}

/// What `MAIL FROM` named: an address, or nobody (`<>`, the null reverse path of reports).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReversePath {
    /// `<>`: nothing may ever be sent back.
    Null,
    /// The address that reports go to.
    Address(Address),
}

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// There is no `@`.
    NoDomain,
    /// Source routes (`@a,@b:c@d`) have been obsolete since RFC 5321 and are not honoured.
    SourceRoute,
    /// The local part is empty, badly quoted, or holds a character it must not.
    LocalPart,
    /// The domain is empty, badly formed or not valid in IDNA.
    BadDomain,
    /// Longer than RFC 5321 section 4.5.3.1 allows.
    TooLong,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoDomain => "the address has no domain",
            Self::SourceRoute => "source routes are not accepted",
            Self::LocalPart => "the part before the @ is not well formed",
            Self::BadDomain => "the domain is not well formed",
            Self::TooLong => "the address is too long",
        })
    }
}

impl std::error::Error for AddressError {}

impl Domain {
    /// Reads a domain name or an address literal. Names beyond ASCII become A-labels; a single final dot is refused.
    ///
    /// # Errors
    /// [`AddressError::BadDomain`] or [`AddressError::TooLong`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > limits::DOMAIN_OCTETS {
            return Err(AddressError::TooLong);
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            return literal(inner).then(|| Self(text.to_ascii_lowercase())).ok_or(AddressError::BadDomain);
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii_strict(text).map_err(|_| AddressError::BadDomain)?
        };
        if ascii.len() > limits::DOMAIN_OCTETS {
            return Err(AddressError::TooLong);
        }
        ascii.split('.').all(is_label).then_some(Self(ascii)).ok_or(AddressError::BadDomain)
    }

    /// The name in lower case ASCII.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is an address literal (`[192.0.2.1]`), not a name.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.0.starts_with('[')
    }
}

fn literal(inner: &str) -> bool {
    match inner.get(..5) {
        Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => inner[5..].parse::<std::net::Ipv6Addr>().is_ok(),
        _ => inner.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= limits::LABEL_OCTETS
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl Address {
    /// Reads an addr-spec (`name@domain`, `"odd name"@domain`), without angle brackets.
    ///
    /// # Errors
    /// The first reason why the text is not an address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.starts_with('@') {
            return Err(AddressError::SourceRoute);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::NoDomain)?;
        let local = read_local(local)?;
        if local.len() > limits::LOCAL_PART_OCTETS {
            return Err(AddressError::TooLong);
        }
        Ok(Self { local, domain: Domain::parse(domain)? })
    }

    /// The local part as meant, without quotes or escapes. May hold `@`, spaces and other odd characters.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The form to compare by: everything in lower case. No school has two people who differ in case alone.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// Whether both are the same mailbox, case aside.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.domain == other.domain && self.local.to_lowercase() == other.local.to_lowercase()
    }

    /// Whether it can be written without SMTPUTF8 (RFC 6531).
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.local.is_ascii()
    }
}

fn read_local(text: &str) -> Result<String, AddressError> {
    let Some(inner) = text.strip_prefix('"') else {
        return is_dot_atom(text).then(|| text.to_owned()).ok_or(AddressError::LocalPart);
    };
    let inner = inner.strip_suffix('"').ok_or(AddressError::LocalPart)?;
    unquote(inner).filter(|local| !local.is_empty()).ok_or(AddressError::LocalPart)
}

/// The content of a quoted-string (RFC 5321 section 4.1.2), or nothing where a quote or a control character is out of place.
fn unquote(inner: &str) -> Option<String> {
    let mut local = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '"' => return None,
            '\\' => chars.next()?,
            c => c,
        };
        if c.is_control() {
            return None;
        }
        local.push(c);
    }
    Some(local)
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_dot_atom(&self.local) {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        let quoted = self.local.replace('\\', "\\\\").replace('"', "\\\"");
        write!(f, "\"{quoted}\"@{}", self.domain)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        Self::parse(text)
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl ReversePath {
    /// The address, unless the path is null.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Null => None,
            Self::Address(address) => Some(address),
        }
    }

    /// Whether this is `<>`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// The address without brackets; nothing for the null path.
impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl fmt::Debug for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{self}>")
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
