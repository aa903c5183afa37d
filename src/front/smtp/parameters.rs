//! The parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), RET, ENVID, NOTIFY and ORCPT (RFC 3461),
//! AUTH (RFC 4954 section 5, read and let go: the account that signed in counts).
//!
//! Each is read into a value; xtext is decoded, and a control character hidden in it is refused, so no value can ever become a
//! second command on the way out. A parameter that was not offered is 555, a malformed or repeated one 501.

use std::fmt;

use crate::base::{BodyKind, Notify, Reply, Ret};

/// RFC 3461 section 4.4: octets of ENVID; section 4.2: of ORCPT.
const ENVID_OCTETS: usize = 100;
const ORCPT_OCTETS: usize = 500;

/// What MAIL may say beside the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// `SIZE=`; a number too big for 64 bits is the biggest there is.
    pub size: Option<u64>,
    pub body: BodyKind,
    pub smtputf8: bool,
    pub ret: Option<Ret>,
    pub envid: Option<String>,
}

/// What RCPT may say beside the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    pub notify: Option<Notify>,
    /// `type;address`, decoded.
    pub orcpt: Option<String>,
}

/// Why parameters cannot be taken; each names the keyword.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterError {
    Unknown(String),
    Malformed(String),
    Repeated(String),
    /// `BODY=BINARYMIME` (RFC 3030): lines could not be checked.
    Binary,
}

impl ParameterError {
    /// What the client hears.
    #[must_use]
    pub fn reply(&self) -> Reply {
        let code = match self {
            Self::Unknown(_) | Self::Binary => 555,
            Self::Malformed(_) | Self::Repeated(_) => 501,
        };
        Reply::new(code, "5.5.4", self.to_string())
    }
}

impl fmt::Display for ParameterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(keyword) => write!(f, "the parameter {keyword} is not known here"),
            Self::Malformed(keyword) => write!(f, "the parameter {keyword} is malformed"),
            Self::Repeated(keyword) => write!(f, "the parameter {keyword} stands twice"),
            Self::Binary => f.write_str("BINARYMIME is not offered"),
        }
    }
}

impl MailParameters {
    /// Reads what follows the path.
    ///
    /// # Errors
    /// [`ParameterError`], the first that is found.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let mut found = Self::default();
        for (keyword, value) in each(text)? {
            found.take(&keyword, value)?.ok_or(ParameterError::Malformed(keyword))?;
        }
        Ok(found)
    }

    /// Nothing where the value is malformed.
    fn take(&mut self, keyword: &str, value: Option<&str>) -> Result<Option<()>, ParameterError> {
        Ok(match (keyword, value) {
            ("SIZE", Some(digits)) => size(digits).map(|octets| self.size = Some(octets)),
            ("BODY", Some(kind)) => body(kind)?.map(|kind| self.body = kind),
            ("SMTPUTF8", None) => {
                self.smtputf8 = true;
                Some(())
            }
            ("RET", Some(what)) => ret(what).map(|ret| self.ret = Some(ret)),
            ("ENVID", Some(xtext)) => envid(xtext).map(|id| self.envid = Some(id)),
            ("AUTH", Some(whom)) => (whom == "<>" || from_xtext(whom).is_some()).then_some(()),
            ("SIZE" | "BODY" | "SMTPUTF8" | "RET" | "ENVID" | "AUTH", _) => None,
            _ => return Err(ParameterError::Unknown(keyword.to_owned())),
        })
    }
}

impl RcptParameters {
    /// Reads what follows the path.
    ///
    /// # Errors
    /// [`ParameterError`], the first that is found.
    pub fn parse(text: &str) -> Result<Self, ParameterError> {
        let mut found = Self::default();
        for (keyword, value) in each(text)? {
            let taken = match (keyword.as_str(), value) {
                ("NOTIFY", Some(wishes)) => notify(wishes).map(|wishes| found.notify = Some(wishes)),
                ("ORCPT", Some(address)) => orcpt(address).map(|address| found.orcpt = Some(address)),
                ("NOTIFY" | "ORCPT", None) => None,
                _ => return Err(ParameterError::Unknown(keyword)),
            };
            taken.ok_or(ParameterError::Malformed(keyword))?;
        }
        Ok(found)
    }
}

/// The keywords in upper case with their values, none twice (RFC 5321 section 4.1.2, `esmtp-param`).
fn each(text: &str) -> Result<Vec<(String, Option<&str>)>, ParameterError> {
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (keyword, value) = word.split_once('=').map_or((word, None), |(keyword, value)| (keyword, Some(value)));
        let shown: String = keyword.chars().take(32).collect::<String>().to_ascii_uppercase();
        let sound = keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
            && keyword.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && value.is_none_or(|value| !value.is_empty());
        if !sound {
            return Err(ParameterError::Malformed(shown));
        }
        let keyword = keyword.to_ascii_uppercase();
        if found.iter().any(|(other, _)| *other == keyword) {
            return Err(ParameterError::Repeated(shown));
        }
        found.push((keyword, value));
    }
    Ok(found)
}

/// RFC 1870 section 3: up to 20 digits, which may still be too big for 64 bits.
fn size(digits: &str) -> Option<u64> {
    let sound = digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit());
    sound.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn body(kind: &str) -> Result<Option<BodyKind>, ParameterError> {
    match kind.to_ascii_uppercase().as_str() {
        "7BIT" => Ok(Some(BodyKind::SevenBit)),
        "8BITMIME" => Ok(Some(BodyKind::EightBit)),
        "BINARYMIME" => Err(ParameterError::Binary),
        _ => Ok(None),
    }
}

fn ret(what: &str) -> Option<Ret> {
    match what.to_ascii_uppercase().as_str() {
        "FULL" => Some(Ret::Full),
        "HDRS" => Some(Ret::Headers),
        _ => None,
    }
}

/// RFC 3461 section 4.4: decoded, it consists of printable ASCII.
fn envid(xtext: &str) -> Option<String> {
    from_xtext(xtext).filter(|id| xtext.len() <= ENVID_OCTETS && id.bytes().all(|b| (b' '..=b'~').contains(&b)))
}

/// RFC 3461 section 4.2: a type, then the address in xtext.
fn orcpt(value: &str) -> Option<String> {
    let (kind, xtext) = value.split_once(';').filter(|_| value.len() <= ORCPT_OCTETS)?;
    let atom = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let address = from_xtext(xtext).filter(|address| atom && !address.is_empty())?;
    Some(format!("{kind};{address}"))
}

/// RFC 3461 section 4.1: `NEVER` alone, or a list.
fn notify(wishes: &str) -> Option<Notify> {
    let mut notify = Notify { success: false, failure: false, delay: false };
    if wishes.eq_ignore_ascii_case("NEVER") {
        return Some(notify);
    }
    for wish in wishes.split(',') {
        let wish = match wish.to_ascii_uppercase().as_str() {
            "SUCCESS" => &mut notify.success,
            "FAILURE" => &mut notify.failure,
            "DELAY" => &mut notify.delay,
            _ => return None,
        };
        if std::mem::replace(wish, true) {
            return None;
        }
    }
    Some(notify)
}

/// Decodes xtext (RFC 3461 section 4; characters beyond ASCII as RFC 6533 section 3 has them). Nothing where it is malformed or
/// where what it hides is not text of one line.
fn from_xtext(xtext: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(xtext.len());
    let mut rest = xtext.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'+' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            b'=' => return None,
            octet => octet,
        });
    }
    let text = String::from_utf8(octets).ok()?;
    let one_line = !text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    one_line.then_some(text)
}

/// `hexchar` of RFC 3461 section 4: upper case only.
fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}
