//! The envelope of a mail as its header tells it: what mail servers write on delivery, or who it says it is from and to.

use std::collections::HashSet;

use crate::base::{Address, BodyKind, Envelope, Recipient, ReversePath};
use crate::message::Message;

/// Says who a mail is from, among the envelope's fields; all others say whom it is for (RFC 5321 section 4.4).
const RETURN_PATH: &str = "return-path";
/// What mail servers write on delivery, and those whom the mail names itself.
const WRITTEN_ON_DELIVERY: [&str; 4] = ["x-envelope-to", "delivered-to", "x-original-to", "x-gm-original-to"];
const NAMED: [&str; 3] = ["to", "cc", "bcc"];

/// The envelope of a copy by the fields that a listener names; nothing where the mail has none of them, or says nobody.
pub(super) fn of_copy(message: &Message, fields: &[String], smtp: &Envelope) -> Option<Envelope> {
    let (paths, others): (Vec<&String>, Vec<&String>) = fields.iter().partition(|field| *field == RETURN_PATH);
    let recipients = recipients(message, others.into_iter().map(String::as_str));
    let path = paths.first().and_then(|_| return_path(message));
    if recipients.is_empty() && path.is_none() {
        return None;
    }
    let recipients = if recipients.is_empty() { smtp.recipients.clone() } else { recipients };
    let smtputf8 = smtp.smtputf8 || recipients.iter().any(|to| !to.address.is_ascii());
    let reverse_path = path.unwrap_or_else(|| smtp.reverse_path.clone());
    Some(Envelope { body: smtp.body, smtputf8, ..Envelope::new(reverse_path, recipients) })
}

/// The envelope of a mail of which nothing but its bytes is known: who it is from by `Return-Path`, else by `From`; for whom by what
/// was written on delivery and by whom it names.
#[must_use]
pub fn of_header(message: &Message) -> Envelope {
    let from = || message.mailboxes("from").into_iter().find_map(|mailbox| mailbox.address);
    let path = return_path(message).unwrap_or_else(|| from().map_or(ReversePath::Null, ReversePath::Address));
    let recipients = recipients(message, WRITTEN_ON_DELIVERY.into_iter().chain(NAMED));
    let body = if message.raw().is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit };
    let smtputf8 = recipients.iter().any(|to| !to.address.is_ascii());
    Envelope { body, smtputf8, ..Envelope::new(path, recipients) }
}

/// Everyone named in these fields, none twice.
fn recipients<'f>(message: &Message, fields: impl Iterator<Item = &'f str>) -> Vec<Recipient> {
    let mut known = HashSet::new();
    let named = fields.flat_map(|field| message.mailboxes(field)).filter_map(|mailbox| mailbox.address);
    named.filter(|address: &Address| known.insert(address.key())).map(Recipient::new).collect()
}

/// What `Return-Path` says; nothing where there is none, or none that can be read.
fn return_path(message: &Message) -> Option<ReversePath> {
    let value = message.values(RETURN_PATH).into_iter().next()?;
    if value.trim() == "<>" {
        return Some(ReversePath::Null);
    }
    message.mailboxes(RETURN_PATH).into_iter().find_map(|mailbox| mailbox.address).map(ReversePath::Address)
}
