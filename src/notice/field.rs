//! Changes to a part's `Content-Type` and `Content-Transfer-Encoding`: the one parameter or word, nothing else of the field.
//!
//! What is not written in one clear way (a field twice, a quote that does not end) is refused rather than rewritten.

use std::ops::Range;

use crate::message::{Edit, Field, Message, Part};

/// What a part says after the change; nothing stays as it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Says<'s> {
    pub charset: &'s str,
    pub encoding: Option<&'s str>,
}

/// The edits that make a part say it.
pub(super) fn say(message: &Message, part: &Part, says: Says) -> Result<Vec<Edit>, String> {
    let mut added = String::new();
    let mut edits = Vec::new();
    match only(part, "content-type")? {
        Some(field) => edits.push(charset_edit(message, part, field, says.charset)?),
        None => added.push_str(&format!("Content-Type: {}; charset={}\r\n", part.content_type.media, says.charset)),
    }
    if let Some(encoding) = says.encoding {
        match only(part, "content-transfer-encoding")? {
            Some(field) => edits.push(edit(field.value.clone(), &format!(" {encoding}"), "transfer encoding raised")),
            None => added.push_str(&format!("Content-Transfer-Encoding: {encoding}\r\n")),
        }
    }
    if part.parent.is_none() && !part.fields.iter().any(|field| field.name == "mime-version") {
        added.push_str("MIME-Version: 1.0\r\n");
    }
    if !added.is_empty() {
        edits.push(edit(end_of_header(message, part)?, &added, "MIME fields added"));
    }
    Ok(edits)
}

fn only<'p>(part: &'p Part, name: &str) -> Result<Option<&'p Field>, String> {
    let mut fields = part.fields.iter().filter(|field| field.name == name);
    match (fields.next(), fields.next()) {
        (field, None) => Ok(field),
        _ => Err(format!("a part says its {name} twice")),
    }
}

fn edit(range: Range<usize>, with: &str, what: &str) -> Edit {
    Edit { range, with: with.as_bytes().to_vec(), what: what.to_owned() }
}

/// Where a field can be added; a header that runs into its body has no such place.
fn end_of_header(message: &Message, part: &Part) -> Result<Range<usize>, String> {
    let header = message.raw().get(part.header.clone()).unwrap_or_default();
    let separate = part.header.end < part.body.start || part.body.is_empty();
    if separate && (header.is_empty() || header.ends_with(b"\n")) {
        return Ok(part.header.end..part.header.end);
    }
    Err("the header of a part has no end".to_owned())
}

fn charset_edit(message: &Message, part: &Part, field: &Field, charset: &str) -> Result<Edit, String> {
    const WHAT: &str = "charset raised";
    let value = message.raw().get(field.value.clone()).unwrap_or_default();
    if !part.content_type.written {
        return Ok(edit(field.value.clone(), &format!(" {}; charset={charset}", part.content_type.media), WHAT));
    }
    let pieces = pieces(value).ok_or("a part's content-type cannot be read in one way")?;
    let mut named = pieces.iter().skip(1).filter(|piece| is_charset(&value[(*piece).clone()]));
    let at = |range: Range<usize>| field.value.start + range.start..field.value.start + range.end;
    match (named.next(), named.next()) {
        (Some(piece), None) => Ok(edit(at(piece.clone()), &format!("charset={charset}"), WHAT)),
        (Some(_), Some(_)) => Err("a part says its charset twice".to_owned()),
        (None, _) => {
            let end = value.trim_ascii_end().len();
            let sign = if value[..end].ends_with(b";") { "" } else { ";" };
            Ok(edit(at(end..end), &format!("{sign} charset={charset}"), WHAT))
        }
    }
}

/// `charset=…`, also in the forms of RFC 2231.
fn is_charset(parameter: &[u8]) -> bool {
    parameter.get(..7).is_some_and(|name| name.eq_ignore_ascii_case(b"charset"))
        && parameter.get(7).is_some_and(|next| matches!(next, b'=' | b'*' | b' ' | b'\t'))
}

/// The pieces between semicolons, white space around them left out; nothing where a quote or a comment does not end.
fn pieces(value: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut comments, mut escaped) = (0, false, 0_usize, false);
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted || comments > 0 => escaped = true,
            b'"' if comments == 0 => quoted = !quoted,
            b'(' if !quoted => comments += 1,
            b')' if !quoted && comments > 0 => comments -= 1,
            b';' if !quoted && comments == 0 => {
                pieces.push(trimmed(value, start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(trimmed(value, start..value.len()));
    (!quoted && comments == 0 && !escaped).then_some(pieces)
}

fn trimmed(value: &[u8], range: Range<usize>) -> Range<usize> {
    let piece = &value[range.clone()];
    let lead = piece.len() - piece.trim_ascii_start().len();
    let start = range.start + lead;
    start..start + piece.trim_ascii().len()
}

#[cfg(test)]
#[path = "field_tests.rs"]
mod tests;
