//! A reply that somebody outside wrote on a pickup page, on its way to the sender of the message.
//!
//! In: what was typed and the files chosen, from somebody who has proved their address. Out: a [`Submission`] for the one recipient
//! that it may have, to be judged and scanned by [`super::Pipeline::admit`] like any other mail. It is written in the school's name,
//! with the outside address where answers go: the next hop would refuse, and DMARC would condemn, mail that leaves the school in a
//! stranger's name. Nothing that was typed can become a field.

use std::net::SocketAddr;

use bytes::Bytes;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address as Mailbox;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;

use super::name::new_reference;
use crate::base::{BodyKind, Envelope, ListenerKind, Origin, Recipient, Ret, ReversePath, Submission, Timestamp, one_line};
use crate::config::Config;
use crate::message::Message;
use crate::protect::pickup::Pickup;

/// What was written on the page.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub text: String,
    pub files: Vec<File>,
}

/// A file that was chosen there.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub bytes: Bytes,
}

/// The reply as a mail that came from that client.
#[must_use]
pub fn submission(
    config: &Config,
    (pickup, original): (&Pickup, &Message),
    written: Written,
    client: SocketAddr,
    now: Timestamp,
) -> Submission {
    let reference = new_reference(now);
    let raw = write(config, (pickup, original), written, (reference.as_str(), now));
    // A failure to deliver it concerns the school, and tells the postmaster nothing of what it says.
    let path = ReversePath::Address(config.school.postmaster.clone());
    let envelope = Envelope {
        body: if raw.is_ascii() { BodyKind::SevenBit } else { BodyKind::EightBit },
        smtputf8: !pickup.sender.is_ascii() || !pickup.recipient.is_ascii(),
        ret: Some(Ret::Headers),
        ..Envelope::new(path, vec![Recipient::new(pickup.sender.clone())])
    };
    let helo = "pickup-page".to_owned();
    let origin = Origin { listener: ListenerKind::Pickup, client, helo, esmtp: true, tls: None, account: None };
    Submission { reference, received_at: now, envelope, origin, raw: Bytes::from(raw) }
}

fn write(
    config: &Config,
    (pickup, original): (&Pickup, &Message),
    written: Written,
    (reference, now): (&str, Timestamp),
) -> Vec<u8> {
    let school = &config.school;
    let text = format!(
        "Secure reply from {}, written on the pickup page of {} about your mail {}. Please answer it securely too.\n\n{}\n",
        pickup.recipient,
        line(&school.name),
        pickup.reference,
        tidy(&written.text)
    );
    let mail = MessageBuilder::new()
        .from(Mailbox::new_address(Some(format!("Secure reply, {}", line(&school.name))), school.postmaster.to_string()))
        .reply_to(Mailbox::new_address(None::<String>, pickup.recipient.to_string()))
        .to(Mailbox::new_address(None::<String>, pickup.sender.to_string()))
        .subject(subject(original))
        .date(now.as_second())
        .message_id(format!("{reference}@{}", school.hostname))
        .header("X-Schoolgate-Pickup-Reply", Raw::new(pickup.reference.to_string()));
    let mail = match thread(original) {
        Some((id, references)) => mail.in_reply_to(id).references(MessageId::from(references)),
        None => mail,
    };
    let mail = written.files.into_iter().fold(mail.text_body(text), |mail, file| {
        mail.attachment("application/octet-stream", line(&file.name), file.bytes.to_vec())
    });
    mail.write_to_vec().unwrap_or_default() // writing to memory does not fail
}

fn subject(original: &Message) -> String {
    let subject = line(&original.subjects().into_iter().next().unwrap_or_default());
    let is_answer = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    if is_answer { subject } else { format!("Re: {subject}") }
}

/// The original's name, and those of the thread, as far as they look like names.
fn thread(original: &Message) -> Option<(String, Vec<String>)> {
    let id = ids(original, "message-id").into_iter().next()?;
    let mut references = ids(original, "references");
    references.push(id.clone());
    let from = references.len().saturating_sub(20);
    Some((id, references.split_off(from)))
}

pub(super) fn ids(original: &Message, field: &str) -> Vec<String> {
    let values = original.values(field).join(" ");
    let bare = values.split_whitespace().map(|word| word.trim_start_matches('<').trim_end_matches('>').to_owned());
    let is_id =
        |id: &String| id.len() < 250 && id.contains('@') && id.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"".contains(&b));
    bare.filter(is_id).collect()
}

/// Lines as they were typed, without control characters.
fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect()
}

fn line(text: &str) -> String {
    one_line(text).take(200).collect()
}

#[cfg(test)]
#[path = "pickup_reply_tests.rs"]
mod tests;
