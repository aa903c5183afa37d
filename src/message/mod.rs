//! A mail as bytes plus where each part begins and ends (RFC 5322, RFC 2045 to 2049).
//!
//! In: the bytes of a [`crate::base::Submission`]. Out: a [`Message`], always; what is odd about it is a [`Flaw`], not a
//! failure. Offsets are exact, so a change is an [`Edit`] and all else leaves byte for byte as it came.
//! Structure and fields are read here, without recursion and in linear time, within the bounds of `limits`: mail-parser
//! overflows its stack on nested mails and takes quadratic time on encoded words that do not end (docs/decisions). It gives
//! the old charsets, dates and clean base64. What may be read in two ways is read as most clients do, and is a flaw.

mod body;
mod charset;
mod content;
pub mod edit;
mod header;
mod kind;
mod mailbox;
mod parameter;
mod parse;
pub(crate) mod quote;
mod transfer;
mod word;

use std::borrow::Cow;
use std::ops::Range;

use bytes::Bytes;

pub use edit::{Edit, Edits};
pub use header::{Field, Mailbox};

use crate::base::{Timestamp, limits};
use crate::config::MailKind;

/// One mail, opened.
#[derive(Clone, Debug)]
pub struct Message {
    raw: Bytes,
    /// The root first, then depth first, as they stand in the mail.
    parts: Vec<Part>,
    flaws: Vec<Flaw>,
}

/// Bytes as text in a charset as named somewhere; without a name, UTF-8 where that fits, else windows-1252.
pub(crate) fn text_in<'m>(charset: Option<&str>, bytes: &'m [u8]) -> Cow<'m, str> {
    charset::decode(charset, bytes)
}

/// Undoes quoted-printable, best effort.
pub(crate) fn from_quoted_printable(text: &[u8]) -> Vec<u8> {
    transfer::quoted_printable(text)
}

/// Undoes base64, skipping what is none.
pub(crate) fn from_base64(text: &[u8]) -> Vec<u8> {
    transfer::base64(text)
}

/// Index of a part in [`Message::parts`]; the root is 0.
pub type PartId = usize;

