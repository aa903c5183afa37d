//! The attachments of a mail in an explanation: what each is, and what was the matter with it. No text out of them.

use std::fmt;

use serde::Serialize;

use crate::extract::contents::{Found, Protection, Trait};
use crate::extract::file_name;
use crate::policy::{Known, Scan};

/// One file, at any depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// The number of the part of the mail.
    pub part: String,
    /// Names from the attachment inwards, as people are shown them.
    pub path: Vec<String>,
    /// What it is by its content: `docx`.
    pub kind: &'static str,
    pub media: &'static str,
    /// Octets.
    pub size: u64,
    pub protection: Protection,
    pub traits: Vec<Trait>,
    /// Why not all of it was read.
    pub unread: Option<String>,
    /// `clean`, `infected: …`, `not scanned: …`.
    pub scan: String,
}

/// A line for each file.
pub(super) fn lines(known: &Known) -> Vec<FileLine> {
    known.contents.files.iter().map(|found| line(found, &known.scan)).collect()
}

fn line(found: &Found, scan: &Scan) -> FileLine {
    let file = &found.file;
    FileLine {
        part: found.part.clone(),
        path: file.path.iter().map(|name| file_name::shown(name)).collect(),
        kind: file.kind.word(),
        media: file.kind.media(),
        size: file.size,
        protection: file.protection,
        traits: file.traits.iter().copied().collect(),
        unread: file.unread.as_ref().map(ToString::to_string),
        scan: scanned(&found.part, scan),
    }
}

fn scanned(part: &str, scan: &Scan) -> String {
    if scan.off {
        return "not scanned: clamd is off".to_owned();
    }
    if let Some(find) = scan.infected.iter().find(|find| find.part == part) {
        return format!("infected: {}", file_name::shown(&find.virus));
    }
    let gap = scan.unscanned.iter().find(|gap| gap.part == part || gap.part.is_empty());
    gap.map_or_else(|| "clean".to_owned(), |gap| format!("not scanned: {}", gap.why))
}

impl fmt::Display for FileLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, {} bytes", self.path.join(" / "), self.kind, self.size)?;
        match self.protection {
            Protection::Open => {}
            Protection::Partly => write!(f, ", partly protected")?,
            Protection::Protected => write!(f, ", protected")?,
        }
        self.traits.iter().try_for_each(|what| write!(f, ", {what}"))?;
        if let Some(why) = self.unread.as_ref().filter(|_| self.protection != Protection::Protected) {
            write!(f, ", not read: {why}")?;
        }
        write!(f, "; {})", self.scan)
    }
}
