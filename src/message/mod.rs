//! A mail as bytes plus where each part begins and ends (RFC 5322, RFC 2045 to 2049).
//!
//! In: the bytes of a [`crate::base::Submission`]. Out: a [`Message`], always; what is odd about it is a [`Flaw`], not a
//! failure. Offsets are exact, so a change is an [`Edit`] and all else leaves byte for byte as it came.
//! The structure is walked here, without recursion and within `limits::PART_DEPTH` and `limits::PARTS`; mail-parser reads the
//! fields and decodes the leaves, one part at a time, so that no nesting can overflow its stack.

pub mod edit;
mod header;
mod parse;

use std::ops::Range;

use bytes::Bytes;

pub use edit::{Edit, Edits};
pub use header::{Field, Mailbox};

use crate::config::MailKind;

/// One mail, opened.
#[derive(Clone, Debug)]
pub struct Message {
    raw: Bytes,
    /// The root first, then depth first, as they stand in the mail.
    parts: Vec<Part>,
    flaws: Vec<Flaw>,
}

/// Index of a part in [`Message::parts`]; the root is 0.
pub type PartId = usize;

/// One part of a mail: its header and its body, as places in the mail's bytes.
#[derive(Clone, Debug)]
pub struct Part {
    /// The part that holds it; nothing for the root.
    pub parent: Option<PartId>,
    pub children: Vec<PartId>,
    /// Number for people, as in IMAP (RFC 9051 section 6.4.5): `1.2`; empty for the root of a multipart mail, `1` for a single part.
    pub number: String,
    /// The header fields, up to but without the empty line.
    pub header: Range<usize>,
    /// The body, encoded as it stands, without the line end that belongs to the boundary after it.
    pub body: Range<usize>,
    pub fields: Vec<Field>,
    pub content_type: ContentType,
    pub encoding: TransferEncoding,
    pub disposition: Disposition,
    /// The name it gives for a file, decoded (RFC 2231, encoded words), filename before name.
    pub file_name: Option<String>,
}

/// `Content-Type`, with the default of RFC 2045 section 5.2 where it is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    /// Lower case: `text/plain`.
    pub media: String,
    /// Names in lower case; values decoded.
    pub parameters: Vec<(String, String)>,
    /// Whether the part says it itself.
    pub written: bool,
}

/// `Content-Transfer-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferEncoding {
    /// 7bit, 8bit, binary, or nothing said.
    Identity,
    QuotedPrintable,
    Base64,
    /// A word that RFC 2045 does not know: the body cannot be read.
    Unknown,
}

/// `Content-Disposition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Inline, or nothing said.
    Inline,
    Attachment,
}

/// Something about a mail that a strict reader would not accept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// A multipart without a usable boundary: read as one opaque part.
    NoBoundary(PartId),
    /// A multipart whose closing boundary is missing.
    Unclosed(PartId),
    /// Parts deeper than `limits::PART_DEPTH` were not opened.
    TooDeep(PartId),
    /// More parts than `limits::PARTS`.
    TooManyParts,
    /// A field that may stand once stands more often.
    Repeated(PartId, String),
    /// A line of the header that is no field.
    NotAField(PartId),
    /// The header goes into the body without an empty line.
    NoSeparator(PartId),
    /// A transfer encoding that is unknown, doubled, or not allowed where it stands.
    BadEncoding(PartId),
    /// A body that does not decode cleanly.
    Undecodable(PartId),
}

impl Message {
    /// Opens a mail. Never fails and takes time and memory linear in its size.
    #[must_use]
    pub fn parse(raw: Bytes) -> Self {
        parse::parse(raw)
    }

    /// The mail, byte for byte.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// All parts: the root first, then depth first.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The outermost part, whose header is the mail's header.
    #[must_use]
    pub fn root(&self) -> &Part {
        &self.parts[0]
    }

    /// What is odd about it.
    #[must_use]
    pub fn flaws(&self) -> &[Flaw] {
        &self.flaws
    }

    /// The bytes of a part's body as they stand.
    #[must_use]
    pub fn body(&self, part: &Part) -> &[u8] {
        &self.raw[part.body.clone()]
    }

    /// A part's body, transfer encoding undone; as it stands where the encoding is unknown. Best effort on broken base64.
    #[must_use]
    pub fn decoded<'m>(&'m self, part: &Part) -> std::borrow::Cow<'m, [u8]> {
        todo!("message room: {part:?}")
    }

    /// A text part's body as text: decoded, its charset understood (unknown or broken bytes become U+FFFD), lines as they stand.
    #[must_use]
    pub fn text(&self, part: &Part) -> String {
        todo!("message room: {part:?}")
    }

    /// The decoded text of every top-level `Subject` (a strict reader sees them all), unfolded, encoded words undone.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        todo!("message room")
    }

    /// Every mailbox of all top-level fields of that name (`From`, `To`, `Cc` …), groups opened, names decoded.
    #[must_use]
    pub fn mailboxes(&self, field: &str) -> Vec<Mailbox> {
        todo!("message room: {field}")
    }

    /// The decoded values of all top-level fields of that name, unfolded; the name without regard to case.
    #[must_use]
    pub fn values(&self, field: &str) -> Vec<String> {
        todo!("message room: {field}")
    }

    /// What kinds of mail this is, in order, none twice.
    #[must_use]
    pub fn kinds(&self, null_sender: bool) -> Vec<MailKind> {
        todo!("message room: {null_sender}")
    }
}

impl ContentType {
    /// A parameter's value by its lower-case name.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Whether the media type is `multipart/…`.
    #[must_use]
    pub fn is_multipart(&self) -> bool {
        self.media.starts_with("multipart/")
    }
}
