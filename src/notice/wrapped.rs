//! A mail that cannot take the notice, sent inside a new one that shows it.
//!
//! Insertions before the first byte and after the last, so that the original stands inside as message/rfc822, byte for byte
//! (RFC 2046 section 5.2.1): its signatures hold. The new header repeats the fields by which people and their clients find and
//! thread mail, as they stand.

use crate::base::hash::sha256_hex;
use crate::config::Disclaimer;
use crate::message::{Edit, Message};

use super::{Notice, Placeholders, transfer};

/// Fields that the new header has in common with the original's, in the original's order.
const COPIED: &[&str] =
    &["from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted"];

/// The insertions that wrap a mail.
#[must_use]
pub fn wrap(message: &Message, disclaimer: &Disclaimer, placeholders: &Placeholders) -> Vec<Edit> {
    let notice = Notice::fill(disclaimer, placeholders);
    let raw = message.raw();
    let boundary = boundary(raw);
    let mut head = copied(message);
    head.extend(opening(&boundary, &notice.text, raw.is_ascii()).bytes());
    let line_end = if raw.ends_with(b"\n") { "" } else { "\r\n" };
    let tail = format!("{line_end}\r\n--{boundary}--\r\n");
    let what = format!("wrapped with notice \"{}\"", notice.name);
    vec![
        Edit { range: 0..0, with: head, what: what.clone() },
        Edit { range: raw.len()..raw.len(), with: tail.into_bytes(), what },
    ]
}

/// A boundary that nobody could have written into the mail: it is a digest of all of it.
fn boundary(raw: &[u8]) -> String {
    let mut boundary = digest_text(raw);
    while memchr::memmem::find(raw, boundary.as_bytes()).is_some() {
        boundary = digest_text(boundary.as_bytes());
    }
    boundary
}

fn digest_text(bytes: &[u8]) -> String {
    format!("=_{:.32}", sha256_hex(bytes))
}

fn copied(message: &Message) -> Vec<u8> {
    let mut head = Vec::new();
    for field in message.root().fields.iter().filter(|field| COPIED.contains(&field.name.as_str())) {
        let bytes = message.raw().get(field.whole.clone()).unwrap_or_default();
        head.extend_from_slice(bytes);
        if !bytes.ends_with(b"\n") {
            head.extend_from_slice(b"\r\n");
        }
    }
    head
}

/// From the new mail's own fields to where the original begins.
fn opening(boundary: &str, notice: &str, is_ascii: bool) -> String {
    let transfer = if is_ascii { "7bit" } else { "8bit" };
    let text = format!("{}\n", notice.trim_end_matches('\n')).replace("\r\n", "\n").replace('\n', "\r\n");
    let (encoding, body) = transfer::encode(&text);
    let body = String::from_utf8_lossy(&body);
    format!(
        "MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\
         Content-Transfer-Encoding: {transfer}\r\n\
         \r\n\
         --{boundary}\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: {encoding}\r\n\
         Content-Disposition: inline\r\n\
         \r\n\
         {body}\r\n\
         --{boundary}\r\n\
         Content-Type: message/rfc822\r\n\
         Content-Transfer-Encoding: {transfer}\r\n\
         Content-Disposition: inline\r\n\
         \r\n"
    )
}
