//! What stands outside of the encryption, and what goes inside: header protection (RFC 9788).
//!
//! In: a [`Message`]. Out: the outer header fields, and the entity to encrypt: the mail's own body byte for byte under its
//! own `Content-` fields, with every other field of its author's above it. Inside go all fields but the trace of servers and
//! `Bcc`; outside stand only those of [`OUTSIDE`], and of the subject a word that tells nothing. `HP-Outer` (section 2.2) says
//! inside what was outside, so that nobody can add to it on the way. A reader who does not know RFC 9788 shows the outer
//! subject and ignores the fields inside.
//!
//! The body is not changed, so no legacy display element (section 4.10) is put before it, and what is signed stays so: the fields
//! stand above a multipart/signed, whose signature is over its first part alone. Nothing here can fail.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::base::{limits, one_line};
use crate::message::{Field, Message};

/// Fields that stand outside as they are: whom it is from and for, the thread, and what servers and absence notices go by. A
/// field that is not named here goes inside, for it may hold words of the mail (`Thread-Topic`, `Keywords`, `Comments` do).
const OUTSIDE: [&str; 19] = [
    "auto-submitted",
    "cc",
    "date",
    "disposition-notification-to",
    "from",
    "importance",
    "in-reply-to",
    "list-id",
    "list-unsubscribe",
    "message-id",
    "precedence",
    "priority",
    "references",
    "reply-to",
    "resent-date",
    "resent-from",
    "resent-message-id",
    "sender",
    "to",
];

/// Fields that servers wrote on the way: they stay on top, and are not the author's to protect (RFC 9788 section 1.1).
const TRACE: [&str; 2] = ["received", "return-path"];

/// Fields that go nowhere: blind recipients, and signatures of servers over what is no longer there.
const NOWHERE: [&str; 12] = [
    "arc-authentication-results",
    "arc-message-signature",
    "arc-seal",
    "authentication-results",
    "bcc",
    "dkim-signature",
    "domainkey-signature",
    "hp-outer",
    "mime-version",
    "received-spf",
    "resent-bcc",
    "x-envelope-to",
];

/// How a protected mail looks from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cover {
    /// What stands in place of the subject; nothing leaves the subject outside as it is.
    pub subject: Option<String>,
}

impl Default for Cover {
    /// The three dots that RFC 9788 section 3.2.1 calls `hcp_baseline`, which clients know.
    fn default() -> Self {
        Self { subject: Some("[...]".to_owned()) }
    }
}

impl Cover {
    /// The header outside, up to where the new mail says what it is.
    pub(super) fn outside(&self, message: &Message) -> Vec<u8> {
        let mut out = Vec::new();
        for field in &message.root().fields {
            if TRACE.contains(&field.name.as_str()) {
                put(&mut out, written(message, field));
            }
        }
        self.shown(message).iter().for_each(|field| put(&mut out, field));
        out.extend_from_slice(b"MIME-Version: 1.0\r\n");
        out
    }

    /// The entity to encrypt.
    pub(super) fn inside(&self, message: &Message) -> Vec<u8> {
        let body = message.body(message.root());
        let mut out = Vec::with_capacity(body.len() + 2 * message.root().header.len() + 256);
        let (content, others): (Vec<_>, Vec<_>) =
            message.root().fields.iter().partition(|field| field.name.starts_with("content-"));
        for field in others.into_iter().filter(|field| is_authors(&field.name)) {
            put(&mut out, written(message, field));
        }
        for field in self.shown(message) {
            put_outer(&mut out, &field);
        }
        put_content(&mut out, message, &content);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out
    }

    /// The author's fields as they stand outside, in their order.
    fn shown(&self, message: &Message) -> Vec<Vec<u8>> {
        let mut subject = self.subject.as_deref().map(|words| [b"Subject: ".as_slice(), encoded(words).as_bytes()].concat());
        let fields = message.root().fields.iter().filter_map(|field| match field.name.as_str() {
            "subject" if self.subject.is_none() => Some(written(message, field).to_vec()),
            "subject" => subject.take(), // of two subjects one stands outside
            name if OUTSIDE.contains(&name) => Some(written(message, field).to_vec()),
            _ => None,
        });
        fields.collect()
    }
}

fn is_authors(name: &str) -> bool {
    !TRACE.contains(&name) && !NOWHERE.contains(&name)
}

fn written<'m>(message: &'m Message, field: &Field) -> &'m [u8] {
    message.raw().get(field.whole.clone()).unwrap_or_default()
}

/// Adds a field, each of its lines ended by CRLF as what is signed or encrypted must be (RFC 8551 section 3.1.1).
fn put(out: &mut Vec<u8>, field: &[u8]) {
    for line in field.trim_ascii_end().split(|b| *b == b'\n') {
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
    }
}

/// Adds `HP-Outer` with a field as it stands outside; folded after the name where its first line would grow too long.
fn put_outer(out: &mut Vec<u8>, field: &[u8]) {
    let first = field.iter().position(|b| *b == b'\n').unwrap_or(field.len());
    let is_long = first + "HP-Outer: ".len() + 2 > limits::WRITTEN_LINE_OCTETS;
    out.extend_from_slice(if is_long { b"HP-Outer:\r\n " } else { b"HP-Outer: " });
    put(out, field);
}

/// Adds the mail's own `Content-` fields, and says in the type that fields of the mail are protected (RFC 9788 section 2.1).
fn put_content(out: &mut Vec<u8>, message: &Message, fields: &[&Field]) {
    let mut is_said = false;
    for field in fields {
        let field_written = written(message, field).trim_ascii_end();
        if field.name == "content-type" && !is_said {
            is_said = true;
            let bare = field_written.strip_suffix(b";").unwrap_or(field_written);
            put(out, &[bare, b";\r\n hp=\"cipher\""].concat());
        } else {
            put(out, field_written);
        }
    }
    if !is_said {
        put(out, b"Content-Type: text/plain; charset=us-ascii;\r\n hp=\"cipher\"");
    }
}

/// Words for a field, on one line; encoded where they are not ASCII (RFC 2047).
pub(super) fn encoded(words: &str) -> String {
    let words: String = one_line(words).collect();
    if words.is_ascii() && words.len() <= 900 {
        return words;
    }
    let mut lines = vec![String::new()];
    for c in words.chars() {
        // 45 octets are 60 characters of base64: the word fits its 75.
        if lines.last().is_some_and(|line| line.len() + c.len_utf8() > 45) {
            lines.push(String::new());
        }
        lines.iter_mut().next_back().into_iter().for_each(|line| line.push(c));
    }
    let lines: Vec<_> = lines.iter().map(|line| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(line))).collect();
    lines.join("\r\n ")
}

#[cfg(test)]
#[path = "cover_tests.rs"]
mod tests;
