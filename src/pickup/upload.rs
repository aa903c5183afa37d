//! A form with files, as browsers send it (`multipart/form-data`, RFC 7578).
//!
//! In: the body of a request and its boundary. Out: its parts, or nothing where it is not such a form. Strict, for browsers write it
//! all in one way: boundaries after CRLF, one `Content-Disposition` with quoted names. One pass; parts are bounded.

use bytes::Bytes;
use memchr::memmem;

use crate::base::limits;

/// One field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// For a file: its name on the other machine, as sent.
    pub(super) file_name: Option<String>,
    pub(super) bytes: Bytes,
}

/// The boundary in a `Content-Type`.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (media, rest) = content_type.split_once(';')?;
    if !media.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let (name, value) = rest.trim().split_once('=')?;
    let value = value.trim().trim_matches('"');
    let fits = name.trim().eq_ignore_ascii_case("boundary") && (1..=70).contains(&value.len());
    (fits && value.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b';')).then_some(value)
}

/// The parts of a body; nothing where it is not whole or has too many.
pub(super) fn read(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let find = memmem::Finder::new(&between);
    let mut at = body.starts_with(first.as_bytes()).then_some(first.len())?;
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        // The files and the text, and a field or two that a browser may add.
        let is_next = rest.starts_with(b"\r\n") && parts.len() < limits::PICKUP_REPLY_FILES + 4;
        let rest = rest.get(2..).filter(|_| is_next)?;
        let length = find.find(rest)?;
        parts.push(part(body.slice(at + 2..at + 2 + length))?);
        at += 2 + length + between.len();
    }
}

/// A part out of its header and bytes.
fn part(whole: Bytes) -> Option<Part> {
    const HEADER_OCTETS: usize = 8 << 10;
    let end = memmem::find(whole.get(..whole.len().min(HEADER_OCTETS))?, b"\r\n\r\n")?;
    let header = String::from_utf8_lossy(whole.get(..end)?).into_owned();
    let disposition = header.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-disposition").then(|| value.trim().to_owned())
    })?;
    let name = parameter(&disposition, "name")?;
    Some(Part { name, file_name: parameter(&disposition, "filename"), bytes: whole.slice(end + 4..) })
}

/// A quoted parameter. Browsers write `"`, CR and LF in it as `%22`, `%0D` and `%0A` (HTML standard, section 4.10.22.8).
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let start = format!("; {name}=\"");
    let at = disposition.find(&start)? + start.len();
    let value = disposition.get(at..)?.split_once('"')?.0;
    Some(value.replace("%22", "\"").replace("%0D", " ").replace("%0A", " "))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{boundary, read};

    const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nDear Ms A\r\n--bx\r\n--b\r\n\
        Content-Disposition: form-data; name=\"files\"; filename=\"a%22b%0D%0A.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\0bytes\r\n\r\n--b--\r\n";

    #[test]
    fn fields_and_files_are_read_as_they_are() {
        let parts = read(&Bytes::from_static(FORM.as_bytes()), "b");
        // `--bx` begins as the boundary does, so that form is broken, and no browser writes it.
        assert_eq!(parts, None);
        let parts = read(&Bytes::from(FORM.replace("\r\n--bx", "\r\n--xb")), "b").unwrap();
        assert_eq!(
            (parts[0].name.as_str(), &parts[0].bytes[..], &parts[0].file_name),
            ("text", &b"Dear Ms A\r\n--xb"[..], &None)
        );
        assert_eq!((parts[1].file_name.as_deref(), &parts[1].bytes[..]), (Some("a\"b  .pdf"), &b"\0bytes\r\n"[..]));
        assert_eq!(read(&Bytes::from_static(b"--b--\r\n"), "b"), Some(vec![]));
    }

    #[test]
    fn what_is_cut_short_or_no_form_is_nothing() {
        let whole = FORM.replace("\r\n--bx", "\r\n--xb");
        for length in 0..whole.len() - 4 {
            assert_eq!(read(&Bytes::from(whole[..length].to_owned()), "b"), None, "{length}");
        }
        for bad in ["", "--b", "--b\r\n\r\n--b--", "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"] {
            assert_eq!(read(&Bytes::from(bad.to_owned()), "b"), None, "{bad:?}");
        }
        let many = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(100) + "--b--";
        assert_eq!(read(&Bytes::from(many), "b"), None, "too many");
    }

    #[test]
    fn a_boundary_is_one_plain_word() {
        assert_eq!(boundary("multipart/form-data; boundary=----WebKitFormBoundaryAbc"), Some("----WebKitFormBoundaryAbc"));
        assert_eq!(boundary("Multipart/Form-Data; boundary=\"x y\""), None);
        for bad in
            ["multipart/form-data", "multipart/mixed; boundary=b", "multipart/form-data; boundary=", "text/plain; boundary=b"]
        {
            assert_eq!(boundary(bad), None, "{bad}");
        }
    }
}
