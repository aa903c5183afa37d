//! Mails in one file for mail programs: mboxrd (RFC 4155, with `>` before every line that begins with any number of `>` and `From `).
//!
//! What an mbox can say: the reverse path and the time of receipt stand in the separator; CRLF becomes LF, so the mails beside it are the evidence.

use std::io::{self, Write};

use crate::base::ReversePath;
use crate::store::RecordHeader;

/// Appends a mail.
pub(super) fn append(mbox: &mut impl Write, header: &RecordHeader, raw: &[u8]) -> io::Result<()> {
    let from = match &header.envelope.reverse_path {
        ReversePath::Null => "MAILER-DAEMON".to_owned(),
        path => path.to_string().replace(char::is_whitespace, "_"),
    };
    let at = header.received_at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%a %b %e %H:%M:%S %Y");
    writeln!(mbox, "From {from} {at}")?;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let end = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n")).unwrap_or(line);
        let unquoted = end.iter().position(|byte| *byte != b'>').and_then(|at| end.get(at..));
        if unquoted.is_some_and(|rest| rest.starts_with(b"From ")) {
            mbox.write_all(b">")?;
        }
        mbox.write_all(end)?;
        mbox.write_all(b"\n")?;
    }
    mbox.write_all(b"\n")
}
