//! What a part says of itself: `Content-Type`, `Content-Transfer-Encoding`, `Content-Disposition` (RFC 2045, RFC 2183).
//!
//! In: the fields of one part. Out: a [`Content`], always; what is missing has the default of RFC 2045 section 5.2. Of a field
//! or parameter that stands twice the first counts, as most clients have it; what stood twice is told.

use super::header::Field;
use super::parameter::{self, Parameter};
use super::word;
use super::{ContentType, Disposition, TransferEncoding, charset};

/// What a part says of itself.
#[derive(Debug)]
pub(super) struct Content {
    pub content_type: ContentType,
    /// The boundary as it stands in the mail's lines; nothing where it is missing or empty.
    pub boundary: Option<Vec<u8>>,
    pub encoding: TransferEncoding,
    /// The transfer encoding is unknown or not said in one way.
    pub bad_encoding: bool,
    pub disposition: Disposition,
    pub file_name: Option<String>,
    /// Parameters that stand twice, as `content-type boundary`.
    pub repeated: Vec<String>,
    /// More parameters than `limits::PARAMETERS`.
    pub too_many: bool,
}

/// Reads the fields of a part. In a multipart/digest a part is a mail unless it says otherwise (RFC 2046 section 5.1.5).
pub(super) fn read(raw: &[u8], fields: &[Field], in_digest: bool) -> Content {
    let first = |name: &str| fields.iter().find(|f| f.name == name).map(|f| &raw[f.value.clone()]);
    let type_field = first("content-type").map(parameter::read).unwrap_or_default();
    let disposition_field = first("content-disposition").map(parameter::read).unwrap_or_default();
    let (encoding, bad_encoding) = encoding(raw, fields);
    let repeated = type_field.repeated.iter().map(|name| format!("content-type {name}"));
    let repeated = repeated.chain(disposition_field.repeated.iter().map(|name| format!("content-disposition {name}")));
    Content {
        repeated: repeated.collect(),
        boundary: boundary(&type_field.parameters),
        encoding,
        bad_encoding,
        disposition: disposition(&disposition_field.word),
        file_name: file_name(&disposition_field.parameters, "filename").or_else(|| file_name(&type_field.parameters, "name")),
        too_many: type_field.too_many || disposition_field.too_many,
        content_type: content_type(type_field, in_digest),
    }
}

fn content_type(field: parameter::Valued, in_digest: bool) -> ContentType {
    let written = is_media_type(&field.word);
    let media = match field.word.as_str() {
        _ if written => field.word,
        "text" => "text/plain".to_owned(),
        "multipart" => "multipart/mixed".to_owned(),
        _ if in_digest => "message/rfc822".to_owned(),
        _ => "text/plain".to_owned(),
    };
    let parameters = field.parameters.into_iter().map(|p| (p.name, charset::decode(p.charset.as_deref(), &p.value).into_owned()));
    ContentType { media, parameters: parameters.collect(), written }
}

fn is_media_type(word: &str) -> bool {
    word.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

/// RFC 2045 section 5.1.
fn is_token(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&b))
}

/// The delimiter of RFC 2046 section 5.1.1, which cannot end in white space.
fn boundary(parameters: &[Parameter]) -> Option<Vec<u8>> {
    let value = parameters.iter().find(|p| p.name == "boundary")?.value.trim_ascii_end();
    (!value.is_empty()).then(|| value.to_vec())
}

/// The encoding, and whether it is said badly: a word that is not of RFC 2045, or several fields that differ (the first counts).
fn encoding(raw: &[u8], fields: &[Field]) -> (TransferEncoding, bool) {
    let said = fields.iter().filter(|f| f.name == "content-transfer-encoding").map(|f| encoding_of(&raw[f.value.clone()]));
    let mut said = said.peekable();
    let (first, mut bad) = said.peek().copied().unwrap_or((TransferEncoding::Identity, false));
    bad |= said.any(|(other, _)| other != first);
    (first, bad)
}

fn encoding_of(value: &[u8]) -> (TransferEncoding, bool) {
    match parameter::read(value).word.as_str() {
        "" | "7bit" | "8bit" | "binary" => (TransferEncoding::Identity, false),
        // Misspelt, but meant and read so.
        "7-bit" | "8-bit" | "7bits" | "8bits" | "none" | "plain" => (TransferEncoding::Identity, true),
        "quoted-printable" => (TransferEncoding::QuotedPrintable, false),
        "base64" => (TransferEncoding::Base64, false),
        _ => (TransferEncoding::Unknown, true),
    }
}

/// An unknown word is an attachment (RFC 2183 section 2.8); what is no word says nothing.
fn disposition(word: &str) -> Disposition {
    match word {
        "inline" => Disposition::Inline,
        _ if is_token(word) => Disposition::Attachment,
        _ => Disposition::Inline,
    }
}

/// A file's name. Encoded words are not allowed in parameters (RFC 2047 section 5), but many write them and all read them.
fn file_name(parameters: &[Parameter], name: &str) -> Option<String> {
    let parameter = parameters.iter().find(|p| p.name == name)?;
    let text = match &parameter.charset {
        Some(label) => word::without_controls(charset::decode(Some(label), &parameter.value).into_owned()),
        None => word::decode(&parameter.value),
    };
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
#[path = "content_tests.rs"]
mod tests;
