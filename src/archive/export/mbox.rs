//! Mails in one file for mail programs: mboxrd (RFC 4155, with `>` before every line that begins with any number of `>` and `From `).
//!
//! What an mbox can say: the reverse path and the time of receipt stand in the separator; CRLF becomes LF, so the mails beside it are the evidence.

use crate::base::ReversePath;
use crate::store::RecordHeader;

/// Appends a mail.
pub(super) fn append(mbox: &mut Vec<u8>, header: &RecordHeader, raw: &[u8]) {
    let from = match &header.envelope.reverse_path {
        ReversePath::Null => "MAILER-DAEMON".to_owned(),
        path => path.to_string().replace(char::is_whitespace, "_"),
    };
    let at = header.received_at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y");
    mbox.extend_from_slice(format!("From {from} {at}\n").as_bytes());
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let end = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
        let unquoted = end.iter().position(|byte| *byte != b'>').and_then(|at| end.get(at..));
        if unquoted.is_some_and(|rest| rest.starts_with(b"From ")) {
            mbox.push(b'>');
        }
        mbox.extend_from_slice(end);
        mbox.push(b'\n');
    }
    mbox.push(b'\n');
}
