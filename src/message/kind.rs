//! What kinds of mail a mail is: auto-reply, bounce, calendar, mailing list, signed, encrypted.
//!
//! In: a [`Message`], and whether its reverse path is null. Out: kinds in order, none twice. Only the mail itself counts, not a
//! mail that it carries: a forwarded invitation does not make the forward an invitation.

use memchr::memmem;

use super::{Disposition, Message, Part};
use crate::config::MailKind;

/// The kinds of a mail.
pub(super) fn kinds(message: &Message, null_sender: bool) -> Vec<MailKind> {
    let is = [
        (MailKind::AutoReply, is_auto_reply(message)),
        (MailKind::Bounce, null_sender && is_bounce(message)),
        (MailKind::Calendar, own_parts(message).any(is_invitation)),
        (MailKind::MailingList, is_mailing_list(message)),
        (MailKind::Signed, own_parts(message).any(|part| is_signed(message, part))),
        (MailKind::Encrypted, own_parts(message).any(|part| is_encrypted(message, part))),
    ];
    is.into_iter().filter(|(_, is)| *is).map(|(kind, _)| kind).collect()
}

/// All parts but those inside a mail that this one carries.
fn own_parts(message: &Message) -> impl Iterator<Item = &Part> {
    message.parts().iter().filter(|part| !message.is_inside(part, |outer| outer.content_type.is_message()))
}

/// The first word of each field of that name, in lower case.
fn first_words(message: &Message, field: &str) -> Vec<String> {
    let word = |value: String| value.split([';', ' ', '(']).next().unwrap_or_default().to_ascii_lowercase();
    message.values(field).into_iter().map(word).collect()
}

/// RFC 3834 section 5; the fields from before it; disposition notifications (RFC 8098). `X-Auto-Response-Suppress` alone says
/// nothing: Exchange puts it on ordinary mail too.
fn is_auto_reply(message: &Message) -> bool {
    first_words(message, "auto-submitted").iter().any(|word| !word.is_empty() && word != "no")
        || first_words(message, "precedence").iter().any(|word| matches!(word.as_str(), "bulk" | "junk" | "auto_reply"))
        || ["x-autoreply", "x-autorespond"].iter().any(|field| !message.values(field).is_empty())
        || is_report(message, "disposition-notification")
}

/// A report on delivery (RFC 3464), or one of Exim's, which has a field of its own.
fn is_bounce(message: &Message) -> bool {
    is_report(message, "delivery-status")
        || is_report(message, "global-delivery-status")
        || !message.values("x-failed-recipients").is_empty()
}

/// A multipart/report of this type, by its parameter or by what it holds (RFC 6522 section 3).
fn is_report(message: &Message, kind: &str) -> bool {
    let root = message.root();
    let holds = |part: &Part| part.content_type.media.strip_prefix("message/") == Some(kind);
    root.content_type.media == "multipart/report"
        && (root.content_type.parameter("report-type").is_some_and(|said| said.eq_ignore_ascii_case(kind))
            || root.children.iter().any(|id| holds(&message.parts()[*id])))
}

/// An event to answer (RFC 6047): not a mere file of a calendar, unless that says which method it is.
fn is_invitation(part: &Part) -> bool {
    part.content_type.media == "text/calendar"
        && (part.disposition == Disposition::Inline || part.content_type.parameter("method").is_some())
}

/// RFC 2919, RFC 2369.
fn is_mailing_list(message: &Message) -> bool {
    let fields = ["list-id", "list-post", "list-unsubscribe"];
    fields.iter().any(|field| !message.values(field).is_empty()) || first_words(message, "precedence").iter().any(|w| w == "list")
}

/// RFC 1847, RFC 8551 section 3.5, or a signature of OpenPGP in the text itself.
fn is_signed(message: &Message, part: &Part) -> bool {
    part.content_type.media == "multipart/signed"
        || pkcs7(message, part) == Some(Pkcs7::Signed)
        || has_line(message, part, b"-----BEGIN PGP SIGNED MESSAGE-----")
}

/// RFC 1847, RFC 8551 section 3.3, or a message of OpenPGP in the text itself.
fn is_encrypted(message: &Message, part: &Part) -> bool {
    part.content_type.media == "multipart/encrypted"
        || pkcs7(message, part) == Some(Pkcs7::Encrypted)
        || has_line(message, part, b"-----BEGIN PGP MESSAGE-----")
}

#[derive(PartialEq, Eq)]
enum Pkcs7 {
    Signed,
    Encrypted,
    Other,
}

/// What a part of S/MIME holds, by its parameter or, where that is missing, by the object identifier it begins with
/// (RFC 5652 section 5.1 and 6.1, RFC 5083).
fn pkcs7(message: &Message, part: &Part) -> Option<Pkcs7> {
    if !matches!(part.content_type.media.as_str(), "application/pkcs7-mime" | "application/x-pkcs7-mime") {
        return None;
    }
    let said = part.content_type.parameter("smime-type").unwrap_or_default().to_ascii_lowercase();
    Some(match said.as_str() {
        "signed-data" | "certs-only" => Pkcs7::Signed,
        "enveloped-data" | "authenveloped-data" => Pkcs7::Encrypted,
        _ => pkcs7_by_content(&message.beginning(part, 64)),
    })
}

fn pkcs7_by_content(beginning: &[u8]) -> Pkcs7 {
    const SIGNED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
    const ENVELOPED: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03";
    const AUTH_ENVELOPED: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17";
    let holds = |oid| memmem::find(beginning, oid).is_some();
    if holds(SIGNED) {
        Pkcs7::Signed
    } else if holds(ENVELOPED) || holds(AUTH_ENVELOPED) {
        Pkcs7::Encrypted
    } else {
        Pkcs7::Other
    }
}

/// Whether a text/plain part that is no attachment has this line (RFC 9580 section 6.2).
fn has_line(message: &Message, part: &Part, line: &[u8]) -> bool {
    if part.content_type.media != "text/plain" || part.disposition == Disposition::Attachment {
        return false;
    }
    let text = message.decoded(part);
    memmem::find_iter(&text, line).any(|at| at == 0 || text[at - 1] == b'\n')
}

#[cfg(test)]
#[path = "kind_tests.rs"]
mod tests;
