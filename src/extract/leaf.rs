//! The attachments of a mail: its leaves, decoded, that no client shows as text of the mail.
//!
//! In: a [`Message`]. Out: a [`Leaf`] for each part that holds no parts, the mails inside this one opened as well. A body that is text
//! is none: its text is among the [`super::passages`]. A part that says it is a text and is something else is one, since whoever opens
//! it gets what it is.

use bytes::Bytes;

use super::kind::Kind;
use super::{is_shown, sniff, uuencode};
use crate::message::{Message, Part};

/// One attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The number of the part, as in IMAP; a file written into a text has the number of that text.
    pub part: String,
    /// What the mail calls it, or `part 2` where it has no name.
    pub name: String,
    /// Its content, transfer encoding undone.
    pub bytes: Bytes,
}

/// Every attachment, in the order of the mail.
#[must_use]
pub fn leaves(message: &Message) -> Vec<Leaf> {
    message.parts().iter().filter(|part| is_leaf(part)).flat_map(|part| of_part(message, part)).collect()
}

fn is_leaf(part: &Part) -> bool {
    part.children.is_empty() && !part.body.is_empty()
}

fn of_part(message: &Message, part: &Part) -> Vec<Leaf> {
    let bytes = content(message, part);
    if is_shown(message, part) && is_text(sniff::kind(&bytes, "")) {
        return written_into(part, &bytes);
    }
    let number = if part.number.is_empty() { "1" } else { part.number.as_str() };
    let name = part.file_name.clone().filter(|name| !name.trim().is_empty());
    vec![Leaf { part: part.number.clone(), name: name.unwrap_or_else(|| format!("part {number}")), bytes }]
}

/// Files that stand in a text as letters, as mail had them before MIME: some clients still offer them as attachments.
fn written_into(part: &Part, text: &[u8]) -> Vec<Leaf> {
    let leaf = |block: uuencode::Uu| Leaf { part: part.number.clone(), name: block.name, bytes: Bytes::from(block.bytes) };
    uuencode::blocks(text).into_iter().map(leaf).collect()
}

/// Without a copy where nothing is encoded.
fn content(message: &Message, part: &Part) -> Bytes {
    match message.decoded(part) {
        std::borrow::Cow::Borrowed(_) => message.raw().slice(part.body.clone()),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// What a body may be: anything that a client shows as letters.
fn is_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Text | Kind::Csv | Kind::Html | Kind::Xml | Kind::Json | Kind::Mail | Kind::Calendar | Kind::VCard | Kind::Empty
    ) || kind == Kind::Unknown
}
