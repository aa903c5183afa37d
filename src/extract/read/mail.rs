//! A mail that is a file: forwarded as an attachment, saved, in an archive; and boxes of mails.
//!
//! In: a file. Out: its subject and people, its bodies as they are read in any mail, its attachments as files in it. The mails of a box
//! (RFC 4155) are files in it. The structure is read by [`Message`], within its bounds. Can fail: a bound; parts that it leaves unopened.

use bytes::Bytes;

use super::{Draft, html};
use crate::extract::contents::{Spot, Unread};
use crate::extract::{Place, is_shown, passages, uuencode};
use crate::message::{Flaw, Message, Part};

/// Reads a mail or a box of them.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    if bytes.starts_with(b"From ") { read_box(bytes, draft) } else { read_mail(bytes, draft) }
}

/// The mails of a box: each begins at a line with `From `, after an empty line.
fn read_box(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let starts = memchr::memmem::find_iter(bytes, b"\nFrom ").map(|at| at + 1);
    let is_after_gap =
        |at: &usize| bytes.get(..*at).is_some_and(|before| before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n"));
    let mut starts: Vec<usize> = std::iter::once(0).chain(starts.filter(is_after_gap)).collect();
    starts.push(bytes.len());
    for (number, range) in starts.windows(2).enumerate() {
        let Some(mail) = range.first().zip(range.get(1)).and_then(|(from, to)| bytes.get(*from..*to)) else { continue };
        draft.spend_file()?;
        let after = memchr::memchr(b'\n', mail).map_or(mail.len(), |at| at + 1);
        draft.nest(&format!("mail {}.eml", number + 1), mail.get(after..).unwrap_or_default().to_vec());
    }
    Ok(())
}

fn read_mail(bytes: &[u8], draft: &mut Draft) -> Result<(), Unread> {
    let message = Message::parse(Bytes::copy_from_slice(bytes));
    for subject in message.subjects() {
        draft.labelled(Spot::Body, "Subject", subject)?;
    }
    for field in ["From", "To", "Cc", "Bcc", "Date"] {
        for value in message.values(&field.to_ascii_lowercase()) {
            draft.labelled(Spot::Property, field, value)?;
        }
    }
    for passage in passages(&message) {
        match passage.place {
            Place::Body | Place::Quoted => draft.text(Spot::Body, passage.text)?,
            Place::Unshown => draft.text(Spot::Hidden, passage.text)?,
            Place::FileName | Place::Attachment => {}
        }
    }
    for part in message.parts() {
        read_part(&message, part, draft)?;
    }
    let is_bound = |flaw: &Flaw| matches!(flaw, Flaw::TooDeep(_) | Flaw::TooManyParts);
    if message.flaws().iter().any(is_bound) {
        Err(Unread::Bound("more parts of a mail than are read".to_owned()))
    } else {
        Ok(())
    }
}

/// What a part holds beside the text that is shown: files, files in letters within a text, script in a page.
fn read_part(message: &Message, part: &Part, draft: &mut Draft) -> Result<(), Unread> {
    let is_whole_mail = part.content_type.is_message();
    if message.is_inside(part, |outer| outer.content_type.is_message()) || (!part.children.is_empty() && !is_whole_mail) {
        return Ok(());
    }
    if is_shown(message, part) {
        let bytes = message.decoded(part);
        for block in uuencode::blocks(&bytes) {
            draft.spend_file()?;
            draft.nest(&block.name, block.bytes);
        }
        if part.content_type.media == "text/html" {
            html::mark(&message.text(part), draft);
        }
        return Ok(());
    }
    if part.id == 0 && part.content_type.is_multipart() {
        return Ok(());
    }
    draft.spend_file()?;
    let bytes = message.decoded(part).into_owned();
    if bytes.is_empty() {
        return Ok(());
    }
    let name = part.file_name.clone().unwrap_or_else(|| format!("part {} ({})", part.number, part.content_type.media));
    draft.nest(&name, bytes);
    Ok(())
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
