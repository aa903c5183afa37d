//! Reports about delivery to the sender (RFC 3464 in a multipart/report of RFC 6522, parameters of RFC 3461).
//!
//! Pure. In: a job, a [`Report`], the mail as sent. Out: the bytes of a mail of our own, for the sender, with a null reverse
//! path (the issuer sees to that). Invariants: what strangers said (replies, ENVID, ORCPT) is stripped of control characters
//! before it stands in a field; the returned mail is bounded; the text says what to do. Nothing can fail.

use jiff::fmt::rfc2822;

use super::command::{header_of, orcpt_text};
use super::verdict::{Report, ReportKind, Row};
use crate::base::{Address, Ret, Timestamp, limits, one_line};
use crate::config::School;
use crate::queue::Job;

/// Writes a report to `to`.
pub(super) fn write(report: &Report, to: &Address, job: &Job, content: &[u8], school: &School, now: Timestamp) -> Vec<u8> {
    let name = format!("{}.{}.{}.{}", job.reference, job.copy.copy, report.kind.word(), now.as_millisecond());
    let boundary = format!("schoolgate-{name}");
    let mut out = header(report.kind, to, &name, school, now, &boundary).into_bytes();
    let mut part = |kind: &str, body: &[u8]| {
        out.extend_from_slice(format!("--{boundary}\r\n{kind}\r\n\r\n").as_bytes());
        out.extend_from_slice(body);
        out.extend_from_slice(b"\r\n");
    };
    let text = text(report, job, school);
    part("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", text.as_bytes());
    part("Content-Type: message/delivery-status", status(report, job, school, now).as_bytes());
    let whole = job.copy.ret == Some(Ret::Full) && report.kind == ReportKind::Failed && content.len() <= limits::RETURNED_OCTETS;
    if whole {
        part(&format!("Content-Type: message/rfc822{}", encoding(content)), content);
    } else {
        let header = bounded_header(content);
        part(&format!("Content-Type: text/rfc822-headers{}", encoding(header)), header);
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

impl ReportKind {
    /// `Action` of RFC 3464 section 2.3.3, and the kind in the ledger.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Delayed => "delayed",
            Self::Relayed => "relayed",
        }
    }

    fn subject(self) -> &'static str {
        match self {
            Self::Failed => "Your message was not delivered",
            Self::Delayed => "Your message is delayed",
            Self::Relayed => "Your message was passed on",
        }
    }
}

fn header(kind: ReportKind, to: &Address, name: &str, school: &School, now: Timestamp, boundary: &str) -> String {
    let mut lines = vec![
        format!("From: Mail delivery <{}>", school.postmaster),
        format!("To: <{to}>"),
        format!("Subject: {}", kind.subject()),
        format!("Date: {}", date(now)),
        format!("Message-ID: <{name}@{}>", school.hostname),
        "Auto-Submitted: auto-replied".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        format!("Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"{boundary}\""),
    ];
    lines.push("\r\nThis is a report about mail you sent, in MIME format.\r\n".to_owned());
    lines.join("\r\n")
}

fn text(report: &Report, job: &Job, school: &School) -> String {
    let (first, last) = match report.kind {
        ReportKind::Failed => (
            "Your message could not be delivered to the people below. It will not be tried again.",
            "What to do: check each address for a slip of the pen and send the message again. If the address is right, ask the \
             person by other means, or forward this report to",
        ),
        ReportKind::Delayed => (
            "Your message has not reached the people below yet. It is still being tried; you need not send it again.",
            "You will hear once more if it cannot be delivered within five days of being sent. If it is urgent, use other means; \
             questions go to",
        ),
        ReportKind::Relayed => (
            "Your message was passed on to the mail server of the people below. That server does not confirm delivery itself.",
            "You need not do anything. Questions go to",
        ),
    };
    let mut text = format!("{first}\r\n\r\n");
    for row in &report.rows {
        text.push_str(&format!("  {}\r\n", row.recipient.address));
        text.push_str(&wrapped(&clean(&row.why)));
        text.push_str("\r\n");
    }
    let closing = format!("{last} {}.", school.postmaster);
    text.push_str(&format!("{}\r\n", wrapped_at(&closing, "")));
    text.push_str(&format!("Reference: {}\r\n{}\r\n", job.reference, clean(&school.name)));
    text
}

