//! The text of a journal report: one field on each line ([MS-XJRNL] section 2.1; Google Workspace writes the same).
//!
//! ```text
//! Sender: head@school.example
//! Subject: Trip
//! Message-Id: <1@school.example>
//! To: member@school.example, Expanded: staff@school.example
//! Bcc: new@school.example, Forwarded: old@school.example
//! ```
//!
//! Exchange 2003 writes `Recipients:`, and below it those it names, up to an empty line. Lines that are none of these are passed over; the report is kept beside
//! the mail in any case. Linear in the text.

use std::collections::HashSet;

use crate::base::{Address, ReversePath, limits, one_line};
use crate::store::{Addressed, AddressedBy};

/// What a report says.
#[derive(Debug)]
pub(super) struct Report {
    pub sender: ReversePath,
    /// Everyone whose address can be read, none twice.
    pub recipients: Vec<Address>,
    pub addressed: Vec<Addressed>,
    /// More recipients than are read.
    pub overflows: bool,
}

impl Report {
    pub(super) fn read(text: &str) -> Self {
        let mut report = Self { sender: ReversePath::Null, recipients: Vec::new(), addressed: Vec::new(), overflows: false };
        let mut known = HashSet::new();
        let mut below = None;
        for line in text.lines() {
            let (name, value) = field(line);
            match (name.as_deref(), below) {
                (Some("sender"), _) => report.sender = path(value),
                (Some("recipients"), _) => {
                    below = Some(AddressedBy::Recipient);
                    value.split(';').for_each(|one| report.add(&mut known, AddressedBy::Recipient, one));
                    continue;
                }
                (Some(name), _) => by(name).into_iter().for_each(|by| report.add(&mut known, by, value)),
                (None, Some(_)) if line.trim().is_empty() && !report.recipients.is_empty() => below = None,
                (None, Some(by)) => line.split(';').for_each(|one| report.add(&mut known, by, one)),
                (None, None) => {}
            }
            if name.is_some() {
                below = None;
            }
        }
        report
    }

    fn add(&mut self, known: &mut HashSet<String>, by: AddressedBy, value: &str) {
        let (who, expanded, forwarded) = redirected(value);
        if who.is_empty() {
            return;
        }
        if self.addressed.len() >= limits::JOURNAL_RECIPIENTS {
            self.overflows = true;
            return;
        }
        if let Ok(address) = Address::parse(&who)
            && by != AddressedBy::OnBehalfOf
            && known.insert(address.key())
        {
            self.recipients.push(address);
        }
        self.addressed.push(Addressed { who, by, expanded, forwarded });
    }
}

fn by(name: &str) -> Option<AddressedBy> {
    Some(match name {
        "to" => AddressedBy::To,
        "cc" => AddressedBy::Cc,
        "bcc" => AddressedBy::Bcc,
        "recipient" => AddressedBy::Recipient,
        "on-behalf-of" => AddressedBy::OnBehalfOf,
        _ => return None,
    })
}

/// The name of the field on a line, in lower case, and what it says.
fn field(line: &str) -> (Option<String>, &str) {
    const LONGEST: usize = "on-behalf-of".len();
    match line.split_once(':') {
        Some((name, value)) if name.len() <= LONGEST && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') => {
            (Some(name.to_ascii_lowercase()), value.trim())
        }
        _ => (None, line.trim()),
    }
}

/// A recipient, the list they are a member of, and whose mail it was: `a, Expanded: b, Forwarded: c`.
fn redirected(value: &str) -> (String, Option<String>, Option<String>) {
    let lower = value.to_ascii_lowercase();
    let expanded = lower.find("expanded:");
    let forwarded = lower.find("forwarded:");
    let end = [expanded, forwarded].into_iter().flatten().min().unwrap_or(value.len());
    let after = |at: Option<usize>, word: &str| {
        let start = at? + word.len();
        let stop = [expanded, forwarded].into_iter().flatten().filter(|other| *other > start).min().unwrap_or(value.len());
        Some(bare(value.get(start..stop)?)).filter(|who| !who.is_empty())
    };
    (bare(value.get(..end).unwrap_or(value)), after(expanded, "expanded:"), after(forwarded, "forwarded:"))
}

/// An address without what may stand around it: a name, angle brackets, a scheme, a comma.
fn bare(text: &str) -> String {
    let text = text.trim().trim_end_matches([',', ';']).trim();
    let inner = match text.rfind('<') {
        Some(at) => text.get(at + 1..).and_then(|rest| rest.split('>').next()).unwrap_or(text),
        None => text,
    };
    let inner = inner.trim();
    let scheme =
        ["smtp:", "mailto:"].into_iter().find(|s| inner.get(..s.len()).is_some_and(|start| start.eq_ignore_ascii_case(s)));
    one_line(scheme.and_then(|scheme| inner.get(scheme.len()..)).unwrap_or(inner)).take(limits::JOURNAL_NAME_CHARACTERS).collect()
}

/// Who it is from; `<>` and what is no address are nobody.
fn path(value: &str) -> ReversePath {
    Address::parse(&bare(value)).map_or(ReversePath::Null, ReversePath::Address)
}
