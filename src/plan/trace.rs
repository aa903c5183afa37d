//! The `Received` field that every copy carries (RFC 5321 section 4.4).
//!
//! It names the client's address and what it said in HELO, also for senders who signed in: whoever reads a copy can follow its
//! way. The account is not named. `for` stands only where a copy has one recipient, so that nobody learns of another.

use std::fmt::Write as _;

use super::Desk;
use super::fields::folded;
use crate::base::{Origin, Recipient, Submission};

/// The field, folded, with its line end.
pub(super) fn received(desk: &Desk, recipients: &[Recipient]) -> String {
    let submission = desk.submission;
    let origin = &submission.origin;
    let mut text = format!("from {} ({})", helo(&origin.helo), client(origin));
    let _ = write!(text, " by {} (Schoolgate) with {}", desk.config.school.hostname, protocol(submission));
    if let Some(tls) = &origin.tls {
        let _ = write!(text, " ({} {})", token(&tls.version), token(&tls.cipher));
    }
    let _ = write!(text, " id {}", submission.reference);
    if let [only] = recipients
        && (only.address.is_ascii() || submission.envelope.smtputf8)
    {
        let _ = write!(text, " for <{}>", only.address);
    }
    let _ = write!(text, "; {}", date(submission));
    folded("Received", &text)
}

/// The time of receipt as RFC 5322 section 3.3 writes it, in UTC.
pub(super) fn date(submission: &Submission) -> String {
    let at = submission.received_at.to_zoned(jiff::tz::TimeZone::UTC);
    let printed = jiff::fmt::rfc2822::DateTimePrinter::new().zoned_to_string(&at);
    printed.unwrap_or_else(|_| "Thu, 1 Jan 1970 00:00:00 +0000".to_owned()) // only beyond the year 9999
}

/// The word of the registry of RFC 3848 and RFC 6531 section 4.3.
fn protocol(submission: &Submission) -> String {
    let origin = &submission.origin;
    if !origin.esmtp {
        return "SMTP".to_owned();
    }
    let base = if submission.envelope.smtputf8 { "UTF8SMTP" } else { "ESMTP" };
    let secure = if origin.tls.is_some() { "S" } else { "" };
    let known = if origin.account.is_some() { "A" } else { "" };
    format!("{base}{secure}{known}")
}

/// What the client called itself, as far as it can stand for a name or a literal; the rest could end a comment or a field.
fn helo(said: &str) -> String {
    let clean: String = said.chars().filter(|&c| c.is_ascii_alphanumeric() || "-_.:[]".contains(c)).take(255).collect();
    if clean.is_empty() { "unknown".to_owned() } else { clean }
}

/// The client's address as an address literal (RFC 5321 section 4.1.3).
fn client(origin: &Origin) -> String {
    match origin.client.ip().to_canonical() {
        std::net::IpAddr::V4(ip) => format!("[{ip}]"),
        std::net::IpAddr::V6(ip) => format!("[IPv6:{ip}]"),
    }
}

fn token(text: &str) -> String {
    text.chars().filter(|&c| c.is_ascii_alphanumeric() || "-_.".contains(c)).collect()
}

#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
