//! One displayed body, opened for the notice: decoded, read in its charset, and changed with as little as can be.
//!
//! The notice goes in where it belongs and all else keeps its bytes. Only where the charset or the transfer encoding cannot hold
//! it is the label changed, and only where the label alone is not enough is the body written anew (as UTF-8, to the same text).

use std::ops::Range;

use encoding_rs::UTF_8;

use crate::base::limits::WRITTEN_LINE_OCTETS;
use crate::message::{Edit, Message, Part, TransferEncoding};

use super::charset::{self, Charset};
use super::field::{self, Says};
use super::text::Format;
use super::{Notice, Spot, View, html, presence, text, transfer};

/// A body that takes the notice.
pub(super) struct Body<'m> {
    message: &'m Message,
    part: &'m Part,
    is_html: bool,
    encoding: TransferEncoding,
    charset: Charset,
    /// The body, its transfer encoding undone.
    decoded: &'m [u8],
    text: &'m str,
    /// Whether the bytes are sound in the charset that is said.
    faithful: bool,
    /// The charset that the HTML says of itself, and the tag that does.
    meta: Option<(String, Range<usize>)>,
}

/// Opens a body and hands it, with what it says, to be changed. What a plain text says is not gathered where it lacks `key`.
pub(super) fn open<T>(
    message: &Message,
    part: &Part,
    key: Option<&str>,
    change: impl FnOnce(&Body, &View) -> Result<T, String>,
) -> Result<T, String> {
    let encoding = encoding(message, part);
    let decoded = transfer::decode(encoding, message.body(part))?;
    let charset = Charset::of(part.content_type.parameter("charset"));
    let reading = match &charset {
        Charset::Foreign(label) => charset::Reading::foreign(message.text(part), label, &decoded)?,
        charset => charset.read(&decoded),
    };
    let is_html = part.content_type.media == "text/html";
    let (view, meta) = if is_html { html::view(&reading.text)? } else { (text::view(&reading.text, key), None) };
    if is_sealed(&reading.text) {
        return Err("it is signed or encrypted with inline PGP".to_owned());
    }
    let body = Body {
        message,
        part,
        is_html,
        encoding,
        charset,
        decoded: &decoded,
        text: &reading.text,
        faithful: reading.faithful,
        meta,
    };
    change(&body, &view)
}

/// How the body is encoded as clients read it: an odd word for text as it stands (`8bits`, `plain`) is read as that, and only a
/// word that speaks of a real encoding leaves the body unread.
fn encoding(message: &Message, part: &Part) -> TransferEncoding {
    const REAL: &[&str] = &["quote", "printable", "64", "uu", "yenc", "binhex", "zip", "deflate"];
    if part.encoding != TransferEncoding::Unknown {
        return part.encoding;
    }
    let word = said_encoding(message, part).to_ascii_lowercase();
    let word = String::from_utf8_lossy(&word);
    if REAL.iter().any(|real| word.contains(real)) { TransferEncoding::Unknown } else { TransferEncoding::Identity }
}

fn said_encoding<'m>(message: &'m Message, part: &Part) -> &'m [u8] {
    let said = part.fields.iter().find(|field| field.name == "content-transfer-encoding");
    said.and_then(|field| message.raw().get(field.value.clone())).unwrap_or_default().trim_ascii()
}

/// Inline PGP (RFC 4880 section 6.2): the armor begins a line.
fn is_sealed(text: &str) -> bool {
    const ARMOR: &str = "-----BEGIN PGP ";
    text.match_indices(ARMOR).take(100).any(|(at, _)| text[..at].ends_with(['\n', '>']) || at == 0)
}