/// One part of a mail: its header and its body, as places in the mail's bytes.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its own index.
    pub id: PartId,
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
    /// What `Content-Transfer-Encoding` says; Identity for a part that holds parts.
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
    /// A field that may stand once stands more often, or a parameter (`content-type boundary`). The first counts.
    Repeated(PartId, String),
    /// A line of the header that is no field, or is white space only.
    NotAField(PartId),
    /// More header fields than `limits::FIELDS` or parameters than `limits::PARAMETERS`: the rest was not read.
    TooManyFields(PartId),
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

    /// A part's body, transfer encoding undone; as it stands where the encoding is unknown. Best effort on what is broken.
    #[must_use]
    pub fn decoded<'m>(&'m self, part: &Part) -> Cow<'m, [u8]> {
        let body = self.body(part);
        match part.encoding {
            TransferEncoding::Identity | TransferEncoding::Unknown => Cow::Borrowed(body),
            TransferEncoding::QuotedPrintable => Cow::Owned(transfer::quoted_printable(body)),
            TransferEncoding::Base64 => Cow::Owned(transfer::base64(body)),
        }
    }

    /// The first bytes of a decoded body: at least `length` where it has so many.
    fn beginning(&self, part: &Part, length: usize) -> Vec<u8> {
        let body = self.body(part);
        let cut = &body[..body.len().min(length * 4)];
        match part.encoding {
            TransferEncoding::Identity | TransferEncoding::Unknown => cut.to_vec(),
            TransferEncoding::QuotedPrintable => transfer::quoted_printable(cut),
            TransferEncoding::Base64 => transfer::base64(cut),
        }
    }

    /// A text part's body as text: decoded, its charset understood, lines as they stand. Broken bytes become U+FFFD; what an
    /// unknown charset says is read as UTF-8 or windows-1252.
    #[must_use]
    pub fn text(&self, part: &Part) -> String {
        charset::decode(part.content_type.parameter("charset"), &self.decoded(part)).into_owned()
    }

    /// The decoded text of every top-level `Subject` (a strict reader sees them all), unfolded, encoded words undone.
    #[must_use]
    pub fn subjects(&self) -> Vec<String> {
        self.values("subject")
    }

    /// The mailboxes of all top-level fields of that name (`From`, `To`, `Cc` …), groups opened, names decoded; the first
    /// `limits::MAILBOXES` of them.
    #[must_use]
    pub fn mailboxes(&self, field: &str) -> Vec<Mailbox> {
        self.raw_values(field).flat_map(mailbox::read).take(limits::MAILBOXES).collect()
    }

    /// The mailboxes of one field of any part, in its order; the first `limits::MAILBOXES` of them.
    #[must_use]
    pub fn mailboxes_in(&self, field: &Field) -> Vec<Mailbox> {
        mailbox::read(&self.raw[field.value.clone()])
    }

    /// The decoded values of all top-level fields of that name, unfolded; the name without regard to case.
    #[must_use]
    pub fn values(&self, field: &str) -> Vec<String> {
        self.raw_values(field).map(word::decode).collect()
    }

    /// The value of a field as text: unfolded, encoded words undone, on one line.
    #[must_use]
    pub fn value(&self, field: &Field) -> String {
        word::decode(&self.raw[field.value.clone()])
    }

    /// A text with the encoded words in it undone; what was decoded once may hold more of them.
    #[must_use]
    pub fn words_undone(text: &str) -> String {
        word::decode(text.as_bytes())
    }

    /// What the first `Date` says, where it can be understood (RFC 5322 section 3.3).
    #[must_use]
    pub fn date(&self) -> Option<Timestamp> {
        let date = mail_parser::DateTime::parse_rfc822(self.values("date").first()?).filter(|date| date.is_valid())?;
        Timestamp::from_second(date.to_timestamp()).ok()
    }

    /// What the topmost `Received` says, where it can be understood: when the last server took the mail (RFC 5321 section 4.4).
    #[must_use]
    pub fn received(&self) -> Option<Timestamp> {
        let values = self.values("received");
        let (_, written) = values.first()?.rsplit_once(';')?;
        let date = mail_parser::DateTime::parse_rfc822(written.trim()).filter(|date| date.is_valid())?;
        Timestamp::from_second(date.to_timestamp()).ok()
    }

    /// How many `Received` fields the mail has: one for each server it went through (RFC 5321 section 4.4).
    #[must_use]
    pub fn received_count(&self) -> usize {
        self.raw_values("received").count()
    }

    fn raw_values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let fields = self.root().fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name));
        fields.map(|field| &self.raw[field.value.clone()])
    }

    /// The parts that hold this one, from its own parent to the root.
    pub fn ancestors<'m>(&'m self, part: &Part) -> impl Iterator<Item = &'m Part> + use<'m> {
        std::iter::successors(part.parent, |id| self.parts[*id].parent).map(|id| &self.parts[id])
    }

    /// Whether a part lies, at any depth, in one of which this is true.
    pub fn is_inside(&self, part: &Part, is: impl Fn(&Part) -> bool) -> bool {
        self.ancestors(part).any(is)
    }

    /// The text/plain and text/html parts that a client shows as the mail's own words, in order: in alternative, mixed and
    /// related, at any depth; never attachments, nor what lies in a mail, a signed or encrypted part or a report.
    #[must_use]
    pub fn bodies(&self) -> Vec<&Part> {
        body::displayed(self)
    }

    /// Where the encoded bytes of larger attachments lie, in order and apart: what other mails may hold too.
    #[must_use]
    pub fn attachments(&self) -> Vec<Range<usize>> {
        let is_one = |part: &&Part| part.children.is_empty() && part.body.len() >= limits::SHARED_PART_OCTETS;
        let mut all: Vec<Range<usize>> = self.parts.iter().filter(is_one).map(|part| part.body.clone()).collect();
        all.sort_by_key(|range| range.start);
        let mut end = 0;
        all.retain(|range| {
            let apart = range.start >= end;
            end = if apart { range.end } else { end };
            apart
        });
        all
    }

    /// What kinds of mail this is, in order, none twice.
    #[must_use]
    pub fn kinds(&self, null_sender: bool) -> Vec<MailKind> {
        kind::kinds(self, null_sender)
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

    /// Whether the media type is a whole mail: message/rfc822, or message/global (RFC 6532 section 3.7).
    #[must_use]
    pub fn is_message(&self) -> bool {
        matches!(self.media.as_str(), "message/rfc822" | "message/global")
    }
}

#[cfg(test)]
pub(crate) mod corpus_tests;
