//! Bytes as mails carry files: base64 in lines (RFC 2045 section 6.8). Nothing can fail.

use base64::{Engine, prelude::BASE64_STANDARD};

/// Characters of a line, as most mail programs write it; the longest that RFC 2045 allows.
pub const COLUMNS: usize = 76;

/// Adds bytes in lines of so many characters, a multiple of four; CR LF stands between them, and none behind the last.
pub fn add(out: &mut Vec<u8>, bytes: &[u8], columns: usize) {
    let held = (columns / 4 * 3).max(1);
    out.reserve(bytes.len().div_ceil(3) * 4 + bytes.len() / held * 2 + 2);
    let mut line = String::with_capacity(columns);
    for (number, piece) in bytes.chunks(held).enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\r\n");
        }
        line.clear();
        BASE64_STANDARD.encode_string(piece, &mut line);
        out.extend_from_slice(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn line_ends_stand_between_lines_alone() {
        for (bytes, lines) in [("", ""), ("ABC", "QUJD"), ("ABCDEF", "QUJDREVG"), ("ABCDEFG", "QUJDREVG\r\nRw==")] {
            let mut out = Vec::new();
            add(&mut out, bytes.as_bytes(), 8);
            assert_eq!(String::from_utf8(out).unwrap(), lines);
        }
    }
}
