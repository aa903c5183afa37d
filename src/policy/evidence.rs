//! The personal data of one mail: every text of it and of its files read by the detectors, once, and only when a rule asks.
//!
//! In: a mail, what is in its attachments, the detectors. Out: [`Evidence`]: each finding with the place it stands in. Subjects, the shown
//! texts, names of files and all that files say are read; what is quoted from an earlier mail is marked, with who wrote it where its first
//! lines say so. Pure and linear in the text.

use crate::base::{Address, Timestamp};
use crate::detect::{Detectors, Finding, Place};
use crate::extract::contents::{Content, Found};
use crate::extract::{Contents, file_name, sources};
use crate::message::Message;

/// Octets of a quote's beginning, and of what stands before it, in which its author is looked for.
const ATTRIBUTION: usize = 600;

/// A finding and where in the mail it stands.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub finding: Finding,
    pub spot: Spot,
    /// Quoted from an earlier mail.
    pub is_quoted: bool,
}

/// Where in a mail something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    Subject,
    /// A shown text, by the number of its part.
    Body(String),
    /// A file: the number of its part, and its names from the attachment inwards.
    File {
        part: String,
        path: Vec<String>,
    },
    /// The name of a file, which is seen without opening it.
    FileName {
        part: String,
    },
}

/// All of them, and who wrote what is quoted.
#[derive(Clone, Debug, Default)]
pub(super) struct Findings {
    pub(super) all: Vec<Evidence>,
    /// By the address's key: whom the first lines of the quoted text name.
    pub(super) quoted_author: Option<String>,
}

/// Reads a mail.
pub(super) fn read(detectors: &Detectors, message: &Message, contents: &Contents, at: Timestamp) -> Findings {
    let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut findings = Findings::default();
    let mut take = |found: Vec<Finding>, spot: &Spot, is_quoted: bool| {
        let evidence = |finding: Finding| {
            let is_quoted = is_quoted || finding.place == Place::Quoted;
            Evidence { finding, spot: spot.clone(), is_quoted }
        };
        findings.all.extend(found.into_iter().map(evidence));
    };
    for subject in message.subjects() {
        take(detectors.read(&subject, today), &Spot::Subject, false);
    }
    let shown = sources(message);
    for source in &shown {
        take(detectors.read(&source.text, today), &Spot::Body(source.part.clone()), source.is_quoted);
    }
    for part in message.parts().iter().filter(|part| part.file_name.is_some()) {
        let name = part.file_name.clone().unwrap_or_default();
        take(detectors.read(&words_of(&name), today), &Spot::FileName { part: part.number.clone() }, false);
    }
    for found in &contents.files {
        read_file(detectors, found, today, &mut take);
    }
    findings.quoted_author = shown.iter().find(|source| source.is_quoted).and_then(|quoted| {
        let own = shown.iter().find(|source| !source.is_quoted && source.part == quoted.part);
        author(own.map_or("", |own| own.text.as_str()), &quoted.text)
    });
    findings
}

fn read_file(detectors: &Detectors, found: &Found, today: jiff::civil::Date, take: &mut impl FnMut(Vec<Finding>, &Spot, bool)) {
    let spot = Spot::File { part: found.part.clone(), path: found.file.path.clone() };
    let name = words_of(found.file.name());
    take(detectors.read(&name, today), &Spot::FileName { part: found.part.clone() }, false);
    for block in &found.file.blocks {
        let seen = match (&block.content, &block.label) {
            (Content::Table(rows), _) => detectors.read_rows(rows, today),
            (Content::Text(text), Some(label)) => detectors.read(&format!("{label}: {text}"), today),
            (Content::Text(text), None) => detectors.read(text, today),
        };
        take(seen, &spot, false);
    }
}

/// A file's name as people read it: `sam_jones-ehcp.pdf` is three words and an ending.
fn words_of(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    stem.replace(['_', '+'], " ")
}

/// The first address that stands at the beginning of a quote, or in the line before it: whose words they are.
fn author(own: &str, quoted: &str) -> Option<String> {
    let before = own.get(own.ceil_char_boundary(own.len().saturating_sub(ATTRIBUTION))..).unwrap_or_default();
    let begin = quoted.get(..quoted.floor_char_boundary(ATTRIBUTION.min(quoted.len()))).unwrap_or_default();
    let last_line = before.trim_end().rsplit("\n\n").next().unwrap_or_default();
    [begin, last_line].into_iter().find_map(first_address)
}

fn first_address(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || "<>()[]\"';,&".contains(c));
    let cut = |word: &str| word.trim_start_matches("mailto:").trim_matches([':', '.']).to_owned();
    words.filter(|word| word.contains('@')).find_map(|word| Address::parse(&cut(word)).ok()).map(|address| address.key())
}

impl Spot {
    /// For evidence: by part, without the names of files.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Subject => "in the subject".to_owned(),
            Self::Body(_) => "in the text".to_owned(),
            Self::File { part, .. } => format!("in the attachment (part {part})"),
            Self::FileName { part } => format!("in the name of the attachment (part {part})"),
        }
    }

    /// For the sender, whose files they are.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::File { path, .. } => format!("in {}", file_name::shown(&path.join(" / "))),
            spot => spot.place(),
        }
    }
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
