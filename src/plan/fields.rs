//! Header fields that come and go in every copy: `Bcc` goes, missing ones of RFC 6409 section 8 and those of rules come.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{Desk, trace};
use crate::base::{ListenerKind, Submission};
use crate::config::Config;
use crate::message::Edit;

/// Removes every top-level `Bcc` and `Resent-Bcc` (RFC 5322 section 3.6.3): who else gets a mail is nobody's business.
pub(super) fn without_bcc(desk: &Desk) -> impl Iterator<Item = Edit> {
    let fields = desk.message.root().fields.iter();
    let hidden = fields.filter(|field| field.name == "bcc" || field.name == "resent-bcc");
    hidden.map(|field| Edit { range: field.whole.clone(), with: Vec::new(), what: "Bcc removed".to_owned() })
}

/// `Date` and `Message-ID` where a mail client left them out (RFC 6409 section 8.2 and 8.3); relayed mail is left as it is.
pub(super) fn missing(desk: &Desk) -> Vec<Edit> {
    if desk.submission.origin.listener == ListenerKind::Relay {
        return Vec::new();
    }
    let lacks = |name: &str| !desk.message.root().fields.iter().any(|field| field.name == name);
    let mut edits = Vec::new();
    if lacks("date") {
        edits.push(on_top(folded("Date", &trace::date(desk.submission)), "Date added"));
    }
    if lacks("message-id") {
        let id = message_id(desk.config, desk.submission);
        edits.push(on_top(folded("Message-ID", &id), "Message-ID added"));
    }
    edits
}

/// The id that a mail without one is given.
#[must_use]
pub fn message_id(config: &Config, submission: &Submission) -> String {
    format!("<{}@{}>", submission.reference, config.school.hostname)
}

/// A field that a rule adds; a value beyond ASCII becomes encoded words (RFC 2047).
pub(super) fn added(name: &str, value: &str) -> Edit {
    on_top(written(name, value), &format!("{name} added"))
}

/// A field with a value that may be beyond ASCII, with its line end.
pub(super) fn written(name: &str, value: &str) -> String {
    let value = if value.is_ascii() { value.to_owned() } else { encoded(value) };
    folded(name, &value)
}

/// Text before the first byte of the mail.
pub(super) fn on_top(text: String, what: &str) -> Edit {
    Edit { range: 0..0, with: text.into_bytes(), what: what.to_owned() }
}

/// A field with its line end, folded at spaces to 78 octets a line where it can be (RFC 5322 section 2.1.1), cut hard before
/// 998. Control characters become spaces, so no value adds a field.
pub(super) fn folded(name: &str, value: &str) -> String {
    let mut out = format!("{name}:");
    let mut line = out.len();
    for word in value.split(|c: char| c == ' ' || c.is_control()).filter(|word| !word.is_empty()) {
        let mut rest = word;
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.floor_char_boundary(900));
            if line + 1 + piece.len() > 78 && line > name.len() + 1 {
                out.push_str("\r\n");
                line = 0;
            }
            out.push(' ');
            out.push_str(piece);
            line += 1 + piece.len();
            rest = later;
        }
    }
    out + "\r\n"
}

/// A display name (RFC 5322 section 3.2.5): in quotes, or as encoded words where it is not ASCII.
pub(super) fn phrase(name: &str) -> String {
    if !name.is_ascii() {
        return encoded(name);
    }
    let quoted: String = name
        .chars()
        .filter(|c| !c.is_control())
        .flat_map(|c| ['\\'].into_iter().filter(move |_| c == '"' || c == '\\').chain([c]))
        .collect();
    format!("\"{quoted}\"")
}

fn encoded(value: &str) -> String {
    let mut words = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        // 42 octets are 56 in base64; an encoded word has at most 75 (RFC 2047 section 2).
        let (piece, later) = rest.split_at(rest.floor_char_boundary(42));
        words.push(format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(piece)));
        rest = later;
    }
    words.join(" ")
}
