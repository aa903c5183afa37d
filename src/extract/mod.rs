//! The text that people read in a mail, told apart by where it stands.
//!
//! In: a [`Message`]. Out: [`Passage`]s: what its sender wrote, what is quoted from earlier mails, what is there and not shown,
//! and the names of its attachments. Subjects are not among them: every field that is called so is read by the rules themselves.
//! Pure, linear in the size of the bodies, without recursion; nothing can fail: broken text is read as far as it goes.
//! The text *in* attachments joins as passages of its own kind; who searches need not know from where one came.

mod charset;
pub mod contents;
pub mod file_name;
pub mod kind;
mod leaf;
mod page;
pub mod read;
pub mod sniff;
mod source;
mod text;
pub mod uuencode;

pub use contents::{Contents, File};
pub use kind::Kind;
pub use leaf::{Leaf, leaves};
pub use source::{Source, sources};

use crate::message::{Disposition, Message, Part};

/// A piece of text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub place: Place,
    pub text: String,
}

/// Where a passage stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The sender's own words in a body.
    Body,
    /// The name of an attachment.
    FileName,
    /// A body with what its HTML hides: words run on where the hidden part parts them, and hidden words are words.
    Unshown,
    /// Quoted from earlier mails.
    Quoted,
    /// In a file, wherever in it.
    Attachment,
}

/// A body taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Body {
    own: String,
    quoted: String,
    /// All of the sender's text, hidden or not; nothing where nothing is hidden.
    whole: Option<String>,
}

/// Every passage of a mail, bodies first.
#[must_use]
pub fn passages(message: &Message) -> Vec<Passage> {
    let mut all = Vec::new();
    for part in message.parts().iter().filter(|part| is_shown(message, part)) {
        let text = message.text(part);
        let body = if part.content_type.media == "text/html" { page::read(&text) } else { text::read(part, text) };
        let pieces = [(Place::Body, Some(body.own)), (Place::Quoted, Some(body.quoted)), (Place::Unshown, body.whole)];
        let pieces = pieces.into_iter().filter_map(|(place, text)| Some(Passage { place, text: text? }));
        all.extend(pieces.filter(|passage| !passage.text.is_empty()));
    }
    let names = message.parts().iter().filter_map(|part| part.file_name.clone());
    all.extend(names.map(|text| Passage { place: Place::FileName, text }));
    all
}

/// Whether any client shows a part as text of the mail: more than the school's notice is placed in, since a word must not hide in a
/// signed part, in a second text with a name, or under a subtype that nobody knows (RFC 2046 section 4.1.4: shown as plain text). A
/// mail inside this one is somebody else's, and counts with the attachments.
fn is_shown(message: &Message, part: &Part) -> bool {
    let media = part.content_type.media.as_str();
    media.starts_with("text/")
        && media != "text/rfc822-headers"
        && part.disposition == Disposition::Inline
        && !message.is_inside(part, |outer| outer.content_type.is_message())
}

#[cfg(test)]
mod tests;
