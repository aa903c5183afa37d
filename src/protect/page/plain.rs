//! A text/plain body as HTML: its lines as they stand, its web addresses to be clicked.

use super::escape;

/// Ends of a web address that belong to the sentence around it.
const AFTER: [char; 9] = ['.', ',', ';', ':', '!', '?', ')', ']', '>'];

/// Adds a text.
pub(super) fn write(out: &mut String, text: &str) {
    out.push_str("<div style=\"white-space:pre-wrap\" dir=\"auto\">");
    for piece in text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '(')) {
        match address(piece) {
            Some((address, rest)) => {
                out.push_str("<a rel=\"noopener noreferrer nofollow\" target=\"_blank\" href=\"");
                escape(out, address);
                out.push_str("\">");
                escape(out, address);
                out.push_str("</a>");
                escape(out, rest);
            }
            None => escape(out, piece),
        }
    }
    out.push_str("</div>");
}

/// The web address that a piece begins with, and what follows it.
fn address(piece: &str) -> Option<(&str, &str)> {
    if !piece.starts_with("https://") && !piece.starts_with("http://") {
        return None;
    }
    let address = piece.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '<' | '"' | '(')).trim_end_matches(AFTER);
    let has_host = address.split_once("://").is_some_and(|(_, host)| host.starts_with(char::is_alphanumeric));
    has_host.then(|| piece.split_at(address.len()))
}
