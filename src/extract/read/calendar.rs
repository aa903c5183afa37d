//! Calendars (RFC 5545), and the lines that they share with address cards (RFC 6350).
//!
//! In: a file. Out: for each entry its properties, one on a line behind its name, and the files in it. Lines are unfolded, texts unescaped.
//! What is for programs alone (identifiers, versions) is left out. Can fail: a bound.

use super::{Draft, html};
use crate::extract::charset;
use crate::extract::contents::{Spot, Unread};
use crate::message;

/// Properties without words for people.
const TECHNICAL: [&str; 16] = [
    "VERSION",
    "PRODID",
    "UID",
    "DTSTAMP",
    "SEQUENCE",
    "REV",
    "CALSCALE",
    "METHOD",
    "TRANSP",
    "LAST-MODIFIED",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "TZID",
    "TZNAME",
    "RRULE",
    "CLASS",
];

/// One property.
pub(super) struct Property {
    /// In capitals, without its group.
    pub name: String,
    /// Names in capitals.
    pub parameters: Vec<(String, String)>,
    pub value: String,
}

/// Reads a calendar.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    components(bytes, draft, |property| property.text())
}

/// Reads what is written in lines of properties: a block for each `BEGIN` to `END`.
pub(super) fn components(bytes: &[u8], draft: &mut Draft, words: impl Fn(&Property) -> String) -> Result<(), Unread> {
    let text = charset::text(bytes);
    let mut block = String::new();
    for line in unfolded(&text) {
        let Some(property) = Property::read(&line) else { continue };
        if ["BEGIN", "END"].contains(&property.name.as_str()) {
            draft.text(Spot::Body, std::mem::take(&mut block))?;
            continue;
        }
        if let Some((name, bytes)) = property.file() {
            draft.spend_file()?;
            draft.nest(&name, bytes);
        } else if !TECHNICAL.contains(&property.name.as_str()) {
            let said = words(&property);
            if !said.trim().is_empty() {
                block.push_str(&format!("{}: {said}\n", property.name));
            }
        }
    }
    draft.text(Spot::Body, block)
}

/// Lines joined where the next begins with white space (RFC 5545 section 3.1), or where quoted-printable of vCard 2.1 goes on.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        match lines.last_mut() {
            Some(last) if goes_on => {
                last.pop();
                last.push_str(line);
            }
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(&line[1..]),
            _ => lines.push(line.to_owned()),
        }
        goes_on = line.ends_with('=') && lines.last().is_some_and(|last| has_printable(last));
    }
    lines
}

/// Octets of a line in which its value begins.
const HEAD: usize = 300;

/// Whether a line says, before its value, that it is in quoted-printable. Asked of a line as often as it goes on.
fn has_printable(line: &str) -> bool {
    let near = line.get(..line.floor_char_boundary(HEAD)).unwrap_or(line);
    near.split_once(':').is_some_and(|(head, _)| head.to_ascii_uppercase().contains("QUOTED-PRINTABLE"))
}

impl Property {
    fn read(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c: char| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let mut words = head.split(';');
        let name = words.next()?.rsplit('.').next()?.trim().to_ascii_uppercase();
        let parameters = words.map(|word| {
            let (key, value) = word.split_once('=').unwrap_or(("TYPE", word));
            (key.to_ascii_uppercase(), value.trim_matches('"').to_owned())
        });
        Some(Self { name, parameters: parameters.collect(), value: value.to_owned() })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, word: &str) -> bool {
        self.parameters.iter().any(|(_, value)| value.eq_ignore_ascii_case(word))
    }

    /// The value as text: decoded, unescaped; of people also the name that is said for them.
    pub(super) fn text(&self) -> String {
        let value = if self.has("QUOTED-PRINTABLE") {
            let bytes = message::from_quoted_printable(self.value.as_bytes());
            message::text_in(self.parameter("CHARSET"), &bytes).into_owned()
        } else {
            unescaped(&self.value)
        };
        let value = if self.parameter("FMTTYPE").is_some_and(|kind| kind.eq_ignore_ascii_case("text/html")) {
            html::shown(&value)
        } else {
            value
        };
        match self.parameter("CN") {
            Some(name) => format!("{name} <{value}>"),
            None => value,
        }
    }

    /// A file in the value, in base64 or as a `data:` address.
    fn file(&self) -> Option<(String, Vec<u8>)> {
        if self.has("BASE64") || self.has("B") {
            let named = ["X-FILENAME", "FILENAME", "X-APPLE-FILENAME"].iter().find_map(|key| self.parameter(key));
            return Some((named.unwrap_or(&self.name).to_owned(), message::from_base64(self.value.as_bytes())));
        }
        html::data_file(&self.value)
    }
}

/// RFC 5545 section 3.3.11.
pub(super) fn unescaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