impl Body<'_> {
    /// The edits that put the notice in.
    pub fn insert(&self, spot: &Spot, notice: &Notice) -> Result<Vec<Edit>, String> {
        let composed = |grow| self.compose(spot, notice, grow);
        let what = format!("notice \"{}\" added to {}", notice.name, self.name());
        if matches!(self.charset, Charset::Foreign(_)) {
            return self.rewrite(spot, &composed(0), what);
        }
        if self.is_html {
            let plain = !self.carries_8bit() || !self.is_certain();
            return Ok(vec![self.put(spot, &|grow| self.charset.write_html(&composed(grow), plain), what)?]);
        }
        match self.charset.write(&composed(0)) {
            Some(bytes) if bytes.is_ascii() || self.carries_8bit() => {
                Ok(vec![self.put(spot, &|grow| self.charset.write(&composed(grow)).unwrap_or_default(), what)?])
            }
            _ => self.raise(spot, notice, what.clone()).or_else(|why| self.put_plainly(spot, notice, what).ok_or(why)),
        }
    }

    /// Where nothing can be raised, the same words without their typography may still fit.
    fn put_plainly(&self, spot: &Spot, notice: &Notice, what: String) -> Option<Vec<Edit>> {
        let plain = presence::plainly(&notice.text)?;
        let composed = |grow| text::compose(self.text, spot, &plain, self.format(), grow).into_bytes();
        Some(vec![self.put(spot, &composed, what).ok()?])
    }

    fn compose(&self, spot: &Spot, notice: &Notice, grow: usize) -> String {
        if self.is_html {
            return html::compose(self.text, spot, &notice.html, grow);
        }
        text::compose(self.text, spot, &notice.text, self.format(), grow)
    }

    /// RFC 3676 section 4.
    fn format(&self) -> Format {
        let is = |name: &str, value: &str| self.part.content_type.parameter(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        Format { flowed: is("format", "flowed"), delsp: is("delsp", "yes") }
    }

    /// Whether a notice that is all picture stands in this HTML.
    pub fn shows_picture(&self, notice: &Notice) -> bool {
        self.is_html && notice.picture && self.text.contains(notice.html.trim())
    }

    /// For people: `text/plain (part 1.2)`.
    fn name(&self) -> String {
        match self.part.number.as_str() {
            "" => self.part.content_type.media.clone(),
            number => format!("{} (part {number})", self.part.content_type.media),
        }
    }

    /// Whether eight-bit bytes may go in: the encoding hides them, or there are some already, or the part says so.
    fn carries_8bit(&self) -> bool {
        if self.encoding != TransferEncoding::Identity || !self.decoded.is_ascii() {
            return true;
        }
        let word = said_encoding(self.message, self.part);
        word.eq_ignore_ascii_case(b"8bit") || word.eq_ignore_ascii_case(b"binary")
    }

    /// Whether every client reads the bytes of this HTML alike: the label is known, true, and not contradicted in the text.
    fn is_certain(&self) -> bool {
        self.faithful && self.meta.as_ref().is_none_or(|(label, _)| self.charset.agrees_with(label))
    }

    /// Bytes put in at a place, the rest left alone.
    fn put(&self, spot: &Spot, bytes: transfer::Piece, what: String) -> Result<Edit, String> {
        let mark = if self.is_html { b'<' } else { b'\n' };
        let at = match self.decoded.len() == self.text.len() {
            true => spot.at,
            false => self.charset.place(self.decoded, self.text, spot.at, mark),
        };
        let shifted = |grow| match self.charset.is_stateful() {
            true => {
                let (before, after) = charset::shifts(self.decoded, at);
                [before, &bytes(grow), &after].concat()
            }
            false => bytes(grow),
        };
        let body = self.part.body.start;
        let (range, with) = transfer::insert(self.encoding, self.message.body(self.part), at, &shifted)?;
        Ok(self.edit(body + range.start..body + range.end, with, what))
    }

    /// An edit of the body, kept apart from what stands around it: a header without the empty line after it, and the boundary
    /// after an empty body, whose line end is that empty line; and a mail ends in a line end.
    fn edit(&self, range: Range<usize>, mut with: Vec<u8>, what: String) -> Edit {
        let raw = self.message.raw();
        if range.start == self.part.body.start && self.part.header.end == self.part.body.start {
            with.splice(0..0, *b"\r\n");
        }
        let after = raw.get(range.end..).unwrap_or_default();
        if range.end == self.part.body.end && !after.starts_with(b"\r\n") && !with.ends_with(b"\n") {
            with.extend_from_slice(b"\r\n");
        }
        Edit { range, with, what }
    }

    /// The charset of a text, raised.
    fn raise(&self, spot: &Spot, notice: &Notice, what: String) -> Result<Vec<Edit>, String> {
        let composed = |grow| self.compose(spot, notice, grow);
        let is_ascii = self.decoded.is_ascii() && !self.charset.is_stateful();
        let hidden = self.encoding != TransferEncoding::Identity;
        let labelled = match &self.charset {
            _ if is_ascii && hidden => UTF_8,
            Charset::Ascii if !is_ascii => charset::guess(self.decoded),
            Charset::Unknown(_) if !is_ascii && charset::guess(self.decoded) == UTF_8 => UTF_8,
            Charset::Unknown(label) if !is_ascii => return Err(format!("its charset \"{label}\" is unknown")),
            _ if self.faithful || is_ascii => return self.rewrite(spot, &composed(0), what),
            _ => return Err("its bytes are not sound in the charset it says".to_owned()),
        };
        let label = labelled.name().to_ascii_lowercase();
        let raised = Charset::of(Some(&label));
        if raised.write(&composed(0)).is_none() {
            return Err(format!("it has bytes beyond ASCII without a charset, and {label} cannot hold the notice"));
        }
        let mut edits = field::say(self.message, self.part, Says { charset: &label, encoding: None })?;
        edits.push(self.put(spot, &|grow| raised.write(&composed(grow)).unwrap_or_default(), what)?);
        Ok(edits)
    }

    /// The whole body written anew as UTF-8.
    fn rewrite(&self, spot: &Spot, composed: &str, what: String) -> Result<Vec<Edit>, String> {
        let (before, after) = self.text.split_at(spot.at);
        let text = self.with_meta(&[before, composed, after].concat(), composed.len(), spot);
        let keeps = self.encoding == TransferEncoding::Identity
            && self.carries_8bit()
            && !matches!(self.charset, Charset::Foreign(_))
            && text.split('\n').all(|line| line.len() <= WRITTEN_LINE_OCTETS);
        let (encoding, with) = match keeps {
            true => (None, text.into_bytes()),
            false => {
                let (encoding, with) = transfer::encode(&text);
                (Some(encoding), with)
            }
        };
        let mut edits = field::say(self.message, self.part, Says { charset: "utf-8", encoding })?;
        edits.push(self.edit(self.part.body.clone(), with, what));
        Ok(edits)
    }

    /// A `<meta>` that names another charset than the new one is made to name it.
    fn with_meta(&self, text: &str, grown: usize, spot: &Spot) -> String {
        let Some((label, tag)) = self.meta.as_ref().filter(|_| self.is_html) else { return text.to_owned() };
        let shift = if tag.start >= spot.at { grown } else { 0 };
        let range = tag.start + shift..tag.end + shift;
        let lower = text[range.clone()].to_ascii_lowercase();
        match lower.find("charset").and_then(|from| Some(from + lower[from..].find(label.as_str())?)) {
            Some(at) => [&text[..range.start + at], "utf-8", &text[range.start + at + label.len()..]].concat(),
            None => text.to_owned(),
        }
    }
}
