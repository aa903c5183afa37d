//! What comes in at a journal listener, and what of it is the mail.
//!
//! In: a mail and its envelope as SMTP gave them. Out: an [`Entry`]: the mail to be kept, the envelope it had, and where it is from.
//! Three forms are understood: the mail itself, as a copy; the same with its envelope in header fields that the configuration
//! names; a journal report of Exchange, Microsoft 365 or Google Workspace, a multipart mail of a text that tells the envelope
//! (`report`) and the mail itself, attached. Pure.
//!
//! Invariants: what is attached is given as it stands, byte for byte, and what stood around it with it. One report is opened, never
//! one in another: a mail that calls itself a report may come from anybody, and inside a real one it is only somebody's mail.
//! Nothing can fail: a report that cannot be unwrapped is kept whole, and says why.

mod envelope;
mod report;

use bytes::Bytes;

use crate::base::{Envelope, Recipient, limits};
use crate::message::{Message, Part, TransferEncoding};
use crate::store::{Form, Provenance, Wrapping};

pub use envelope::of_header;
use report::Report;

/// Header fields by which a report is known: Exchange since 2007 and Microsoft 365, the same on its way inside, Google Workspace.
const REPORT_FIELDS: [&str; 3] = ["x-ms-journal-report", "x-ms-exchange-organization-journal-report", "x-gm-journal-id"];
/// Exchange 2003 says it by a value, and misspelt the field's name for a while.
const OLD_FIELDS: [&str; 2] = ["content-identifier", "content-identifer"];
const OLD_REPORT: &str = "exjournalreport";

/// How a listener reads what comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether reports are unwrapped.
    pub reports: bool,
    /// Fields that tell the envelope of a copy, in lower case; none where SMTP tells it.
    pub envelope_fields: Vec<String>,
}

/// A mail to be kept.
#[derive(Debug)]
pub struct Entry {
    pub message: Message,
    pub envelope: Envelope,
    pub provenance: Provenance,
}

/// Reads what came in.
#[must_use]
pub fn read(raw: Bytes, smtp: Envelope, reading: &Reading) -> Entry {
    let message = Message::parse(raw);
    if reading.reports && is_report(&message) {
        return unwrap(message, smtp);
    }
    match envelope::of_copy(&message, &reading.envelope_fields, &smtp) {
        Some(envelope) => {
            let provenance = Provenance { smtp: Some(smtp), ..Provenance::copy() };
            Entry { message, envelope, provenance }
        }
        None => Entry { message, envelope: smtp, provenance: Provenance::copy() },
    }
}

/// Whether a mail says of itself that it is a journal report.
#[must_use]
pub fn is_report(message: &Message) -> bool {
    message.root().fields.iter().any(|field| {
        REPORT_FIELDS.contains(&field.name.as_str())
            || (OLD_FIELDS.contains(&field.name.as_str()) && message.value(field).trim().eq_ignore_ascii_case(OLD_REPORT))
    })
}

/// Takes the mail out of a report. What the report's text says counts for the envelope also where the mail stays in it.
fn unwrap(outer: Message, smtp: Envelope) -> Entry {
    let report = match text_of(&outer).map(|text| Report::read(&text)) {
        Ok(report) if report.recipients.is_empty() => Err("its text names no recipient"),
        Ok(report) if report.overflows => Err("its text names too many recipients"),
        other => other,
    };
    let attached = report.as_ref().map_err(|why| *why).and_then(|_| attached(&outer));
    let envelope = report.as_ref().ok().map(|report| told(report, &smtp));
    let addressed = report.map(|report| report.addressed).unwrap_or_default();
    let (form, why, wrapping, message) = match attached {
        Ok((mail, wrapping)) => {
            let mail = Message::parse(mail);
            (Form::Report, is_sealed(&mail).then(|| SEALED.to_owned()), Some(wrapping), mail)
        }
        Err(why) => (Form::WholeReport, Some(why.to_owned()), None, outer),
    };
    let (envelope, smtp) = match envelope {
        Some(envelope) => (envelope, Some(smtp)),
        None => (smtp, None),
    };
    Entry { message, envelope, provenance: Provenance { form, why, smtp, addressed, wrapping, file: None } }
}

/// The envelope that a report tells. What it cannot tell is as with SMTP.
fn told(report: &Report, smtp: &Envelope) -> Envelope {
    let recipients = report.recipients.iter().cloned().map(Recipient::new).collect();
    let smtputf8 = smtp.smtputf8 || report.recipients.iter().any(|address| !address.is_ascii());
    Envelope { body: smtp.body, smtputf8, ..Envelope::new(report.sender.clone(), recipients) }
}

/// The text of a report: the first part that is text, right below the root.
fn text_of(outer: &Message) -> Result<String, &'static str> {
    let part = parts(outer).find(|part| part.content_type.media == "text/plain").ok_or("it has no text")?;
    if part.body.len() > limits::JOURNAL_TEXT_OCTETS {
        return Err("its text is too long");
    }
    Ok(outer.text(part))
}

/// The one mail attached to a report, and what stands around it.
fn attached(outer: &Message) -> Result<(Bytes, Wrapping), &'static str> {
    if parts(outer).any(is_sealed_part) {
        return Err(SEALED);
    }
    let mut mails = parts(outer).filter(|part| part.content_type.is_message());
    let mail = mails.next().ok_or("it has no mail attached")?;
    if mails.next().is_some() {
        return Err("it has more than one mail attached");
    }
    let (before, after) = around(outer, mail).ok_or("its parts cannot be told apart")?;
    if before.len() + after.len() > limits::JOURNAL_WRAPPING_OCTETS {
        return Err("it holds more than a report");
    }
    let bytes = match mail.encoding {
        TransferEncoding::Unknown => return Err("its attached mail has an unknown encoding"),
        TransferEncoding::Identity => outer.raw().slice(mail.body.clone()),
        TransferEncoding::QuotedPrintable | TransferEncoding::Base64 => Bytes::from(outer.decoded(mail).into_owned()),
    };
    match bytes.is_empty() {
        true => Err("its attached mail is empty"),
        false => Ok((bytes, Wrapping { before: before.to_vec(), after: after.to_vec() })),
    }
}

fn around<'m>(outer: &'m Message, mail: &Part) -> Option<(&'m [u8], &'m [u8])> {
    Some((outer.raw().get(..mail.body.start)?, outer.raw().get(mail.body.end..)?))
}

/// The parts right below the root.
fn parts(message: &Message) -> impl Iterator<Item = &Part> {
    message.root().children.iter().filter_map(|id| message.parts().get(*id))
}

/// Of a mail that only those it is for can open (Microsoft's rights management).
const SEALED: &str = "it is rights-protected";

fn is_sealed(mail: &Message) -> bool {
    mail.parts().iter().any(is_sealed_part)
}

fn is_sealed_part(part: &Part) -> bool {
    part.content_type.media == "application/x-microsoft-rpmsg-message"
        || part.file_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("message.rpmsg"))
}

#[cfg(test)]
mod tests;
