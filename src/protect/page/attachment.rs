//! The files of a mail under names that are safe on any disk, none twice.
//!
//! Parts of names that lead elsewhere, signs that Windows refuses, names of its devices, and signs that turn the writing around
//! are gone; the ending stays, for it says what a file is. Pictures that the page shows itself are files too.

use std::collections::HashSet;

use super::shown;
use crate::base::one_line;
use crate::message::{Message, Part, PartId};

/// Octets of a name: every file system takes 255, and some of the way is the reader's folder.
const NAME_OCTETS: usize = 120;
/// Octets of an ending that is kept where a name is cut.
const ENDING_OCTETS: usize = 16;
/// Names that Windows keeps for devices, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// One file of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Where it stands in the mail.
    pub part: PartId,
    /// Its name, safe and unlike that of every other.
    pub name: String,
    /// What the mail says it is, in lower case: `application/pdf`.
    pub media: String,
}

/// All files of a mail, in order.
#[must_use]
pub fn attachments(message: &Message) -> Vec<Attachment> {
    let mut taken: HashSet<String> = ["message.html".to_owned()].into();
    let files = shown::others(message).into_iter().filter(|part| !is_seal(message, part));
    let named = files.enumerate().map(|(at, part)| {
        let wanted = safe(part.file_name.as_deref().unwrap_or_default());
        let wanted = wanted.unwrap_or_else(|| format!("attachment-{}{}", at + 1, ending(&part.content_type.media)));
        Attachment { part: part.id, name: unlike(wanted, &mut taken), media: part.content_type.media.clone() }
    });
    named.collect()
}

/// The signature of a multipart/signed: it fits the mail as it was sent, and nothing that a reader gets here.
fn is_seal(message: &Message, part: &Part) -> bool {
    let parent = part.parent.and_then(|id| message.parts().get(id));
    parent.is_some_and(|parent| parent.content_type.media == "multipart/signed" && parent.children.first() != Some(&part.id))
}

/// A name without what is not safe; nothing where nothing is left of it.
fn safe(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = one_line(last).filter(|c| !turns(*c)).map(|c| if is_refused(c) { '_' } else { c }).collect();
    let plain = plain.trim_matches([' ', '.', '_']).to_owned();
    let stem = plain.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let device = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let plain = if DEVICES.contains(&device) { format!("_{plain}") } else { plain };
    (!plain.is_empty()).then(|| cut(&plain))
}

/// Signs that Windows refuses in a name.
fn is_refused(c: char) -> bool {
    matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*')
}

/// Signs that are not seen: those that turn the writing around make `exe.pdf` of `fdp.exe`.
fn turns(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// A name that fits, with its ending.
fn cut(name: &str) -> String {
    if name.len() <= NAME_OCTETS {
        return name.to_owned();
    }
    let (stem, end) = split(name);
    format!("{}{end}", &stem[..stem.floor_char_boundary(NAME_OCTETS - ENDING_OCTETS)])
}

/// A name as its stem and its ending with the dot; a long ending is none.
fn split(name: &str) -> (&str, &str) {
    let dot = name.rfind('.').filter(|dot| *dot > 0 && name.len() - dot <= ENDING_OCTETS);
    name.split_at(dot.unwrap_or(name.len()))
}

/// The name, or the name with the first number that makes it new; letter case does not tell names apart.
fn unlike(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.to_lowercase()) {
        return name;
    }
    let (stem, end) = split(&name);
    // Counted from how many names there are, so that a thousand equal ones do not each try all before them.
    let mut number = taken.len();
    loop {
        number += 1;
        let numbered = format!("{stem} ({number}){end}");
        if taken.insert(numbered.to_lowercase()) {
            return numbered;
        }
    }
}

/// An ending for a file without a name.
fn ending(media: &str) -> &'static str {
    match media {
        "message/rfc822" | "message/global" => ".eml",
        "text/plain" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "text/csv" => ".csv",
        "application/pdf" => ".pdf",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => ".p7m",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        _ => ".bin",
    }
}