fn status(report: &Report, job: &Job, school: &School, now: Timestamp) -> String {
    let mut out = String::new();
    if let Some(envid) = &job.copy.envid {
        field(&mut out, "Original-Envelope-Id", &ascii(envid));
    }
    field(&mut out, "Reporting-MTA", &format!("dns; {}", school.hostname));
    field(&mut out, "Arrival-Date", &date(job.received_at));
    for row in &report.rows {
        out.push_str("\r\n");
        recipient(&mut out, report.kind, row, job, now);
    }
    out
}

fn recipient(out: &mut String, kind: ReportKind, row: &Row, job: &Job, now: Timestamp) {
    if let Some((form, address)) = row.recipient.orcpt.as_deref().and_then(|orcpt| orcpt.split_once(';')) {
        let address = if form.eq_ignore_ascii_case("utf-8") { orcpt_text(form, address) } else { ascii(address) };
        field(out, "Original-Recipient", &format!("{}; {address}", ascii(form)));
    }
    let address = row.recipient.address.to_string();
    // RFC 6533 section 3: an address beyond ASCII has a type and a coding of its own.
    let form = if row.recipient.address.is_ascii() { "rfc822" } else { "utf-8" };
    let address = if row.recipient.address.is_ascii() { ascii(&address) } else { orcpt_text("utf-8", &address) };
    field(out, "Final-Recipient", &format!("{form}; {address}"));
    field(out, "Action", kind.word());
    field(out, "Status", &ascii(&row.status));
    if let Some(host) = &row.host {
        let name = host.split(' ').next().unwrap_or_default();
        field(out, "Remote-MTA", &format!("dns; {}", ascii(name)));
    }
    if let Some(said) = &row.said {
        field(out, "Diagnostic-Code", &format!("smtp; {}", ascii(said)));
    }
    field(out, "Last-Attempt-Date", &date(now));
    if kind == ReportKind::Delayed {
        let end = job.received_at.checked_add(limits::GIVE_UP_AFTER).unwrap_or(Timestamp::MAX);
        field(out, "Will-Retry-Until", &date(end));
    }
}

/// One field, folded at spaces so that its lines stay short.
fn field(out: &mut String, name: &str, value: &str) {
    let mut width = name.len() + 1;
    out.push_str(name);
    out.push(':');
    for word in value.split(' ').filter(|word| !word.is_empty()) {
        if width + word.len() > 76 && width > name.len() + 1 {
            out.push_str("\r\n");
            width = 0;
        }
        out.push(' ');
        out.push_str(word);
        width += word.len() + 1;
    }
    out.push_str("\r\n");
}

/// The header of a mail, cut at a line end where it is overlong.
fn bounded_header(content: &[u8]) -> &[u8] {
    let header = header_of(content);
    let Some(head) = header.get(..limits::RETURNED_HEADER_OCTETS) else { return header };
    let end = head.windows(2).rposition(|two| two == b"\r\n").map_or(head.len(), |at| at + 2);
    head.get(..end).unwrap_or(head)
}

fn encoding(body: &[u8]) -> &'static str {
    if body.is_ascii() { "" } else { "\r\nContent-Transfer-Encoding: 8bit" }
}

fn date(at: Timestamp) -> String {
    rfc2822::to_string(&at.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

/// Without control characters, and of bounded length.
fn clean(text: &str) -> String {
    one_line(text).take(700).collect()
}

/// Printable ASCII only, as fields of RFC 3464 want it.
fn ascii(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).take(700).collect()
}

fn wrapped(text: &str) -> String {
    wrapped_at(text, "      ")
}

/// Lines of about 72 characters, each after an indent.
fn wrapped_at(text: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && indent.len() + line.chars().count() + 1 + word.chars().count() > 72 {
            out.push_str(&format!("{indent}{line}\r\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&format!("{indent}{line}\r\n"));
    out
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
